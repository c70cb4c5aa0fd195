/*
 * pending: the records of one stream that have come and are not yet released, in order.
 *
 *	pending_push(s, batch);
 *	while ((r = pending_head(s)) != NULL) { ...; used = pending_pop(s, n); }
 *
 * Batches are kept as they come, in sorted chains; they are copied only when a source is
 * so much out of order that its chains run out.
 */
#ifndef MERGE_PENDING_H
#define MERGE_PENDING_H

#include "merge/stream.h"

/* Takes B, which has records. */
void pending_push(struct stream *s, struct batch *b);
/* The least record, or NULL. */
const struct record *pending_head(const struct stream *s);
/* The batch that holds the head. */
struct batch *pending_batch(const struct stream *s);
/* The least key of the stream's other chains, or INT64_MAX: a run must stop before it. */
int64_t pending_rival(const struct stream *s);
/* Removes the first N records of the head's batch. If that uses the batch up it is
 * returned and becomes the caller's; otherwise NULL. */
struct batch *pending_pop(struct stream *s, uint32_t n);
/* Frees what is left. */
void pending_clear(struct stream *s);

#endif
