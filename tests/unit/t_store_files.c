/*
 * A store of what the engine reads: every format, files that rotate; and what it costs.
 */
#include <glob.h>
#include <time.h>

#include "core/stamp.h"
#include "merge/mux.h"
#include "storeviewkit.h"

#define COST_RECORDS 1000000

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
				.level = i % 100 == 0 ? LEVEL_ERROR : LEVEL_INFO,
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

/* A record as it came, with its text. */
struct copy {
	struct record r;
	char *text;
};

/* How many of N records of S are not as they came. */
static size_t changed(struct store *s, const struct copy *copies, size_t n)
{
	size_t wrong = 0;
	struct record r;

	for (size_t i = 0; i < n; i++) {
		const struct record *want = &copies[i].r;
		bool same = store_get(s, i, &r) && r.len == want->len &&
		            r.head == want->head &&
		            memcmp(r.text, copies[i].text, r.len) == 0 &&
		            r.key == want->key && r.time == want->time &&
		            r.module == want->module && r.level == want->level &&
		            r.severity == want->severity && r.format == want->format &&
		            ((r.flags ^ want->flags) & ~RECORD_NO_NEWLINE) == 0;
		wrong += !same;
	}
	return wrong;
}

/* Every format, read from its file again and, as what a program says, from the spool. */
static void test_path(const char *path, const char *prefix)
{
	enum { MOST = 4096 };
	struct mux_options options = {.history = HISTORY_ALL,
		.memory = 1 << 24,
		.record_max = 1 << 20,
		.max_connections = 4,
		.want = WANT_LEVEL | WANT_MODULE | WANT_FIELDS,
		.order = ORDER_ARRIVAL};
	struct store_options nothing = {0};
	struct copy *copies = xcalloc(MOST, sizeof(*copies));
	struct mux *mux = mux_new(&options);
	struct store *s = store_new(&nothing);
	const struct record *list[64];
	char spec[256];
	struct err err;
	size_t n, count = 0;

	snprintf(spec, sizeof(spec), "%s%s", prefix, path);
	if (!ok(mux_add(mux, spec, &err), "%s", spec))
		return;
	mux_start(mux);
	while (mux_wait(mux, NULL, 0, -1) != MUX_END) {
		while (count + 64 < MOST && (n = mux_next(mux, list, 64)) > 0) {
			for (size_t i = 0; i < n; i++, count++) {
				copies[count].r = *list[i];
				copies[count].text =
					xstrndup(list[i]->text, list[i]->len);
			}
			store_append(s, list, n);
		}
	}
	n = changed(s, copies, count);
	ok(count > 0 && store_count(s) == count && n == 0, "%d records, %d changed",
		(int)count, (int)n);
	for (size_t i = 0; i < count; i++)
		free(copies[i].text);
	free(copies);
	mux_free(mux);
	store_free(s);
}

/* The pieces of a line of 5 MB are read from the file, which is the only place to be. */
static void test_long_line(void)
{
	struct mux_options options = {.history = HISTORY_ALL,
		.memory = 1 << 24,
		.record_max = 1 << 20,
		.max_connections = 4};
	struct store_options nowhere = {.folder = "/nonexistent"};
	struct filter_spec spec = {"grep", STR("^start"), 0};
	char path[] = "/tmp/t_store.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct mux *mux = mux_new(&options);
	struct store *s = store_new(&nowhere);
	struct store_view *v;
	struct record r;
	uint64_t bytes = 0;
	struct err err;

	fputs("start", f);
	for (int i = 5; i < 5000000; i++)
		fputc('a' + i % 26, f);
	fclose(f);
	ok(mux_add(mux, path, &err), "a file of one line");
	mux_start(mux);
	take_until(mux, s, 5);
	v = store_view_new(s, &spec, 1, 3, NULL, NULL);
	store_view_step(v, LONG_TIME);
	ok(store_view_count(v) == 5, "%d pieces go with the first",
		(int)store_view_count(v));
	for (uint64_t i = 0; i < store_count(s); i++)
		bytes += store_get(s, i, &r) ? r.len : 0;
	ok(bytes == 5000000 && store_complaint(s) == NULL, "all of it is there: %d",
		(int)bytes);
	store_view_free(v);
	unlink(path);
	mux_free(mux);
	store_free(s);
}

static void test_formats(void)
{
	glob_t found;

	ok(glob("tests/golden/formats/*/input.log", 0, NULL, &found) == 0,
		"there are files");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		test_path(found.gl_pathv[i], "");
		test_path(found.gl_pathv[i], "exec:cat ");
	}
	globfree(&found);
}

int main(void)
{
	formats_init();
	test_costs(); /* in fresh memory */
	test_formats();
	test_rotation();
	test_long_line();
	return done_testing();
}
