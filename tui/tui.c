/*
 * tui: keys become actions, actions go to the topmost pane, then to the log, then to what
 * is left; and the screen is drawn of what there is.
 */
#include "tui/tui.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/mem.h"
#include "tui/state.h"

#define COUNT_MAX UINT64_C(1000000000000)
#define PANE_LEAST 4       /* rows of a pane beside the log */
#define STRIP_LEAST 6      /* rows, for a histogram among them */
#define COPY_MAX 74994     /* bytes that terminals take as OSC 52 */
#define SAID_MAX 512

struct tui *tui_new(const struct tui_options *options)
{
	struct tui *t = xcalloc(1, sizeof(*t));

	t->options = *options;
	t->store = options->store;
	t->following = options->follow;
	t->hints = true;
	t->changed = true;
	t->log_rows = 1;
	t->prompt.browsed = -1;
	choose_init(t);
	return t;
}

void tui_free(struct tui *t)
{
	if (t == NULL)
		return;
	if (t->placed)
		store_unpin(t->store, &t->cursor);
	for (size_t i = 0; i < t->mark_count; i++)
		store_unpin(t->store, &t->marks[i]);
	choose_clear(t);
	prompt_clear(&t->prompt);
	fields_free(&t->fields);
	buf_free(&t->scratch);
	buf_free(&t->row);
	buf_free(&t->detail);
	buf_free(&t->notes);
	free(t->said);
	free(t->save_path);
	free(t);
}

void tui_appended(struct tui *t)
{
	t->changed = true;
}

void tui_set_engine(struct tui *t, const struct tui_engine *engine)
{
	if (memcmp(&t->engine, engine, sizeof(*engine)) != 0)
		t->changed = true;
	t->engine = *engine;
}

void tui_say(struct tui *t, const char *line)
{
	free(t->said);
	t->said = xstrdup(line);
	t->changed = true;
}

void tui_note(struct tui *t, const char *line)
{
	tui_say(t, line);
	if (store_count(t->store) == 0 && t->notes.len < SAID_MAX * 8) {
		buf_puts(&t->notes, line);
		buf_put_char(&t->notes, '\n');
	}
}

void tui_sayf(struct tui *t, const char *format, ...)
{
	char line[SAID_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	tui_say(t, line);
}

void tui_open(struct tui *t, const struct view *v)
{
	if (t->pane_count == TUI_PANES_MAX)
		return;
	t->panes[t->pane_count++] = v;
	*tui_scroll(t) = (struct scroll){0, 0};
	if (v->open != NULL)
		v->open(t);
	t->changed = true;
}

void tui_close(struct tui *t)
{
	if (t->pane_count > 0)
		t->pane_count--;
	t->changed = true;
}

static void put_base64(struct buf *out, struct str s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.len; i += 3) {
		const unsigned char *p = (const unsigned char *)s.ptr + i;
		size_t n = s.len - i;
		unsigned v = (unsigned)p[0] << 16 | (n > 1 ? (unsigned)p[1] << 8 : 0) |
			     (n > 2 ? p[2] : 0u);
		buf_put_char(out, digits[v >> 18]);
		buf_put_char(out, digits[v >> 12 & 63]);
		buf_put_char(out, n > 1 ? digits[v >> 6 & 63] : '=');
		buf_put_char(out, n > 2 ? digits[v & 63] : '=');
	}
}

/* The terminal puts it into its clipboard, also across ssh. */
static bool copy(struct tui *t, struct str text)
{
	struct buf b = {0};

	if (text.len > COPY_MAX) {
		tui_sayf(t, "too long for the clipboard (%zu bytes)", text.len);
		return false;
	}
	buf_puts(&b, "\x1b]52;c;");
	put_base64(&b, text);
	buf_put_char(&b, '\a');
	screen_send(buf_str(&b));
	buf_free(&b);
	return true;
}

static void copy_record(struct tui *t)
{
	struct record r;
	struct str text;

	if (!log_record(t, &r))
		return;
	fields_reset(&t->fields);
	text = fields_text(&t->fields, &r);
	if (copy(t, text))
		tui_sayf(t, "copied %zu bytes", text.len);
}

