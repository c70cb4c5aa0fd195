/*
 * framing: every way of cutting a connection, in pieces of every size.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/buf.h"
#include "sources/framing.h"
#include "tap.h"

#define BYTES(literal) str_make(literal, sizeof(literal) - 1)

/* What became of a connection, as text: "T:text|" for a message, then how it ended. */
struct result {
	struct buf text;
	unsigned replies;
	char why[FRAMING_WHY];
};

struct cutter {
	struct framing framing;
	struct framed out;
	struct result *result;
	size_t skip;
	bool over;
};

static const char kinds[FRAME_KINDS] = {'T', 'P', 'F', 'J', 'O'};

static void put_message(struct cutter *c)
{
	struct buf *text = &c->result->text;
	if (c->out.message.len == 0)
		return;
	buf_put_char(text, kinds[c->out.kind]);
	buf_put_char(text, ':');
	buf_put_str(text, c->out.message);
	buf_puts(text, c->out.cut ? "+|" : "|");
}

/* Takes as much of BYTES as it can; returns how many. */
static size_t cut(struct cutter *c, struct str bytes, bool quiet, bool end)
{
	size_t at = 0;
	while (!c->over && (at < bytes.len || end)) {
		size_t skipped = bytes.len - at < c->skip ? bytes.len - at : c->skip;
		at += skipped;
		c->skip -= skipped;
		if (at == bytes.len)
			break;
		/* A copy of its own, so that reading beyond it is found out. */
		size_t len = bytes.len - at;
		char *copy = malloc(len);
		memcpy(copy, bytes.ptr + at, len);
		struct framing_input in = {{copy, len}, quiet, end};
		enum framing_step step = framing_next(&c->framing, &in, &c->out);
		if (step == FRAMING_MESSAGE)
			put_message(c);
		free(copy);
		quiet = false;
		if (step == FRAMING_MORE)
			break;
		switch (step) {
		case FRAMING_LINES:
			buf_puts(&c->result->text, "lines:");
			buf_put(&c->result->text, bytes.ptr + at, len);
			c->over = true;
			return bytes.len;
		case FRAMING_BAD:
			buf_puts(&c->result->text, "bad");
			snprintf(c->result->why, sizeof(c->result->why), "%s", c->out.why);
			c->over = true;
			return bytes.len;
		case FRAMING_HANDOVER:
			c->over = true;
			return bytes.len;
		default:
			break;
		}
		if (step == FRAMING_SKIP && c->out.bad)
			buf_puts(&c->result->text, "?|");
		c->skip += c->out.taken;
	}
	return at;
}

/* BYTES come in pieces: FIRST bytes, then STEP at a time; QUIET: a silence follows. */
static void run(struct result *r, struct str bytes, size_t first, size_t step, bool quiet)
{
	struct cutter c = {.framing = {.max_frame = 1000}, .result = r};
	size_t start = 0, end = first;
	r->text.len = 0;
	r->why[0] = '\0';
	for (;;) {
		end = end < bytes.len ? end : bytes.len;
		start += cut(&c, str_make(bytes.ptr + start, end - start), false, false);
		if (end == bytes.len || c.over)
			break;
		end += step;
	}
	if (c.over && end < bytes.len && r->why[0] == '\0')
		buf_put(&r->text, bytes.ptr + end, bytes.len - end);
	if (quiet && !c.over)
		start += cut(&c, str_make(bytes.ptr + start, bytes.len - start), true, false);
	if (!c.over)
		start += cut(&c, str_make(bytes.ptr + start, bytes.len - start), false, true);
	if (!c.over && start < bytes.len)
		buf_puts(&r->text, "half");
	framing_clear(&c.framing);
}

static bool same(const struct result *r, struct str want)
{
	return str_eq(buf_str(&r->text), want);
}

/* BYTES give WANT, however they are cut into two, or one by one. */
static void gives_after(
	const char *name, struct str bytes, bool quiet, struct str want, const char *why)
{
	struct result r = {0};
	bool good = true;
	for (size_t first = 0; good && first <= bytes.len; first++) {
		run(&r, bytes, first, bytes.len, quiet);
		good = same(&r, want);
	}
	if (good) {
		run(&r, bytes, 1, 1, quiet);
		good = same(&r, want);
	}
	if (!ok(good, "%s", name))
		printf("#   got  '%.*s'\n#   want '%.*s'\n", (int)r.text.len, r.text.ptr,
			(int)want.len, want.ptr);
	if (why != NULL)
		ok(strstr(r.why, why) != NULL, "which says '%s': '%s'", why, r.why);
	buf_free(&r.text);
}

