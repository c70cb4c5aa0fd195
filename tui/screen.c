/*
 * screen: ncursesw. Every cell's text is placed by hand, so that a character whose width
 * curses and the terminal see otherwise than we do cannot push the rest of its row.
 */
#include "tui/screen.h"

#include <limits.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "core/escape.h"

#undef columns /* term.h has short names for all that a terminal can */

#define TAB_COLUMNS 8
#define ESCAPE_MS 25     /* an Esc that nothing follows within is the key */
#define RESTORE_MAX 512

/* Of a style: what it is without colours, with 8, and with 256 (-1: as with 8). */
struct look {
	attr_t attr;
	short color;
	short color256;
};

static const struct look looks[STYLE_COUNT];

static SCREEN *screen;
static FILE *input;
static bool has_color;
static bool ascii_only;
static bool mouse_on;
static struct termios before;
static bool has_before;
static int input_fd = -1;
static char restore_bytes[RESTORE_MAX]; /* what puts the terminal back */
static volatile sig_atomic_t restore_len;

/* What a capability sends; its padding is left out, as terminals ignore it today. */
static size_t add_capability(size_t at, const char *name)
{
	const char *value = tigetstr(name);
	size_t len = value != NULL && value != (char *)-1 ? strlen(value) : 0;

	if (len == 0 || at + len > RESTORE_MAX)
		return at;
	memcpy(restore_bytes + at, value, len);
	return at + len;
}

/* A signal handler must not call curses: what endwin would send is noted beforehand. */
static void note_restore(void)
{
	static const char mouse_off[] = "\x1b[?1000l\x1b[?1006l\x1b[?1007l";
	size_t at = sizeof(mouse_off) - 1;

	memcpy(restore_bytes, mouse_off, at);
	at = add_capability(at, "sgr0");
	at = add_capability(at, "cnorm");
	at = add_capability(at, "rmkx");
	at = add_capability(at, "rmcup");
	restore_len = (sig_atomic_t)at;
}

static short color_of(const struct look *l)
{
	if (COLORS >= 256 && l->color256 >= 0)
		return l->color256;
	return l->color;
}

static void start_colors(void)
{
	if (!has_color)
		return;
	if (!has_colors() || start_color() == ERR || COLORS < 8) {
		has_color = false;
		return;
	}
	use_default_colors();
	for (short i = 0; i < STYLE_COUNT; i++)
		init_pair((short)(i + 1), color_of(&looks[i]), -1);
}

static void set_modes(void)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	meta(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	start_colors();
}

static bool open_on(const char *term, FILE *out, FILE *in, struct err *err)
{
	screen = newterm(term, out, in);
	if (screen == NULL)
		return err_set(err, "the terminal '%s' is not known; use mplog tail",
			term != NULL ? term : "");
	set_term(screen);
	if (tigetstr("cup") == NULL) {
		endwin();
		delscreen(screen);
		screen = NULL;
		return err_set(err, "the terminal cannot move its cursor; use mplog tail");
	}
	set_modes();
	return true;
}

/* The wheel moves as the arrow keys do, while the terminal's own selection still works. */
static void set_wheel(void)
{
	screen_send((struct str)STR("\x1b[?1007h"));
}

bool screen_open(const struct screen_options *options, struct err *err)
{
	const char *term = getenv("TERM");
	int status;

	/* newterm would exit where it does not know the terminal. */
	if (term == NULL || *term == '\0' || setupterm(term, STDOUT_FILENO, &status) != OK)
		return err_set(err, "the terminal '%s' is not known; use mplog tail",
			term != NULL ? term : "");
	del_curterm(cur_term); /* newterm makes its own */
	has_color = options->color;
	ascii_only = options->ascii;
	input_fd = options->input;
	input = fdopen(dup(options->input), "r");
	if (input == NULL)
		return err_set(err, "cannot read the terminal; use mplog tail");
	has_before = tcgetattr(input_fd, &before) == 0;
	if (!open_on(term, stdout, input, err))
		return false;
	note_restore();
	set_wheel();
	atexit(screen_close);
	return true;
}

