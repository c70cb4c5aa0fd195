/*
 * output template: '{time} {level:8} {message}'. Read once into parts, each a literal or
 * a column with its width.
 *
 *	{name} {name:WIDTH} {name:<WIDTH} {name:>WIDTH} {name:.MAX} {name:>WIDTH.MAX}
 *	{{ }} \n \t \\
 */
#include "cli/output.h"
#include "core/mem.h"

#define WIDTH_MAX 1000

struct part {
	bool literal;
	bool right;
	bool cut;
	size_t width;
	size_t max; /* if cut */
	struct str text; /* a literal */
	struct output_column column;
};

struct pattern {
	size_t count;
	struct part parts[];
};

/* What is being read: AT is an offset in TEXT. */
struct reader {
	struct str text;
	size_t at;
	struct pattern *pattern;
	char *literals; /* where the next one goes */
	struct err *err;
};

static bool at_char(const struct reader *r, char c)
{
	return r->at < r->text.len && r->text.ptr[r->at] == c;
}

static bool at_twice(const struct reader *r, char c)
{
	return at_char(r, c) && r->at + 1 < r->text.len && r->text.ptr[r->at + 1] == c;
}

static struct part *next_part(struct reader *r)
{
	return &r->pattern->parts[r->pattern->count++];
}

/* The byte that the backslash at AT, with what is behind it, stands for. AT goes to the
 * last of them. */
static char read_backslash(struct reader *r)
{
	char c = r->at + 1 < r->text.len ? r->text.ptr[r->at + 1] : '\0';

	if (c != 'n' && c != 't' && c != '\\')
		return '\\';
	r->at++;
	return c == 'n' ? '\n' : c == 't' ? '\t' : '\\';
}

static bool read_literal(struct reader *r)
{
	struct part *part = next_part(r);
	char *start = r->literals;

	for (; r->at < r->text.len; r->at++) {
		char c = r->text.ptr[r->at];
		if (at_twice(r, '{') || at_twice(r, '}'))
			r->at++;
		else if (c == '{')
			break;
		else if (c == '}')
			return err_set_at(r->err, r->at,
				"this } closes nothing; for the character itself write "
				"}}");
		else if (c == '\\')
			c = read_backslash(r);
		*r->literals++ = c;
	}
	part->literal = true;
	part->text = str_make(start, (size_t)(r->literals - start));
	return true;
}

/* A number up to WIDTH_MAX; false, and an error, if there is none. */
static bool read_number(struct reader *r, size_t *number)
{
	size_t start = r->at;
	size_t value = 0;

	while (r->at < r->text.len && r->text.ptr[r->at] >= '0' &&
		r->text.ptr[r->at] <= '9') {
		value = value * 10 + (size_t)(r->text.ptr[r->at++] - '0');
		if (value > WIDTH_MAX)
			return err_set_at(
				r->err, start, "more than %d columns", WIDTH_MAX);
	}
	if (r->at == start)
		return err_set_at(r->err, start,
			"expected a width, as in {level:8} or {message:.60}");
	*number = value;
	return true;
}

static bool read_width(struct reader *r, struct part *part)
{
	if (at_char(r, '<') || at_char(r, '>')) {
		part->right = at_char(r, '>');
		r->at++;
		if (!read_number(r, &part->width))
			return false;
	} else if (!at_char(r, '.') && !read_number(r, &part->width)) {
		return false;
	}
	if (!at_char(r, '.'))
		return true;
	r->at++;
	part->cut = true;
	return read_number(r, &part->max);
}

static bool check_name(struct reader *r, size_t start, struct str name)
{
	const char *nearest;

	if (name.len == 0)
		return err_set_at(r->err, start, "a field needs a name, as in {message}");
	if (output_column_find(name).kind != COLUMN_EXTRA || str_starts(name, "fields."))
		return true;
	nearest = output_column_nearest(name);
	if (nearest == NULL)
		return true;
	return err_set_at(r->err, start,
		"unknown field '%.*s'; did you mean %s? ({fields.%.*s} is a field of "
		"that name "
		"in the records)",
		(int)name.len, name.ptr, nearest, (int)name.len, name.ptr);
}

