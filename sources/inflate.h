/*
 * inflate: messages that were compressed with gzip (RFC 1952), zlib (RFC 1950) or bare
 * deflate (RFC 1951), whole ones in memory, as GELF over UDP and HTTP bodies are.
 *
 *	struct inflate z = {0};
 *	struct buf out = {0};
 *	if (inflate_all(&z, INFLATE_MARKED, bytes, max, &out) == INFLATE_WHOLE) ... out
 *	inflate_clear(&z); buf_free(&out);
 *
 * What comes out is bounded: by MAX, and beyond INFLATE_FREE bytes to INFLATE_RATIO times
 * what went in. Without zlib at build time everything is INFLATE_MISSING.
 */
#ifndef SOURCES_INFLATE_H
#define SOURCES_INFLATE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define INFLATE_FREE 16777216
#define INFLATE_RATIO 200

enum inflate_result {
	INFLATE_WHOLE,
	INFLATE_LONG,   /* more than it may be */
	INFLATE_BROKEN, /* no such stream, or one that does not end */
	INFLATE_MISSING /* mplog was built without zlib */
};

enum inflate_kind {
	INFLATE_MARKED, /* gzip or zlib, by its first bytes */
	INFLATE_BARE    /* deflate without anything around it */
};

/* What is kept from one message to the next; zeroed is valid. */
struct inflate {
	void *stream[2]; /* by enum inflate_kind */
};

/* Whether BYTES begin as gzip or zlib does; two bytes of text may, too. */
bool inflate_known(struct str bytes);

/* IN as it was, instead of what is in OUT. Only WHOLE says what OUT holds. */
enum inflate_result inflate_all(struct inflate *z, enum inflate_kind kind, struct str in,
	size_t max, struct buf *out);
void inflate_clear(struct inflate *z);

#endif