bool screen_open_blind(const char *term, int rows, int columns, struct err *err)
{
	FILE *out = fopen("/dev/null", "w");

	input = fopen("/dev/null", "r");
	has_color = true;
	if (out == NULL || input == NULL || !open_on(term, out, input, err))
		return false;
	resizeterm(rows, columns);
	return true;
}

void screen_close(void)
{
	if (screen == NULL)
		return;
	screen_set_mouse(false);
	screen_send((struct str)STR("\x1b[?1007l"));
	restore_len = 0;
	endwin();
	if (has_before)
		tcsetattr(input_fd, TCSADRAIN, &before);
	delscreen(screen);
	screen = NULL;
	fclose(input);
}

void screen_restore(void)
{
	size_t len = (size_t)restore_len;
	ssize_t ignored;

	if (len == 0)
		return;
	restore_len = 0;
	ignored = write(STDOUT_FILENO, restore_bytes, len);
	(void)ignored;
	if (has_before)
		tcsetattr(input_fd, TCSANOW, &before);
}

void screen_leave(void)
{
	screen_send((struct str)STR("\x1b[?1007l"));
	endwin();
}

void screen_return(void)
{
	reset_prog_mode();
	screen_redraw();
	set_wheel();
}

int screen_rows(void)
{
	return LINES;
}

int screen_columns(void)
{
	return COLS;
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
	screen_redraw();
}

void screen_resize_to(int rows, int columns)
{
	resizeterm(rows, columns);
}

void screen_clear(void)
{
	erase();
}

void screen_wipe(int row)
{
	if (row >= 0 && row < LINES && move(row, 0) == OK)
		clrtoeol();
}

static attr_t attr_of(unsigned style)
{
	attr_t attr = looks[style & 0xff].attr;

	/* What colour tells, without it an attribute must. */
	if (has_color && looks[style & 0xff].color >= 0)
		attr &= ~(attr_t)A_UNDERLINE;
	if (style & STYLE_CURSOR)
		attr |= A_REVERSE;
	if (style & STYLE_MATCH)
		attr ^= A_REVERSE | A_BOLD;
	if (style & STYLE_STRONG)
		attr |= A_BOLD;
	return attr;
}

static short pair_of(unsigned style)
{
	return has_color ? (short)((style & 0xff) + 1) : 0;
}

/* One character as a cell shows it, with the combining ones behind it. */
struct glyph {
	wchar_t text[CCHARW_MAX];
	int width;
	size_t taken;
};

static wchar_t shown_code(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return (wchar_t)code;
	if (ascii_only || escape_hides(code) || wcwidth((wchar_t)code) < 0)
		return L'?';
	return (wchar_t)code;
}

static void glyph_next(struct glyph *g, struct str s)
{
	uint32_t code;
	size_t n = utf8_next(s, &code), marks = 0;

	memset(g, 0, sizeof(*g));
	if (n == 0) {
		n = 1;
		code = '?';
	}
	g->taken = n;
	g->text[0] = shown_code(code);
	g->width = g->text[0] < 0x7f ? 1 : wcwidth(g->text[0]);
	if (g->width == 0) { /* a combining one with nothing to stand on */
		g->text[1] = g->text[0];
		g->text[0] = L' ';
		g->width = 1;
		marks = 1;
	}
	while (g->taken < s.len && (unsigned char)s.ptr[g->taken] >= 0x80) {
		n = utf8_next(str_skip(s, g->taken), &code);
		if (n == 0 || escape_hides(code) || wcwidth((wchar_t)code) != 0)
			return;
		if (marks + 2 < CCHARW_MAX)
			g->text[++marks] = (wchar_t)code;
		g->taken += n;
	}
}

static void put_glyph(int row, int column, const struct glyph *g, unsigned style)
{
	cchar_t cell;

	setcchar(&cell, g->text, attr_of(style), pair_of(style), NULL);
	mvadd_wch(row, column, &cell);
}

static void put_blanks(int row, int column, int n, unsigned style)
{
	const struct glyph blank = {.text = {L' '}, .width = 1};

	for (int i = 0; i < n; i++)
		put_glyph(row, column + i, &blank, style);
}

