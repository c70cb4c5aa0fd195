/*
 * block: counted bytes that never move. Records point into blocks; whoever keeps a
 * record keeps its block.
 *
 *	struct block *b = block_new(65536);
 *	... read into b->data, up to b->cap ...
 *	block_keep(b); ... block_drop(b);
 *
 * After data[cap] there are TEXT_PAD readable zero bytes. Counts are atomic: a block
 * may be dropped in another thread than it was made in. Dropped blocks of the usual size
 * are recycled.
 */
#ifndef CORE_BLOCK_H
#define CORE_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_RECYCLED_MAX 262144 /* larger ones are not kept for reuse */

struct block {
	atomic_uint refs;
	size_t cap;
	char data[];
};

struct block *block_new(size_t cap);
struct block *block_keep(struct block *b);
/* NULL is allowed. */
void block_drop(struct block *b);

#endif
