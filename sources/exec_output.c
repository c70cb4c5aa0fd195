/*
 * exec_output: descriptors and lines come through the pipe of news, one struct each, in
 * the order in which they are to be read.
 */
#include "sources/exec_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/mem.h"

#define PIPE_BYTES (1 << 20)

enum what { NEWS_OPEN, NEWS_LINE, NEWS_LEAVE, NEWS_FAILED };

/* Less than PIPE_BUF, so that it is written and read whole. */
struct message {
	enum what what;
	int fd;
	bool terminal;
	size_t len;
	char line[OUTPUT_LINE_MAX];
};

struct output {
	struct source source; /* first: an output is its source */
	struct meter *meter;
	int news;
	int fd; /* what is read, or -1 */
	bool terminal;
	bool midline;  /* a terminal: the last byte ended no line ... */
	bool after_cr; /* ... or was a CR that did */
	bool last;     /* there are no more news */
	bool failed;
	bool begun;    /* something was given since the last READ_RESET */
	bool has_line; /* in MESSAGE, to be given next */
	struct message message;
};

struct meter *meter_new(void)
{
	struct meter *m = xcalloc(1, sizeof(*m));
	m->event = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&m->users, 1);
	atomic_init(&m->reading, 0);
	return m;
}

void meter_release(struct meter *m)
{
	if (atomic_fetch_sub(&m->users, 1) > 1)
		return;
	close(m->event);
	free(m);
}

void meter_wake(struct meter *m)
{
	uint64_t one = 1;
	ssize_t ignored = write(m->event, &one, sizeof(one));
	(void)ignored; /* full: it is awake */
}

static bool wait_for(struct output *o, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	return epoll_ctl(o->source.fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct source *exec_output_new(const struct source_ops *ops,
	const struct source_options *options, const char *label, struct meter *meter,
	bool live, int *news, struct err *err)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		err_set(err, "%s: cannot start it: %s", label, strerror(errno));
		return NULL;
	}
	struct source *s = source_new(ops, sizeof(struct output), options, label);
	struct output *o = (struct output *)s;
	s->live = live;
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	o->fd = -1;
	o->news = fds[0];
	o->meter = meter;
	atomic_fetch_add(&meter->users, 1);
	if (wait_for(o, o->news)) {
		*news = fds[1];
		return s;
	}
	err_set(err, "%s: cannot wait for it: %s", label, strerror(errno));
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options->origins, origin);
	close(fds[1]);
	return NULL;
}

static bool tell(int news, const struct message *m)
{
	return write(news, m, sizeof(*m)) == (ssize_t)sizeof(*m);
}

bool exec_output_open(int news, int fd, bool terminal)
{
	struct message m = {.what = NEWS_OPEN, .fd = fd, .terminal = terminal};
	if (tell(news, &m))
		return true;
	close(fd);
	return false;
}

void exec_output_say(int news, const char *line, size_t len)
{
	struct message m = {.what = NEWS_LINE, .len = len};
	if (len > sizeof(m.line))
		return;
	memcpy(m.line, line, len);
	tell(news, &m);
}

void exec_output_leave(int news)
{
	struct message m = {.what = NEWS_LEAVE};
	tell(news, &m);
}

void exec_output_end(int news, bool failed)
{
	struct message m = {.what = NEWS_FAILED};
	if (failed)
		tell(news, &m);
	close(news);
}

/* What was open has come to its end. */
static enum read_state leave(struct output *o)
{
	bool begun = o->begun;
	close(o->fd);
	o->fd = -1;
	o->begun = o->midline = o->after_cr = false;
	atomic_fetch_sub(&o->meter->reading, 1);
	meter_wake(o->meter);
	return begun ? READ_RESET : READ_DATA;
}

static void use(struct output *o, const struct message *m)
{
	o->terminal = m->terminal;
	o->fd = m->fd;
	if (!o->terminal)
		fcntl(o->fd, F_SETPIPE_SZ, PIPE_BYTES);
	if (!wait_for(o, o->fd))
		notice_put(o->source.options->notices, "%s: cannot wait for it: %s",
			o->source.origin->label, strerror(errno));
}

