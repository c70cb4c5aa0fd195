/*
 * send_to: the way to a listening mplog: a stream, datagrams or a FIFO, with an end to all
 * waiting.
 *
 *	struct send_to to;
 *	if (!send_to_open(&to, "tcp:9020", &err))	// NULL: the default places
 *		...
 *	send_to_put(&to, record, &err); ...		// into a buffer
 *	send_to_flush(&to, &err);
 *	send_to_close(&to);
 *
 * A record must have no newline in it where send_to_is_lines, and a count goes before it
 * where it is asked for (octet counting, RFC 6587 section 3.4.1).
 *
 * It reads nothing from the other side and knows nothing of what a record is.
 */
#ifndef CLI_SEND_TO_H
#define CLI_SEND_TO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

#define SEND_WITHIN_MS                                                                   \
	2000 /* connecting, and whatever is flushed then, takes no longer */
#define SEND_NAME_MAX 600

enum send_way { SEND_STREAM, SEND_DATAGRAM, SEND_FIFO };

struct send_to {
	const char *address;      /* as the user wrote it; NULL: the default places */
	char name[SEND_NAME_MAX]; /* of the place that took the connection */
	enum send_way way;
	int fd;
	bool counted;     /* streams: octet counts, no newlines */
	bool broken;      /* a flush failed as the other side has gone */
	bool too_long;    /* a put failed as a datagram does not hold so much */
	int64_t deadline; /* ns of the monotonic clock */
	struct buf out;   /* whole records, framed */
	size_t sent;      /* bytes of it that the kernel has taken */
	struct buf ends;  /* size_t: where each record in it ends */
};

/* Connects; ADDRESS must live as long as TO. COUNTED: octet counts on a stream. On failure
 * nothing is open, and err->has_pos is set if it is the words that are wrong. */
bool send_to_open(struct send_to *to, const char *address, bool counted, struct err *err);
void send_to_close(struct send_to *to);

/* Whether a newline ends a record, so that it may not have one. */
static inline bool send_to_is_lines(const struct send_to *to)
{
	return to->way == SEND_FIFO || (to->way == SEND_STREAM && !to->counted);
}

/* Into the buffer; a datagram is sent at once. False only for a datagram, after which
 * others may follow if to->too_long is set. */
bool send_to_put(struct send_to *to, struct str record, struct err *err);
/* Hands the buffer to the kernel. On failure what has not been taken stays in it. */
bool send_to_flush(struct send_to *to, struct err *err);
/* The time that is allowed begins anew. */
void send_to_begin(struct send_to *to);
/* After a failure with to->broken: connects again, and begins with the first record that
 * was not wholly taken. */
bool send_to_again(struct send_to *to, struct err *err);
/* Records in the buffer that the kernel has not wholly taken. */
size_t send_to_unsent(const struct send_to *to);

#endif
