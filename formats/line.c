/*
 * line: a record that came as no text, as one. The layout is Loguru's default, which the
 * loguru format reads back: a line of the message that would itself begin a record is
 * marked.
 */
#include "formats/line.h"

#include "core/level.h"
#include "core/stamp.h"

#define LEVEL_WIDTH 8 /* Loguru's column */

static void put_or(struct buf *out, struct str s, const char *otherwise)
{
	if (s.ptr != NULL && s.len > 0)
		buf_put_str(out, s);
	else
		buf_puts(out, otherwise);
}

static void put_level(const struct record *r, const struct fields *f, struct buf *out)
{
	struct str word = f->named[FIELD_LEVEL];
	size_t start = out->len;
	struct severity known;

	if (r->level != LEVEL_UNKNOWN && (word.len == 0 || level_from_word(word, &known)))
		word = str_from(level_name(r->level));
	put_or(out, word, "-");
	while (out->len - start < LEVEL_WIDTH)
		buf_put_char(out, ' ');
}

/* Whether the line at the start of TEXT would be taken for the head of a record. */
static bool begins_record(struct str text)
{
	struct stamp_cache cache = {0};
	char padded[40 + TEXT_PAD] = {0};
	size_t n = text.len < 40 ? text.len : 40;
	int64_t ns;

	memcpy(padded, text.ptr, n);
	return stamp_parse(&cache, (struct str){padded, n}, &ns) > 0;
}

static void put_lines(struct buf *out, struct str text)
{
	struct str line;
	bool first = true;

	while (str_split(&text, '\n', &line)) {
		if (!first)
			buf_put_char(out, '\n');
		if (!first && begins_record(line))
			buf_puts(out, "| ");
		buf_put_str(out, line);
		first = false;
	}
}

void format_line_render(const struct record *r, const struct fields *f, struct buf *out)
{
	const struct str *named = f->named;

	if (r->time != TIME_NONE) {
		stamp_put_local(out, r->time, 6);
		buf_puts(out, " | ");
		put_level(r, f, out);
		buf_puts(out, " | ");
		put_or(out, named[FIELD_MODULE], "-");
		buf_put_char(out, ':');
		put_or(out, named[FIELD_FUNCTION], "-");
		buf_put_char(out, ':');
		put_or(out, named[FIELD_LINE], "0");
		buf_puts(out, " - ");
	}
	put_lines(out, named[FIELD_MESSAGE]);
	if (named[FIELD_EXCEPTION].len > 0) {
		buf_put_char(out, '\n');
		put_lines(out, named[FIELD_EXCEPTION]);
	}
}
