/*
 * exec_door: a listener with an end. The end of a pipe says when: whoever
 * knows may be in another thread.
 */
#include "sources/exec_door.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sources/connection.h"
#include "sources/listen.h"

struct exec_door {
	struct source source; /* first: a door is its source */
	struct source *listener;
	int end; /* at its end when the door is */
};

static struct source *accept_next(struct source *s)
{
	struct exec_door *d = (struct exec_door *)s;
	char byte;
	/* Asked before the listener: who came before the end is let in. */
	bool end = read(d->end, &byte, 1) == 0;
	struct source *next = d->listener->ops->accept(d->listener);
	s->ended = end && next == NULL;
	return next;
}

static int64_t due(const struct source *s)
{
	const struct source *listener = ((const struct exec_door *)s)->listener;
	return listener->ops->due != NULL ? listener->ops->due(listener) : INT64_MAX;
}

static void close_door(struct source *s)
{
	struct exec_door *d = (struct exec_door *)s;
	struct origin *origin = d->listener->origin;
	source_close(d->listener);
	if (s->origin != origin) /* it has failed to open */
		origin_free(s->options->origins, origin);
	close(d->end);
	if (s->fd >= 0)
		close(s->fd);
}

static bool make_path(char path[DOOR_PATH_MAX], struct err *err)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");
	uint64_t number;
	if (folder == NULL || *folder != '/')
		folder = "/tmp";
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_set(err, "%s", strerror(errno));
	int n = snprintf(
		path, DOOR_PATH_MAX, "%s/mplog-run-%016" PRIx64 ".sock", folder, number);
	if (n >= DOOR_PATH_MAX)
		return err_set(err, "%s: too long for the path of a socket", folder);
	return true;
}

static bool wait_for_both(struct exec_door *d)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = d->source.fd;
	return fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, d->listener->fd, &event) == 0 &&
	       epoll_ctl(fd, EPOLL_CTL_ADD, d->end, &event) == 0;
}

/* The listener, which says nothing of itself: nobody else is to connect to it. */
static struct source *listen_at(const char *path, const char *label,
	const struct source_options *options, struct err *err)
{
	static const struct source_ops connection = {
		.name = "unix",
		.read = connection_read,
		.due = connection_due,
		.hand_over = connection_hand_over,
		.close = connection_close,
	};
	struct sockpath made;
	int fd = sockpath_bind("unix", SOCK_STREAM, path, &made, err);
	if (fd < 0)
		return NULL;
	return listen_new(
		&source_unix, &connection, options, label, &fd, 1, &made, err);
}

struct source *door_open(const struct source_options *options, const char *label,
	char path[DOOR_PATH_MAX], int *end, struct err *err)
{
	static const struct source_ops ops = {
		.name = "exec", .accept = accept_next, .due = due, .close = close_door};
	int fds[2];
	if (!make_path(path, err))
		return NULL;
	struct source *listener = listen_at(path, label, options, err);
	if (listener == NULL)
		return NULL;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		fds[0] = fds[1] = -1;
	struct source *s = source_new(&ops, sizeof(struct exec_door), options, NULL);
	struct exec_door *d = (struct exec_door *)s;
	s->origin = listener->origin;
	s->live = true;
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	d->listener = listener;
	d->end = fds[0];
	*end = fds[1];
	if (wait_for_both(d))
		return s;
	err_set(err, "%s", strerror(errno));
	if (fds[1] >= 0)
		close(fds[1]);
	s->origin = NULL;
	source_close(s);
	return NULL;
}
