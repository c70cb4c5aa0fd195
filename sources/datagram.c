/*
 * datagram: reading messages and counting the lost ones.
 *
 * The kernel's count of dropped messages comes in two ways. SO_RXQ_OVFL puts it on each
 * message, as it was when that message was queued: so it is seen while reading goes on,
 * but the drops after the last queued message are not. SO_MEMINFO gives it as it is now:
 * it is asked when the queue has been read empty, but not each time.
 */
#include "sources/datagram.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/datagram_kind.h"
#include "sources/gelf_chunks.h"
#include "sources/inet.h"
#include "sources/mailbox.h"
#include "sources/tally.h"

#define RECEIVE_BUFFER (8 << 20)
#define MESSAGE_MAX 1048576 /* where the options do not say */
#define NS_PER_SECOND INT64_C(1000000000)
#define ASK_NS (NS_PER_SECOND / 10) /* between questions about drops */

struct port {
	int fd;
	uint32_t drops; /* the kernel's counter when it was seen last; it wraps */
};

struct datagram {
	struct source source; /* first: a datagram is its source */
	struct port ports[INET_SOCKETS];
	size_t count;
	size_t at; /* the port whose turn it is */
	struct mailbox *mailbox; /* of the port AT */
	int64_t asked_at;        /* about drops: monotonic ns */
	bool unasked;            /* something has come since */
	struct tally dropped;
	struct tally cut;
	size_t cut_at; /* bytes that were kept of the last one that was cut */
	struct sockpath path;
	struct gelf_chunks *gelf; /* NULL: nothing of it has come */
	struct str held;          /* a message of it that had no room; ptr NULL: none */
};

static void drops_seen(struct datagram *d, struct port *port, uint32_t drops)
{
	uint32_t more = drops - port->drops;
	if (more == 0 || more > UINT32_MAX / 2)
		return; /* an old message carries an older count */
	port->drops = drops;
	tally_add(&d->dropped, more);
	d->source.dropped = d->dropped.total;
}

/* The kernel's counter as it is now; OTHERWISE where there is none. */
static uint32_t drops_of(int fd, uint32_t otherwise)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0 &&
		len > SK_MEMINFO_DROPS * sizeof(uint32_t))
		return info[SK_MEMINFO_DROPS];
	return otherwise;
}

static void ask_drops(struct datagram *d, struct port *port)
{
	drops_seen(d, port, drops_of(port->fd, port->drops));
}

static void say_gelf(struct datagram *d, struct gelf_chunks *g, bool last)
{
	struct notices *notices = d->source.options->notices;
	const char *label = d->source.origin->label;
	uint64_t n = tally_due(&g->half, last);
	if (n > 0)
		notice_put(notices,
			"%s: lost %" PRIu64
			" messages of which not all chunks came (total %" PRIu64 ")",
			label, n, g->half.total);
	n = tally_due(&g->bad, last);
	if (n > 0)
		notice_put(notices,
			"%s: skipped %" PRIu64
			" chunks or compressed messages that are wrong or longer than "
			"--max-record (total %" PRIu64 ")",
			label, n, g->bad.total);
	n = tally_due(&g->packed, last);
	if (n > 0)
		notice_put(notices,
			"%s: skipped %" PRIu64
			" compressed messages (total %" PRIu64
			"): this mplog was built without zlib",
			label, n, g->packed.total);
	d->source.dropped = d->dropped.total + g->half.total + g->bad.total + g->packed.total;
}

static void say(struct datagram *d, bool last)
{
	struct notices *notices = d->source.options->notices;
	const char *label = d->source.origin->label;
	uint64_t n = tally_due(&d->dropped, last);
	if (n > 0)
		notice_put(notices, "%s: dropped %" PRIu64 " records (total %" PRIu64 ")",
			label, n, d->dropped.total);
	n = tally_due(&d->cut, last);
	if (n > 0)
		notice_put(notices,
			"%s: cut %" PRIu64
			" records longer than %zu bytes (total %" PRIu64 ")",
			label, n, d->cut_at, d->cut.total);
	if (d->gelf != NULL)
		say_gelf(d, d->gelf, last);
}

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

