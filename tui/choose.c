/*
 * choose: the filters in force and the search, as views of the store. What a user types is
 * a regex over the whole record; of several all must hold, as with -e of mplog filter.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/level.h"
#include "core/mem.h"
#include "tui/state.h"

#define LEVEL_STEPS 6
#define TEMPLATE_MAX 200 /* bytes of a message that others are like */

/* What + and - go through. */
static const char *const level_steps[LEVEL_STEPS] = {
	NULL, "debug", "info", "warning", "error", "critical"};

/* Lower case finds both. */
static bool any_case(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (isupper((unsigned char)text.ptr[i]) && (i == 0 || text.ptr[i - 1] != '\\'))
			return false;
	}
	return true;
}

/* TEXT as an expression: a regex between slashes. */
static char *as_expression(struct str text, bool negate)
{
	struct buf b = {0};

	buf_puts(&b, negate ? "not /" : "/");
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			buf_put_char(&b, text.ptr[i++]);
		else if (text.ptr[i] == '/')
			buf_put_char(&b, '\\');
		buf_put_char(&b, text.ptr[i]);
	}
	buf_puts(&b, any_case(text) ? "/i" : "/");
	buf_put_char(&b, '\0');
	return b.ptr;
}

/* A label as a glob that matches nothing else. */
static char *as_glob(struct str label)
{
	struct buf b = {0};

	for (size_t i = 0; i < label.len; i++) {
		if (strchr("*?[]\\", label.ptr[i]) != NULL)
			buf_put_char(&b, '\\');
		buf_put_char(&b, label.ptr[i]);
	}
	buf_put_char(&b, '\0');
	return b.ptr;
}

/* The specs of the filters that are on, and of EXTRA where there is one. */
static size_t gather(const struct tui *t, struct filter_spec *specs, const char *extra)
{
	size_t n = 0;

	for (size_t i = 0; i < t->filter_count; i++) {
		const struct tui_filter *f = &t->filters[i];
		if (!f->off)
			specs[n++] = (struct filter_spec){
				f->name, str_from(f->text), f->flags};
	}
	if (extra != NULL)
		specs[n++] = (struct filter_spec){"expr", str_from(extra), 0};
	return n;
}

static struct store_view *make(struct tui *t, const char *extra, uint64_t at,
	struct err *err)
{
	struct filter_spec specs[TUI_FILTERS_MAX + 1];
	size_t n = gather(t, specs, extra);

	return store_view_new(t->store, specs, n, at, NULL, err);
}

static uint64_t cursor_at(const struct tui *t)
{
	return t->placed ? t->cursor.at : store_count(t->store);
}

/* Makes the search's view anew. */
static bool find_again(struct tui *t, struct err *err)
{
	char *expression;

	store_view_free(t->found);
	t->found = NULL;
	if (t->search_text == NULL)
		return true;
	expression = as_expression(str_from(t->search_text), false);
	t->found = make(t, expression, cursor_at(t), err);
	free(expression);
	return t->found != NULL;
}

void choose_list(struct tui *t, uint64_t at)
{
	struct err err = {0};
	struct store_view *list = make(t, NULL, at, &err);

	/* Each filter was tried when it was added. */
	if (list == NULL) {
		tui_sayf(t, "%s", err.msg);
		return;
	}
	store_view_free(t->list);
	t->list = list;
	t->changed = true;
}

/* The filters are others: what they keep, and what of it the search matches. */
static void choose_again(struct tui *t)
{
	struct err err = {0};

	choose_list(t, cursor_at(t));
	find_again(t, &err);
	t->seeking = false;
}

static void filter_free(struct tui_filter *f)
{
	free(f->shown);
	free(f->text);
}

/* The filter of that kind, or filter_count. */
static size_t find_kind(const struct tui *t, enum tui_filter_kind kind)
{
	size_t i = 0;

	while (i < t->filter_count && t->filters[i].kind != kind)
		i++;
	return i;
}

/* The step of + and - that a level of the command line is; NULL: it says more than that. */
static const char *as_step(const struct filter_spec *s)
{
	struct severity asked, step;

	if (strcmp(s->kind, "level") != 0 || s->flags != 0 ||
		!level_from_word(s->text, &asked))
		return NULL;
	for (int i = 1; i < LEVEL_STEPS; i++) {
		if (level_from_word(str_from(level_steps[i]), &step) &&
			step.number == asked.number)
			return level_steps[i];
	}
	return NULL;
}

