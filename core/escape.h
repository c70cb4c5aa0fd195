/*
 * escape: the one door from log bytes to a terminal.
 *
 *	escape_put(out, text, ESCAPE_LINE);
 *
 * Written as they are: printable ASCII, tab, valid UTF-8 that prints, U+200C and U+200D.
 * Everything else comes out visible: C0, DEL and C1 as \xNN (a C1 from UTF-8 as \u009b),
 * bidi and zero-width controls (U+061C, U+200B, U+200E/F, U+2028-202E, U+2060-206F,
 * U+FEFF, ...) as \uNNNN, tag characters and above U+FFFF as \U0001F...., bytes that are
 * no UTF-8 as \xNN. Colour sequences (SGR) of the log are dropped; no other escape
 * sequence is understood: its ESC is shown as \x1b. A CR that ends a line is left out, any
 * other is shown as \r.
 */
#ifndef CORE_ESCAPE_H
#define CORE_ESCAPE_H

#include "core/buf.h"
#include "core/str.h"

enum escape_mode {
	ESCAPE_LINE, /* newline is escaped, too: \n */
	ESCAPE_TEXT  /* newlines stay */
};

void escape_put(struct buf *out, struct str s, enum escape_mode mode);

/* From now on every code point that is not ASCII is escaped: for a locale that is not
 * UTF-8. Set once, at start, before any thread is made. */
void escape_set_ascii(bool ascii);

/* Whether escape_put shows CODE as \u...: controls, bidi and zero-width controls, tags,
 * fillers and code points that are no characters. */
bool escape_hides(uint32_t code);

/* The bytes of the colour sequence (SGR) at the start of S, or 0. */
size_t escape_sgr(struct str s);

/* The bytes of the valid UTF-8 sequence at the start of S and its code point, or 0. */
size_t utf8_next(struct str s, uint32_t *code);

/* The columns of a code point that is shown as it is: 0, 1 or 2. */
unsigned utf8_width(uint32_t code);

/* The columns that S takes on a terminal once escaped; for padding. */
size_t escape_width(struct str s);

/* S without ANSI colour and other CSI/OSC sequences, appended to OUT. A sequence that
 * does not end before the line does is no sequence and stays. */
void ansi_strip(struct buf *out, struct str s);

#endif
