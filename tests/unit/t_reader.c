/*
 * Bytes to records: where records begin and end, that no byte is lost or moved, and that
 * it does not matter in which pieces the bytes come.
 */
#include "merge/reader.h"

#include "readerkit.h"
#include "tap.h"

#define A "2026-11-20 16:58:54.534 | INFO     | app:main:23 - "
#define B "2026-11-20 16:58:55,120 - app.db - ERROR - "
#define TRACE "Traceback (most recent call last):\n"
#define FRAME "  File \"x.py\", line 3, in f\n    1 / 0\n"

/*
 * Golden cases: the records of an input, each ended by the byte \1.
 */

struct golden {
	const char *name;
	const char *input;
	const char *records;
};

static const struct golden goldens[] = {
	{"nothing", "", ""},
	{"one line", A "one\n", A "one\1"},
	{"no final newline", A "one\n" A "two", A "one\1" A "two\1"},
	{"only a newline", "\n", "\1"},
	{"continuation", A "one\nmore\n  and more\n" B "two\n",
		A "one\nmore\n  and more\1" B "two\1"},
	{"an empty line belongs", A "one\n\n\n" A "two\n", A "one\n\n\1" A "two\1"},
	{"plain lines stand alone", "one\ntwo\nthree\n", "one\1two\1three\1"},
	{"indented ones belong", "one\n  more\n\tmore\ntwo\n",
		"one\n  more\n\tmore\1two\1"},
	{"traceback",
		B "no\n" TRACE FRAME "ZeroDivisionError: division by zero\n" A "on\n",
		B "no\n" TRACE FRAME "ZeroDivisionError: division by zero\1" A "on\1"},
	{"chained traceback",
		B "no\n" TRACE FRAME
		  "KeyError: 'x'\n\nDuring handling of the above exception, "
		  "another exception occurred:\n\n" TRACE FRAME "ValueError: y\n" A
		  "on\n",
		B "no\n" TRACE FRAME
		  "KeyError: 'x'\n\nDuring handling of the above exception, "
		  "another exception occurred:\n\n" TRACE FRAME "ValueError: y\1" A
		  "on\1"},
	{"Loguru's traceback",
		A "caught\n" TRACE
		  "\n  File \"a.py\", line 9, in main\n    f(0)\n    \xe2\x94\x94 <f>\n"
		  "\n> File \"a.py\", line 4, in f\n    1 / x\n        \xe2\x94\x94 0\n\n"
		  "ZeroDivisionError: division by zero\n" A "on\n",
		A "caught\n" TRACE
		  "\n  File \"a.py\", line 9, in main\n    f(0)\n    \xe2\x94\x94 <f>\n"
		  "\n> File \"a.py\", line 4, in f\n    1 / x\n        \xe2\x94\x94 0\n\n"
		  "ZeroDivisionError: division by zero\1" A "on\1"},
	{"traceback without a head", "boom\n" TRACE FRAME "ValueError: x\nnext\n",
		"boom\n" TRACE FRAME "ValueError: x\1next\1"},
	{"a traceback first", TRACE FRAME "app.Broken\nnext\n",
		TRACE FRAME "app.Broken\1next\1"},
	{"an orphan block",
		A "one\nException in thread Thread-1 (bad):\n" TRACE FRAME
		  "ValueError: x\n" A "two\n",
		A "one\1Exception in thread Thread-1 (bad):\n" TRACE FRAME
		  "ValueError: x\1" A "two\1"},
	{"a dying process",
		A "one\nProcess Worker-7:\n" TRACE FRAME "OSError\n" A "two\n",
		A "one\1Process Worker-7:\n" TRACE FRAME "OSError\1" A "two\1"},
	{"CRLF", A "one\r\nmore\r\n" A "two\r\n", A "one\r\nmore\r\1" A "two\r\1"},
	{"byte order mark", "\xef\xbb\xbf" A "one\n" A "two\n",
		"\xef\xbb\xbf" A "one\1" A "two\1"},
	{"formats mixed",
		A "one\n{\"level\":\"info\",\"time\":\"2026-11-20T17:00:00Z\","
		  "\"message\":\"x\"}\n" B "two\n",
		A "one\1{\"level\":\"info\",\"time\":\"2026-11-20T17:00:00Z\","
		  "\"message\":\"x\"}\1" B "two\1"},
};

