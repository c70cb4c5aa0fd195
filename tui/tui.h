/*
 * tui: the viewer, between a store of records and a screen. The driver (cli/view.c) reads
 * and waits; the viewer says what it wants of it.
 *
 *	struct tui *t = tui_new(&options);
 *	store_append(store, ...); tui_appended(t);
 *	tui_key(t, key);                      // each key that was pressed
 *	while (nothing else is to do && tui_work(t, 5 * NS_PER_MS)) ...
 *	if (tui_changed(t)) tui_draw(t);
 *	switch (tui_wish(t)) ...
 *	tui_free(t);
 *
 * It reads no clock, no descriptor and no environment; the screen is open meanwhile.
 */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"
#include "filters/filter.h"
#include "merge/store.h"

struct tui;

struct tui_options {
	struct store *store;              /* borrowed */
	const struct filter_spec *filters; /* those of the command line: good ones */
	size_t filter_count;
	const char *sources;              /* the command line's, quoted for a shell */
	bool ascii;                       /* the locale is not UTF-8 */
	bool follow;                      /* begin at the end, and stay there */
};

/* What the engine says of itself, for the status row. */
struct tui_engine {
	size_t sources;    /* open */
	uint64_t late;
	uint64_t dropped;
	uint64_t rate;     /* records a second */
	bool ended;        /* nothing more will come */
};

enum tui_wish {
	TUI_NOTHING,
	TUI_QUIT,
	TUI_SUSPEND, /* stop the process, then tui_redraw */
	TUI_SAVE     /* write the list: tui_save_path, tui_listed; then tui_say */
};

struct tui *tui_new(const struct tui_options *options);
/* NULL is allowed. */
void tui_free(struct tui *t);
/* The store has more than before. */
void tui_appended(struct tui *t);
void tui_set_engine(struct tui *t, const struct tui_engine *engine);
/* A line for the user, until the next key. Escaped here. */
void tui_say(struct tui *t, const char *line);
/* The same of the engine: kept on the screen as long as there is no record. */
void tui_note(struct tui *t, const char *line);
/* A key of tui/screen.h. NOW is the wall clock, which times like -15m count from. */
void tui_key(struct tui *t, uint32_t key, int64_t now);
/* Does the action of that name, as the palette does; false: there is none. For scripts. */
bool tui_do(struct tui *t, const char *name, int64_t now);
/* Looks for matches for about BUDGET ns; false: all are known. */
bool tui_work(struct tui *t, int64_t budget);
/* Whether the screen no longer shows what there is. */
bool tui_changed(const struct tui *t);
void tui_draw(struct tui *t);
/* All of the screen is to be drawn again. */
void tui_redraw(struct tui *t);
/* What the driver has to do; asking takes the wish back. */
enum tui_wish tui_wish(struct tui *t);
/* The file that TUI_SAVE names. */
const char *tui_save_path(const struct tui *t);
/* The next record of the list from *I on, once tui_work is done; false: there is none. */
bool tui_listed(struct tui *t, uint64_t *i);

#endif
