/*
 * share: what this mplog reads from its listeners, given on to the mplogs attached to it.
 * What is shared are the bytes as they came, so that each of them parses, filters and
 * shows for itself.
 *
 *	struct share *share = share_new(bytes, listeners, count);
 *	options.sharing = share_sharing(share);          // for the sources
 *	share_put(share, &origin, source, SHARE_DATA, bytes, n, now);   // any ingest thread
 *	share_close(share);                              // once nothing is read any more
 *	share_free(share);
 *
 * Everything goes into one ring (share_ring.h), which is also the history for who comes
 * later. One thread, there from the first attached one on, writes from it; each of them
 * has its own place in it and waits for nobody. One that is too slow finds its place
 * overwritten: it goes on with the oldest that is left, and is told how many records it
 * has lost.
 *
 * An attached mplog fills its own ring with what it gets, under the same numbers, and so
 * can take the listening over (core/sharing.h).
 */
#ifndef MERGE_SHARE_H
#define MERGE_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include "core/sharing.h"
#include "merge/reader.h"
#include "sources/source.h"

#define SHARE_BYTES (16 << 20) /* of history */

struct share;
struct share_origin;

/* BYTES of history, at least SHARE_RING_LEAST. The COUNT addresses are borrowed. */
struct share *share_new(size_t bytes, const char *const *listeners, size_t count);
/* NULL is allowed. */
void share_free(struct share *share);
/* What sources get as their option; as long as SHARE is there. */
const struct sharing *share_sharing(struct share *share);

/* Somebody at FD, which is taken, says HELLO (core/sharing.h): one of this user on this
 * machine is let in, others are told why not. SHARE is NULL where nothing is shared. */
void share_greet(struct share *share, int fd, struct str hello);

/* What S has just read: KIND is SHARE_DATA, SHARE_FRAME (of the kind that S says) or
 * SHARE_RESET. *ORIGIN is NULL at first and is the caller's to keep. */
void share_put(struct share *share, struct share_origin **origin, const struct source *s,
	enum share_kind kind, const char *bytes, size_t n, const struct moment *now);
/* S has ended; *ORIGIN becomes NULL. */
void share_end(struct share *share, struct share_origin **origin, const struct moment *now);
/* Nothing is read any more: what is there still goes to all that keep up, then one of them
 * gets the listening sockets, if it is there to take them. Waits half a second at most. */
void share_close(struct share *share);

#endif
