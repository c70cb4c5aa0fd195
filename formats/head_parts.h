/*
 * head_parts: for head.c and head_after.c only: where a scan is, and what single tokens of
 * a head are by their shape.
 */
#ifndef FORMATS_HEAD_PARTS_H
#define FORMATS_HEAD_PARTS_H

#include "formats/head.h"

/* What bytes a token has. */
enum byte_class {
	BYTE_END = 0,     /* blanks and bars end tokens */
	BYTE_LETTER = 1,
	BYTE_DIGIT = 2,
	BYTE_NAME = 4,    /* other bytes of names */
	BYTE_COLON = 8,
	BYTE_BRACKET = 16,
	BYTE_OTHER = 32
};

extern const uint8_t head_classes[256];

struct token {
	struct str text;
	unsigned classes; /* all of them */
};

struct scan {
	struct head *h;
	struct str line;
	size_t at;            /* how far it has come */
	struct str stamp;     /* the time's text */
	struct str bracketed; /* the last [name], a module or a thread */
	int plain_words;      /* words before the level that look like any other */
	char open;            /* the bracket of the last token in brackets */
	char mark;            /* what stands before the token: '-', '|', ':' or ' ' */
	bool inside;          /* the time's bracket is still open: [time INFO name] */
	bool bare_pid;        /* a number stands before the level, not in brackets */
	bool level_first;     /* the level stands before the time */
};

/* Steps over blanks and one mark, which it keeps. */
void head_step(struct scan *s);

/* From where the level ended to the message; finds the module and the like on its way. */
void head_after(struct scan *s);

/* The bytes of the bracket at the start of S with its CONTENT, or 0 if it has no end. */
size_t head_bracket(struct str s, struct str *content);

/* The token at the start of S; after a colon as MARK it ends at the next one. */
struct token head_token(struct str s, char mark, bool inside);

bool head_is_number(struct str s);
/* Not a word of letters alone. */
bool head_is_structured(struct str s);
/* task.py:12 or module:function:12. */
bool head_is_place(struct str s);
void head_take_place(struct head *h, struct str s);
/* MainProcess, Thread-1 and the like; false if WORD is none of them. */
bool head_take_worker(struct head *h, struct str word);
/* The first number is a pid, the second a thread. */
void head_add_number(struct head *h, struct str number);
/* NAME of NAME[PID], and the PID if there is one. */
struct str head_without_pid(struct str s, struct str *pid);

#endif
