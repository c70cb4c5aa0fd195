/*
 * filters: those in force, each switched off and on, or removed.
 */
#include "core/escape.h"
#include "tui/state.h"

static void draw_filter(struct tui *t, int y, const struct tui_filter *f, bool cursor)
{
	static const char *const kinds[] = {
		[TUI_IN] = "keep", [TUI_OUT] = "leave out", [TUI_LEVEL] = "level at least",
		[TUI_SOURCE] = "only source",
		[TUI_LIKE] = "leave out what is like"};
	unsigned style = (f->off ? STYLE_DIM : STYLE_NORMAL) | (cursor ? STYLE_CURSOR : 0);

	t->scratch.len = 0;
	buf_puts(&t->scratch, f->off ? "  [ ] " : "  [x] ");
	if (f->kind == TUI_GIVEN)
		buf_printf(&t->scratch, "%s%s", f->flags & FILTER_NOT ? "not " : "", f->name);
	else
		buf_puts(&t->scratch, kinds[f->kind]);
	buf_put_char(&t->scratch, ' ');
	escape_put(&t->scratch, str_from(f->shown), ESCAPE_LINE);
	if (cursor)
		screen_paint(y, 0, screen_columns(), style);
	screen_put(y, 0, screen_columns(), 0, buf_str(&t->scratch), style);
}

static void filters_draw(struct tui *t, struct area area)
{
	size_t top = pane_top(t, t->filter_count, area.rows - 1);
	size_t cursor = tui_scroll(t)->cursor;

	pane_title(t, area.row, "Filters, all of which must hold");
	if (t->filter_count == 0 && area.rows > 1)
		screen_put(area.row + 1, 2, screen_columns(), 0,
			(struct str)STR("none: & keeps, o leaves out, + raises the level"),
			STYLE_DIM);
	for (int y = 1; y < area.rows && top + (size_t)y - 1 < t->filter_count; y++) {
		size_t i = top + (size_t)y - 1;
		draw_filter(t, area.row + y, &t->filters[i], i == cursor);
	}
}

static bool filters_act(struct tui *t, enum action action, uint64_t count)
{
	size_t cursor = tui_scroll(t)->cursor;

	switch (action) {
	case ACTION_TOGGLE:
	case ACTION_DETAIL:
		choose_switch(t, cursor);
		return true;
	case ACTION_REMOVE:
		choose_remove(t, cursor);
		return true;
	case ACTION_FILTERS:
		tui_close(t);
		return true;
	default:
		return pane_act(t, action, count, t->filter_count, t->log_rows / 2);
	}
}

const struct view view_filters = {
	.name = "filters",
	.hint = "Space on/off  d remove  & keep  o leave out  q back",
	.half = true,
	.draw = filters_draw,
	.act = filters_act,
};
