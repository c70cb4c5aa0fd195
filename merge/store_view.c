/*
 * store_view: one bit a record, chunk by chunk as the store has them, and the store's
 * calls when a record comes in between or goes.
 */
#include "merge/store_view.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/stamp.h"
#include "merge/store_judge.h"
#include "merge/store_view_state.h"

#define STRETCH_BYTES                                                                    \
	1048576     /* of text that is looked at between two looks at the clock */
#define OTHER_END 4 /* every so many times it is the end that is less wanted */

/* What was said of the first N chunks is right; from SLOT on it is not now. */
static void touch(struct store_view *v, size_t slot)
{
	if (v->summed > slot)
		v->summed = slot;
}

/* Makes v->before right for chunks below N. */
static void sum(struct store_view *v, size_t n)
{
	for (; v->summed < n; v->summed++) {
		const struct view_part *part = v->parts[v->summed];
		v->before[v->summed + 1] =
			v->before[v->summed] + (part ? part->count : 0);
	}
}

static struct view_part *part_at(struct store_view *v, size_t slot)
{
	if (v->parts[slot] == NULL)
		v->parts[slot] = xcalloc(1, sizeof(*v->parts[slot]));
	return v->parts[slot];
}

/* Counts PART anew; S has its severities. */
static void recount(struct view_part *part, const struct chunk *c)
{
	part->count = 0;
	part->worst = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		if (!(part->bits[i / 64] >> (i % 64) & 1))
			continue;
		part->count++;
		part->worst = c->severity[i] > part->worst ? c->severity[i] : part->worst;
	}
}

/* BITS of WORD match. */
static void add_matches(struct store_view *v, size_t slot, uint32_t word, uint64_t bits)
{
	const struct chunk *c = v->store->slots[slot].chunk;
	struct view_part *part;
	uint32_t n = (uint32_t)__builtin_popcountll(bits);

	if (bits == 0)
		return;
	part = part_at(v, slot);
	part->bits[word] |= bits;
	part->count += n;
	v->found += n;
	for (; bits != 0; bits &= bits - 1) {
		uint8_t severity =
			c->severity[64 * word + (unsigned)__builtin_ctzll(bits)];
		part->worst = severity > part->worst ? severity : part->worst;
	}
	touch(v, slot);
}

static void make_room(struct store_view *v, size_t slots)
{
	size_t cap = v->cap > 0 ? v->cap : 64;

	if (slots <= v->cap)
		return;
	while (cap < slots)
		cap *= 2;
	v->parts = xrealloc(v->parts, cap * sizeof(*v->parts));
	v->before = xrealloc(v->before, (cap + 1) * sizeof(*v->before));
	v->before[0] = 0;
	v->cap = cap;
}

void store_views_slot(struct store *s, size_t slot)
{
	for (struct store_view *v = s->views; v != NULL; v = v->next) {
		make_room(v, s->slot_count);
		memmove(v->parts + slot + 1, v->parts + slot,
			(s->slot_count - 1 - slot) * sizeof(*v->parts));
		v->parts[slot] = NULL;
		touch(v, slot);
	}
}

void store_views_split(struct store *s, size_t slot)
{
	static_assert(CHUNK_WORDS % 2 == 0, "a half is whole words");

	for (struct store_view *v = s->views; v != NULL; v = v->next) {
		struct view_part *from = v->parts[slot], *to;
		if (from == NULL)
			continue;
		to = part_at(v, slot + 1);
		memcpy(to->bits, from->bits + CHUNK_WORDS / 2, sizeof(to->bits) / 2);
		memset(from->bits + CHUNK_WORDS / 2, 0, sizeof(to->bits) / 2);
		recount(from, s->slots[slot].chunk);
		recount(to, s->slots[slot + 1].chunk);
		touch(v, slot);
	}
}

/* The bits of PART from AT on move up by one. */
static void open_gap(struct view_part *part, uint32_t at)
{
	uint32_t word = at / 64;
	uint64_t low = (UINT64_C(1) << (at % 64)) - 1;

	for (uint32_t i = CHUNK_WORDS - 1; i > word; i--)
		part->bits[i] = part->bits[i] << 1 | part->bits[i - 1] >> 63;
	part->bits[word] = (part->bits[word] & low) | (part->bits[word] & ~low) << 1;
}

static bool passes(struct store_view *v, uint64_t i, const struct record *r)
{
	return judge_record(v->judge, v->store, i, r);
}

