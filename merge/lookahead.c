/*
 * lookahead: the least keys of a step are kept in order; in most files a record costs one
 * compare.
 */
#include "merge/lookahead.h"

void step_note(struct step *st, int64_t key)
{
	uint32_t at = st->records <= STEP_SPARE ? st->records : STEP_SPARE;

	for (; at > 0 && key < st->lows[at - 1]; at--)
		st->lows[at] = st->lows[at - 1];
	st->lows[at] = key;
}

void step_end(struct step *st, struct batch *b)
{
	/* The share that is spared is the same in a shorter step. */
	int64_t least = st->lows[st->records * STEP_SPARE / STEP_RECORDS];

	if (b->steps == 0 || least < b->steps_least)
		b->steps_least = least;
	b->steps++;
	st->records = 0;
	st->bytes = 0;
}

void lookahead_add(struct lookahead *l, const struct batch *b)
{
	for (uint32_t i = 0; i < b->steps && i < LOOKAHEAD_STEPS; i++)
		l->least[l->steps++ % LOOKAHEAD_STEPS] = b->steps_least;
}

int64_t lookahead_frontier(const struct lookahead *l)
{
	int64_t least = INT64_MAX;

	if (l->steps < LOOKAHEAD_STEPS)
		return INT64_MIN;
	for (unsigned i = 0; i < LOOKAHEAD_STEPS; i++) {
		if (l->least[i] < least)
			least = l->least[i];
	}
	return least;
}
