/*
 * block: counted memory. Blocks of one usual size come and go thousands of times a
 * second; a short list of free ones saves the page faults of fresh memory.
 */
#include "core/block.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/record.h"

#define FREE_MAX 64

static pthread_mutex_t lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static struct block *free_blocks[FREE_MAX];
static size_t free_count;

static struct block *take_free(size_t cap)
{
	struct block *b = NULL;

	pthread_mutex_lock(&lock);
	for (size_t i = free_count; i-- > 0 && b == NULL;) {
		if (free_blocks[i]->cap == cap) {
			b = free_blocks[i];
			free_blocks[i] = free_blocks[--free_count];
		}
	}
	pthread_mutex_unlock(&lock);
	return b;
}

struct block *block_new(size_t cap)
{
	struct block *b = take_free(cap);

	if (b == NULL) {
		b = xmalloc(sizeof(*b) + cap + TEXT_PAD);
		b->cap = cap;
		memset(b->data + cap, 0, TEXT_PAD);
	}
	atomic_init(&b->refs, 1);
	return b;
}

struct block *block_keep(struct block *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void block_drop(struct block *b)
{
	unsigned before;

	if (b == NULL)
		return;
	before = atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel);
	assert(before > 0);
	if (before > 1)
		return;
	pthread_mutex_lock(&lock);
	if (free_count < FREE_MAX && b->cap <= BLOCK_RECYCLED_MAX) {
		free_blocks[free_count++] = b;
		b = NULL;
	}
	pthread_mutex_unlock(&lock);
	free(b);
}
