/*
 * The store against a model, from seeds.
 */
#include <fcntl.h>

#include "merge/store_spool.h"
#include "storeviewkit.h"

#define SEEDS 6

/* How many of N records, from I on in steps, are not the model's. */
static size_t differing(struct kit *k, size_t step)
{
	size_t wrong = 0;
	struct record r;

	for (size_t i = 0; i < k->count; i += step)
		wrong += !store_get(k->store, i, &r) || !kit_same(k->list[i], &r);
	for (size_t i = k->count; i-- > 0 && step == 1;)
		wrong += !store_get(k->store, i, &r) || !kit_same(k->list[i], &r);
	return wrong;
}

/* Whether eight texts stay valid. */
static bool held(struct kit *k)
{
	struct record r[STORE_HELD];
	size_t at[STORE_HELD];
	bool same = true;

	for (int i = 0; i < STORE_HELD; i++) {
		at[i] = kit_random(k, (uint32_t)k->count);
		store_get(k->store, at[i], &r[i]);
	}
	for (int i = 0; i < STORE_HELD; i++)
		same = same && kit_same(k->list[at[i]], &r[i]);
	return same;
}

static bool counts_right(struct kit *k)
{
	uint64_t levels[LEVEL_COUNT] = {0}, sources[SOURCES] = {0};
	bool right = store_count(k->store) == k->count;

	for (size_t i = 0; i < k->count; i++) {
		levels[k->list[i]->r.level]++;
		sources[k->list[i]->r.origin->index]++;
	}
	right = right && memcmp(levels, store_levels(k->store), sizeof(levels)) == 0;
	for (uint32_t i = 0; i < SOURCES; i++) {
		const struct store_source *s = store_source(k->store, i);
		right = right && (s != NULL ? s->count : 0) == sources[i];
	}
	return right;
}

static bool positions_right(struct kit *k)
{
	for (int n = 0; n < 200; n++) {
		int64_t key = k->list[kit_random(k, (uint32_t)k->count)]->r.key +
		              (int64_t)kit_random(k, 3) - 1;
		size_t want = kit_place(k, key - 1);
		if (store_find(k->store, key) != want)
			return false;
	}
	return store_find(k->store, INT64_MIN) == 0 &&
	       store_find(k->store, INT64_MAX) == k->count;
}

static void set_pins(struct kit *k)
{
	for (int i = 0; i < KIT_PINS; i++) {
		uint32_t at = kit_random(k, (uint32_t)k->count);
		store_pin(k->store, &k->pins[i], at);
		k->pinned[i] = k->list[at];
	}
}

static bool pins_right(struct kit *k)
{
	bool right = true;

	for (int i = 0; i < KIT_PINS; i++) {
		struct record r;
		right = right &&
		        (k->pins[i].gone || (store_get(k->store, k->pins[i].at, &r) &&
						    kit_same(k->pinned[i], &r)));
		store_unpin(k->store, &k->pins[i]);
	}
	return right;
}

static void test_records(uint64_t seed)
{
	struct kit *k = kit_new(seed, 0, 0);
	uint32_t late = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 500 : 4;

	kit_grow(k, 3000 + kit_random(k, 3000), late);
	set_pins(k);
	kit_grow(k, 3000 + kit_random(k, 9000), late);
	ok(store_late(k->store) == k->late, "seed %d: %d late", (int)seed, (int)k->late);
	ok(pins_right(k), "seed %d: pins stay with their records", (int)seed);
	ok(counts_right(k), "seed %d: counts", (int)seed);
	ok(differing(k, 1) == 0, "seed %d: every record is as it came", (int)seed);
	ok(differing(k, 37) == 0 && held(k), "seed %d: in strides, and held", (int)seed);
	ok(positions_right(k), "seed %d: positions by key", (int)seed);
	kit_free(k);
}

/* Takes out of the model what the store has given up. True: it was the oldest of streams,
 * and as many as it says. */
static bool forget_evicted(struct kit *k, uint32_t *first_kept)
{
	size_t kept = 0;
	struct record r;

	*first_kept = UINT32_MAX;
	for (size_t i = 0; i < k->count; i++) {
		struct known *known = k->list[i];
		if (kept >= store_count(k->store) || !store_get(k->store, kept, &r) ||
			!kit_same(known, &r))
			continue;
		if (known->spooled && known->serial < *first_kept)
			*first_kept = known->serial;
		k->list[kept++] = known;
	}
	k->count = kept;
	return kept == store_count(k->store) &&
	       kept + store_evicted(k->store) == k->came_count;
}

static void test_evicting(uint64_t seed)
{
	struct kit *k = kit_new(seed, SPOOL_LEAST, 0);
	struct store_view *v;
	bool right = true, oldest = true;
	uint32_t first;

	k->longest = 100000;
	kit_grow(k, 5000, 30);
	v = new_view(k, WARNINGS | NOT_S1, 2500);
	set_pins(k);
	for (int turn = 0; turn < 8; turn++) {
		size_t streams = 0;
		kit_grow(k, 4000, 30);
		right = right && forget_evicted(k, &first);
		for (size_t i = 0; i < k->came_count; i++)
			streams += k->came[i]->spooled && i >= first;
		for (size_t i = 0; i < k->count; i++)
			streams -= k->list[i]->spooled;
		oldest = oldest && streams == 0;
		store_view_step(v, 0);
		right = right && view_right(k, v, WARNINGS | NOT_S1) && counts_right(k);
	}
	ok(store_evicted(k->store) > 3000, "seed %d: %d given up", (int)seed,
		(int)store_evicted(k->store));
	ok(oldest, "seed %d: the text of streams that came first", (int)seed);
	ok(right && differing(k, 1) == 0, "seed %d: what is left is whole", (int)seed);
	ok(positions_right(k), "seed %d: and in order", (int)seed);
	ok(pins_right(k), "seed %d: pins", (int)seed);
	store_view_free(v);
	kit_free(k);
}

