/*
 * history: the last records of the past, kept while the followed files are read up to
 * their present ends (tail -n N counts records of the merged stream, not of each file).
 *
 *	struct history *h = history_new(merge, 10);
 *	history_fill(h);                      // takes all that the merge gives now
 *	...once the past is over: while ((r = history_next(h)) != NULL) ...
 *	history_free(h);
 *
 * Records that came live meanwhile are kept, all of them, in their places.
 */
#ifndef MERGE_HISTORY_H
#define MERGE_HISTORY_H

#include <stdint.h>

#include "merge/merge.h"

struct history;

struct history *history_new(struct merge *merge, uint64_t most);
void history_fill(struct history *h);
/* The next record, valid until the next call; NULL: that was all. */
const struct record *history_next(struct history *h);
void history_free(struct history *h);

#endif