void choose_init(struct tui *t)
{
	const struct tui_options *o = &t->options;

	for (size_t i = 0; i < o->filter_count && i < TUI_FILTERS_MAX; i++) {
		const struct filter_spec *s = &o->filters[i];
		const char *level = as_step(s);
		if (find_kind(t, TUI_LEVEL) < t->filter_count)
			level = NULL;
		t->filters[t->filter_count++] = (struct tui_filter){
			.kind = level != NULL ? TUI_LEVEL : TUI_GIVEN,
			.name = s->kind,
			.shown = level != NULL ? xstrdup(level)
					       : xstrndup(s->text.ptr, s->text.len),
			.text = xstrndup(s->text.ptr, s->text.len),
			.flags = s->flags,
		};
	}
	choose_list(t, 0);
}

void choose_clear(struct tui *t)
{
	for (size_t i = 0; i < t->filter_count; i++)
		filter_free(&t->filters[i]);
	store_view_free(t->list);
	store_view_free(t->found);
	store_view_free(t->errors);
	store_view_free(t->warnings);
	regex_free(t->search);
	free(t->search_text);
}

static char *spec_text(enum tui_filter_kind kind, struct str text)
{
	switch (kind) {
	case TUI_IN:
		return as_expression(text, false);
	case TUI_OUT:
		return as_expression(text, true);
	case TUI_SOURCE:
		return as_glob(text);
	default:
		return xstrndup(text.ptr, text.len);
	}
}

/* Takes MADE, the text of a filter's spec. */
static bool add(struct tui *t, enum tui_filter_kind kind, struct str text, char *made)
{
	static const char *const names[] = {
		[TUI_IN] = "expr", [TUI_OUT] = "expr", [TUI_LEVEL] = "level",
		[TUI_SOURCE] = "source", [TUI_LIKE] = "expr"};
	struct filter_spec spec = {.kind = names[kind], .text = str_from(made)};
	struct tui_filter *f = &t->filters[t->filter_count];
	struct filter_set *set;
	struct err err = {0};
	size_t bad;

	if (t->filter_count == TUI_FILTERS_MAX) {
		tui_sayf(t, "%d filters are the most; f shows them", TUI_FILTERS_MAX);
		free(made);
		return false;
	}
	set = filter_set_new(&spec, 1, &bad, &err);
	if (set == NULL) {
		tui_sayf(t, "%s", err.msg);
		free(made);
		return false;
	}
	filter_set_free(set);
	*f = (struct tui_filter){kind, names[kind], xstrndup(text.ptr, text.len), made, 0,
		false};
	t->filter_count++;
	choose_again(t);
	return true;
}

bool choose_add(struct tui *t, enum tui_filter_kind kind, struct str text)
{
	return add(t, kind, text, spec_text(kind, text));
}

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* MESSAGE as a regex in which every word with a digit in it may be any other. */
static void put_template(struct buf *out, struct str message)
{
	while (message.len > 0) {
		size_t n = 0;
		bool varies = false;
		while (n < message.len && is_token(message.ptr[n]))
			varies |= isdigit((unsigned char)message.ptr[n++]) != 0;
		if (varies) {
			buf_puts(out, "\\w*\\d\\w*");
		} else if (n > 0) {
			buf_put(out, message.ptr, n);
		} else {
			n = 1;
			if (*message.ptr != '\0' && strchr("\\^$.[]|()?*+{}/#", *message.ptr) != NULL)
				buf_put_char(out, '\\');
			buf_put_char(out, *message.ptr != '\0' ? *message.ptr : '.');
		}
		message = str_skip(message, n);
	}
}

bool choose_hide_like(struct tui *t, struct str message)
{
	struct buf b = {0};
	const char *end = message.len > 0 ? memchr(message.ptr, '\n', message.len) : NULL;
	bool good, cut;

	if (end != NULL)
		message.len = (size_t)(end - message.ptr);
	cut = message.len > TEMPLATE_MAX;
	if (cut)
		message.len = TEMPLATE_MAX;
	buf_puts(&b, "not message ~ /^");
	put_template(&b, message);
	buf_puts(&b, cut ? "/" : "$/");
	good = add(t, TUI_LIKE, message, xstrndup(b.ptr, b.len));
	buf_free(&b);
	return good;
}