#define GIVES(name, bytes, want) gives_after(name, BYTES(bytes), false, BYTES(want), NULL)
#define GIVES_QUIET(name, bytes, want) \
	gives_after(name, BYTES(bytes), true, BYTES(want), NULL)
#define BAD(name, bytes, why) gives_after(name, BYTES(bytes), false, BYTES("bad"), why)

static void test_lines(void)
{
	GIVES("text", "hello\nworld\n", "lines:hello\nworld\n");
	GIVES("a stamp", "2026-11-20 14:00:00.000 | INFO     | a:b:1 - x\n",
		"lines:2026-11-20 14:00:00.000 | INFO     | a:b:1 - x\n");
	GIVES("a lone digit", "7", "lines:7");
	GIVES("JSON", "{\"a\":1}\n{\"a\":2}\n", "lines:{\"a\":1}\n{\"a\":2}\n");
	GIVES("JSON without an end", "{\"a\":1}", "lines:{\"a\":1}");
	GIVES("a tag", "<a href>\n", "lines:<a href>\n");
	GIVES("a number and a tag", "12 <b>\n", "lines:12 <b>\n");
	GIVES("x^2", "x^2 + y^2\n", "lines:x^2 + y^2\n");
	GIVES("PRINT", "PRINT\n", "lines:PRINT\n");
	GIVES("Latin-1", "\xe4\xf6\xfc\n", "lines:\xe4\xf6\xfc\n");
	GIVES("UTF-16", "\xff\xfeh\0i\0\n\0", "lines:\xff\xfeh\0i\0\n\0");
	GIVES("an empty line", "\nx\n", "lines:\nx\n");
	GIVES("a NUL first", "\0abc\0def\n", "lines:\0abc\0def\n");
	GIVES("a NUL inside", "abc\0def\n", "lines:abc\0def\n");
}

static void test_pickles(void)
{
	GIVES("pickles", "\0\0\0\4}q..\0\0\0\5\x80\4N..", "P:}q..|P:\x80\4N..|");
	GIVES("length and JSON", "\0\0\0\7{\"a\":1}\0\0\0\2<>", "T:{\"a\":1}|T:<>|");
	GIVES("half a pickle", "\0\0\0\4}q..\0\0\0\5}qq", "P:}q..|half");
	GIVES("half a length", "\0\0\0\4}q..\0\0", "P:}q..|half");
	GIVES("a frame of something else", "\0\0\0\4}q..\0\0\0\3abc\0\0\0\1}",
		"P:}q..|?|P:}|");
	BAD("length 0", "\0\0\0\0", "0 bytes");
	BAD("longer than it may be", "\0\0\4\0}", "1024 bytes is announced; 1 to 1000");
	BAD("length 2^31", "\x80\0\0\0", "2 GiB");
	BAD("length 2^31-1", "\x7f\xff\xff\xff", "2 GiB");
	BAD("length 2^32-1, multiprocessing's long form", "\xff\xff\xff\xff\0\0\0\1\0\0\0\0",
		"2 GiB");
	gives_after("length 0 behind a pickle", BYTES("\0\0\0\4}q..\0\0\0\0abcdefg"), false,
		BYTES("P:}q..|bad"), "0 bytes");
	gives_after("a pickle that is too long behind one", BYTES("\0\0\0\4}q..\0\0\4\0abcdefg"),
		false, BYTES("P:}q..|bad"), "1024 bytes");
	gives_after("text behind a pickle", BYTES("\0\0\0\4}q..hello\n"), false,
		BYTES("P:}q..|bad"), "neither");
	gives_after("length 2^31 behind a pickle", BYTES("\0\0\0\4}q..\x80\0\0\0"), false,
		BYTES("P:}q..|bad"), "2 GiB");
}

