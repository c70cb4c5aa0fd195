/*
 * mergekit: for tests of what merge/ does with batches: seeded random numbers, streams,
 * and batches whose records say in their text whose they are and which.
 *
 * A failing seed is run again alone by setting T_MERGE_SEED; T_MERGE_SEEDS runs more.
 */
#ifndef TESTS_MERGEKIT_H
#define TESTS_MERGEKIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "merge/batch.h"
#include "merge/stream.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define KIT_WALL (INT64_C(1790000000) * SECOND) /* wall clock minus monotonic clock */
#define FOREVER (INT64_C(1) << 60)
#define KIT_TEXT 8 /* bytes of a record's text: its stream and its place */

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Below N, which is at least 1. */
static inline uint32_t rng_below(struct rng *r, uint64_t n)
{
	return (uint32_t)(rng_next(r) % n);
}

static inline int64_t rng_span(struct rng *r, int64_t least, int64_t most)
{
	return least + (int64_t)(rng_next(r) % (uint64_t)(most - least + 1));
}

static inline bool rng_percent(struct rng *r, unsigned percent)
{
	return rng_below(r, 100) < percent;
}

static inline uint64_t kit_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Runs ONE for COUNT seeds (a tenth under sanitizers), or for the one that T_MERGE_SEED
 * names; stops at the first that fails and says which. */
static inline uint64_t kit_seeds(
	const char *name, uint64_t count, bool (*one)(uint64_t seed))
{
	uint64_t only = kit_number("T_MERGE_SEED", 0);

	count = kit_number(
		"T_MERGE_SEEDS", getenv("SANITIZED") != NULL ? count / 10 + 1 : count);
	if (only > 0)
		return one(only) ? 0 : only;
	for (uint64_t seed = 1; seed <= count; seed++) {
		if (!one(seed)) {
			printf("# %s: run again with T_MERGE_SEED=%llu\n", name,
				(unsigned long long)seed);
			return seed;
		}
	}
	return 0;
}

/* What the readers of the streams made last have seen. */
#define KIT_STREAMS 64
static struct kit_reader {
	const struct stream *stream;
	struct step step;
} kit_readers[KIT_STREAMS];
static unsigned kit_streams;

static inline struct step *kit_step(const struct stream *s)
{
	unsigned i = 0;

	while (i < KIT_STREAMS - 1 && kit_readers[i].stream != s)
		i++;
	return &kit_readers[i].step;
}

static inline struct stream *kit_stream(struct origin *origin, enum stream_state state)
{
	struct stream *s = stream_new(origin, NULL);

	s->state = state;
	for (unsigned i = 0; i < KIT_STREAMS; i++) {
		if (kit_readers[i].stream == s) /* of one that was there before */
			kit_readers[i].stream = NULL;
	}
	kit_readers[kit_streams++ % KIT_STREAMS] = (struct kit_reader){.stream = s};
	return s;
}

/* An empty batch with room for the text of CAP records. */
static inline struct batch *kit_batch(struct stream *s, uint32_t cap, int64_t arrival)
{
	struct batch *b = batch_new(s, cap > 3 ? 3 : 1);

	b->block = block_new(cap > 0 ? cap * (KIT_TEXT + 1) : 1);
	b->arrival = arrival;
	return b;
}

/* Record PLACE of the batch's stream has been read, and passed the filters if KEPT. */
static inline struct batch *kit_add(
	struct batch *b, uint32_t place, int64_t key, bool kept)
{
	struct record r = {.time = key,
		.key = key,
		.origin = b->stream->origin,
		.sequence = place,
		.len = KIT_TEXT,
		.head = KIT_TEXT,
		.offset = place};
	char *text = b->block->data + (size_t)b->count * (KIT_TEXT + 1);

	b->scanned++;
	b->scanned_bytes += KIT_TEXT + 1;
	b->last_key = key;
	b->least_key = key < b->least_key ? key : b->least_key;
	step_add(kit_step(b->stream), key, KIT_TEXT + 1, b);
	if (!kept)
		return b;
	memcpy(text, &r.origin->index, 4);
	memcpy(text + 4, &place, 4);
	text[KIT_TEXT] = '\n';
	r.text = text;
	b->bytes += KIT_TEXT + 1;
	return batch_add(b, &r);
}

/* Whether R's text is still the one it came with. */
static inline bool kit_text_good(const struct record *r)
{
	uint32_t said[2];

	if (r->len != KIT_TEXT || r->text[KIT_TEXT] != '\n')
		return false;
	memcpy(said, r->text, sizeof(said));
	return said[0] == r->origin->index && said[1] == r->sequence;
}

#endif
