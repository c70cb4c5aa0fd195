/*
 * log: the list of records. It is drawn around the cursor: as many matches before it as
 * there are rows above it, and as many from it on as there are below.
 */
#include <stdlib.h>

#include "core/escape.h"
#include "tui/row.h"
#include "tui/state.h"

#define SKIP_STEP 8     /* columns that left and right move by */
#define LOOKS_MAX 64     /* far places that are looked at for one key */

static uint64_t errors_so_far(const struct tui *t)
{
	const uint64_t *levels = store_levels(t->store);
	uint64_t n = 0;

	for (int i = LEVEL_ERROR; i < LEVEL_COUNT; i++)
		n += levels[i];
	return n;
}

static void pin(struct tui *t, uint64_t at)
{
	if (t->placed)
		store_unpin(t->store, &t->cursor);
	store_pin(t->store, &t->cursor, at);
	t->placed = true;
	t->changed = true;
}

void log_follow(struct tui *t, bool follow)
{
	if (t->following == follow)
		return;
	t->following = follow;
	t->changed = true;
	t->held_count = store_count(t->store) + store_evicted(t->store);
	t->held_errors = errors_so_far(t);
	/* What came last may be far from what was looked at. */
	if (follow && store_view_to(t->list) < store_count(t->store))
		choose_list(t, store_count(t->store));
}

/* Looks around record AT, wherever it is; a view that is far from it is made anew. */
static void look_at(struct tui *t, uint64_t at)
{
	if (at < store_view_from(t->list) || at > store_view_to(t->list))
		choose_list(t, at);
	store_view_fill(t->list, at, (uint64_t)t->log_rows + 1, TUI_FILL_NS);
}

bool log_go(struct tui *t, uint64_t at)
{
	uint64_t match;

	look_at(t, at);
	if (!store_view_next(t->list, at, &match) && !store_view_prev(t->list, at, &match))
		return false;
	pin(t, match);
	return true;
}

bool log_record(struct tui *t, struct record *out)
{
	if (!t->placed || !store_view_has(t->list, t->cursor.at))
		return false;
	return store_get(t->store, t->cursor.at, out);
}

/* Moves the cursor by N matches; how many it was. */
static int64_t step(struct tui *t, int64_t n)
{
	uint64_t match, by = (uint64_t)llabs(n), rank;
	int64_t done = 0;

	if (!t->placed)
		return 0;
	store_view_fill(t->list, t->cursor.at, by + 1, TUI_FILL_NS);
	rank = store_view_rank(t->list, t->cursor.at);
	if (n < 0) {
		done = -(int64_t)(by < rank ? by : rank);
	} else if (store_view_count(t->list) > 0) {
		uint64_t after = store_view_count(t->list) - 1 - rank;
		done = (int64_t)(by < after ? by : after);
	}
	if (done != 0 && store_view_at(t->list, rank + (uint64_t)done, &match))
		pin(t, match);
	return done;
}

/* The cursor moves over the screen, and the screen where it must. */
static void move_rows(struct tui *t, int64_t n)
{
	int64_t row = t->cursor_row + step(t, n);

	t->cursor_row = row < 0 ? 0 : row >= t->log_rows ? t->log_rows - 1 : (int)row;
}

/* To a record that may be far: it is shown in the middle, if it was not on the screen. */
static void jump(struct tui *t, uint64_t match)
{
	uint64_t here = t->placed ? store_view_rank(t->list, t->cursor.at) : 0;
	uint64_t there = store_view_rank(t->list, match);
	int64_t row = t->cursor_row + (int64_t)(there - here);

	log_follow(t, false);
	t->cursor_row = row >= 0 && row < t->log_rows ? (int)row : t->log_rows / 2;
	pin(t, match);
}

static void go_top(struct tui *t, uint64_t count)
{
	uint64_t at;

	look_at(t, 0);
	if (count == 0)
		log_go(t, 0);
	else if (store_view_at(t->list, count - 1, &at))
		pin(t, at);
	else
		tui_sayf(t, "there is no row %llu", (unsigned long long)count);
	t->cursor_row = 0;
}

