/*
 * Pickles that mean no good: they run nothing, take no time, and what they show is bounded
 * and valid.
 */
#include <time.h>

#include "cli/json_put.h"
#include "picklekit.h"

/* faults.md N21; more beside the work of others and under a sanitizer. */
#define FAST_NS 10000000
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWER 20
#else
#define SLOWER 5
#endif
#define FIELD_MAX (65536 + 4096)

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* All that kit_fields shows is bounded, and JSON where it says so. */
static void check_shown(const char *name)
{
	struct buf out = {0};

	for (size_t i = 0; i < kit_fields.extras; i++) {
		const struct field *f = &kit_fields.extra[i];
		out.len = 0;
		if (f->value.len > FIELD_MAX)
			ok(false, "%s: %zu bytes in a field", name, f->value.len);
		if (f->kind != FIELD_TEXT && !json_put_value(&out, f->value, 0))
			ok(false, "%s: '%.*s' is JSON", name,
				(int)(f->value.len < 200 ? f->value.len : 200),
				f->value.ptr);
	}
	buf_free(&out);
}

/* Takes PICKLE in no time; whether it is a record. */
static bool quick(const char *name, const struct buf *pickle)
{
	struct record r;
	int64_t best = INT64_MAX, start;
	bool taken = false;

	for (int i = 0; i < 3 && best > FAST_NS; i++) {
		start = now();
		taken = pickle_take(buf_str(pickle), &r);
		start = now() - start;
		best = start < best ? start : best;
	}
	ok(best < FAST_NS * SLOWER, "%s: takes %lld us", name, (long long)(best / 1000));
	if (taken)
		check_shown(name);
	return taken;
}

static void begin(struct buf *b)
{
	b->len = 0;
	buf_puts(b, "}(U\x03msgU\x05hello");
	buf_put(b,
		"U\x07levelnoK\x14U\x07"
		"created",
		20);
	buf_put(b, "G\x41\xda\xbf\xff\x7f\0\0\0U\x01x", 12);
}

static void end(struct buf *b)
{
	buf_puts(b, "u.");
}

static void put_memo(struct buf *b, char op, unsigned i)
{
	char text[5] = {op, (char)i, (char)(i >> 8), 0, 0};

	buf_put(b, text, sizeof(text));
}

/* A list of the last list twice, 40 times over: 2^40 leaves. */
static void test_doubling(struct buf *b)
{
	begin(b);
	buf_puts(b, "]");
	put_memo(b, 'r', 0);
	for (unsigned i = 1; i <= 40; i++) {
		buf_puts(b, "0](");
		put_memo(b, 'j', i - 1);
		put_memo(b, 'j', i - 1);
		buf_puts(b, "e");
		put_memo(b, 'r', i);
	}
	end(b);
	ok(quick("doubled lists", b), "doubled lists are a record");
	kit_is("message", "hello");
	ok(kit_fields.extras == 1, "with a field");
}

static void test_doubled_everywhere(struct buf *b)
{
	char name[4];

	begin(b);
	buf_puts(b, "(I1\nI2\nt");
	put_memo(b, 'r', 0);
	for (unsigned i = 1; i <= 40; i++) {
		buf_puts(b, "0(");
		put_memo(b, 'j', i - 1);
		put_memo(b, 'j', i - 1);
		buf_puts(b, "t");
		put_memo(b, 'r', i);
	}
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "%03u", i);
		buf_puts(b, "U\x03");
		buf_puts(b, name);
		put_memo(b, 'j', 40);
	}
	end(b);
	ok(quick("a bomb in each of many fields", b), "it is a record");
}

static void test_long_string_doubled(struct buf *b)
{
	begin(b);
	buf_put(b, "X\x00\x10\x00\x00", 5);
	for (int i = 0; i < 4096; i++)
		buf_put_char(b, i % 7 == 0 ? '"' : '\x01');
	put_memo(b, 'r', 0);
	buf_puts(b, "0(");
	for (int i = 0; i < 5000; i++)
		put_memo(b, 'j', 0);
	buf_puts(b, "l");
	end(b);
	ok(quick("a string 5,000 times", b), "it is a record");
}

static void test_deep(struct buf *b, int depth)
{
	begin(b);
	for (int i = 0; i < depth; i++)
		buf_puts(b, "(");
	for (int i = 0; i < depth; i++)
		buf_puts(b, "l");
	end(b);
}

static void test_deep_dicts(struct buf *b)
{
	begin(b);
	for (int i = 0; i < 10000; i++)
		buf_puts(b, "}U\x01k");
	buf_puts(b, "N");
	for (int i = 0; i < 10000; i++)
		buf_puts(b, "s");
	end(b);
	ok(quick("10,000 dicts inside each other", b), "they are a record");
}

static void test_depths(struct buf *b)
{
	test_deep(b, 400);
	ok(quick("400 lists inside each other", b), "they are a record");
	test_deep(b, 100000);
	ok(!quick("100,000 lists inside each other", b), "they are no record");
	test_deep_dicts(b);
}

