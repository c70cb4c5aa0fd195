/*
 * The last records of the past: exactly those, in order, with their text whole, whatever
 * the streams were like; and all that came live meanwhile.
 */
#include "merge/history.h"

#include "mergekit.h"
#include "tap.h"

#define STREAMS 3
#define MOST 2600

struct seen {
	uint32_t stream, place;
	bool live;
};

/* One way of taking what the merge gives: with a history of the last MOST, or without. */
struct taker {
	struct merge *merge;
	struct history *history;
	struct origin origins[STREAMS];
	struct stream *streams[STREAMS];
	size_t bytes;
	struct seen seen[STREAMS * MOST];
	size_t count;
	bool good;
};

static void freed(void *context, const struct batch *b)
{
	struct taker *t = context;

	t->bytes -= b->bytes;
}

static void taker_init(struct taker *t, bool history, uint64_t most)
{
	memset(t, 0, sizeof(*t));
	t->good = true;
	t->merge = merge_new(250 * MS, freed, t);
	for (uint32_t i = 0; i < STREAMS; i++) {
		t->origins[i].index = i;
		t->streams[i] = kit_stream(&t->origins[i], STREAM_READING);
		t->streams[i]->initial = true;
		merge_add_stream(t->merge, t->streams[i]);
	}
	if (history)
		t->history = history_new(t->merge, most);
}

/* Places from LIVE[stream] on came live. */
static void see(struct taker *t, const struct record *r, const uint32_t *live)
{
	uint32_t stream = r->origin->index;

	t->good = t->good && kit_text_good(r);
	t->seen[t->count++] =
		(struct seen){stream, r->sequence, r->sequence >= live[stream]};
}

static void take(struct taker *t, const uint32_t *live)
{
	const struct record *list[7];
	size_t n;

	if (t->history != NULL) {
		history_fill(t->history);
		return;
	}
	while ((n = merge_next(t->merge, list, 7)) > 0) {
		for (size_t i = 0; i < n; i++)
			see(t, list[i], live);
	}
}

static void push(struct taker *t, uint32_t stream, uint32_t place, const int64_t *keys,
	uint32_t n, int64_t now, enum batch_event event)
{
	struct batch *b = kit_batch(t->streams[stream], n, now);

	for (uint32_t i = 0; i < n; i++)
		b = kit_add(b, place + i, keys[i], true);
	b->event = event;
	t->bytes += b->bytes;
	merge_push(t->merge, b);
	merge_settle(t->merge, now, KIT_WALL + now, false);
}

static void finish(struct taker *t, const uint32_t *live)
{
	const struct record *r;

	merge_flush(t->merge);
	take(t, live);
	while (t->history != NULL && (r = history_next(t->history)) != NULL)
		see(t, r, live);
	history_free(t->history);
	merge_settle(t->merge, FOREVER, INT64_MAX, false);
	t->good = t->good && t->bytes == 0;
	merge_free(t->merge);
}

/* The keys of a stream's past: in order, shuffled a little, or with stamps of the future
 * that make its chains run out. */
static void some_keys(struct rng *r, int64_t *keys, uint32_t count)
{
	unsigned wild = rng_percent(r, 50) ? 0 : rng_below(r, 5);
	uint32_t disorder = rng_percent(r, 50) ? 1 : 1 + rng_below(r, 60);

	for (uint32_t i = 0; i < count; i++) {
		keys[i] = KIT_WALL - 3600 * SECOND + (i + rng_below(r, disorder)) * MS;
		if (rng_percent(r, wild))
			keys[i] = rng_percent(r, 50)
					  ? 5
					  : KIT_WALL + 1000 * SECOND + (int64_t)i;
	}
}

/* Drops all but the last MOST of the past; returns how many are left. */
static size_t keep_last(struct seen *seen, size_t count, uint64_t most)
{
	size_t past = 0, left = 0;

	for (size_t i = 0; i < count; i++)
		past += !seen[i].live;
	for (size_t i = 0; i < count; i++) {
		if (!seen[i].live && past-- > most)
			continue;
		seen[left++] = seen[i];
	}
	return left;
}

