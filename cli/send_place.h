/*
 * send_place: an address that somebody may listen on as an open descriptor, with every way
 * to fail in words.
 *
 *	struct send_place place;
 *	if (!send_place_open(&place, "unix:/run/x.sock", deadline, &err)) ...
 */
#ifndef CLI_SEND_PLACE_H
#define CLI_SEND_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct send_place {
	int fd; /* nonblocking; the caller's */
	bool datagrams;
	bool fifo;
};

/* ADDRESS is tcp:[HOST:]PORT, udp:[HOST:]PORT, unix:PATH, unixgram:PATH, fifo:PATH or the
 * path of a FIFO or a socket. DEADLINE is in ns of the monotonic clock. On failure
 * err->has_pos is set if the words are wrong. */
bool send_place_open(
	struct send_place *place, const char *address, int64_t deadline, struct err *err);

/* Waits until FD is ready for EVENTS; false if it is not before DEADLINE. */
bool send_place_wait(int fd, short events, int64_t deadline);

/* Whether the process at the other end of the Unix socket FD is this user's or root's. */
bool send_place_is_ours(int fd);

/* ns of the monotonic clock. */
int64_t send_place_now(void);

#endif
