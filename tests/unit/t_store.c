/*
 * The store and its views against a model, from seeds; what it costs is said at the end.
 */
#include <fcntl.h>
#include <time.h>

#include "core/stamp.h"
#include "merge/mux.h"
#include "merge/store_spool.h"
#include "storekit.h"

#define SEEDS 6
#define COST_RECORDS 1000000
#define LONG_TIME (NS_PER_SECOND * 3600)

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

/* Which of the filters below are in force, as bits. */
enum {
	WARNINGS = 1,
	SOME = 2,
	NEEDLES = 4,
	APP = 8,
	NOT_S1 = 16,
	RULES = 32,
	FILTERS = 6
};

static const struct filter_spec all_specs[FILTERS] = {
	{"level", STR("warning"), 0},
	{"level", STR("=notice,error,37,debug"), FILTER_UNKNOWN},
	{"grep", STR("nee.le"), 0},
	{"module", STR("^app"), 0},
	{"source", STR("s1"), FILTER_NOT},
	{"level", STR("info,app.db=warning,net=off"), 0},
};

static bool follows_rules(const struct record *r)
{
	const char *name = r->module == 0 || r->module == INTERN_OTHER
	                           ? "" /* which raw records have not */
	                           : intern_name(r->module).ptr;
	int min = strncmp(name, "app.db", 6) == 0 ? 30 : 20;

	return r->severity >= (strncmp(name, "net", 3) == 0 ? 256 : min);
}

static bool should(const struct kit *k, const struct known *known, unsigned filters)
{
	const struct record *r = &known->r;
	bool app = r->module == k->modules[0] || r->module == k->modules[1];
	bool some = r->severity == 0 || r->level == LEVEL_NOTICE || r->severity == 37 ||
	            r->level == LEVEL_ERROR || r->level == LEVEL_DEBUG;

	return (!(filters & WARNINGS) || r->severity >= 30) &&
	       (!(filters & SOME) || some) &&
	       (!(filters & NEEDLES) || strstr(known->text, "needle") != NULL) &&
	       (!(filters & APP) || app) &&
	       (!(filters & NOT_S1) || r->origin->index != 1) &&
	       (!(filters & RULES) || follows_rules(r));
}

static struct store_view *new_view(struct kit *k, unsigned filters, uint64_t at)
{
	struct filter_spec specs[FILTERS];
	struct err err;
	size_t n = 0;

	for (unsigned i = 0; i < FILTERS; i++) {
		if (filters >> i & 1)
			specs[n++] = all_specs[i];
	}
	return store_view_new(k->store, specs, n, at, NULL, &err);
}

/* Whether next and prev from around I are the model's; LAST is the match before I. */
static bool neighbours(struct store_view *v, uint64_t i, bool hit, uint64_t last)
{
	uint64_t found;

	if (hit && (!store_view_next(v, i, &found) || found != i))
		return false;
	if (last == UINT64_MAX)
		return !store_view_prev(v, i, &found);
	return store_view_prev(v, i, &found) && found == last;
}

/* Whether V says just what the model says of what it has looked at. */
static bool view_right(struct kit *k, struct store_view *v, unsigned filters)
{
	uint64_t rank = 0, from = store_view_from(v), to = store_view_to(v), i;
	uint64_t last = UINT64_MAX;

	for (i = 0; i < k->count; i++) {
		bool want = i >= from && i < to && should(k, k->list[i], filters);
		uint64_t at = UINT64_MAX;
		if (store_view_has(v, i) != want || store_view_rank(v, i) != rank ||
			!neighbours(v, i, want, last))
			return false;
		if (want && (!store_view_at(v, rank, &at) || at != i))
			return false;
		last = want ? i : last;
		rank += want;
	}
	return store_view_count(v) == rank && !store_view_at(v, rank, &i) &&
	       (rank == 0 ? !store_view_next(v, 0, &i)
			  : !store_view_next(v, last + 1, &i));
}

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

/* N lines of NAME are added to the file at PATH. */
static void add_lines(const char *path, const char *name, int n)
{
	FILE *f = fopen(path, "a");

	for (int i = 0; i < n; i++)
		fprintf(f, "2026-11-20 10:00:00.%03d | INFO     | m:f:1 - %s %d\n", i,
			name, i);
	fclose(f);
}

/* Takes records until there are COUNT, for 5 s at most. */
static bool take_until(struct mux *mux, struct store *s, uint64_t count)
{
	const struct record *list[16];
	char *notice;
	size_t n;

	for (int i = 0; i < 500 && store_count(s) < count; i++) {
		mux_wait(mux, NULL, 0, 10);
		while ((n = mux_next(mux, list, 16)) > 0)
			store_append(s, list, n);
		while ((notice = mux_notice(mux)) != NULL)
			free(notice);
	}
	return store_count(s) == count;
}

/* How many records of S are those of NAME, whole. */
static int lines_of(struct store *s, const char *name)
{
	char want[128];
	struct record r;
	int found = 0;

	for (uint64_t i = 0; i < store_count(s); i++) {
		int n = store_get(s, i, &r) ? atoi(r.text + sizeof("2026-11-20 10:00:00"))
		                            : 0;
		snprintf(want, sizeof(want),
			"2026-11-20 10:00:00.%03d | INFO     | m:f:1 - %s %d", n, name,
			n);
		found += r.len == strlen(want) && memcmp(r.text, want, r.len) == 0;
	}
	return found;
}

