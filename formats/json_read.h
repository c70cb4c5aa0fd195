/*
 * json_read: a cursor over the members of one JSON object, or the items of one array,
 * without a tree, a copy or an allocation.
 *
 *	struct json_cursor c;
 *	struct json_member m;
 *	if (json_open(&c, text))
 *		while (json_next(&c, &m))
 *			... m.key, m.value, m.kind ...
 *
 * It reads what programs write rather than what the standard says: NaN and Infinity,
 * duplicate keys, blanks anywhere, unknown escapes. What it steps over is checked for
 * strings and brackets only. Texts need TEXT_PAD readable bytes behind them.
 */
#ifndef FORMATS_JSON_READ_H
#define FORMATS_JSON_READ_H

#include <stdbool.h>

#include "core/str.h"

#define JSON_DEPTH_MAX 64 /* brackets inside each other; deeper is broken */

enum json_kind {
	JSON_STRING,
	JSON_NUMBER, /* begins like one; see json_is_number */
	JSON_WORD,   /* true, false, null, NaN, Infinity, -Infinity, ... */
	JSON_OBJECT,
	JSON_ARRAY
};

/* A name and a value, both as they are written: strings without their quotes and with
 * their escapes, objects and arrays with their brackets. */
struct json_member {
	struct str key; /* empty in an array */
	struct str value;
	enum json_kind kind;
	bool key_escaped; /* the key has a backslash */
	bool escaped;	  /* the value is a string that has one */
};

struct json_cursor {
	const char *at;
	const char *end; /* after the closing bracket */
	const char
		*block; /* 64 bytes of it, and which of them are quotes or backslashes */
	uint64_t quotes;
	bool array;
	bool first;
	bool broken; /* it ended because the text is none */
};

/* TEXT without what may stand before an object (a BOM, an RS) and after it (CR, blanks).
 * False if what is left does not begin with { and end with }. */
bool json_line(struct str text, struct str *object);

/* False unless TEXT begins and ends with the brackets of an object or an array. */
bool json_open(struct json_cursor *c, struct str text);
/* The next member; false at the end or where the text stops making sense. */
bool json_next(struct json_cursor *c, struct json_member *m);

/* The character after the string whose opening quote is at S, or NULL if it does not end
 * before END. */
const char *json_skip_string(const char *s, const char *end);

/* RAW with its escapes resolved, at OUT, which needs RAW's length; the bytes written.
 * Lone surrogates become U+FFFD; escapes that are none stay as they are. \xNN and \' are
 * understood, too, for those who write them. */
size_t json_unescape(struct str raw, char *out);

/* Whether S is a number as the standard has it. */
bool json_is_number(struct str s);
/* Whether S is an object or an array as the standard has it, all through, in valid UTF-8:
 * fit to be written as it is. */
bool json_is_valid(struct str s);

#endif
