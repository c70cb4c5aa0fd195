/*
 * row: a record as one row: time, source, level letter, module, text. Only the text moves
 * sideways. A traceback is its last line and how many there are.
 */
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "core/intern.h"
#include "core/stamp.h"
#include "filters/when.h"
#include "tui/row.h"
#include "tui/state.h"

#define CLOCK_COLUMNS 12
#define DATE_COLUMNS 23
#define DELTA_COLUMNS 9
#define SOURCE_COLUMNS 8
#define SOURCE_WIDE 16
#define MODULE_COLUMNS 16
#define MODULE_WIDE 24
#define NARROW 60    /* columns below which the module goes */
#define NARROWER 44  /* and the source, and half of the time */
#define WIDE 120
#define EXTRAS_SHOWN 32
#define MATCHES_SHOWN 64

static int time_columns(const struct tui *t, int columns)
{
	switch (t->times) {
	case TIMES_CLOCK:
		return columns < NARROWER ? CLOCK_COLUMNS - 4 : CLOCK_COLUMNS;
	case TIMES_DATE:
		return columns < NARROW ? CLOCK_COLUMNS : DATE_COLUMNS;
	case TIMES_DELTA:
		return DELTA_COLUMNS;
	default:
		return 0;
	}
}

/* Without what most log files end with. */
static struct str short_label(const char *label)
{
	struct str s = str_from(label);

	if (s.len > 4 && memcmp(s.ptr + s.len - 4, ".log", 4) == 0)
		s.len -= 4;
	return s;
}

static int label_columns(const struct tui *t)
{
	size_t width = 0, most;
	uint32_t n = store_sources(t->store), shown = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct store_source *s = store_source(t->store, i);
		size_t len = s != NULL ? short_label(s->origin.label).len : 0;
		shown += s != NULL;
		if (len > width)
			width = len;
	}
	if (shown < 2 && t->engine.sources < 2)
		return 0;
	most = screen_columns() < WIDE ? SOURCE_COLUMNS : SOURCE_WIDE;
	return (int)(width < most ? width : most);
}

/* Where the next column begins that is WIDTH wide; -1: it is not shown. */
static int take(int *at, int width)
{
	int here = *at;

	if (width == 0)
		return -1;
	*at += width + 1;
	return here;
}

void row_layout(const struct tui *t, struct row_layout *l)
{
	int columns = screen_columns(), at = 1;

	l->source_width = columns < NARROWER ? 0 : label_columns(t);
	l->module_width = columns < NARROW  ? 0
			  : columns < WIDE ? MODULE_COLUMNS
					   : MODULE_WIDE;
	l->time = take(&at, time_columns(t, columns));
	l->source = take(&at, l->source_width);
	l->level = take(&at, 1);
	l->module = take(&at, l->module_width);
	l->text = at;
	l->text_width = columns - at;
	l->last = TIME_NONE;
}

enum style row_level_style(unsigned severity)
{
	if (severity >= level_number(LEVEL_CRITICAL))
		return STYLE_CRITICAL;
	if (severity >= level_number(LEVEL_ERROR))
		return STYLE_ERROR;
	if (severity >= level_number(LEVEL_WARNING))
		return STYLE_WARNING;
	if (severity >= level_number(LEVEL_SUCCESS))
		return STYLE_SUCCESS;
	if (severity >= level_number(LEVEL_INFO))
		return STYLE_INFO;
	if (severity >= level_number(LEVEL_DEBUG))
		return STYLE_DEBUG;
	return severity > 0 ? STYLE_TRACE : STYLE_NORMAL;
}

void row_put_number(struct buf *out, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_put_char(out, ',');
		buf_put_char(out, digits[i]);
	}
}

static void put_delta(struct buf *out, int64_t ns)
{
	int64_t ms = ns / NS_PER_MS;

	if (ms >= 0 && ms < 60000)
		buf_printf(out, "%5lld.%03lld", (long long)(ms / 1000), (long long)(ms % 1000));
	else if (ms >= 0 && ms < 86400000)
		buf_printf(out, "%3lldh%02lldm%02lld", (long long)(ms / 3600000),
			(long long)(ms / 60000 % 60), (long long)(ms / 1000 % 60));
	else
		buf_printf(out, "%8llds", (long long)(ms / 1000));
}

static void put_time(struct tui *t, const struct record *r, struct row_layout *l)
{
	int64_t when = when_of(r);

	t->scratch.len = 0;
	switch (t->times) {
	case TIMES_DATE:
		if (screen_columns() >= NARROW) {
			stamp_put_local(&t->scratch, when, 3);
			break;
		}
		/* fall through */
	case TIMES_CLOCK:
		stamp_put_clock(&t->scratch, when, 3);
		break;
	case TIMES_DELTA:
		if (l->last != TIME_NONE)
			put_delta(&t->scratch, when - l->last);
		l->last = when;
		break;
	default:
		break;
	}
}

static struct str line_of(struct str s)
{
	const char *end = s.len > 0 ? memchr(s.ptr, '\n', s.len) : NULL;

	return end != NULL ? (struct str){s.ptr, (size_t)(end - s.ptr)} : s;
}

static struct str last_line(struct str s)
{
	const char *at;

	while (s.len > 0 && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
		s.len--;
	at = s.len > 0 ? memrchr(s.ptr, '\n', s.len) : NULL;
	return at != NULL ? str_skip(s, (size_t)(at + 1 - s.ptr)) : s;
}

static size_t lines_in(struct str s)
{
	size_t n = 1;
	const char *at = s.ptr, *end = s.ptr + s.len;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		n++;
		at++;
	}
	return n;
}

