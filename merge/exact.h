/*
 * exact: sorts everything wholly, however far out of order it is (--order exact). Keeps 48
 * bytes of each record; text is read again from files that can be sought, and waits in an
 * unlinked temporary file for the rest.
 *
 *	struct exact *e = exact_new(notices);
 *	exact_add(e, batch); ...            // copies what it needs of it
 *	exact_sort(e, UINT64_MAX);          // once every source has ended
 *	while (exact_next(e, &record)) ...
 *	exact_free(e);
 */
#ifndef MERGE_EXACT_H
#define MERGE_EXACT_H

#include <stdbool.h>

#include "core/notice.h"
#include "merge/batch.h"

struct exact;

struct exact *exact_new(struct notices *notices);
void exact_add(struct exact *e, const struct batch *b);
/* Sorts by key, then by source, then by place; only the last MOST records are left. */
void exact_sort(struct exact *e, uint64_t most);
/* The next record, valid until the next call. False: that was all. */
bool exact_next(struct exact *e, const struct record **record);
/* Text could not be kept or read again; a notice has said it. */
bool exact_failed(const struct exact *e);
void exact_free(struct exact *e);
/* Of a stream. NULL is allowed. */
struct window;
void exact_window_free(struct window *w);

#endif
