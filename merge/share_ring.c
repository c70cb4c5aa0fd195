/*
 * share_ring: a ring of messages. None is split in two at its end: the rest is skipped.
 */
#include "merge/share_ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define ALIGN 8
#define MESSAGES_LEAST 4 /* of the longest ones, that the ring holds */

void share_ring_init(struct share_ring *r, size_t cap,
	void (*evicted)(void *context, const struct share_head *head), void *context)
{
	cap -= cap % ALIGN;
	assert(cap >= SHARE_RING_LEAST);
	*r = (struct share_ring){.cap = cap, .evicted = evicted, .context = context};
	r->bytes = xcalloc(1, cap);
}

void share_ring_clear(struct share_ring *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

size_t share_ring_size(const struct share_head *head)
{
	size_t size = sizeof(*head) + head->size;
	return size + (ALIGN - size % ALIGN) % ALIGN;
}

bool share_ring_fits(const struct share_ring *r, size_t n)
{
	return n <= SHARE_PAYLOAD_MAX &&
	       n + sizeof(struct share_head) <= r->cap / MESSAGES_LEAST;
}

/* Bytes from POS to the end of the ring's memory. */
static size_t straight(const struct share_ring *r, uint64_t pos)
{
	return r->cap - (size_t)(pos % r->cap);
}

static const struct share_head *head_at(const struct share_ring *r, uint64_t pos)
{
	/* Places are aligned, and so is the memory. */
	return (const void *)(r->bytes + pos % r->cap);
}

const struct share_head *share_ring_at(const struct share_ring *r, uint64_t *pos)
{
	if (*pos >= r->head)
		return NULL;
	size_t left = straight(r, *pos);
	if (left < sizeof(struct share_head) || head_at(r, *pos)->kind == SHARE_SKIP)
		*pos += left;
	return *pos < r->head ? head_at(r, *pos) : NULL;
}

void share_ring_drop(struct share_ring *r)
{
	const struct share_head *head = share_ring_at(r, &r->tail);
	assert(head != NULL);
	size_t size = share_ring_size(head);
	r->evicted(r->context, head);
	r->tail += size;
}

/* Skips what is left of the memory before its end. */
static void skip_rest(struct share_ring *r, size_t left)
{
	const struct share_head skip = {.kind = SHARE_SKIP};
	if (left >= sizeof(skip))
		memcpy(r->bytes + r->head % r->cap, &skip, sizeof(skip));
	r->head += left;
}

/* Overwrites until N bytes behind the head are free. */
static void make_room(struct share_ring *r, size_t n)
{
	while (r->head + n - r->tail > r->cap) {
		if (share_ring_at(r, &r->tail) == NULL)
			r->tail = r->head;
		else
			share_ring_drop(r);
	}
}

void share_ring_put(struct share_ring *r, const struct share_head *head, const char *payload)
{
	size_t size = share_ring_size(head);
	size_t left = straight(r, r->head);
	assert(share_ring_fits(r, head->size));
	if (left < size) {
		make_room(r, left);
		skip_rest(r, left);
	}
	make_room(r, size);
	char *to = r->bytes + r->head % r->cap;
	memcpy(to, head, sizeof(*head));
	if (head->size > 0)
		memcpy(to + sizeof(*head), payload, head->size);
	r->head += size;
}

void share_ring_reset(struct share_ring *r)
{
	while (share_ring_at(r, &r->tail) != NULL)
		share_ring_drop(r);
	r->tail = r->head;
}

uint64_t share_ring_find(const struct share_ring *r, uint64_t sequence)
{
	const struct share_head *head;
	uint64_t pos = r->tail;
	while ((head = share_ring_at(r, &pos)) != NULL && head->sequence < sequence)
		pos += share_ring_size(head);
	return pos;
}

void share_ring_cut(struct share_ring *r, uint64_t sequence)
{
	r->head = share_ring_find(r, sequence);
}
