/*
 * store_evict: records that go, oldest first, and the pins that notice.
 */
#include <stdlib.h>
#include <string.h>

#include "merge/store_state.h"

static bool is_gone(const uint64_t gone[CHUNK_WORDS], uint32_t at)
{
	return gone[at / 64] >> (at % 64) & 1;
}

/* Those set in GONE of the N records from START on go: pins behind them move down. */
static void move_pins(
	struct store *s, uint64_t start, uint32_t n, const uint64_t gone[CHUNK_WORDS])
{
	for (struct store_pin *pin = s->pins; pin != NULL; pin = pin->next) {
		uint64_t before = 0, in = pin->at > start ? pin->at - start : 0;
		for (uint32_t i = 0; i < n && i < in; i++)
			before += is_gone(gone, i);
		if (pin->at >= start && in < n && is_gone(gone, (uint32_t)in))
			pin->gone = true;
		pin->at -= before;
	}
}

/* Takes the record AT of C out of all counts. */
static void discount(struct store *s, const struct chunk *c, uint32_t at)
{
	uint8_t level = place_level(c->place[at]);
	struct store_source *source = &s->sources[c->source[at]]->base;

	source->count--;
	source->by_level[level]--;
	s->levels[level]--;
	s->count--;
	s->evicted++;
}

static void move_record(struct chunk *c, uint32_t from, uint32_t to)
{
	c->key[to] = c->key[from];
	c->place[to] = c->place[from];
	c->source[to] = c->source[from];
	c->module[to] = c->module[from];
	c->marks[to] = c->marks[from];
	c->severity[to] = c->severity[from];
}

static void drop_slot(struct store *s, size_t slot)
{
	store_views_drop(s, slot);
	free(s->slots[slot].chunk);
	s->slot_count--;
	memmove(s->slots + slot, s->slots + slot + 1,
		(s->slot_count - slot) * sizeof(*s->slots));
}

/* Takes out of SLOT what is set in GONE. True: nothing is left, and the slot is no more.
 * */
static bool remove_gone(struct store *s, size_t slot, const uint64_t gone[CHUNK_WORDS])
{
	struct chunk *c = s->slots[slot].chunk;
	uint32_t kept = 0;

	store_views_remove(s, slot, gone);
	move_pins(s, s->slots[slot].start, c->count, gone);
	for (uint32_t i = 0; i < c->count; i++) {
		if (is_gone(gone, i))
			discount(s, c, i);
		else
			move_record(c, i, kept++);
	}
	c->count = kept;
	chunk_set_worst(c);
	if (kept == 0)
		drop_slot(s, slot);
	return kept == 0;
}

/* The numbers of the chunks from SLOT on, and the last key. */
static void renumber(struct store *s, size_t slot)
{
	const struct chunk *last;

	for (; slot < s->slot_count; slot++)
		s->slots[slot].start = slot == 0
		                               ? 0
		                               : s->slots[slot - 1].start +
		                                         s->slots[slot - 1].chunk->count;
	if (s->slot_count == 0)
		return;
	last = s->slots[s->slot_count - 1].chunk;
	s->last_key = last->key[last->count - 1];
}

/* Sets in GONE the records of C whose text is before VALID (whose low bits are kept), and
 * returns the least place of the others. */
static uint64_t find_gone(const struct store *s, const struct chunk *c, uint64_t valid,
	uint64_t gone[CHUNK_WORDS])
{
	uint64_t end = spool_end(s->spool), least = UINT64_MAX;

	for (uint32_t i = 0; i < c->count; i++) {
		uint64_t place;
		if (!(c->marks[i] & MARK_SPOOLED))
			continue;
		place = end - ((end - c->place[i]) & PLACE_MASK);
		if (place < valid)
			gone[i / 64] |= UINT64_C(1) << (i % 64);
		else
			least = place < least ? place : least;
	}
	return least;
}

static void purge(struct store *s)
{
	uint64_t valid = spool_valid(s->spool);

	for (size_t slot = 0; slot < s->slot_count;) {
		struct chunk *c = s->slots[slot].chunk;
		uint64_t gone[CHUNK_WORDS] = {0};
		if (c->spooled >= valid) {
			slot++;
			continue;
		}
		c->spooled = find_gone(s, c, valid, gone);
		if (!remove_gone(s, slot, gone))
			slot++;
		renumber(s, 0);
	}
	s->purged = valid;
}

void store_evict(struct store *s)
{
	uint64_t all[CHUNK_WORDS];

	if (spool_valid(s->spool) > s->purged)
		purge(s);
	memset(all, 0xff, sizeof(all));
	while (s->options.records_max > 0 && s->count > s->options.records_max &&
		s->slot_count > 1) {
		remove_gone(s, 0, all);
		renumber(s, 0);
	}
}

void store_pins_inserted(struct store *s, uint64_t i)
{
	for (struct store_pin *pin = s->pins; pin != NULL; pin = pin->next)
		pin->at += pin->at >= i;
}

void store_pin(struct store *s, struct store_pin *pin, uint64_t at)
{
	*pin = (struct store_pin){.at = at, .next = s->pins};
	s->pins = pin;
}

void store_unpin(struct store *s, struct store_pin *pin)
{
	struct store_pin **place = &s->pins;

	while (*place != NULL && *place != pin)
		place = &(*place)->next;
	if (*place != NULL)
		*place = pin->next;
}
