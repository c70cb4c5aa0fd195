/*
 * tally: see tally.h.
 */
#include "sources/tally.h"

#include <time.h>

#define SAY_EVERY_NS INT64_C(1000000000)

uint64_t tally_due(struct tally *t, bool last)
{
	struct timespec ts;
	if (t->total == t->said)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	int64_t now = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
	if (t->said > 0 && !last && now - t->said_ns < SAY_EVERY_NS)
		return 0;
	uint64_t due = t->total - t->said;
	t->said = t->total;
	t->said_ns = now;
	return due;
}

int64_t tally_at(const struct tally *t)
{
	if (t->total == t->said)
		return INT64_MAX;
	return t->said > 0 ? t->said_ns + SAY_EVERY_NS : 0;
}
