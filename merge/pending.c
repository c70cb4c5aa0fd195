/*
 * pending: chains of batches. A batch goes behind the chain whose end it follows; if there
 * is none it begins a chain, and when there are too many the short ones are joined.
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
	c->count += b->count - b->cursor;
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

static unsigned shortest_chain(const struct stream *s)
{
	unsigned shortest = 0;

	for (unsigned i = 1; i < s->chain_count; i++) {
		if (s->chains[i].count < s->chains[shortest].count)
			shortest = i;
	}
	return shortest;
}

/* Joins B and the short chains to one of one batch. Long ones are left as they are until
 * the others have grown: a record is not copied each time. */
static void join_short(struct stream *s, struct batch *b)
{
	uint64_t count = b->count - b->cursor;
	struct batch *list = b;

	b->next = NULL;
	do {
		struct chain *c = &s->chains[shortest_chain(s)];
		c->last->next = list;
		list = c->first;
		count += c->count;
		*c = s->chains[--s->chain_count];
	} while (s->chain_count > 0 && s->chains[shortest_chain(s)].count <= 2 * count);
	s->chains[s->chain_count] = (struct chain){NULL, NULL, 0};
	chain_append(&s->chains[s->chain_count++], batch_join(list));
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
		join_short(s, b);
	} else {
		if (c == NULL) {
			c = &s->chains[s->chain_count++];
			*c = (struct chain){NULL, NULL, 0};
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
	c->count -= n;
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
