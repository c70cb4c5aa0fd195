/*
 * The viewer on the real curses, without a terminal: each folder of tests/golden/tui has a
 * script of keys and the screens that they give. MPLOG_GOLDEN=1 writes the screens anew.
 *
 *	size 80 24             rows and columns
 *	files PATH...          from tests/; read to their ends; before the first key
 *	level NAME             a filter of the command line, before files
 *	key NAME...            as in tui/actions_table.h
 *	type TEXT
 *	do ACTION
 *	append PATH            records that come later, live
 *	show                   a screen: | before a row, > where it is shown in reverse
 */
#include <dirent.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/escape.h"
#include "core/mem.h"
#include "core/stamp.h"
#include "formats/format.h"
#include "merge/mux.h"
#include "merge/store.h"
#include "tap.h"
#include "tui/actions.h"
#include "tui/screen.h"
#include "tui/tui.h"

#define FOLDER "tests/golden/tui"
#define NOW INT64_C(1795960800000000000) /* 2026-11-29 18:00 */

struct play {
	struct store *store;
	struct tui *tui;
	struct filter_spec level;
	struct tui_engine engine;
	struct buf screens;
};

static void append(struct play *p, struct str paths)
{
	struct mux_options options = {.history = HISTORY_ALL, .memory = 64 << 20,
		.record_max = 1 << 20, .max_connections = 1,
		.want = WANT_LEVEL | WANT_MODULE | WANT_FIELDS};
	struct mux *mux = mux_new(&options);
	const struct record *list[64];
	struct str path;
	struct err err;
	size_t n;

	while (str_split(&paths, ' ', &path)) {
		char name[256];
		snprintf(name, sizeof(name), "tests/%.*s", (int)path.len, path.ptr);
		if (!mux_add(mux, name, &err))
			ok(false, "%s: %s", name, err.msg);
	}
	p->engine.sources = mux_sources(mux);
	mux_start(mux);
	while (mux_wait(mux, NULL, 0, -1) != MUX_END) {
		while ((n = mux_next(mux, list, 64)) > 0)
			store_append(p->store, list, n);
	}
	mux_free(mux);
}

static void settle(struct play *p)
{
	tui_appended(p->tui);
	p->engine.late = store_late(p->store);
	tui_set_engine(p->tui, &p->engine);
	while (tui_work(p->tui, NS_PER_SECOND))
		continue;
	tui_draw(p->tui);
}

static void begin(struct play *p, struct str paths)
{
	struct store_options store = {0};
	struct tui_options options = {.filters = &p->level,
		.filter_count = p->level.kind != NULL, .sources = " 'a.log'", .follow = true};

	p->store = options.store = store_new(&store);
	p->tui = tui_new(&options);
	append(p, paths);
	settle(p);
}

static void put_screen(struct play *p)
{
	settle(p);
	for (int y = 0; y < screen_rows(); y++) {
		buf_put_char(&p->screens, screen_is_reverse(y, 1) ? '>' : '|');
		screen_row(y, &p->screens);
		buf_put_char(&p->screens, '\n');
	}
	buf_put_char(&p->screens, '\n');
}

static void press(struct play *p, struct str names)
{
	struct str name;

	while (str_split(&names, ' ', &name)) {
		uint32_t key = action_key(name);
		if (key == 0)
			ok(false, "no key is called %.*s", (int)name.len, name.ptr);
		tui_key(p->tui, key, NOW);
		settle(p);
	}
}

static void type(struct play *p, struct str text)
{
	uint32_t code;
	size_t n;

	while ((n = utf8_next(text, &code)) > 0) {
		tui_key(p->tui, code, NOW);
		text = str_skip(text, n);
	}
}

static void step(struct play *p, struct str line)
{
	struct str rest = line, word;
	char text[256];
	int columns, rows;

	if (!str_split(&rest, ' ', &word) || word.len == 0)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)rest.len, rest.ptr != NULL ? rest.ptr : "");
	if (str_is(word, "size") && sscanf(text, "%d %d", &columns, &rows) == 2)
		screen_resize_to(rows, columns);
	else if (str_is(word, "level"))
		p->level = (struct filter_spec){"level", rest, 0};
	else if (str_is(word, "files"))
		begin(p, rest);
	else if (str_is(word, "append"))
		append(p, rest);
	else if (str_is(word, "key"))
		press(p, rest);
	else if (str_is(word, "type"))
		type(p, rest);
	else if (str_is(word, "do"))
		ok(tui_do(p->tui, text, NOW), "there is an action %s", text);
	else if (str_is(word, "show"))
		put_screen(p);
	else
		ok(false, "a step like this: %.*s", (int)line.len, line.ptr);
}

static struct str read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	size_t n;

	b->len = 0;
	if (f == NULL)
		return buf_str(b);
	do {
		buf_reserve(b, 65536);
		n = fread(b->ptr + b->len, 1, 65536, f);
		b->len += n;
	} while (n > 0);
	fclose(f);
	return buf_str(b);
}

static void write_file(const char *path, struct str text)
{
	FILE *f = fopen(path, "w");

	if (f != NULL) {
		fwrite(text.ptr, 1, text.len, f);
		fclose(f);
	}
}

/* Says the first row that differs. */
static void compare(const char *name, struct str got, struct str want)
{
	struct str g, w;

	if (ok(str_eq(got, want), "%s", name))
		return;
	for (int i = 1; str_split(&got, '\n', &g) && str_split(&want, '\n', &w); i++) {
		if (!str_eq(g, w)) {
			printf("#   row %d\n#   got  %.*s\n#   want %.*s\n", i, (int)g.len, g.ptr,
				(int)w.len, w.ptr);
			return;
		}
	}
}