static void test_octets(void)
{
	GIVES("counts", "7 <13>one12 <14>two\nmore", "T:<13>one|T:<14>two\nmore|");
	GIVES("with line feeds that are not counted", "7 <13>one\n7 <13>two\n",
		"T:<13>one|T:<13>two|");
	GIVES("half a frame", "7 <13>one12 <14>two", "T:<13>one|half");
	GIVES("half a count", "7 <13>one1", "T:<13>one|lines:1");
	GIVES("20 digits", "99999999999999999999 <13>x\n", "lines:99999999999999999999 <13>x\n");
	GIVES("10 digits", "1000000000 <13>x\n", "lines:1000000000 <13>x\n");
	GIVES("0", "0 <13>x\n", "lines:0 <13>x\n");
	GIVES("007", "007 <13>x\n", "lines:007 <13>x\n");
	GIVES("-1", "-1 <13>x\n", "lines:-1 <13>x\n");
	GIVES("no priority", "7 <1234>one", "lines:7 <1234>one");
	BAD("longer than it may be", "999999999 <13>x", "999999999 bytes is announced");
}

static void test_syslog(void)
{
	GIVES("line feeds", "<13>one\n<14>two\n", "T:<13>one|T:<14>two|");
	GIVES("CR and LF", "<13>one\r\n<14>two\r\n", "T:<13>one\r|T:<14>two\r|");
	GIVES("a traceback", "<11>boom\nTraceback:\n  File\nError\n<14>next\n",
		"T:<11>boom\nTraceback:\n  File\nError|T:<14>next|");
	GIVES("NULs", "<13>one\0<14>two\nTraceback\nError\0<13>three\0",
		"T:<13>one|T:<14>two\nTraceback\nError|T:<13>three|");
	GIVES("a text that looks like a message, once NULs are known",
		"<13>one\0<14>two\n<11>forged\n9 <11>more\0<13>three\0",
		"T:<13>one|T:<14>two\n<11>forged\n9 <11>more|T:<13>three|");
	GIVES("no end", "<13>one\n<14>two", "T:<13>one|T:<14>two|");
	GIVES("NUL and LF", "<13>one\n\0<14>two\0\n<14>three\0",
		"T:<13>one\n|T:<14>two|T:<14>three|");
	GIVES_QUIET("a line feed, then silence", "<13>one\n", "T:<13>one|");
	GIVES_QUIET("a line feed and the next one's start, then silence", "<13>one\n<1",
		"T:<13>one\n<1|");
	GIVES("a longer number", "<1300>one\n", "lines:<1300>one\n");
	GIVES("text behind a NUL", "<13>one\0hello\n", "T:<13>one|lines:hello\n");
}

static void test_json(void)
{
	GIVES("NULs", "{\"a\":1}\0{\"a\":2}\0", "T:{\"a\":1}|T:{\"a\":2}|");
	GIVES("no end", "{\"a\":1}\0{\"a\":2}", "T:{\"a\":1}|T:{\"a\":2}|");
	GIVES("line feeds between", "{\"a\":1}\0\n{\"a\":2}\0\n", "T:{\"a\":1}|T:{\"a\":2}|");
	GIVES("lines from the second one on", "{\"a\":1}\0{\"a\":2}\n{\"a\":3}\n",
		"T:{\"a\":1}|lines:{\"a\":2}\n{\"a\":3}\n");
	GIVES("sequences", "\x1e{\"a\":1}\n\x1e{\n\"a\":2}\n",
		"T:{\"a\":1}\n|T:{\n\"a\":2}\n|");
	GIVES_QUIET("a sequence, then silence", "\x1e{\"a\":1}\n", "T:{\"a\":1}\n|");
}

static void test_export(void)
{
	GIVES("journal entries", "__CURSOR=a\nMESSAGE=x\n\n__CURSOR=b\nMESSAGE\n\4\0\0\0\0\0\0\0a\n\nb\n\n",
		"J:__CURSOR=a\nMESSAGE=x\n|J:__CURSOR=b\nMESSAGE\n\4\0\0\0\0\0\0\0a\n\nb\n|");
	GIVES("the last one without an end", "__CURSOR=a\nMESSAGE=x\n", "J:__CURSOR=a\nMESSAGE=x\n|");
	GIVES("half an entry", "__CURSOR=a\nMESSAGE=x", "half");
	GIVES("text", "__CURSOR\n", "lines:__CURSOR\n");
	GIVES("text behind", "__CURSOR=a\n\nhello\n", "J:__CURSOR=a\n|lines:hello\n");
}