/* The columns that the character at S, which would stand in column AT, takes. */
static int next_width(struct glyph *g, struct str s, int at)
{
	if (*s.ptr != '\t') {
		glyph_next(g, s);
		return g->width;
	}
	*g = (struct glyph){.text = {L' '}, .taken = 1};
	return TAB_COLUMNS - at % TAB_COLUMNS;
}

int screen_put(int row, int column, int width, int skip, struct str text, unsigned style)
{
	struct glyph g;
	int at = 0; /* the column of the text */

	if (row < 0 || row >= LINES || column < 0)
		return 0;
	if (width > COLS - column)
		width = COLS - column;
	while (text.len > 0 && at - skip < width) {
		int wide = next_width(&g, text, at);
		int from = at - skip, to = from + wide;
		bool whole = from >= 0 && to <= width;
		if (whole && *text.ptr != '\t')
			put_glyph(row, column + from, &g, style);
		else if (to > 0)
			put_blanks(row, column + (from > 0 ? from : 0),
				(to < width ? to : width) - (from > 0 ? from : 0), style);
		text = str_skip(text, g.taken);
		at += wide;
	}
	at -= skip;
	return at < 0 || width < 0 ? 0 : at < width ? at : width;
}

void screen_paint(int row, int column, int width, unsigned style)
{
	cchar_t cell;
	wchar_t text[CCHARW_MAX + 1];
	attr_t attr;
	short pair;

	if (row < 0 || row >= LINES)
		return;
	for (int at = column < 0 ? 0 : column; at < column + width && at < COLS; at++) {
		if (mvin_wch(row, at, &cell) == ERR ||
			getcchar(&cell, text, &attr, &pair, NULL) == ERR)
			continue;
		if (text[0] == L'\0')
			continue;
		mvchgat(row, at, 1, attr_of(style), pair_of(style), NULL);
	}
}

int screen_width(struct str text)
{
	struct glyph g;
	int at = 0;

	while (text.len > 0) {
		at += next_width(&g, text, at);
		text = str_skip(text, g.taken);
	}
	return at;
}

void screen_cursor(int row, int column)
{
	if (row < 0 || row >= LINES) {
		curs_set(0);
		move(0, 0);
		return;
	}
	curs_set(1);
	move(row, column < COLS ? column : COLS - 1);
}

void screen_show(void)
{
	refresh();
}

void screen_redraw(void)
{
	clearok(curscr, TRUE);
}

void screen_send(struct str bytes)
{
	if (restore_len == 0)
		return; /* no terminal is behind it */
	fflush(stdout);
	fwrite(bytes.ptr, 1, bytes.len, stdout);
	fflush(stdout);
}

void screen_set_mouse(bool on)
{
	if (on == mouse_on)
		return;
	mouse_on = on;
	mousemask(on ? (mmask_t)(BUTTON4_PRESSED | BUTTON5_PRESSED) : 0, NULL);
	mouseinterval(0);
}

static uint32_t wheel(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return KEY_NONE;
	if (event.bstate & BUTTON4_PRESSED)
		return SCREEN_WHEEL_UP;
	return event.bstate & BUTTON5_PRESSED ? SCREEN_WHEEL_DOWN : KEY_NONE;
}

static uint32_t special(wint_t code)
{
	static const struct {
		wint_t curses;
		uint32_t ours;
	} keys[] = {
		{KEY_UP, SCREEN_UP}, {KEY_DOWN, SCREEN_DOWN}, {KEY_LEFT, SCREEN_LEFT},
		{KEY_RIGHT, SCREEN_RIGHT}, {KEY_PPAGE, SCREEN_PAGE_UP},
		{KEY_NPAGE, SCREEN_PAGE_DOWN}, {KEY_HOME, SCREEN_HOME}, {KEY_END, SCREEN_END},
		{KEY_ENTER, SCREEN_ENTER}, {KEY_BACKSPACE, SCREEN_BACKSPACE},
		{KEY_DC, SCREEN_DELETE}, {KEY_BTAB, SCREEN_BACKTAB}, {KEY_F(1), SCREEN_F1},
		{KEY_F(2), SCREEN_F2}, {KEY_RESIZE, SCREEN_RESIZED},
	};

	if (code == KEY_MOUSE)
		return wheel();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].curses == code)
			return keys[i].ours;
	}
	return KEY_NONE;
}

