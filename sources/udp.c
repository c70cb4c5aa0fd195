/*
 * udp: listens for datagrams, each of them one message.
 */
#include <sys/socket.h>

#include "sources/datagram.h"
#include "sources/inet.h"
#include "sources/inherit.h"

static struct source *open_udp(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct inet inet;
	char own_label[INET_NAME_MAX];
	if (!inet_inherit("udp", address, options, &inet) &&
		!inet_bind("udp", SOCK_DGRAM, address, &inet, err))
		return NULL;
	inherit_keep(options, "udp", address, inet.fds, inet.count);
	inet_label(own_label, "udp", address, &inet);
	struct source *s = datagram_new(&source_udp, options,
		label != NULL ? label : own_label, inet.fds, inet.count, NULL, err);
	if (s != NULL)
		inet_announce("udp", &inet, options->notices);
	return s;
}

const struct source_ops source_udp = {
	.name = "udp",
	.prefix = "udp:",
	.summary = "udp:[HOST:]PORT  listen for UDP datagrams; port 0 picks a free one",
	.open = open_udp,
	.read = datagram_read,
	.due = datagram_due,
	.frames = true,
	.shared = true,
	.patient = true,
	.close = datagram_close,
};