static void put_marked(const struct run *run, struct buf *out)
{
	for (size_t i = 0; i < run->count; i++) {
		buf_put_str(out, kept_text(run, i));
		buf_put_char(out, 1);
	}
}

static void test_goldens(void)
{
	struct rng r = {1};

	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		struct str input = str_from(goldens[i].input);
		for (size_t most = 0; most < 3; most++) {
			struct way way = {
				.block_bytes = most == 2 ? 64 : 0, .most = most};
			struct buf out = {0};
			struct run run;
			run_init(&run, &way);
			run_all(&run, input, &way, &r);
			put_marked(&run, &out);
			buf_reserve(&out, 1);
			is_str(out.ptr, out.len, goldens[i].records, goldens[i].name);
			ok(check_bytes(&run, input) == NULL, "its bytes: %s",
				check_bytes(&run, input) != NULL
					? check_bytes(&run, input)
					: "good");
			buf_free(&out);
			run_clear(&run);
		}
	}
}

/*
 * Random inputs.
 */

static const char *const pieces[] = {
	A,
	B,
	"hello",
	" ",
	"\t",
	"\n",
	"\n",
	"\n",
	"\n",
	"\r\n",
	"\n\n",
	TRACE,
	FRAME,
	"ValueError: x",
	"ValueError: x\n",
	"  indented\n",
	"plain line\n",
	"> File\n",
	"\xef\xbb\xbf",
	"\x1b[32m2026-11-20 16:58:54.534\x1b[0m | \x1b[1mINFO\x1b[0m | ",
	"{\"level\":\"info\",\"time\":\"2026-11-20T17:00:00Z\",\"message\":\"x\"}\n",
	"{\"level\":\"info\",\"msg\":\"",
	"\"}\n",
	"{}",
	"{",
	"}",
	"2026-11-20T17:58:55.130313+01:00 INFO [app.db] ",
	"2026-11-20",
	"2066-01-01 00:00:00,000 ",
	"1970-01-01 00:00:00.000 | ERROR | x:y:1 - ",
	"1795193935.120163 ",
	"time=2026-11-20T17:58:55Z level=info logger=a.b msg=\"x\"\n",
	"level=",
	"INFO:app:hello\n",
	"WARNING:root:",
	"Exception in thread Thread-1 (bad):\n",
	"Process Worker-7:\n",
	"Caused by: x\n",
	"During handling of the above exception, another exception occurred:\n",
	"panic: x\n",
	"long long long long long long long long long long long long long long ",
	"\xff\xfe",
	"\xe2\x94\x94",
	"\xf0\x9f\x98\x80",
	"|",
	" - ",
	":",
	",",
	"\x01\x02",
};

static void random_input(struct rng *r, struct buf *out)
{
	uint32_t n = rng_below(r, 120);

	for (uint32_t i = 0; i < n; i++) {
		if (rng_percent(r, 2))
			buf_put(out, "a\0b\0", 1 + rng_below(r, 4));
		else if (rng_percent(r, 2))
			buf_put_char(out, (char)rng_below(r, 256));
		else
			buf_puts(out,
				pieces[rng_below(r, sizeof(pieces) / sizeof(pieces[0]))]);
		if (rng_percent(r, 20))
			buf_put_char(out, '\n');
	}
}

/* Any way of reading gives the same records, and they are the input. */
static bool ways_are_equal(uint64_t seed)
{
	static const size_t maxima[] = {1048576, 1048576, 1000, 100, 33, 7, 1};
	struct rng r = {seed};
	struct buf input = {0};
	struct run first, run;
	struct way way = {.record_max = maxima[rng_below(&r, 7)]};
	const char *fault;
	size_t differs = SIZE_MAX;

	random_input(&r, &input);
	run_init(&first, &way);
	run_all(&first, buf_str(&input), &way, &r);
	fault = check_bytes(&first, buf_str(&input));
	for (int i = 0; i < 4 && fault == NULL && differs == SIZE_MAX; i++) {
		way.block_bytes = 64 + rng_below(&r, rng_percent(&r, 50) ? 100 : 5000);
		way.most = i == 0 ? 1 : 1 + rng_below(&r, 300);
		way.flush = rng_percent(&r, 50) ? 0 : rng_below(&r, 100);
		way.copying = rng_percent(&r, 50);
		run_init(&run, &way);
		run_all(&run, buf_str(&input), &way, &r);
		fault = check_bytes(&run, buf_str(&input));
		differs = first_difference(&first, &run);
		if (fault == NULL && differs != SIZE_MAX) {
			printf("# block %zu, pieces of %zu, records of %zu\n",
				way.block_bytes, way.most, way.record_max);
			show("whole", &first, differs);
			show("parts", &run, differs);
		}
		run_clear(&run);
	}
	if (fault != NULL)
		printf("# %s\n", fault);
	run_clear(&first);
	buf_free(&input);
	return fault == NULL && differs == SIZE_MAX;
}

