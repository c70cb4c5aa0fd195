/*
 * inet: [HOST:]PORT to bound sockets, with every way to fail in words.
 */
#include "sources/inet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/str.h"
#include "sources/holder.h"
#include "sources/inherit.h"

#define BACKLOG 1024      /* the kernel cuts it to somaxconn */
#define ANY_PORT_TRIES 16 /* port 0: until one is free in v4 and v6 */
#define HOST_BYTES 256

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct target {
	union address address;
	socklen_t len;
};

/* What one call of inet_bind is about. */
struct request {
	const char *kind;
	const char *text;
	int type;
	char host[HOST_BYTES];
	uint16_t port;
	struct target targets[INET_SOCKETS];
	size_t count;
};

static bool parse_port(struct request *r, struct str text, struct err *err)
{
	uint64_t port;
	if (text.len == 0)
		return err_set_at(err, 0, "%s:%s a port is missing, as in %s:9020",
			r->kind, r->text, r->kind);
	if (!str_to_u64(text, &port) || port > 65535)
		return err_set_at(err, 0, "%s:%s: '%.*s' is no port (0 to 65535)",
			r->kind, r->text, (int)text.len, text.ptr);
	r->port = (uint16_t)port;
	return true;
}

static bool parse_address(struct request *r, struct err *err)
{
	const char *colon = strrchr(r->text, ':');
	if (colon == NULL)
		return parse_port(r, str_from(r->text), err);
	struct str host = {r->text, (size_t)(colon - r->text)};
	bool bracketed =
		host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
	if (bracketed)
		host = str_make(host.ptr + 1, host.len - 2);
	else if (memchr(host.ptr, ':', host.len) != NULL)
		return err_set_at(err, 0,
			"%s:%s: an IPv6 address goes in brackets, as in %s:[::1]:9020",
			r->kind, r->text, r->kind);
	if (host.len == 0 || host.len >= sizeof(r->host))
		return err_set_at(err, 0, "%s:%s: no host before the ':'; write %s:PORT",
			r->kind, r->text, r->kind);
	memcpy(r->host, host.ptr, host.len);
	r->host[host.len] = '\0';
	return parse_port(r, str_from(colon + 1), err);
}

static void add_loopback(struct request *r)
{
	struct sockaddr_in *v4 = &r->targets[0].address.v4;
	struct sockaddr_in6 *v6 = &r->targets[1].address.v6;
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6->sin6_family = AF_INET6;
	v6->sin6_addr = in6addr_loopback;
	r->targets[0].len = sizeof(*v4);
	r->targets[1].len = sizeof(*v6);
	r->count = 2;
}

static bool resolve(struct request *r, struct err *err)
{
	if (r->host[0] == '\0') {
		add_loopback(r);
		return true;
	}
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = r->type};
	struct addrinfo *list = NULL;
	int failure = getaddrinfo(r->host, NULL, &hints, &list);
	if (failure != 0)
		return err_set_at(err, 0, "%s:%s: no such host '%s' (%s)", r->kind,
			r->text, r->host, gai_strerror(failure));
	for (const struct addrinfo *a = list; a != NULL && r->count < INET_SOCKETS;
		a = a->ai_next) {
		if (a->ai_addrlen > sizeof(union address))
			continue;
		memcpy(&r->targets[r->count].address, a->ai_addr, a->ai_addrlen);
		r->targets[r->count++].len = a->ai_addrlen;
	}
	freeaddrinfo(list);
	return r->count > 0 || err_set_at(err, 0, "%s:%s: '%s' has no address", r->kind,
				       r->text, r->host);
}

static bool is_wildcard(const union address *a)
{
	return a->any.sa_family == AF_INET ? a->v4.sin_addr.s_addr == htonl(INADDR_ANY)
					   : IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
}

static void set_port(union address *a, uint16_t port)
{
	if (a->any.sa_family == AF_INET)
		a->v4.sin_port = htons(port);
	else
		a->v6.sin6_port = htons(port);
}

static uint16_t bound_port(int fd)
{
	union address a;
	socklen_t len = sizeof(a);
	if (getsockname(fd, &a.any, &len) != 0)
		return 0;
	return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

static void put_name(
	char name[INET_NAME_MAX], const char *kind, const union address *a, uint16_t port)
{
	char host[INET6_ADDRSTRLEN] = "?";
	if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
		snprintf(name, INET_NAME_MAX, "%s:%s:%u", kind, host, port);
	} else {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
		snprintf(name, INET_NAME_MAX, "%s:[%s]:%u", kind, host, port);
	}
}

