/*
 * pane: moving in the rows of a pane; each has a cursor and the row that is on top.
 */
#include "tui/state.h"

static size_t less(size_t from, uint64_t by)
{
	return from > by ? from - (size_t)by : 0;
}

static size_t more(size_t from, uint64_t by, size_t total)
{
	size_t last = total > 0 ? total - 1 : 0;

	return by < last - from ? from + (size_t)by : last;
}

bool pane_act(struct tui *t, enum action action, uint64_t count, size_t total, int rows)
{
	struct scroll *s = tui_scroll(t);
	uint64_t n = count > 0 ? count : 1, page = rows > 1 ? (uint64_t)rows : 1;

	if (s->cursor >= total)
		s->cursor = total > 0 ? total - 1 : 0;
	switch (action) {
	case ACTION_DOWN:
		s->cursor = more(s->cursor, n, total);
		break;
	case ACTION_UP:
		s->cursor = less(s->cursor, n);
		break;
	case ACTION_HALF_DOWN:
		s->cursor = more(s->cursor, (page + 1) / 2, total);
		break;
	case ACTION_HALF_UP:
		s->cursor = less(s->cursor, (page + 1) / 2);
		break;
	case ACTION_PAGE_DOWN:
		s->cursor = more(s->cursor, page, total);
		break;
	case ACTION_PAGE_UP:
		s->cursor = less(s->cursor, page);
		break;
	case ACTION_TOP:
		s->cursor = count > 0 ? more(0, count - 1, total) : 0;
		break;
	case ACTION_BOTTOM:
		s->cursor = more(0, total, total);
		break;
	default:
		return false;
	}
	t->changed = true;
	return true;
}

size_t pane_top(struct tui *t, size_t total, int rows)
{
	struct scroll *s = tui_scroll(t);
	size_t shown = rows > 0 ? (size_t)rows : 1;

	if (s->cursor >= total)
		s->cursor = total > 0 ? total - 1 : 0;
	if (s->top + shown > total)
		s->top = total > shown ? total - shown : 0;
	if (s->cursor < s->top)
		s->top = s->cursor;
	if (s->cursor >= s->top + shown)
		s->top = s->cursor - shown + 1;
	return s->top;
}

void pane_title(struct tui *t, int y, const char *title)
{
	(void)t;
	screen_paint(y, 0, screen_columns(), STYLE_STATUS);
	screen_put(y, 1, screen_columns() - 1, 0, str_from(title), STYLE_STATUS | STYLE_STRONG);
}
