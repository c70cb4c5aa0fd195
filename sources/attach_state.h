/*
 * attach_state: what the parts of the source attach have in common: attach.c finds the one
 * that listens, attach_talk.c takes what it says, attach_heir.c listens in its place.
 */
#ifndef SOURCES_ATTACH_STATE_H
#define SOURCES_ATTACH_STATE_H

#include <sys/un.h>

#include "core/buf.h"
#include "core/sharing.h"
#include "core/stamp.h"
#include "sources/attach_link.h"
#include "sources/source.h"
#include "sources/tally.h"

#define ATTACH_STEP_NS (10 * NS_PER_MS)    /* between looks for another one */
#define ATTACH_SLOW_NS (2 * NS_PER_SECOND) /* by when a dead process's ports are free */

enum attach_state {
	ATTACH_GREETING,  /* connected; the answer to the hello has not come */
	ATTACH_ATTACHED,
	ATTACH_SEEKING,   /* nobody listens, or whoever does was not asked yet */
	ATTACH_LISTENING, /* in its place: nothing is left to do but open what was busy */
	ATTACH_ENDED      /* it has ended, and no other is waited for */
};

struct attach {
	struct source source; /* first: it is its source */
	struct attach_link *link;
	struct sockaddr_un address;
	enum attach_state state;
	int fd;               /* the connection, or -1 */
	struct buf in;        /* received; AT: what was not taken yet */
	size_t at;
	pid_t pid;            /* who listens ... */
	pid_t before;         /* ... and did before */
	bool ours;            /* and is of this user */
	bool welcome;         /* it has answered */
	uint32_t listing;     /* origins of a list that are still to come */
	bool history;         /* what comes is its past */
	uint32_t rank;
	struct share_place place;
	uint64_t records;     /* before it */
	int64_t ended;        /* when the last one did; monotonic */
	int64_t due;          /* when something is to be done; INT64_MAX: never */
	struct source *pending, **last_pending; /* to be accepted */
	unsigned opened;      /* SEEKING, LISTENING: a bit for each listener that is open ... */
	unsigned settled;     /* ... or failed */
	int left[SHARE_SOCKETS_MAX]; /* listening sockets that were left to this one */
	size_t left_count;
	bool heir;            /* and what they are is known */
	bool said;            /* that it has ended */
	struct tally lost;
	struct err why;       /* the greeting failed */
};

/* CLOCK_MONOTONIC */
int64_t attach_now(void);
void attach_enter(struct attach *a, enum attach_state state, int64_t due_in);
/* Sources that accept gives out; NULL is allowed. */
void attach_add(struct attach *a, struct source *list);
static inline const struct sharing *attach_sharing(const struct attach *a)
{
	return a->source.options->sharing;
}

/* READ_DATA: something came and was taken; READ_EOF: nothing more will, or it made no
 * sense. */
enum read_state attach_receive(struct attach *a);
/* Forgets what has come, and closes the connection. */
void attach_disconnect(struct attach *a);
void attach_say_lost(struct attach *a, bool last);

bool attach_may_listen(const struct attach *a);
/* The sockets that were left are of no use any more, since this one ends, too. */
void attach_decline(struct attach *a);
/* Nobody listens: opens what can be had. */
void attach_listen(struct attach *a, int64_t now);

#endif
