/*
 * tournament: which of many streams has the least key, and how far it may go before it is
 * another's turn. A winner tree: a change of one key costs a compare for each level.
 *
 *	tournament_resize(&t, slots);
 *	tournament_set(&t, slot, key);
 *	slot = tournament_top(&t); key = tournament_key(&t);
 *	limit = tournament_limit(&t);
 *
 * Of equal keys the lower slot wins. NO_KEY is the key of a slot that has nothing.
 */
#ifndef MERGE_TOURNAMENT_H
#define MERGE_TOURNAMENT_H

#include <stddef.h>
#include <stdint.h>

#define NO_KEY INT64_MAX

struct contestant {
	int64_t key;
	uint32_t slot;
};

struct tournament {
	struct contestant *nodes; /* 1 is the root, LEAVES + i slot i's leaf */
	size_t leaves;            /* a power of two */
};

/* Makes room for SLOTS slots; those that are new have NO_KEY. */
void tournament_resize(struct tournament *t, size_t slots);
void tournament_free(struct tournament *t);

/* The least key; NO_KEY: every slot is empty. */
static inline int64_t tournament_key(const struct tournament *t)
{
	return t->leaves > 0 ? t->nodes[1].key : NO_KEY;
}

static inline uint32_t tournament_top(const struct tournament *t)
{
	return t->nodes[1].slot;
}

static inline void tournament_set(struct tournament *t, uint32_t slot, int64_t key)
{
	struct contestant winner = {key, slot};

	for (size_t i = t->leaves + slot; i > 1; i /= 2) {
		struct contestant rival = t->nodes[i ^ 1];
		/* The rival is to the left if I is odd, and then wins a draw. Nobody can
		 * foresee who wins: no branch. */
		uint64_t wins = (uint64_t)(rival.key < winner.key) |
				((uint64_t)(rival.key == winner.key) & i);
		uint64_t mask = 0 - (wins & 1);
		t->nodes[i] = winner;
		winner.key = (int64_t)(((uint64_t)rival.key & mask) |
				       ((uint64_t)winner.key & ~mask));
		winner.slot = (rival.slot & (uint32_t)mask) | (winner.slot & ~(uint32_t)mask);
	}
	t->nodes[1] = winner;
}

/* The greatest key that the top may reach and still be the top. */
static inline int64_t tournament_limit(const struct tournament *t)
{
	int64_t limit = INT64_MAX;

	for (size_t i = t->leaves + t->nodes[1].slot; i > 1; i /= 2) {
		/* A rival to the left wins a draw; it has a greater key than the top's. */
		int64_t most = t->nodes[i ^ 1].key - (int64_t)(i & 1);
		limit = most < limit ? most : limit;
	}
	return limit;
}

#endif
