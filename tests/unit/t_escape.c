/* What may reach a terminal, and what it looks like if it may not. */
#include <stdlib.h>

#include "core/escape.h"
#include "tap.h"

static struct buf out;

struct shown {
	const char *text;
	size_t len;
	const char *want; /* as a line */
	size_t width;
};

#define ROW(text, want, width)                                                           \
	{                                                                                \
		(text), sizeof(text) - 1, (want), (width)                                \
	}

static const struct shown shown[] = {
	ROW("", "", 0),
	ROW("plain text of more than sixteen bytes ~",
		"plain text of more than sixteen bytes ~", 39),
	ROW("123456789012345\x7f"
	    "6",
		"123456789012345\\x7f6", 20),
	ROW("\0\1\a\b\x1f", "\\x00\\x01\\x07\\x08\\x1f", 20),
	ROW("a\tb", "a\tb", 10),
	ROW("a\nb", "a\\nb", 4),
	ROW("M\rN", "M\\rN", 4),
	ROW("end\r", "end", 3),
	ROW("one\r\ntwo\r", "one\\ntwo", 8),
	ROW("one\r\r", "one\\r", 5),
	ROW("\x1b[31;1mred\x1b[0m", "red", 3),
	ROW("\x1b[38:2::1:2:3mred\x1b[m", "red", 3),
	ROW("\x1b[2J", "\\x1b[2J", 7),
	ROW("\x1b[31", "\\x1b[31", 7),
	ROW("\x1b[?1m", "\\x1b[?1m", 8),
	ROW("\x1b]0;title\x07x", "\\x1b]0;title\\x07x", 17),
	ROW("\x1b", "\\x1b", 4),
	ROW("\x1b\x1b[0m[0m", "\\x1b[0m", 7),
	ROW("\x9b"
	    "31m",
		"\\x9b31m", 7),
	ROW("\xc2\x9b"
	    "31m",
		"\\u009b31m", 9),
	ROW("\xc2\x85", "\\u0085", 6),
	ROW("\xc2\xa0\xc2\xad", "\xc2\xa0\\u00ad", 7),
	ROW("\xc3\x98resund \xe2\x9c\x85", "\xc3\x98resund \xe2\x9c\x85", 10),
	ROW("e\xcc\x81", "e\xcc\x81", 1),
	ROW("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", 4),
	ROW("\xf0\x9f\x90\x9e", "\xf0\x9f\x90\x9e", 2),
	ROW("a\xe2\x80\x8d\xe2\x80\x8c", "a\xe2\x80\x8d\xe2\x80\x8c", 1),
	ROW("\xe2\x80\x8b\xe2\x80\xae\xd8\x9c", "\\u200b\\u202e\\u061c", 18),
	ROW("\xe2\x80\xa8\xe2\x81\xa6\xef\xbb\xbf", "\\u2028\\u2066\\ufeff", 18),
	ROW("\xf3\xa0\x81\x81", "\\U000e0041", 10),
	ROW("\xf0\x9f\xbf\xbe\xef\xbf\xbe", "\\U0001fffe\\ufffe", 16),
	ROW("\xc0\xaf", "\\xc0\\xaf", 8),
	ROW("\xe0\x80\xaf", "\\xe0\\x80\\xaf", 12),
	ROW("\xed\xb3\xbf", "\\xed\\xb3\\xbf", 12),
	ROW("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16),
	ROW("\xf5\xff", "\\xf5\\xff", 8),
	ROW("\xe2\x82", "\\xe2\\x82", 8),
	ROW("\xc3(", "\\xc3(", 5),
};

static void test_shown(void)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		struct str s = {shown[i].text, shown[i].len};
		out.len = 0;
		escape_put(&out, s, ESCAPE_LINE);
		is_str(out.ptr, out.len, shown[i].want, shown[i].want);
		ok(escape_width(s) == shown[i].width, "width of '%s' is %zu, want %zu",
			shown[i].want, escape_width(s), shown[i].width);
	}
	out.len = 0;
	escape_put(&out, (struct str)STR("one\r\ntwo\n\x1b[1mthree\r"), ESCAPE_TEXT);
	is_str(out.ptr, out.len, "one\ntwo\nthree", "newlines stay in a text");
}

