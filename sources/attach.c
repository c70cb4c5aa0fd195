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
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/sharing.h"
#include "core/stamp.h"
#include "sources/attach_link.h"
#include "sources/sockpath.h"
#include "sources/tally.h"

#define RECEIVE 65536                    /* bytes at once */
#define STEPS 16                         /* before others have their turn */
#define GREET_NS NS_PER_SECOND           /* an mplog answers by then */
#define STEP_NS (10 * NS_PER_MS)         /* between looks for another one ... */
#define SLOW_STEP_NS (500 * NS_PER_MS)   /* ... and where there was none for long */
#define SLOW_AFTER_NS (2 * NS_PER_SECOND) /* by when a dead process's ports are free, too */
#define RANK_NS (100 * NS_PER_MS)        /* each lets those before it try first */

enum state {
	STATE_GREETING,  /* connected; the answer to the hello has not come */
	STATE_ATTACHED,
	STATE_SEEKING,   /* nobody listens, or whoever does was not asked yet */
	STATE_LISTENING  /* in its place: nothing is left to do but open what was busy */
};

struct attach {
	struct source source; /* first: it is its source */
	struct attach_link *link;
	struct sockaddr_un address;
	enum state state;
	int fd;               /* the connection, or -1 */
	struct buf in;        /* received; AT: what was not taken yet */
	size_t at;
	pid_t pid;            /* who listens ... */
	pid_t before;         /* ... and did before */
	bool ours;            /* and is of this user */
	bool welcome;         /* it has answered */
	uint32_t listing;     /* origins of a list that are still to come */
	bool history;         /* what comes is its past */
	uint32_t rank;
	struct share_place place;
	uint64_t records;     /* before it */
	int64_t ended;        /* when the last one did; monotonic */
	int64_t due;          /* when something is to be done; INT64_MAX: never */
	struct source *pending, **last_pending; /* to be accepted */
	unsigned opened;      /* SEEKING, LISTENING: a bit for each listener that is open ... */
	unsigned settled;     /* ... or failed */
	bool said;            /* that it has ended */
	struct tally lost;
	struct err why;       /* the greeting failed */
};

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

static const struct sharing *sharing_of(const struct attach *a)
{
	return a->source.options->sharing;
}

static void say_lost(struct attach *a, bool last)
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
	say_lost(a, false);
}

static void enter(struct attach *a, enum state state, int64_t due)
{
	a->state = state;
	a->due = due == INT64_MAX ? due : now_ns() + due;
}

static void add_pending(struct attach *a, struct source *list)
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

/*
 * What comes from the one that listens.
 */
static void forget(void *context, uint64_t origin)
{
	struct attach *a = context;
	if (sharing_of(a) != NULL)
		sharing_of(a)->forget(sharing_of(a)->context, origin);
}

static void end_list(struct attach *a)
{
	attach_link_end_list(a->link, forget, a);
	if (a->state == STATE_GREETING)
		enter(a, STATE_ATTACHED, INT64_MAX);
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
	if (w.resumed && w.records > a->records)
		add_lost(a, w.records - a->records);
	if (!w.resumed)
		attach_link_end(a->link);
	a->welcome = true;
	a->pid = w.pid;
	a->rank = w.rank;
	a->place = (struct share_place){w.chain[w.epochs - 1].id, w.sequence};
	a->records = w.records;
	if (sharing_of(a) != NULL)
		sharing_of(a)->begin(sharing_of(a)->context, &w);
	begin_list(a, w.origins);
	return true;
}

