/*
 * share_state: what share.c and share_viewers.c have in common; nobody else's business.
 */
#ifndef MERGE_SHARE_STATE_H
#define MERGE_SHARE_STATE_H

#include <pthread.h>
#include <stdbool.h>

#include "core/buf.h"
#include "core/stamp.h"
#include "merge/share.h"
#include "merge/share_ring.h"

#define VIEWERS_MAX 64
#define HANDOVERS_MAX 3 /* who are asked to take the listening over */
#define ENDED_MAX 1024 /* origins that have ended whose history is given to who comes */

struct share_origin {
	struct share_origin *next;
	uint64_t id;
	uint32_t index;    /* of its next message */
	uint8_t flags;     /* SHARE_MANY */
	bool mid_line;     /* its last bytes were no end of a line */
	uint64_t end;      /* the number of its last message, once it has ended */
	uint64_t dropped;  /* by the kernel, as far as was said */
	char label[];
};

struct origin_list {
	struct share_origin *first, **last;
	size_t count;
};

/* Sockets of one address of the listeners. */
struct kept {
	char *address;
	int fds[SHARE_SOCKETS_MAX];
	size_t count;
};

struct share {
	struct sharing sharing;
	pthread_mutex_t lock;         /* of all that follows */
	struct share_ring ring;
	struct origin_list live;
	struct origin_list ended;     /* in the order in which they did */
	uint64_t sequence;            /* of the next message */
	uint64_t records;             /* before it */
	uint64_t generation;          /* high half of origins' ids: listeners so far */
	uint64_t next_origin;
	struct share_epoch chain[SHARE_EPOCHS_MAX];
	uint32_t epochs;
	struct kept kept[SHARE_SOCKETS_MAX];
	size_t kept_count;
	bool handed_over;
	struct viewers *viewers;
};

struct viewers *viewers_new(struct share *share);
void viewers_free(struct viewers *v);
/* Under the lock: one more, who is at PLACE. False: no room; FD is still the caller's. */
bool viewers_admit(struct viewers *v, int fd, const struct share_place *place);
/* Under the lock: there is something new. */
bool viewers_must_wake(struct viewers *v);
/* Without the lock. */
void viewers_wake(struct viewers *v);
void viewers_close(struct viewers *v);

/* Nothing is read any more: offers the listening to who is attached at FD, and leaves the
 * sockets if that one wants it. False: it does not, or does not answer soon. */
bool share_hand_over(struct share *share, int fd);
/* Takes FD, at whose other end somebody of this user is at PLACE. */
void share_admit(struct share *share, int fd, const struct share_place *place);
/* Under the lock: the origins of which somebody may still hear who has had all messages
 * before FROM. */
uint32_t share_count_origins(const struct share *share, uint64_t from);
void share_put_origins(const struct share *share, uint64_t from, struct buf *out);
/* Under the lock: whether PLACE is in this stream; *SEQUENCE is where it goes on. */
bool share_resume(const struct share *share, const struct share_place *place,
	uint64_t *sequence);

#endif
