/*
 * sources: what came of each, the last record's time, and one of them alone.
 */
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "core/stamp.h"
#include "tui/row.h"
#include "tui/state.h"

#define NUMBERS_COLUMNS 52 /* behind the label */
#define LABEL_LEAST 8

static size_t count_sources(const struct tui *t)
{
	size_t n = 0;

	for (uint32_t i = 0; i < store_sources(t->store); i++)
		n += store_source(t->store, i) != NULL;
	return n;
}

/* The N-th source that ever said anything, or NULL. */
static const struct store_source *nth(const struct tui *t, size_t n)
{
	for (uint32_t i = 0; i < store_sources(t->store); i++) {
		const struct store_source *s = store_source(t->store, i);
		if (s != NULL && n-- == 0)
			return s;
	}
	return NULL;
}

static uint64_t errors_of(const struct store_source *s)
{
	uint64_t n = 0;

	for (int i = LEVEL_ERROR; i < LEVEL_COUNT; i++)
		n += s->by_level[i];
	return n;
}

static int label_columns(void)
{
	int left = screen_columns() - NUMBERS_COLUMNS - 2;

	return left < LABEL_LEAST ? LABEL_LEAST : left;
}

static void draw_source(struct tui *t, int y, const struct store_source *s, bool cursor)
{
	struct buf *b = &t->scratch;
	unsigned cursor_style = cursor ? STYLE_CURSOR : 0;
	int x = 2 + label_columns(), width;

	if (cursor)
		screen_paint(y, 0, screen_columns(), STYLE_NORMAL | cursor_style);
	b->len = 0;
	escape_put(b, str_from(s->origin.label), ESCAPE_LINE);
	width = screen_width(buf_str(b));
	screen_put(y, 1, x - 2, width > x - 2 ? width - x + 2 : 0, buf_str(b),
		(STYLE_SOURCE + s->origin.index % SCREEN_SOURCES) | cursor_style);
	b->len = 0;
	buf_printf(b, "%10llu %8llu %8llu %7llu  ", (unsigned long long)s->count,
		(unsigned long long)errors_of(s),
		(unsigned long long)s->by_level[LEVEL_WARNING], (unsigned long long)s->late);
	if (s->last_key != INT64_MIN)
		stamp_put_clock(b, s->last_key, 3);
	screen_put(y, x, screen_columns() - x, 0, buf_str(b),
		(errors_of(s) > 0 ? STYLE_ERROR : STYLE_NORMAL) | cursor_style);
}

static void sources_draw(struct tui *t, struct area area)
{
	size_t total = count_sources(t), top = pane_top(t, total, area.rows - 1);
	size_t cursor = tui_scroll(t)->cursor;
	char title[160];

	snprintf(title, sizeof(title), "%-*s%10s %8s %8s %7s  %s", label_columns(), "Sources",
		"records", "errors", "warnings", "late", "last record");
	pane_title(t, area.row, title);
	for (int y = 1; y < area.rows && top + (size_t)y - 1 < total; y++) {
		size_t i = top + (size_t)y - 1;
		draw_source(t, area.row + y, nth(t, i), i == cursor);
	}
}

static bool sources_act(struct tui *t, enum action action, uint64_t count)
{
	const struct store_source *s = nth(t, tui_scroll(t)->cursor);

	switch (action) {
	case ACTION_SOLO:
	case ACTION_TOGGLE:
	case ACTION_DETAIL:
		if (s != NULL)
			choose_solo(t, str_from(s->origin.label));
		return true;
	case ACTION_SOURCES:
		tui_close(t);
		return true;
	default:
		return pane_act(t, action, count, count_sources(t), t->log_rows / 2);
	}
}

const struct view view_sources = {
	.name = "sources",
	.hint = "Enter only this one, again: all  q back",
	.half = true,
	.draw = sources_draw,
	.act = sources_act,
};
