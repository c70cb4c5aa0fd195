/*
 * channel: a list behind a lock and an eventfd that is only written when the other side
 * sleeps. A batch is tens of kilobytes, so the lock is rarely asked for.
 */
#include "merge/channel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/mem.h"
#include "merge/stream.h"

struct channel {
	pthread_mutex_t lock;
	struct batch *first, **last;
	struct batch **room;      /* nothing before it can be thrown away */
	uint64_t takes;           /* one more with each channel_take; from 1 */
	bool sleeping;            /* the taker found nothing and may wait on the fd */
	const struct stream *awaited; /* only its batches are worth waking up for, if set */
	atomic_bool woken;        /* the fd is readable */
	int fd;
	size_t limit;
	atomic_size_t bytes;
};

struct channel *channel_new(size_t limit)
{
	struct channel *c = xcalloc(1, sizeof(*c));

	pthread_mutexattr_t spinning;

	/* The lock is held for a few instructions: to sleep for it takes longer. */
	pthread_mutexattr_init(&spinning);
	pthread_mutexattr_settype(&spinning, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&c->lock, &spinning);
	pthread_mutexattr_destroy(&spinning);
	c->last = c->room = &c->first;
	c->takes = 1;
	c->limit = limit;
	c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return c;
}

void channel_free(struct channel *c)
{
	struct batch *next;

	if (c == NULL)
		return;
	for (struct batch *b = c->first; b != NULL; b = next) {
		next = b->next;
		batch_free(b);
	}
	close(c->fd);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

int channel_fd(const struct channel *c)
{
	return c->fd;
}

void channel_wake(struct channel *c)
{
	uint64_t one = 1;
	ssize_t ignored;

	atomic_store(&c->woken, true);
	ignored = write(c->fd, &one, sizeof(one));

	(void)ignored;
}

static void account(struct channel *c, const struct batch *b)
{
	atomic_fetch_add(&c->bytes, b->bytes);
	atomic_fetch_add(&b->stream->in_flight, b->bytes);
}

size_t channel_freed(struct channel *c, const struct batch *b)
{
	atomic_fetch_sub(&b->stream->in_flight, b->bytes);
	return atomic_fetch_sub(&c->bytes, b->bytes);
}

/* Throws B away, which is at c->room. The first of its stream stays, without its records:
 * the taker hears by it that something was. */
static void throw_away(struct channel *c, struct batch *b)
{
	struct stream *s = b->stream;

	atomic_fetch_add(&s->dropped, b->count);
	channel_freed(c, b);
	if (s->emptied_at != c->takes) {
		s->emptied_at = c->takes;
		block_drop(b->block);
		b->block = NULL;
		b->count = 0;
		b->bytes = 0;
		c->room = &b->next;
		return;
	}
	*c->room = b->next;
	if (b->next == NULL)
		c->last = c->room;
	batch_free(b);
}

/* Oldest first, until there is room. Neither the time nor the list grow with what has been
 * thrown away before. */
static void make_room(struct channel *c)
{
	struct batch *b;

	while (atomic_load(&c->bytes) > c->limit && (b = *c->room) != NULL) {
		if (b->droppable)
			throw_away(c, b);
		else
			c->room = &b->next;
	}
}

void channel_push(struct channel *c, struct batch *b, bool droppable)
{
	bool wake;

	b->next = NULL;
	b->droppable = droppable;
	account(c, b);
	pthread_mutex_lock(&c->lock);
	*c->last = b;
	c->last = &b->next;
	wake = c->sleeping && (c->awaited == NULL || c->awaited == b->stream ||
				      b->event != BATCH_MORE || b->droppable);
	if (wake)
		c->sleeping = false;
	if (droppable && atomic_load(&c->bytes) > c->limit)
		make_room(c); /* of B, too, maybe */
	pthread_mutex_unlock(&c->lock);
	if (wake)
		channel_wake(c);
}

struct batch *channel_take(struct channel *c)
{
	struct batch *list;
	uint64_t ignored;

	pthread_mutex_lock(&c->lock);
	list = c->first;
	c->first = NULL;
	c->last = c->room = &c->first;
	c->takes++;
	c->sleeping = list == NULL;
	c->awaited = NULL;
	/* Under the lock: a later push must find its wake-up unread. */
	if (list == NULL && atomic_exchange(&c->woken, false)) {
		ssize_t n = read(c->fd, &ignored, sizeof(ignored));
		(void)n;
	}
	pthread_mutex_unlock(&c->lock);
	return list;
}

bool channel_await(struct channel *c, const struct stream *awaited)
{
	bool empty;

	pthread_mutex_lock(&c->lock);
	empty = c->first == NULL;
	c->sleeping = empty; /* also after channel_stay */
	c->awaited = awaited;
	pthread_mutex_unlock(&c->lock);
	return empty;
}

void channel_stay(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	c->sleeping = false;
	pthread_mutex_unlock(&c->lock);
}

size_t channel_bytes(const struct channel *c)
{
	return atomic_load(&c->bytes);
}
