/*
 * connection: over socket pairs: what comes whole, in parts, too slowly, or never.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "sources/connection.h"
#include "tap.h"

#define BYTES(literal) str_make(literal, sizeof(literal) - 1)

static struct source_options options;
static struct door *door;
static const struct source_ops ops = {
	.name = "pair",
	.read = connection_read,
	.due = connection_due,
	.hand_over = connection_hand_over,
	.close = connection_close,
};

struct pair {
	struct source *source;
	int peer;
	char buf[200000];
	size_t len;
};

static void open_pair(struct pair *p)
{
	int fds[2];
	ok(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0, "a pair");
	p->source = source_new(&ops, sizeof(struct connection), &options, "pair");
	p->peer = fds[1];
	connection_init((struct connection *)p->source, fds[0], door);
}

static void close_pair(struct pair *p)
{
	struct origin *origin = p->source->origin;
	source_close(p->source);
	origin_free(options.origins, origin);
	if (p->peer >= 0)
		close(p->peer);
}

static void put(struct pair *p, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(p->peer, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		bytes = str_skip(bytes, (size_t)n);
	}
	ok(bytes.len == 0, "a program writes");
}

static void end_of(struct pair *p)
{
	close(p->peer);
	p->peer = -1;
}

static enum read_state get(struct pair *p)
{
	return p->source->ops->read(p->source, p->buf, sizeof(p->buf), &p->len);
}

static void gets_frame(struct pair *p, enum frame_kind kind, const char *want)
{
	enum read_state state = get(p);
	ok(state == READ_FRAME && p->source->frame == kind, "a message of kind %d", kind);
	is_str(p->buf, state == READ_FRAME ? p->len : 0, want, want);
}

static void says(const char *want)
{
	char *line = notice_next(options.notices);
	ok(line != NULL && strstr(line, want) != NULL, "it says '%s': '%s'", want,
		line != NULL ? line : "");
	free(line);
}

static void silent(void)
{
	char *line = notice_next(options.notices);
	ok(line == NULL, "nothing is said: '%s'", line != NULL ? line : "");
	free(line);
}

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Sleeps until S wants to be asked; returns the ms that took, or -1: it does not. */
static int sleep_until_due(struct source *s)
{
	int64_t began = now_ns(), due = s->ops->due(s);
	if (due == INT64_MAX)
		return -1;
	while (now_ns() < due)
		poll(NULL, 0, 1);
	return (int)((due - began) / 1000000);
}

static void test_lines(struct pair *p)
{
	open_pair(p);
	ok(get(p) == READ_AGAIN && p->source->ops->due(p->source) == INT64_MAX,
		"silent, and waiting for nothing");
	put(p, BYTES("hello\nwor"));
	ok(get(p) == READ_DATA, "text is data");
	is_str(p->buf, p->len, "hello\nwor", "as it came");
	ok(((struct connection *)p->source)->bytes == NULL, "no buffer is kept for it");
	ok(get(p) == READ_AGAIN && p->source->ops->due(p->source) == INT64_MAX, "then none");
	put(p, BYTES("ld"));
	end_of(p);
	ok(get(p) == READ_DATA && p->len == 2 && get(p) == READ_EOF, "to its end");
	close_pair(p);
	silent();
}

static void test_messages(struct pair *p)
{
	open_pair(p);
	put(p, BYTES("\0\0\0\2}.\0\0\0\3}N.\0\0\0\2}"));
	gets_frame(p, FRAME_PICKLE, "}.");
	ok(!p->source->buffered, "the first of what came together");
	gets_frame(p, FRAME_PICKLE, "}N.");
	ok(p->source->buffered, "the second one");
	ok(get(p) == READ_AGAIN, "the third is not whole");
	put(p, BYTES("."));
	gets_frame(p, FRAME_PICKLE, "}.");
	ok(!p->source->buffered, "it came later");
	end_of(p);
	ok(get(p) == READ_EOF, "the end");
	close_pair(p);
	silent();
}

