/*
 * feed: one source in its ingest thread: when to read it, when it has caught up, when what
 * it left open goes out.
 */
#ifndef MERGE_FEED_H
#define MERGE_FEED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "merge/ingest.h"
#include "merge/reader.h"

/* A record that may still go on is put out after this much silence. */
#define LINGER_NS (10 * INT64_C(1000000))
/* A line without its end likewise, and a source that replays its past counts as live. */
#define PARTIAL_NS INT64_C(1000000000)

struct share_origin;
struct split;

struct feed {
	struct feed *next;
	struct source *source;
	struct stream *stream;   /* NULL: only accepts */
	struct reader reader;
	struct ingest_shared *shared;
	size_t room;             /* that the next message takes; 0: any */
	bool ready;              /* may have something to read */
	bool live;               /* its arrival times mean something */
	bool reading;            /* as the merge was told */
	bool judged;             /* whether it replays its past is settled */
	bool replays;            /* it says itself when its past is over */
	struct share_origin *shared_as; /* NULL: not yet, or not */
	int64_t behind_since;    /* if so: since when (monotonic) ... */
	int64_t behind_by;       /* ... and by how much at first */
	atomic_bool finished;    /* to be removed */
	bool lent;               /* the merging thread may read it, too (ingest_help) */
	atomic_bool busy;        /* if so: one of both does */
	bool unwatched;          /* the kernel does not wake us for it */
	/* One of several feeds of a file that threads share. */
	struct split *split;
	bool has_ticket;
	uint32_t ticket;
	uint64_t offset, chunk_end;
};

enum feed_result {
	FEED_PROGRESS, /* something was read */
	FEED_NOTHING,  /* nothing there, or not allowed now */
	FEED_HANDOVER, /* the source is no log: its owner takes its descriptor */
	FEED_FINISHED
};

void feed_init(struct feed *f, struct ingest_shared *shared, struct source *source,
	struct stream *stream, const struct reader_options *options);
void feed_clear(struct feed *f);
/* Goes to where the last N records that the filters keep begin. */
void feed_history(struct feed *f, uint64_t n);
/* Reads once, if it may, and pushes full batches. CLOCK is asked after the read: nothing
 * that was read may have been written later than that. */
enum feed_result feed_read(struct feed *f, void (*clock)(struct moment *now));
/* Ends it, for whatever reason: what it has is put out. */
void feed_end(struct feed *f);
/* Live sources: pushes what was read since; after a few reads. */
void feed_flush(struct feed *f);
/* Whether it may read now, for all that waits unread by the merge. */
bool feed_allowed(const struct feed *f);
/* Puts out what has lingered, has sources read that are due; returns when to call again (monotonic) or INT64_MAX. */
int64_t feed_tick(struct feed *f, const struct moment *now);

#endif