void store_views_append(struct store *s, const struct record *r)
{
	uint64_t i = s->count - 1;
	size_t slot = s->slot_count - 1;
	uint32_t at = (uint32_t)(i - s->slots[slot].start);

	for (struct store_view *v = s->views; v != NULL; v = v->next) {
		if (v->judge == NULL || v->to != i)
			continue;
		if (passes(v, i, r))
			add_matches(v, slot, at / 64, UINT64_C(1) << (at % 64));
		v->to++;
	}
}

void store_views_insert(struct store *s, size_t slot, uint32_t at, const struct record *r)
{
	uint64_t i = s->slots[slot].start + at;

	for (struct store_view *v = s->views; v != NULL; v = v->next) {
		if (v->judge == NULL)
			continue;
		if (v->parts[slot] != NULL)
			open_gap(v->parts[slot], at);
		if (i >= v->from && i <= v->to && passes(v, i, r))
			add_matches(v, slot, at / 64, UINT64_C(1) << (at % 64));
		v->to += i <= v->to;
		v->from += i < v->from;
	}
}

static uint32_t gone_before(const uint64_t gone[CHUNK_WORDS], uint64_t n)
{
	uint32_t count = 0;

	for (uint32_t word = 0; word < CHUNK_WORDS && n > 0; word++) {
		uint64_t bits =
			n < 64 ? gone[word] & ((UINT64_C(1) << n) - 1) : gone[word];
		count += (uint32_t)__builtin_popcountll(bits);
		n -= n < 64 ? n : 64;
	}
	return count;
}

/* The bits set in GONE are taken out of PART, the others move together. */
static void close_gaps(
	struct view_part *part, const struct chunk *c, const uint64_t gone[CHUNK_WORDS])
{
	uint64_t bits[CHUNK_WORDS] = {0};
	uint32_t kept = 0;

	part->count = 0;
	part->worst = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		if (gone[i / 64] >> (i % 64) & 1)
			continue;
		if (part->bits[i / 64] >> (i % 64) & 1) {
			bits[kept / 64] |= UINT64_C(1) << (kept % 64);
			part->count++;
			part->worst = c->severity[i] > part->worst ? c->severity[i]
			                                           : part->worst;
		}
		kept++;
	}
	memcpy(part->bits, bits, sizeof(bits));
}

/* How many of the N records from START on that are below I are set in GONE. */
static uint32_t gone_below(
	const uint64_t gone[CHUNK_WORDS], uint64_t start, uint32_t n, uint64_t i)
{
	if (i <= start)
		return 0;
	return gone_before(gone, i - start < n ? i - start : n);
}

void store_views_remove(struct store *s, size_t slot, const uint64_t gone[CHUNK_WORDS])
{
	const struct chunk *c = s->slots[slot].chunk;
	uint64_t start = s->slots[slot].start;

	for (struct store_view *v = s->views; v != NULL; v = v->next) {
		struct view_part *part = v->parts[slot];
		v->from -= gone_below(gone, start, c->count, v->from);
		v->to -= gone_below(gone, start, c->count, v->to);
		if (part == NULL)
			continue;
		v->found -= part->count;
		close_gaps(part, c, gone);
		v->found += part->count;
		touch(v, slot);
	}
}

void store_views_drop(struct store *s, size_t slot)
{
	for (struct store_view *v = s->views; v != NULL; v = v->next) {
		free(v->parts[slot]);
		memmove(v->parts + slot, v->parts + slot + 1,
			(s->slot_count - 1 - slot) * sizeof(*v->parts));
		touch(v, slot);
	}
}

struct store_view *store_view_new(struct store *s, const struct filter_spec *specs,
	size_t count, uint64_t at, size_t *bad, struct err *err)
{
	struct judge *judge = count > 0 ? judge_new(specs, count, bad, err) : NULL;
	struct store_view *v;

	if (count > 0 && judge == NULL)
		return NULL;
	v = xcalloc(1, sizeof(*v));
	v->store = s;
	v->judge = judge;
	v->forward = true;
	v->from = v->to = at < s->count ? at : s->count;
	make_room(v, s->slot_count > 0 ? s->slot_count : 1);
	memset(v->parts, 0, v->cap * sizeof(*v->parts));
	v->next = s->views;
	s->views = v;
	return v;
}

