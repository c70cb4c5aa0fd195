/*
 * history: a list of records in order, each holding on to its batch.
 */
#include "merge/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct entry {
	const struct record *record;
	struct batch *batch; /* NULL: given or dropped */
	bool past;
};

struct history {
	struct merge *merge;
	uint64_t most;
	uint64_t past_count;  /* entries of the past that are kept */
	struct entry *entries;
	size_t count, cap;
	size_t oldest;        /* no entry of the past that is kept lies before this */
	size_t given;
};

struct history *history_new(struct merge *merge, uint64_t most)
{
	struct history *h = xcalloc(1, sizeof(*h));

	h->merge = merge;
	h->most = most;
	return h;
}

static void drop_oldest(struct history *h)
{
	while (h->entries[h->oldest].batch == NULL || !h->entries[h->oldest].past)
		h->oldest++;
	merge_release(h->merge, h->entries[h->oldest].batch);
	h->entries[h->oldest].batch = NULL;
	h->past_count--;
}

/* Closes the gaps that dropped entries leave. */
static void compact(struct history *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->count; i++) {
		if (h->entries[i].batch != NULL)
			h->entries[kept++] = h->entries[i];
	}
	h->count = kept;
	h->oldest = 0;
}

static void add(struct history *h, const struct record *record, struct batch *batch)
{
	if (h->count == h->cap) {
		compact(h);
		if (2 * h->count >= h->cap) {
			h->cap = h->cap > 0 ? 2 * h->cap : 64;
			h->entries = xrealloc(h->entries, h->cap * sizeof(*h->entries));
		}
	}
	h->entries[h->count++] = (struct entry){record, batch, batch_has_past(batch, record)};
	if (h->entries[h->count - 1].past && ++h->past_count > h->most)
		drop_oldest(h);
}

void history_fill(struct history *h)
{
	const struct record *record;

	while (merge_next(h->merge, &record, 1) > 0)
		add(h, record, merge_keep(h->merge));
}

const struct record *history_next(struct history *h)
{
	struct entry *e;

	if (h->given > 0 && h->entries[h->given - 1].batch != NULL) {
		merge_release(h->merge, h->entries[h->given - 1].batch);
		h->entries[h->given - 1].batch = NULL;
	}
	while (h->given < h->count) {
		e = &h->entries[h->given++];
		if (e->batch != NULL)
			return e->record;
	}
	return NULL;
}

void history_free(struct history *h)
{
	if (h == NULL)
		return;
	while (history_next(h) != NULL)
		;
	free(h->entries);
	free(h);
}
