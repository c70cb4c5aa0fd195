/*
 * What waits of one stream: in order whatever came, nothing lost; and the look-ahead.
 */
#include "merge/pending.h"

#include "mergekit.h"
#include "tap.h"

struct pair {
	int64_t key;
	uint32_t sequence;
};

static int by_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (int32_t)(x->sequence - y->sequence) < 0 ? -1 : 1;
}

/* Keys that make chains run out: rising, falling, equal, wild. */
static int64_t some_key(struct rng *r, unsigned kind, int64_t place)
{
	static const int64_t wild[] = {-1000, 1000000};

	switch (kind) {
	case 0:
		return place;
	case 1:
		return place + rng_below(r, 40);
	case 2:
		return rng_below(r, 5);
	case 3:
		return 100000 - place;
	case 4:
		return rng_percent(r, 4) ? wild[rng_below(r, 2)] : place;
	default:
		return (int64_t)rng_below(r, 1000);
	}
}

struct waiting {
	struct pair *pairs;
	size_t count;
	size_t bytes;   /* pushed and not yet freed */
	uint32_t place; /* of the next record */
	uint32_t first; /* sequence of the first one */
};

static void push_some(struct stream *s, struct rng *r, struct waiting *w, unsigned kind)
{
	uint32_t n = 1 + rng_below(r, 20);
	struct batch *b = kit_batch(s, n, 0);

	for (uint32_t i = 0; i < n; i++, w->place++) {
		int64_t key = some_key(r, kind, w->place);
		uint32_t sequence = w->first + w->place;
		b = kit_add(b, sequence, key, true);
		w->pairs[w->count++] = (struct pair){key, sequence};
	}
	w->bytes += b->bytes;
	pending_push(s, b);
	qsort(w->pairs, w->count, sizeof(*w->pairs), by_order);
}

/* Pops a run as the merge does and compares it with what is due. */
static bool pop_some(struct stream *s, struct rng *r, struct waiting *w)
{
	const struct record *head = pending_head(s);
	struct batch *b, *used;
	int64_t rival;
	uint32_t n = 0, most = 1 + rng_below(r, 30);

	if (head == NULL)
		return w->count == 0;
	b = pending_batch(s);
	if (head != &b->records[b->cursor])
		return false;
	rival = pending_rival(s);
	do {
		if (head[n].key != w->pairs[n].key ||
			head[n].sequence != w->pairs[n].sequence ||
			!kit_text_good(&head[n]))
			return false;
		n++;
	} while (n < most && b->cursor + n < b->count && head[n].key < rival);
	used = pending_pop(s, n);
	w->count -= n;
	memmove(w->pairs, w->pairs + n, w->count * sizeof(*w->pairs));
	if (used != NULL) {
		w->bytes -= used->bytes;
		batch_free(used);
	}
	return s->chain_count <= CHAINS_MAX;
}

static bool pops_in_order(uint64_t seed)
{
	struct rng r = {seed};
	struct origin origin = {.index = (uint32_t)seed};
	struct stream *s = kit_stream(&origin, STREAM_LIVE);
	struct pair pairs[20 * 60];
	/* Sequences wrap around. */
	struct waiting w = {.pairs = pairs, .first = UINT32_MAX - rng_below(&r, 600)};
	unsigned kind = rng_below(&r, 6);
	bool good = true;

	for (int i = 0; i < 60 && good; i++) {
		push_some(s, &r, &w, kind);
		while (good && rng_percent(&r, 60))
			good = pop_some(s, &r, &w);
	}
	if (rng_percent(&r, 50)) { /* what is left may be thrown away, too */
		while (good && w.count > 0)
			good = pop_some(s, &r, &w);
		good = good && pending_head(s) == NULL && w.bytes == 0;
	}
	pending_clear(s);
	good = good && pending_head(s) == NULL;
	stream_free(s);
	return good;
}

/* Keeps the marks of the batches that it joins. */
static void test_join(void)
{
	struct origin origin = {.index = 3};
	struct stream *s = kit_stream(&origin, STREAM_READING);
	struct batch *b;
	uint32_t past = 0, place = 0;

	for (uint32_t i = 0; i < 9; i++) {
		b = kit_batch(s, 2, 50 - i);
		b = kit_add(b, place, -(int64_t)place, true);
		place++;
		b = kit_add(b, place, 1000 - place, true);
		place++;
		b->past = true;
		pending_push(s, b);
	}
	ok(s->chain_count <= CHAINS_MAX, "chains: %u", s->chain_count);
	while (pending_head(s) != NULL) {
		past += pending_batch(s)->past;
		batch_free(pending_pop(s, 1));
	}
	ok(past == place, "joined batches are of the past still: %u of %u", past, place);
	stream_free(s);
}