/* A bound socket, listening if it is a stream's, or -1 with errno. Datagram sockets are
 * not given SO_REUSEADDR: there it would let a second program take the port over. */
static int bind_one(const struct request *r, struct target *t, uint16_t port)
{
	const int on = 1, off = 0;
	int family = t->address.any.sa_family;
	int fd = socket(family, r->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	set_port(&t->address, port);
	if (r->type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, &t->address.any, t->len) == 0 &&
		(r->type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	int failure = errno;
	close(fd);
	errno = failure;
	return -1;
}

/* Binds every target; those whose address this machine does not have are left out as
 * long as there is another one. Returns 0 or an errno. */
static int bind_all(struct request *r, struct inet *inet)
{
	int missing = EADDRNOTAVAIL;
	uint16_t port = r->port;
	for (size_t i = 0; i < r->count; i++) {
		int fd = bind_one(r, &r->targets[i], port);
		if (fd < 0 && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) {
			missing = errno;
			continue;
		}
		if (fd < 0) {
			int failure = errno;
			inet_close(inet);
			return failure;
		}
		port = bound_port(fd);
		inet->wildcard |= is_wildcard(&r->targets[i].address);
		put_name(inet->names[inet->count], r->kind, &r->targets[i].address, port);
		inet->fds[inet->count++] = fd;
	}
	inet->port = port;
	return inet->count > 0 ? 0 : missing;
}

static bool explain(const struct request *r, int failure, struct err *err)
{
	char holder[128], by[160] = "";
	switch (failure) {
	case EADDRINUSE:
		if (r->port != 0 && holder_find(r->kind, r->port, holder, sizeof(holder)))
			snprintf(by, sizeof(by), " (by %s)", holder);
		return err_set_at(err, 0,
			"%s:%s: port %u is already in use%s; use %s:0 or another port",
			r->kind, r->text, r->port, by, r->kind);
	case EACCES:
		return err_set_at(err, 0,
			"%s:%s: not permitted to listen on port %u; use %s:0 or a port "
			"from 1024",
			r->kind, r->text, r->port, r->kind);
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return err_set_at(err, 0,
			"%s:%s: this machine has no address '%s'; write %s:%u for this "
			"machine only",
			r->kind, r->text, r->host, r->kind, r->port);
	default:
		return err_set_at(err, 0, "%s:%s: cannot listen: %s", r->kind, r->text,
			strerror(failure));
	}
}

bool inet_bind(const char *kind, int type, const char *address, struct inet *inet,
	struct err *err)
{
	struct request r = {.kind = kind, .text = address, .type = type};
	if (!parse_address(&r, err) || !resolve(&r, err))
		return false;
	int failure = 0;
	for (int tries = r.port == 0 ? ANY_PORT_TRIES : 1; tries > 0; tries--) {
		*inet = (struct inet){.any_port = r.port == 0};
		failure = bind_all(&r, inet);
		if (failure != EADDRINUSE)
			break;
	}
	return failure == 0 || explain(&r, failure, err);
}

bool inet_inherit(const char *kind, const char *address,
	const struct source_options *options, struct inet *inet)
{
	*inet = (struct inet){0};
	inet->count = inherit_sockets(options, kind, address, inet->fds, INET_SOCKETS);
	for (size_t i = 0; i < inet->count; i++) {
		union address a = {0};
		socklen_t len = sizeof(a);
		getsockname(inet->fds[i], &a.any, &len);
		inet->port = bound_port(inet->fds[i]);
		inet->wildcard |= is_wildcard(&a);
		put_name(inet->names[i], kind, &a, inet->port);
	}
	return inet->count > 0;
}

void inet_label(char label[INET_NAME_MAX], const char *kind, const char *address,
	const struct inet *inet)
{
	const char *colon = strrchr(address, ':');
	int host_len = colon != NULL ? (int)(colon + 1 - address) : 0;
	snprintf(label, INET_NAME_MAX, "%s:%.*s%u", kind, host_len, address, inet->port);
}

void inet_announce(const char *kind, const struct inet *inet, struct notices *notices)
{
	for (size_t i = 0; i < inet->count; i++)
		notice_put(notices, "listening on %s", inet->names[i]);
	if (inet->wildcard)
		notice_put(notices,
			"warning: other machines can reach port %u, unencrypted and "
			"without "
			"a password; write %s:%u for this machine only",
			inet->port, kind, inet->port);
}

void inet_close(struct inet *inet)
{
	for (size_t i = 0; i < inet->count; i++)
		close(inet->fds[i]);
	inet->count = 0;
}
