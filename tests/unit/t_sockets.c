/*
 * tcp, udp, unix and unixgram, over real sockets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sources/source.h"
#include "tap.h"

static struct source_options options;
static struct err err;
static char folder[] = "/tmp/mplog-sockets-XXXXXX";
static struct source *connections[60];

static void drop(struct source *s)
{
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options.origins, origin);
}

static struct source *open_spec(const char *spec)
{
	err = (struct err){0};
	return source_open(spec, &options, &err);
}

static void fails(const char *spec, const char *want, bool has_pos)
{
	struct source *s = open_spec(spec);
	ok(s == NULL, "%s is refused", spec);
	is_str(err.msg, strlen(err.msg), want, "with the right words");
	ok(err.has_pos == has_pos, "and the right status");
	if (s != NULL)
		drop(s);
}

static void says(const char *want, const char *name)
{
	char *line = notice_next(options.notices);
	const char *got = line != NULL ? line : "(nothing)";
	is_str(got, strlen(got), want, name);
	free(line);
}

/* The port at the end of the next notice, which must begin with BEGIN. */
static uint16_t port_said(const char *begin)
{
	char *line = notice_next(options.notices);
	ok(line != NULL && strncmp(line, begin, strlen(begin)) == 0, "it says %s", begin);
	uint16_t port = line != NULL ? (uint16_t)atoi(strrchr(line, ':') + 1) : 0;
	free(line);
	return port;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, ms) == 1;
}