/* A filter keeps the same records however they are read, each whole. */
static bool filters_are_equal(uint64_t seed)
{
	static const struct filter_spec specs[] = {
		{"level", STR("error"), 0}, {"grep", STR("long|in f|hello"), 0}};
	struct rng r = {seed};
	struct buf input = {0};
	struct way way = {.record_max = rng_percent(&r, 50) ? 0 : 40};
	struct run runs[3];
	unsigned count = 0;
	bool good = true;

	random_input(&r, &input);
	way.filters = filter_set_new(&specs[seed % 2], 1, NULL, NULL);
	for (unsigned i = 0; i < 3; i++) {
		run_init(&runs[i], &way);
		count++;
		run_all(&runs[i], buf_str(&input), &way, &r);
		good = good && runs[i].fault == NULL &&
		       runs[i].scanned == runs[0].scanned &&
		       first_difference(&runs[0], &runs[i]) == SIZE_MAX;
		if (!good) {
			printf("# %s, run %u: %u of %u scanned\n", runs[i].fault, i,
				runs[i].scanned, runs[0].scanned);
			show("first", &runs[0], first_difference(&runs[0], &runs[i]));
			show("this", &runs[i], first_difference(&runs[0], &runs[i]));
			break;
		}
		way.copying = i % 2 == 0;
		way.block_bytes = 64 + rng_below(&r, 300);
		way.most = 1 + rng_below(&r, 100);
		way.flush = rng_below(&r, 100);
	}
	for (size_t i = 1; i < runs[0].count; i++) {
		const struct record *x = &runs[0].kept[i - 1].record;
		const struct record *y = &runs[0].kept[i].record;
		good = good && (int32_t)(y->sequence - x->sequence) > 0;
		if (y->flags & RECORD_CONTINUED)
			good = good && y->sequence == x->sequence + 1 &&
			       x->flags & RECORD_CUT;
	}
	while (count-- > 0)
		run_clear(&runs[count]);
	filter_set_free(way.filters);
	buf_free(&input);
	return good;
}

/* A live source may be silent anywhere: still no byte is lost, and keys are arrivals at
 * most. */
static bool pauses_lose_nothing(uint64_t seed)
{
	struct rng r = {seed};
	struct buf input = {0};
	struct way way = {.record_max = rng_percent(&r, 70) ? 0 : 50,
		.block_bytes = 64 + rng_below(&r, 5000)};
	struct run run;
	struct str rest;
	const char *fault;

	random_input(&r, &input);
	rest = buf_str(&input);
	run_init(&run, &way);
	run.reader.keys = KEYS_LIVE;
	while (rest.len > 0) {
		rest = str_skip(rest, run_read(&run, rest, 1 + rng_below(&r, 200)));
		if (rng_percent(&r, 40)) {
			reader_pause(&run.reader, rng_percent(&r, 50));
			if (!reader_is_open(&run.reader) && run.reader.has_open)
				run.fault = "open, and says it is not";
		}
		run_take(&run, rng_percent(&r, 70));
		for (size_t i = 0; i < run.count; i++) {
			if (run.kept[i].record.key > run.now.wall)
				run.fault = "a key behind its arrival";
		}
		if (rng_percent(&r, 50)) {
			run.now.mono += rng_span(&r, 0, 2 * SECOND);
			run.now.wall += rng_span(&r, 0, 3 * SECOND);
		}
	}
	reader_end(&run.reader);
	run_take(&run, true);
	fault = check_bytes(&run, buf_str(&input));
	if (fault != NULL)
		printf("# %s\n", fault);
	run_clear(&run);
	buf_free(&input);
	return fault == NULL;
}

/*
 * Single cases.
 */

static void feed(struct run *run, const char *text)
{
	struct str rest = str_from(text);

	while (rest.len > 0)
		rest = str_skip(rest, run_read(run, rest, 0));
}

static bool is_record(struct run *run, size_t i, const char *text, unsigned flags)
{
	run_take(run, true);
	return i < run->count && str_is(kept_text(run, i), text) &&
	       run->kept[i].record.flags == flags;
}

