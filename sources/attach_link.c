/*
 * attach_link: queues between the one socket and the sources that are read from it.
 */
#include "sources/attach_link.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "sources/tally.h"

#define BUCKETS 256           /* a power of two */
#define QUEUED_MAX (4 << 20)  /* bytes in all queues; beyond, nothing is received */
#define QUEUE_KEPT 65536      /* bytes of an empty queue's memory that is not given back */

/* One origin. SOURCE is the reader's, the rest is under the link's lock. */
struct passage {
	struct source source; /* first: a passage is its source */
	struct attach_link *link;
	struct passage *next;
	uint64_t id;
	struct buf queue;     /* messages, the first of them at AT ... */
	size_t at;
	size_t part;          /* ... with so many bytes of it taken */
	bool history;         /* its past is not over */
	bool begun;
	uint32_t index;       /* of its next message */
	bool skipping;        /* up to the end of a line */
	bool unlisted;
	bool ended;           /* behind what is queued */
	struct tally dropped;
};

struct attach_link {
	pthread_mutex_t lock;
	unsigned refs;
	const struct source_options *options;
	struct passage *buckets[BUCKETS];
	size_t queued;
	bool full;
	int fd;
};

static void wake(int fd)
{
	uint64_t one = 1;
	ssize_t ignored = write(fd, &one, sizeof(one));
	(void)ignored;
}

