/*
 * inet: sockets of [HOST:]PORT for tcp and udp. Without a host they are bound to this
 * machine alone: 127.0.0.1 and, where there is IPv6, ::1, both with the same port.
 *
 *	struct inet inet;
 *	if (!inet_bind("tcp", SOCK_STREAM, "9020", &inet, err))
 *		return NULL;
 *	... inet.fds[0 .. inet.count-1] are the caller's
 *
 * The words are checked here and errors are worded here, so that tcp and udp agree.
 */
#ifndef SOURCES_INET_H
#define SOURCES_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/notice.h"
#include "sources/source.h"

#define INET_SOCKETS 8 /* addresses of one host that are listened on */
#define INET_NAME_MAX 80

struct inet {
	int fds[INET_SOCKETS];
	char names[INET_SOCKETS][INET_NAME_MAX]; /* "tcp:[::1]:9020" */
	size_t count;
	uint16_t port;
	bool any_port; /* port 0 was asked for */
	bool wildcard; /* other machines can reach it */
};

/* The sockets that another mplog has left for this address. False: none. */
bool inet_inherit(const char *kind, const char *address,
	const struct source_options *options, struct inet *inet);

/* Binds, and for SOCK_STREAM listens. On failure ERR is set, with a position: everything
 * that goes wrong here is in the words or in what they name. */
bool inet_bind(const char *kind, int type, const char *address, struct inet *inet,
	struct err *err);

/* What the user asked for, with the port that it became: "tcp:9020". */
void inet_label(char label[INET_NAME_MAX], const char *kind, const char *address,
	const struct inet *inet);

/* Says what is listened on, and warns if that is every address. */
void inet_announce(const char *kind, const struct inet *inet, struct notices *notices);

void inet_close(struct inet *inet);

#endif
