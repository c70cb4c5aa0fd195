/*
 * listen: accepting, limits, and what to do when there are no descriptors left.
 */
#include "sources/listen.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/connection.h"
#include "sources/inet.h"
#include "sources/inherit.h"
#include "sources/tally.h"

#define REFUSALS_MAX 256  /* in one go, so that a flood leaves time for the others */
#define PAUSE_NS 50000000 /* of a listener that ran out of something */
#define FDS_KEPT 32       /* of the process's limit, for everything but connections */

struct listener {
	struct source source; /* first: a listener is its source */
	const struct source_ops *connection;
	struct door *door;
	int fds[INET_SOCKETS];
	size_t count;
	int timer;   /* ends the pause */
	int reserve; /* given up to be able to turn somebody away */
	bool paused;
	unsigned most;
	uint64_t numbered; /* connections so far */
	struct tally full;
	struct tally starved;
	struct sockpath path;
};

static unsigned wanted_connections(const struct source_options *options)
{
	return options->max_connections > 0 ? options->max_connections
					    : LISTEN_CONNECTIONS;
}

static void say(struct listener *l, bool last)
{
	struct notices *notices = l->source.options->notices;
	const char *label = l->source.origin->label;
	uint64_t n = tally_due(&l->full, last);
	if (n > 0)
		notice_put(notices,
			"%s: refused %" PRIu64
			" connection%s, %u are open already (total %" PRIu64 "); see %s",
			label, n, n == 1 ? "" : "s", l->most, l->full.total,
			l->most < wanted_connections(l->source.options)
				? "ulimit -n"
				: "--max-connections");
	n = tally_due(&l->starved, last);
	if (n > 0)
		notice_put(notices,
			"%s: refused %" PRIu64
			" connection%s, out of file descriptors (total %" PRIu64
			"); see ulimit -n",
			label, n, n == 1 ? "" : "s", l->starved.total);
	door_say(l->door, last);
}

