/*
 * detail: every field of the record under the cursor, one a row, the message and the
 * traceback with all their lines. Moves with the log's cursor.
 */
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/stamp.h"
#include "formats/format.h"
#include "tui/state.h"

#define NAME_COLUMNS 12
#define DETAIL_MAX (4u << 20) /* bytes that are made ready to be shown */

/* A value, each of its lines below the other. */
static void put_value(struct buf *out, struct str value)
{
	struct str line;

	if (value.len > DETAIL_MAX)
		value.len = DETAIL_MAX;
	while (value.len > 0 && value.ptr[value.len - 1] == '\n')
		value.len--;
	for (bool first = true; str_split(&value, '\n', &line); first = false) {
		if (!first)
			buf_printf(out, "\n%*s", NAME_COLUMNS, "");
		escape_put(out, line, ESCAPE_LINE);
	}
}

static void put_field(struct buf *out, struct str name, struct str value)
{
	size_t from = out->len, used;

	if (value.ptr == NULL || out->len > DETAIL_MAX)
		return;
	escape_put(out, name, ESCAPE_LINE);
	used = (size_t)screen_width((struct str){out->ptr + from, out->len - from});
	do
		buf_put_char(out, ' ');
	while (++used < NAME_COLUMNS);
	put_value(out, value);
	buf_put_char(out, '\n');
}

/* A member of an object of JSON on each row, indented. */
static void put_json(struct buf *out, struct str value)
{
	int depth = 0;
	bool string = false;

	for (size_t i = 0; i < value.len && out->len < DETAIL_MAX; i++) {
		char c = value.ptr[i];
		bool opens = !string && (c == '{' || c == '['),
		     closes = !string && (c == '}' || c == ']');
		if (string && c == '\\' && i + 1 < value.len) {
			buf_put(out, value.ptr + i++, 2);
			continue;
		}
		string ^= c == '"';
		if (!string && (c == ' ' || c == '\n' || c == '\t' || c == '\r'))
			continue;
		depth -= closes && depth > 0;
		if (closes)
			buf_printf(out, "\n%*s", depth * 2, "");
		buf_put_char(out, c);
		depth += opens;
		if (opens || (!string && c == ','))
			buf_printf(out, "\n%*s", depth * 2, "");
		else if (!string && c == ':')
			buf_put_char(out, ' ');
	}
}

static void put_extra(struct tui *t, const struct field *f)
{
	bool tree = f->kind == FIELD_JSON && f->value.len > 0 &&
		    (f->value.ptr[0] == '{' || f->value.ptr[0] == '[');

	if (!tree) {
		put_field(&t->detail, f->name, f->value);
		return;
	}
	t->scratch.len = 0;
	put_json(&t->scratch, f->value);
	put_field(&t->detail, f->name, buf_str(&t->scratch));
}

static void put_head(struct tui *t, const struct record *r)
{
	struct buf *b = &t->scratch;

	b->len = 0;
	if (r->time != TIME_NONE)
		stamp_put_local(b, r->time, 9);
	else
		buf_puts(b, "none; it is where it came");
	put_field(&t->detail, (struct str)STR("time"), buf_str(b));
	put_field(&t->detail, (struct str)STR("source"), str_from(r->origin->label));
	b->len = 0;
	buf_puts(b, level_name(r->level));
	if (r->severity != level_number(r->level))
		buf_printf(b, " (%u)", r->severity);
	put_field(&t->detail, (struct str)STR("level"), buf_str(b));
}

