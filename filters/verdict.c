/*
 * Ids count up from 1 and end at INTERN_OTHER, so the cache is an array.
 */
#include "filters/verdict.h"

#include <stdlib.h>

#include "core/intern.h"
#include "core/mem.h"

#define VERDICTS_MIN 64

static void grow(struct verdicts *v, uint32_t id)
{
	size_t count = v->count > 0 ? v->count : VERDICTS_MIN;
	while (count <= id)
		count *= 2;
	v->by_id = xrealloc(v->by_id, count * sizeof(*v->by_id));
	memset(v->by_id + v->count, 0, (count - v->count) * sizeof(*v->by_id));
	v->count = count;
}

uint16_t *verdict_of(struct verdicts *v, uint32_t id)
{
	if (id >= INTERN_OTHER) {
		v->other = 0;
		return &v->other;
	}
	if (id >= v->count)
		grow(v, id);
	return &v->by_id[id];
}

struct str verdict_module(const struct record *r, struct fields *f)
{
	if (r->module == 0)
		return (struct str){NULL, 0};
	if (r->module < INTERN_OTHER)
		return intern_name(r->module);
	fields_load(f, r);
	return f->named[FIELD_MODULE];
}

void verdict_clear(struct verdicts *v)
{
	free(v->by_id);
	*v = (struct verdicts){0};
}
