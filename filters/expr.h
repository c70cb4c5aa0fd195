/*
 * expr: what the parser of expressions makes and the filter walks. Private to expr*.c.
 *
 *	struct expr *e = expr_parse(text, now_ns, err);
 *	...
 *	expr_free(e);
 *
 *	or    := and { ("or" | "||") and }
 *	and   := not { ("and" | "&&") not }
 *	not   := ("not" | "!") not | "(" or ")" | test
 *	test  := NAME [ OPERATOR VALUE ] | NAME ["not"] "in" "(" VALUE {"," VALUE} ")"
 *	       | /REGEX/ | "STRING"                        (in the record's text)
 *	OPERATOR := = == != < <= > >= ~ =~ !~ contains "not contains"
 *	NAME  := level | module | time | source | text | message | ... | fields.NAME
 *	VALUE := word | 'string' | "string"; after ~ also /regex/ and /regex/i
 *
 * A comparison with a field that the record does not have is false, with != and !~, too;
 * `not (x == y)` is then true. A NAME alone asks whether the field is there and is not
 * empty, false or null. Two numbers are compared as numbers; a quoted value is a string
 * for == and !=. A field that is no number is neither below nor above one.
 */
#ifndef FILTERS_EXPR_H
#define FILTERS_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/regex.h"
#include "core/str.h"
#include "filters/decimal.h"
#include "filters/level_word.h"
#include "filters/verdict.h"

#define EXPR_DEPTH_MAX 64   /* of parentheses and nots */
#define EXPR_NODES_MAX 1024 /* nodes, and as many values */

enum expr_kind {
	EXPR_AND, /* children: first, its next, ... */
	EXPR_OR,
	EXPR_NOT, /* one child */
	EXPR_TEST
};

enum expr_subject {
	SUBJECT_LEVEL,
	SUBJECT_MODULE,
	SUBJECT_TIME,
	SUBJECT_SOURCE,
	SUBJECT_TEXT,
	SUBJECT_FIELD
};

enum expr_op {
	OP_PRESENT,
	OP_EQ, /* any of the values */
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_REGEX
};

/* The right side, read as what its test will compare it with. */
struct expr_value {
	struct str text;
	bool quoted;
	bool is_number;
	struct decimal number;
	struct level_word level;
	int64_t ns;
	struct regex *regex;
};

struct expr_test {
	enum expr_subject subject;
	enum expr_op op;
	bool negate;   /* != !~ not in: false, still, of what is not there */
	int named;     /* enum field_id or -1: an extra field */
	struct str name;
	size_t value;  /* the first of values */
	size_t values;
	struct verdicts verdicts; /* by module */
};

struct expr_node {
	enum expr_kind kind;
	size_t first; /* 0: none */
	size_t next;
	struct expr_test test;
};

struct expr {
	struct expr_node *nodes; /* the first one is not used */
	size_t node_count;
	struct expr_value *values;
	size_t value_count;
	size_t root;
	unsigned wants; /* enum filter_wants */
	char *text;     /* names and values point here */
	char *scratch;  /* or here, if they had escapes */
};

/* NULL on failure, with the place of the fault. NOW_NS is what -15m counts from. */
struct expr *expr_parse(struct str text, int64_t now_ns, struct err *err);
void expr_free(struct expr *e);

/* Reading the text: expr_lex.c. Each skips blanks first. */
struct expr_lex {
	struct str text;
	size_t at;
	char *scratch; /* room for the text's length */
	size_t used;
	struct err *err;
};

/* A value or a regex as it is written. */
struct expr_token {
	struct str text;
	size_t pos;     /* of its first byte */
	size_t inner;   /* of text's first byte */
	bool quoted;
	bool escaped;   /* text is not what is written */
	unsigned flags; /* of a regex: enum regex_flags */
};

/* The next byte, or 0 at the end. */
char expr_peek(struct expr_lex *lex);
/* The next word (a name, a keyword, a bare value), which may be empty; not taken. */
struct str expr_peek_word(struct expr_lex *lex);
/* Whether SYMBOL is next; then it is taken. */
bool expr_take(struct expr_lex *lex, const char *symbol);
/* The same with a whole word in upper or lower case. */
bool expr_take_word(struct expr_lex *lex, const char *word);
/* At a quote: the string. \n \t \r \\ \" \' \/ are escapes, other backslashes stay. */
bool expr_take_string(struct expr_lex *lex, struct expr_token *token);
/* At a '/': the regex. */
bool expr_take_regex(struct expr_lex *lex, struct expr_token *token);

#endif