/* A message of the history, or an origin in a list. */
static bool take_numbered(struct attach *a, const struct share_head *head, const char *payload)
{
	if (head->kind == SHARE_ORIGIN) {
		if (head->size > SHARE_LABEL_MAX)
			return false;
		add_pending(a, attach_link_origin(a->link, head, payload, a->history));
	} else {
		uint64_t left_out = attach_link_put(a->link, head, payload);
		if (left_out > 0)
			add_lost(a, left_out);
	}
	if (sharing_of(a) != NULL)
		sharing_of(a)->replicate(sharing_of(a)->context, head, payload);
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
		a->history = false;
		attach_link_live(a->link);
		return true;
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

/* READ_DATA: something came and was taken; READ_EOF: nothing more will, or it made no
 * sense. */
static enum read_state receive(struct attach *a)
{
	buf_reserve(&a->in, RECEIVE);
	ssize_t n = recv(a->fd, a->in.ptr + a->in.len, RECEIVE, MSG_DONTWAIT);
	if (n < 0 && errno == EINTR)
		return READ_DATA;
	if (n < 0 && (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS))
		return READ_AGAIN;
	if (n <= 0)
		return READ_EOF;
	a->in.len += (size_t)n;
	return take_messages(a) ? READ_DATA : READ_EOF;
}

/*
 * Finding it.
 */
static void disconnect(struct attach *a)
{
	if (a->fd >= 0)
		close(a->fd); /* which takes it out of the epoll instance */
	a->fd = -1;
	a->in.len = a->at = 0;
	a->welcome = false;
	a->listing = 0;
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
		return err_set(&a->why, "%s", strerror(errno));
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
		disconnect(a);
	else
		enter(a, STATE_GREETING, GREET_NS);
	return failure;
}

static bool is_nobody(int failure)
{
	return failure == ENOENT || failure == ECONNREFUSED;
}

/*
 * Taking its place.
 */
static bool may_listen(const struct attach *a)
{
	return sharing_of(a) != NULL && sharing_of(a)->listener_count > 0 && a->ours;
}

/* Opens the listener I. False if it is busy and may soon not be. */
static bool try_listener(struct attach *a, size_t i, bool last)
{
	struct err err = {0};
	struct source *list =
		source_open(sharing_of(a)->listeners[i], a->source.options, &err);
	if (list == NULL && err.has_pos && !last)
		return false;
	if (list == NULL)
		notice_put(a->source.options->notices, "%s", err.msg);
	else
		a->opened |= 1u << i;
	a->settled |= 1u << i;
	add_pending(a, list);
	return true;
}

static void say_listening(struct attach *a)
{
	struct buf text = {0};
	for (size_t i = 0; i < sharing_of(a)->listener_count; i++) {
		if ((a->opened & 1u << i) != 0)
			buf_printf(&text, "%s %s", text.len > 0 ? "," : " now on",
				sharing_of(a)->listeners[i]);
	}
	notice_put(a->source.options->notices,
		"the mplog that listened (pid %d) has ended; listening%.*s",
		(int)a->before, (int)text.len, text.ptr);
	buf_free(&text);
}

/* Whoever gets the first address, a Unix socket, is the one that listens from now on. */
static void try_to_listen(struct attach *a, int64_t now)
{
	const struct sharing *sh = sharing_of(a);
	int64_t elapsed = now - a->ended;
	if (a->state == STATE_SEEKING) {
		if (!try_listener(a, 0, elapsed > SLOW_AFTER_NS))
			return;
		attach_link_end(a->link);
		sh->take_over(sh->context);
		enter(a, STATE_LISTENING, 0);
	}
	for (size_t i = 1; i < sh->listener_count; i++) {
		if ((a->settled & 1u << i) == 0)
			try_listener(a, i, elapsed > SLOW_AFTER_NS);
	}
	a->due = now + STEP_NS;
	if (a->settled != (1u << sh->listener_count) - 1)
		return;
	a->due = INT64_MAX;
	say_listening(a);
}

/* It is gone, or never was: another may be there soon. */
static void seek(struct attach *a)
{
	bool first = a->state == STATE_ATTACHED;
	if (first) {
		a->before = a->pid;
		a->ended = now_ns();
	}
	disconnect(a);
	enter(a, STATE_SEEKING, first ? 0 : STEP_NS);
}

static void seek_on(struct attach *a, int64_t now)
{
	int failure = connect_to(a);
	if (failure == 0)
		return;
	a->due = now + (now - a->ended > SLOW_AFTER_NS ? SLOW_STEP_NS : STEP_NS);
	if (may_listen(a) && is_nobody(failure) && now - a->ended >= a->rank * RANK_NS) {
		try_to_listen(a, now);
	} else if (!may_listen(a) && !a->said) {
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
	bool greeting = a->state == STATE_GREETING;
	if (attach_link_full(a->link))
		return false;
	enum read_state state = receive(a);
	if (state == READ_AGAIN && (!greeting || now_ns() < a->due))
		return false;
	if (state != READ_DATA)
		seek(a);
	if (greeting && a->state == STATE_ATTACHED)
		say_attached(a);
	return true;
}

static bool step(struct attach *a)
{
	int64_t now;
	switch (a->state) {
	case STATE_GREETING:
	case STATE_ATTACHED:
		return step_connected(a);
	case STATE_SEEKING:
		now = now_ns();
		if (now < a->due)
			return false;
		seek_on(a, now);
		return a->state != STATE_SEEKING;
	case STATE_LISTENING:
		now = now_ns();
		if (now >= a->due)
			try_to_listen(a, now);
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
	disconnect(a);
	while ((next = take_pending(a)) != NULL)
		source_close(next);
	say_lost(a, true);
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
	while (a->state == STATE_GREETING) {
		int64_t left = a->due - now_ns();
		struct pollfd p = {.fd = a->fd, .events = POLLIN};
		enum read_state state = receive(a);
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
	if (failure != 0 && is_nobody(failure) && sharing_of(a) != NULL)
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
