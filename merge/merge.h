/*
 * merge: the order of records from many streams (design.md section 3, style.md part 3).
 *
 *	merge_push(m, batch);                        // takes the batch
 *	merge_settle(m, now, wall, false);           // how far may we go?
 *	while ((n = merge_next(m, list, 256)) > 0)   // records in order
 *		...
 *	wait until merge_deadline(m)
 *
 * Pure: no threads, no clock of its own; NOW is CLOCK_MONOTONIC ns given by the caller, so
 * that a test can simulate thousands of seeds.
 */
#ifndef MERGE_MERGE_H
#define MERGE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "merge/batch.h"
#include "merge/stream.h"

struct merge;

/* WINDOW in ns; FREED is called for each batch that is used up, before it is freed. */
struct merge *merge_new(int64_t window,
	void (*freed)(void *context, const struct batch *b), void *context);
void merge_free(struct merge *m);

/* A stream that exists from now on; its state counts at once. It is the merge's to free
 * until it is dropped. */
void merge_add_stream(struct merge *m, struct stream *s);
/* A stream that is DONE and has nothing left, or NULL; the caller drops it. */
struct stream *merge_dead_stream(const struct merge *m);
void merge_drop_stream(struct merge *m, struct stream *s);
/* Takes B. A stream that was not added is added. */
void merge_push(struct merge *m, struct batch *b);
/* Computes how far records may be released. WALL is the wall clock, which no key of what
 * is live lies beyond. HURRY: do not wait for streams that catch up (memory is short). */
void merge_settle(struct merge *m, int64_t now, int64_t wall, bool hurry);
/* Puts the next records in order, at most MOST, into LIST and returns how many; 0: no more
 * before the next push or settle. Valid until the next call of any merge function but
 * merge_keep. */
size_t merge_next(struct merge *m, const struct record **list, size_t most);
/* Keeps the batch of the last record of merge_next until merge_release(it). */
struct batch *merge_keep(struct merge *m);
void merge_release(struct merge *m, struct batch *b);
/* Releases everything that has come so far, whoever is still silent. */
void merge_flush(struct merge *m);
/* Keys are arrivals: live records wait for nothing, and none is late. */
void merge_set_arrival(struct merge *m);
/* merge_next would give something. */
bool merge_ready(const struct merge *m);
/* When merge_settle could release more without a push: monotonic ns, or INT64_MAX. */
int64_t merge_deadline(const struct merge *m);
/* The READING stream that the others wait for, or NULL. */
struct stream *merge_laggard(const struct merge *m);
/* No stream will ever give more, and everything was released. */
bool merge_finished(const struct merge *m);
/* Streams still READING that were there from the start. */
bool merge_reading_initial(const struct merge *m);
uint64_t merge_late(const struct merge *m);

#endif
