/*
 * output text: the record's own bytes. Into a pipe nothing else; on a terminal, or where
 * it is asked for, with time and source in front of every line, and in colour.
 */
#include "cli/output.h"

#define LABEL_WIDTH_MAX 40 /* longer labels do not push all others to the right */

/* What is in front of a line: time, source and the mark of a late record. */
static void put_prefix(
	struct output *o, const struct record *r, bool first, struct buf *out)
{
	const struct output_options *options = &o->options;
	bool late = first && r->flags & RECORD_LATE;

	if (options->time_given) {
		size_t start = out->len;
		output_put_time_column(o, r, out);
		if (!first)
			memset(out->ptr + start, ' ', out->len - start);
		buf_put_char(out, ' ');
	}
	if (options->prefix) {
		struct str label = str_from(r->origin->label);
		size_t width = options->label_width;
		if (width > LABEL_WIDTH_MAX)
			width = LABEL_WIDTH_MAX;
		output_put_text(o, out, label, ESCAPE_LINE);
		buf_put_char(out, late ? '!' : ' ');
		output_pad(out, escape_width(label), width);
		buf_put(out, "| ", 2);
	} else if (late && options->color) {
		buf_put(out, "! ", 2);
	}
}

static void put_lines(
	struct output *o, const struct record *r, bool goes_on, struct buf *out)
{
	const char *color = o->options.color ? output_level_color(r->level) : "";
	struct str rest = fields_text(&o->fields, r);
	struct str line;
	bool first = true;

	while (str_split(&rest, '\n', &line)) {
		if (!first)
			buf_put_char(out, '\n');
		if (!first || !goes_on)
			put_prefix(o, r, first, out);
		if (first && *color != '\0') {
			buf_puts(out, color);
			output_put_text(o, out, line, ESCAPE_LINE);
			buf_puts(out, COLOR_RESET);
		} else {
			output_put_text(o, out, line, ESCAPE_LINE);
		}
		first = false;
	}
}

static void text_put(struct output *o, const struct record *r, struct buf *out)
{
	bool goes_on =
		o->open != NULL && r->flags & RECORD_CONTINUED && o->open == r->origin;

	if (o->open != NULL && !goes_on)
		buf_put_char(out, '\n');
	if (output_is_verbatim(o))
		buf_put_str(out, fields_text(&o->fields, r));
	else
		put_lines(o, r, goes_on, out);
	o->open = r->flags & RECORD_CUT ? r->origin : NULL;
	if (o->open == NULL)
		buf_put_char(out, '\n');
}

const struct output_ops output_text = {
	.name = "text",
	.summary = "the records' own bytes",
	.put = text_put,
};
