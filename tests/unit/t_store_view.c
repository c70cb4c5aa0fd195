/*
 * Views of a store against a model, from seeds.
 */
#include "storeviewkit.h"

#define SEEDS 6

static bool histogram_right(struct kit *k, struct store_view *v, unsigned filters)
{
	int64_t from = k->list[k->count / 5]->r.key, span = k->clock - from + 12345;
	struct store_bucket got[50], want[50] = {{0}};

	store_histogram(k->store, v, from, from + span, got, 50);
	for (size_t i = 0; i < k->count; i++) {
		const struct record *r = &k->list[i]->r;
		int64_t n = 0;
		if (r->key < from || r->key >= from + span ||
			!should(k, k->list[i], filters))
			continue;
		while (r->key >= from + span / 50 * (n + 1) + span % 50 * (n + 1) / 50)
			n++;
		want[n].count++;
		want[n].severity =
			r->severity > want[n].severity ? r->severity : want[n].severity;
	}
	for (int i = 0; i < 50; i++) {
		if (got[i].count != want[i].count || got[i].severity != want[i].severity)
			return false;
	}
	return true;
}

static void test_views(uint64_t seed)
{
	static const unsigned filters[] = {0, WARNINGS, SOME, NEEDLES | WARNINGS,
		APP | NEEDLES, NOT_S1 | SOME, RULES};
	enum { VIEWS = sizeof(filters) / sizeof(filters[0]) };
	struct store_view *views[VIEWS];
	struct kit *k = kit_new(seed, 0, 0);
	bool right = true, whole = true;
	uint64_t at;

	kit_grow(k, 6000 + kit_random(k, 4000), 50);
	at = kit_random(k, (uint32_t)k->count);
	for (int i = 0; i < VIEWS; i++) {
		views[i] = new_view(k, filters[i], at);
		store_view_aim(views[i], kit_random(k, 2) == 0);
	}
	for (int turn = 0; turn < 6; turn++) {
		for (int i = 0; i < VIEWS; i++) {
			for (uint32_t n = kit_random(k, 12); n > 0; n--)
				store_view_step(views[i], 0);
		}
		kit_grow(k, 400, 5);
		for (int i = 0; i < VIEWS; i++)
			right = right && view_right(k, views[i], filters[i]);
	}
	ok(right, "seed %d: views that grow on both sides", (int)seed);
	for (int i = 0; i < VIEWS; i++)
		whole = whole && !store_view_step(views[i], LONG_TIME) &&
		        store_view_seen(views[i]) == k->count;
	kit_grow(k, 3000, 20);
	for (int i = 0; i < VIEWS; i++) {
		whole = whole && store_view_seen(views[i]) == k->count &&
		        view_right(k, views[i], filters[i]);
		right = right && histogram_right(k, views[i], filters[i]);
	}
	ok(whole, "seed %d: whole views take what comes", (int)seed);
	ok(right && histogram_right(k, NULL, 0), "seed %d: histograms", (int)seed);
	for (int i = 0; i < VIEWS; i++)
		store_view_free(views[i]);
	kit_free(k);
}

/* The screen first: what is around the cursor is found before all is looked at. */
static void test_fill(void)
{
	struct kit *k = kit_new(99, 0, 0);
	struct store_view *v;
	uint64_t rank;

	kit_grow(k, 20000, 0);
	v = new_view(k, NEEDLES, 10000);
	ok(store_view_fill(v, 10000, 24, LONG_TIME), "a screen is filled");
	rank = store_view_rank(v, 10000);
	ok(rank >= 24 && store_view_count(v) - rank >= 24, "24 rows above and below");
	ok(store_view_seen(v) < 2000, "%d of 20000 looked at", (int)store_view_seen(v));
	ok(store_view_fill(v, 10000, 1000000, LONG_TIME),
		"more than there are: as many as are");
	ok(store_view_seen(v) == k->count && view_right(k, v, NEEDLES), "all looked at");
	store_view_free(v);
	kit_free(k);
}

/* The pieces of a cut record go with the first one. */
static void test_pieces(void)
{
	struct kit *k = kit_new(13, 0, 0);
	struct filter_spec spec = {"grep", STR("alpha"), 0};
	struct store_view *early = store_view_new(k->store, &spec, 1, 0, NULL, NULL),
			  *late;
	char text[3][16 + TEXT_PAD] = {"alpha one", "beta two", "beta three"};
	struct record r[3] = {{0}};
	const struct record *list[] = {&r[0], &r[1], &r[2]};

	for (int i = 0; i < 3; i++) {
		r[i] = (struct record){.time = 1,
			.key = 1,
			.text = text[i],
			.len = (uint32_t)strlen(text[i]),
			.origin = &k->origins[3]};
		r[i].flags = i == 0 ? RECORD_CUT : i == 1 ? RECORD_CONTINUED : 0;
	}
	store_append(k->store, list, 3);
	late = store_view_new(k->store, &spec, 1, 3, NULL, NULL);
	store_view_step(late, LONG_TIME);
	ok(store_view_count(early) == 2 && store_view_has(early, 1), "as they come");
	ok(store_view_count(late) == 2 && store_view_has(late, 1), "and afterwards");
	ok(store_get(k->store, 1, &r[1]) && r[1].head == 0, "a piece has no first line");
	store_view_free(early);
	store_view_free(late);
	kit_free(k);
}

/* A module beyond those that have a number is read from the text. */
static void test_other_module(void)
{
	struct kit *k = kit_new(16, 0, 0);
	struct filter_spec spec = {"module", STR("^far"), 0};
	struct store_view *early = store_view_new(k->store, &spec, 1, 0, NULL, NULL),
			  *late;
	char text[80 + TEXT_PAD] = "2026-11-20 10:00:00.000 | INFO     | far.off:f:1 - x";
	struct record r = {.text = text,
		.len = (uint32_t)strlen(text),
		.head = (uint32_t)strlen(text),
		.origin = &k->origins[4],
		.module = INTERN_OTHER,
		.format = FORMAT_loguru};
	const struct record *list[] = {&r};

	store_append(k->store, list, 1);
	r.module = 0;
	store_append(k->store, list, 1);
	late = store_view_new(k->store, &spec, 1, 0, NULL, NULL);
	store_view_step(late, LONG_TIME);
	ok(store_view_count(early) == 1 && store_view_count(late) == 1,
		"its name counts");
	store_view_free(early);
	store_view_free(late);
	kit_free(k);
}

static void test_bad_filter(void)
{
	struct kit *k = kit_new(14, 0, 0);
	struct filter_spec specs[] = {{"level", STR("info"), 0}, {"grep", STR("(["), 0}};
	struct err err = {0};
	size_t bad = 9;

	ok(store_view_new(k->store, specs, 2, 0, &bad, &err) == NULL && bad == 1 &&
			err.has_pos,
		"a wrong regex is said: %s", err.msg);
	kit_free(k);
}

int main(void)
{
	formats_init();
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		test_views(seed + 100);
	test_fill();
	test_pieces();
	test_other_module();
	test_bad_filter();
	return done_testing();
}
