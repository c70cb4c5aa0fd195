/*
 * prompt: a line that the user types. Enter takes it, Esc leaves it, Up and Down bring back
 * what was typed before; in the palette Tab completes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/mem.h"
#include "filters/when.h"
#include "tui/state.h"

static const char *const labels[PROMPT_KINDS] = {
	[PROMPT_SEARCH] = "/",
	[PROMPT_IN] = "keep: ",
	[PROMPT_OUT] = "leave out: ",
	[PROMPT_TIME] = "to time: ",
	[PROMPT_SAVE] = "save to: ",
	[PROMPT_PALETTE] = ":",
};

void prompt_open(struct tui *t, enum prompt_kind kind)
{
	struct prompt *p = &t->prompt;

	p->kind = kind;
	p->len = p->at = 0;
	p->browsed = -1;
	p->completed = ACTION_NONE;
	t->changed = true;
}

void prompt_clear(struct prompt *p)
{
	for (int kind = 0; kind < PROMPT_KINDS; kind++) {
		for (int i = 0; i < TUI_HISTORY; i++)
			free(p->history[kind][i]);
	}
}

static void set_text(struct prompt *p, const char *text)
{
	p->len = strnlen(text, sizeof(p->text));
	memcpy(p->text, text, p->len);
	p->at = p->len;
}

static void remember(struct prompt *p)
{
	char **h = p->history[p->kind];

	if (p->len == 0 || (h[0] != NULL && str_is((struct str){p->text, p->len}, h[0])))
		return;
	free(h[TUI_HISTORY - 1]);
	memmove(&h[1], &h[0], (TUI_HISTORY - 1) * sizeof(h[0]));
	h[0] = xstrndup(p->text, p->len);
}

static void browse(struct prompt *p, int step)
{
	int to = p->browsed + step;

	if (to < -1 || to >= TUI_HISTORY || (to >= 0 && p->history[p->kind][to] == NULL))
		return;
	p->browsed = to;
	set_text(p, to < 0 ? "" : p->history[p->kind][to]);
}

static bool is_rest(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct prompt *p)
{
	size_t at = p->at;

	while (at > 0 && is_rest(p->text[--at]))
		continue;
	return at;
}

static size_t behind(const struct prompt *p)
{
	size_t at = p->at;

	if (at < p->len)
		at++;
	while (at < p->len && is_rest(p->text[at]))
		at++;
	return at;
}

static void cut(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, p->len - to);
	p->len -= to - from;
	p->at = from;
}

static void cut_word(struct prompt *p)
{
	size_t from = p->at;

	while (from > 0 && p->text[from - 1] == ' ')
		from--;
	while (from > 0 && p->text[from - 1] != ' ')
		from--;
	cut(p, from, p->at);
}

static size_t encode(char out[static 4], uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static void insert(struct prompt *p, uint32_t code)
{
	char bytes[4];
	size_t n;

	if (code < 0x20 || code >= KEY_SPECIAL)
		return;
	n = encode(bytes, code);
	if (p->len + n > sizeof(p->text))
		return;
	memmove(p->text + p->at + n, p->text + p->at, p->len - p->at);
	memcpy(p->text + p->at, bytes, n);
	p->len += n;
	p->at += n;
}

/* Each Tab offers the next name that begins as what was typed. */
static void complete(struct prompt *p)
{
	enum action from = ACTION_DOWN;

	if (p->kind != PROMPT_PALETTE)
		return;
	if (p->completed == ACTION_NONE) {
		size_t n = p->len < sizeof(p->stem) - 1 ? p->len : sizeof(p->stem) - 1;
		memcpy(p->stem, p->text, n);
		p->stem[n] = '\0';
	} else {
		from = (enum action)(p->completed + 1);
	}
	p->completed = action_complete(str_from(p->stem), from);
	if (p->completed == ACTION_NONE)
		set_text(p, p->stem);
	else
		set_text(p, actions[p->completed].name);
}