static void test_pause(void)
{
	struct way way = {0};
	struct run run;

	run_init(&run, &way);
	run.reader.keys = KEYS_LIVE;
	ok(!reader_is_open(&run.reader), "nothing is open at first");
	feed(&run, B "one\n" TRACE "  Fi");
	reader_pause(&run.reader, false);
	run_take(&run, true);
	ok(run.count == 0 && reader_is_open(&run.reader),
		"a line without its end is waited for");
	feed(&run, "le\n");
	reader_pause(&run.reader, false);
	ok(is_record(&run, 0, B "one\n" TRACE "  File", 0), "silence ends a record");
	ok(!reader_is_open(&run.reader), "nothing is open then");
	run.now.mono += 100 * MS;
	run.now.wall += 100 * MS;
	feed(&run, "ValueError: x\n");
	reader_pause(&run.reader, false);
	ok(is_record(&run, 1, "ValueError: x", RECORD_CONTINUED),
		"its rest goes on with it");
	ok(run.kept[1].record.level == run.kept[0].record.level &&
			run.kept[1].record.level == LEVEL_ERROR,
		"with its level");
	ok(run.kept[1].record.key == run.kept[0].record.key, "and its place");
	run.now.mono += 2 * SECOND;
	run.now.wall += 2 * SECOND;
	feed(&run, "stray\n");
	reader_pause(&run.reader, false);
	ok(is_record(&run, 2, "stray", 0) && run.kept[2].record.level == LEVEL_UNKNOWN,
		"after a second of silence a line stands for itself");
	run_clear(&run);
}

static void test_partial(void)
{
	struct way way = {0};
	struct run run;

	run_init(&run, &way);
	run.reader.keys = KEYS_LIVE;
	feed(&run, "Password: ");
	reader_pause(&run.reader, true);
	ok(is_record(&run, 0, "Password: ", RECORD_PARTIAL),
		"a prompt goes out, flagged");
	ok(run.kept[0].record.key == KIT_WALL, "with its arrival as the key");
	run.now.wall += 3600 * SECOND;
	run.now.mono += 3600 * SECOND;
	feed(&run, "secret\n");
	reader_pause(&run.reader, false);
	ok(is_record(&run, 1, "secret", RECORD_CONTINUED), "its line's rest goes on");
	feed(&run, "Again");
	reader_pause(&run.reader, true);
	ok(is_record(&run, 2, "Again", RECORD_PARTIAL), "another one");
	ok(run.kept[2].record.key == run.now.wall,
		"with its own arrival, not the last one's");
	run.now.wall += 3600 * SECOND;
	run.now.mono += 3600 * SECOND;
	feed(&run, "x\ntail");
	reader_end(&run.reader);
	ok(is_record(&run, 3, "x", RECORD_CONTINUED), "the rest again");
	ok(is_record(&run, 4, "tail", RECORD_NO_NEWLINE), "the end without a newline");
	ok(run.kept[4].record.key == run.now.wall, "with its arrival");
	run_clear(&run);

	run_init(&run, &way);
	run.reader.keys = KEYS_LIVE;
	feed(&run, "hello");
	reader_end(&run.reader);
	ok(is_record(&run, 0, "hello", RECORD_NO_NEWLINE) &&
			run.kept[0].record.key == KIT_WALL,
		"all that a connection brings is a word: it has its arrival");
	run_clear(&run);
}

static void test_boundary(void)
{
	struct way way = {0};
	struct run run;

	run_init(&run, &way);
	feed(&run, A "one\n" TRACE "  cut off");
	reader_boundary(&run.reader, 0);
	feed(&run, "more\n" A "two\n");
	reader_boundary(&run.reader, 500);
	feed(&run, A "three\n");
	reader_end(&run.reader);
	ok(is_record(&run, 0, A "one\n" TRACE "  cut off", RECORD_NO_NEWLINE),
		"what a file leaves open goes out");
	ok(is_record(&run, 1, "more", 0),
		"the next one's first line does not go on with it");
	ok(is_record(&run, 2, A "two", 0) && run.kept[2].record.offset == 5,
		"offsets begin again");
	ok(is_record(&run, 3, A "three", 0) && run.kept[3].record.offset == 500,
		"anywhere");
	run_clear(&run);
}

