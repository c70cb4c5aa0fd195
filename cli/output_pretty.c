/*
 * output pretty: one line for people, the same for every format: time, source, level,
 * module, message, fields. What has more lines goes on below, indented. Colours are the
 * terminal's own, on its own background.
 */
#include "cli/output.h"

#define LABEL_WIDTH_MAX 20
#define LEVEL_WIDTH 8
#define MODULE_WIDTH_MAX 24
#define WIDE_COLUMNS 120 /* a terminal that has room for whole modules */
#define CODE_BYTES_MAX 4

#define NAME(literal) ((struct str)STR(literal))

/* For labels; none that a level has. */
static const char *const label_colors[] = {"\x1b[36m", "\x1b[32m", "\x1b[35m", "\x1b[34m",
	"\x1b[96m", "\x1b[92m", "\x1b[95m", "\x1b[94m"};

/* Shown behind the message only if --show names them. */
static const enum field_id on_demand[] = {FIELD_FUNCTION, FIELD_FILE, FIELD_LINE,
	FIELD_PID, FIELD_PROCESS, FIELD_THREAD, FIELD_HOST};

static void put_color(const struct output *o, const char *color, struct buf *out)
{
	if (o->options.color)
		buf_puts(out, color);
}

static bool colored(const struct output *o, const char *color)
{
	return o->options.color && *color != '\0';
}

/* The bytes at the start of S that take at most WIDTH columns. */
static size_t bytes_of_columns(struct str s, size_t width)
{
	uint32_t code;
	size_t used = 0, n, len = 0;

	for (; len < s.len; len += n) {
		n = utf8_next(str_skip(s, len), &code);
		if (n == 0)
			n = 1;
		used += escape_width(str_make(s.ptr + len, n));
		if (used > width)
			break;
	}
	return len;
}

/* The bytes at the end of S that take at most WIDTH columns. */
static size_t bytes_of_last_columns(struct str s, size_t width)
{
	size_t from = s.len;

	while (from > 0 && s.len - from < width * CODE_BYTES_MAX) {
		size_t next = from - 1;
		while (next > 0 && from - next < CODE_BYTES_MAX &&
			(s.ptr[next] & 0xc0) == 0x80)
			next--;
		if (escape_width(str_skip(s, next)) > width)
			break;
		from = next;
	}
	return s.len - from;
}

/* S in at most WIDTH columns, with .. for its middle. Returns the columns. */
static size_t put_elided(struct str s, size_t width, struct buf *out)
{
	size_t side = (width - 2) / 2;
	struct str head, tail;

	if (s.len <= width * CODE_BYTES_MAX && escape_width(s) <= width) {
		escape_put(out, s, ESCAPE_LINE);
		return escape_width(s);
	}
	head = str_make(s.ptr, bytes_of_columns(s, side));
	tail = str_skip(s, s.len - bytes_of_last_columns(s, side));
	escape_put(out, head, ESCAPE_LINE);
	buf_put(out, "..", 2);
	escape_put(out, tail, ESCAPE_LINE);
	return escape_width(head) + 2 + escape_width(tail);
}

static const char *label_color(struct str label)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < label.len; i++)
		hash = (hash ^ (unsigned char)label.ptr[i]) * 16777619u;
	hash ^= hash >> 15;
	return label_colors[hash % (sizeof(label_colors) / sizeof(*label_colors))];
}

static void put_label(struct output *o, const struct record *r, struct buf *out)
{
	struct str label = str_from(r->origin->label);
	size_t width = o->options.label_width;
	size_t used;

	put_color(o, label_color(label), out);
	used = put_elided(label, LABEL_WIDTH_MAX, out);
	put_color(o, COLOR_RESET, out);
	output_pad(out, used, width < LABEL_WIDTH_MAX ? width : LABEL_WIDTH_MAX);
}

static void put_level(struct output *o, const struct record *r, struct buf *out)
{
	const char *color = output_level_color(r->level);
	char scratch[16];
	struct str level = output_level_shown(r, &o->fields, scratch);
	size_t used;

	if (level.ptr == NULL)
		level = NAME("-");
	if (colored(o, color))
		buf_puts(out, color);
	used = put_elided(level, LABEL_WIDTH_MAX, out);
	if (colored(o, color))
		buf_puts(out, COLOR_RESET);
	output_pad(out, used, LEVEL_WIDTH);
	buf_put_char(out, ' ');
}

