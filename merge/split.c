/*
 * split: tickets, and their order. What one chunk cannot know of the one before it is the
 * key that records without a time inherit: that is put in when the batches are in order.
 */
#include "merge/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define CHUNK_BYTES 2097152
#define AHEAD_MAX 64       /* tickets that a thread may be ahead of the merge */
#define PAST_BYTES 16384   /* read at once behind a chunk's end, to its next head */
#define SEQUENCE_BITS 21   /* lines of a chunk: sequences of a later one are greater */

struct split {
	struct source *source;
	struct stream *stream;
	uint32_t tickets;
	atomic_uint next;      /* the ticket to be taken */
	atomic_uint serving;   /* the ticket whose batches are due */
	atomic_uint feeds;
	/* The merge's own. */
	struct batch *early, **early_last; /* of later tickets, as they came */
	int64_t key;           /* of the last record that was due */
};

struct split *split_new(struct source *source, struct stream *stream, uint64_t size)
{
	struct split *split = xcalloc(1, sizeof(*split));

	split->source = source;
	split->stream = stream;
	split->tickets = (uint32_t)((size + CHUNK_BYTES - 1) / CHUNK_BYTES);
	split->early_last = &split->early;
	split->key = INT64_MIN;
	return split;
}

void split_free(struct split *split)
{
	struct batch *next;

	if (split == NULL)
		return;
	for (struct batch *b = split->early; b != NULL; b = next) {
		next = b->next;
		batch_free(b);
	}
	free(split);
}

void split_join(struct split *split, struct feed *f)
{
	f->split = split;
	atomic_fetch_add(&split->feeds, 1);
}

bool split_leave(struct split *split)
{
	return atomic_fetch_sub(&split->feeds, 1) == 1;
}

bool split_allowed(const struct feed *f)
{
	uint32_t serving = atomic_load(&f->split->serving);
	size_t in_flight = atomic_load(&f->stream->in_flight);
	size_t most = f->shared->stream_bytes;

	if (!f->has_ticket)
		return true;
	/* The one that is due may go on when the others may not, or nobody would. */
	if (f->ticket == serving)
		return in_flight < 2 * most || in_flight < atomic_load(&f->stream->allowance);
	return in_flight < most && f->ticket - serving <= AHEAD_MAX;
}

static void push(struct feed *f, struct batch *b)
{
	b->ticket = f->ticket;
	channel_push(f->shared->channel, b, false);
}

static void push_all(struct feed *f, bool flush)
{
	struct batch *b;

	while ((b = reader_take(&f->reader, flush)) != NULL)
		push(f, b);
}

static bool take_ticket(struct feed *f)
{
	f->ticket = atomic_fetch_add(&f->split->next, 1);
	if (f->ticket >= f->split->tickets)
		return false;
	f->has_ticket = true;
	f->offset = (uint64_t)f->ticket * CHUNK_BYTES;
	f->chunk_end = f->offset + CHUNK_BYTES;
	if (f->offset > 0)
		f->offset--; /* whether a line begins at the chunk's start */
	reader_start(&f->reader, f->offset, f->chunk_end, f->ticket << SEQUENCE_BITS);
	return true;
}

static void end_ticket(struct feed *f)
{
	struct batch *b;

	if (!f->reader.stopped)
		reader_end(&f->reader);
	push_all(f, true);
	b = batch_new(f->stream, 1);
	b->ticket_end = true;
	if (f->ticket + 1 == f->split->tickets)
		b->event = BATCH_DONE;
	push(f, b);
	f->has_ticket = false;
}

static size_t read_size(const struct feed *f, size_t cap)
{
	uint64_t left = f->offset < f->chunk_end ? f->chunk_end - f->offset : PAST_BYTES;

	return left < cap ? (size_t)left : cap;
}

enum feed_result split_read(struct feed *f, void (*clock)(struct moment *now))
{
	struct source *source = f->split->source;
	struct moment now;
	size_t cap;
	ssize_t n;
	char *room;

	if (!f->has_ticket && !take_ticket(f)) {
		f->finished = true;
		return FEED_FINISHED;
	}
	if (!split_allowed(f))
		return FEED_NOTHING;
	room = reader_room(&f->reader, 1, &cap);
	n = source->ops->read_at(source, room, read_size(f, cap), f->offset);
	if (n < 0) {
		notice_put(f->shared->notices, "%s: %s while reading; a part is left out",
			source->origin->label, strerror(errno));
		atomic_store(&f->shared->failed, true);
	}
	if (n > 0) {
		clock(&now);
		reader_feed(&f->reader, (size_t)n, &now);
		f->offset += (uint64_t)n;
		push_all(f, false);
	}
	if (n <= 0 || f->reader.stopped)
		end_ticket(f);
	return FEED_PROGRESS;
}

/* Records without a time go with the one before them, which may be in the chunk before. */
static void inherit_key(struct split *split, struct batch *b)
{
	if (b->scanned == 0)
		return;
	for (uint32_t i = 0; i < b->count && b->records[i].key == INT64_MIN; i++)
		b->records[i].key = split->key;
	if (b->least_key == INT64_MIN)
		b->least_key = split->key;
	if (b->last_key == INT64_MIN)
		b->last_key = split->key;
	split->key = b->last_key;
}

/* Moves the early batches of the ticket that is now due behind *LAST. */
static struct batch **take_due(struct split *split, uint32_t due, struct batch **last)
{
	struct batch **at = &split->early;
	struct batch *b;

	while ((b = *at) != NULL) {
		if (b->ticket != due) {
			at = &b->next;
			continue;
		}
		*at = b->next;
		b->next = NULL;
		*last = b;
		last = &b->next;
	}
	split->early_last = at;
	return last;
}

struct batch *split_order(struct split *split, struct batch *b)
{
	uint32_t due = atomic_load(&split->serving);
	struct batch *list = NULL, **last = &list;

	b->next = NULL;
	if (b->ticket != due) {
		*split->early_last = b;
		split->early_last = &b->next;
		return NULL;
	}
	*last = b;
	last = &b->next;
	for (struct batch *each = list; each != NULL; each = each->next) {
		inherit_key(split, each);
		if (each->ticket_end)
			last = take_due(split, ++due, last);
	}
	atomic_store(&split->serving, due);
	return list;
}
