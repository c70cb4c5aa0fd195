/*
 * connection: receiving, keeping what is not whole yet, and giving up on those who never
 * finish. Descriptors are edge-triggered: what is there is read until the kernel has no
 * more; silence is found out by being asked again (connection_due).
 */
#include "sources/connection.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"

#define BUFFER_FIRST 4096
#define BUFFER_BUSY 65536     /* of a connection that keeps filling its buffer */
#define FRAME_WAIT_MS 30000
#define RECEIVES_MAX 16       /* in one read, without a message: others want to be read */
#define BAD_MAX 8             /* messages nobody can read, of one connection */
#define DRAINED_MAX 16        /* buffers thrown away behind a last reply */
#define NS_PER_MS INT64_C(1000000)

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void drop_buffer(struct connection *c)
{
	if (c->bytes == NULL)
		return;
	free(c->bytes);
	c->door->bytes -= c->cap;
	*c->place = c->next;
	if (c->next != NULL)
		c->next->place = c->place;
	c->bytes = NULL;
	c->cap = c->start = c->end = 0;
}

/* Nothing more is taken from C, for the reason WHY. */
static void give_up(struct connection *c, const char *why)
{
	c->closing = true;
	c->held = false;
	door_closed(c->door, c->source.origin->label, why);
}

static void lose_half(struct connection *c)
{
	tally_add(&c->door->half, 1);
	c->source.dropped++;
	door_say(c->door, false);
}

/* Of those that are as big, the one that is at it longest. */
static struct connection *biggest_buffer(struct door *door)
{
	struct connection *best = door->buffers;
	for (struct connection *c = best; c != NULL; c = c->next)
		if (c->cap > best->cap || (c->cap == best->cap && c->began < best->began))
			best = c;
	return best;
}

/* The memory of a door is used up by messages that are not whole: whoever has the most
 * goes. Its reader is woken by the end of the connection. */
static void evict(struct connection *c)
{
	lose_half(c);
	give_up(c, "too many unfinished messages at the same time, and it had the most");
	drop_buffer(c);
	shutdown(c->source.fd, SHUT_RDWR);
}

/* False if C had to go for it. */
static bool grow(struct connection *c, size_t cap)
{
	struct door *door = c->door;
	while (door->bytes - c->cap + cap > door->bytes_max) {
		struct connection *biggest = biggest_buffer(door);
		if (biggest == NULL)
			biggest = c;
		evict(biggest);
		if (biggest == c)
			return false;
	}
	door->bytes += cap - c->cap;
	if (c->bytes == NULL) {
		c->next = door->buffers;
		if (c->next != NULL)
			c->next->place = &c->next;
		c->place = &door->buffers;
		door->buffers = c;
	}
	c->bytes = xrealloc(c->bytes, cap);
	c->cap = cap;
	return true;
}

/* Room in the buffer for more; false: C has to go. */
static bool make_room(struct connection *c)
{
	bool full = c->bytes != NULL && c->end == c->cap;
	size_t most = c->framing.max_frame + FRAMING_HEAD;
	if (c->bytes == NULL)
		return grow(c, BUFFER_FIRST);
	if (c->start > 0) {
		memmove(c->bytes, c->bytes + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
		if (full && c->cap < BUFFER_BUSY)
			return grow(c, 4 * c->cap);
	}
	if (c->end < c->cap - c->cap / 4)
		return true;
	if (c->cap < most)
		return grow(c, 2 * c->cap < most ? 2 * c->cap : most);
	if (c->end < c->cap)
		return true;
	lose_half(c);
	give_up(c, "a message is longer than --max-record allows");
	return false;
}

static void drop_skipped(struct connection *c)
{
	size_t n = c->end - c->start < c->skip ? c->end - c->start : c->skip;
	c->start += n;
	c->skip -= n;
}

static void reply(struct connection *c, struct str bytes)
{
	if (bytes.len == 0)
		return;
	ssize_t n = send(c->source.fd, bytes.ptr, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)bytes.len)
		c->closing = true; /* nobody is waited for, and nothing kept for him */
	c->replied = true;
}

