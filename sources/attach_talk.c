/*
 * attach_talk: what the mplog that listens says.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sources/attach_state.h"

#define RECEIVE 65536 /* bytes at once */

void attach_say_lost(struct attach *a, bool last)
{
	uint64_t n = tally_due(&a->lost, last);
	if (n > 0)
		notice_put(a->source.options->notices,
			"%s: dropped %" PRIu64 " records (total %" PRIu64
			"), this mplog was too slow",
			a->source.origin->label, n, a->lost.total);
}

static void add_lost(struct attach *a, uint64_t records)
{
	tally_add(&a->lost, records);
	a->source.dropped = a->lost.total;
	attach_say_lost(a, false);
}

static void forget(void *context, uint64_t origin)
{
	struct attach *a = context;
	if (attach_sharing(a) != NULL)
		attach_sharing(a)->forget(attach_sharing(a)->context, origin);
}

static void end_list(struct attach *a)
{
	attach_link_end_list(a->link, forget, a);
	if (a->state == ATTACH_GREETING)
		attach_enter(a, ATTACH_ATTACHED, INT64_MAX);
}

static void begin_list(struct attach *a, uint32_t count)
{
	attach_link_begin_list(a->link);
	a->listing = count;
	if (count == 0)
		end_list(a);
}

static bool take_welcome(struct attach *a, const struct share_head *head, const char *payload)
{
	struct share_welcome w;
	if (a->welcome || head->size != sizeof(w))
		return false;
	memcpy(&w, payload, sizeof(w));
	if (memcmp(w.magic, SHARING_MAGIC, sizeof(w.magic)) != 0 || w.epochs == 0 ||
		w.epochs > SHARE_EPOCHS_MAX)
		return false;
	if (w.resumed != 0 && w.records > a->records)
		add_lost(a, w.records - a->records);
	if (w.resumed == 0)
		attach_link_end(a->link);
	a->welcome = true;
	a->pid = w.pid;
	a->rank = w.rank;
	a->place = (struct share_place){w.chain[w.epochs - 1].id, w.sequence};
	a->records = w.records;
	if (attach_sharing(a) != NULL)
		attach_sharing(a)->begin(attach_sharing(a)->context, &w);
	begin_list(a, w.origins);
	return true;
}

/* Whether the payload is as long as its kind says, and not more is claimed than there is. */
static bool is_sound(const struct share_head *head)
{
	switch ((enum share_kind)head->kind) {
	case SHARE_ORIGIN:
		return head->size <= SHARE_LABEL_MAX;
	case SHARE_DATA:
		return head->size > 0;
	case SHARE_FRAME:
		return head->frame < FRAME_KINDS;
	case SHARE_LOSS:
		return head->size == sizeof(uint64_t);
	default:
		return head->size == 0;
	}
}

/* A message of the history, or an origin in a list. */
static bool take_numbered(struct attach *a, const struct share_head *head, const char *payload)
{
	if (!is_sound(head))
		return false;
	if (head->kind == SHARE_ORIGIN) {
		/* Of the past only those count that were in the list. */
		if (head->sequence == 0 || !a->history)
			attach_add(a, attach_link_origin(
					      a->link, head, payload, a->history));
	} else {
		uint64_t left_out = attach_link_put(a->link, head, payload);
		if (left_out > 0)
			add_lost(a, left_out);
	}
	if (attach_sharing(a) != NULL)
		attach_sharing(a)->replicate(attach_sharing(a)->context, head, payload);
	if (head->sequence > 0) {
		a->place.sequence = head->sequence + 1;
		a->records = head->records + head->lines;
	} else if (a->listing > 0 && --a->listing == 0) {
		end_list(a);
	}
	return true;
}

static bool take_lost(struct attach *a, const struct share_head *head, const char *payload)
{
	struct share_lost lost;
	if (head->size != sizeof(lost))
		return false;
	memcpy(&lost, payload, sizeof(lost));
	if (lost.records > 0)
		add_lost(a, lost.records);
	begin_list(a, lost.origins);
	return true;
}

