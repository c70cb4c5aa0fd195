/*
 * send_to: where records go, and the buffer before it. A record is whole or not there for
 * whoever reads, also when the connection ends: it is sent again from its beginning.
 */
#include "cli/send_to.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cli/send_place.h"
#include "core/stamp.h"

#define DEFAULT_TCP "tcp:9020"
#define AGAIN_MS 50 /* between two tries to connect again */

void send_to_begin(struct send_to *to)
{
	to->deadline = send_place_now() + SEND_WITHIN_MS * NS_PER_MS;
}

/* The Unix socket that mplog tail listens on when it is not told otherwise. */
static void default_socket(char name[SEND_NAME_MAX])
{
	const char *folder = getenv("XDG_RUNTIME_DIR");

	if (folder != NULL && *folder == '/')
		snprintf(name, SEND_NAME_MAX, "unix:%s/mplog.sock", folder);
	else
		snprintf(name, SEND_NAME_MAX, "unix:/tmp/mplog-%u.sock",
			(unsigned)getuid());
}

static bool open_default(struct send_to *to, struct send_place *place, struct err *err)
{
	struct err ignored;

	default_socket(to->name);
	if (send_place_open(place, to->name, to->deadline, &ignored)) {
		/* Anybody may make a socket in /tmp. */
		if (send_place_is_ours(place->fd))
			return true;
		close(place->fd);
	}
	if (send_place_open(place, DEFAULT_TCP, to->deadline, &ignored)) {
		snprintf(to->name, sizeof(to->name), DEFAULT_TCP);
		return true;
	}
	return err_set(err,
		"nobody listens on %s or " DEFAULT_TCP
		"; start mplog tail first, or say with --to where it listens",
		to->name);
}

static bool open_place(struct send_to *to, struct err *err)
{
	struct send_place place;

	if (to->address == NULL) {
		if (!open_default(to, &place, err))
			return false;
	} else {
		snprintf(to->name, sizeof(to->name), "%s", to->address);
		if (!send_place_open(&place, to->address, to->deadline, err))
			return false;
	}
	to->fd = place.fd;
	to->way = place.fifo ? SEND_FIFO : place.datagrams ? SEND_DATAGRAM : SEND_STREAM;
	return true;
}

bool send_to_open(struct send_to *to, const char *address, bool counted, struct err *err)
{
	*to = (struct send_to){.address = address, .counted = counted, .fd = -1};
	send_to_begin(to);
	return open_place(to, err);
}

void send_to_close(struct send_to *to)
{
	if (to->fd >= 0)
		close(to->fd);
	to->fd = -1;
	buf_free(&to->out);
	buf_free(&to->ends);
}

static size_t record_count(const struct send_to *to)
{
	return to->ends.len / sizeof(size_t);
}

static size_t record_end(const struct send_to *to, size_t i)
{
	size_t end;

	memcpy(&end, to->ends.ptr + i * sizeof(end), sizeof(end));
	return end;
}

size_t send_to_unsent(const struct send_to *to)
{
	size_t n = record_count(to), i = 0;

	while (i < n && record_end(to, i) <= to->sent)
		i++;
	return n - i;
}

/* Says what went wrong; always false. */
static bool failed(struct send_to *to, int failure, struct err *err)
{
	switch (failure) {
	case EMSGSIZE:
		to->too_long = true;
		return err_set(err,
			"%s: the record is too long for a datagram; use tcp: or unix:",
			to->name);
	case ETIMEDOUT:
		return err_set(
			err, "%s: takes nothing for 2 s; is mplog stopped?", to->name);
	case ECONNREFUSED:
		return err_set(err, "%s: nobody listens there; start mplog tail %s first",
			to->name, to->name);
	case EPIPE:
	case ECONNRESET:
		to->broken = to->way != SEND_DATAGRAM;
		return err_set(err, "%s: mplog has closed the connection", to->name);
	default:
		return err_set(err, "%s: cannot send: %s", to->name, strerror(failure));
	}
}

