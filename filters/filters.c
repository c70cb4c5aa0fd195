/*
 * The set: filters in the order of their cost, several of a kind next to each other.
 */
#include "filters/filter.h"

#include <stdlib.h>

#include "core/mem.h"

/* A filter of a set. Those from here to the next one that is not MORE are joined by OR.
 */
struct member {
	struct filter *filter;
	bool more;
};

struct filter_set {
	struct member *members;
	size_t count;
	unsigned wants;
};

static const struct filter_ops *const kinds[] = {
#define FILTER(name) &filter_##name,
#include "filters/table.h"
#undef FILTER
};

static const struct filter_ops *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	}
	return NULL;
}

/* What is joined by OR must be neighbours. */
static bool is_joined(const struct filter *a, const struct filter *b)
{
	return a->ops == b->ops && a->ops->any && !(a->flags & FILTER_NOT) &&
	       !(b->flags & FILTER_NOT);
}

static int by_cost(const void *a, const void *b)
{
	const struct filter *x = ((const struct member *)a)->filter;
	const struct filter *y = ((const struct member *)b)->filter;
	if (x->ops->cost != y->ops->cost)
		return x->ops->cost < y->ops->cost ? -1 : 1;
	if (x->ops != y->ops)
		return strcmp(x->ops->name, y->ops->name);
	return (int)(x->flags & FILTER_NOT) - (int)(y->flags & FILTER_NOT);
}

static unsigned wants_of(const struct filter *f)
{
	return f->ops->wants_of ? f->ops->wants_of(f) : f->ops->wants;
}

static struct filter *new_filter(const struct filter_spec *spec, struct err *err)
{
	const struct filter_ops *ops = find_kind(spec->kind);
	if (ops == NULL) {
		err_set(err, "no such kind of filter: %s", spec->kind);
		return NULL;
	}
	struct filter *f = ops->parse(spec, err);
	if (f != NULL) {
		f->ops = ops;
		f->flags = spec->flags;
	}
	return f;
}

static bool matches(struct filter *f, const struct record *r, struct fields *fields)
{
	return f->ops->match(f, r, fields) != ((f->flags & FILTER_NOT) != 0);
}

static bool may_match(struct filter *f, const struct origin *origin)
{
	if (f->ops->match_origin == NULL)
		return true;
	return f->ops->match_origin(f, origin) != ((f->flags & FILTER_NOT) != 0);
}

/* The last one of the group that begins at I. */
static size_t group_end(const struct filter_set *set, size_t i)
{
	while (set->members[i].more)
		i++;
	return i;
}

struct filter_set *filter_set_new(
	const struct filter_spec *specs, size_t count, size_t *bad, struct err *err)
{
	struct filter_set *set = xcalloc(1, sizeof(*set));
	set->members = xcalloc(count + 1, sizeof(*set->members));
	for (; set->count < count; set->count++) {
		struct filter *f = new_filter(&specs[set->count], err);
		if (f == NULL) {
			if (bad != NULL)
				*bad = set->count;
			filter_set_free(set);
			return NULL;
		}
		set->members[set->count].filter = f;
		set->wants |= wants_of(f);
	}
	qsort(set->members, count, sizeof(*set->members), by_cost);
	for (size_t i = 0; i + 1 < count; i++)
		set->members[i].more =
			is_joined(set->members[i].filter, set->members[i + 1].filter);
	return set;
}

uint8_t filter_set_least_severity(const struct filter_set *set)
{
	const struct filter *f = set->count == 1 ? set->members[0].filter : NULL;
	if (f == NULL || f->ops->least_severity == NULL || (f->flags & FILTER_NOT))
		return 0;
	return f->ops->least_severity(f);
}

unsigned filter_set_wants(const struct filter_set *set)
{
	return set->wants;
}

bool filter_set_match(struct filter_set *set, const struct record *r, struct fields *f)
{
	for (size_t i = 0; i < set->count; i++) {
		while (!matches(set->members[i].filter, r, f)) {
			if (!set->members[i].more)
				return false;
			i++;
		}
		i = group_end(set, i);
	}
	return true;
}

bool filter_set_match_origin(struct filter_set *set, const struct origin *origin)
{
	for (size_t i = 0; i < set->count; i++) {
		while (!may_match(set->members[i].filter, origin)) {
			if (!set->members[i].more)
				return false;
			i++;
		}
		i = group_end(set, i);
	}
	return true;
}

uint64_t filter_set_cut_off(const struct filter_set *set)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct filter *f = set->members[i].filter;
		if (f->ops->cut_off != NULL)
			sum += f->ops->cut_off(f);
	}
	return sum;
}

size_t filter_set_count(const struct filter_set *set)
{
	return set->count;
}

void filter_set_free(struct filter_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		set->members[i].filter->ops->free(set->members[i].filter);
	free(set->members);
	free(set);
}