/* A clock is of the day of the record under the cursor, and -15m counts from it. */
static void go_to_time(struct tui *t, struct str text, int64_t now)
{
	struct err err = {0};
	struct record r;
	int64_t ns;

	if (t->placed) {
		store_peek(t->store, t->cursor.at, &r);
		now = when_of(&r);
	}
	if (!when_parse(text, now, &ns, &err)) {
		tui_sayf(t, "%s", err.msg);
		return;
	}
	log_follow(t, false);
	log_go(t, store_find(t->store, ns));
	t->cursor_row = t->log_rows / 3;
}

static void run_action(struct tui *t, struct str text, int64_t now)
{
	enum action a = action_find(text);

	/* A start that only one name has is enough. */
	if (a == ACTION_NONE) {
		a = action_complete(text, ACTION_DOWN);
		if (a != ACTION_NONE &&
			action_complete(text, (enum action)(a + 1)) != ACTION_NONE)
			a = ACTION_NONE;
	}
	if (text.len == 0)
		return;
	if (a == ACTION_NONE)
		tui_sayf(t, "no action is called that: %.*s (? lists them)",
			(int)text.len, text.ptr);
	else
		tui_act(t, a, 0, now);
}

static void accept(struct tui *t, int64_t now)
{
	struct prompt *p = &t->prompt;
	struct str text = {p->text, p->len};
	enum prompt_kind kind = p->kind;

	remember(p);
	p->kind = PROMPT_NONE;
	switch (kind) {
	case PROMPT_SEARCH:
		if (choose_search(t, text) && text.len > 0)
			log_seek_first(t);
		break;
	case PROMPT_IN:
	case PROMPT_OUT:
		if (text.len > 0)
			choose_add(t, kind == PROMPT_IN ? TUI_IN : TUI_OUT, text);
		break;
	case PROMPT_TIME:
		go_to_time(t, text, now);
		break;
	case PROMPT_SAVE:
		free(t->save_path);
		t->save_path = text.len > 0 ? xstrndup(text.ptr, text.len) : NULL;
		t->wish = text.len > 0 ? TUI_SAVE : TUI_NOTHING;
		break;
	default:
		run_action(t, text, now);
	}
}

void prompt_key(struct tui *t, uint32_t key, int64_t now)
{
	struct prompt *p = &t->prompt;

	t->changed = true;
	if (key == '\t') {
		complete(p);
		return;
	}
	p->completed = ACTION_NONE;
	switch (key) {
	case 27:
	case 3:
		p->kind = PROMPT_NONE;
		break;
	case SCREEN_ENTER:
		accept(t, now);
		break;
	case SCREEN_BACKSPACE:
		if (p->len == 0)
			p->kind = PROMPT_NONE;
		else
			cut(p, before(p), p->at);
		break;
	case SCREEN_DELETE:
		cut(p, p->at, behind(p));
		break;
	case 'U' & 0x1f:
		cut(p, 0, p->at);
		break;
	case 'W' & 0x1f:
		cut_word(p);
		break;
	case SCREEN_LEFT:
		p->at = before(p);
		break;
	case SCREEN_RIGHT:
		p->at = behind(p);
		break;
	case SCREEN_HOME:
	case 'A' & 0x1f:
		p->at = 0;
		break;
	case SCREEN_END:
	case 'E' & 0x1f:
		p->at = p->len;
		break;
	case SCREEN_UP:
		browse(p, 1);
		break;
	case SCREEN_DOWN:
		browse(p, -1);
		break;
	default:
		insert(p, key);
	}
}

void prompt_draw(struct tui *t, int y)
{
	struct prompt *p = &t->prompt;
	int columns = screen_columns(), x, cursor, skip;

	x = screen_put(y, 0, columns, 0, str_from(labels[p->kind]), STYLE_BOLD);
	t->scratch.len = 0;
	escape_put(&t->scratch, (struct str){p->text, p->at}, ESCAPE_LINE);
	cursor = screen_width(buf_str(&t->scratch));
	escape_put(&t->scratch, (struct str){p->text + p->at, p->len - p->at}, ESCAPE_LINE);
	skip = x + cursor >= columns ? x + cursor - columns + 1 : 0;
	screen_put(y, x, columns - x, skip, buf_str(&t->scratch), STYLE_NORMAL);
	screen_cursor(y, x + cursor - skip);
}