/* What follows an Esc at once makes a key of it that means nothing here, such as Alt with a
 * letter: it is taken whole. False: it was the Esc key. */
static bool skip_sequence(void)
{
	wint_t code;

	if (get_wch(&code) != OK)
		return false;
	if (code != '[' && code != 'O')
		return true;
	while (get_wch(&code) == OK && (code < 0x40 || code > 0x7e))
		continue;
	return true;
}

uint32_t screen_key(void)
{
	wint_t code;
	uint32_t key;

	for (;;) {
		int kind = get_wch(&code);
		if (kind == ERR)
			return KEY_NONE;
		if (kind == KEY_CODE_YES)
			key = special(code);
		else if (code == 27)
			key = skip_sequence() ? KEY_NONE : 27;
		else if (code == '\r' || code == '\n')
			key = SCREEN_ENTER;
		else if (code == 0x7f || code == '\b')
			key = SCREEN_BACKSPACE;
		else
			key = code;
		if (key != KEY_NONE) /* else one that means nothing here */
			return key;
	}
}

void screen_row(int row, struct buf *out)
{
	cchar_t cell;
	wchar_t text[CCHARW_MAX + 1];
	char bytes[MB_LEN_MAX * CCHARW_MAX];
	attr_t attr;
	short pair;
	size_t from = out->len;

	for (int at = 0; at < COLS; at++) {
		size_t n;
		if (mvin_wch(row, at, &cell) == ERR ||
			getcchar(&cell, text, &attr, &pair, NULL) == ERR)
			continue;
		n = wcstombs(bytes, text, sizeof(bytes));
		if (n != (size_t)-1)
			buf_put(out, bytes, n);
		if (wcwidth(text[0]) == 2)
			at++;
	}
	while (out->len > from && out->ptr[out->len - 1] == ' ')
		out->len--;
}

bool screen_is_reverse(int row, int column)
{
	return (mvinch(row, column) & A_REVERSE) != 0;
}

static const struct look looks[STYLE_COUNT] = {
	[STYLE_NORMAL] = {A_NORMAL, -1, -1},
	[STYLE_DIM] = {A_DIM, -1, -1},
	[STYLE_BOLD] = {A_BOLD, -1, -1},
	[STYLE_TRACE] = {A_DIM, -1, -1},
	[STYLE_DEBUG] = {A_DIM, COLOR_BLUE, 67},
	[STYLE_INFO] = {A_NORMAL, -1, -1},
	[STYLE_SUCCESS] = {A_NORMAL, COLOR_GREEN, -1},
	[STYLE_WARNING] = {A_BOLD, COLOR_YELLOW, 136},
	[STYLE_ERROR] = {A_BOLD | A_UNDERLINE, COLOR_RED, 160},
	[STYLE_CRITICAL] = {A_BOLD | A_REVERSE, COLOR_RED, 160},
	[STYLE_STATUS] = {A_REVERSE, -1, -1},
	[STYLE_PAUSED] = {A_REVERSE | A_BOLD, COLOR_YELLOW, 136},
	[STYLE_HINT] = {A_DIM, -1, -1},
	[STYLE_SOURCE + 0] = {A_NORMAL, COLOR_CYAN, 31},
	[STYLE_SOURCE + 1] = {A_NORMAL, COLOR_MAGENTA, 133},
	[STYLE_SOURCE + 2] = {A_NORMAL, COLOR_GREEN, 28},
	[STYLE_SOURCE + 3] = {A_NORMAL, COLOR_BLUE, 67},
	[STYLE_SOURCE + 4] = {A_NORMAL, COLOR_YELLOW, 130},
	[STYLE_SOURCE + 5] = {A_NORMAL, COLOR_RED, 168},
};