static void test_mixed(void)
{
	GIVES("LF, NUL and octet frames", "<13>one\n<13>two\0007 <13>six<13>four\n7 <13>fiv",
		"T:<13>one|T:<13>two|T:<13>six|T:<13>four|T:<13>fiv|");
	GIVES("NUL, octet, LF", "<13>one\0007 <13>two<13>three\n<13>four\n",
		"T:<13>one|T:<13>two|T:<13>three|T:<13>four|");
	GIVES("LF, octet", "<13>one\n7 <13>two<13>three\0",
		"T:<13>one|T:<13>two|T:<13>three|");
	GIVES_QUIET("a NUL, then LFs only", "<13>one\0<13>two\n<13>three\n7 <13>fou",
		"T:<13>one|T:<13>two|T:<13>three|T:<13>fou|");
	GIVES("JSON between", "<13>one\0{\"a\":1}\0<13>two\0",
		"T:<13>one|T:{\"a\":1}|T:<13>two|");
	GIVES("NULs between", "<13>one\0\0\0<13>two\0\0\0\0\0\0\0<13>three",
		"T:<13>one|T:<13>two|T:<13>three|");
	GIVES("a pickle among others", "<13>one\0\0\0\0\2}.7 <13>two",
		"T:<13>one|P:}.|T:<13>two|");
}

static void test_foreign(void)
{
	BAD("TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "TLS");
	BAD("Java objects", "\xac\xed\0\5sr\0", "Java");
	BAD("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2");
	BAD("Fluentd", "\x92\xa5" "debug\x92", "Fluentd");
	BAD("Fluentd, forward mode", "\x93\xd9\x05" "debug", "Fluentd");
	BAD("ZeroMQ", "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", "ZeroMQ");
	BAD("gzip", "\x1f\x8b\x08\0\0\0", "gzip");
	BAD("zstd", "\x28\xb5\x2f\xfd\x24", "zstd");
	BAD("xz", "\xfd" "7zXZ\0\0", "xz");
	BAD("a bare pickle", "\x80\4\x95\x10\0\0\0\0\0\0\0}.", "without its length");
	BAD("text behind TLS is not looked at", "\x16\x03\1hello\n", "TLS");
}

/* zlib's two bytes may begin a text: only with more of it can one tell. */
static void test_zlib(void)
{
	struct result r = {0};
	run(&r, BYTES("x\x9c\x4b\x4c\x02\x00\x01\x27"), 8, 8, false);
	ok(same(&r, BYTES("bad")) && strstr(r.why, "zlib"), "zlib is refused: %s", r.why);
	run(&r, BYTES("x^2\n"), 4, 4, false);
	ok(same(&r, BYTES("lines:x^2\n")), "an x with a power is text");
	buf_free(&r.text);
}

static void test_noise(void)
{
	struct result r = {0};
	char bytes[2048];
	uint32_t seed = 7;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)(seed >> 24);
	}
	bytes[0] = 'a';
	run(&r, str_make(bytes, sizeof(bytes)), sizeof(bytes), 1, false);
	ok(same(&r, BYTES("bad")), "random bytes are refused: %s", r.why);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(0xc0 + (unsigned char)bytes[i] % 64);
	run(&r, str_make(bytes, sizeof(bytes)), sizeof(bytes), 1, false);
	ok(r.text.len == sizeof(bytes) + 6, "a page of Cyrillic in one byte each is text");
	buf_free(&r.text);
}

/* Messages longer than they may be come in pieces, with their bytes all there. */
static void test_long(void)
{
	struct result r = {0};
	struct buf bytes = {0};
	buf_puts(&bytes, "<13>");
	for (int i = 0; i < 2500; i++)
		buf_put_char(&bytes, 'x');
	buf_put(&bytes, "\0<13>last\0", 10);
	for (size_t step = 1; step < 4096; step *= 7) {
		run(&r, buf_str(&bytes), step, step, false);
		size_t count = 0, cuts = 0;
		for (size_t i = 0; i < r.text.len; i++) {
			count += r.text.ptr[i] == 'x' && r.text.ptr[i + 1] != '\0';
			cuts += r.text.ptr[i] == '+';
		}
		ok(count == 2500 && cuts == 2, "2,500 bytes in pieces of %zu: %zu, %zu cut",
			step, count, cuts);
		ok(r.text.len > 11 && memcmp(r.text.ptr + r.text.len - 11, "T:<13>last|", 11) == 0,
			"and the next one is whole");
	}
	buf_free(&bytes);
	buf_free(&r.text);
}

int main(void)
{
	test_lines();
	test_pickles();
	test_octets();
	test_syslog();
	test_json();
	test_export();
	test_mixed();
	test_foreign();
	test_zlib();
	test_noise();
	test_long();
	return done_testing();
}
