/*
 * batch: records of one source on their way from an ingest thread to the merge, with the
 * block that holds their text, and what has happened to the source after them.
 *
 *	struct batch *b = batch_new(stream, 64);
 *	b = batch_add(b, &record);           // may move b
 *	batch_free(b);                       // drops the block
 *
 * Immutable once it is handed over, but for the cursor, which is the merge's.
 */
#ifndef MERGE_BATCH_H
#define MERGE_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/block.h"
#include "core/record.h"

#define BATCH_RECORDS 1024 /* at most; also the look-ahead promised by design.md 3 */

struct stream;

/* What became of the source after the batch's records. */
enum batch_event {
	BATCH_MORE,    /* nothing special */
	BATCH_READING, /* it is behind and catches up: its past is coming */
	BATCH_LIVE,    /* it has caught up */
	BATCH_DONE     /* it has ended; the last batch of the stream */
};

struct batch {
	struct batch *next;
	struct stream *stream;
	struct block *block;  /* holds the text; one reference; NULL without records */
	int64_t arrival;      /* CLOCK_MONOTONIC ns of the first record's first byte */
	int64_t least_key;    /* of all records scanned, kept or not; INT64_MAX: none */
	int64_t last_key;     /* of the last record scanned; INT64_MIN: none */
	uint64_t scanned_bytes;
	uint32_t scanned;     /* records read, kept or not */
	uint32_t count;       /* records kept */
	uint32_t steps;       /* of the look-ahead (merge/lookahead.h) that end in it */
	int64_t steps_least;  /* the least key that counts of those */
	uint32_t cursor;      /* the merge's: the first one not yet popped */
	uint32_t cap;
	uint32_t refs;        /* the merge's: who holds it besides (tail's history) */
	enum batch_event event;
	uint32_t ticket;      /* of the chunk of a split file */
	bool ticket_end;      /* the chunk's last batch */
	bool sorted;          /* keys never go back */
	bool past;            /* the merge's: read before its source had caught up at the start */
	bool mixed;           /* past, but for what begins with the sequence LIVE_FROM */
	uint32_t live_from;
	bool used;            /* the merge's: all of it went with the last records given */
	bool droppable;       /* its source never waits: it may be emptied for room */
	size_t bytes;         /* of memory it stands for */
	_Alignas(64) struct record records[]; /* one a cache line */
};

struct batch *batch_new(struct stream *stream, uint32_t cap);
/* Appends a copy of R; B grows as needed. The result replaces B. */
struct batch *batch_add(struct batch *b, const struct record *r);
/* Makes keys never go back, keeping the order of equal keys. */
void batch_sort(struct batch *b);
/* One sorted batch with the records, from their cursors on, of all in the list LIST, which
 * are used up and freed, but for those that somebody holds. Copies the text. */
struct batch *batch_join(struct batch *list);
void batch_free(struct batch *b);

/* Whether R, which is B's, was read before its source had caught up at the start. */
static inline bool batch_has_past(const struct batch *b, const struct record *r)
{
	return b->past && (!b->mixed || (int32_t)(r->sequence - b->live_from) < 0);
}

#endif