static void test_case(const char *name)
{
	struct play p = {.engine = {.ended = true}};
	struct buf script = {0}, want = {0};
	struct str rest, line;
	char path[512];

	snprintf(path, sizeof(path), FOLDER "/%s/script", name);
	rest = read_file(path, &script);
	screen_resize_to(24, 80);
	while (str_split(&rest, '\n', &line))
		step(&p, line);
	snprintf(path, sizeof(path), FOLDER "/%s/screens", name);
	if (getenv("MPLOG_GOLDEN") != NULL)
		write_file(path, buf_str(&p.screens));
	compare(name, buf_str(&p.screens), read_file(path, &want));
	tui_free(p.tui);
	store_free(p.store);
	buf_free(&script);
	buf_free(&want);
	buf_free(&p.screens);
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void test_golden(void)
{
	struct dirent **list;
	int n = scandir(FOLDER, &list, not_hidden, alphasort);

	ok(n > 0, "there are screens");
	for (int i = 0; i < n; i++) {
		test_case(list[i]->d_name);
		free(list[i]);
	}
	if (n > 0)
		free(list);
}

/* Every key is one action's, or else one in panes, and every action has one. */
static void test_actions(void)
{
	for (int a = 0; a < ACTION_COUNT; a++) {
		struct str rest = str_from(actions[a].keys), name;
		while (str_split(&rest, ' ', &name)) {
			uint32_t key = action_key(name);
			ok(key != 0 && action_of_key(key, actions[a].group == ACTIONS_PANE) ==
					       (enum action)a,
				"%.*s is %s", (int)name.len, name.ptr, actions[a].name);
		}
		ok(action_find(str_from(actions[a].name)) == (enum action)a, "%s by name",
			actions[a].name);
	}
	ok(action_complete((struct str)STR("filter-"), ACTION_DOWN) == ACTION_FILTER_IN,
		"a start finds the first");
	ok(action_find((struct str)STR("nonsense")) == ACTION_NONE, "no such action");
	ok(action_of_key('~', false) == ACTION_NONE, "no such key");
}

static struct str row_at(int y, struct buf *b)
{
	b->len = 0;
	screen_row(y, b);
	return buf_str(b);
}

static void test_screen(void)
{
	struct buf b = {0};
	struct str s;

	screen_resize_to(4, 20);
	screen_clear();
	screen_put(0, 0, 20, 0, (struct str)STR("plain"), STYLE_NORMAL);
	screen_put(1, 18, 20, 0, (struct str)STR("漢字"), STYLE_NORMAL);
	screen_put(2, 0, 5, 1, (struct str)STR("漢字e\xcc\x81x"), STYLE_NORMAL);
	s = row_at(0, &b);
	is_str(s.ptr, s.len, "plain", "plain text");
	s = row_at(1, &b);
	is_str(s.ptr, s.len, "                  漢", "what does not fit is left out");
	s = row_at(2, &b);
	is_str(s.ptr, s.len, " 字e\xcc\x81x", "half a wide character is a blank");
	ok(screen_width((struct str)STR("漢e\xcc\x81\ti")) == 9, "widths and tabs");
	ok(screen_put(9, 0, 5, 0, (struct str)STR("x"), STYLE_NORMAL) == 0, "no such row");
	s = row_at(3, &b);
	is_str(s.ptr, s.len, "", "no other row is touched");
	buf_free(&b);
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static uint32_t random_key(uint64_t *seed)
{
	uint32_t n = next_random(seed) % 200;

	return n < 127 ? n : KEY_SPECIAL + n % (SCREEN_RESIZED - KEY_SPECIAL + 1);
}

/* Whatever is typed at whatever size: no crash, and the list is what the filters keep. */
static void test_random(void)
{
	struct play p = {0};
	uint64_t seed = 20261120;

	begin(&p, (struct str)STR("examples/web.log examples/worker.log examples/api.log"));
	for (int i = 0; i < 20000; i++) {
		uint32_t n = next_random(&seed) % 400;
		if (n == 0)
			append(&p, (struct str)STR("golden/tui_data/odd.log"));
		if (n < 8)
			screen_resize_to((int)(next_random(&seed) % 50) + 1,
				(int)(next_random(&seed) % 130) + 1);
		tui_key(p.tui, random_key(&seed), NOW);
		if (i % 7 == 0)
			tui_key(p.tui, SCREEN_ENTER, NOW);
		tui_wish(p.tui);
		settle(&p);
	}
	screen_resize_to(24, 80);
	for (int i = 0; i < 6; i++)
		tui_key(p.tui, 27, NOW);
	tui_do(p.tui, "clear-filters", NOW);
	settle(&p);
	uint64_t listed = 0;
	for (uint64_t at = 0; tui_listed(p.tui, &at); at++)
		listed++;
	ok(listed == store_count(p.store), "without filters all is listed");
	tui_free(p.tui);
	store_free(p.store);
	buf_free(&p.screens);
}

int main(void)
{
	struct err err;

	setlocale(LC_ALL, "C.UTF-8");
	formats_init();
	stamp_set_zone("utc", &err);
	if (!ok(screen_open_blind("xterm-256color", 24, 80, &err), "curses without a terminal"))
		return done_testing();
	test_actions();
	test_screen();
	test_golden();
	test_random();
	screen_close();
	return done_testing();
}