static int open_reserve(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void watch_sockets(struct listener *l, int operation, uint32_t events)
{
	for (size_t i = 0; i < l->count; i++) {
		struct epoll_event event = {.events = events};
		epoll_ctl(l->source.fd, operation, l->fds[i], &event);
	}
}

static void pause_listening(struct listener *l)
{
	struct itimerspec when = {.it_value = {.tv_nsec = PAUSE_NS}};
	if (timerfd_settime(l->timer, 0, &when, NULL) != 0)
		return;
	watch_sockets(l, EPOLL_CTL_MOD, 0);
	l->paused = true;
}

/* Whether the listener may accept: there was no pause or it is over. */
static bool resume_listening(struct listener *l)
{
	uint64_t ticks;
	if (!l->paused)
		return true;
	if (read(l->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return false;
	watch_sockets(l, EPOLL_CTL_MOD, EPOLLIN);
	l->paused = false;
	return true;
}

static int accept_one(int fd)
{
	return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* There is no descriptor for the next one in the queue. Left there, it would believe to
 * be heard, and the listener would stay readable. */
static void turn_away(struct listener *l, int fd)
{
	if (l->reserve >= 0)
		close(l->reserve);
	for (int i = 0; i < REFUSALS_MAX; i++) {
		int refused = accept_one(fd);
		if (refused < 0)
			break;
		close(refused);
		tally_add(&l->starved, 1);
	}
	l->reserve = open_reserve();
	pause_listening(l);
}

/* Notices within two minutes that the other end is gone without a word. Unix sockets
 * refuse, and need none of it. */
static void keep_alive(int fd)
{
	const int on = 1, idle = 60, interval = 15, count = 3;
	if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) != 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static struct source *connection_new(struct listener *l, int fd)
{
	size_t size = strlen(l->source.origin->label) + 24;
	char *label = xmalloc(size);
	snprintf(label, size, "%s#%" PRIu64, l->source.origin->label, ++l->numbered);
	struct source *s = source_new(
		l->connection, sizeof(struct connection), l->source.options, label);
	free(label);
	keep_alive(fd);
	connection_init((struct connection *)s, fd, l->door);
	return s;
}

/* The next connection from one socket that may come in, or -1; *BUDGET is how many may
 * be refused before. */
static int admit(struct listener *l, int listening, int *budget)
{
	while (*budget > 0) {
		int fd = accept_one(listening);
		if (fd >= 0 && l->door->open < l->most)
			return fd;
		if (fd >= 0) {
			close(fd);
			tally_add(&l->full, 1);
			(*budget)--;
			continue;
		}
		switch (errno) {
		case EAGAIN:
			return -1;
		case EMFILE:
		case ENFILE:
			turn_away(l, listening);
			return -1;
		case ENOMEM:
		case ENOBUFS:
			pause_listening(l);
			return -1;
		default:
			/* Errors of the connection that waited (ECONNABORTED, EPROTO,
			 * EHOSTUNREACH...): the next one may be well. */
			(*budget)--;
		}
	}
	pause_listening(l);
	return -1;
}

/* What a listener may hold open, given the options and the process's limit. */
static unsigned most_connections(const struct source_options *options)
{
	struct rlimit limit;
	unsigned most = wanted_connections(options);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= most + FDS_KEPT)
		return most;
	if (limit.rlim_cur > 2 * FDS_KEPT)
		return (unsigned)limit.rlim_cur - FDS_KEPT;
	return (unsigned)limit.rlim_cur / 2;
}

static bool open_parts(struct listener *l)
{
	l->source.fd = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	l->reserve = open_reserve();
	if (l->source.fd < 0 || l->timer < 0)
		return false;
	watch_sockets(l, EPOLL_CTL_ADD, EPOLLIN);
	struct epoll_event event = {.events = EPOLLIN};
	return epoll_ctl(l->source.fd, EPOLL_CTL_ADD, l->timer, &event) == 0;
}

struct source *listen_new(const struct source_ops *ops,
	const struct source_ops *connection, const struct source_options *options,
	const char *label, const int *fds, size_t count, const struct sockpath *path,
	struct err *err)
{
	assert(count > 0 && count <= INET_SOCKETS);
	struct source *s = source_new(ops, sizeof(struct listener), options, label);
	struct listener *l = (struct listener *)s;
	s->live = true;
	l->connection = connection;
	l->most = most_connections(options);
	l->count = count;
	memcpy(l->fds, fds, count * sizeof(*fds));
	if (path != NULL)
		l->path = *path;
	l->door = door_new(options, label);
	if (open_parts(l))
		return s;
	err_set(err, "%s: cannot wait for it: %s", label, strerror(errno));
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options->origins, origin);
	return NULL;
}

struct source *listen_accept(struct source *s)
{
	struct listener *l = (struct listener *)s;
	int budget = REFUSALS_MAX;
	int fd = -1;
	if (!resume_listening(l))
		return NULL;
	for (size_t i = 0; i < l->count && fd < 0 && !l->paused; i++)
		fd = admit(l, l->fds[i], &budget);
	say(l, false);
	return fd >= 0 ? connection_new(l, fd) : NULL;
}

int64_t listen_due(const struct source *s)
{
	const struct listener *l = (const struct listener *)s;
	int64_t full = tally_at(&l->full), starved = tally_at(&l->starved);
	int64_t due = door_due(l->door);
	if (full < due)
		due = full;
	return starved < due ? starved : due;
}

void listen_close(struct source *s)
{
	struct listener *l = (struct listener *)s;
	say(l, true);
	for (size_t i = 0; i < l->count; i++)
		close(l->fds[i]);
	if (s->fd >= 0)
		close(s->fd);
	if (l->timer >= 0)
		close(l->timer);
	if (l->reserve >= 0)
		close(l->reserve);
	if (inherit_left(s->options))
		sockpath_leave(&l->path);
	else
		sockpath_remove(&l->path);
	door_leave(l->door);
}