static void show_command(struct tui *t)
{
	t->scratch.len = 0;
	choose_command(t, &t->scratch);
	copy(t, buf_str(&t->scratch));
	tui_sayf(t, "%.*s", (int)t->scratch.len, t->scratch.ptr);
}

static void hide_like(struct tui *t)
{
	struct record r;

	if (!log_record(t, &r))
		return;
	fields_reset(&t->fields);
	fields_load(&t->fields, &r);
	if (t->fields.named[FIELD_MESSAGE].len > 0)
		choose_hide_like(t, t->fields.named[FIELD_MESSAGE]);
}

static void solo(struct tui *t)
{
	struct record r;

	if (!t->placed)
		return;
	store_peek(t->store, t->cursor.at, &r);
	choose_solo(t, str_from(r.origin->label));
}

static void toggle_mouse(struct tui *t)
{
	t->mouse = !t->mouse;
	screen_set_mouse(t->mouse);
	tui_say(t, t->mouse ? "the wheel comes here; F2: the terminal's selection"
			    : "the terminal's own selection; F2: the wheel");
}

static void back(struct tui *t)
{
	if (t->pane_count > 0)
		tui_close(t);
	else
		t->wish = TUI_QUIT;
}

static void act_open(struct tui *t, enum action action)
{
	switch (action) {
	case ACTION_HELP:
		tui_open(t, &view_help);
		break;
	case ACTION_DETAIL:
		tui_open(t, &view_detail);
		break;
	case ACTION_SOURCES:
		tui_open(t, &view_sources);
		break;
	case ACTION_FILTERS:
		tui_open(t, &view_filters);
		break;
	case ACTION_SEARCH:
		prompt_open(t, PROMPT_SEARCH);
		break;
	case ACTION_FILTER_IN:
		prompt_open(t, PROMPT_IN);
		break;
	case ACTION_FILTER_OUT:
		prompt_open(t, PROMPT_OUT);
		break;
	case ACTION_GO_TIME:
		prompt_open(t, PROMPT_TIME);
		break;
	case ACTION_SAVE:
		prompt_open(t, PROMPT_SAVE);
		break;
	default:
		prompt_open(t, PROMPT_PALETTE);
	}
}

/* What is nobody's business but the viewer's. */
static void act_here(struct tui *t, enum action action)
{
	switch (action) {
	case ACTION_LEVEL_UP:
	case ACTION_LEVEL_DOWN:
		choose_level(t, action == ACTION_LEVEL_UP ? 1 : -1);
		break;
	case ACTION_CLEAR_FILTERS:
		choose_remove_all(t);
		break;
	case ACTION_HIDE_LIKE:
		hide_like(t);
		break;
	case ACTION_SOLO:
		solo(t);
		break;
	case ACTION_TIMES:
		t->times = (enum tui_times)((t->times + 1) % TIMES_COUNT);
		break;
	case ACTION_HISTOGRAM:
		t->strip = !t->strip;
		break;
	case ACTION_HINTS:
		t->hints = !t->hints;
		break;
	case ACTION_COPY:
		copy_record(t);
		break;
	case ACTION_COMMAND:
		show_command(t);
		break;
	case ACTION_MOUSE:
		toggle_mouse(t);
		break;
	case ACTION_REDRAW:
		t->full = true;
		break;
	case ACTION_SUSPEND:
		t->wish = TUI_SUSPEND;
		break;
	case ACTION_BACK:
		back(t);
		break;
	case ACTION_QUIT:
		t->wish = TUI_QUIT;
		break;
	default:
		act_open(t, action);
	}
}

void tui_act(struct tui *t, enum action action, uint64_t count, int64_t now)
{
	const struct view *top = t->pane_count > 0 ? t->panes[t->pane_count - 1] : NULL;

	(void)now;
	t->changed = true;
	if (top != NULL && top->act(t, action, count))
		return;
	if (action == ACTION_TOGGLE || action == ACTION_REMOVE)
		return; /* only panes know these */
	if (!view_log.act(t, action, count))
		act_here(t, action);
}

