/*
 * listen: the door of tcp and unix, where connections (sources/connection.h) come in.
 *
 *	struct source *s = listen_new(
 *		&source_tcp, &connection, options, label, fds, count, NULL, err);
 *	while ((connection = s->ops->accept(s)) != NULL) ...
 *
 * Several sockets (v4 and v6) are one listener. Its fd is an epoll instance that holds
 * them, so that it can stop being readable: when descriptors run out, whoever waits is
 * turned away with one kept in reserve, and the listener is quiet for a moment instead of
 * waking its thread again and again.
 */
#ifndef SOURCES_LISTEN_H
#define SOURCES_LISTEN_H

#include "sources/sockpath.h"
#include "sources/source.h"

#define LISTEN_CONNECTIONS 256 /* at once, when the options do not say */

/* Connections get the ops CONNECTION and labels LABEL#1, LABEL#2... Takes the COUNT
 * sockets in FDS and what PATH holds (it may be NULL) in any case. */
struct source *listen_new(const struct source_ops *ops,
	const struct source_ops *connection, const struct source_options *options,
	const char *label, const int *fds, size_t count, const struct sockpath *path,
	struct err *err);

/* The members of the listener's source_ops. */
struct source *listen_accept(struct source *s);
int64_t listen_due(const struct source *s);
void listen_close(struct source *s);

#endif
