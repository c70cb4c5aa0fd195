/*
 * share_handover: who listened leaves the listening sockets to one of the attached. It is
 * asked first, since what a stopped process has been sent cannot be had back.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "merge/share_state.h"

#define ANSWER_MS 150

static bool is_ready(int fd)
{
	const struct share_head ask = {.kind = SHARE_ASK};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char answer = 'n';
	if (send(fd, &ask, sizeof(ask), MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof(ask))
		return false;
	return poll(&p, 1, ANSWER_MS) == 1 && recv(fd, &answer, 1, MSG_DONTWAIT) == 1 &&
	       answer == 'y';
}

struct parcel {
	struct share_head head;
	struct share_listener listeners[SHARE_SOCKETS_MAX];
	int fds[SHARE_SOCKETS_MAX];
	size_t listener_count, fd_count;
};

static void pack(const struct share *sh, struct parcel *p)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < sh->kept_count; i++) {
		const struct kept *k = &sh->kept[i];
		struct share_listener *l = &p->listeners[p->listener_count];
		if (p->fd_count + k->count > SHARE_SOCKETS_MAX)
			break;
		snprintf(l->address, sizeof(l->address), "%s", k->address);
		l->sockets = (uint32_t)k->count;
		memcpy(p->fds + p->fd_count, k->fds, k->count * sizeof(*k->fds));
		p->fd_count += k->count;
		p->listener_count++;
	}
	p->head.kind = SHARE_HANDOVER;
	p->head.size = (uint32_t)(p->listener_count * sizeof(*p->listeners));
}

static bool send_parcel(int fd, struct parcel *p)
{
	union {
		char bytes[CMSG_SPACE(SHARE_SOCKETS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec parts[] = {{&p->head, sizeof(p->head)}, {p->listeners, p->head.size}};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = &control,
		.msg_controllen = CMSG_SPACE(p->fd_count * sizeof(int))};
	memset(&control, 0, sizeof(control));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(p->fd_count * sizeof(int));
	memcpy(CMSG_DATA(c), p->fds, p->fd_count * sizeof(int));
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       (ssize_t)(sizeof(p->head) + p->head.size);
}

bool share_hand_over(struct share *sh, int fd)
{
	struct parcel parcel;
	pthread_mutex_lock(&sh->lock);
	pack(sh, &parcel);
	pthread_mutex_unlock(&sh->lock);
	if (parcel.fd_count == 0 || !is_ready(fd) || !send_parcel(fd, &parcel))
		return false;
	pthread_mutex_lock(&sh->lock);
	sh->handed_over = true;
	pthread_mutex_unlock(&sh->lock);
	return true;
}
