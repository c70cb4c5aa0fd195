/*
 * share_ring: the newest messages of the stream that attached mplogs get, one behind the
 * other in a bounded ring, each a struct share_head and its payload.
 *
 *	share_ring_init(&r, 16 << 20, evicted, context);
 *	share_ring_put(&r, &head, payload);            // the oldest ones make room
 *	for (pos = r.tail; (m = share_ring_at(&r, &pos)) != NULL; pos += share_ring_size(m))
 *		... m and the payload right behind it, valid until the next put
 *	share_ring_clear(&r);
 *
 * Places are counted in bytes from the very first one, so that one which is less than tail
 * has been overwritten. Memory is touched only as it is used.
 */
#ifndef MERGE_SHARE_RING_H
#define MERGE_SHARE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sharing.h"

#define SHARE_RING_LEAST 262144 /* bytes */

struct share_ring {
	char *bytes;
	size_t cap;
	uint64_t tail, head;    /* places of the oldest message and behind the newest */
	/* Called for each message before it is overwritten. */
	void (*evicted)(void *context, const struct share_head *head);
	void *context;
};

/* CAP is at least SHARE_RING_LEAST. */
void share_ring_init(struct share_ring *r, size_t cap,
	void (*evicted)(void *context, const struct share_head *head), void *context);
void share_ring_clear(struct share_ring *r);
/* Whether a payload of N bytes is short enough. */
bool share_ring_fits(const struct share_ring *r, size_t n);
void share_ring_put(struct share_ring *r, const struct share_head *head, const char *payload);
/* The message at *POS, which moves to where it really is; NULL: that is the end. */
const struct share_head *share_ring_at(const struct share_ring *r, uint64_t *pos);
/* Overwrites the oldest message. There must be one. */
void share_ring_drop(struct share_ring *r);
/* Empties it; the next message is at a new place. */
void share_ring_reset(struct share_ring *r);
/* The place of the first message with at least this number, or the end. */
uint64_t share_ring_find(const struct share_ring *r, uint64_t sequence);
/* Takes back the newest messages, from this number on. */
void share_ring_cut(struct share_ring *r, uint64_t sequence);
/* Bytes that a message takes. */
size_t share_ring_size(const struct share_head *head);

#endif
