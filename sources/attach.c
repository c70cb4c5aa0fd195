/*
 * attach: what another mplog on this machine gets, which listens on a Unix socket; each of
 * its origins is a source here. When it ends, this one listens in its place or attaches to
 * whoever does, and goes on where it was (core/sharing.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/attach_state.h"
#include "sources/sockpath.h"

#define STEPS 16                       /* before others have their turn */
#define GREET_NS NS_PER_SECOND         /* an mplog answers by then */
#define SLOW_STEP_NS (500 * NS_PER_MS) /* between looks where there was none for long */
#define RANK_NS (100 * NS_PER_MS)      /* each lets those before it try first */

int64_t attach_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

void attach_enter(struct attach *a, enum attach_state state, int64_t due)
{
	a->state = state;
	a->due = due == INT64_MAX ? due : attach_now() + due;
}

void attach_add(struct attach *a, struct source *list)
{
	*a->last_pending = list;
	while (*a->last_pending != NULL)
		a->last_pending = &(*a->last_pending)->next;
}

static struct source *take_pending(struct attach *a)
{
	struct source *s = a->pending;
	if (s == NULL)
		return NULL;
	a->pending = s->next;
	if (a->pending == NULL)
		a->last_pending = &a->pending;
	s->next = NULL;
	return s;
}

/* Whether the process that listens there is this user's, or is to be trusted. */
static bool check_peer(struct attach *a)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	if (getsockopt(a->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return err_set(&a->why, "%s", strerror(errno));
	a->ours = peer.uid == geteuid();
	if (!a->ours && geteuid() != 0)
		return err_set(&a->why, "it is another user's (uid %u)", (unsigned)peer.uid);
	return true;
}

static bool send_hello(struct attach *a)
{
	char hello[SHARING_HELLO_MAX];
	int len = snprintf(hello, sizeof(hello), "%s%x %" PRIx64 " %" PRIx64 "\n",
		SHARING_MAGIC, SHARING_VERSION, a->place.epoch, a->place.sequence);
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP};
	if (send(a->fd, hello, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len ||
		epoll_ctl(a->source.fd, EPOLL_CTL_ADD, a->fd, &event) != 0)
		return err_set(&a->why, "whoever listens there hangs up: %s", strerror(errno));
	return true;
}

/* 0: connected, and the hello is sent. An errno: nobody is there, or not for this user,
 * with the reason. */
static int connect_to(struct attach *a)
{
	const struct sockaddr *address = (const struct sockaddr *)&a->address;
	a->why.msg[0] = '\0';
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failure = a->fd >= 0 && connect(a->fd, address, sizeof(a->address)) == 0 ? 0
										     : errno;
	if (failure != 0)
		err_set(&a->why, "%s", strerror(failure));
	else if (!check_peer(a) || !send_hello(a))
		failure = EPERM;
	if (failure != 0)
		attach_disconnect(a);
	else
		attach_enter(a, ATTACH_GREETING, GREET_NS);
	return failure;
}

static bool is_nobody(int failure)
{
	return failure == ENOENT || failure == ECONNREFUSED;
}

/* It is gone, or never was: another may be there soon. */
static void seek(struct attach *a)
{
	bool first = a->state == ATTACH_ATTACHED;
	if (first) {
		a->before = a->pid;
		a->ended = attach_now();
	}
	attach_disconnect(a);
	if (a->source.options->follow) {
		attach_enter(a, ATTACH_SEEKING, first ? 0 : ATTACH_STEP_NS);
		return;
	}
	attach_link_end(a->link);
	a->source.ended = true;
	attach_enter(a, ATTACH_ENDED, INT64_MAX);
}

static void seek_on(struct attach *a, int64_t now)
{
	int failure = a->heir ? ECONNREFUSED : connect_to(a);
	if (failure == 0)
		return;
	a->due = now + (now - a->ended > ATTACH_SLOW_NS ? SLOW_STEP_NS : ATTACH_STEP_NS);
	if (attach_may_listen(a) && is_nobody(failure) &&
		(a->heir || now - a->ended >= a->rank * RANK_NS)) {
		attach_listen(a, now);
	} else if (!attach_may_listen(a) && !a->said) {
		a->said = true;
		notice_put(a->source.options->notices,
			"the mplog that listened (pid %d) has ended; waiting for another",
			(int)a->before);
	}
}

static void say_attached(struct attach *a)
{
	const char *path = a->address.sun_path;
	struct notices *notices = a->source.options->notices;
	a->said = false;
	if (a->before == 0)
		notice_put(notices, "attached to the mplog listening on unix:%s (pid %d)",
			path, (int)a->pid);
	else
		notice_put(notices,
			"the mplog that listened (pid %d) has ended; attached to the one "
			"listening now on unix:%s (pid %d)",
			(int)a->before, path, (int)a->pid);
}

/* False: nothing can be done now. */
static bool step_connected(struct attach *a)
{
	bool greeting = a->state == ATTACH_GREETING;
	if (attach_link_full(a->link))
		return false;
	enum read_state state = attach_receive(a);
	if (state == READ_AGAIN && (!greeting || attach_now() < a->due))
		return false;
	if (state != READ_DATA)
		seek(a);
	if (greeting && a->state == ATTACH_ATTACHED)
		say_attached(a);
	return true;
}

static bool step(struct attach *a)
{
	int64_t now;
	switch (a->state) {
	case ATTACH_GREETING:
	case ATTACH_ATTACHED:
		return step_connected(a);
	case ATTACH_SEEKING:
		now = attach_now();
		if (now < a->due)
			return false;
		seek_on(a, now);
		return a->state != ATTACH_SEEKING;
	case ATTACH_ENDED:
		return false;
	case ATTACH_LISTENING:
		now = attach_now();
		if (now >= a->due)
			attach_listen(a, now);
		return false;
	}
	return false;
}

static struct source *attach_accept(struct source *s)
{
	struct attach *a = (struct attach *)s;
	struct source *next;
	int steps = 0;
	while ((next = take_pending(a)) == NULL) {
		if (steps++ == STEPS) {
			attach_link_poke(a->link); /* there may be more */
			return NULL;
		}
		if (!step(a) && a->pending == NULL)
			return NULL;
	}
	return next;
}

static int64_t attach_due(const struct source *s)
{
	return ((const struct attach *)s)->due;
}

static void attach_close(struct source *s)
{
	struct attach *a = (struct attach *)s;
	struct source *next;
	attach_disconnect(a);
	if (a->heir && (a->opened & 1u) == 0)
		attach_decline(a);
	while ((next = take_pending(a)) != NULL)
		source_close(next);
	attach_say_lost(a, true);
	attach_link_drop(a->link);
	buf_free(&a->in);
	if (s->fd >= 0)
		close(s->fd);
}

/*
 * The start.
 */
static bool set_address(struct attach *a, const char *path, struct err *err)
{
	size_t len = strlen(path);
	a->address.sun_family = AF_UNIX;
	if (len == 0)
		return err_set_at(err, 0, "attach: needs a path, as in attach:/tmp/app.sock");
	if (len >= sizeof(a->address.sun_path))
		return err_set_at(err, 0, "attach:%s: a socket's path has 1 to %zu bytes", path,
			sizeof(a->address.sun_path) - 1);
	memcpy(a->address.sun_path, path, len + 1);
	return true;
}

static bool open_parts(struct attach *a, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN};
	a->link = attach_link_new(a->source.options);
	a->source.fd = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = attach_link_fd(a->link);
	if (a->source.fd >= 0 &&
		epoll_ctl(a->source.fd, EPOLL_CTL_ADD, event.data.fd, &event) == 0)
		return true;
	return err_set(err, "attach: cannot wait for it: %s", strerror(errno));
}

