/*
 * inherit: listening sockets that another mplog has left to this one (core/sharing.h), and
 * those that this one will leave: nobody who connects meanwhile is refused.
 *
 *	count = inherit_sockets(options, "tcp", "9020", fds, INET_SOCKETS);
 *	if (count == 0) bind some; then
 *	inherit_keep(options, "tcp", "9020", fds, count);
 *
 * Without options->sharing nothing is inherited or kept.
 */
#ifndef SOURCES_INHERIT_H
#define SOURCES_INHERIT_H

#include "sources/source.h"

/* How many of at most MOST sockets were left for this address; they are the caller's. */
size_t inherit_sockets(const struct source_options *options, const char *kind,
	const char *address, int *fds, size_t most);
/* Keeps duplicates of a listener's sockets. */
void inherit_keep(const struct source_options *options, const char *kind,
	const char *address, const int *fds, size_t count);
/* Whether they were left to another mplog: then a socket's path stays, too. */
bool inherit_left(const struct source_options *options);

#endif
