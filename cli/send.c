/*
 * send: the command. Lines of standard input are sent as they come: what one read gives is
 * handed on before the next, so a busy input goes out in large pieces and a slow one line
 * by line.
 */
#include "cli/send.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/send_layout.h"
#include "cli/send_to.h"
#include "core/mem.h"
#include "filters/when.h"
#include "formats/format.h"

#define READ_BYTES 65536 /* what a pipe holds */
#define PIECE_MAX                                                                        \
	(1 << 20) /* a longer line is sent in pieces: mplog would cut it there */

struct sending {
	const struct options *options;
	struct layout layout;
	struct send_to to;
	struct buf record;
	int64_t time;     /* TIME_NONE: now */
	uint64_t sent;    /* records, as far as is known */
	uint64_t refused; /* too long for a datagram */
	uint64_t cut;     /* lines longer than PIECE_MAX */
};

/* A descriptor that is closed would become the connection, and be read or spoken to. */
static void fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static bool put(struct sending *s, struct str message, struct err *err)
{
	int64_t time = s->time != TIME_NONE ? s->time : when_now();

	s->record.len = 0;
	layout_put(&s->layout, time, message, send_to_is_lines(&s->to), &s->record);
	if (!send_to_put(&s->to, buf_str(&s->record), err))
		return false;
	s->sent++;
	return true;
}

/* Connects again where the other side has gone. */
static bool flush(struct sending *s, struct err *err)
{
	send_to_begin(&s->to);
	while (!send_to_flush(&s->to, err)) {
		if (!s->to.broken || !send_to_again(&s->to, err))
			return false;
		say("%s: the connection has ended; connected again, what was sent just "
		    "before may be lost",
			s->to.name);
	}
	return true;
}

static bool put_line(struct sending *s, struct str line, struct err *err)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (s->to.way == SEND_DATAGRAM)
		send_to_begin(&s->to);
	if (put(s, line, err))
		return true;
	if (!s->to.too_long)
		return false;
	if (s->refused++ == 0)
		say("%s", err->msg);
	return true;
}

/* Takes the whole lines out of IN; with ALL what is left, too. */
static bool put_lines(struct sending *s, struct buf *in, bool all, struct err *err)
{
	struct str rest = buf_str(in);

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
		if (end == NULL && !all && len < PIECE_MAX)
			break;
		if (len > PIECE_MAX)
			len = PIECE_MAX;
		if (!put_line(s, str_make(rest.ptr, len), err))
			return false;
		s->cut += len == PIECE_MAX;
		rest = str_skip(rest, len + (len < rest.len && rest.ptr[len] == '\n'));
	}
	memmove(in->ptr, rest.ptr, rest.len);
	in->len = rest.len;
	return true;
}

/* The bytes that were read, 0 at the end. */
static size_t read_some(struct buf *in)
{
	for (;;) {
		struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
		buf_reserve(in, READ_BYTES);
		ssize_t n = read(STDIN_FILENO, in->ptr + in->len, READ_BYTES);
		if (n >= 0) {
			in->len += (size_t)n;
			return (size_t)n;
		}
		if (errno == EAGAIN)
			poll(&p, 1, -1);
		else if (errno != EINTR)
			return 0;
	}
}

static bool send_input(struct sending *s, struct err *err)
{
	struct buf in = {0};
	bool good = true, more = true;

	while (good && more) {
		more = read_some(&in) > 0;
		good = put_lines(s, &in, !more, err) && flush(s, err);
	}
	buf_free(&in);
	return good;
}

static bool send_words(struct sending *s, struct err *err)
{
	const struct option_list *words = &s->options->words;
	struct buf message = {0};
	bool good;

	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			buf_put_char(&message, ' ');
		buf_puts(&message, words->items[i]);
	}
	good = put(s, buf_str(&message), err) && send_to_flush(&s->to, err);
	buf_free(&message);
	return good;
}

static bool wants_input(const struct options *o)
{
	return o->words.count == 0 ||
	       (o->words.count == 1 && strcmp(o->words.items[0], "-") == 0);
}

/* What must not go unsaid at the end. */
static int finish(struct sending *s, bool good, const struct err *err)
{
	unsigned long long unsent = send_to_unsent(&s->to);
	unsigned long long sent = s->sent - unsent;

	if (s->cut > 0)
		say("%llu pieces of lines longer than 1 MiB are records of their own",
			(unsigned long long)s->cut);
	if (s->refused > 0)
		say("%llu record%s too long for a datagram %s not sent",
			(unsigned long long)s->refused, s->refused == 1 ? "" : "s",
			s->refused == 1 ? "was" : "were");
	if (!good && wants_input(s->options))
		say("%s; %llu record%s sent, %llu not, and the rest of the input was not "
		    "read",
			err->msg, sent, sent == 1 ? " was" : "s were", unsent);
	else if (!good)
		say("%s", err->msg);
	return good && s->refused == 0 ? 0 : 1;
}

static bool read_options(struct sending *s, struct err *err)
{
	const struct options *o = s->options;
	struct err why;

	if (o->words.count == 0 && isatty(STDIN_FILENO))
		return err_set(
			err, "send what? Name a message, or - for lines that you type");
	s->time = TIME_NONE;
	if (o->send.time != NULL &&
		!when_parse(str_from(o->send.time), when_now(), &s->time, &why))
		return err_set(err, "option '--time': %s", why.msg);
	return layout_init(&s->layout, o, err);
}

int send_run(const struct options *o)
{
	struct sending s = {.options = o};
	const char *inherited = getenv("MPLOG_SOCKET");
	const char *address = o->send.to;
	struct err err = {0};
	int status;

	fill_descriptors();
	signal(SIGPIPE, SIG_IGN);
	formats_init();
	if (!read_options(&s, &err)) {
		say("%s", err.msg);
		return 2;
	}
	if (address == NULL && inherited != NULL && *inherited != '\0')
		address = inherited;
	if (!send_to_open(&s.to, address, o->send.as == SEND_SYSLOG, &err)) {
		say("%s%s",
			address == inherited && address != NULL ? "$MPLOG_SOCKET: " : "",
			err.msg);
		status = err.has_pos ? 2 : 1;
	} else {
		bool good = wants_input(o) ? send_input(&s, &err) : send_words(&s, &err);
		status = finish(&s, good, &err);
	}
	send_to_close(&s.to);
	layout_free(&s.layout);
	buf_free(&s.record);
	return status;
}
