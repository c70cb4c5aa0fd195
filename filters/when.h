/*
 * when: a time as a user types it.
 *
 *	int64_t ns;
 *	if (!when_parse(STR("yesterday 14:00"), now_ns, &ns, err)) ...
 *
 * 2026-11-20, 2026-11-20 17:04, 2026-11-20T17:04:05.25Z (all that core/stamp.h reads);
 * 17:04 or 17:04:05 today; today, yesterday, tomorrow, alone (their midnight) or with a
 * clock; now; -15m, -1h30m, -2d, +1h (s m h d w; a day is 24 hours); 15 minutes ago; an
 * epoch in s, ms, us or ns. In the zone of the process where no zone is given.
 */
#ifndef FILTERS_WHEN_H
#define FILTERS_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/record.h"
#include "core/str.h"

/* NOW_NS is what now, today and -15m count from. False with the place of the fault. */
bool when_parse(struct str text, int64_t now_ns, int64_t *ns, struct err *err);

/* The time of the wall clock. */
int64_t when_now(void);

/* When a record was, for comparing: where it sorts if it has no time of its own. */
static inline int64_t when_of(const struct record *r)
{
	return r->time != TIME_NONE ? r->time : r->key;
}

#endif
