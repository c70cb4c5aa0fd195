/*
 * store_view_state: what a view is made of. For merge/store*.c only.
 */
#ifndef MERGE_STORE_VIEW_STATE_H
#define MERGE_STORE_VIEW_STATE_H

#include "merge/store_judge.h"
#include "merge/store_state.h"

/* Which records of a chunk match. */
struct view_part {
	uint64_t bits[CHUNK_WORDS];
	uint32_t count;
	uint8_t worst; /* severity of those */
};

struct store_view {
	struct store *store;
	struct store_view *next;
	struct judge *judge;      /* NULL: all match, and nothing below is used */
	uint64_t from, to;        /* what was looked at */
	uint64_t found;
	struct view_part **parts; /* of each chunk; NULL: nothing matches */
	uint64_t *before;         /* matches before each chunk, of the first SUMMED + 1 */
	size_t summed, cap;
	bool forward;
	unsigned turn;
};

#endif