static void take_live(struct attach *a)
{
	a->history = false;
	attach_link_live(a->link);
	if (a->source.options->follow)
		return;
	attach_link_end(a->link);
	a->source.ended = true;
}

/* The sockets are there: they wait until the listeners are opened. */
static bool take_listeners(struct attach *a, const struct share_head *head, const char *payload)
{
	struct share_listener one;
	size_t at = 0;
	if (!attach_may_listen(a) || head->size % sizeof(one) != 0)
		return false;
	for (size_t i = 0; i < head->size / sizeof(one); i++) {
		memcpy(&one, payload + i * sizeof(one), sizeof(one));
		one.address[sizeof(one.address) - 1] = '\0';
		if (one.sockets > a->left_count - at)
			return false;
		attach_sharing(a)->keep(
			attach_sharing(a)->context, one.address, a->left + at, one.sockets);
		at += one.sockets;
	}
	a->heir = true;
	return true;
}

/* False: this is no mplog, or none that can be understood. */
static bool take_message(struct attach *a, const struct share_head *head, const char *payload)
{
	if (head->kind == SHARE_REFUSED) {
		err_set(&a->why, "%.*s", (int)(head->size < 200 ? head->size : 200), payload);
		return false;
	}
	if (head->kind == SHARE_WELCOME)
		return take_welcome(a, head, payload);
	if (!a->welcome)
		return false;
	if (head->kind < SHARE_NUMBERED)
		return take_numbered(a, head, payload);
	switch ((enum share_kind)head->kind) {
	case SHARE_LOST:
		return take_lost(a, head, payload);
	case SHARE_RANK:
		if (head->size == sizeof(a->rank))
			memcpy(&a->rank, payload, sizeof(a->rank));
		return head->size == sizeof(a->rank);
	case SHARE_LIVE:
		take_live(a);
		return true;
	case SHARE_ASK:
		return send(a->fd, attach_may_listen(a) ? "y" : "n", 1,
			       MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
	case SHARE_HANDOVER:
		return take_listeners(a, head, payload);
	default:
		return false;
	}
}

static bool take_messages(struct attach *a)
{
	struct share_head head;
	bool good = true;
	while (good && a->in.len - a->at >= sizeof(head)) {
		memcpy(&head, a->in.ptr + a->at, sizeof(head));
		good = head.size <= SHARE_PAYLOAD_MAX;
		if (!good || a->in.len - a->at - sizeof(head) < head.size)
			break;
		good = take_message(a, &head, a->in.ptr + a->at + sizeof(head));
		a->at += sizeof(head) + head.size;
	}
	a->in.len -= a->at;
	if (a->in.len > 0 && a->at > 0)
		memmove(a->in.ptr, a->in.ptr + a->at, a->in.len);
	a->at = 0;
	return good;
}

/* Sockets that came along are kept until the message that says what they are. */
static void take_sockets(struct attach *a, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (a->left_count < SHARE_SOCKETS_MAX)
				a->left[a->left_count++] = fd;
			else
				close(fd);
		}
	}
}

static ssize_t receive_some(struct attach *a, char *buf, size_t cap)
{
	union {
		char bytes[CMSG_SPACE(SHARE_SOCKETS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {buf, cap};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(a->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n > 0 && m.msg_controllen > 0)
		take_sockets(a, &m);
	return n;
}

enum read_state attach_receive(struct attach *a)
{
	buf_reserve(&a->in, RECEIVE);
	ssize_t n = receive_some(a, a->in.ptr + a->in.len, RECEIVE);
	if (n < 0 && errno == EINTR)
		return READ_DATA;
	if (n < 0 && (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS))
		return READ_AGAIN;
	if (n <= 0)
		return READ_EOF;
	a->in.len += (size_t)n;
	return take_messages(a) ? READ_DATA : READ_EOF;
}

void attach_disconnect(struct attach *a)
{
	if (a->fd >= 0)
		close(a->fd); /* which takes it out of the epoll instance */
	a->fd = -1;
	a->in.len = a->at = 0;
	a->welcome = false;
	a->listing = 0;
	while (a->left_count > 0)
		close(a->left[--a->left_count]);
}
