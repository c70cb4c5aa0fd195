/*
 * send_place: opening. Everything is nonblocking, so that the deadline holds; only asking
 * for a host's name may block, for as long as the resolver is allowed to.
 */
#include "cli/send_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/stamp.h"
#include "core/str.h"

#define HOST_BYTES 256
#define PORT_BYTES 8
#define RETRY_MS 10 /* a Unix socket whose queue is full cannot be waited for */

/* What one call is about. */
struct opening {
	struct send_place *place;
	const char *address; /* whole, for messages */
	const char *rest;    /* behind the prefix */
	int64_t deadline;
	struct err *err;
};

struct kind {
	const char *prefix;
	int type;
	bool (*open)(const struct opening *o, int type);
};

int64_t send_place_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

bool send_place_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left;

	while ((left = deadline - send_place_now()) > 0) {
		int n = poll(&p, 1, (int)(left / NS_PER_MS) + 1);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

bool send_place_is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* Connects FD; 0 or an errno. */
static int connect_within(
	int fd, const struct sockaddr *address, socklen_t len, int64_t deadline)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * NS_PER_MS};
	socklen_t size = sizeof(int);
	int failure = 0;

	while (connect(fd, address, len) != 0) {
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN && send_place_now() < deadline) {
			nanosleep(&pause, NULL);
			continue;
		}
		if (errno != EINPROGRESS)
			return errno == EAGAIN ? ETIMEDOUT : errno;
		if (!send_place_wait(fd, POLLOUT, deadline))
			return ETIMEDOUT;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
		return failure;
	}
	return 0;
}

/* A socket that is connected to ADDRESS; 0 or an errno. */
static int open_socket(
	const struct opening *o, const struct sockaddr *address, socklen_t len, int type)
{
	int fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failure = fd < 0 ? errno : connect_within(fd, address, len, o->deadline);

	if (failure != 0) {
		if (fd >= 0)
			close(fd);
		return failure;
	}
	*o->place = (struct send_place){.fd = fd, .datagrams = type == SOCK_DGRAM};
	return 0;
}

static bool explain(const struct opening *o, int failure)
{
	switch (failure) {
	case ENOENT:
		return err_set(o->err, "%s: is not there; start mplog tail %s first",
			o->address, o->address);
	case ECONNREFUSED:
	case ENXIO: /* a FIFO that nobody has open for reading */
		return err_set(o->err,
			"%s: nobody listens there; start mplog tail %s first", o->address,
			o->address);
	case ETIMEDOUT:
		return err_set(o->err,
			"%s: no answer within 2 s; is mplog stopped, or the network?",
			o->address);
	case EACCES:
	case EPERM:
		return err_set(o->err,
			"%s: not permitted; it takes records of its own user only",
			o->address);
	case EPROTOTYPE:
		return err_set(o->err, "%s: is the other kind of socket; write %s:%s",
			o->address,
			str_starts(str_from(o->address), "unix:") ? "unixgram" : "unix",
			o->rest);
	default:
		return err_set(
			o->err, "%s: cannot connect: %s", o->address, strerror(failure));
	}
}

static bool open_unix(const struct opening *o, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(o->rest);
	int failure;

	if (len == 0 || len >= sizeof(address.sun_path))
		return err_set_at(o->err, 0, "%s: a socket's path has 1 to %zu bytes",
			o->address, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, o->rest, len + 1);
	failure =
		open_socket(o, (const struct sockaddr *)&address, sizeof(address), type);
	return failure == 0 || explain(o, failure);
}

