/*
 * output csv: RFC 4180 with a header line; --show says which columns. Lines end in a
 * newline alone.
 */
#include "cli/output.h"
#include "core/mem.h"

struct csv {
	size_t count;
	struct output_column columns[];
};

static const struct str preset[] = {STR("time"), STR("level"), STR("source"),
	STR("module"), STR("message"), STR("exception")};

static bool csv_init(struct output *o, struct err *err)
{
	const struct str *names = o->show.count > 0 ? o->show.name : preset;
	size_t count =
		o->show.count > 0 ? o->show.count : sizeof(preset) / sizeof(*preset);
	struct csv *csv = xcalloc(1, sizeof(*csv) + count * sizeof(csv->columns[0]));

	o->state = csv;
	o->show_columns = o->show.count > 0;
	for (size_t i = 0; i < count; i++) {
		if (output_shows(o, names[i]) && output_shows_extra(o, names[i]))
			csv->columns[csv->count++] = output_column_find(names[i]);
	}
	if (csv->count == 0)
		return err_set(err, "--hide leaves no column of the csv");
	return true;
}

static bool needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c == ',' || c == '"' || c == '\n' || c == '\r')
			return true;
	}
	return s.len > 0 && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ');
}

static void put_value(struct str s, struct buf *out)
{
	struct str piece;

	if (!needs_quotes(s)) {
		buf_put_str(out, s);
		return;
	}
	buf_put_char(out, '"');
	for (bool first = true; str_split(&s, '"', &piece); first = false) {
		if (!first)
			buf_put(out, "\"\"", 2);
		buf_put_str(out, piece);
	}
	buf_put_char(out, '"');
}

static void put_shown(
	struct output *o, struct str value, enum escape_mode mode, struct buf *out)
{
	if (!o->options.escape) {
		put_value(value, out);
		return;
	}
	o->shown.len = 0;
	escape_put(&o->shown, value, mode);
	put_value(buf_str(&o->shown), out);
}

static void csv_begin(struct output *o, struct buf *out)
{
	const struct csv *csv = o->state;

	for (size_t i = 0; i < csv->count; i++) {
		if (i > 0)
			buf_put_char(out, ',');
		put_shown(o, csv->columns[i].name, ESCAPE_LINE, out);
	}
	buf_put_char(out, '\n');
}

static void csv_put(struct output *o, const struct record *r, struct buf *out)
{
	const struct csv *csv = o->state;

	fields_load(&o->fields, r);
	for (size_t i = 0; i < csv->count; i++) {
		const struct output_column *c = &csv->columns[i];
		if (i > 0)
			buf_put_char(out, ',');
		put_shown(o, output_column_value(o, r, c),
			output_column_has_lines(c) ? ESCAPE_TEXT : ESCAPE_LINE, out);
	}
	buf_put_char(out, '\n');
}

const struct output_ops output_csv = {
	.name = "csv",
	.summary = "comma-separated values with a header",
	.machine = true,
	.init = csv_init,
	.begin = csv_begin,
	.put = csv_put,
};
