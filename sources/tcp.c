/*
 * tcp: listens for connections; each is a source of its own.
 */
#include <sys/socket.h>

#include "sources/connection.h"
#include "sources/inet.h"
#include "sources/inherit.h"
#include "sources/listen.h"

static const struct source_ops connection = {
	.name = "tcp",
	.read = connection_read,
	.due = connection_due,
	.hand_over = connection_hand_over,
	.patient = true,
	.close = connection_close,
};

static struct source *open_tcp(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct inet inet;
	char own_label[INET_NAME_MAX];
	if (!inet_inherit("tcp", address, options, &inet) &&
		!inet_bind("tcp", SOCK_STREAM, address, &inet, err))
		return NULL;
	inherit_keep(options, "tcp", address, inet.fds, inet.count);
	inet_label(own_label, "tcp", address, &inet);
	struct source *s = listen_new(&source_tcp, &connection, options,
		label != NULL ? label : own_label, inet.fds, inet.count, NULL, err);
	if (s != NULL)
		inet_announce("tcp", &inet, options->notices);
	return s;
}

const struct source_ops source_tcp = {
	.name = "tcp",
	.prefix = "tcp:",
	.summary = "tcp:[HOST:]PORT  listen for TCP connections; port 0 picks a free one",
	.open = open_tcp,
	.accept = listen_accept,
	.due = listen_due,
	.close = listen_close,
};
