/*
 * datagram: sources whose messages come whole, for udp and unixgram. What the kernel had
 * to throw away because nobody read fast enough is counted from its own counter.
 *
 *	struct source *s = datagram_new(&source_udp, options, label, fds, count, NULL,
 *err);
 *
 * Several sockets (v4 and v6) are one source: its fd is an epoll instance that holds
 *them.
 */
#ifndef SOURCES_DATAGRAM_H
#define SOURCES_DATAGRAM_H

#include "sources/sockpath.h"
#include "sources/source.h"

/* Takes the COUNT sockets in FDS and what PATH holds (it may be NULL) in any case. */
struct source *datagram_new(const struct source_ops *ops,
	const struct source_options *options, const char *label, const int *fds,
	size_t count, const struct sockpath *path, struct err *err);

/* The members of a source_ops. */
enum read_state datagram_read(struct source *s, char *buf, size_t cap, size_t *len);
int64_t datagram_due(const struct source *s);
void datagram_close(struct source *s);

#endif