/* One write, waited for; the bytes taken, or -1 with errno. */
static ssize_t write_some(const struct send_to *to, const char *ptr, size_t len)
{
	for (;;) {
		ssize_t n = to->way == SEND_FIFO ? write(to->fd, ptr, len)
		                                 : send(to->fd, ptr, len, MSG_NOSIGNAL);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		if (errno != EINTR && !send_place_wait(to->fd, POLLOUT, to->deadline)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

static bool put_datagram(struct send_to *to, struct str record, struct err *err)
{
	if (write_some(to, record.ptr, record.len) >= 0)
		return true;
	return failed(to, errno, err);
}

bool send_to_put(struct send_to *to, struct str record, struct err *err)
{
	if (to->way == SEND_DATAGRAM)
		return put_datagram(to, record, err);
	if (to->way == SEND_STREAM && to->counted)
		buf_printf(&to->out, "%zu ", record.len);
	buf_put_str(&to->out, record);
	if (send_to_is_lines(to))
		buf_put_char(&to->out, '\n');
	buf_put(&to->ends, (const char *)&to->out.len, sizeof(to->out.len));
	return true;
}

/* The end of what may be written at once from record *I on. To a FIFO these are as many
 * records as stay together though others write, too. */
static size_t piece_end(const struct send_to *to, size_t *i)
{
	size_t n = record_count(to), end;

	if (to->way != SEND_FIFO)
		return to->out.len;
	end = record_end(to, (*i)++);
	while (*i < n && record_end(to, *i) - to->sent <= PIPE_BUF)
		end = record_end(to, (*i)++);
	return end;
}

/* 0 or an errno. */
static int write_all(struct send_to *to)
{
	size_t next = record_count(to) - send_to_unsent(to);

	while (to->sent < to->out.len) {
		size_t end = piece_end(to, &next);
		while (to->sent < end) {
			ssize_t n =
				write_some(to, to->out.ptr + to->sent, end - to->sent);
			if (n < 0)
				return errno;
			to->sent += (size_t)n;
		}
	}
	return 0;
}

/* Whether the other side has gone: a write into a closed connection seems to succeed. */
static int look_for_end(const struct send_to *to)
{
	int failure = 0;
	socklen_t len = sizeof(failure);
	char byte;

	if (to->way == SEND_FIFO)
		return 0;
	getsockopt(to->fd, SOL_SOCKET, SO_ERROR, &failure, &len);
	if (failure == 0 && to->way == SEND_STREAM &&
		recv(to->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return EPIPE;
	return failure;
}

bool send_to_flush(struct send_to *to, struct err *err)
{
	int failure = look_for_end(to);

	if (failure == 0)
		failure = write_all(to);
	if (failure != 0)
		return failed(to, failure, err);
	to->out.len = to->ends.len = to->sent = 0;
	return true;
}

/* Leaves in the buffer what has not wholly been taken. */
static void drop_sent(struct send_to *to)
{
	size_t n = record_count(to), left = send_to_unsent(to);
	size_t cut = left == n ? 0 : record_end(to, n - left - 1);

	memmove(to->out.ptr, to->out.ptr + cut, to->out.len - cut);
	to->out.len -= cut;
	to->sent = 0;
	for (size_t i = 0; i < left; i++) {
		size_t end = record_end(to, n - left + i) - cut;
		memcpy(to->ends.ptr + i * sizeof(end), &end, sizeof(end));
	}
	to->ends.len = left * sizeof(size_t);
}

bool send_to_again(struct send_to *to, struct err *err)
{
	const struct timespec pause = {.tv_nsec = AGAIN_MS * NS_PER_MS};
	enum send_way way = to->way;

	close(to->fd);
	to->fd = -1;
	if (to->out.len > 0)
		drop_sent(to);
	send_to_begin(to);
	while (!open_place(to, err)) {
		if (send_place_now() >= to->deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	to->broken = false;
	return way == to->way || err_set(err, "%s: is something else now", to->name);
}