static void test_room(struct pair *p)
{
	struct buf bytes = {0};
	open_pair(p);
	buf_puts(&bytes, "50004 <13>");
	while (bytes.len < 6 + 50004)
		buf_put_char(&bytes, 'x');
	buf_puts(&bytes, "7 <13>abc");
	put(p, buf_str(&bytes));
	ok(p->source->ops->read(p->source, p->buf, 100, &p->len) == READ_ROOM &&
			p->len == 50004,
		"more room is asked for");
	ok(p->source->ops->read(p->source, p->buf, 100, &p->len) == READ_ROOM, "and again");
	ok(get(p) == READ_FRAME && p->len == 50004 && memcmp(p->buf, "<13>xxx", 7) == 0,
		"a great message");
	gets_frame(p, FRAME_TEXT, "<13>abc");
	end_of(p);
	ok(get(p) == READ_EOF, "the end");
	close_pair(p);
	buf_free(&bytes);
	silent();
}

static void test_halves(struct pair *p)
{
	open_pair(p);
	put(p, BYTES("\0\0\0\5}q"));
	ok(get(p) == READ_AGAIN, "half a pickle");
	end_of(p);
	ok(get(p) == READ_EOF, "and no more");
	ok(p->source->dropped == 1, "it is counted");
	says("pair: lost 1 message of which only a part came (total 1)");
	close_pair(p);

	open_pair(p);
	put(p, BYTES("<13>no end"));
	end_of(p);
	gets_frame(p, FRAME_TEXT, "<13>no end");
	ok(get(p) == READ_EOF && p->source->dropped == 0, "the end ends a line");
	close_pair(p);
	silent();
}

static void test_silence(struct pair *p)
{
	open_pair(p);
	put(p, BYTES("2"));
	ok(get(p) == READ_AGAIN, "a digit may be a count");
	int ms = sleep_until_due(p->source);
	ok(ms > 900 && ms <= 1000, "for a second: %d ms", ms);
	ok(get(p) == READ_DATA && p->len == 1 && p->buf[0] == '2', "then it is text");
	put(p, BYTES("026\n"));
	ok(get(p) == READ_DATA && p->len == 4, "and goes on");
	close_pair(p);

	open_pair(p);
	put(p, BYTES("<13>one\nTraceback\n"));
	ok(get(p) == READ_AGAIN, "lines may follow");
	ms = sleep_until_due(p->source);
	ok(ms > 150 && ms <= 200, "for a while: %d ms", ms);
	gets_frame(p, FRAME_TEXT, "<13>one\nTraceback");
	ok(sleep_until_due(p->source) == -1, "nothing more is waited for");
	close_pair(p);
	silent();
}

static void test_patience(struct pair *p)
{
	options.frame_wait_ms = 150;
	open_pair(p);
	put(p, BYTES("\0\0\0\2}.\0\0\0\2"));
	gets_frame(p, FRAME_PICKLE, "}.");
	ok(get(p) == READ_AGAIN, "half a message");
	poll(NULL, 0, 80);
	put(p, BYTES("}"));
	ok(get(p) == READ_AGAIN, "a byte more");
	int ms = sleep_until_due(p->source);
	ok(ms < 80, "does not give it more time: %d ms", ms);
	ok(get(p) == READ_EOF, "it is closed");
	ok(p->source->dropped == 1, "and counted");
	says("pair: lost 1 message of which only a part came (total 2)");
	says("pair: closed: half a message came, and not the rest");
	close_pair(p);
	options.frame_wait_ms = 0;
	silent();
}

static void refuse(struct pair *p, struct str bytes, const char *why)
{
	open_pair(p);
	put(p, bytes);
	ok(get(p) == READ_EOF, "it is refused");
	ok(((struct connection *)p->source)->bytes == NULL, "without a buffer left");
	says(why);
	close_pair(p);
}

static void test_refused(struct pair *p)
{
	refuse(p, BYTES("\x16\x03\1\2\0\1"), "pair: closed: it is encrypted (TLS)");
	refuse(p, BYTES("\0\0\0\0"), "pair: closed: a pickle of 0 bytes is announced");
	refuse(p, BYTES("\0\xff\xff\xff}"),
		"pair: closed: a pickle of 16777215 bytes is announced; 1 to 65536 are");
	refuse(p, BYTES("\x80\0\0\0"), "2 GiB");
	refuse(p, BYTES("999999 <13>x"), "pair: closed: a message of 999999 bytes");
	for (int i = 0; i < 100; i++) {
		open_pair(p);
		put(p, BYTES("\x16\x03\1\2\0\1"));
		ok(get(p) == READ_EOF, "TLS again");
		close_pair(p);
	}
	silent();
	door_say(door, true);
	says("pair: closed 100 more connections (total 101): it is encrypted (TLS)");
	silent();
}

