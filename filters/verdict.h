/*
 * verdict: what a filter once decided about a module name, by the module's id, so that a
 * regex runs once for each name.
 *
 *	uint16_t *v = verdict_of(&cache, r->module);
 *	if (*v == 0)
 *		*v = decide(verdict_module(r, fields));
 *
 * A zeroed cache is empty and valid; one a thread.
 */
#ifndef FILTERS_VERDICT_H
#define FILTERS_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "core/fields.h"
#include "core/record.h"
#include "core/str.h"

struct verdicts {
	uint16_t *by_id;
	size_t count;
	uint16_t other; /* for names that have no id of their own: always 0 at first */
};

void verdict_clear(struct verdicts *v);

/* The name of R's module, which is read from the record where the id does not say. Its
 * ptr is NULL if R has none. */
struct str verdict_module(const struct record *r, struct fields *f);

/* The place for the verdict on ID: 0 where there is none yet. Valid until the next
 * call. */
uint16_t *verdict_of(struct verdicts *v, uint32_t id);

#endif
