/*
 * status: the row that says where one is, and the row of hints. What does not fit is left
 * out from the right; LIVE or PAUSED stand first, and what was lost is never left out.
 */
#include <string.h>

#include "core/escape.h"
#include "tui/row.h"
#include "tui/state.h"

#define PIECE_COLUMNS 24 /* of a filter's text */

static uint64_t level_count(const struct tui *t, int from, int to)
{
	const uint64_t *levels = store_levels(t->store);
	uint64_t n = 0;

	for (int i = from; i <= to; i++)
		n += levels[i];
	return n;
}

/* Draws what is in the scratch; the column behind it. */
static int put(struct tui *t, int y, int x, unsigned style)
{
	x += screen_put(y, x, screen_columns() - x, 0, buf_str(&t->scratch), style);
	t->scratch.len = 0;
	return x;
}

static int draw_state(struct tui *t, int y)
{
	struct buf *b = &t->scratch;
	uint64_t now = store_count(t->store) + store_evicted(t->store);
	uint64_t errors = level_count(t, LEVEL_ERROR, LEVEL_COUNT - 1);

	b->len = 0;
	if (t->following) {
		buf_puts(b, t->engine.ended ? " END" : " LIVE");
		return put(t, y, 0, STYLE_STATUS | STYLE_STRONG);
	}
	if (t->engine.ended && now == t->held_count) {
		buf_puts(b, " READ");
		return put(t, y, 0, STYLE_STATUS | STYLE_STRONG);
	}
	buf_puts(b, " PAUSED +");
	row_put_number(b, now - t->held_count);
	if (errors > t->held_errors) {
		buf_puts(b, " (");
		row_put_number(b, errors - t->held_errors);
		buf_puts(b, " E)");
	}
	buf_put_char(b, ' ');
	return put(t, y, 0, STYLE_PAUSED);
}

static void put_filters(struct tui *t)
{
	struct buf *b = &t->scratch;
	size_t on = 0;

	for (size_t i = 0; i < t->filter_count; i++) {
		const struct tui_filter *f = &t->filters[i];
		struct str shown = str_from(f->shown);
		if (f->off)
			continue;
		buf_puts(b, on++ == 0 ? " | " : " ");
		if (f->kind == TUI_OUT || f->kind == TUI_LIKE || (f->flags & FILTER_NOT) != 0)
			buf_put_char(b, '!');
		if (f->kind == TUI_LEVEL)
			buf_puts(b, ">=");
		if (f->kind == TUI_GIVEN || f->kind == TUI_SOURCE)
			buf_printf(b, "%s:", f->name);
		if (shown.len > PIECE_COLUMNS)
			shown.len = PIECE_COLUMNS;
		escape_put(b, shown, ESCAPE_LINE);
	}
}

/* All of it, or what fits into WIDTH columns. */
static void put_position(struct tui *t, int width)
{
	struct buf *b = &t->scratch;
	size_t from;
	uint64_t seen = store_view_seen(t->list), all = store_count(t->store);

	buf_puts(b, " | ");
	row_put_number(b, t->placed ? store_view_rank(t->list, t->cursor.at) + 1 : 0);
	buf_put_char(b, '/');
	row_put_number(b, store_view_count(t->list));
	from = b->len;
	if (store_view_count(t->list) != seen) {
		buf_puts(b, " of ");
		row_put_number(b, all);
	}
	if (screen_width(buf_str(b)) > width)
		b->len = from;
	if (seen < all)
		buf_printf(b, " (%u %%)", (unsigned)(seen * 100 / all));
	if (t->found != NULL) {
		buf_puts(b, " found ");
		row_put_number(b, store_view_count(t->found));
	}
}

/* What was lost or came late, and always that nothing was. */
static void put_losses(const struct tui *t, struct buf *b)
{
	if (t->engine.late > 0) {
		buf_puts(b, " late ");
		row_put_number(b, t->engine.late);
	}
	if (store_evicted(t->store) > 0) {
		buf_puts(b, " given up ");
		row_put_number(b, store_evicted(t->store));
	}
	buf_puts(b, " dropped ");
	row_put_number(b, t->engine.dropped);
	buf_put_char(b, ' ');
}

static void put_rates(const struct tui *t, struct buf *b)
{
	buf_printf(b, "  %zu src ", t->engine.sources);
	if (!t->engine.ended) {
		row_put_number(b, t->engine.rate);
		buf_puts(b, "/s ");
	}
	buf_put_char(b, 'E');
	row_put_number(b, level_count(t, LEVEL_ERROR, LEVEL_COUNT - 1));
	buf_puts(b, " W");
	row_put_number(b, level_count(t, LEVEL_WARNING, LEVEL_WARNING));
}

void status_draw(struct tui *t, int y)
{
	int x, width;

	screen_paint(y, 0, screen_columns(), STYLE_STATUS);
	x = draw_state(t, y);
	put_losses(t, &t->scratch);
	width = screen_width(buf_str(&t->scratch));
	t->scratch.len = 0;
	put_rates(t, &t->scratch);
	put_filters(t);
	put_position(t, screen_columns() - x - width);
	x = put(t, y, x, STYLE_STATUS);
	put_losses(t, &t->scratch);
	if (x + width > screen_columns())
		x = screen_columns() - width;
	/* On a very small screen where one is goes before what was lost. */
	if (x >= 16 || t->engine.dropped > 0)
		put(t, y, x, STYLE_STATUS);
	t->scratch.len = 0;
}

void hints_draw(struct tui *t, int y)
{
	const struct view *top = t->pane_count > 0 ? t->panes[t->pane_count - 1] : &view_log;

	t->scratch.len = 0;
	if (t->said != NULL) {
		escape_put(&t->scratch, str_from(t->said), ESCAPE_LINE);
		put(t, y, 1, STYLE_BOLD);
		return;
	}
	if (t->count > 0)
		buf_printf(&t->scratch, "%llu", (unsigned long long)t->count);
	else
		buf_puts(&t->scratch, top->hint);
	put(t, y, 1, STYLE_HINT);
}