/* The promise of the look-ahead: what is out of order by at most so many places is never
 * below the frontier that was there before it. */
static bool looks_ahead(uint64_t seed)
{
	struct rng r = {seed};
	struct origin origin = {.index = 0};
	struct stream *s = kit_stream(&origin, STREAM_READING);
	uint32_t count = 1500 + rng_below(&r, 4000), place = 0;
	uint32_t most = rng_percent(&r, 50) ? BATCH_RECORDS : rng_below(&r, 30);
	struct pair *pairs = xcalloc(count, sizeof(*pairs));
	bool good = true;
	int64_t frontier;

	for (uint32_t i = 0; i < count; i++)
		pairs[i] = (struct pair){i + rng_below(&r, most + 1), i};
	qsort(pairs, count, sizeof(*pairs), by_order);
	while (place < count && good) {
		uint32_t n = 1 + rng_below(&r, rng_percent(&r, 50) ? BATCH_RECORDS : 9);
		struct batch *b = kit_batch(s, n, 0);
		frontier = lookahead_frontier(&s->lookahead);
		for (uint32_t i = 0; i < n && place < count; i++, place++) {
			b = kit_add(b, place, pairs[place].sequence, true);
			good = good && pairs[place].sequence >= frontier;
		}
		lookahead_add(&s->lookahead, b);
		batch_free(b);
	}
	/* It goes on, too: half of the records are enough to know something. */
	frontier = lookahead_frontier(&s->lookahead);
	good = good && (count < 4 * BATCH_RECORDS || frontier > count / 4);
	free(pairs);
	stream_free(s);
	return good;
}

/* Stamps of years ago, rare and in any places, hold nobody back for long. */
static bool wild_holds_nobody(uint64_t seed)
{
	struct rng r = {seed};
	struct origin origin = {.index = 0};
	struct stream *s = kit_stream(&origin, STREAM_READING);
	uint32_t held = 0, percent = 1 + rng_below(&r, 2);

	for (uint32_t place = 0; place < 40 * BATCH_RECORDS; place += 100) {
		struct batch *b = kit_batch(s, 100, 0);
		for (uint32_t i = 0; i < 100; i++)
			b = kit_add(b, place + i,
				rng_percent(&r, percent) ? -5 : (int64_t)place + i, true);
		lookahead_add(&s->lookahead, b);
		batch_free(b);
		held += lookahead_frontier(&s->lookahead) <
			(int64_t)place - 2 * BATCH_RECORDS;
	}
	stream_free(s);
	return held < 100; /* of 410 batches */
}

/* Chains that run out again and again cost no more than a few copies of each record: with
 * all joined each time this would take minutes. */
static void test_many_joins(void)
{
	struct origin origin = {.index = 3};
	struct stream *s = kit_stream(&origin, STREAM_READING);
	struct batch *b;
	const struct record *head;
	int64_t before = INT64_MIN;
	uint32_t place = 0, count = 0;
	bool good = true;

	for (uint32_t i = 0; i < 2000; i++) {
		b = kit_batch(s, 200, 0);
		for (uint32_t k = 0; k < 200; k++, place++)
			b = kit_add(b, place,
				k == 0   ? -5
				: k == 1 ? 1 << 30
					 : (int64_t)place,
				true);
		pending_push(s, b);
	}
	for (; (head = pending_head(s)) != NULL; count++) {
		good = good && head->key >= before;
		before = head->key;
		batch_free(pending_pop(s, 1));
	}
	ok(good && count == place, "%u records that were joined again and again", count);
	stream_free(s);
}

int main(void)
{
	ok(kit_seeds("pops_in_order", 2000, pops_in_order) == 0,
		"whatever was pushed comes out in order");
	test_join();
	ok(kit_seeds("looks_ahead", 300, looks_ahead) == 0,
		"nothing within the look-ahead is below the frontier");
	ok(kit_seeds("wild", 30, wild_holds_nobody) == 0,
		"rare wild stamps hold nobody back");
	test_many_joins();
	return done_testing();
}
