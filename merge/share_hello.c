/*
 * share_hello: who may attach. The kernel says whose process is at the other end of a Unix
 * socket; there is nothing that a stranger could send to be taken for somebody else.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "merge/share_state.h"

/* A hexadecimal number at the start of *TEXT, which moves behind it and what follows it. */
static bool take_number(struct str *text, char end, uint64_t *number)
{
	size_t i = 0;
	*number = 0;
	for (; i < text->len && i < 16 && text->ptr[i] != end; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = memchr(digits, text->ptr[i], 16);
		if (digit == NULL)
			return false;
		*number = *number << 4 | (uint64_t)(digit - digits);
	}
	if (i == 0 || i == text->len || text->ptr[i] != end)
		return false;
	*text = str_skip(*text, i + 1);
	return true;
}

/* Why the hello is not taken, or NULL. */
static const char *read_hello(struct str hello, struct share_place *place)
{
	uint64_t version;
	if (!str_starts(hello, SHARING_MAGIC))
		return "this is no hello";
	hello = str_skip(hello, strlen(SHARING_MAGIC));
	if (!take_number(&hello, ' ', &version))
		return "this is no hello";
	if (version != SHARING_VERSION)
		return "it is another version of mplog";
	if (!take_number(&hello, ' ', &place->epoch) ||
		!take_number(&hello, '\n', &place->sequence))
		return "this is no hello";
	return NULL;
}

/* Why whoever is at the other end of FD may not attach, or NULL. */
static const char *check_peer(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int domain = 0;
	socklen_t domain_len = sizeof(domain);
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) != 0 ||
		domain != AF_UNIX)
		return "attaching is for the same machine, over the Unix socket";
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return strerror(errno);
	if (peer.uid != geteuid() && peer.uid != 0)
		return "it is another user's";
	return NULL;
}

static void refuse(int fd, const char *why)
{
	char message[sizeof(struct share_head) + 200];
	struct share_head head = {.kind = SHARE_REFUSED, .size = (uint32_t)strlen(why)};
	memcpy(message, &head, sizeof(head));
	memcpy(message + sizeof(head), why, head.size);
	ssize_t ignored =
		send(fd, message, sizeof(head) + head.size, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)ignored;
	close(fd);
}

void share_greet(struct share *sh, int fd, struct str hello)
{
	struct share_place place = {0, 0};
	const char *why = check_peer(fd);
	if (why == NULL)
		why = read_hello(hello, &place);
	if (why == NULL && sh == NULL)
		why = "it shares nothing (--no-attach, or sources of its own)";
	if (why != NULL)
		refuse(fd, why);
	else
		share_admit(sh, fd, &place);
}
