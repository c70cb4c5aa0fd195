/*
 * connect: reads from a server, and followed, connects to it again when it has gone.
 *
 * The descriptor to wait for is an epoll instance that stays the same through all of this.
 * Names are looked up once, before anything is read: that may take its time.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/connection.h"

#define ADDRESSES 8                       /* of one name, that are tried */
#define HOST_MAX 256                      /* of a host */
#define ATTEMPT_NS INT64_C(10000000000)   /* for one address */
#define DELAY_MOST_S 30                   /* between two rounds: 1, 2, 4 ... */

enum state {
	STATE_WAITING,    /* for the time of the next attempt */
	STATE_CONNECTING, /* for the answer of addresses[at] */
	STATE_CONNECTED
};

struct address {
	struct sockaddr_storage bytes;
	socklen_t len;
};

struct connect {
	struct source source; /* first: a connect is its source */
	struct connection connection;
	struct door *door;
	struct address addresses[ADDRESSES];
	size_t count, at;
	enum state state;
	int fd;           /* that is connecting; -1: none */
	int64_t due;      /* monotonic: of the next attempt, or of giving this one up */
	unsigned delay_s;
	bool retries;
	bool complained;  /* that it cannot connect, since it was connected last */
	bool connected;   /* it was, once */
};

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static const char *label_of(const struct connect *c)
{
	return c->source.origin->label;
}

/* Splits HOST:PORT, [HOST]:PORT or PORT; the host is this machine then. */
static bool split_address(const char *address, char host[HOST_MAX], const char **port,
	struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon != NULL ? (size_t)(colon - address) : 0;
	*port = colon != NULL ? colon + 1 : address;
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	} else if (memchr(address, ':', len) != NULL) {
		return err_set_at(err, 0,
			"connect:%s: an IPv6 address goes into brackets, as in "
			"connect:[::1]:9020",
			address);
	}
	char *end;
	unsigned long number = strtoul(*port, &end, 10);
	if (**port < '0' || **port > '9' || *end != '\0' || number == 0 || number > 65535)
		return err_set_at(err, 0,
			"connect:%s: needs a port from 1 to 65535, as in "
			"connect:loghost:9020",
			address);
	if (len >= HOST_MAX)
		return err_set_at(err, 0, "connect:%s: too long for a name", address);
	snprintf(host, HOST_MAX, "%.*s", (int)len, len > 0 ? address : "");
	return true;
}