static void test_numbers(struct buf *b)
{
	begin(b);
	buf_puts(b, "L");
	for (int i = 0; i < 1000000; i++)
		buf_put_char(b, '9');
	buf_puts(b, "L\n");
	end(b);
	ok(quick("an integer of a million digits", b), "it is a record");
	kit_is("x", "<int of 1000000 digits>");
	begin(b);
	buf_put(b, "\x8b\x40\x42\x0f\0", 5);
	for (int i = 0; i < 1000000; i++)
		buf_put_char(b, '\x7f');
	end(b);
	ok(quick("an integer of a million bytes", b), "it is a record");
	kit_is("x", "<int of 1000000 bytes>");
}

static void test_opcodes(struct buf *b)
{
	begin(b);
	for (int i = 0; i < 500000; i++)
		buf_puts(b, "N0");
	buf_puts(b, "N");
	end(b);
	ok(!quick("a million opcodes", b), "they are no record");
	begin(b);
	buf_puts(b, "](");
	for (int i = 0; i < 90000; i++)
		buf_puts(b, "N");
	buf_puts(b, "e");
	end(b);
	ok(quick("90,000 opcodes", b), "they are a record");
}

/* cposix\nsystem\n(S'touch CANARY'\ntR: what would be run is shown, and is not run. */
static void test_calls(struct buf *b)
{
	static const char canary[] = "/tmp/mplog-pickle-canary";
	static const struct {
		const char *pickle, *shown;
	} calls[] = {
		{"cposix\nsystem\n(S'touch /tmp/mplog-pickle-canary'\ntR",
			"<posix.system>"},
		{"cos\nsystem\n(S'touch /tmp/mplog-pickle-canary'\ntR", "<os.system>"},
		{"(S'touch /tmp/mplog-pickle-canary'\nios\nsystem\n", "<os.system>"},
		{"(cos\nsystem\nS'touch /tmp/mplog-pickle-canary'\no", "<os.system>"},
		{"cbuiltins\neval\n(S'1/0'\ntR", "<builtins.eval>"},
		{"cbuiltins\ngetattr\n(cos\nsystem\nS'x'\ntR", "system.x"},
		{"S'os'\nS'system'\n\x93(S'touch /tmp/mplog-pickle-canary'\ntR",
			"<os.system>"},
		{"Pwhatever\n", "<object>"},
		{"\x82\x01", "<object>"},
	};

	remove(canary);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		begin(b);
		buf_puts(b, calls[i].pickle);
		end(b);
		ok(quick("a call", b), "call %zu: it is a record", i);
		kit_is("x", calls[i].shown);
		kit_is("message", "hello");
	}
	ok(fopen(canary, "r") == NULL, "nothing was run");
}

/* What breaks the rules of the machine is no pickle. */
static void test_broken(void)
{
	static const struct {
		const char *name;
		struct str pickle;
	} broken[] = {
		{"nothing", STR("")},
		{"only an end", STR(".")},
		{"an unknown opcode", STR("}\xff.")},
		{"no end", STR("}(U\x01xK\x01u")},
		{"a group without its mark", STR("}u.")},
		{"a key without a value", STR("}(U\x01xu.")},
		{"pairs into a list", STR("](U\x01xK\x01u.")},
		{"a value into a dict", STR("}K\x01"
					    "a.")},
		{"a memo that was not put", STR("h\x05.")},
		{"a memo far out", STR("}r\xff\xff\xff\x7f.")},
		{"a string longer than the frame", STR("X\xff\xff\xff\xff"
						       "abc.")},
		{"a string of 2^63 bytes", STR("\x8d\0\0\0\0\0\0\0\x80"
					       "abc.")},
		{"a number that is none", STR("I1x\n.")},
		{"a number without digits", STR("L-L\n.")},
		{"a line without its end", STR("cos\nsystem")},
		{"a string without quotes", STR("Sabc\n.")},
		{"a call of nothing", STR(")R.")},
		{"below a mark", STR("K\x01(a.")},
		{"a mark at the end", STR("}(.")},
	};
	struct record r;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		ok(!pickle_take(broken[i].pickle, &r), "%s is no pickle", broken[i].name);
}

/* What is a pickle but no log record is shown for what it is. */
static void test_others(void)
{
	static const struct {
		struct str pickle;
		const char *message;
	} others[] = {
		{STR("U\x05hello."), "hello"},
		{STR("K\x07."), "7"},
		{STR("(K\x01U\x01"
		     "al."),
			"[1, \"a\"]"},
		{STR("}(U\x01"
		     "aK\x01u."),
			"{\"a\": 1}"},
		{STR("cos\nsystem\n(U\x01xtR."), "<os.system>"},
		{STR("}(U\x07messageU\x02hiU\x05levelU\x04WARNU\x04timeJ\0\0\0\x40u."),
			"hi"},
	};
	struct record r;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ok(pickle_take(others[i].pickle, &r), "%s: is a record",
			others[i].message);
		kit_is("message", others[i].message);
	}
	ok(r.level == LEVEL_WARNING && r.time == INT64_C(1073741824000000000),
		"a dict of one's own has its level and time");
}

int main(void)
{
	struct buf b = {0};

	kit_begin();
	test_doubling(&b);
	test_doubled_everywhere(&b);
	test_long_string_doubled(&b);
	test_depths(&b);
	test_numbers(&b);
	test_opcodes(&b);
	test_calls(&b);
	test_broken();
	test_others();
	buf_free(&b);
	pickle_end();
	return done_testing();
}