/* The next of VIEW that the list has, too, forward or back; false: none is known. */
static bool next_of(struct tui *t, const struct store_view *view, bool forward,
	uint64_t *match)
{
	uint64_t from = t->cursor.at + forward;

	if (!t->placed)
		return false;
	for (int looks = 0; looks < LOOKS_MAX;) {
		if (!(forward ? store_view_next(view, from, match)
			      : store_view_prev(view, from, match)))
			return false;
		if (*match < store_view_from(t->list) || *match >= store_view_to(t->list)) {
			look_at(t, *match);
			looks++;
		}
		if (store_view_has(t->list, *match))
			return true;
		from = *match + forward;
	}
	return false;
}

static void find_level(struct tui *t, struct store_view *view, bool forward, uint64_t count,
	const char *what)
{
	uint64_t match;

	if (view == NULL)
		return;
	do {
		if (!next_of(t, view, forward, &match)) {
			tui_sayf(t, "no %s %s", forward ? "later" : "earlier", what);
			return;
		}
		jump(t, match);
	} while (count-- > 1);
}

/* One step of a search. Every match is in the list, wherever the list has looked. */
static bool seek(struct tui *t, uint64_t from)
{
	uint64_t match;

	if (t->seek_forward ? store_view_next(t->found, from, &match)
			    : store_view_prev(t->found, from, &match)) {
		look_at(t, match);
		jump(t, match);
		return true;
	}
	return false;
}

void log_seek(struct tui *t)
{
	uint64_t from = t->cursor.at + (t->seek_forward && !t->seek_either);

	if (!t->seeking || !t->placed || t->found == NULL)
		return;
	store_view_aim(t->found, t->seek_forward);
	if (seek(t, from)) {
		t->seeking = false;
		return;
	}
	if (store_view_seen(t->found) < store_count(t->store)) {
		tui_say(t, "looking for it; any key ends that");
		return;
	}
	if (t->seek_either && t->seek_forward) {
		t->seek_forward = false;
		t->seeking = !seek(t, t->cursor.at);
		tui_say(t, t->seeking ? "it is nowhere" : "the last one: there is none below");
	} else {
		tui_sayf(t, "no %s match", t->seek_forward ? "later" : "earlier");
	}
	t->seeking = false;
}

static void find_text(struct tui *t, bool forward, uint64_t count)
{
	if (t->found == NULL) {
		tui_say(t, "nothing was searched for yet: / does");
		return;
	}
	t->seek_forward = forward;
	t->seek_either = false;
	do {
		t->seeking = true;
		store_view_aim(t->found, forward);
		store_view_fill(t->found, t->cursor.at, 1, TUI_FILL_NS);
		log_seek(t);
	} while (!t->seeking && t->said == NULL && count-- > 1);
}

void log_seek_first(struct tui *t)
{
	if (t->found == NULL)
		return;
	t->seeking = t->seek_forward = t->seek_either = true;
	store_view_fill(t->found, t->cursor.at, 1, TUI_FILL_NS);
	log_seek(t);
}

static void toggle_mark(struct tui *t)
{
	if (!t->placed)
		return;
	for (size_t i = 0; i < t->mark_count; i++) {
		if (t->marks[i].at != t->cursor.at || t->marks[i].gone)
			continue;
		/* Pins are linked where they are: the last one is pinned anew in its place. */
		store_unpin(t->store, &t->marks[i]);
		if (i != --t->mark_count) {
			uint64_t at = t->marks[t->mark_count].at;
			store_unpin(t->store, &t->marks[t->mark_count]);
			store_pin(t->store, &t->marks[i], at);
		}
		return;
	}
	if (t->mark_count == TUI_MARKS_MAX)
		tui_sayf(t, "%d marks are the most", TUI_MARKS_MAX);
	else
		store_pin(t->store, &t->marks[t->mark_count++], t->cursor.at);
}

