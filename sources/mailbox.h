/*
 * mailbox: datagrams as the kernel hands them over, many at a time.
 *
 *	struct mailbox *m = mailbox_new(counted);
 *	if (mailbox_empty(m))
 *		n = mailbox_fetch(m, fd, most);       // -1: errno, EAGAIN when none waits
 *	const struct letter *l = mailbox_first(m); ... mailbox_drop(m);
 *
 * What is fetched must be used before the socket is closed: it is nowhere else.
 */
#ifndef SOURCES_MAILBOX_H
#define SOURCES_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

#define MAILBOX_LETTERS 32
#define MAILBOX_BYTES 262144 /* of one: Unix sockets take more than UDP's 64 KiB */

struct letter {
	struct str bytes; /* may be empty; valid until the next fetch */
	bool cut;         /* it was longer */
	bool passed;      /* descriptors came with it, which are not taken */
	bool counted;     /* DROPS is set: the kernel's count of lost ones (SO_RXQ_OVFL) */
	uint32_t drops;
};

struct mailbox;

/* COUNTED: letters say how many were lost. Not for Unix sockets, where descriptors of whoever
 * sends could come that way. */
struct mailbox *mailbox_new(bool counted);
void mailbox_free(struct mailbox *m);
/* As many as are there, MAILBOX_LETTERS at most, none of them longer than MOST bytes. Only
 * of an empty box. */
int mailbox_fetch(struct mailbox *m, int fd, size_t most);
bool mailbox_empty(const struct mailbox *m);
/* The oldest one, of a box that is not empty. */
struct letter mailbox_first(const struct mailbox *m);
/* Whether it was fetched together with one before it. */
bool mailbox_followed(const struct mailbox *m);
void mailbox_drop(struct mailbox *m);

#endif
