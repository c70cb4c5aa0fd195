/*
 * split: one big file, read by several threads. The file is cut into chunks, which the
 * threads take one after the other by ticket. A chunk's records are those whose first line
 * begins in it: a thread skips what comes before its first head and reads on behind its
 * end up to the next one. The merge gets the batches in the order of the tickets.
 *
 *	struct split *split = split_new(source, stream, size);
 *	split_join(split, feed); ...             // one feed a thread
 *	split_read(feed, clock);                 // in the thread, instead of feed_read
 *	list = split_order(split, batch);        // in the thread that merges
 *	split_free(split);
 */
#ifndef MERGE_SPLIT_H
#define MERGE_SPLIT_H

#include "merge/feed.h"

#define SPLIT_LEAST 8388608 /* bytes of a file that is worth it */

struct split;

/* SOURCE is closed when the last feed is done. */
struct split *split_new(struct source *source, struct stream *stream, uint64_t size);
void split_free(struct split *split);
void split_join(struct split *split, struct feed *f);
/* As feed_read. */
enum feed_result split_read(struct feed *f, void (*clock)(struct moment *now));
/* Whether F may read, for what waits unread by the merge. */
bool split_allowed(const struct feed *f);
/* F is done; true: it was the last one, and its source is to be closed. */
bool split_leave(struct split *split);
/* Takes B; returns the batches that are due now, in order, or NULL. */
struct batch *split_order(struct split *split, struct batch *b);

#endif
