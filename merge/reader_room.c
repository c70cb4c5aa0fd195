/*
 * The reader's block: room for more bytes, and what is unfinished moves along.
 */
#include <string.h>

#include "merge/reader.h"

#define SMALL_BLOCK 4096 /* the first block of a live source, which may stay quiet */

/* Moves what is unfinished to the start of TO. */
static void move_rest(struct reader *r, struct block *to)
{
	size_t from = r->has_open ? r->open_start : r->line;
	size_t rest = r->end - from;

	memmove(to->data, r->block->data + from, rest);
	r->base += from;
	r->open_start = 0;
	r->open_end -= r->has_open ? from : r->open_end;
	r->line -= from;
	r->searched -= from;
	r->end = rest;
	if (to != r->block) {
		block_drop(r->block);
		r->block = to;
		r->handed = 0;
	}
}

/* Another thread may read up to TEXT_PAD behind the text that was handed over, so that
 * nothing may be written there any more: moves what is unfinished out of it. */
static void keep_off(struct reader *r)
{
	size_t from = r->has_open ? r->open_start : r->line;

	if (r->handed == 0 || r->end >= r->handed + TEXT_PAD ||
		r->end + TEXT_PAD > r->block->cap)
		return;
	memmove(r->block->data + from + TEXT_PAD, r->block->data + from, r->end - from);
	r->base -= TEXT_PAD;
	r->open_start += TEXT_PAD;
	r->open_end += TEXT_PAD;
	r->line += TEXT_PAD;
	r->searched += TEXT_PAD;
	r->end += TEXT_PAD;
}

/* Makes room for LEAST bytes in another block, or in this one if no batch points into it. */
static void next_block(struct reader *r, size_t rest, size_t least)
{
	size_t cap = r->options->block_bytes;

	if (r->copying && rest + least <= r->block->cap / 2) {
		move_rest(r, r->block);
		return;
	}
	if (r->keys == KEYS_LIVE && 2 * r->block->cap < cap)
		cap = 2 * r->block->cap;
	while (cap < 2 * rest || cap < rest + least)
		cap *= 2;
	reader_hand_over(r);
	move_rest(r, block_new(cap));
}

char *reader_room(struct reader *r, size_t least, size_t *cap)
{
	size_t first = r->keys == KEYS_LIVE ? SMALL_BLOCK : r->options->block_bytes;

	if (r->block == NULL) {
		r->block = block_new(first > least ? first : least);
		r->end = r->line = r->searched = 0;
	}
	keep_off(r);
	if (r->block->cap - r->end < r->block->cap / 8 || r->block->cap - r->end < least)
		next_block(r, r->end - (r->has_open ? r->open_start : r->line), least);
	*cap = r->block->cap - r->end;
	return r->block->data + r->end;
}
