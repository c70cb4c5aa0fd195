/*
 * strip: a row that shows how many records of the list there were over time, each part of
 * it in the colour of its worst level, and where the cursor is.
 */
#include <stdio.h>

#include "core/stamp.h"
#include "tui/row.h"
#include "tui/state.h"

#define PARTS_MAX 512
#define CLOCK_COLUMNS 8
#define LEVELS 8

static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii_blocks[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};

static void put_clock(struct tui *t, int y, int x, int64_t key)
{
	t->scratch.len = 0;
	stamp_put_clock(&t->scratch, key, 0);
	screen_put(y, x, CLOCK_COLUMNS, 0, buf_str(&t->scratch), STYLE_DIM);
	t->scratch.len = 0;
}

static const char *block_of(const struct tui *t, uint64_t count, uint64_t most)
{
	uint64_t level = count * LEVELS / most;

	/* One record among millions is shown, too. */
	if (count > 0 && level == 0)
		level = 1;
	return t->options.ascii ? ascii_blocks[level] : blocks[level];
}

void strip_draw(struct tui *t, int y)
{
	struct store_bucket parts[PARTS_MAX];
	uint64_t count = store_count(t->store), most = 1;
	int n = screen_columns() - 2 * (CLOCK_COLUMNS + 2), x = CLOCK_COLUMNS + 2, cursor = -1;
	struct record first, last, here;

	if (count == 0 || n < 1)
		return;
	n = n > PARTS_MAX ? PARTS_MAX : n;
	store_peek(t->store, 0, &first);
	store_peek(t->store, count - 1, &last);
	store_histogram(t->store, t->list, first.key, last.key + 1, parts, (size_t)n);
	for (int i = 0; i < n; i++)
		most = parts[i].count > most ? parts[i].count : most;
	if (t->placed) {
		store_peek(t->store, t->cursor.at, &here);
		cursor = (int)((double)(here.key - first.key) /
			       (double)(last.key - first.key + 1) * n);
	}
	put_clock(t, y, 1, first.key);
	for (int i = 0; i < n; i++)
		screen_put(y, x + i, 1, 0, str_from(block_of(t, parts[i].count, most)),
			row_level_style(parts[i].severity) | (i == cursor ? STYLE_CURSOR : 0));
	put_clock(t, y, x + n + 1, last.key);
}