static void put_record(struct tui *t, const struct record *r)
{
	static const enum field_id order[] = {FIELD_MODULE, FIELD_FUNCTION, FIELD_FILE,
		FIELD_LINE, FIELD_PID, FIELD_PROCESS, FIELD_THREAD, FIELD_HOST, FIELD_MESSAGE,
		FIELD_EXCEPTION};

	t->detail.len = 0;
	fields_reset(&t->fields);
	fields_load(&t->fields, r);
	put_head(t, r);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		put_field(&t->detail, str_from(fields_name(order[i])),
			t->fields.named[order[i]]);
	for (size_t i = 0; i < t->fields.extras; i++)
		put_extra(t, &t->fields.extra[i]);
	if (r->format < FORMAT_COUNT)
		put_field(&t->detail, (struct str)STR("format"),
			str_from(formats[r->format]->name));
	if (r->flags & RECORD_LATE)
		put_field(&t->detail, (struct str)STR("late"),
			(struct str)STR("came out of order"));
	if (r->flags & (RECORD_CUT | RECORD_CONTINUED))
		put_field(&t->detail, (struct str)STR("cut"),
			(struct str)STR("longer than --max-record: one of several pieces"));
}

/* How many rows LINE takes: what does not fit goes on below, behind the names. */
static size_t rows_of(struct str line)
{
	int first = screen_columns() - 1, next = first - NAME_COLUMNS;
	int width = screen_width(line);

	if (width <= first || next < 1)
		return 1;
	return 1 + (size_t)((width - first + next - 1) / next);
}

static void draw_part(int y, struct str line, size_t part)
{
	int first = screen_columns() - 1, next = first - NAME_COLUMNS;

	if (part == 0)
		screen_put(y, 1, first, 0, line, STYLE_NORMAL);
	else
		screen_put(y, 1 + NAME_COLUMNS, next, first + ((int)part - 1) * next, line,
			STYLE_NORMAL);
}

/* Draws the rows of the text from FROM on that AREA has room for; how many there are. */
static size_t draw_text(struct str text, size_t from, struct area area)
{
	struct str line;
	size_t row = 0, room = area.rows > 1 ? (size_t)area.rows - 1 : 0;

	while (str_split(&text, '\n', &line)) {
		size_t rows = text.ptr == NULL && line.len == 0 ? 0 : rows_of(line);
		for (size_t part = 0; part < rows; part++, row++) {
			if (row >= from && row - from < room)
				draw_part(area.row + 1 + (int)(row - from), line, part);
		}
	}
	return row;
}

static void detail_draw(struct tui *t, struct area area)
{
	struct record r;
	struct scroll *s = tui_scroll(t);
	size_t rows, room = area.rows > 1 ? (size_t)area.rows - 1 : 1;

	pane_title(t, area.row, "Record");
	t->detail.len = 0;
	if (log_record(t, &r))
		put_record(t, &r);
	if (t->placed && t->cursor.at != t->detail_of)
		s->cursor = 0;
	t->detail_of = t->cursor.at;
	rows = draw_text(buf_str(&t->detail), SIZE_MAX, area);
	if (s->cursor + room > rows)
		s->cursor = rows > room ? rows - room : 0;
	draw_text(buf_str(&t->detail), s->cursor, area);
}

static void detail_open(struct tui *t)
{
	log_follow(t, false);
}

static bool detail_act(struct tui *t, enum action action, uint64_t count)
{
	struct scroll *s = tui_scroll(t);
	size_t page = t->log_rows > 2 ? (size_t)t->log_rows - 1 : 1;

	(void)count;
	t->changed = true;
	switch (action) {
	case ACTION_DETAIL:
		tui_close(t);
		return true;
	case ACTION_PAGE_DOWN:
	case ACTION_TOGGLE:
	case ACTION_HALF_DOWN:
		s->cursor += page;
		return true;
	case ACTION_PAGE_UP:
	case ACTION_HALF_UP:
		s->cursor -= s->cursor > page ? page : s->cursor;
		return true;
	default:
		return false; /* the log moves, and the pane with it */
	}
}

const struct view view_detail = {
	.name = "detail",
	.hint = "j k other records  PgDn PgUp this one  y copy  Enter q back",
	.half = true,
	.open = detail_open,
	.draw = detail_draw,
	.act = detail_act,
};
