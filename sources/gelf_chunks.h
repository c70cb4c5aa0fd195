/*
 * gelf_chunks: GELF over UDP: messages in up to 128 chunks, compressed or not.
 * https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
 *
 *	struct gelf_chunks g = {.max = 1 << 20};
 *	if (gelf_begins(datagram))
 *		switch (gelf_take(&g, datagram, now, &message)) ...
 *	gelf_clear(&g);
 *
 * Chunks of a message may come in any order and more than once. A message that is not whole
 * GELF_WAIT_NS after its first chunk is given up; at most GELF_MESSAGES and GELF_BYTES wait
 * at a time, or the oldest one goes. What goes is counted.
 */
#ifndef SOURCES_GELF_CHUNKS_H
#define SOURCES_GELF_CHUNKS_H

#include <stdint.h>

#include "sources/inflate.h"
#include "sources/tally.h"

#define GELF_CHUNKS 128
#define GELF_MESSAGES 256
#define GELF_BYTES 8388608 /* or one message, if that may be longer */
#define GELF_WAIT_NS INT64_C(5000000000)

enum gelf_result {
	GELF_AS_IT_IS, /* the datagram is a message as it is */
	GELF_MESSAGE,  /* *MESSAGE is one; valid until the next call */
	GELF_KEPT      /* a part of one, or nothing that can be read; that is counted */
};

struct gelf_partial;

struct gelf_chunks {
	size_t max; /* bytes of a message */
	struct gelf_partial *partials[GELF_MESSAGES]; /* NULL: free */
	size_t waiting;    /* of them */
	size_t bytes;      /* of all of them */
	struct buf joined, plain;
	struct inflate inflate;
	struct tally half; /* messages of which only a part came */
	struct tally bad;  /* datagrams that make no sense, messages that are too long */
	struct tally packed; /* compressed, and mplog was built without zlib */
};

/* Whether DATAGRAM is not simply text; quick. */
static inline bool gelf_begins(struct str datagram)
{
	unsigned char first = datagram.len > 0 ? (unsigned char)datagram.ptr[0] : 0;

	return first == 0x1e || first == 0x1f || first == 0x78;
}

/* NOW is monotonic. */
enum gelf_result gelf_take(
	struct gelf_chunks *g, struct str datagram, int64_t now, struct str *message);
/* Gives up what has waited too long. */
void gelf_expire(struct gelf_chunks *g, int64_t now);
/* When gelf_expire will have something to do: monotonic ns, or INT64_MAX. */
int64_t gelf_due(const struct gelf_chunks *g);
/* What waits is counted as half. */
void gelf_clear(struct gelf_chunks *g);

#endif