static void next_mark(struct tui *t, bool forward)
{
	uint64_t best = 0;
	bool any = false;

	for (size_t i = 0; i < t->mark_count; i++) {
		uint64_t at = t->marks[i].at;
		if (t->marks[i].gone || !store_view_has(t->list, at) ||
			(forward ? at <= t->cursor.at : at >= t->cursor.at))
			continue;
		if (!any || (forward ? at < best : at > best))
			best = at;
		any = true;
	}
	if (any)
		jump(t, best);
	else
		tui_sayf(t, "no more marks%s", t->mark_count == 0 ? "; m makes one" : "");
}

static void go_down(struct tui *t, int64_t rows)
{
	if (t->following)
		return;
	/* Below the last row, what comes is followed. */
	if (step(t, 1) == 0 && store_view_seen(t->list) == store_count(t->store)) {
		log_follow(t, true);
		return;
	}
	step(t, -1);
	move_rows(t, rows);
}

static void go_up(struct tui *t, int64_t rows)
{
	log_follow(t, false);
	move_rows(t, -rows);
}

/* A page: the screen moves, the cursor keeps its row. */
static void go_page(struct tui *t, int64_t rows)
{
	if (rows > 0 && t->following)
		return;
	if (rows < 0)
		log_follow(t, false);
	if (step(t, rows) != rows)
		t->cursor_row = rows < 0 ? 0 : t->log_rows - 1;
}

static bool act_move(struct tui *t, enum action action, uint64_t count)
{
	int64_t n = count > 0 ? (int64_t)(count < INT32_MAX ? count : INT32_MAX) : 1;
	int64_t rows = t->log_rows > 1 ? t->log_rows : 1;

	switch (action) {
	case ACTION_DOWN:
		go_down(t, n);
		return true;
	case ACTION_UP:
		go_up(t, n);
		return true;
	case ACTION_HALF_DOWN:
		go_page(t, n * ((rows + 1) / 2));
		return true;
	case ACTION_HALF_UP:
		go_page(t, -n * ((rows + 1) / 2));
		return true;
	case ACTION_PAGE_DOWN:
		go_page(t, n * rows);
		return true;
	case ACTION_PAGE_UP:
		go_page(t, -n * rows);
		return true;
	case ACTION_TOP:
		log_follow(t, false);
		go_top(t, count);
		return true;
	case ACTION_BOTTOM:
		log_follow(t, count == 0);
		if (count > 0)
			go_top(t, count);
		return true;
	default:
		return false;
	}
}

static bool act_find(struct tui *t, enum action action, uint64_t count)
{
	switch (action) {
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		find_text(t, action == ACTION_NEXT, count);
		return true;
	case ACTION_NEXT_ERROR:
	case ACTION_PREVIOUS_ERROR:
		find_level(t, choose_errors(t), action == ACTION_NEXT_ERROR, count, "error");
		return true;
	case ACTION_NEXT_WARNING:
	case ACTION_PREVIOUS_WARNING:
		find_level(t, choose_warnings(t), action == ACTION_NEXT_WARNING, count, "warning");
		return true;
	case ACTION_MARK:
		toggle_mark(t);
		return true;
	case ACTION_NEXT_MARK:
	case ACTION_PREVIOUS_MARK:
		next_mark(t, action == ACTION_NEXT_MARK);
		return true;
	default:
		return false;
	}
}

/* The end of the text of the record under the cursor comes to the right edge. */
static void go_line_end(struct tui *t)
{
	struct row_layout layout;
	struct record r;
	int width;

	if (!log_record(t, &r))
		return;
	row_layout(t, &layout);
	row_text(t, &r, true);
	width = screen_width(buf_str(&t->row));
	t->skip = width > layout.text_width ? width - layout.text_width : 0;
}

static bool log_act(struct tui *t, enum action action, uint64_t count)
{
	int n = count > 0 && count < TUI_ROW_MAX ? (int)count : 1;

	t->changed = true;
	switch (action) {
	case ACTION_LEFT:
		t->skip = t->skip > n * SKIP_STEP ? t->skip - n * SKIP_STEP : 0;
		return true;
	case ACTION_RIGHT:
		if (t->skip < TUI_ROW_MAX)
			t->skip += n * SKIP_STEP;
		return true;
	case ACTION_LINE_START:
		t->skip = 0;
		return true;
	case ACTION_LINE_END:
		go_line_end(t);
		return true;
	case ACTION_FOLLOW:
	case ACTION_PAUSE:
		log_follow(t, !t->following);
		return true;
	default:
		return act_move(t, action, count) || act_find(t, action, count);
	}
}