void store_view_free(struct store_view *v)
{
	struct store_view **place;

	if (v == NULL)
		return;
	for (place = &v->store->views; *place != v;)
		place = &(*place)->next;
	*place = v->next;
	for (size_t i = 0; i < v->store->slot_count; i++)
		free(v->parts[i]);
	free(v->parts);
	free(v->before);
	judge_free(v->judge);
	free(v);
}

void store_view_aim(struct store_view *v, bool forward)
{
	v->forward = forward;
}

/* MASK without the records of C's WORD that come after STRETCH_BYTES of text: a long one
 * ends the stretch. From the top down with BACK. */
static uint64_t limit_bytes(
	const struct chunk *c, uint32_t word, uint64_t mask, bool back)
{
	uint64_t kept = 0, bytes = 0;

	while (mask != 0 && bytes < STRETCH_BYTES) {
		unsigned bit = (unsigned)(back ? 63 - __builtin_clzll(mask)
					       : __builtin_ctzll(mask));
		bytes += place_len(c->place[64 * word + bit]);
		kept |= UINT64_C(1) << bit;
		mask &= ~(UINT64_C(1) << bit);
	}
	return kept;
}

/* Says of MASK of a word which match. */
static void look(struct store_view *v, size_t slot, uint32_t word, uint64_t mask)
{
	add_matches(v, slot, word, judge_word(v->judge, v->store, slot, word, mask));
}

/* Looks at what is behind what was seen: a word, and the rest of the chunk if that is no
 * work. */
static void look_forward(struct store_view *v)
{
	uint32_t at;
	size_t slot = store_slot(v->store, v->to, &at);
	const struct chunk *c = v->store->slots[slot].chunk;

	do {
		uint32_t word = at / 64, in = c->count - 64 * word;
		uint64_t mask = ~UINT64_C(0) << (at % 64);
		if (in < 64)
			mask &= (UINT64_C(1) << in) - 1;
		if (judge_reads(v->judge))
			mask = limit_bytes(c, word, mask, false);
		look(v, slot, word, mask);
		at += (uint32_t)__builtin_popcountll(mask);
		v->to += (uint32_t)__builtin_popcountll(mask);
	} while (at < c->count && !judge_reads(v->judge));
}

static void look_backward(struct store_view *v)
{
	uint32_t at;
	size_t slot = store_slot(v->store, v->from - 1, &at);
	const struct chunk *c = v->store->slots[slot].chunk;

	for (at++; at > 0;) { /* those below AT are left */
		uint32_t word = (at - 1) / 64;
		uint64_t mask = ~UINT64_C(0) >> (63 - (at - 1) % 64);
		if (judge_reads(v->judge))
			mask = limit_bytes(c, word, mask, true);
		look(v, slot, word, mask);
		at -= (uint32_t)__builtin_popcountll(mask);
		v->from -= (uint32_t)__builtin_popcountll(mask);
		if (judge_reads(v->judge))
			return;
	}
}

static bool is_whole(const struct store_view *v)
{
	return v->judge == NULL || (v->from == 0 && v->to == v->store->count);
}

static void look_at(struct store_view *v, bool forward)
{
	if ((forward && v->to < v->store->count) || v->from == 0)
		look_forward(v);
	else
		look_backward(v);
}

static int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

bool store_view_step(struct store_view *v, int64_t budget)
{
	int64_t end = clock_now() + budget;

	while (!is_whole(v)) {
		look_at(v, v->forward != (++v->turn % OTHER_END == 0));
		if (clock_now() >= end)
			break;
	}
	return !is_whole(v);
}

bool store_view_fill(struct store_view *v, uint64_t at, uint64_t matches, int64_t budget)
{
	int64_t end = clock_now() + budget;
	uint64_t before = store_view_rank(v, at), found;

	while (v->judge != NULL) {
		bool above = before >= matches || v->from == 0;
		bool below = v->found - before >= matches || v->to == v->store->count;
		bool forward = above || (!below && v->forward);
		bool around = at >= v->from && at <= v->to;
		if (above && below)
			break;
		if (clock_now() >= end)
			return false;
		found = v->found;
		look_at(v, forward);
		if (!around)
			before = store_view_rank(v, at);
		else if (!forward)
			before += v->found - found;
	}
	return true;
}

uint64_t store_view_from(const struct store_view *v)
{
	return v->judge != NULL ? v->from : 0;
}