/* Takes the next news, if any wait. READ_DATA: look again at what there is to read. */
static enum read_state take_news(struct output *o)
{
	struct message *m = &o->message;
	if (o->last)
		return o->fd >= 0 ? READ_AGAIN : o->failed ? READ_ERROR : READ_EOF;
	ssize_t n = read(o->news, m, sizeof(*m));
	if (n < 0)
		return errno == EINTR ? READ_DATA : READ_AGAIN;
	if (n == 0) {
		o->last = true;
		epoll_ctl(o->source.fd, EPOLL_CTL_DEL, o->news, NULL);
		return READ_DATA;
	}
	switch (m->what) {
	case NEWS_OPEN:
		use(o, m);
		return READ_DATA;
	case NEWS_LINE:
		o->has_line = true;
		return READ_DATA;
	case NEWS_LEAVE:
		return o->fd >= 0 ? leave(o) : READ_DATA;
	case NEWS_FAILED:
		o->failed = true;
		return READ_DATA;
	}
	return READ_DATA;
}

/* The line of news: a message of its own, whatever comes before and after it. */
static enum read_state give_line(struct output *o, char *buf, size_t cap, size_t *len)
{
	*len = o->message.len;
	if (cap < *len)
		return READ_ROOM;
	memcpy(buf, o->message.line, *len);
	o->source.frame = FRAME_TEXT;
	o->has_line = false;
	return READ_FRAME;
}

/* A terminal's ends of lines: CR LF is LF, and a CR alone ends a line, too, since what
 * comes after it is written over what was before. Returns the bytes that are left. */
static size_t plain_ends(struct output *o, char *buf, size_t n)
{
	size_t to = 0;
	for (size_t i = 0; i < n; i++) {
		char c = buf[i];
		if (c == '\r' && o->midline)
			buf[to++] = '\n';
		else if (c != '\r' && !(c == '\n' && o->after_cr))
			buf[to++] = c;
		o->after_cr = c == '\r' && (o->midline || o->after_cr);
		o->midline = c != '\r' && c != '\n';
	}
	return to;
}

/* Reads what is open. READ_DATA without bytes: it has come to its end, and nothing of it
 * was given. */
static enum read_state read_open(struct output *o, char *buf, size_t cap, size_t *len)
{
	ssize_t n;
	do {
		n = read(o->fd, buf, cap);
		*len = n > 0 ? (size_t)n : 0;
		if (o->terminal)
			*len = plain_ends(o, buf, *len);
	} while (*len == 0 && (n > 0 || (n < 0 && errno == EINTR)));
	if (n > 0) {
		o->begun = true;
		return READ_DATA;
	}
	if (n < 0 && errno == EAGAIN)
		return READ_AGAIN;
	/* EIO is a terminal that nobody has open any more. */
	if (n < 0 && errno != EIO)
		notice_put(o->source.options->notices, "%s: cannot read: %s",
			o->source.origin->label, strerror(errno));
	return leave(o);
}

enum read_state exec_output_read(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct output *o = (struct output *)s;
	enum read_state state;
	*len = 0;
	do {
		state = READ_AGAIN;
		if (o->has_line)
			state = give_line(o, buf, cap, len);
		else if (o->fd >= 0)
			state = read_open(o, buf, cap, len);
		if (state == READ_AGAIN)
			state = take_news(o);
	} while (state == READ_DATA && *len == 0);
	return state;
}

/* Descriptors that were on their way. */
static void drop_news(struct output *o)
{
	struct message *m = &o->message;
	while (read(o->news, m, sizeof(*m)) == (ssize_t)sizeof(*m)) {
		if (m->what != NEWS_OPEN)
			continue;
		close(m->fd);
		atomic_fetch_sub(&o->meter->reading, 1);
	}
}

void exec_output_close(struct source *s)
{
	struct output *o = (struct output *)s;
	if (o->fd >= 0)
		leave(o);
	drop_news(o);
	close(o->news);
	if (s->fd >= 0)
		close(s->fd);
	meter_release(o->meter);
}
