/*
 * unix: listens for connections on a Unix stream socket; each is a source of its own.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "sources/connection.h"
#include "sources/inherit.h"
#include "sources/listen.h"

static const struct source_ops connection = {
	.name = "unix",
	.read = connection_read,
	.due = connection_due,
	.hand_over = connection_hand_over,
	.patient = true,
	.close = connection_close,
};

static struct source *open_unix(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct sockpath path;
	int fd;
	if (inherit_sockets(options, "unix", address, &fd, 1) == 1)
		sockpath_inherit(address, &path);
	else
		fd = sockpath_bind("unix", SOCK_STREAM, address, &path, err);
	if (fd < 0)
		return NULL;
	inherit_keep(options, "unix", address, &fd, 1);
	char *own_label = sockpath_label("unix", address);
	struct source *s = listen_new(&source_unix, &connection, options,
		label != NULL ? label : own_label, &fd, 1, &path, err);
	free(own_label);
	if (s != NULL)
		notice_put(options->notices, "listening on unix:%s", address);
	return s;
}

const struct source_ops source_unix = {
	.name = "unix",
	.prefix = "unix:",
	.summary = "unix:PATH  listen for connections on a Unix socket",
	.open = open_unix,
	.accept = listen_accept,
	.due = listen_due,
	.close = listen_close,
};