static void test_ascii(void)
{
	escape_set_ascii(true);
	out.len = 0;
	escape_put(&out, (struct str)STR("\xc3\x98 \xf0\x9f\x90\x9e\xff"), ESCAPE_LINE);
	is_str(out.ptr, out.len, "\\u00d8 \\U0001f41e\\xff", "ASCII only");
	ok(escape_width((struct str)STR("\xc3\x98")) == 6, "and as wide as it is shown");
	escape_set_ascii(false);
}

static void test_utf8(void)
{
	uint32_t code = 7;

	ok(utf8_next((struct str)STR("\xf4\x8f\xbf\xbf"), &code) == 4 && code == 0x10ffff,
		"the last code point");
	ok(utf8_next((struct str)STR("\xed\x9f\xbf"), &code) == 3 && code == 0xd7ff,
		"the one before the surrogates");
	ok(utf8_next((struct str)STR("\xee\x80\x80"), &code) == 3 && code == 0xe000,
		"the one after them");
	code = 7;
	ok(utf8_next((struct str)STR("\xf0\x8f\xbf\xbf"), &code) == 0 && code == 7,
		"an overlong one is none");
	ok(utf8_next((struct str){"", 0}, &code) == 0, "nothing is none");
	ok(utf8_next((struct str){"\xe2\x82\xac", 2}, &code) == 0, "a cut one is none");
}

static void test_strip(void)
{
	static const struct shown rows[] = {
		ROW("a\x1b[1mb\x1b[0mc", "abc", 0),
		ROW("\x1b[2J\x1b[?25hx", "x", 0),
		ROW("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07!", "link!", 0),
		ROW("\x1b]0;no end\nx\x07", "\x1b]0;no end\nx\x07", 0),
		ROW("\x1b(B\x1b"
		    "7x",
			"x", 0),
		ROW("\x1b[31", "\x1b[31", 0),
		ROW("\x1b", "\x1b", 0),
		ROW("\x1b\x1b[0mx", "\x1bx", 0),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		out.len = 0;
		ansi_strip(&out, (struct str){rows[i].text, rows[i].len});
		is_str(out.ptr, out.len, rows[i].want, "stripped");
	}
}

/* Whether S may be written to any terminal. */
static bool harmless(struct str s)
{
	uint32_t code;

	while (s.len > 0) {
		size_t n = utf8_next(s, &code);
		if (n == 0 || (escape_hides(code) && code != '\t' && code != '\n'))
			return false;
		s = str_skip(s, n);
	}
	return true;
}

static size_t columns(struct str s)
{
	size_t width = 0;
	uint32_t code;

	while (s.len > 0) {
		size_t n = utf8_next(s, &code);
		width += code == '\t' ? 8 : utf8_width(code);
		s = str_skip(s, n);
	}
	return width;
}

static void test_random(void)
{
	/* Pieces that make trouble more likely than even bytes do. */
	static const char *const pieces[] = {"\x1b[", "\x1b]", "0;", "m", "\xe2\x80",
		"\xae", "\xc2", "\x9b", "\xf3\xa0\x81", "\r", "\n", "\t",
		"plain text, sixteen bytes", "\xed\xa0\x80", "\xd8\x9c", "\xef\xbb\xbf",
		"\xf0\x9f\x90\x9e"};
	struct buf in = {0};
	bool good = true, as_wide = true;

	srand(1);
	for (int round = 0; round < 20000; round++) {
		in.len = out.len = 0;
		for (int n = rand() % 12; n >= 0; n--) {
			if (rand() % 3 == 0)
				buf_put_char(&in, (char)rand());
			else
				buf_puts(&in, pieces[(size_t)rand() % 17]);
		}
		escape_put(&out, buf_str(&in), round % 2 ? ESCAPE_LINE : ESCAPE_TEXT);
		good = good && harmless(buf_str(&out));
		if (round % 2)
			as_wide = as_wide &&
				  columns(buf_str(&out)) == escape_width(buf_str(&in));
	}
	ok(good, "random bytes come out harmless");
	ok(as_wide, "and as wide as escape_width says");
	buf_free(&in);
}

int main(void)
{
	buf_reserve(&out, 1);
	test_shown();
	test_ascii();
	test_utf8();
	test_strip();
	test_random();
	buf_free(&out);
	return done_testing();
}