static void frame(struct run *run, struct str text)
{
	size_t cap;
	char *room = reader_room(&run->reader, text.len, &cap);

	memcpy(room, text.ptr, text.len);
	reader_frame(&run->reader, text.len, FRAME_TEXT, &run->now);
}

static void test_frames(void)
{
	static const struct str frames[] = {STR(A "one\n"), STR(""),
		STR(B "two\n" TRACE "E\n\n"), STR("\n"), STR("x\0"), STR(TRACE),
		STR("  y"), STR("\0\n\0")};
	static const char *const wants[] = {A "one", "", B "two\n" TRACE "E", "", "x",
		"Traceback (most recent call last):", "  y", ""};
	struct way way = {.block_bytes = 128};
	struct run run;
	bool good = true;

	run_init(&run, &way);
	for (size_t i = 0; i < 8; i++)
		frame(&run, frames[i]);
	run_take(&run, true);
	ok(run.count == 8, "a frame is a record: %zu", run.count);
	for (size_t i = 0; i < run.count; i++)
		good = good && str_is(kept_text(&run, i), wants[i]) &&
		       !(run.kept[i].record.flags & (RECORD_CUT | RECORD_CONTINUED));
	ok(good && run.fault == NULL, "whole, without its last newlines and NULs");
	run_clear(&run);
}

static void test_long(void)
{
	struct way way = {.record_max = 1000, .block_bytes = 256};
	struct buf text = {0};
	struct run run;
	struct rng r = {3};
	bool good = true;

	buf_puts(&text, A);
	while (text.len < 5500)
		buf_put(&text, "0123456789", 10);
	buf_puts(&text, "\nmore\n" A "two\n");
	run_init(&run, &way);
	run_all(&run, buf_str(&text), &way, &r);
	ok(check_bytes(&run, buf_str(&text)) == NULL,
		"a long record is cut and nothing lost");
	ok(run.count == 7, "into pieces: %zu", run.count);
	for (size_t i = 0; i + 1 < run.count; i++) {
		const struct record *p = &run.kept[i].record;
		good = good && p->level == LEVEL_INFO &&
		       p->time == run.kept[0].record.time &&
		       !(p->flags & RECORD_CUT) == (i == 5) &&
		       !(p->flags & RECORD_CONTINUED) == (i == 0) &&
		       (i == 5 || p->len == 1000);
	}
	ok(good, "that say so, and are as their head");
	run_clear(&run);
	way.record_max = 0;
	run_init(&run, &way);
	run_all(&run, buf_str(&text), &way, &r);
	ok(run.count == 2 && check_bytes(&run, buf_str(&text)) == NULL,
		"a record may be larger than a block");
	run_clear(&run);
	buf_free(&text);
}

static void test_keys(void)
{
	struct way way = {0};
	struct run run;
	int64_t time;

	run_init(&run, &way);
	feed(&run, "first\n" A "one\nException in thread x:\n" A "two\n");
	reader_end(&run.reader);
	run_take(&run, true);
	time = run.kept[1].record.time;
	ok(run.count == 4 && run.kept[0].record.key == INT64_MIN && time != TIME_NONE &&
			run.kept[1].record.key == time,
		"a time is the key; before the first there is none");
	ok(run.kept[2].record.time == TIME_NONE && run.kept[2].record.key == time,
		"without a time it is the one before");
	run_clear(&run);

	run_init(&run, &way);
	run.reader.keys = KEYS_LIVE;
	run.now.wall = time - 5;
	feed(&run, A "future\n"
		     "Exception in thread x:\n");
	run.now.wall = time + 5;
	feed(&run, A "past\n");
	reader_end(&run.reader);
	run_take(&run, true);
	ok(run.count == 3 && run.kept[0].record.key == time - 5 &&
			run.kept[1].record.key == time - 5 &&
			run.kept[2].record.key == time,
		"live, a key is never behind the arrival");
	run_clear(&run);
}

int main(void)
{
	formats_init();
	test_goldens();
	ok(kit_seeds("ways", 4000, ways_are_equal) == 0,
		"the same records in whatever pieces, and no byte lost");
	ok(kit_seeds("filters", 3000, filters_are_equal) == 0,
		"likewise what a filter keeps");
	ok(kit_seeds("pauses", 4000, pauses_lose_nothing) == 0, "pauses lose nothing");
	test_pause();
	test_partial();
	test_boundary();
	test_frames();
	test_long();
	test_keys();
	return done_testing();
}
