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

/* A printable word or several that leave the bars and the number behind them alone. */
static bool is_level_word(struct str s)
{
	if (s.len == 0 || s.len > WORD_MAX || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < ' ' || strchr("|=\x7f", s.ptr[i]) != NULL)
			return false;
	}
	return true;
}

/* A word of the scale is written as Loguru does; another one with its number, AUDIT=33, or
 * alone where there is none. */
static void put_level(const struct record *r, const struct fields *f, struct buf *out)
{
	struct str word = f->named[FIELD_LEVEL];
	struct severity known;
	bool own = is_level_word(word) && !level_from_word(word, &known);
	bool named = r->severity == level_number(r->level);
	size_t start = out->len;

	if (own)
		buf_put_str(out, word);
	else if (named)
		buf_puts(out, level_name(r->level));
	else
		buf_printf(out, "Level %u", r->severity);
	if (own && r->level != LEVEL_UNKNOWN)
		buf_printf(out, "=%u", r->severity);
	while (out->len - start < LEVEL_WIDTH)
		buf_put_char(out, ' ');
}

/* A name between colons, without blanks; - where there is none. */
static void put_name(struct buf *out, struct str s)
{
	if (s.ptr == NULL || s.len == 0)
		buf_put_char(out, '-');
	for (size_t i = 0; i < s.len && i < NAME_MAX_BYTES; i++) {
		bool good = (unsigned char)s.ptr[i] > ' ' && s.ptr[i] != ':';
		buf_put_char(out, good ? s.ptr[i] : '_');
	}
}

static void put_number(struct buf *out, struct str s)
{
	uint64_t number;

	if (s.ptr != NULL && str_to_u64(s, &number))
		buf_put_str(out, s);
	else
		buf_put_char(out, '0');
}

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
	struct parse p = {.want = 0};
	struct str line;
	bool first = true;

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

static void put_head(const struct record *r, const struct fields *f, struct buf *out)
{
	stamp_put_local(out, r->time, 6);
	if (stamp_is_twice(r->time)) {
		buf_put_char(out, ' ');
		stamp_put_offset(out, r->time);
	}
	buf_puts(out, " | ");
	put_level(r, f, out);
	buf_puts(out, " | ");
	put_name(out, f->named[FIELD_MODULE]);
	buf_put_char(out, ':');
	put_name(out, f->named[FIELD_FUNCTION]);
	buf_put_char(out, ':');
	put_number(out, f->named[FIELD_LINE]);
	buf_puts(out, " - ");
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
