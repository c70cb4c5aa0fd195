/*
 * state: what the parts of the viewer share. Private to tui/.
 *
 * The list is what the filters keep of the store, a view of it. A place in it is a record
 * that is pinned, the cursor, and the row of the screen that it stands on; what lies above
 * and below is found from there when it is drawn. So the row that one reads stays where
 * it is, whatever is inserted before it.
 */
#ifndef TUI_STATE_H
#define TUI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/fields.h"
#include "core/record.h"
#include "core/regex.h"
#include "merge/store.h"
#include "merge/store_view.h"
#include "tui/actions.h"
#include "tui/prompt.h"
#include "tui/screen.h"
#include "tui/tui.h"

#define TUI_FILTERS_MAX 64
#define TUI_MARKS_MAX 1024
#define TUI_PANES_MAX 4
#define TUI_FILL_NS INT64_C(20000000) /* that a screen may wait for its matches */

enum tui_filter_kind {
	TUI_GIVEN,  /* of the command line */
	TUI_IN,
	TUI_OUT,
	TUI_LEVEL,
	TUI_SOURCE,
	TUI_LIKE    /* leaves out what is like a record */
};

struct tui_filter {
	enum tui_filter_kind kind;
	const char *name;       /* of its spec's row */
	char *shown;            /* as the user wrote it */
	char *text;             /* of its spec */
	unsigned flags;
	bool off;
};

enum tui_times { TIMES_CLOCK, TIMES_DATE, TIMES_DELTA, TIMES_NONE, TIMES_COUNT };

/* Rows of the screen. */
struct area {
	int row;
	int rows;
};

/* A place in a pane's rows. */
struct scroll {
	size_t cursor;
	size_t top;
};

struct tui;

struct view {
	const char *name;
	const char *hint;      /* for the row of hints */
	bool half;             /* the log stays above it */
	/* Called when it is opened; NULL: nothing to do. */
	void (*open)(struct tui *t);
	void (*draw)(struct tui *t, struct area area);
	/* COUNT is what was typed before the key, or 0. False: not its business. */
	bool (*act)(struct tui *t, enum action action, uint64_t count);
};

#define VIEW(name) extern const struct view view_##name;
#include "tui/table.h"
#undef VIEW

struct tui {
	struct tui_options options;
	struct store *store;
	struct store_view *list;      /* what is shown */
	struct store_view *found;     /* what of it the search matches, or NULL */
	struct store_view *errors;    /* of the whole store, NULL: never asked for */
	struct store_view *warnings;
	struct tui_filter filters[TUI_FILTERS_MAX];
	size_t filter_count;
	struct regex *search;         /* for what is drawn in reverse */
	char *search_text;
	bool seeking;                 /* a match is wanted that is not found yet */
	bool seek_forward;
	bool seek_either;             /* if there is none ahead, the last one behind */

	struct store_pin cursor;
	bool placed;                  /* the cursor is at a record */
	int cursor_row;               /* of the log's area */
	int log_rows;                 /* it had when it was drawn last */
	int skip;                     /* columns of text to the left of what is shown */
	bool following;
	uint64_t held_count;          /* records and errors that had come when it was held */
	uint64_t held_errors;
	struct store_pin marks[TUI_MARKS_MAX];
	size_t mark_count;

	const struct view *panes[TUI_PANES_MAX]; /* over the log; the last is on top */
	size_t pane_count;
	struct scroll scrolls[TUI_PANES_MAX];
	struct prompt prompt;
	uint64_t count;               /* typed before a key */
	struct tui_engine engine;
	char *said;
	enum tui_wish wish;
	char *save_path;
	enum tui_times times;
	bool hints;
	bool strip;
	struct buf notes;             /* what was said while there was no record yet */
	bool mouse;
	bool changed;
	bool full;                    /* all cells are to be drawn again */

	struct fields fields;
	struct buf scratch;
	struct buf row;
	struct buf detail;            /* the pane's text, escaped */
	uint64_t detail_of;
};

/* tui.c */
void tui_open(struct tui *t, const struct view *v);
void tui_close(struct tui *t);
void tui_act(struct tui *t, enum action action, uint64_t count, int64_t now);
/* Says what FORMAT makes; it may hold anything. */
void tui_sayf(struct tui *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct scroll *tui_scroll(struct tui *t)
{
	return &t->scrolls[t->pane_count - 1];
}

/* choose.c: filters, and the views that come of them. */
void choose_init(struct tui *t);
void choose_clear(struct tui *t);
/* Lists what the filters keep, looking from record AT on first. */
void choose_list(struct tui *t, uint64_t at);
/* False: it is wrong, and that is said. */
bool choose_add(struct tui *t, enum tui_filter_kind kind, struct str text);
/* Leaves out records with such a message, whatever numbers are in it. */
bool choose_hide_like(struct tui *t, struct str message);
void choose_remove(struct tui *t, size_t i);
void choose_remove_all(struct tui *t);
void choose_switch(struct tui *t, size_t i);
void choose_level(struct tui *t, int step);
void choose_solo(struct tui *t, struct str label);
/* Looks for TEXT from the cursor on; empty: no longer. */
bool choose_search(struct tui *t, struct str text);
/* The view of all records of that level. */
struct store_view *choose_errors(struct tui *t);
struct store_view *choose_warnings(struct tui *t);
/* Appends the command line that gives the same list. */
void choose_command(const struct tui *t, struct buf *out);

/* log.c */
/* Puts the cursor to record AT, or the next one of the list. False: there is none. */
bool log_go(struct tui *t, uint64_t at);
void log_follow(struct tui *t, bool follow);
/* Goes to the first match of the search from the cursor on, or else to the last before it. */
void log_seek_first(struct tui *t);
/* Goes on seeking what was not found yet. */
void log_seek(struct tui *t);
/* The record under the cursor, until the next ones; false: there is none. */
bool log_record(struct tui *t, struct record *out);

/* status.c */
void status_draw(struct tui *t, int y);
void hints_draw(struct tui *t, int y);

/* strip.c: records over time, in one row */
void strip_draw(struct tui *t, int y);

/* pane.c: moving in the rows of a pane. */
bool pane_act(struct tui *t, enum action action, uint64_t count, size_t total, int rows);
/* Keeps the cursor in the area; the first row to draw. */
size_t pane_top(struct tui *t, size_t total, int rows);
void pane_title(struct tui *t, int y, const char *title);

#endif