uint64_t store_view_to(const struct store_view *v)
{
	return v->judge != NULL ? v->to : v->store->count;
}

uint64_t store_view_seen(const struct store_view *v)
{
	return store_view_to(v) - store_view_from(v);
}

uint64_t store_view_cut_off(const struct store_view *v)
{
	return v->judge != NULL ? judge_cut_off(v->judge) : 0;
}

uint64_t store_view_count(const struct store_view *v)
{
	return v->judge != NULL ? v->found : v->store->count;
}

bool store_view_has(const struct store_view *v, uint64_t i)
{
	uint32_t at;
	size_t slot;

	if (v->judge == NULL || i >= v->store->count)
		return i < v->store->count;
	slot = store_slot(v->store, i, &at);
	return v->parts[slot] != NULL && (v->parts[slot]->bits[at / 64] >> (at % 64) & 1);
}

/* The place of the bit of that rank in PART, which has it. */
static uint32_t select_bit(const struct view_part *part, uint64_t rank)
{
	uint32_t word = 0;
	uint64_t bits;

	for (;; word++) {
		uint64_t n = (uint64_t)__builtin_popcountll(part->bits[word]);
		if (rank < n)
			break;
		rank -= n;
	}
	bits = part->bits[word];
	for (; rank > 0; rank--)
		bits &= bits - 1;
	return 64 * word + (uint32_t)__builtin_ctzll(bits);
}

bool store_view_at(struct store_view *v, uint64_t rank, uint64_t *i)
{
	size_t low = 0, high = v->store->slot_count;

	if (rank >= store_view_count(v))
		return false;
	if (v->judge == NULL) {
		*i = rank;
		return true;
	}
	sum(v, high);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (v->before[middle] <= rank)
			low = middle;
		else
			high = middle;
	}
	*i = v->store->slots[low].start +
	     select_bit(v->parts[low], rank - v->before[low]);
	return true;
}

uint64_t store_view_rank(struct store_view *v, uint64_t i)
{
	uint32_t at;
	size_t slot;

	if (i >= v->store->count)
		return store_view_count(v);
	if (v->judge == NULL)
		return i;
	slot = store_slot(v->store, i, &at);
	sum(v, slot);
	if (v->parts[slot] == NULL)
		return v->before[slot];
	return v->before[slot] + gone_before(v->parts[slot]->bits, at);
}

bool store_view_next(const struct store_view *v, uint64_t i, uint64_t *match)
{
	uint32_t at;
	size_t slot;

	if (v->judge == NULL || i >= v->store->count) {
		*match = i < v->store->count ? i : *match;
		return i < v->store->count;
	}
	slot = store_slot(v->store, i, &at);
	for (; slot < v->store->slot_count; slot++, at = 0) {
		const struct view_part *part = v->parts[slot];
		for (uint32_t word = at / 64; part != NULL && word < CHUNK_WORDS;
			word++) {
			uint64_t bits = part->bits[word];
			if (word == at / 64)
				bits &= ~UINT64_C(0) << (at % 64);
			if (bits == 0)
				continue;
			*match = v->store->slots[slot].start + 64 * word +
			         (unsigned)__builtin_ctzll(bits);
			return true;
		}
	}
	return false;
}

/* The last bit of PART below AT, or -1. */
static int last_below(const struct view_part *part, uint32_t at)
{
	for (uint32_t word = (at + 63) / 64; word-- > 0;) {
		uint64_t bits = part->bits[word];
		if (at < 64 * (word + 1))
			bits &= (UINT64_C(1) << (at % 64)) - 1;
		if (bits != 0)
			return (int)(64 * word) + 63 - __builtin_clzll(bits);
	}
	return -1;
}

bool store_view_prev(const struct store_view *v, uint64_t i, uint64_t *match)
{
	uint32_t at;
	size_t slot;
	int bit;

	if (i > v->store->count)
		i = v->store->count;
	if (i == 0)
		return false;
	if (v->judge == NULL) {
		*match = i - 1;
		return true;
	}
	slot = store_slot(v->store, i - 1, &at) + 1;
	for (at++; slot-- > 0; at = CHUNK_RECORDS) {
		bit = v->parts[slot] != NULL ? last_below(v->parts[slot], at) : -1;
		if (bit < 0)
			continue;
		*match = v->store->slots[slot].start + (unsigned)bit;
		return true;
	}
	return false;
}