static int reach4(int type, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, type, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int reach6(int type, uint16_t port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	a.sin6_addr = in6addr_loopback;
	int fd = socket(AF_INET6, type, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int reach_path(int type, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	int fd = socket(AF_UNIX, type, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void put(int fd, const char *text)
{
	ok(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text), "a program writes");
}

/* As journald's clients send what is too long for a datagram. */
static void pass_file(int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr m = {.msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int file = open("/dev/null", O_RDONLY);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &file, sizeof(file));
	ok(sendmsg(fd, &m, 0) == 0, "a file is passed");
	close(file);
}

static enum read_state gather(struct source *s, char *text, size_t size)
{
	size_t used = 0, len = 0;
	enum read_state state;
	while ((state = s->ops->read(s, text + used, size - used - 1, &len)) == READ_DATA)
		used += len;
	text[used] = '\0';
	return state;
}

/* One connection, from writing to its end. */
static void check_connection(struct source *listener, int fd, const char *label)
{
	char text[100];
	ok(readable(listener->fd, 1000), "a connection wakes the listener");
	struct source *c = listener->ops->accept(listener);
	ok(c != NULL && c->live && c->ops->accept == NULL, "it is a source");
	is_str(c->origin->label, strlen(c->origin->label), label, "with its own label");
	ok((fcntl(c->fd, F_GETFL) & O_NONBLOCK) && (fcntl(c->fd, F_GETFD) & FD_CLOEXEC),
		"which never blocks and is not inherited");
	ok(gather(c, text, sizeof(text)) == READ_AGAIN, "silent at first");
	put(fd, "hello\nwor");
	ok(readable(c->fd, 1000), "it wakes");
	ok(gather(c, text, sizeof(text)) == READ_AGAIN, "and is read");
	is_str(text, strlen(text), "hello\nwor", "what was written");
	put(fd, "ld\n");
	close(fd);
	ok(readable(c->fd, 1000) && gather(c, text, sizeof(text)) == READ_EOF, "to the end");
	is_str(text, strlen(text), "ld\n", "and all of it");
	drop(c);
	ok(listener->ops->accept(listener) == NULL, "nobody else waits");
	ok(!readable(listener->fd, 0), "the listener is quiet");
}

static void test_tcp(void)
{
	char label[40], child[48];
	struct source *s = open_spec("tcp:0");
	ok(s != NULL && s->ops->read == NULL && s->next == NULL, "tcp:0 is opened");
	uint16_t port = port_said("listening on tcp:127.0.0.1:");
	bool v6 = notice_waiting(options.notices);
	if (v6)
		ok(port_said("listening on tcp:[::1]:") == port, "both with one port");
	snprintf(label, sizeof(label), "tcp:%u", port);
	is_str(s->origin->label, strlen(s->origin->label), label, "its label has the port");
	snprintf(child, sizeof(child), "%s#1", label);
	check_connection(s, reach4(SOCK_STREAM, port), child);
	snprintf(child, sizeof(child), "%s#2", label);
	if (v6)
		check_connection(s, reach6(SOCK_STREAM, port), child);

	int fd = reach4(SOCK_STREAM, port), on = 0;
	socklen_t size = sizeof(on);
	struct source *c = s->ops->accept(s);
	getsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size);
	ok(on == 1, "the other end's vanishing is noticed");
	drop(s);
	ok(reach4(SOCK_STREAM, port) < 0, "a closed listener is closed");
	drop(c);
	close(fd);
}

static void test_tcp_reset(void)
{
	char text[100], want[100];
	struct source *s = open_spec("db=tcp:127.0.0.1:0");
	uint16_t port = port_said("listening on tcp:127.0.0.1:");
	is_str(s->origin->label, strlen(s->origin->label), "db", "the label is the user's");
	int fd = reach4(SOCK_STREAM, port);
	struct source *c = s->ops->accept(s);
	struct linger rude = {.l_onoff = 1};
	put(fd, "whole\nhal");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &rude, sizeof(rude));
	ok(readable(c->fd, 1000), "it arrives");
	close(fd);
	ok(gather(c, text, sizeof(text)) == READ_EOF, "a reset is the end");
	is_str(text, strlen(text), "whole\nhal", "what came before is kept");
	snprintf(want, sizeof(want), "db#1: connection broken: %s", strerror(ECONNRESET));
	says(want, "and it is said");
	drop(c);
	drop(s);
}

static void test_tcp_words(void)
{
	char spec[64], want[300];
	fails("tcp:", "tcp: a port is missing, as in tcp:9020", true);
	fails("tcp:http", "tcp:http: 'http' is no port (0 to 65535)", true);
	fails("tcp:65536", "tcp:65536: '65536' is no port (0 to 65535)", true);
	fails("tcp:-1", "tcp:-1: '-1' is no port (0 to 65535)", true);
	fails("tcp::9", "tcp::9: no host before the ':'; write tcp:PORT", true);
	fails("tcp:::1:9020",
		"tcp:::1:9020: an IPv6 address goes in brackets, as in tcp:[::1]:9020", true);
	fails("tcp:192.0.2.1:9020",
		"tcp:192.0.2.1:9020: this machine has no address '192.0.2.1'; write tcp:9020 "
		"for this machine only",
		true);
	ok(open_spec("udp:300.1.1.1:9") == NULL && err.has_pos, "a bad address is refused");

	struct source *s = open_spec("tcp:0");
	uint16_t port = port_said("listening on tcp:127.0.0.1:");
	while (notice_waiting(options.notices))
		free(notice_next(options.notices));
	snprintf(spec, sizeof(spec), "x=tcp:%u", port);
	snprintf(want, sizeof(want),
		"tcp:%u: port %u is already in use (by PID %d, t_sockets); use tcp:0 or "
		"another port",
		port, port, (int)getpid());
	FILE *comm = fopen("/proc/self/comm", "w");
	fputs("t_sockets", comm);
	fclose(comm);
	fails(spec, want, true);
	drop(s);

	s = open_spec("tcp:0.0.0.0:0");
	port = port_said("listening on tcp:0.0.0.0:");
	snprintf(want, sizeof(want),
		"warning: other machines can reach port %u, unencrypted and without a password; "
		"write tcp:%u for this machine only",
		port, port);
	says(want, "a wildcard is warned of");
	drop(s);
	s = open_spec("tcp:[::1]:0");
	if (s != NULL) {
		port_said("listening on tcp:[::1]:");
		drop(s);
	}
}

static int connect_many(uint16_t port, int *fds, int count)
{
	int made = 0;
	for (int i = 0; i < count; i++) {
		fds[i] = reach4(SOCK_STREAM, port);
		made += fds[i] >= 0;
	}
	return made;
}

static void close_many(const int *fds, int count)
{
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

static void test_too_many(void)
{
	int fds[60], count = 0;
	options.max_connections = 10;
	struct source *s = open_spec("m=tcp:127.0.0.1:0");
	uint16_t port = port_said("listening on tcp:127.0.0.1:");
	ok(connect_many(port, fds, 60) == 60, "60 connect where 10 may");
	while ((connections[count] = s->ops->accept(s)) != NULL)
		count++;
	ok(count == 10, "10 are let in");
	says("m: refused 50 connections, 10 are open already (total 50); see "
	     "--max-connections",
		"50 are refused in one line");
	char c;
	ok(recv(fds[59], &c, 1, 0) == 0, "who is refused sees it");
	drop(connections[--count]);
	int fd = reach4(SOCK_STREAM, port);
	connections[count] = s->ops->accept(s);
	ok(connections[count] != NULL, "one leaves, one may come");
	ok(s->ops->accept(s) == NULL, "no more");
	drop(s);
	for (int i = 0; i <= count; i++)
		drop(connections[i]);
	close(fd);
	close_many(fds, 60);
	options.max_connections = 0;
}

/* Out of descriptors: whoever waits is turned away, nothing spins, and it recovers. */
static void test_no_descriptors(void)
{
	int fds[20], plugs[1100], count = 0;
	struct rlimit old, low = {256, 0};
	struct source *s = open_spec("n=tcp:127.0.0.1:0");
	uint16_t port = port_said("listening on tcp:127.0.0.1:");
	ok(connect_many(port, fds, 20) == 20, "20 connect");
	getrlimit(RLIMIT_NOFILE, &old);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	while (count < 1100 && (plugs[count] = dup(0)) >= 0)
		count++;
	ok(readable(s->fd, 0) && s->ops->accept(s) == NULL, "without a free descriptor");
	says("n: refused 20 connections, out of file descriptors (total 20); see ulimit -n",
		"they are refused");
	ok(!readable(s->fd, 0), "the listener is quiet");
	close_many(fds, 20);
	close(plugs[--count]);
	int fd = reach4(SOCK_STREAM, port);
	ok(fd >= 0 && !readable(s->fd, 0), "for a moment");
	ok(s->ops->accept(s) == NULL, "whoever asks");
	ok(readable(s->fd, 1000), "then it wakes");
	close(plugs[--count]);
	struct source *c = s->ops->accept(s);
	ok(c != NULL, "and accepts");
	close_many(plugs, count);
	setrlimit(RLIMIT_NOFILE, &old);
	drop(c);
	drop(s);
	close(fd);
}

static void test_udp(void)
{
	static char frame[65536], big[65507];
	size_t len = 0;
	struct source *s = open_spec("udp:0");
	uint16_t port = port_said("listening on udp:127.0.0.1:");
	bool v6 = notice_waiting(options.notices);
	if (v6)
		ok(port_said("listening on udp:[::1]:") == port, "both with one port");
	ok(s->ops->accept == NULL && s->live, "udp is a source by itself");
	ok(!readable(s->fd, 0) && s->ops->read(s, frame, sizeof(frame), &len) == READ_AGAIN,
		"silent at first");
	int fd = reach4(SOCK_DGRAM, port);
	put(fd, "one");
	put(fd, "");
	put(fd, "two\nlines");
	ok(readable(s->fd, 1000), "it wakes");
	ok(s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME, "a datagram");
	is_str(frame, len, "one", "is a frame");
	ok(s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME, "an empty one is none");
	is_str(frame, len, "two\nlines", "and the next is whole");
	if (v6) {
		int fd6 = reach6(SOCK_DGRAM, port);
		put(fd6, "six");
		ok(readable(s->fd, 1000), "v6 wakes");
		ok(s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME, "v6 is read");
		is_str(frame, len, "six", "likewise");
		close(fd6);
	}
	memset(big, 'x', sizeof(big));
	ok(send(fd, big, sizeof(big), 0) == (ssize_t)sizeof(big), "the largest is sent");
	ok(s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME && len == sizeof(big),
		"and comes whole");
	options.max_frame = 5;
	put(fd, "too long");
	ok(s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME, "a longer one");
	is_str(frame, len, "too l", "is cut");
	options.max_frame = 65536;
	char want[100];
	snprintf(want, sizeof(want), "udp:%u: cut 1 records longer than 5 bytes (total 1)",
		port);
	says(want, "and that is said");
	ok(!readable(s->fd, 0), "that was all");
	ok(s->dropped == 0, "nothing was dropped");
	close(fd);
	drop(s);
}

/* Everything that was sent is either read or counted. */
static void test_udp_flood(void)
{
	static char frame[65536];
	char text[200], want[100];
	const int small = 20000, sent = 5000;
	size_t len = 0;
	uint64_t got = 0;
	memset(text, 'x', sizeof(text));
	struct source *s = open_spec("flood=udp:127.0.0.1:0");
	uint16_t port = port_said("listening on udp:127.0.0.1:");
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	int fd = reach4(SOCK_DGRAM, port);
	for (int i = 0; i < sent; i++)
		(void)send(fd, text, sizeof(text), 0);
	while (s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME)
		got++;
	ok(got > 0 && got < 1000, "a small buffer holds little");
	ok(got + s->dropped == (uint64_t)sent, "the rest is counted: %" PRIu64 " + %" PRIu64,
		got, s->dropped);
	snprintf(want, sizeof(want), "flood: dropped %" PRIu64 " records (total %" PRIu64 ")",
		s->dropped, s->dropped);
	says(want, "and said");

	/* The second burst, within the same second, is said at the end. */
	uint64_t before = s->dropped;
	for (int i = 0; i < sent; i++)
		(void)send(fd, text, sizeof(text), 0);
	while (s->ops->read(s, frame, sizeof(frame), &len) == READ_FRAME)
		got++;
	ok(s->ops->due(s) != INT64_MAX, "the kernel is not asked each time, but soon");
	poll(NULL, 0, 120);
	ok(s->ops->read(s, frame, sizeof(frame), &len) == READ_AGAIN, "nothing has come");
	ok(got + s->dropped == 2 * (uint64_t)sent, "a second burst, too");
	snprintf(want, sizeof(want), "flood: dropped %" PRIu64 " records (total %" PRIu64 ")",
		s->dropped - before, s->dropped);
	close(fd);
	drop(s);
	says(want, "and is said");
}

static void test_udp_busy(void)
{
	char spec[64];
	struct source *s = open_spec("udp:127.0.0.1:0");
	uint16_t port = port_said("listening on udp:127.0.0.1:");
	snprintf(spec, sizeof(spec), "udp:%u", port);
	ok(open_spec(spec) == NULL && err.has_pos, "a busy port is refused");
	ok(strstr(err.msg, "is already in use (by PID ") != NULL, "with its holder: %s",
		err.msg);
	drop(s);
}

static void test_unix(const char *kind, int type)
{
	char path[100], spec[128], want[400], text[200];
	struct stat st;
	size_t len = 0;
	snprintf(path, sizeof(path), "%s/%s.sock", folder, kind);
	snprintf(spec, sizeof(spec), "%s:%s", kind, path);
	mode_t old = umask(0);
	struct source *s = open_spec(spec);
	ok(umask(old) == 0, "the umask is put back");
	ok(s != NULL && stat(path, &st) == 0 && S_ISSOCK(st.st_mode), "a socket is made");
	ok((st.st_mode & 0777) == 0600, "for the user alone");
	snprintf(want, sizeof(want), "listening on %s", spec);
	says(want, "and said");
	snprintf(want, sizeof(want), "%s:%s.sock", kind, kind);
	is_str(s->origin->label, strlen(s->origin->label), want, "its label");
	if (type == SOCK_STREAM) {
		snprintf(want, sizeof(want), "%s:%s.sock#1", kind, kind);
		check_connection(s, reach_path(type, path), want);
	} else {
		int fd = reach_path(type, path);
		put(fd, "one\n");
		put(fd, "");
		put(fd, "two");
		ok(readable(s->fd, 0), "a datagram wakes");
		ok(s->ops->read(s, text, sizeof(text), &len) == READ_FRAME, "and is read");
		is_str(text, len, "one\n", "as a frame");
		ok(s->ops->read(s, text, sizeof(text), &len) == READ_FRAME, "and the next");
		is_str(text, len, "two", "as another");
		ok(s->ops->read(s, text, sizeof(text), &len) == READ_AGAIN, "and no more");
		int next = dup(fd);
		close(next);
		pass_file(fd);
		ok(s->ops->read(s, text, sizeof(text), &len) != READ_FRAME && s->dropped == 1,
			"a message in a file is not taken, but counted");
		snprintf(want, sizeof(want), "%s:%s.sock: dropped 1 records (total 1)", kind, kind);
		says(want, "and said");
		int then = dup(fd);
		ok(then == next, "no descriptor is let in");
		close(then);
		close(fd);
	}

	snprintf(want, sizeof(want), "%s: in use by another program; name another path", spec);
	fails(spec, want, true);
	ok(access(path, F_OK) == 0, "a live socket is left alone");
	const char *other = type == SOCK_STREAM ? "unixgram" : "unix";
	snprintf(text, sizeof(text), "%s:%s", other, path);
	snprintf(want, sizeof(want), "%s: in use by another program; name another path", text);
	fails(text, want, true);

	/* Somebody else's is not removed at the end. */
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	drop(s);
	ok(stat(path, &st) == 0 && S_ISREG(st.st_mode), "what is another's stays there");
	snprintf(want, sizeof(want), "%s: exists and is no socket; name another path", spec);
	fails(spec, want, true);
	unlink(path);
	ok(symlink("/nowhere", path) == 0, "a symbolic link");
	snprintf(want, sizeof(want), "%s: is a symbolic link; name another path", spec);
	fails(spec, want, true);
	unlink(path);

	/* A dead socket is replaced. */
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	memcpy(a.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, type, 0);
	ok(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "a program that dies");
	close(fd);
	s = open_spec(spec);
	ok(s != NULL, "leaves a socket that is replaced");
	free(notice_next(options.notices));
	fd = reach_path(type, path);
	ok(fd >= 0, "and answers");
	close(fd);
	drop(s);
	ok(access(path, F_OK) != 0, "ours is removed at the end");
	if (type == SOCK_STREAM)
		ok(!notice_waiting(options.notices), "nothing else is said");
}

static void test_unix_words(void)
{
	char spec[300], want[400];
	char name[110];
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	snprintf(spec, sizeof(spec), "unix:%s", name);
	snprintf(want, sizeof(want),
		"%s: a socket's path has 1 to 107 bytes, this one has 109", spec);
	fails(spec, want, true);
	fails("unix:", "unix: needs a path, as in unix:/tmp/app.sock", true);
	snprintf(spec, sizeof(spec), "unixgram:%s/none/s", folder);
	snprintf(want, sizeof(want),
		"%s: cannot listen: its folder does not exist; make it first", spec);
	fails(spec, want, false);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return 1;
	options = (struct source_options){.follow = true,
		.notices = notices_new(),
		.origins = origins_new(),
		.max_frame = 65536};
	test_tcp();
	test_tcp_reset();
	test_tcp_words();
	test_too_many();
	test_no_descriptors();
	test_udp();
	test_udp_flood();
	test_udp_busy();
	test_unix("unix", SOCK_STREAM);
	test_unix("unixgram", SOCK_DGRAM);
	test_unix_words();
	char *line = notice_next(options.notices);
	ok(line == NULL, "nothing is left to say%s%s", line ? ": " : "", line ? line : "");
	free(line);
	origins_free(options.origins);
	notices_free(options.notices);
	ok(rmdir(folder) == 0, "nothing is left behind");
	return done_testing();
}