static void put_piece(struct tui *t, struct str s)
{
	size_t room = t->row.len < TUI_ROW_MAX ? TUI_ROW_MAX - t->row.len : 0;

	if (s.len > room)
		s.len = room;
	escape_put(&t->row, s, ESCAPE_LINE);
}

static void put_extras(struct tui *t)
{
	for (size_t i = 0; i < t->fields.extras && i < EXTRAS_SHOWN; i++) {
		const struct field *f = &t->fields.extra[i];
		buf_put_char(&t->row, ' ');
		put_piece(t, f->name);
		buf_put_char(&t->row, '=');
		put_piece(t, f->value);
	}
}

void row_text(struct tui *t, const struct record *r, bool readable)
{
	struct str message, exception;

	t->row.len = 0;
	if (!readable) {
		buf_puts(&t->row, "(its text can no longer be read)");
		return;
	}
	fields_reset(&t->fields);
	fields_load(&t->fields, r);
	message = t->fields.named[FIELD_MESSAGE];
	exception = t->fields.named[FIELD_EXCEPTION];
	put_piece(t, line_of(message));
	if (exception.len > 0) {
		buf_puts(&t->row, t->row.len > 0 ? "  [" : "[");
		put_piece(t, last_line(exception));
		buf_printf(&t->row, ", %zu lines]", lines_in(exception));
	} else if (message.len > 0 && lines_in(message) > 1) {
		buf_printf(&t->row, "  [+%zu lines]", lines_in(message) - 1);
	}
	put_extras(t);
}

/* The tail of LABEL, where labels differ. */
static void draw_source(struct tui *t, int y, const struct record *r,
	const struct row_layout *l, unsigned style)
{
	int width;

	t->scratch.len = 0;
	escape_put(&t->scratch, short_label(r->origin->label), ESCAPE_LINE);
	width = screen_width(buf_str(&t->scratch));
	screen_put(y, l->source, l->source_width,
		width > l->source_width ? width - l->source_width : 0, buf_str(&t->scratch),
		(STYLE_SOURCE + r->origin->index % SCREEN_SOURCES) | style);
}

/* a.d.pool of app.db.pool, where that is too long. */
static void shorten(struct buf *b, int width)
{
	size_t at = 0;

	while (screen_width(buf_str(b)) > width) {
		char *dot = b->len > at ? memchr(b->ptr + at, '.', b->len - at) : NULL;
		size_t len;
		if (dot == NULL)
			return;
		len = (size_t)(dot - b->ptr) - at;
		if (len > 1 && (unsigned char)b->ptr[at] < 0x80) {
			memmove(b->ptr + at + 1, dot, b->len - at - len);
			b->len -= len - 1;
			len = 1;
		}
		at += len + 1;
	}
}

static void draw_module(struct tui *t, int y, const struct record *r, bool readable,
	const struct row_layout *l, unsigned style)
{
	struct str name = {"", 0};
	int width;

	if (readable && t->fields.named[FIELD_MODULE].ptr != NULL)
		name = t->fields.named[FIELD_MODULE];
	else if (r->module > 0 && r->module < INTERN_OTHER)
		name = intern_name(r->module);
	t->scratch.len = 0;
	escape_put(&t->scratch, name, ESCAPE_LINE);
	shorten(&t->scratch, l->module_width);
	width = screen_width(buf_str(&t->scratch));
	screen_put(y, l->module, l->module_width,
		width > l->module_width ? width - l->module_width : 0, buf_str(&t->scratch),
		STYLE_DIM | style);
}

static void draw_matches(struct tui *t, int y, const struct row_layout *l, unsigned style)
{
	struct str text = buf_str(&t->row);
	size_t from = 0, start, end;

	for (int i = 0; i < MATCHES_SHOWN && from <= text.len; i++) {
		int column, width;
		if (!regex_find(t->search, text, from, &start, &end))
			return;
		column = screen_width((struct str){text.ptr, start}) - t->skip;
		width = screen_width((struct str){text.ptr, end}) - t->skip - column;
		if (column < 0) {
			width += column;
			column = 0;
		}
		if (width > l->text_width - column)
			width = l->text_width - column;
		if (width > 0)
			screen_paint(y, l->text + column, width, style | STYLE_MATCH);
		from = end > start ? end : end + 1;
	}
}

void row_draw(struct tui *t, int y, const struct record *r, bool readable,
	struct row_layout *l, unsigned style)
{
	enum style level = row_level_style(r->severity);
	enum style text = level >= STYLE_ERROR && level <= STYLE_CRITICAL ? level
			: level <= STYLE_DEBUG			       ? level
									: STYLE_NORMAL;
	char letter = r->level == LEVEL_UNKNOWN ? ' ' : level_letter(r->level);

	if (style != 0)
		screen_paint(y, 0, screen_columns(), STYLE_NORMAL | style);
	if (r->flags & RECORD_LATE)
		screen_put(y, 0, 1, 0, (struct str)STR("~"), STYLE_WARNING | style);
	row_text(t, r, readable);
	if (l->time >= 0) {
		put_time(t, r, l);
		screen_put(y, l->time, time_columns(t, screen_columns()), 0,
			buf_str(&t->scratch), STYLE_DIM | style);
	}
	if (l->source >= 0)
		draw_source(t, y, r, l, style);
	if (l->level >= 0)
		screen_put(y, l->level, 1, 0, (struct str){&letter, 1}, level | style);
	if (l->module >= 0)
		draw_module(t, y, r, readable, l, style);
	screen_put(y, l->text, l->text_width, t->skip, buf_str(&t->row), text | style);
	if (t->search != NULL)
		draw_matches(t, y, l, text | style);
}
