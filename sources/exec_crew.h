/*
 * exec_crew: programs that run together: started, watched, started again and ended. What
 * they write are sources (exec_output.h); the crew itself is one more, which gives no
 * records: it is looked after whenever its descriptor is readable, in the thread that it
 * was given to, so that nothing it does waits for a screen.
 *
 *	struct crew *c = crew_new(options, &how);
 *	crew_add(c, "api", argv);                  // NULL-terminated; copied
 *	list = crew_open(c, err);                  // sources; NULL: nothing is open
 *	... mplog runs; then: crew_stop(c, SIGINT);
 *	while (!crew_over(c)) ...                  // its sources end by themselves
 *	status = crew_status(c); crew_release(c);
 *
 * A program has ended when its process has; it is done with when its outputs have come to
 * their end, too. What is left of its process group is ended then.
 */
#ifndef SOURCES_EXEC_CREW_H
#define SOURCES_EXEC_CREW_H

#include <stdbool.h>

#include "sources/source.h"

#define CREW_MAX 100       /* programs */
#define CREW_GRACE_MS 5000 /* from INT to TERM, and from TERM to KILL */

struct crew;

enum crew_restart {
	CREW_ONCE,
	CREW_FAILED, /* what ends with a status other than 0, or by a signal */
	CREW_ALWAYS
};

struct crew_options {
	enum crew_restart restart;
	bool live;      /* outputs that others must not wait for (source.live) */
	bool records;   /* starts and ends are records of the outputs; else notices */
	bool failing;   /* a program that fails makes its source fail */
	bool fail_fast; /* when one has failed the others are ended */
	bool terminal;  /* a terminal each instead of two pipes */
	bool doors;     /* a private Unix socket each, named in MPLOG_SOCKET */
};

/* Makes a process of its own (spawn_keeper.h): before there are threads. */
struct crew *crew_new(
	const struct source_options *options, const struct crew_options *how);
/* False if there are CREW_MAX already. Before crew_open. */
bool crew_add(struct crew *c, const char *name, char *const *argv);
/* The sources; the crew's own is the last. Programs are started at its first turn. */
struct source *crew_open(struct crew *c, struct err *err);
/* Any thread: sends NUMBER (SIGINT, SIGTERM, SIGHUP) to all groups, then after
 * CREW_GRACE_MS each TERM, if that was INT or HUP, and KILL. Again: the next one at once. */
void crew_stop(struct crew *c, int number);
/* Any thread: every program is done with. */
bool crew_over(const struct crew *c);
/* Any thread: the exit status of the first program that failed before it was asked to end
 * and was not started again, 128 and the signal's number for one that died of it; or 0. */
int crew_status(const struct crew *c);
/* What still runs is ended by the keeper once the crew's source is closed, too. NULL is
 * allowed. */
void crew_release(struct crew *c);

#endif
