/*
 * storeviewkit: some filters, what the model says of them, and whether a view agrees.
 */
#ifndef TESTS_STOREVIEWKIT_H
#define TESTS_STOREVIEWKIT_H

#include "storekit.h"

#define LONG_TIME (INT64_C(3600) * 1000000000)

/* Which of the filters below are in force, as bits. */
enum {
	WARNINGS = 1,
	SOME = 2,
	NEEDLES = 4,
	APP = 8,
	NOT_S1 = 16,
	RULES = 32,
	FILTERS = 6
};

static const struct filter_spec all_specs[FILTERS] = {
	{"level", STR("warning"), 0},
	{"level", STR("=notice,error,37,debug"), FILTER_UNKNOWN},
	{"grep", STR("nee.le"), 0},
	{"module", STR("^app"), 0},
	{"source", STR("s1"), FILTER_NOT},
	{"level", STR("info,app.db=warning,net=off"), 0},
};

static inline bool follows_rules(const struct record *r)
{
	const char *name = r->module == 0 || r->module == INTERN_OTHER
	                           ? "" /* which raw records have not */
	                           : intern_name(r->module).ptr;
	int min = strncmp(name, "app.db", 6) == 0 ? 30 : 20;

	return r->severity >= (strncmp(name, "net", 3) == 0 ? 256 : min);
}

static inline bool should(
	const struct kit *k, const struct known *known, unsigned filters)
{
	const struct record *r = &known->r;
	bool app = r->module == k->modules[0] || r->module == k->modules[1];
	bool some = r->severity == 0 || r->level == LEVEL_NOTICE || r->severity == 37 ||
	            r->level == LEVEL_ERROR || r->level == LEVEL_DEBUG;

	return (!(filters & WARNINGS) || r->severity >= 30) &&
	       (!(filters & SOME) || some) &&
	       (!(filters & NEEDLES) || strstr(known->text, "needle") != NULL) &&
	       (!(filters & APP) || app) &&
	       (!(filters & NOT_S1) || r->origin->index != 1) &&
	       (!(filters & RULES) || follows_rules(r));
}

static inline struct store_view *new_view(struct kit *k, unsigned filters, uint64_t at)
{
	struct filter_spec specs[FILTERS];
	struct err err;
	size_t n = 0;

	for (unsigned i = 0; i < FILTERS; i++) {
		if (filters >> i & 1)
			specs[n++] = all_specs[i];
	}
	return store_view_new(k->store, specs, n, at, NULL, &err);
}

/* Whether next and prev from around I are the model's; LAST is the match before I. */
static inline bool neighbours(struct store_view *v, uint64_t i, bool hit, uint64_t last)
{
	uint64_t found;

	if (hit && (!store_view_next(v, i, &found) || found != i))
		return false;
	if (last == UINT64_MAX)
		return !store_view_prev(v, i, &found);
	return store_view_prev(v, i, &found) && found == last;
}

/* Whether V says just what the model says of what it has looked at. */
static inline bool view_right(struct kit *k, struct store_view *v, unsigned filters)
{
	uint64_t rank = 0, from = store_view_from(v), to = store_view_to(v), i;
	uint64_t last = UINT64_MAX;

	for (i = 0; i < k->count; i++) {
		bool want = i >= from && i < to && should(k, k->list[i], filters);
		uint64_t at = UINT64_MAX;
		if (store_view_has(v, i) != want || store_view_rank(v, i) != rank ||
			!neighbours(v, i, want, last))
			return false;
		if (want && (!store_view_at(v, rank, &at) || at != i))
			return false;
		last = want ? i : last;
		rank += want;
	}
	return store_view_count(v) == rank && !store_view_at(v, rank, &i) &&
	       (rank == 0 ? !store_view_next(v, 0, &i)
			  : !store_view_next(v, last + 1, &i));
}

#endif
