/*
 * channel: batches on their way from the ingest threads to the one that merges. Pushing
 * never waits. Where there is no room for more and a source may not be stopped, the oldest
 * batch of such a source is thrown away and counted.
 */
#ifndef MERGE_CHANNEL_H
#define MERGE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "merge/batch.h"

struct channel;

/* LIMIT: bytes of batches in all, in the channel and in the merge, before any is thrown
 * away. */
struct channel *channel_new(size_t limit);
void channel_free(struct channel *c);
/* A descriptor that is readable when something was pushed since channel_take found
 * nothing. */
int channel_fd(const struct channel *c);
/* Takes B. DROPPABLE: its source never waits. */
void channel_push(struct channel *c, struct batch *b, bool droppable);
/* Everything that waits, oldest first, or NULL. Then the taker may sleep: the next push
 * wakes it. */
struct batch *channel_take(struct channel *c);
/* Before the taker sleeps: only a batch of AWAITED, one of a live source, or one that says
 * more than that there are records is worth waking up for. False: something waits already,
 * do not sleep. */
bool channel_await(struct channel *c, const struct stream *awaited);
/* The taker has found nothing, but does not sleep: no push need wake it. */
void channel_stay(struct channel *c);
/* Makes channel_fd readable. */
void channel_wake(struct channel *c);
/* The merge has freed B. Returns what channel_bytes was before. */
size_t channel_freed(struct channel *c, const struct batch *b);
/* Bytes of batches in the channel and in the merge. */
size_t channel_bytes(const struct channel *c);

#endif
