/*
 * screen: the one door to curses. Rows and columns, styles, keys; nothing of logs.
 *
 *	if (!screen_open(&options, &err)) ...
 *	screen_clear();
 *	screen_put(row, column, width, skip, text, STYLE_ERROR);
 *	screen_show();
 *	while ((key = screen_key()) != KEY_NONE) ...
 *	screen_close();
 *
 * There is one terminal a process, so there is one screen, and it is closed on every way
 * out: by screen_close, at exit, and by the handlers of signals that end the process.
 * Text must have gone through core/escape.h; a tab is shown up to the next eighth column.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

#define SCREEN_LEAST_ROWS 2
#define SCREEN_LEAST_COLUMNS 8

enum style {
	STYLE_NORMAL,
	STYLE_DIM,
	STYLE_BOLD,
	STYLE_TRACE,
	STYLE_DEBUG,
	STYLE_INFO,
	STYLE_SUCCESS,
	STYLE_WARNING,
	STYLE_ERROR,
	STYLE_CRITICAL,
	STYLE_STATUS,
	STYLE_PAUSED,
	STYLE_HINT,
	STYLE_SOURCE, /* the first of SCREEN_SOURCES */
	STYLE_COUNT = STYLE_SOURCE + 6
};

#define SCREEN_SOURCES 6

/* What is added to a style: reverse, the other way round, bold. */
#define STYLE_CURSOR 0x100u
#define STYLE_MATCH 0x200u
#define STYLE_STRONG 0x400u

/* Keys that are no characters; others are their code point, ^X is its control code. */
enum key {
	KEY_NONE = 0,
	KEY_SPECIAL = 0x110000,
	SCREEN_UP = KEY_SPECIAL,
	SCREEN_DOWN,
	SCREEN_LEFT,
	SCREEN_RIGHT,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_ENTER,
	SCREEN_BACKSPACE,
	SCREEN_DELETE,
	SCREEN_BACKTAB,
	SCREEN_F1,
	SCREEN_F2,
	SCREEN_WHEEL_UP,
	SCREEN_WHEEL_DOWN,
	SCREEN_RESIZED
};

struct screen_options {
	int input;          /* the terminal's descriptor, for keys */
	bool color;
	bool ascii;         /* the locale is not UTF-8 */
};

/* False with a message: there is no such terminal, or none that can be moved on. */
bool screen_open(const struct screen_options *options, struct err *err);
/* The same curses on /dev/null, ROWS by COLUMNS, for tests. */
bool screen_open_blind(const char *term, int rows, int columns, struct err *err);
/* Puts the terminal back as it was; may be called twice. */
void screen_close(void);
/* The same from a signal handler. */
void screen_restore(void);
/* Leaves the terminal to others, and takes it again. */
void screen_leave(void);
void screen_return(void);

int screen_rows(void);
int screen_columns(void);
/* Asks the terminal for its size. */
void screen_resize(void);
/* For tests. */
void screen_resize_to(int rows, int columns);

void screen_clear(void);
/* Only this row. */
void screen_wipe(int row);
/* Shows TEXT without its first SKIP columns in WIDTH columns from COLUMN on. STYLE is an
 * enum style with STYLE_CURSOR... added. Returns the columns used. What does
 * not fit is left out; a wide character that is cut is a blank. */
int screen_put(
	int row, int column, int width, int skip, struct str text, unsigned style);
/* Gives the WIDTH cells from COLUMN on STYLE, and leaves what they show. */
void screen_paint(int row, int column, int width, unsigned style);
/* Columns of TEXT, as screen_put shows it from its first column on. */
int screen_width(struct str text);
/* Where the terminal's cursor stands; ROW -1: nowhere. */
void screen_cursor(int row, int column);
/* Makes the terminal show it. */
void screen_show(void);
/* Forgets what the terminal shows and draws all of it. */
void screen_redraw(void);
/* Sends bytes that curses does not know (the clipboard: OSC 52). */
void screen_send(struct str bytes);
/* Whether clicks and the wheel come as keys; else the terminal's own selection works. */
void screen_set_mouse(bool on);

/* The next key that was pressed, KEY_NONE when there is none. */
uint32_t screen_key(void);

/* Appends row ROW as it is shown, in UTF-8, without blanks at its end: for tests. */
void screen_row(int row, struct buf *out);
/* Whether the cell is shown in reverse. */
bool screen_is_reverse(int row, int column);

#endif