/* Digits before a key are its count; a 0 alone is a key. */
static bool take_digit(struct tui *t, uint32_t key)
{
	if (key < '0' || key > '9' || (key == '0' && t->count == 0))
		return false;
	if (t->count < COUNT_MAX)
		t->count = t->count * 10 + (key - '0');
	return true;
}

/* Esc leaves what is on top, but not mplog: a terminal may send one for many keys. */
static void leave(struct tui *t, uint64_t count)
{
	if (t->pane_count > 0)
		tui_close(t);
	else if (count == 0)
		tui_say(t, "q leaves");
}

static void wheel(struct tui *t, bool up, int64_t now)
{
	tui_act(t, up ? ACTION_UP : ACTION_DOWN, 3, now);
}

void tui_key(struct tui *t, uint32_t key, int64_t now)
{
	enum action action;
	uint64_t count;

	t->changed = true;
	if (key == SCREEN_RESIZED)
		return;
	free(t->said);
	t->said = NULL;
	t->seeking = false;
	if (t->prompt.kind != PROMPT_NONE) {
		prompt_key(t, key, now);
		return;
	}
	if (take_digit(t, key))
		return;
	count = t->count;
	t->count = 0;
	if (key == 27) {
		leave(t, count);
		return;
	}
	if (key == SCREEN_WHEEL_UP || key == SCREEN_WHEEL_DOWN) {
		wheel(t, key == SCREEN_WHEEL_UP, now);
		return;
	}
	action = action_of_key(key, t->pane_count > 0);
	if (action == ACTION_NONE)
		tui_say(t, "that key does nothing; ? shows those that do");
	else
		tui_act(t, action, count, now);
}

bool tui_do(struct tui *t, const char *name, int64_t now)
{
	enum action action = action_find(str_from(name));

	if (action == ACTION_NONE)
		return false;
	tui_act(t, action, 0, now);
	return true;
}

bool tui_work(struct tui *t, int64_t budget)
{
	bool list, found = false;

	list = store_view_step(t->list, budget);
	if (!list && t->found != NULL)
		found = store_view_step(t->found, budget);
	if (list || found)
		t->changed = true;
	if (!list)
		log_seek(t);
	return list || found;
}

bool tui_changed(const struct tui *t)
{
	return t->changed || t->full;
}

/* The rows of a pane below the log; all of them where there are few. */
static int pane_rows(const struct view *v, int rows)
{
	int half = rows / 2;

	return v->half && half >= PANE_LEAST ? half : rows;
}

static void draw_views(struct tui *t, int rows)
{
	const struct view *top = t->pane_count > 0 ? t->panes[t->pane_count - 1] : NULL;
	int below = top != NULL ? pane_rows(top, rows) : 0;

	if (rows - below > 0)
		view_log.draw(t, (struct area){0, rows - below});
	if (top != NULL)
		top->draw(t, (struct area){rows - below, below});
}

void tui_draw(struct tui *t)
{
	int rows = screen_rows();
	bool prompted = t->prompt.kind != PROMPT_NONE || t->said != NULL || t->count > 0;
	int below = rows < 3 ? rows - 1 : t->hints && rows > 4 ? 2 : 1;
	int strip = t->strip && rows > STRIP_LEAST;

	screen_clear();
	screen_cursor(-1, 0);
	draw_views(t, rows - below - strip);
	if (strip)
		strip_draw(t, rows - below - 1);
	if (below > 0)
		status_draw(t, rows - below);
	if (t->prompt.kind != PROMPT_NONE) {
		screen_wipe(rows - 1);
		prompt_draw(t, rows - 1);
	} else if (below == 2 || prompted) {
		screen_wipe(rows - 1);
		hints_draw(t, rows - 1);
	}
	if (t->full)
		screen_redraw();
	t->full = false;
	t->changed = false;
	screen_show();
}

void tui_redraw(struct tui *t)
{
	t->full = true;
}

enum tui_wish tui_wish(struct tui *t)
{
	enum tui_wish wish = t->wish;

	t->wish = TUI_NOTHING;
	return wish;
}

const char *tui_save_path(const struct tui *t)
{
	return t->save_path;
}

bool tui_listed(struct tui *t, uint64_t *i)
{
	return store_view_next(t->list, *i, i);
}