/* HOST is empty if none is named. */
static bool split_host(
	const struct opening *o, char host[HOST_BYTES], char port[PORT_BYTES])
{
	const char *colon = strrchr(o->rest, ':');
	struct str name = {o->rest, colon == NULL ? 0 : (size_t)(colon - o->rest)};
	struct str number = str_from(colon == NULL ? o->rest : colon + 1);
	uint64_t value;

	if (!str_to_u64(number, &value) || value == 0 || value > 65535)
		return err_set_at(o->err, 0, "%s: '%.*s' is no port (1 to 65535)",
			o->address, (int)number.len, number.ptr);
	if (name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
		name = str_make(name.ptr + 1, name.len - 2);
	else if (memchr(name.ptr, ':', name.len) != NULL)
		return err_set_at(o->err, 0,
			"%s: an IPv6 address goes in brackets, as in tcp:[::1]:9020",
			o->address);
	if ((colon != NULL && name.len == 0) || name.len >= HOST_BYTES)
		return err_set_at(o->err, 0, "%s: no host before the ':'", o->address);
	memcpy(host, name.ptr, name.len);
	host[name.len] = '\0';
	snprintf(port, PORT_BYTES, "%u", (unsigned)value);
	return true;
}

static bool open_inet(const struct opening *o, int type)
{
	struct addrinfo hints = {.ai_socktype = type}, *list = NULL;
	char host[HOST_BYTES], port[PORT_BYTES];
	int failure, on = 1;

	if (!split_host(o, host, port))
		return false;
	/* Which of the two loopback addresses is taken no datagram is told. */
	if (host[0] == '\0' && type == SOCK_DGRAM)
		hints.ai_family = AF_INET;
	/* The resolver has no deadline of its own. */
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 0);
	failure = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);
	if (failure != 0)
		return err_set(o->err, "%s: no such host '%s' (%s)", o->address, host,
			gai_strerror(failure));
	failure = EADDRNOTAVAIL;
	for (const struct addrinfo *a = list; a != NULL && failure != 0; a = a->ai_next)
		failure = open_socket(o, a->ai_addr, a->ai_addrlen, type);
	freeaddrinfo(list);
	if (failure != 0)
		return explain(o, failure);
	/* Lines come when they come: none waits for the one before it to be answered. */
	if (type == SOCK_STREAM)
		setsockopt(o->place->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return true;
}

static bool open_fifo(const struct opening *o, int type)
{
	struct stat st;
	int fd = open(o->rest, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	(void)type;
	if (fd < 0)
		return explain(o, errno);
	if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode)) {
		close(fd);
		return err_set(o->err, "%s: is no FIFO", o->address);
	}
	*o->place = (struct send_place){.fd = fd, .fifo = true};
	return true;
}

/* Which of the two kinds of socket it is only connecting shows. */
static bool open_any_unix(const struct opening *o)
{
	char address[PATH_MAX + 8];
	struct opening named = *o, other = *o;
	struct err ignored;

	snprintf(address, sizeof(address), "unix:%s", o->rest);
	named.address = address;
	other.err = &ignored;
	return open_unix(&named, SOCK_STREAM) || open_unix(&other, SOCK_DGRAM);
}

static bool missing(const struct opening *o, int failure)
{
	if (failure == ENOENT && strchr(o->rest, '/') == NULL)
		return err_set_at(o->err, 0,
			"'%s' is no path and no tcp:[HOST:]PORT, udp:[HOST:]PORT, "
			"unix:PATH or unixgram:PATH",
			o->rest);
	return err_set(o->err, "%s: %s; start mplog tail unix:%s or fifo:%s first",
		o->rest, strerror(failure), o->rest, o->rest);
}

/* A path alone: what is there says what it is. */
static bool open_path(const struct opening *o, int type)
{
	struct stat st;

	(void)type;
	if (stat(o->rest, &st) != 0)
		return missing(o, errno);
	if (S_ISFIFO(st.st_mode))
		return open_fifo(o, 0);
	if (S_ISSOCK(st.st_mode))
		return open_any_unix(o);
	return err_set(o->err, "%s: is no FIFO and no socket; to append to a file use >>",
		o->address);
}

static const struct kind kinds[] = {
	{"tcp:", SOCK_STREAM, open_inet},
	{"udp:", SOCK_DGRAM, open_inet},
	{"unix:", SOCK_STREAM, open_unix},
	{"unixgram:", SOCK_DGRAM, open_unix},
	{"fifo:", 0, open_fifo},
	{"", SOCK_STREAM, open_path},
};

bool send_place_open(
	struct send_place *place, const char *address, int64_t deadline, struct err *err)
{
	const struct kind *kind = kinds;
	struct opening o = {
		.place = place, .address = address, .deadline = deadline, .err = err};

	while (!str_starts(str_from(address), kind->prefix))
		kind++;
	o.rest = address + strlen(kind->prefix);
	return kind->open(&o, kind->type);
}
