/*
 * store_view: the records of a store that some filters keep, found in slices, beginning
 * at what is on the screen.
 *
 *	struct store_view *v = store_view_new(store, specs, n, cursor, &err);
 *	while (no key was pressed && store_view_step(v, 5 * NS_PER_MS)) ...
 *	ok = store_view_next(v, cursor, &i);     // the first match from the cursor on
 *	ok = store_view_at(v, rank, &i);         // the match of that rank
 *	store_view_free(v);                      // also in the middle of it
 *
 * What was looked at is one stretch of the store (from, to), which grows at both ends;
 * what is in it is exact at any time, with late and appended records in it, too. Matches
 * are one bit a record. Numbers are those of the store (merge/store.h).
 */
#ifndef MERGE_STORE_VIEW_H
#define MERGE_STORE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "filters/filter.h"
#include "merge/store.h"

/* A view that looks from record AT on. SPECS are copied; none: all records. NULL with ERR
 * if they are wrong; *BAD (or NULL) is the one at fault. */
struct store_view *store_view_new(struct store *s, const struct filter_spec *specs,
	size_t count, uint64_t at, size_t *bad, struct err *err);
/* NULL is allowed. */
void store_view_free(struct store_view *v);

/* Which end is wanted first: forward from where it began, or backward. */
void store_view_aim(struct store_view *v, bool forward);
/* Looks at more for about BUDGET ns; the wanted end first, but both by and by. False: all
 * of the store has been looked at. */
bool store_view_step(struct store_view *v, int64_t budget);
/* Looks at more until MATCHES are found before AT and from it on, as far as there are
 * any, or BUDGET is used up. True: they are found: the screen is whole. */
bool store_view_fill(struct store_view *v, uint64_t at, uint64_t matches, int64_t budget);
/* Of how many records has been said whether they match, and which. */
uint64_t store_view_seen(const struct store_view *v);
uint64_t store_view_from(const struct store_view *v);
uint64_t store_view_to(const struct store_view *v);

/* Matches found so far. */
uint64_t store_view_count(const struct store_view *v);
bool store_view_has(const struct store_view *v, uint64_t i);
/* The match of that rank among those found; false if there are not so many. */
bool store_view_at(struct store_view *v, uint64_t rank, uint64_t *i);
/* How many matches are found before record I, which is the rank of I if it is one. */
uint64_t store_view_rank(struct store_view *v, uint64_t i);
/* The first match at or behind I, the last one before I; false: none is found (yet). */
bool store_view_next(const struct store_view *v, uint64_t i, uint64_t *match);
bool store_view_prev(const struct store_view *v, uint64_t i, uint64_t *match);
/* Regex matches cut off so far. */
uint64_t store_view_cut_off(const struct store_view *v);

#endif
