/*
 * batch: growing, sorting and joining. Sorting and joining are for sources whose records
 * are out of order; the usual batch is only appended to.
 */
#include "merge/batch.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct place {
	int64_t key;
	uint32_t sequence;
	uint32_t index;
};

static bool place_precedes(const struct place *a, const struct place *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return (int32_t)(a->sequence - b->sequence) < 0;
}

struct batch *batch_new(struct stream *stream, uint32_t cap)
{
	struct batch *b = xmalloc_lines(sizeof(*b) + cap * sizeof(b->records[0]));

	*b = (struct batch){.stream = stream, .cap = cap, .least_key = INT64_MAX,
		.last_key = INT64_MIN, .sorted = true};
	return b;
}

struct batch *batch_add(struct batch *b, const struct record *r)
{
	if (b->count == b->cap) {
		struct batch *bigger = xmalloc_lines(
			sizeof(*b) + 2 * b->cap * sizeof(b->records[0]));
		memcpy(bigger, b, sizeof(*b) + b->count * sizeof(b->records[0]));
		free(b);
		b = bigger;
		b->cap *= 2;
	}
	if (b->count > 0 && r->key < b->records[b->count - 1].key)
		b->sorted = false;
	b->records[b->count++] = *r;
	return b;
}

/* Merges the sorted halves [0, HALF) and [HALF, COUNT) of FROM into TO. */
static void merge_places(
	const struct place *from, struct place *to, uint32_t half, uint32_t count)
{
	uint32_t a = 0, b = half;

	for (uint32_t i = 0; i < count; i++) {
		bool first = a < half && (b == count || !place_precedes(&from[b], &from[a]));
		to[i] = first ? from[a++] : from[b++];
	}
}

/* Stable, bottom-up; SPARE is as long as PLACES. Returns which of both holds the result. */
static struct place *sort_places(
	struct place *places, struct place *spare, uint32_t count)
{
	for (uint32_t width = 1; width < count; width *= 2) {
		struct place *swap = places;
		for (uint32_t at = 0; at < count; at += 2 * width) {
			uint32_t n = count - at < 2 * width ? count - at : 2 * width;
			merge_places(places + at, spare + at, width < n ? width : n, n);
		}
		places = spare;
		spare = swap;
	}
	return places;
}

void batch_sort(struct batch *b)
{
	struct place *places, *sorted;
	struct record *copy;

	if (b->sorted)
		return;
	places = xmalloc(2 * b->count * sizeof(*places));
	copy = xmalloc(b->count * sizeof(*copy));
	memcpy(copy, b->records, b->count * sizeof(*copy));
	for (uint32_t i = 0; i < b->count; i++)
		places[i] = (struct place){b->records[i].key, b->records[i].sequence, i};
	sorted = sort_places(places, places + b->count, b->count);
	for (uint32_t i = 0; i < b->count; i++)
		b->records[i] = copy[sorted[i].index];
	free(copy);
	free(places);
	b->sorted = true;
}

/* The text bytes that R takes in a joined batch: a record that was cut has no newline. */
static size_t text_room(const struct record *r)
{
	return r->len + 1;
}

/* A copy of R with its text at the end of BLOCK. */
static struct record moved(const struct record *r, struct block *block, size_t *used)
{
	struct record copy = *r;

	copy.text = block->data + *used;
	memcpy(block->data + *used, r->text, r->len);
	block->data[*used + r->len] = '\n';
	*used += text_room(r);
	return copy;
}

/* JOINED gets R, which was FROM's: what is of the past stays so. */
static void note_past(struct batch *joined, const struct batch *from, const struct record *r)
{
	if (batch_has_past(from, r)) {
		joined->past = true;
	} else if (!joined->mixed || (int32_t)(r->sequence - joined->live_from) < 0) {
		joined->mixed = true;
		joined->live_from = r->sequence;
	}
}

struct batch *batch_join(struct batch *list)
{
	struct batch *joined, *next;
	uint32_t count = 0;
	size_t bytes = 0, used = 0;

	for (struct batch *b = list; b != NULL; b = b->next) {
		count += b->count - b->cursor;
		for (uint32_t i = b->cursor; i < b->count; i++)
			bytes += text_room(&b->records[i]);
	}
	joined = batch_new(list->stream, count > 0 ? count : 1);
	joined->block = block_new(bytes);
	joined->arrival = INT64_MAX;
	for (struct batch *b = list; b != NULL; b = next) {
		for (uint32_t i = b->cursor; i < b->count; i++) {
			struct record copy = moved(&b->records[i], joined->block, &used);
			note_past(joined, b, &copy);
			joined = batch_add(joined, &copy);
		}
		joined->arrival = b->arrival < joined->arrival ? b->arrival : joined->arrival;
		next = b->next;
		b->cursor = b->count;
		if (b->refs == 0) {
			joined->bytes += b->bytes;
			batch_free(b);
		}
	}
	joined->sorted = false;
	batch_sort(joined);
	return joined;
}

void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	block_drop(b->block);
	free(b);
}