/* The cursor is at a match, or at none if there is none. */
static bool place(struct tui *t, struct area area)
{
	uint64_t count = store_count(t->store), at = t->placed ? t->cursor.at : 0, match;

	if (t->following) {
		t->cursor_row = area.rows - 1;
		at = count;
		if (!store_view_has(t->list, count))
			look_at(t, count);
	} else if (at < store_view_from(t->list) || at > store_view_to(t->list)) {
		choose_list(t, at);
	}
	store_view_fill(t->list, at, (uint64_t)area.rows + 1, TUI_FILL_NS);
	if (!store_view_next(t->list, at, &match) && !store_view_prev(t->list, at, &match))
		return false;
	if (!t->placed || t->cursor.at != match)
		pin(t, match);
	if (t->cursor_row >= area.rows)
		t->cursor_row = area.rows - 1;
	return true;
}

/* The rank of the first row: where there is too little below, more is shown above. */
static uint64_t first_rank(struct tui *t, struct area area)
{
	uint64_t rank = store_view_rank(t->list, t->cursor.at);
	uint64_t after = store_view_count(t->list) - rank;
	uint64_t below = (uint64_t)(area.rows - t->cursor_row);

	if (after < below)
		t->cursor_row = area.rows - (int)after;
	if (rank < (uint64_t)t->cursor_row)
		t->cursor_row = (int)rank;
	return rank - (uint64_t)t->cursor_row;
}

static void draw_row(struct tui *t, int y, uint64_t at, struct row_layout *layout)
{
	struct record r;
	bool cursor = at == t->cursor.at && !t->following;
	bool readable = store_get(t->store, at, &r);

	row_draw(t, y, &r, readable, layout, cursor ? STYLE_CURSOR : 0);
	for (size_t i = 0; i < t->mark_count; i++) {
		if (t->marks[i].at == at && !t->marks[i].gone)
			screen_put(y, 0, 1, 0, (struct str)STR("*"),
				STYLE_BOLD | (cursor ? STYLE_CURSOR : 0));
	}
}

static void draw_notes(struct tui *t, struct area area)
{
	struct str rest = buf_str(&t->notes), line;

	for (int y = 3; y < area.rows && str_split(&rest, '\n', &line); y++) {
		t->scratch.len = 0;
		escape_put(&t->scratch, line, ESCAPE_LINE);
		screen_put(area.row + y, 2, screen_columns(), 0, buf_str(&t->scratch),
			STYLE_NORMAL);
	}
	t->scratch.len = 0;
}

static void draw_nothing(struct tui *t, struct area area)
{
	bool looking = store_view_seen(t->list) < store_count(t->store);

	if (area.rows < 2)
		return;
	screen_put(area.row + 1, 2, screen_columns(), 0,
		str_from(store_count(t->store) == 0
				? t->engine.ended ? "no records" : "waiting for records"
			: looking ? "looking for records that the filters keep"
				  : "no record passes the filters; f shows them"),
		STYLE_DIM);
	if (store_count(t->store) == 0)
		draw_notes(t, area);
}

static void log_draw(struct tui *t, struct area area)
{
	struct row_layout layout;
	uint64_t rank, at;

	t->log_rows = area.rows;
	if (area.rows <= 0)
		return;
	if (!place(t, area)) {
		draw_nothing(t, area);
		return;
	}
	rank = first_rank(t, area);
	row_layout(t, &layout);
	layout.last = TIME_NONE;
	for (int y = 0; y < area.rows && store_view_at(t->list, rank, &at); y++, rank++)
		draw_row(t, area.row + y, at, &layout);
}

const struct view view_log = {
	.name = "log",
	.hint = "?help /find &filter +-level e/E error s sources p pause q quit",
	.draw = log_draw,
	.act = log_act,
};