/* What FRAMED says of the bytes is done; the message is still to be handed out. */
static void take(struct connection *c, const struct framed *framed)
{
	c->skip += framed->taken;
	drop_skipped(c);
	c->quiet_at = 0;
	c->unfinished = framed->half;
	if (!framed->half)
		c->began = 0;
	else if (c->began == 0)
		c->began = c->came;
	reply(c, framed->reply);
	c->closing |= framed->last;
	if (framed->cut) {
		tally_add(&c->door->cut, 1);
		door_say(c->door, false);
	}
	if (framed->foreign) {
		tally_add(&c->door->foreign, 1);
		door_say(c->door, false);
	}
	if (framed->bad) {
		tally_add(&c->door->bad, 1);
		c->source.dropped++;
		door_say(c->door, false);
		if (++c->bad == BAD_MAX)
			give_up(c, "too many messages that mplog cannot read");
	}
}

static void wait_for_more(struct connection *c, const struct framed *framed)
{
	c->halted = true;
	c->unfinished = framed->half || c->start < c->end;
	c->quiet_at = framed->quiet_ms > 0 ? c->came + framed->quiet_ms * NS_PER_MS : 0;
	if (c->unfinished && c->began == 0)
		c->began = c->came;
}

static enum read_state hand_out(struct connection *c, char *buf, size_t cap, size_t *len)
{
	struct str message = c->framed.message;
	*len = message.len;
	if (cap < message.len)
		return READ_ROOM;
	memcpy(buf, message.ptr, message.len);
	c->held = false;
	c->source.frame = c->framed.kind;
	c->source.buffered = !c->fresh;
	c->fresh = false;
	return READ_FRAME;
}

static enum read_state give_lines(struct connection *c, char *buf, size_t cap, size_t *len)
{
	*len = c->end - c->start < cap ? c->end - c->start : cap;
	memcpy(buf, c->bytes + c->start, *len);
	c->start += *len;
	if (c->start == c->end)
		drop_buffer(c);
	return READ_DATA;
}

/* One step of the framing. READ_AGAIN: the step gave nothing to hand out. */
static enum read_state step(struct connection *c, char *buf, size_t cap, size_t *len)
{
	struct framing_input in = {
		{c->bytes + c->start, c->end - c->start}, c->quiet, c->at_end};
	enum framing_step what = framing_next(&c->framing, &in, &c->framed);
	c->quiet = false;
	switch (what) {
	case FRAMING_MESSAGE:
		c->held = c->framed.message.len > 0;
		take(c, &c->framed);
		return c->held ? hand_out(c, buf, cap, len) : READ_AGAIN;
	case FRAMING_SKIP:
		assert(c->framed.taken > 0 || c->framed.reply.len > 0);
		take(c, &c->framed);
		return READ_AGAIN;
	case FRAMING_MORE:
		wait_for_more(c, &c->framed);
		return READ_AGAIN;
	case FRAMING_LINES:
	case FRAMING_OTHER:
		c->lines = true;
		return READ_AGAIN;
	case FRAMING_BAD:
		reply(c, c->framed.reply);
		give_up(c, c->framed.why);
		return READ_AGAIN;
	case FRAMING_HANDOVER:
		break;
	}
	return READ_HANDOVER;
}

/* What has come, as far as it says something. READ_AGAIN: more is wanted. */
static enum read_state cut(struct connection *c, char *buf, size_t cap, size_t *len)
{
	enum read_state state = READ_AGAIN;
	while (state == READ_AGAIN && !c->halted && !c->closing) {
		if (c->lines && c->start < c->end)
			return give_lines(c, buf, cap, len);
		if (c->lines || (c->start == c->end && !c->at_end))
			break;
		if (c->at_end && c->start == c->end && !c->unfinished)
			break;
		state = step(c, buf, cap, len);
	}
	return state;
}

/* The end. A last reply must not be lost because the other side was still sending. */
static enum read_state finish(struct connection *c)
{
	char ignored[BUFFER_FIRST];
	if (c->at_end && c->unfinished && !c->closing)
		lose_half(c);
	if (c->replied && !c->at_end) {
		shutdown(c->source.fd, SHUT_WR);
		for (int i = 0; i < DRAINED_MAX; i++)
			if (recv(c->source.fd, ignored, sizeof(ignored), MSG_DONTWAIT) <= 0)
				break;
	}
	drop_buffer(c);
	return READ_EOF;
}