/* Seven messages of an unknown kind are forgiven. */
static void test_bad(struct pair *p)
{
	open_pair(p);
	put(p, BYTES("\0\0\0\2}."));
	gets_frame(p, FRAME_PICKLE, "}.");
	for (int i = 0; i < 7; i++)
		put(p, BYTES("\0\0\0\3abc"));
	put(p, BYTES("\0\0\0\2}."));
	gets_frame(p, FRAME_PICKLE, "}.");
	says("pair: skipped 1 message of no known kind (total 1)");
	put(p, BYTES("\0\0\0\3abc\0\0\0\2}."));
	ok(get(p) == READ_EOF, "one more is too many");
	says("pair: closed: too many messages that mplog cannot read");
	door_say(door, true);
	says("pair: skipped 7 messages of no known kind (total 8)");
	close_pair(p);
}

/* The memory of all connections is bounded: the one that holds the most has to go. */
static void test_crowd(struct pair *p)
{
	static struct pair crowd[3];
	static char chunk[30000];
	size_t most = door->bytes_max;
	door->bytes_max = 100000;
	memset(chunk, 'x', sizeof(chunk));
	for (int i = 0; i < 3; i++) {
		open_pair(&crowd[i]);
		put(&crowd[i], BYTES("60000 <13>"));
		put(&crowd[i], str_make(chunk, i == 1 ? 25000 : 10000));
		ok(get(&crowd[i]) == READ_AGAIN, "a part of a message");
	}
	ok(door->bytes <= 100000 && door->bytes > 40000, "%zu bytes are held", door->bytes);
	put(&crowd[2], str_make(chunk, 10000));
	ok(get(&crowd[2]) == READ_AGAIN, "another grows");
	put(&crowd[2], str_make(chunk, 15000));
	ok(get(&crowd[2]) == READ_AGAIN, "and grows");
	ok(door->bytes <= 100000, "%zu bytes are held", door->bytes);
	ok(((struct connection *)crowd[1].source)->closing, "the one that held most is out");
	struct pollfd woken = {.fd = crowd[1].source->fd, .events = POLLIN};
	ok(poll(&woken, 1, 0) == 1, "its reader is woken");
	ok(get(&crowd[1]) == READ_EOF && crowd[1].source->dropped == 1, "it ends");
	put(&crowd[0], str_make(chunk, 30000));
	put(&crowd[0], str_make(chunk, 20000 - 4));
	ok(get(&crowd[0]) == READ_FRAME && crowd[0].len == 60000, "the others go on");
	for (int i = 0; i < 3; i++)
		close_pair(&crowd[i]);
	ok(door->bytes == 0 && door->buffers == NULL, "nothing is left");
	door->bytes_max = most;
	char *line;
	while ((line = notice_next(options.notices)) != NULL)
		free(line);
	(void)p;
}

static void test_again(struct pair *p)
{
	int fds[2];
	open_pair(p);
	put(p, BYTES("hello\n"));
	ok(get(p) == READ_DATA, "lines at first");
	end_of(p);
	ok(get(p) == READ_EOF, "which end");
	ok(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0, "another pair");
	connection_again((struct connection *)p->source, fds[0]);
	p->peer = fds[1];
	put(p, BYTES("7 <13>one"));
	gets_frame(p, FRAME_TEXT, "<13>one");
	close_pair(p);
	silent();
}

int main(void)
{
	static struct pair p;
	options = (struct source_options){
		.notices = notices_new(), .origins = origins_new(), .max_frame = 65536};
	door = door_new(&options, "pair");
	test_lines(&p);
	test_messages(&p);
	test_room(&p);
	test_halves(&p);
	test_silence(&p);
	test_patience(&p);
	test_refused(&p);
	test_bad(&p);
	test_crowd(&p);
	test_again(&p);
	door_leave(door);
	origins_free(options.origins);
	notices_free(options.notices);
	return done_testing();
}