static void put_module(struct output *o, struct str module, struct buf *out)
{
	unsigned columns = o->options.columns;

	if (module.ptr == NULL || module.len == 0)
		return;
	if (columns == 0 || columns >= WIDE_COLUMNS)
		escape_put(out, module, ESCAPE_LINE);
	else
		put_elided(module, MODULE_WIDTH_MAX, out);
	buf_put(out, "  ", 2);
}

/* The columns before the message. */
static void put_head(struct output *o, const struct record *r, struct buf *out)
{
	bool late = r->flags & RECORD_LATE;

	if (output_shows(o, NAME("time"))) {
		put_color(o, COLOR_DIM, out);
		output_put_time_column(o, r, out);
		put_color(o, COLOR_RESET, out);
		buf_put_char(out, ' ');
	}
	if (o->options.prefix && output_shows(o, NAME("source"))) {
		put_label(o, r, out);
		buf_put_char(out, late ? '!' : ' ');
	} else if (late) {
		buf_put(out, "! ", 2);
	}
	if (output_shows(o, NAME("level")))
		put_level(o, r, out);
	if (output_shows(o, NAME("module")))
		put_module(o, o->fields.named[FIELD_MODULE], out);
}

static bool needs_quotes(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		if (c <= ' ' || c == '"' || c == '=')
			return true;
	}
	return value.len == 0;
}

static void put_quoted(struct str value, struct buf *out)
{
	buf_put_char(out, '"');
	while (value.len > 0) {
		size_t n = 0;
		while (n < value.len && value.ptr[n] != '"' && value.ptr[n] != '\\')
			n++;
		escape_put(out, str_make(value.ptr, n), ESCAPE_LINE);
		if (n < value.len)
			buf_put(out, (const char[]){'\\', value.ptr[n++]}, 2);
		value = str_skip(value, n);
	}
	buf_put_char(out, '"');
}

static void put_field(
	struct output *o, size_t start, const struct field *f, struct buf *out)
{
	if (out->len > start && out->ptr[out->len - 1] != ' ')
		buf_put_char(out, ' ');
	put_color(o, COLOR_DIM, out);
	escape_put(out, f->name, ESCAPE_LINE);
	buf_put_char(out, '=');
	put_color(o, COLOR_RESET, out);
	if (f->kind == FIELD_TEXT && needs_quotes(f->value))
		put_quoted(f->value, out);
	else
		escape_put(out, f->value, ESCAPE_LINE);
}

static void put_fields(struct output *o, size_t start, struct buf *out)
{
	const struct fields *f = &o->fields;

	for (size_t i = 0;
		o->show.count > 0 && i < sizeof(on_demand) / sizeof(*on_demand); i++) {
		struct field field = {.value = f->named[on_demand[i]]};
		field.name = str_from(fields_name(on_demand[i]));
		if (field.value.ptr != NULL && output_asks_for(o, field.name))
			put_field(o, start, &field, out);
	}
	for (size_t i = 0; i < f->extras; i++) {
		if (output_shows_extra(o, f->extra[i].name))
			put_field(o, start, &f->extra[i], out);
	}
}

/* The lines of TEXT, each indented. */
static void put_below(struct str text, struct buf *out)
{
	struct str line;

	while (str_split(&text, '\n', &line)) {
		if (line.len > 0)
			buf_put(out, "  ", 2);
		escape_put(out, line, ESCAPE_LINE);
		buf_put_char(out, '\n');
	}
}

/* A named field without the newlines at its end, if it is to be shown. */
static struct str lines_of(const struct output *o, enum field_id id)
{
	struct str s = o->fields.named[id];

	if (!output_shows(o, str_from(fields_name(id))))
		return str_make(NULL, 0);
	while (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	return s.len > 0 ? s : str_make(NULL, 0);
}

static void pretty_put(struct output *o, const struct record *r, struct buf *out)
{
	size_t start = out->len;
	struct str message, line;

	fields_load(&o->fields, r);
	message = lines_of(o, FIELD_MESSAGE);
	put_head(o, r, out);
	if (str_split(&message, '\n', &line))
		escape_put(out, line, ESCAPE_LINE);
	put_fields(o, start, out);
	while (out->len > start && out->ptr[out->len - 1] == ' ')
		out->len--;
	buf_put_char(out, '\n');
	put_below(message, out);
	put_below(lines_of(o, FIELD_EXCEPTION), out);
}

const struct output_ops output_pretty = {
	.name = "pretty",
	.summary = "one line for people, the same for every format",
	.put = pretty_put,
};