static void take_out(struct tui *t, size_t i)
{
	filter_free(&t->filters[i]);
	t->filter_count--;
	memmove(&t->filters[i], &t->filters[i + 1],
		(t->filter_count - i) * sizeof(t->filters[0]));
}

void choose_remove(struct tui *t, size_t i)
{
	if (i >= t->filter_count)
		return;
	take_out(t, i);
	choose_again(t);
}

void choose_remove_all(struct tui *t)
{
	while (t->filter_count > 0)
		take_out(t, t->filter_count - 1);
	choose_again(t);
}

void choose_switch(struct tui *t, size_t i)
{
	if (i >= t->filter_count)
		return;
	t->filters[i].off = !t->filters[i].off;
	choose_again(t);
}

void choose_level(struct tui *t, int step)
{
	size_t i = find_kind(t, TUI_LEVEL);
	int at = 0;

	if (i < t->filter_count) {
		while (strcmp(level_steps[++at], t->filters[i].shown) != 0)
			continue;
		take_out(t, i);
	}
	at += step;
	at = at < 0 ? 0 : at >= LEVEL_STEPS ? LEVEL_STEPS - 1 : at;
	if (at == 0)
		choose_again(t);
	else
		choose_add(t, TUI_LEVEL, str_from(level_steps[at]));
	tui_sayf(t, at == 0 ? "every level%s" : "level %s and worse",
		at == 0 ? "" : level_steps[at]);
}

void choose_solo(struct tui *t, struct str label)
{
	size_t i = find_kind(t, TUI_SOURCE);
	bool same = i < t->filter_count && str_is(label, t->filters[i].shown);

	if (i < t->filter_count)
		take_out(t, i);
	if (same)
		choose_again(t);
	else
		choose_add(t, TUI_SOURCE, label);
}

bool choose_search(struct tui *t, struct str text)
{
	struct err err = {0};
	struct regex *search = NULL;

	if (text.len > 0) {
		search = regex_new(text, any_case(text) ? REGEX_NOCASE : 0, &err);
		if (search == NULL) {
			tui_sayf(t, "%s", err.msg);
			return false;
		}
	}
	regex_free(t->search);
	free(t->search_text);
	t->search = search;
	t->search_text = text.len > 0 ? xstrndup(text.ptr, text.len) : NULL;
	t->changed = true;
	if (find_again(t, &err))
		return true;
	tui_sayf(t, "%s", err.msg);
	return false;
}

/* Levels are a scan of bytes: the whole view is made at once. */
static struct store_view *of_level(
	struct tui *t, struct store_view **view, const char *level)
{
	struct filter_spec spec = {"level", str_from(level), 0};
	struct err err;

	if (*view == NULL)
		*view = store_view_new(t->store, &spec, 1, cursor_at(t), NULL, &err);
	while (*view != NULL && store_view_step(*view, TUI_FILL_NS))
		continue;
	return *view;
}

struct store_view *choose_errors(struct tui *t)
{
	return of_level(t, &t->errors, "error");
}

struct store_view *choose_warnings(struct tui *t)
{
	return of_level(t, &t->warnings, "=warning");
}

/* TEXT as one word of a shell. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_put_char(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_puts(out, "'\\''");
		else
			buf_put_char(out, *text);
	}
	buf_put_char(out, '\'');
}

static const char *option_of(const struct tui_filter *f)
{
	bool negate = (f->flags & FILTER_NOT) != 0;

	if (strcmp(f->name, "grep") == 0)
		return negate ? "not-grep" : "grep";
	if (strcmp(f->name, "module") == 0)
		return negate ? "not-module" : "module";
	return f->name;
}

void choose_command(const struct tui *t, struct buf *out)
{
	unsigned flags = 0;

	buf_puts(out, "mplog filter");
	for (size_t i = 0; i < t->filter_count; i++) {
		const struct tui_filter *f = &t->filters[i];
		if (f->off)
			continue;
		flags |= f->flags;
		buf_printf(out, " --%s ", option_of(f));
		put_quoted(out, f->text);
	}
	if (flags & FILTER_NOCASE)
		buf_puts(out, " --ignore-case");
	if (flags & FILTER_FIXED)
		buf_puts(out, " --fixed-strings");
	if (flags & FILTER_UNKNOWN)
		buf_puts(out, " --unknown keep");
	if (t->options.sources != NULL)
		buf_puts(out, t->options.sources);
}