static bool read_column(struct reader *r)
{
	struct part *part = next_part(r);
	size_t brace = r->at++;
	size_t start = r->at;
	struct str name;

	while (r->at < r->text.len && !at_char(r, '}') && !at_char(r, ':') &&
		!at_char(r, '{'))
		r->at++;
	name = str_make(r->text.ptr + start, r->at - start);
	if (r->at == r->text.len || at_char(r, '{'))
		return err_set_at(r->err, brace,
			"this { is not closed; for the character itself "
			"write {{");
	if (!check_name(r, start, name))
		return false;
	part->column = output_column_find(name);
	if (at_char(r, ':')) {
		r->at++;
		if (!read_width(r, part))
			return false;
	}
	if (r->at == r->text.len)
		return err_set_at(r->err, brace, "this { is not closed");
	if (!at_char(r, '}'))
		return err_set_at(r->err, r->at, "expected } here");
	r->at++;
	return true;
}

static bool template_init(struct output *o, struct err *err)
{
	struct reader r = {.text = str_from(o->options.kind), .err = err};
	size_t most = 1, size;

	/* Between two columns there is at most one literal. */
	for (size_t i = 0; i < r.text.len; i++)
		most += r.text.ptr[i] == '{' ? 2 : 0;
	size = sizeof(*r.pattern) + most * sizeof(r.pattern->parts[0]);
	r.pattern = xcalloc(1, size + r.text.len);
	r.literals = (char *)r.pattern + size;
	o->state = r.pattern;
	while (r.at < r.text.len) {
		bool column = at_char(&r, '{') && !at_twice(&r, '{');
		if (column ? !read_column(&r) : !read_literal(&r))
			return false;
	}
	return true;
}

/* The bytes at the start of S, which is escaped, that take at most WIDTH columns. */
static size_t bytes_of_columns(struct str s, size_t width)
{
	uint32_t code;
	size_t used = 0, len = 0;

	while (len < s.len) {
		size_t n = utf8_next(str_skip(s, len), &code);
		used += n > 1 ? utf8_width(code) : 1;
		if (used > width)
			break;
		len += n > 0 ? n : 1;
	}
	return len;
}

static void put_column(struct output *o, const struct part *part, const struct record *r,
	struct buf *out)
{
	const char *color = "";
	bool lines =
		output_column_has_lines(&part->column) && part->width == 0 && !part->cut;
	struct str s;
	size_t used = 0;

	o->shown.len = 0;
	output_put_text(o, &o->shown, output_column_value(o, r, &part->column),
		lines ? ESCAPE_TEXT : ESCAPE_LINE);
	s = buf_str(&o->shown);
	if (part->cut)
		s.len = bytes_of_columns(s, part->max);
	if (part->width > 0)
		used = escape_width(s);
	if (part->right)
		output_pad(out, used, part->width);
	if (o->options.color && part->column.kind == COLUMN_LEVEL)
		color = output_level_color(r->level);
	buf_puts(out, color);
	buf_put_str(out, s);
	buf_puts(out, *color != '\0' ? COLOR_RESET : "");
	if (!part->right)
		output_pad(out, used, part->width);
}

static void template_put(struct output *o, const struct record *r, struct buf *out)
{
	const struct pattern *pattern = o->state;

	fields_load(&o->fields, r);
	for (size_t i = 0; i < pattern->count; i++) {
		const struct part *part = &pattern->parts[i];
		if (part->literal)
			buf_put_str(out, part->text);
		else
			put_column(o, part, r, out);
	}
	buf_put_char(out, '\n');
}

const struct output_ops output_template = {
	.name = "template",
	.summary = "'{time} {level} {message}': what you write, with fields in it",
	.init = template_init,
	.put = template_put,
};
