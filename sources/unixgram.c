/*
 * unixgram: listens for datagrams on a Unix socket, each of them one message.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "sources/datagram.h"

static struct source *open_unixgram(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct sockpath path;
	int fd = sockpath_bind("unixgram", SOCK_DGRAM, address, &path, err);
	if (fd < 0)
		return NULL;
	char *own_label = sockpath_label("unixgram", address);
	struct source *s = datagram_new(&source_unixgram, options,
		label != NULL ? label : own_label, &fd, 1, &path, err);
	free(own_label);
	if (s != NULL)
		notice_put(options->notices, "listening on unixgram:%s", address);
	return s;
}

const struct source_ops source_unixgram = {
	.name = "unixgram",
	.prefix = "unixgram:",
	.summary = "unixgram:PATH  listen for datagrams on a Unix socket",
	.open = open_unixgram,
	.read = datagram_read,
	.due = datagram_due,
	.frames = true,
	.shared = true,
	.close = datagram_close,
};
