/*
 * stream: one source as the ingest thread and the merge share it. The thread reads and
 * hands over batches; the merge orders them and tells the thread how far it may go.
 */
#ifndef MERGE_STREAM_H
#define MERGE_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"
#include "merge/batch.h"
#include "merge/lookahead.h"

enum stream_state {
	STREAM_READING, /* finite, or a live one that catches up: its past is coming */
	STREAM_LIVE,    /* what comes is new */
	STREAM_DONE
};

/* Sorted chains of batches of one stream. Nearly always one; a few when its records are
 * out of order (a wild stamp, many writers on one file). */
#define CHAINS_MAX 4

struct chain {
	struct batch *first, *last;
	uint64_t count; /* records */
};

struct feed;
struct ingest;
struct source;
struct window;
struct split;

struct stream {
	struct origin *origin;
	struct ingest *thread;     /* reads it */
	int64_t written;           /* when its file was, if it has ended: ns, or 0 */
	/* Shared with the ingest thread. */
	atomic_size_t in_flight;   /* bytes handed over and not yet freed */
	atomic_size_t allowance;   /* bytes in flight that it may reach at least: the merge
	                            * waits for this one */
	atomic_uint_fast64_t dropped; /* records thrown away for lack of room */
	uint64_t emptied_at;       /* the channel's: when a batch of it was emptied there */
	/* Under --order exact: the source is kept open and read again. */
	bool seekable;
	struct source *source;     /* once it has ended */
	struct window *window;
	struct feed *feed;         /* that the merging thread may read, or NULL */
	struct split *split;       /* several threads read it; thread is NULL then */
	/* The mux's own. */
	uint64_t dropped_said, dropped_counted;
	int64_t dropped_at;        /* when they were said last, monotonic */
	/* The merge's own. */
	enum stream_state state;
	bool registered;
	struct stream *next_dead;  /* of those that have ended and have nothing left */
	uint32_t slot;             /* in the merge's tournament */
	struct chain chains[CHAINS_MAX];
	unsigned chain_count;
	unsigned best;             /* the chain with the least head */
	bool waiting;              /* it has records */
	struct lookahead lookahead;
	int64_t last_key;          /* of the last record that came */
	int64_t last_arrival;      /* monotonic */
	int64_t slack;             /* ns by which its records are out of order */
	int64_t slack_least;       /* never below: many may write it */
	bool passing;              /* it cannot be stopped: a FIFO, a connection */
	bool initial;              /* there from the start: part of tail's history */
};

struct stream *stream_new(struct origin *origin, struct ingest *thread);
/* NULL is allowed. */
void stream_free(struct stream *s);

#endif
