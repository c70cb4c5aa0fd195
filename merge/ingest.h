/*
 * ingest: the threads that read. Each owns some sources and their descriptors, reads,
 * frames, parses, filters, and pushes batches. Threads exist only here.
 *
 *	struct ingest *t = ingest_new(&shared);
 *	ingest_add(t, source, stream); ...       // before it is started
 *	ingest_start(t);
 *	ingest_wake(t);                          // room was made, or others wait for one of its sources
 *	ingest_free(t);                          // stops it
 */
#ifndef MERGE_INGEST_H
#define MERGE_INGEST_H

#include <stdatomic.h>
#include <stdbool.h>

#include "merge/channel.h"
#include "merge/mux.h"
#include "merge/reader.h"
#include "merge/stream.h"
#include "sources/source.h"

struct share;

/* What all ingest threads have in common; set up before the first starts. */
struct ingest_shared {
	const struct mux_options *options;
	struct channel *channel;
	struct notices *notices;
	struct origins *origins;
	size_t block_bytes;
	size_t stream_bytes;       /* a source that may wait stops at this much in flight ... */
	size_t live_bytes;         /* ... and at this much once what it has waits for others */
	/* Somebody for the engine came through a connection (READ_HANDOVER): takes FD; UNREAD
	 * are the bytes that came, until it returns. NULL: nobody is expected. In the thread
	 * that has the connection. */
	void (*visitor)(void *context, int fd, struct str unread);
	void *visitor_context;
	struct share *share;       /* what live sources bring goes there, too; NULL: not */
	atomic_size_t active;      /* sources open */
	atomic_bool failed;
	atomic_uint_fast64_t kernel_dropped;
	atomic_uint_fast64_t cut_off;
};

struct ingest;

struct ingest *ingest_new(struct ingest_shared *shared);
/* Takes the source. STREAM is NULL for listeners and the like, which only accept. */
void ingest_add(struct ingest *t, struct source *source, struct stream *stream);
void ingest_start(struct ingest *t);
/* Before T is started: its files may also be read by HELPER, which is never started itself:
 * it is who calls ingest_help, the thread that merges. */
void ingest_lend(struct ingest *t, struct ingest *helper);
/* Reads a little of S, or of another lent file if that is being read. False: there was
 * nothing it might read. */
bool ingest_help(struct ingest *helper, struct stream *s);
/* Any thread: look again, if it sleeps. */
void ingest_wake(struct ingest *t);
/* Ends the thread; its sources stay open. */
void ingest_stop(struct ingest *t);
void ingest_free(struct ingest *t);

#endif