static bool keeps_the_last(uint64_t seed)
{
	static struct taker plain, with;
	static int64_t keys[STREAMS][MOST];
	struct rng r = {seed};
	uint64_t most = rng_percent(&r, 20) ? rng_below(&r, 3) : rng_below(&r, 2 * MOST);
	uint32_t counts[STREAMS], places[STREAMS] = {0}, live[STREAMS];
	int64_t now = SECOND;
	uint32_t left = STREAMS;
	size_t count;
	bool same;

	taker_init(&plain, false, 0);
	taker_init(&with, true, most);
	for (uint32_t i = 0; i < STREAMS; i++) {
		counts[i] = rng_below(&r, MOST);
		live[i] = counts[i] < 2 || rng_percent(&r, 50)
				  ? counts[i]
				  : 1 + rng_below(&r, counts[i]);
		some_keys(&r, keys[i], counts[i]);
		for (uint32_t k = live[i]; k < counts[i]; k++)
			keys[i][k] = KIT_WALL + SECOND;
	}
	while (left > 0) {
		uint32_t i = rng_below(&r, STREAMS), n = 1 + rng_below(&r, 300);
		if (places[i] > counts[i])
			continue;
		now += rng_span(&r, 0, MS);
		if (places[i] < live[i] && places[i] + n >= live[i])
			n = live[i] - places[i];
		else if (places[i] + n >= counts[i])
			n = counts[i] - places[i];
		push(&plain, i, places[i], keys[i] + places[i], n, now, BATCH_MORE);
		push(&with, i, places[i], keys[i] + places[i], n, now, BATCH_MORE);
		places[i] += n;
		if (places[i] == live[i]) {
			push(&plain, i, 0, NULL, 0, now, BATCH_LIVE);
			push(&with, i, 0, NULL, 0, now, BATCH_LIVE);
		}
		if (places[i] == counts[i]) {
			places[i]++;
			left--;
		}
		if (rng_percent(&r, 50)) {
			take(&plain, live);
			take(&with, live);
		}
	}
	finish(&plain, live);
	finish(&with, live);
	count = keep_last(plain.seen, plain.count, most);
	same = count == with.count &&
	       memcmp(plain.seen, with.seen, count * sizeof(plain.seen[0])) == 0;
	if (!same)
		printf("# %zu records, not the %zu that are due\n", with.count, count);
	if (!plain.good || !with.good)
		printf("# a text has changed, or batches were not given back\n");
	return same && plain.good && with.good;
}

/* Batches that the history holds are joined with others: it holds them still. */
static void test_held(void)
{
	static struct taker t;
	uint32_t live[STREAMS] = {100, 0, 0};

	taker_init(&t, true, 3);
	for (uint32_t i = 1; i < STREAMS; i++)
		push(&t, i, 0, NULL, 0, 0, BATCH_LIVE);
	push(&t, 0, 0, (int64_t[]){1, 2, 1000}, 3, 0, BATCH_MORE);
	merge_settle(t.merge, SECOND, KIT_WALL, true); /* for lack of room */
	merge_settle(t.merge, SECOND, KIT_WALL, true);
	history_fill(t.history);
	for (uint32_t i = 1; i < 7; i++)
		push(&t, 0, 3 * i, (int64_t[]){2 * i, 2 * i + 1, 1000 - i}, 3, SECOND,
			BATCH_MORE);
	push(&t, 0, 21, NULL, 0, SECOND, BATCH_LIVE);
	finish(&t, live);
	ok(t.count == 3 && t.good, "three are kept: %zu", t.count);
}

int main(void)
{
	ok(kit_seeds("history", 300, keeps_the_last) == 0,
		"the last of the past, and all that is live");
	test_held();
	return done_testing();
}
