/*
 * rest: for a thread that is woken by what comes live. Waking up for every few of many
 * thousand records costs more than they do: what comes within a moment is taken together.
 *
 *	poll(...); rest_after(&rest, now);
 *
 * Who is seldom woken never rests.
 */
#ifndef MERGE_REST_H
#define MERGE_REST_H

#include <stdint.h>

struct rest {
	int64_t woken; /* when it was last, monotonic */
};

/* Woken at NOW: sleeps if that is within a moment of the last time; a signal ends it. */
void rest_after(struct rest *r, int64_t now);

#endif
