/*
 * lookahead: how far the records of a source that is being read may go: what comes later
 * and is out of order by at most BATCH_RECORDS records is not below the frontier.
 *
 *	step_add(&step, key, bytes, batch);      // the reader, for each record
 *	lookahead_add(&lookahead, batch);        // the merge, for each batch
 *	frontier = lookahead_frontier(&lookahead);
 *
 * Records are counted in steps. Of each step all but the STEP_SPARE least keys count, so
 * that a few wild stamps (2000-01-01) hold nobody back: a record that is to be put in
 * order has at most BATCH_RECORDS greater ones before it, and fewer than that are below
 * none of the last steps.
 */
#ifndef MERGE_LOOKAHEAD_H
#define MERGE_LOOKAHEAD_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "merge/batch.h"

#define STEP_RECORDS 128
#define STEP_SPARE 8
#define STEP_BYTES 524288 /* long records make a step shorter */
#define LOOKAHEAD_STEPS 9

static_assert(LOOKAHEAD_STEPS * (STEP_RECORDS - STEP_SPARE) > BATCH_RECORDS,
	"records that are out of order by a batch are put right");

/* The step being filled. Zeroed, it is empty. */
struct step {
	int64_t lows[STEP_SPARE + 1]; /* the least keys, in order */
	uint32_t records;
	size_t bytes;
};

/* The last steps of a stream. Zeroed, it is empty. */
struct lookahead {
	int64_t least[LOOKAHEAD_STEPS]; /* that counts, a ring */
	uint64_t steps;                 /* so far */
};

/* For step_add: KEY is one of the least. */
void step_note(struct step *st, int64_t key);
/* For step_add: the step is full and B has its end. */
void step_end(struct step *st, struct batch *b);

/* A record of BYTES was read; B is the batch that counts it. */
static inline void step_add(struct step *st, int64_t key, size_t bytes, struct batch *b)
{
	if (st->records <= STEP_SPARE || key < st->lows[STEP_SPARE])
		step_note(st, key);
	st->bytes += bytes;
	if (++st->records == STEP_RECORDS || st->bytes >= STEP_BYTES)
		step_end(st, b);
}

void lookahead_add(struct lookahead *l, const struct batch *b);
/* INT64_MIN until enough came. */
int64_t lookahead_frontier(const struct lookahead *l);

#endif