static void test_maximum(void)
{
	struct kit *k = kit_new(5, 0, 10000);
	struct store_view *v = new_view(k, SOME, 0);
	uint32_t first;

	kit_grow(k, 31000, 100);
	ok(store_count(k->store) <= 10000 && store_count(k->store) > 5000,
		"%d of at most 10000 kept", (int)store_count(k->store));
	ok(forget_evicted(k, &first) && counts_right(k),
		"the rest is counted as given up");
	ok(view_right(k, v, SOME), "a view loses the same");
	store_view_free(v);
	kit_free(k);
}

/* A file that is cut off and written anew under the store, or moved. */
static void test_file_changes(void)
{
	struct kit *k = kit_new(11, 0, 0);
	struct record r;
	size_t gone = 0, wrong = 0;

	kit_grow(k, 30000, 0);
	unlink(k->paths[0]);
	ok(differing(k, 1) == 0, "a file that is gone is read all the same");
	ok(truncate(k->paths[1], 100) == 0, "(a file is cut off)");
	for (size_t i = 0; i < k->count; i++) { /* other windows */
		if (k->list[i]->r.origin->index != 1)
			store_get(k->store, i, &r);
	}
	for (size_t i = 0; i < k->count; i++) {
		if (!store_get(k->store, i, &r))
			gone += k->list[i]->r.origin->index == 1 && r.len == 0 &&
			        r.key == k->list[i]->r.key;
		else
			wrong += !kit_same(k->list[i], &r);
	}
	ok(wrong == 0 && gone > 0, "what was cut off is said to be gone: %d", (int)gone);
	kit_free(k);
}

/* A record whose file holds something else there is kept by the store. */
static void test_other_bytes(void)
{
	struct kit *k = kit_new(12, 0, 0);
	struct record r = {.time = 5, .key = 5, .text = "not in it", .len = 9, .head = 9};
	const struct record *list[] = {&r};
	char text[9 + TEXT_PAD] = "not in it";

	kit_grow(k, 100, 0);
	r.text = text;
	r.origin = &k->origins[0];
	store_append(k->store, list, 1);
	ok(store_get(k->store, 0, &r), "a record that its file does not have");
	is_str(r.text, r.len, "not in it", "has its own text");
	kit_free(k);
}

/* A stream's byte order mark is its first bytes, and no other's. */
static void test_mark(void)
{
	struct kit *k = kit_new(15, 0, 0);
	char text[16 + TEXT_PAD] = "\xef\xbb\xbf{}";
	struct record r = {.text = text, .len = 5, .head = 5, .origin = &k->origins[4]},
		      out;
	const struct record *list[] = {&r};

	store_append(k->store, list, 1);
	r.offset = 6;
	store_append(k->store, list, 1);
	ok(store_get(k->store, 0, &out) && out.offset == 0 && out.len == 5,
		"at the start");
	ok(store_get(k->store, 1, &out) && out.offset != 0, "not there");
	kit_free(k);
}

/* What came as no text has no lines. */
static void test_wire(void)
{
	struct kit *k = kit_new(17, 0, 0);
	char text[16 + TEXT_PAD] = "\x80\x04\n.";
	struct record r = {.text = text,
			      .len = 4,
			      .head = 4,
			      .origin = &k->origins[0],
			      .flags = RECORD_WIRE | RECORD_NO_NEWLINE,
			      .format = FORMAT_pickle},
		      out;
	const struct record *list[] = {&r};

	store_append(k->store, list, 1);
	ok(store_get(k->store, 0, &out) && out.head == 4 && out.flags == r.flags &&
			out.format == FORMAT_pickle,
		"a pickle is all head");
	is_str(out.text, out.len, text, "and its bytes");
	kit_free(k);
}

/* Without a folder for the spool nothing of streams can be kept beyond the buffer. */
static void test_no_disk(void)
{
	struct store_options options = {.folder = "/nonexistent"};
	struct store *s = store_new(&options);
	struct origin origin = {.label = (char[]){"x"}};
	char text[1000 + TEXT_PAD] = "x";
	struct record r = {.text = text, .len = 1000, .head = 1000, .origin = &origin},
		      out;
	const struct record *list[] = {&r};
	const char *complaint;

	for (int i = 0; i < 1000; i++) {
		r.key = r.time = i;
		store_append(s, list, 1);
	}
	ok(store_count(s) + store_evicted(s) == 1000 && store_count(s) > 100,
		"%d kept in the buffer", (int)store_count(s));
	ok(store_get(s, store_count(s) - 1, &out) && out.key == 999,
		"the newest among them");
	complaint = store_complaint(s);
	ok(complaint != NULL && strstr(complaint, "TMPDIR") != NULL, "and it is said");
	ok(store_complaint(s) == NULL, "once");
	store_free(s);
}

int main(void)
{
	formats_init();
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		test_records(seed);
		test_evicting(seed + 200);
	}
	test_maximum();
	test_file_changes();
	test_other_bytes();
	test_mark();
	test_wire();
	test_no_disk();
	return done_testing();
}
