/*
 * record: one log record, as offsets into bytes that somebody else holds.
 *
 * A record is its first line and the lines that continue it (a traceback, the rest of a
 * message), one contiguous text without the final newline. Everything that is not needed
 * to choose and order it is read from the text when it is shown (core/fields.h).
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <assert.h>
#include <stdint.h>

#include "core/str.h"

#define TIME_NONE INT64_MIN

enum record_flags {
	RECORD_LATE = 1,       /* came out of order, beyond what waiting could mend */
	RECORD_CUT = 2,        /* longer than the limit: goes on in the next record */
	RECORD_CONTINUED = 4,  /* goes on from the record before it, which is CUT */
	RECORD_PARTIAL = 8,    /* its line had not ended when it was put out */
	RECORD_NO_NEWLINE = 16, /* the bytes of its source have no newline after it */
	RECORD_WIRE = 32, /* came as no text (a pickle): fields_text shows it, not its bytes */
	RECORD_PART = 64  /* one of several in a message: its text is not in its source */
};

/* Where records come from, as far as a reader of records cares. Lives as long as any
 * record of it. */
struct origin {
	char *label;    /* what the user calls it; bytes as given, escape before showing */
	uint32_t index; /* its place on the command line; ties are broken by it */
	char *path;     /* of the regular file that its records' offsets are in, or NULL */
};

struct record {
	int64_t time;     /* ns since 1970-01-01 UTC, as the record says it, or TIME_NONE */
	int64_t key;      /* where it sorts (design.md section 3) */
	const char *text; /* followed by at least TEXT_PAD readable bytes */
	const struct origin *origin;
	uint64_t offset;  /* of text[0] in the bytes of its source */
	uint32_t len;     /* bytes of text */
	uint32_t head;    /* bytes of its first line */
	uint32_t sequence; /* its place in its source; wraps around */
	uint32_t module;  /* interned (core/intern.h); 0: none, or not asked for */
	uint8_t level;    /* enum level */
	uint8_t severity; /* 0..255, see core/level.h */
	uint8_t format;   /* index into formats[] */
	uint8_t flags;    /* enum record_flags */
};

static_assert(sizeof(struct record) <= 64, "a record is at most 64 bytes");

/* Readable bytes after any text handed to a format, so that it may load wide. */
#define TEXT_PAD 64

/* Whether A goes before B, both of one source: by key, then by place. */
static inline bool record_precedes(const struct record *a, const struct record *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return (int32_t)(a->sequence - b->sequence) < 0;
}

static inline struct str record_text(const struct record *r)
{
	return (struct str){r->text, r->len};
}

#endif
