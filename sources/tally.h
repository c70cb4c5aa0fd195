/*
 * tally: counts of things that go wrong in bursts, said at most once a second.
 *
 *	tally_add(&t, n);
 *	if ((n = tally_due(&t, false)) > 0)
 *		notice_put(notices, "dropped %" PRIu64 " records (total ...)", n,
 *		t.total);
 *
 * A zeroed tally is valid. The first of a burst is said at once; with LAST, at the end,
 * what is left is due whatever the time.
 */
#ifndef SOURCES_TALLY_H
#define SOURCES_TALLY_H

#include <stdbool.h>
#include <stdint.h>

struct tally {
	uint64_t total;
	uint64_t said;
	int64_t said_ns; /* monotonic */
};

static inline void tally_add(struct tally *t, uint64_t n)
{
	t->total += n;
}

/* How many have not been said yet, if it is time to say so (they count as said then),
 * or 0. */
uint64_t tally_due(struct tally *t, bool last);
/* When something will be due: monotonic ns, or INT64_MAX: nothing is left to say. */
int64_t tally_at(const struct tally *t);

#endif