/* A message that was put together or unpacked. GELF laid out on several lines becomes one:
 * there are no line feeds inside of JSON's strings. */
static enum read_state hand_out(struct datagram *d, char *buf, size_t cap, size_t *len)
{
	*len = d->held.len;
	if (cap < *len)
		return READ_ROOM;
	memcpy(buf, d->held.ptr, *len);
	d->held.ptr = NULL;
	for (char *at = buf; *buf == '{' && at != NULL;) {
		at = memchr(at, '\n', (size_t)(buf + *len - at));
		if (at != NULL)
			*at = ' ';
	}
	d->source.frame = datagram_kind(buf, len);
	return READ_FRAME;
}

/* What the *LEN bytes in BUF, which has room for CAP, are: READ_FRAME, or READ_ROOM with
 * the room for the next ones: a part of a message, which is kept, or none. */
static enum read_state unwrap(struct datagram *d, char *buf, size_t cap, size_t *len)
{
	struct str datagram = {buf, *len};
	if (gelf_begins(datagram)) {
		if (d->gelf == NULL)
			d->gelf = xcalloc(1, sizeof(*d->gelf));
		d->gelf->max = d->source.options->max_frame > 0
				       ? d->source.options->max_frame
				       : MESSAGE_MAX;
		switch (gelf_take(d->gelf, datagram, now_ns(), &d->held)) {
		case GELF_MESSAGE:
			return hand_out(d, buf, cap, len);
		case GELF_KEPT:
			d->held.ptr = NULL;
			say(d, false);
			*len = 1;
			return READ_ROOM;
		case GELF_AS_IT_IS:
			d->held.ptr = NULL;
			break;
		}
	}
	d->source.frame = datagram_kind(buf, len);
	return READ_FRAME;
}

