/*
 * store_histogram: buckets of time. What lies in a bucket is one stretch of records, so
 * that counting is two searches, and of whole chunks the worst is known.
 */
#include "merge/store_view_state.h"
#include "merge/store_view.h"

/* The worst of the records of SLOT in [FROM, TO) that VIEW (or NULL) has found. */
static uint8_t worst_in(const struct chunk *c, const struct view_part *part, bool all,
	uint32_t from, uint32_t to)
{
	uint8_t worst = 0;

	if (!all && part == NULL)
		return 0;
	if (from == 0 && to == c->count)
		return all ? c->worst : part->worst;
	for (uint32_t i = from; i < to; i++) {
		if ((all || (part->bits[i / 64] >> (i % 64) & 1)) &&
			c->severity[i] > worst)
			worst = c->severity[i];
	}
	return worst;
}

static uint8_t worst_of(
	const struct store *s, const struct store_view *view, uint64_t from, uint64_t to)
{
	uint8_t worst = 0;
	uint32_t at;
	size_t slot;

	if (from >= to)
		return 0;
	slot = store_slot(s, from, &at);
	for (; from < to; slot++, at = 0) {
		const struct chunk *c = s->slots[slot].chunk;
		const struct view_part *part = view != NULL ? view->parts[slot] : NULL;
		uint64_t left = to - from;
		uint32_t end = c->count - at < left ? c->count : at + (uint32_t)left;
		uint8_t here = worst_in(c, part, view == NULL, at, end);
		worst = here > worst ? here : worst;
		from += end - at;
	}
	return worst;
}

void store_histogram(struct store *s, struct store_view *view, int64_t from, int64_t to,
	struct store_bucket *buckets, size_t n)
{
	uint64_t span = from < to ? (uint64_t)to - (uint64_t)from : 0;
	uint64_t at = store_find(s, from);

	if (view != NULL && view->judge == NULL)
		view = NULL;
	for (size_t i = 0; i < n; i++) {
		uint64_t edge = span / n * (i + 1) + span % n * (i + 1) / n;
		uint64_t end = store_find(s, (int64_t)((uint64_t)from + edge));
		buckets[i] = (struct store_bucket){0};
		if (end <= at)
			continue;
		buckets[i].count = view == NULL ? end - at
		                                : store_view_rank(view, end) -
		                                          store_view_rank(view, at);
		buckets[i].severity = worst_of(s, view, at, end);
		at = end;
	}
}