static int64_t given_up_at(const struct connection *c)
{
	unsigned ms = c->source.options->frame_wait_ms;
	return c->began + (ms > 0 ? ms : FRAME_WAIT_MS) * NS_PER_MS;
}

/* Nothing came: READ_ROOM if that says something, too. */
static enum read_state silent(struct connection *c)
{
	if (!c->unfinished) {
		if (c->start == c->end && c->cap > BUFFER_BUSY)
			drop_buffer(c);
		return READ_AGAIN;
	}
	int64_t now = now_ns();
	if (c->quiet_at != 0 && now >= c->quiet_at) {
		c->quiet = true;
		c->halted = false;
		c->quiet_at = 0;
		return READ_ROOM;
	}
	if (now < given_up_at(c))
		return READ_AGAIN;
	lose_half(c);
	give_up(c, "half a message came, and not the rest");
	return READ_ROOM;
}

/* A program that dies is the end of its connection, not a failure. */
static void broken(struct connection *c, int error)
{
	if (c->received)
		notice_put(c->source.options->notices, "%s: connection broken: %s",
			c->source.origin->label, strerror(error));
}

/* READ_ROOM: something has changed; else what recv says. */
static enum read_state receive(struct connection *c, char *buf, size_t cap, size_t *len)
{
	bool own = !c->lines;
	if (own && !make_room(c))
		return READ_ROOM;
	char *to = own ? c->bytes + c->end : buf;
	size_t room = own ? c->cap - c->end : cap;
	ssize_t n;
	do
		n = recv(c->source.fd, to, room, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS))
		return own ? silent(c) : READ_AGAIN;
	if (n < 0)
		broken(c, errno);
	if (n <= 0) {
		c->at_end = true;
		c->halted = false;
		return own ? READ_ROOM : READ_EOF;
	}
	c->received = true;
	*len = (size_t)n;
	if (!own)
		return READ_DATA;
	c->came = now_ns();
	c->fresh = true;
	c->halted = false;
	c->end += (size_t)n;
	drop_skipped(c);
	return READ_ROOM;
}

void connection_init(struct connection *c, int fd, struct door *door)
{
	int domain = 0;
	socklen_t len = sizeof(domain);
	c->source.fd = fd;
	c->source.live = true;
	c->door = door;
	c->framing.max_frame = door_frame_max(c->source.options);
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0)
		c->framing.local = domain == AF_UNIX;
	door->users++;
	door->open++;
}

void connection_again(struct connection *c, int fd)
{
	struct source source = c->source;
	struct door *door = c->door;
	bool local = c->framing.local;
	framing_clear(&c->framing);
	drop_buffer(c);
	if (source.fd >= 0)
		close(source.fd);
	*c = (struct connection){.source = source, .door = door};
	c->source.fd = fd;
	c->framing.max_frame = door_frame_max(source.options);
	c->framing.local = local;
}

enum read_state connection_read(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct connection *c = (struct connection *)s;
	if (c->held)
		return hand_out(c, buf, cap, len);
	for (int i = 0; i < RECEIVES_MAX; i++) {
		enum read_state state = cut(c, buf, cap, len);
		if (state != READ_AGAIN)
			return state;
		if (c->closing || c->at_end)
			return finish(c);
		state = receive(c, buf, cap, len);
		if (state != READ_ROOM)
			return state;
	}
	*len = 1;
	return READ_ROOM;
}

int64_t connection_due(const struct source *s)
{
	const struct connection *c = (const struct connection *)s;
	if (!c->unfinished)
		return INT64_MAX;
	int64_t due = given_up_at(c);
	return c->quiet_at != 0 && c->quiet_at < due ? c->quiet_at : due;
}

int connection_hand_over(struct source *s, struct str *unread)
{
	struct connection *c = (struct connection *)s;
	int fd = s->fd;
	*unread = str_make(c->bytes + c->start, c->end - c->start);
	s->fd = -1;
	return fd;
}

void connection_close(struct source *s)
{
	struct connection *c = (struct connection *)s;
	framing_clear(&c->framing);
	drop_buffer(c);
	if (s->fd >= 0)
		close(s->fd);
	c->door->open--;
	door_leave(c->door);
}