static bool is_local(const struct datagram *d)
{
	int domain = AF_UNIX;
	socklen_t len = sizeof(domain);
	getsockopt(d->ports[0].fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	return domain == AF_UNIX;
}

static void drop_one(struct datagram *d)
{
	tally_add(&d->dropped, 1);
	d->source.dropped++;
	say(d, false);
}

/* The oldest letter, of which CAP bytes may be taken: READ_FRAME or READ_ROOM. */
static enum read_state open_letter(struct datagram *d, char *buf, size_t cap, size_t *len)
{
	struct letter letter = mailbox_first(d->mailbox);
	while (letter.bytes.len == 0) { /* an empty one is none */
		/* But for a great one of journald's clients, which is in a file that they
		 * pass. */
		if (letter.passed)
			drop_one(d);
		mailbox_drop(d->mailbox);
		*len = 1;
		if (mailbox_empty(d->mailbox))
			return READ_ROOM;
		letter = mailbox_first(d->mailbox);
	}
	if (letter.bytes.len > cap) {
		*len = letter.bytes.len;
		return READ_ROOM;
	}
	d->source.buffered = mailbox_followed(d->mailbox);
	mailbox_drop(d->mailbox);
	if (letter.counted)
		drops_seen(d, &d->ports[d->at], letter.drops);
	if (letter.cut) {
		tally_add(&d->cut, 1);
		d->cut_at = letter.bytes.len;
	}
	if (d->dropped.total != d->dropped.said || d->cut.total != d->cut.said)
		say(d, false);
	*len = letter.bytes.len;
	memcpy(buf, letter.bytes.ptr, *len);
	return unwrap(d, buf, cap, len);
}

/* Fetches what is there, from each socket in its turn. */
static enum read_state fetch(struct datagram *d)
{
	size_t max = d->source.options->max_frame;
	for (size_t tried = 0; tried < d->count; tried++) {
		int n;
		d->at = (d->at + 1) % d->count;
		do
			n = mailbox_fetch(d->mailbox, d->ports[d->at].fd,
				max > 0 ? max : MESSAGE_MAX);
		while (n < 0 && errno == EINTR);
		if (n > 0)
			return READ_ROOM;
		if (errno != EAGAIN && errno != ENOMEM && errno != ENOBUFS)
			return READ_ERROR;
	}
	return READ_AGAIN;
}

/* There is no more: time for what is seldom done. */
static void rest(struct datagram *d)
{
	int64_t now = now_ns();
	d->unasked = now - d->asked_at < ASK_NS;
	if (!d->unasked) {
		d->asked_at = now;
		for (size_t i = 0; i < d->count; i++)
			ask_drops(d, &d->ports[i]);
	}
	if (d->gelf != NULL && d->gelf->waiting > 0)
		gelf_expire(d->gelf, now);
	say(d, false);
}

static void enlarge(int fd)
{
	const int size = RECEIVE_BUFFER, on = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
}

/* One descriptor to wait for all of the sockets, or -1. */
static int join_ports(const struct datagram *d)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < d->count && fd >= 0; i++) {
		struct epoll_event event = {.events = EPOLLIN};
		if (epoll_ctl(fd, EPOLL_CTL_ADD, d->ports[i].fd, &event) == 0)
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

struct source *datagram_new(const struct source_ops *ops,
	const struct source_options *options, const char *label, const int *fds,
	size_t count, const struct sockpath *path, struct err *err)
{
	assert(count > 0 && count <= INET_SOCKETS);
	struct source *s = source_new(ops, sizeof(struct datagram), options, label);
	struct datagram *d = (struct datagram *)s;
	s->live = true;
	if (path != NULL)
		d->path = *path;
	d->count = count;
	for (size_t i = 0; i < count; i++) {
		d->ports[i].fd = fds[i];
		d->ports[i].drops = drops_of(fds[i], 0); /* it may be an older one */
		enlarge(fds[i]);
	}
	s->fd = count == 1 ? fds[0] : join_ports(d);
	if (s->fd >= 0)
		return s;
	err_set(err, "%s: cannot wait for it: %s", label, strerror(errno));
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options->origins, origin);
	return NULL;
}

enum read_state datagram_read(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct datagram *d = (struct datagram *)s;
	if (d->held.ptr != NULL)
		return hand_out(d, buf, cap, len);
	if (d->mailbox == NULL)
		d->mailbox = mailbox_new(!is_local(d));
	if (!mailbox_empty(d->mailbox))
		return open_letter(d, buf, cap, len);
	switch (fetch(d)) {
	case READ_ROOM:
		return open_letter(d, buf, cap, len);
	case READ_AGAIN:
		rest(d);
		return READ_AGAIN;
	default:
		break;
	}
	notice_put(s->options->notices, "%s: cannot read: %s", s->origin->label,
		strerror(errno));
	return READ_ERROR;
}

int64_t datagram_due(const struct source *s)
{
	const struct datagram *d = (const struct datagram *)s;
	const struct tally *tallies[] = {
		&d->dropped, &d->cut, d->gelf != NULL ? &d->gelf->half : &d->cut};
	int64_t due = d->unasked ? d->asked_at + ASK_NS : INT64_MAX;
	if (d->gelf != NULL && gelf_due(d->gelf) < due)
		due = gelf_due(d->gelf);
	for (size_t i = 0; i < sizeof(tallies) / sizeof(tallies[0]); i++) {
		int64_t at = tally_at(tallies[i]);
		due = at < due ? at : due;
	}
	return due;
}

void datagram_close(struct source *s)
{
	struct datagram *d = (struct datagram *)s;
	for (size_t i = 0; i < d->count; i++) {
		ask_drops(d, &d->ports[i]);
		close(d->ports[i].fd);
	}
	if (d->count > 1 && s->fd >= 0)
		close(s->fd);
	if (d->gelf != NULL)
		gelf_clear(d->gelf);
	say(d, true);
	free(d->gelf);
	mailbox_free(d->mailbox);
	sockpath_remove(&d->path);
}
