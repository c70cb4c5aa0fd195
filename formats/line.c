/*
 * line: a record that came as no text, as one. The layout is Loguru's default, which the
 * loguru format reads back: what would be in the way of that is left out of the columns,
 * and a line of the message that would itself begin a record is marked.
 */
#include "formats/line.h"

#include "formats/format.h"

#define LEVEL_WIDTH 8 /* Loguru's column */
#define WORD_MAX 32   /* bytes of a level's name */
#define NAME_MAX_BYTES 250
#define NUMBER_MAX_BYTES 19 /* any of so many digits fits into 64 bits */
#define MARKS_MAX 80        /* bytes of a head besides these: time, offset, bars */
#define HEAD_MAX (MARKS_MAX + WORD_MAX + 2 * NAME_MAX_BYTES + NUMBER_MAX_BYTES)

/*
 * The columns of a head, which OUT has room for.
 */

static void put(struct buf *out, const char *bytes, size_t len)
{
	memcpy(out->ptr + out->len, bytes, len);
	out->len += len;
}

/* A printable word or several that leave the bars and the number behind them alone. */
static bool is_level_word(struct str s)
{
	if (s.len == 0 || s.len > WORD_MAX || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if ((unsigned char)c < ' ' || c == '|' || c == '=' || c == '\x7f')
			return false;
	}
	return true;
}

/* The source's word where the scale has none for it, and its number; else the scale's. */
static void put_unusual(
	const struct record *r, struct str word, bool named, struct buf *out)
{
	struct severity known;
	bool own = is_level_word(word) && !level_from_word(word, &known);

	if (own)
		put(out, word.ptr, word.len);
	else if (named)
		buf_puts(out, level_name(r->level));
	else
		buf_printf(out, "Level %u", r->severity);
	if (own && r->level != LEVEL_UNKNOWN)
		buf_printf(out, "=%u", r->severity);
}

/* A word of the scale is written as Loguru does; another one with its number, AUDIT=33, or
 * alone where there is none. */
static void put_level(const struct record *r, const struct fields *f, struct buf *out)
{
	struct str word = f->named[FIELD_LEVEL], usual = str_from(level_name(r->level));
	bool named = r->severity == level_number(r->level);
	size_t start = out->len;

	if (named && str_eq(word, usual))
		put(out, word.ptr, word.len);
	else
		put_unusual(r, word, named, out);
	while (out->len - start < LEVEL_WIDTH)
		out->ptr[out->len++] = ' ';
}

/* A name between colons, without blanks; - where there is none. MARK goes behind it. */
static void put_name(struct buf *out, struct str s, char mark)
{
	size_t len = s.ptr == NULL ? 0 : s.len < NAME_MAX_BYTES ? s.len : NAME_MAX_BYTES;
	char *to = out->ptr + out->len;

	if (len == 0)
		*to++ = '-';
	for (size_t i = 0; i < len; i++) {
		bool good = (unsigned char)s.ptr[i] > ' ' && s.ptr[i] != ':';
		*to++ = good ? s.ptr[i] : '_';
	}
	*to++ = mark;
	out->len = (size_t)(to - out->ptr);
}

static bool is_number(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	}
	return s.len > 0 && s.len <= NUMBER_MAX_BYTES;
}

static void put_number(struct buf *out, struct str s)
{
	if (is_number(s))
		put(out, s.ptr, s.len);
	else
		put(out, "0", 1);
}

static void put_head(const struct record *r, const struct fields *f, struct buf *out)
{
	buf_reserve(out, HEAD_MAX);
	stamp_put_local(out, r->time, 6);
	if (stamp_is_twice(r->time)) {
		put(out, " ", 1);
		stamp_put_offset(out, r->time);
	}
	put(out, " | ", 3);
	put_level(r, f, out);
	put(out, " | ", 3);
	put_name(out, f->named[FIELD_MODULE], ':');
	put_name(out, f->named[FIELD_FUNCTION], ':');
	put_number(out, f->named[FIELD_LINE]);
	put(out, " - ", 3);
}

/*
 * The message and what follows it.
 */

/* Whether LINE, which follows the first one, would be taken for a record of its own. */
static bool begins_record(struct parse *p, struct str line)
{
	struct record r = {.time = TIME_NONE};
	uint32_t candidates;

	if (line.len == 0)
		return false;
	candidates = formats_by_first[(unsigned char)line.ptr[0]];
	for (; candidates != 0; candidates &= candidates - 1) {
		if (formats[__builtin_ctz(candidates)]->parse(p, line, &r))
			return true;
	}
	return format_orphan_block(line);
}

/* TEXT, whose first line follows a head where HEADED is set. */
static void put_lines(struct buf *out, struct str text, bool headed)
{
	struct parse p;
	struct str line;
	bool first = true;

	if (headed && (text.len == 0 || memchr(text.ptr, '\n', text.len) == NULL)) {
		buf_put_str(out, text);
		return;
	}
	p = (struct parse){.want = 0};
	while (str_split(&text, '\n', &line)) {
		if (!first)
			buf_put_char(out, '\n');
		if (!(first && headed) && begins_record(&p, line))
			buf_puts(out, "| ");
		buf_put_str(out, line);
		first = false;
	}
	buf_free(&p.plain);
}

void format_line_render(const struct record *r, const struct fields *f, struct buf *out)
{
	if (r->time != TIME_NONE)
		put_head(r, f, out);
	put_lines(out, f->named[FIELD_MESSAGE], true);
	if (f->named[FIELD_EXCEPTION].len > 0) {
		buf_put_char(out, '\n');
		put_lines(out, f->named[FIELD_EXCEPTION], false);
	}
}