/* Rotation keeps what was shown; only what is written over in its file goes. */
static void test_rotation(void)
{
	struct mux_options options = {.follow = true,
		.history = HISTORY_ALL,
		.memory = 1 << 24,
		.record_max = 1 << 20,
		.max_connections = 4,
		.window_ns = NS_PER_MS};
	struct store_options nothing = {0};
	char path[64], moved[80];
	struct mux *mux = mux_new(&options);
	struct store *s = store_new(&nothing);
	struct err err;

	snprintf(path, sizeof(path), "/tmp/t_store.%d.log", getpid());
	snprintf(moved, sizeof(moved), "%s.1", path);
	add_lines(path, "one", 100);
	ok(mux_add(mux, path, &err), "a file is followed");
	mux_start(mux);
	ok(take_until(mux, s, 100), "its lines come");
	add_lines(path, "two", 100);
	ok(take_until(mux, s, 200), "more come");
	rename(path, moved);
	add_lines(path, "three", 100);
	ok(take_until(mux, s, 300), "and those of the next file");
	ok(lines_of(s, "one") == 100 && lines_of(s, "two") == 100 &&
			lines_of(s, "three") == 100,
		"all can be read still");
	ok(truncate(path, 0) == 0 && take_until(mux, s, 300), "(it is truncated)");
	add_lines(path, "four", 50);
	ok(take_until(mux, s, 350), "those after it come");
	ok(lines_of(s, "three") == 100 && lines_of(s, "four") == 50,
		"and what was there stays");
	unlink(path);
	unlink(moved);
	mux_free(mux);
	store_free(s);
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

static double since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)(now.tv_sec - from->tv_sec) +
	       (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

static size_t resident(void)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*u %zu", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Lines of 100 bytes, with what is readable behind them. */
static char *make_lines(size_t n)
{
	char *lines = xmalloc(n * 100 + TEXT_PAD);

	memset(lines, '.', n * 100 + TEXT_PAD);
	for (size_t i = 0; i < n; i++) {
		memcpy(lines + i * 100 + 20, i % 1000 == 7 ? "needle" : "justhay", 6);
		lines[i * 100 + 99] = '\n';
	}
	return lines;
}

static void append_lines(
	struct store *s, struct origin *origin, const char *lines, size_t n)
{
	struct record r[256];
	const struct record *list[256];

	for (size_t i = 0; i < n;) {
		size_t some = n - i < 256 ? n - i : 256;
		for (size_t j = 0; j < some; j++, i++) {
			r[j] = (struct record){.key = (int64_t)i * 1000,
				.time = (int64_t)i * 1000,
				.text = lines + i * 100,
				.len = 99,
				.head = 99,
				.origin = origin,
				.offset = i * 100,
				.severity = i % 100 == 0 ? 40 : 20};
			list[j] = &r[j];
		}
		store_append(s, list, some);
	}
}

static void look_through(
	struct store *s, const char *kind, const char *text, uint64_t want)
{
	struct filter_spec spec = {kind, str_from(text), 0};
	struct store_view *v;
	struct timespec from;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	v = store_view_new(s, &spec, 1, COST_RECORDS / 2, NULL, NULL);
	while (store_view_step(v, 5 * NS_PER_MS))
		continue;
	printf("# %s %s: %.1f ms for %d records\n", kind, text, since(&from) * 1e3,
		COST_RECORDS);
	ok(store_view_count(v) == want, "%s %s: %d found", kind, text,
		(int)store_view_count(v));
	store_view_free(v);
}

static void test_costs(void)
{
	char path[] = "/tmp/t_store.XXXXXX";
	struct origin origin = {.label = path, .path = path};
	struct store_options options = {0};
	struct store *s = store_new(&options);
	struct timespec from;
	char *lines = make_lines(COST_RECORDS);
	int fd = mkstemp(path);
	size_t before, bytes;

	ok(write(fd, lines, COST_RECORDS * 100) == COST_RECORDS * 100,
		"(a file is written)");
	close(fd);
	before = resident();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	append_lines(s, &origin, lines, COST_RECORDS);
	printf("# %.1f ns a record\n", since(&from) * 1e9 / COST_RECORDS);
	bytes = resident() - before;
	ok(store_count(s) == COST_RECORDS && store_memory(s) / 24 < COST_RECORDS,
		"%.2f bytes a record", (double)store_memory(s) / COST_RECORDS);
	printf("# %.2f bytes a record are resident\n", (double)bytes / COST_RECORDS);
	look_through(s, "level", "error", COST_RECORDS / 100);
	look_through(s, "level", "=error", COST_RECORDS / 100);
	look_through(s, "source", "*", COST_RECORDS);
	look_through(s, "grep", "needle", COST_RECORDS / 1000);
	unlink(path);
	store_free(s);
	free(lines);
}

int main(void)
{
	formats_init();
	test_costs(); /* in fresh memory */
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		test_records(seed);
		test_views(seed + 100);
		test_evicting(seed + 200);
	}
	test_fill();
	test_maximum();
	test_file_changes();
	test_rotation();
	test_other_bytes();
	test_pieces();
	test_mark();
	test_other_module();
	test_bad_filter();
	test_no_disk();
	return done_testing();
}
