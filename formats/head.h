/*
 * head: what a line of text says before its message. The text formats share it.
 *
 *	struct str text = head_plain(line, &p->plain);
 *	struct head h;
 *	if (head_scan(&p->stamp, text, HEAD_LEVEL, &h) && h.leveled) ...
 *
 * A head is a time, then, in any order and with any of the usual brackets, dashes, pipes
 * and colons, a level, a module and where in the program it was written. A level is a
 * whole word near the time and never a word of the message.
 */
#ifndef FORMATS_HEAD_H
#define FORMATS_HEAD_H

#include "formats/format.h"

struct head {
	int64_t time;
	struct str level; /* the word; strs point into the line, ptr NULL: not there */
	struct str module;
	struct str function;
	struct str file;
	struct str line;
	struct str pid;
	struct str process;
	struct str thread;
	struct str host;
	size_t stamp_end; /* where the time ends */
	size_t message;   /* where it begins; known after HEAD_ALL only */
	bool leveled;     /* the word is one of the known levels */
	bool padded;      /* the level stands in brackets, padded to 9: structlog */
	struct severity severity;
};

/* How far to look: the level, also the module, or everything. */
enum head_depth {
	HEAD_LEVEL,
	HEAD_MODULE,
	HEAD_ALL
};

/* Reads the head of LINE into H; false if it has no time where a head has one. CACHE may
 * be NULL: the time is not wanted. */
bool head_scan(
	struct stamp_cache *cache, struct str line, enum head_depth depth, struct head *h);

/* LINE, or its beginning without colours, in SCRATCH, if it has any. */
struct str head_plain(struct str line, struct buf *scratch);

/* R's text, without colours and then in F's scratch, if it has any. */
struct str head_record_plain(const struct record *r, struct fields *f);

/* The fields of H, and the message and exception of TEXT, whose head it is. */
void head_set_fields(struct fields *f, const struct head *h, struct str text);

/* Whether PLAIN with its head H is of Loguru's layout, so that no wider format takes it
 * (loguru.c). */
bool head_is_loguru(struct str plain, const struct head *h);

/* Sets R's level, severity and module from H, as far as P wants them. */
void head_set_record(struct parse *p, const struct head *h, struct record *r);

/* Whether S can be the name of a logger or module. */
bool head_is_name(struct str s);

/* The name at the start of S that a colon ends ("app.db" of "app.db:text"), or empty. */
struct str head_name_before_colon(struct str s);

/* The name at the start of S that a blank ends, without colons and brackets, or empty. */
struct str head_simple_name(struct str s);

static inline bool head_is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool head_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

#endif
