/*
 * rest: a moment is long enough for hundreds of records, and too short to be seen.
 */
#include "merge/rest.h"

#include <time.h>

#include "core/stamp.h"

#define MOMENT_NS NS_PER_MS

void rest_after(struct rest *r, int64_t now)
{
	struct timespec ts = {0};

	if (now - r->woken < MOMENT_NS) {
		ts.tv_nsec = MOMENT_NS - (now - r->woken);
		nanosleep(&ts, NULL);
		now = r->woken + MOMENT_NS;
	}
	r->woken = now;
}