/* Asks for the addresses of HOST:PORT; this may wait for a name server. */
static bool look_up(struct connect *c, const char *address, struct err *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
	struct addrinfo *found;
	char host[HOST_MAX];
	const char *port;
	if (!split_address(address, host, &port, err))
		return false;
	int failure = getaddrinfo(host[0] != '\0' ? host : "localhost", port, &hints, &found);
	if (failure != 0)
		return err_set(err, "connect:%s: %s", address,
			failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
	for (struct addrinfo *a = found; a != NULL && c->count < ADDRESSES; a = a->ai_next) {
		struct address *to = &c->addresses[c->count++];
		memcpy(&to->bytes, a->ai_addr, a->ai_addrlen);
		to->len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	return true;
}

static bool set_path(struct connect *c, const char *path, struct err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (path[0] == '\0' || strlen(path) >= sizeof(a.sun_path))
		return err_set_at(err, 0, "connect:unix:%s: %s", path,
			path[0] == '\0' ? "needs a path" : "too long for a socket");
	memcpy(a.sun_path, path, strlen(path));
	memcpy(&c->addresses[0].bytes, &a, sizeof(a));
	c->addresses[0].len = sizeof(a);
	c->count = 1;
	return true;
}

/* Notices within two minutes that the server is gone without a word. */
static void keep_alive(int fd)
{
	const int on = 1, idle = 60, interval = 15, count = 3;
	if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) != 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static void drop_attempt(struct connect *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void use_connection(struct connect *c)
{
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(c->source.fd, EPOLL_CTL_MOD, c->fd, &event);
	keep_alive(c->fd);
	if (c->door == NULL) {
		c->door = door_new(c->source.options, label_of(c));
		c->connection.source.options = c->source.options;
		c->connection.source.origin = c->source.origin;
		connection_init(&c->connection, c->fd, c->door);
	} else {
		connection_again(&c->connection, c->fd);
	}
	c->fd = -1;
	c->state = STATE_CONNECTED;
	if (c->retries)
		notice_put(c->source.options->notices, "%s: connected%s", label_of(c),
			c->connected ? " again" : "");
	c->connected = true;
	c->complained = false;
	c->delay_s = 0;
}

static void wait_for_next(struct connect *c)
{
	c->delay_s = c->delay_s == 0 ? 1 : 2 * c->delay_s;
	if (c->delay_s > DELAY_MOST_S)
		c->delay_s = DELAY_MOST_S;
	c->state = STATE_WAITING;
	c->at = 0;
	c->due = now_ns() + c->delay_s * INT64_C(1000000000);
}

/* The attempt at one address has failed: the next one's turn, or it is all in vain. */
static enum read_state fail_attempt(struct connect *c, int failure)
{
	drop_attempt(c);
	if (++c->at < c->count) {
		c->state = STATE_WAITING;
		c->due = 0;
		return READ_DATA;
	}
	struct notices *notices = c->source.options->notices;
	if (!c->retries) {
		notice_put(notices, "%s: cannot connect: %s", label_of(c),
			strerror(failure));
		return READ_ERROR;
	}
	wait_for_next(c);
	if (!c->complained)
		notice_put(notices, "%s: cannot connect: %s; trying again in %u s, then "
				    "less often",
			label_of(c), strerror(failure), c->delay_s);
	c->complained = true;
	return READ_DATA;
}

static enum read_state start_attempt(struct connect *c)
{
	struct address *a = &c->addresses[c->at];
	struct epoll_event event = {.events = EPOLLOUT};
	c->fd = socket(a->bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail_attempt(c, errno);
	if (connect(c->fd, (struct sockaddr *)&a->bytes, a->len) != 0 && errno != EINPROGRESS)
		return fail_attempt(c, errno == EAGAIN ? ECONNREFUSED : errno);
	if (epoll_ctl(c->source.fd, EPOLL_CTL_ADD, c->fd, &event) != 0)
		return fail_attempt(c, errno);
	c->state = STATE_CONNECTING;
	c->due = now_ns() + ATTEMPT_NS;
	return READ_DATA;
}

static enum read_state look_at_attempt(struct connect *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLOUT};
	int failure = 0;
	socklen_t len = sizeof(failure);
	if (poll(&p, 1, 0) == 0)
		return now_ns() < c->due ? READ_AGAIN : fail_attempt(c, ETIMEDOUT);
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0)
		failure = errno;
	if (failure != 0)
		return fail_attempt(c, failure);
	use_connection(c);
	return READ_DATA;
}

/* The server has closed. */
static enum read_state lose(struct connect *c)
{
	if (!c->retries)
		return READ_EOF;
	connection_again(&c->connection, -1);
	wait_for_next(c);
	notice_put(c->source.options->notices, "%s: connection lost; trying again in %u s",
		label_of(c), c->delay_s);
	c->complained = true;
	return READ_RESET;
}

static enum read_state read_connection(
	struct connect *c, char *buf, size_t cap, size_t *len)
{
	struct source *s = &c->connection.source;
	enum read_state state = connection_read(s, buf, cap, len);
	c->source.frame = s->frame;
	c->source.buffered = s->buffered;
	c->source.dropped = s->dropped;
	if (state == READ_AGAIN)
		door_say(c->door, false);
	return state == READ_EOF || state == READ_HANDOVER ? lose(c) : state;
}

/* READ_DATA from the steps above says that there may be a next one at once. */
static enum read_state read_connect(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct connect *c = (struct connect *)s;
	enum read_state state = READ_DATA;
	while (state == READ_DATA) {
		if (c->state == STATE_CONNECTED)
			return read_connection(c, buf, cap, len);
		if (c->state == STATE_CONNECTING)
			state = look_at_attempt(c);
		else
			state = now_ns() < c->due ? READ_AGAIN : start_attempt(c);
	}
	return state;
}

static int64_t connect_due(const struct source *s)
{
	const struct connect *c = (const struct connect *)s;
	if (c->state != STATE_CONNECTED)
		return c->due;
	int64_t read = connection_due(&c->connection.source), say = door_due(c->door);
	return read < say ? read : say;
}

static void close_connect(struct source *s)
{
	struct connect *c = (struct connect *)s;
	drop_attempt(c);
	if (c->door != NULL) {
		connection_close(&c->connection.source);
		door_leave(c->door);
	}
	if (s->fd >= 0)
		close(s->fd);
}

static struct source *open_connect(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct connect *c = xcalloc(1, sizeof(*c));
	bool local = strncmp(address, "unix:", 5) == 0;
	bool found = local ? set_path(c, address + 5, err) : look_up(c, address, err);
	if (!found) {
		free(c);
		return NULL;
	}
	c->source.ops = &source_connect;
	c->source.options = options;
	c->source.live = options->follow;
	c->source.origin = origin_new(options->origins, label != NULL ? label : address);
	c->source.fd = epoll_create1(EPOLL_CLOEXEC);
	c->fd = -1;
	c->retries = options->follow;
	if (c->source.fd >= 0)
		return &c->source;
	err_set(err, "%s: cannot wait for it: %s", address, strerror(errno));
	struct origin *origin = c->source.origin;
	source_close(&c->source);
	origin_free(options->origins, origin);
	return NULL;
}

const struct source_ops source_connect = {
	.name = "connect",
	.prefix = "connect:",
	.summary = "connect:HOST:PORT  read from a server; or connect:unix:PATH",
	.open = open_connect,
	.read = read_connect,
	.due = connect_due,
	.close = close_connect,
};
