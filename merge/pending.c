/*
 * pending: chains of batches. A batch goes behind the chain whose end it follows; if there
 * is none it begins a chain, and when there are too many they are joined into one.
 */
#include "merge/pending.h"

#include <string.h>

static const struct record *chain_head(const struct chain *c)
{
	return &c->first->records[c->first->cursor];
}

static int64_t chain_end(const struct chain *c)
{
	return c->last->records[c->last->count - 1].key;
}

static void chain_append(struct chain *c, struct batch *b)
{
	b->next = NULL;
	if (c->first == NULL)
		c->first = b;
	else
		c->last->next = b;
	c->last = b;
}

static void choose_best(struct stream *s)
{
	s->best = 0;
	for (unsigned i = 1; i < s->chain_count; i++) {
		if (record_precedes(chain_head(&s->chains[i]),
			    chain_head(&s->chains[s->best])))
			s->best = i;
	}
}

/* Joins all chains and B into one chain of one batch. */
static void join_all(struct stream *s, struct batch *b)
{
	b->next = NULL;
	for (unsigned i = 0; i < s->chain_count; i++) {
		s->chains[i].last->next = b;
		b = s->chains[i].first;
	}
	s->chains[0] = (struct chain){NULL, NULL};
	s->chain_count = 1;
	chain_append(&s->chains[0], batch_join(b));
}

/* The chain that B can follow whose end is the latest, or NULL. */
static struct chain *chain_for(struct stream *s, const struct batch *b)
{
	int64_t first = b->records[b->cursor].key;
	struct chain *found = NULL;

	for (unsigned i = 0; i < s->chain_count; i++) {
		struct chain *c = &s->chains[i];
		if (chain_end(c) <= first && (found == NULL || chain_end(c) > chain_end(found)))
			found = c;
	}
	return found;
}

void pending_push(struct stream *s, struct batch *b)
{
	struct chain *c;

	batch_sort(b);
	c = chain_for(s, b);
	if (c == NULL && s->chain_count == CHAINS_MAX) {
		join_all(s, b);
	} else {
		if (c == NULL) {
			c = &s->chains[s->chain_count++];
			*c = (struct chain){NULL, NULL};
		}
		chain_append(c, b);
	}
	choose_best(s);
}

const struct record *pending_head(const struct stream *s)
{
	return s->chain_count > 0 ? chain_head(&s->chains[s->best]) : NULL;
}

struct batch *pending_batch(const struct stream *s)
{
	return s->chains[s->best].first;
}

int64_t pending_rival(const struct stream *s)
{
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < s->chain_count; i++) {
		if (i != s->best && chain_head(&s->chains[i])->key < least)
			least = chain_head(&s->chains[i])->key;
	}
	return least;
}

struct batch *pending_pop(struct stream *s, uint32_t n)
{
	struct chain *c = &s->chains[s->best];
	struct batch *b = c->first;
	struct batch *used = NULL;

	b->cursor += n;
	if (b->cursor == b->count) {
		used = b;
		c->first = b->next;
		if (c->first == NULL)
			*c = s->chains[--s->chain_count];
	}
	if (s->chain_count > 1)
		choose_best(s);
	else
		s->best = 0;
	return used;
}

void pending_clear(struct stream *s)
{
	while (s->chain_count > 0) {
		struct batch *b = pending_batch(s);
		batch_free(pending_pop(s, b->count - b->cursor));
	}
}

int64_t lookahead_frontier(const struct lookahead *l)
{
	int64_t least = INT64_MAX;

	if (l->steps < LOOKAHEAD_STEPS)
		return INT64_MIN;
	for (unsigned i = 0; i < LOOKAHEAD_STEPS; i++) {
		if (l->least[i] < least)
			least = l->least[i];
	}
	if (l->records > 0 && l->filling < least)
		least = l->filling;
	return least;
}

static uint32_t least_of(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

void lookahead_add(struct lookahead *l, const struct batch *b)
{
	if (b->scanned == 0)
		return;
	if (l->records == 0 || b->least_key < l->filling)
		l->filling = b->least_key;
	l->records += b->scanned;
	l->bytes += b->scanned_bytes;
	while (l->records >= LOOKAHEAD_STEP_RECORDS || l->bytes >= LOOKAHEAD_STEP_BYTES) {
		memmove(l->least, l->least + 1, sizeof(l->least) - sizeof(l->least[0]));
		l->least[LOOKAHEAD_STEPS - 1] = l->filling;
		if (l->steps < LOOKAHEAD_STEPS)
			l->steps++;
		l->records -= least_of(l->records, LOOKAHEAD_STEP_RECORDS);
		l->bytes -= least_of(l->bytes, LOOKAHEAD_STEP_BYTES);
		l->filling = b->least_key; /* the rest is of this batch */
	}
}
