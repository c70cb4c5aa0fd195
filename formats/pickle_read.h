/*
 * pickle_read: a Python pickle as values, without Python and without doing anything that
 * it says: a class is its name, a call is what would be called and with what.
 *
 *	size_t ops = pickle_ops(frame.len);
 *	void *memory = ... pickle_room(ops) bytes ...;
 *	struct pickle p;
 *	if (pickle_read(&p, frame, memory, ops) && p.root.kind == PICKLE_DICT)
 *		for (pickle_begin(&it, &p, p.root); pickle_pair(&it, &key, &value);) ...
 *
 * Protocols 0 to 5 (docs.python.org/3/library/pickletools.html). Nothing is allocated and
 * nothing recurses; strings point into the frame. Lists may hold themselves: whoever walks
 * them must bound depth and output (pickle_show.h does).
 */
#ifndef FORMATS_PICKLE_READ_H
#define FORMATS_PICKLE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

#define PICKLE_OPS_MAX 100000 /* opcodes of one pickle; with more it is none */

enum pickle_kind {
	PICKLE_UNSET, /* of a memo slot, and of a part that an object does not have */
	PICKLE_NONE,
	PICKLE_BOOL,   /* number */
	PICKLE_INT,    /* number */
	PICKLE_BIGINT, /* ptr: decimal text, or with PICKLE_BINARY little-endian bytes */
	PICKLE_FLOAT,  /* real */
	PICKLE_STR,    /* ptr */
	PICKLE_BYTES,  /* ptr */
	PICKLE_LIST,   /* node; the rest, too */
	PICKLE_TUPLE,
	PICKLE_SET,
	PICKLE_DICT,   /* its items are keys and values by turns */
	PICKLE_CLASS,  /* a global name: its items are module and name */
	PICKLE_OBJECT, /* what a call would give, with the items that were put into it */
	PICKLE_OPAQUE  /* something from outside of the pickle */
};

/* How the bytes at ptr are written. */
enum pickle_code {
	PICKLE_PLAIN,   /* as they are; strings in UTF-8, maybe with lone surrogates */
	PICKLE_QUOTED,  /* with Python 2's escapes, without the quotes */
	PICKLE_ESCAPED, /* with \uXXXX and \UXXXXXXXX, else Latin-1 */
	PICKLE_BINARY
};

struct pickle_value {
	uint8_t kind; /* enum pickle_kind */
	uint8_t code; /* enum pickle_code */
	uint32_t len; /* bytes at ptr */
	union {
		const char *ptr;
		int64_t number;
		double real;
		uint32_t node;
	};
};

/* A container: a list of runs of items. */
struct pickle_node {
	uint32_t first, last; /* runs, counted from 1; 0: none */
	uint32_t count;       /* items */
	uint32_t parts;       /* of an object: where its parts are among the items */
	uint32_t pairs;       /* the items of an object are keys and values */
};

struct pickle_run {
	uint32_t start, count, next;
};

/* What an object is made of. */
enum pickle_part { PICKLE_CALLED, PICKLE_ARGS, PICKLE_STATE, PICKLE_PARTS };

struct pickle {
	struct pickle_value root;
	bool more; /* it has more opcodes than were to be read */
	struct pickle_value *items;
	struct pickle_node *nodes;
	struct pickle_run *runs;
	/* Of the reading alone. */
	const char *at, *end;
	struct pickle_value *stack, *memo;
	uint32_t *marks;
	size_t used, marked, memo_used, memo_max;
	size_t item_count, item_max, node_count, run_count, node_max;
};

/* The opcodes that a frame of LEN bytes is first read for, which are enough for nearly any
 * record, and that it is then read for (0: no more). */
size_t pickle_ops(size_t len);
size_t pickle_ops_all(size_t len);
/* The bytes of memory, aligned as malloc aligns, that so many opcodes need. */
size_t pickle_room(size_t ops);

/* Reads FRAME, a whole pickle, into P; false if it is none or has more than OPS opcodes:
 * then P->more is set. P's values are valid as long as FRAME and MEMORY. */
bool pickle_read(struct pickle *p, struct str frame, void *memory, size_t ops);

struct pickle_iter {
	const struct pickle *p;
	uint32_t run, at;
};

/* Goes over the items of a container; of anything else there are none. */
void pickle_begin(struct pickle_iter *it, const struct pickle *p, struct pickle_value v);
bool pickle_next(struct pickle_iter *it, struct pickle_value *v);
bool pickle_pair(
	struct pickle_iter *it, struct pickle_value *key, struct pickle_value *value);

/* The items of a container; 0 of anything else. */
size_t pickle_count(const struct pickle *p, struct pickle_value v);
/* The item at I; PICKLE_UNSET if there is none. */
struct pickle_value pickle_item(const struct pickle *p, struct pickle_value v, size_t i);
/* A part of an object; PICKLE_UNSET of anything else. */
struct pickle_value pickle_part(
	const struct pickle *p, struct pickle_value v, enum pickle_part part);
/* The value under KEY in a dict, the last one; PICKLE_UNSET if there is none. */
struct pickle_value pickle_get(
	const struct pickle *p, struct pickle_value dict, const char *key);

/* The bytes of a plain string or of bytes as they are written; else empty. */
static inline struct str pickle_raw(struct pickle_value v)
{
	if (v.kind == PICKLE_STR || v.kind == PICKLE_BYTES)
		return (struct str){v.ptr, v.len};
	return (struct str){"", 0};
}

#endif