static struct passage **find(struct attach_link *l, uint64_t id)
{
	struct passage **at = &l->buckets[id % BUCKETS];
	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

struct attach_link *attach_link_new(const struct source_options *options)
{
	struct attach_link *l = xcalloc(1, sizeof(*l));
	pthread_mutex_init(&l->lock, NULL);
	l->refs = 1;
	l->options = options;
	l->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return l;
}

void attach_link_drop(struct attach_link *l)
{
	pthread_mutex_lock(&l->lock);
	bool last = --l->refs == 0;
	pthread_mutex_unlock(&l->lock);
	if (!last)
		return;
	close(l->fd);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

int attach_link_fd(const struct attach_link *l)
{
	return l->fd;
}

void attach_link_poke(struct attach_link *l)
{
	wake(l->fd);
}

bool attach_link_full(struct attach_link *l)
{
	pthread_mutex_lock(&l->lock);
	l->full = l->queued >= QUEUED_MAX;
	bool full = l->full;
	pthread_mutex_unlock(&l->lock);
	return full;
}

/*
 * The reader's side.
 */
static struct share_head first_head(const struct passage *p)
{
	struct share_head head;
	memcpy(&head, p->queue.ptr + p->at, sizeof(head));
	return head;
}

/* The first message, or N bytes of its payload, are used up. */
static void use(struct passage *p, const struct share_head *head, size_t n)
{
	struct attach_link *l = p->link;
	p->part += n;
	if (p->part < head->size)
		return;
	p->at += sizeof(*head) + head->size;
	p->part = 0;
	l->queued -= sizeof(*head) + head->size;
	if (p->at == p->queue.len) {
		p->at = p->queue.len = 0;
		if (p->queue.cap > QUEUE_KEPT)
			buf_free(&p->queue);
	}
	if (l->full && l->queued < QUEUED_MAX / 2) {
		l->full = false;
		wake(l->fd);
	}
}

static void say_dropped(struct passage *p, bool last)
{
	uint64_t n = tally_due(&p->dropped, last);
	if (n > 0)
		notice_put(p->source.options->notices,
			"%s: dropped %" PRIu64 " records (total %" PRIu64 ")",
			p->source.origin->label, n, p->dropped.total);
}

static void take_loss(struct passage *p, const char *payload)
{
	uint64_t n;
	memcpy(&n, payload, sizeof(n));
	tally_add(&p->dropped, n);
	p->source.dropped = p->dropped.total;
	say_dropped(p, false);
}

/* What the first message gives to the reader; READ_RESET and READ_AGAIN also for what
 * gives nothing. False in *STOP: the next one is to be looked at. */
static enum read_state take_first(
	struct passage *p, char *buf, size_t cap, size_t *len, bool *stop)
{
	struct share_head head = first_head(p);
	const char *payload = p->queue.ptr + p->at + sizeof(head);
	size_t n = head.size - p->part;
	*stop = true;
	switch ((enum share_kind)head.kind) {
	case SHARE_DATA:
	case SHARE_FRAME:
		if (head.kind == SHARE_FRAME && n > cap) {
			*len = n;
			return READ_ROOM;
		}
		*len = n < cap ? n : cap;
		memcpy(buf, payload + p->part, *len);
		p->source.frame = (enum frame_kind)head.frame;
		p->source.arrived = head.arrived;
		use(p, &head, *len);
		return head.kind == SHARE_DATA ? READ_DATA : READ_FRAME;
	case SHARE_LIVE:
		use(p, &head, head.size);
		p->source.replays = false;
		if (p->queue.len > 0 || p->ended)
			wake(p->source.fd);
		return READ_AGAIN;
	case SHARE_RESET:
		use(p, &head, head.size);
		return READ_RESET;
	case SHARE_LOSS:
		take_loss(p, payload);
		break;
	default:
		break;
	}
	use(p, &head, head.size);
	*stop = false;
	return READ_AGAIN;
}

static enum read_state passage_read(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct passage *p = (struct passage *)s;
	enum read_state state = READ_AGAIN;
	bool stop = false;
	pthread_mutex_lock(&p->link->lock);
	while (p->queue.len > 0 && !stop)
		state = take_first(p, buf, cap, len, &stop);
	if (!stop && p->ended)
		state = READ_EOF;
	pthread_mutex_unlock(&p->link->lock);
	return state;
}

static void passage_close(struct source *s)
{
	struct passage *p = (struct passage *)s;
	struct attach_link *l = p->link;
	pthread_mutex_lock(&l->lock);
	struct passage **at = find(l, p->id);
	if (*at == p)
		*at = p->next;
	l->queued -= p->queue.len - p->at;
	if (l->full)
		wake(l->fd);
	pthread_mutex_unlock(&l->lock);
	say_dropped(p, true);
	buf_free(&p->queue);
	close(s->fd);
	attach_link_drop(l);
}

static const struct source_ops passage_one = {
	.name = "attach",
	.frames = true,
	.replica = true,
	.read = passage_read,
	.close = passage_close,
};

/* Of an origin that many programs write. */
static const struct source_ops passage_many = {
	.name = "attach",
	.frames = true,
	.replica = true,
	.shared = true,
	.read = passage_read,
	.close = passage_close,
};

/*
 * The receiver's side.
 */
static struct source *passage_new(struct attach_link *l, const struct share_head *head,
	const char *label, int fd)
{
	const struct source_ops *ops =
		(head->flags & SHARE_MANY) != 0 ? &passage_many : &passage_one;
	char *text = xstrndup(label, head->size);
	struct source *s = source_new(ops, sizeof(struct passage), l->options, text);
	free(text);
	s->fd = fd;
	s->live = true;
	((struct passage *)s)->link = l;
	((struct passage *)s)->id = head->origin;
	return s;
}

struct source *attach_link_origin(struct attach_link *l, const struct share_head *head,
	const char *label, bool history)
{
	struct source *s = NULL;
	pthread_mutex_lock(&l->lock);
	struct passage **at = find(l, head->origin);
	if (*at != NULL) {
		(*at)->unlisted = false;
	} else {
		int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (fd < 0) {
			notice_put(l->options->notices, "%.*s: cannot be shown: %s",
				(int)head->size, label, strerror(errno));
		} else {
			s = passage_new(l, head, label, fd);
			s->replays = ((struct passage *)s)->history = history;
			*at = (struct passage *)s;
			l->refs++;
		}
	}
	pthread_mutex_unlock(&l->lock);
	return s;
}

static void enqueue(struct passage *p, const struct share_head *head, const char *payload)
{
	bool empty = p->queue.len == 0;
	if (p->at > 0 && p->at >= p->queue.len / 2) {
		p->queue.len -= p->at;
		memmove(p->queue.ptr, p->queue.ptr + p->at, p->queue.len);
		p->at = 0;
	}
	buf_put(&p->queue, (const char *)head, sizeof(*head));
	buf_put(&p->queue, payload, head->size);
	p->link->queued += sizeof(*head) + head->size;
	if (empty)
		wake(p->source.fd);
}

static void enqueue_mark(struct passage *p, enum share_kind kind)
{
	const struct share_head head = {.kind = (uint8_t)kind};
	enqueue(p, &head, NULL);
}

/* Lines, of which the first one may be without its start: it is left out. */
static uint64_t put_lines(struct passage *p, const struct share_head *head, const char *payload)
{
	struct share_head rest = *head;
	uint64_t left_out = 0;
	if (p->skipping) {
		const char *newline = memchr(payload, '\n', head->size);
		size_t gone = newline != NULL ? (size_t)(newline - payload) + 1 : head->size;
		p->skipping = newline == NULL;
		left_out = newline != NULL ? 1 : 0;
		rest.size -= (uint32_t)gone;
		payload += gone;
	}
	if (rest.size > 0)
		enqueue(p, &rest, payload);
	return left_out;
}

/* Something of the passage is missing before HEAD. */
static void bridge(struct passage *p, const struct share_head *head)
{
	if (p->begun)
		enqueue_mark(p, SHARE_RESET);
	p->skipping = (head->flags & SHARE_MID_LINE) != 0;
}

uint64_t attach_link_put(
	struct attach_link *l, const struct share_head *head, const char *payload)
{
	uint64_t left_out = 0;
	pthread_mutex_lock(&l->lock);
	struct passage *p = *find(l, head->origin);
	if (p != NULL && !p->ended) {
		bool gap = p->begun && p->index != head->index;
		if (!p->begun || gap)
			bridge(p, head);
		p->begun = true;
		p->index = head->index + 1;
		if (head->kind == SHARE_DATA)
			left_out = put_lines(p, head, payload);
		else if (head->kind != SHARE_END)
			enqueue(p, head, payload);
		p->ended = head->kind == SHARE_END;
		if (p->ended)
			wake(p->source.fd);
	}
	pthread_mutex_unlock(&l->lock);
	return left_out;
}

static void for_all(struct attach_link *l, void (*one)(struct passage *p))
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct passage *p = l->buckets[i]; p != NULL; p = p->next)
			one(p);
	}
	pthread_mutex_unlock(&l->lock);
}

static void set_live(struct passage *p)
{
	if (p->history)
		enqueue_mark(p, SHARE_LIVE);
	p->history = false;
}

void attach_link_live(struct attach_link *l)
{
	for_all(l, set_live);
}

static void set_unlisted(struct passage *p)
{
	p->unlisted = true;
}

void attach_link_begin_list(struct attach_link *l)
{
	for_all(l, set_unlisted);
}

void attach_link_end_list(
	struct attach_link *l, void (*gone)(void *context, uint64_t origin), void *context)
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct passage *p = l->buckets[i]; p != NULL; p = p->next) {
			if (!p->unlisted || p->ended)
				continue;
			p->ended = true;
			wake(p->source.fd);
			gone(context, p->id);
		}
	}
	pthread_mutex_unlock(&l->lock);
}

static void set_ended(struct passage *p)
{
	p->ended = true;
	wake(p->source.fd);
}

void attach_link_end(struct attach_link *l)
{
	for_all(l, set_ended);
}
