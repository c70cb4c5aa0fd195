/*
 * tournament: growing.
 */
#include "merge/tournament.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void tournament_resize(struct tournament *t, size_t slots)
{
	struct tournament bigger = {.leaves = t->leaves > 0 ? t->leaves : 2};

	if (slots <= t->leaves)
		return;
	while (bigger.leaves < slots)
		bigger.leaves *= 2;
	bigger.nodes = xmalloc(2 * bigger.leaves * sizeof(*bigger.nodes));
	for (size_t i = 0; i < 2 * bigger.leaves; i++)
		bigger.nodes[i] = (struct contestant){NO_KEY, 0};
	for (size_t i = 0; i < bigger.leaves; i++)
		tournament_set(&bigger, (uint32_t)i,
			i < t->leaves ? t->nodes[t->leaves + i].key : NO_KEY);
	free(t->nodes);
	*t = bigger;
}

void tournament_free(struct tournament *t)
{
	free(t->nodes);
	*t = (struct tournament){0};
}