/* Waits until it has answered and said of whom there is history: those are there before
 * anything is shown. */
static bool greet(struct attach *a)
{
	while (a->state == ATTACH_GREETING) {
		int64_t left = a->due - attach_now();
		struct pollfd p = {.fd = a->fd, .events = POLLIN};
		enum read_state state = attach_receive(a);
		if (state == READ_EOF && a->why.msg[0] == '\0')
			return err_set(&a->why, "whoever listens there is no mplog");
		if (state == READ_EOF)
			return false;
		if (left <= 0)
			return err_set(&a->why, "whoever listens there does not answer");
		if (state == READ_AGAIN)
			poll(&p, 1, (int)(left / NS_PER_MS) + 1);
	}
	return true;
}

/* False with an empty ERR: nobody is there, and this one may listen. */
static bool begin(struct attach *a, struct err *err)
{
	const char *path = a->address.sun_path;
	int failure = connect_to(a);
	if (failure == 0 && greet(a))
		return true;
	if (failure != 0 && is_nobody(failure) && attach_sharing(a) != NULL)
		return false;
	if (failure != 0 && is_nobody(failure))
		return err_set(err, "attach:%s: nobody listens there", path);
	return err_set(err, "unix:%s: cannot attach to it: %s", path, a->why.msg);
}

static struct source *attach_open(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	char *own_label = sockpath_label("attach", address);
	struct source *s = source_new(&source_attach, sizeof(struct attach), options,
		label != NULL ? label : own_label);
	struct attach *a = (struct attach *)s;
	free(own_label);
	a->fd = -1;
	a->due = INT64_MAX;
	a->last_pending = &a->pending;
	a->history = true;
	s->live = true;
	*err = (struct err){0};
	if (open_parts(a, err) && set_address(a, address, err) && begin(a, err)) {
		say_attached(a);
		s->next = a->pending;
		a->pending = NULL;
		a->last_pending = &a->pending;
		return s;
	}
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options->origins, origin);
	return NULL;
}

const struct source_ops source_attach = {
	.name = "attach",
	.prefix = "attach:",
	.summary = "attach:PATH  what the mplog gets that listens on that Unix socket",
	.open = attach_open,
	.accept = attach_accept,
	.due = attach_due,
	.close = attach_close,
};
