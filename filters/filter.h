/*
 * filter: which records are kept. Pure functions of one record. One .c a kind, one row
 * in table.h; a filter_set is several joined, and a filter is dear or cheap: the set runs
 * the cheap ones first.
 *
 * Kinds are joined by AND. Of one kind that is given several times, level, since, until
 * and expr must all hold; of source, module and grep one is enough (-m a -m b is a or b,
 * as grep -e), while each FILTER_NOT of them excludes (-M a -M b keeps neither).
 *
 *	struct filter_spec specs[] = {{"level", STR("WARNING"), 0}, ...};
 *	struct filter_set *set = filter_set_new(specs, n, &err);
 *	unsigned want = filter_set_wants(set);         // for the parser
 *	if (filter_set_match(set, &record, &fields)) ...
 *
 * A set holds regex state and verdict caches: make one for each thread from the same specs.
 */
#ifndef FILTERS_FILTER_H
#define FILTERS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/fields.h"
#include "core/record.h"
#include "core/str.h"

enum filter_flags {
	FILTER_NOT = 1,     /* keep what does not match */
	FILTER_NOCASE = 2,  /* regexes ignore case */
	FILTER_FIXED = 4,   /* regexes are literal strings */
	FILTER_UNKNOWN = 8  /* a level filter keeps records of unknown level */
};

/* One condition as the user wrote it. Borrowed: lives as long as the command line. */
struct filter_spec {
	const char *kind;  /* the name of a row: "level", "module", "grep", "since", ... */
	struct str text;
	unsigned flags;
};

/* What a filter needs of the parser besides the time. */
enum filter_wants {
	FILTER_WANTS_LEVEL = 1,
	FILTER_WANTS_MODULE = 2
};

struct filter {
	const struct filter_ops *ops;
	unsigned flags;
};

struct filter_ops {
	const char *name;
	int cost;     /* cheap ones are run first: 0 a compare, 1 a table, 2 a regex, 3 fields */
	unsigned wants;
	bool any;      /* of several without FILTER_NOT one is enough */
	/* A new filter or NULL. The fault's place in spec->text is in ERR. */
	struct filter *(*parse)(const struct filter_spec *spec, struct err *err);
	/* Whether the record has what is looked for (FILTER_NOT is the set's business). F may
	 * hold another record's fields: call fields_load before use. */
	bool (*match)(struct filter *f, const struct record *r, struct fields *fields);
	/* What match says of each record of this origin; NULL: that depends. */
	bool (*match_origin)(struct filter *f, const struct origin *origin);
	/* Regex matches cut off so far; NULL: none. */
	uint64_t (*cut_off)(const struct filter *f);
	void (*free)(struct filter *f);
	/* N > 0: the filter is nothing but severity >= N; NULL: it is not. */
	uint8_t (*least_severity)(const struct filter *f);
	/* The wants of one filter where they depend on its text; NULL: wants. */
	unsigned (*wants_of)(const struct filter *f);
};

struct filter_set;

/* NULL on failure; *BAD is the index of the spec at fault. */
struct filter_set *filter_set_new(
	const struct filter_spec *specs, size_t count, size_t *bad, struct err *err);
unsigned filter_set_wants(const struct filter_set *set);
/* N > 0: the set keeps just the records whose severity is at least N, so that the caller
 * may compare for itself. */
uint8_t filter_set_least_severity(const struct filter_set *set);
/* True for an empty set. F is loaded where a filter needs it: the caller resets it when
 * R's address is used for another record (core/fields.h). A record that is
 * RECORD_CONTINUED is the caller's business. */
bool filter_set_match(struct filter_set *set, const struct record *r, struct fields *f);
/* False if no record of this origin can match, so that it need not be read. */
bool filter_set_match_origin(struct filter_set *set, const struct origin *origin);
uint64_t filter_set_cut_off(const struct filter_set *set);
size_t filter_set_count(const struct filter_set *set);
void filter_set_free(struct filter_set *set);

#define FILTER(name) extern const struct filter_ops filter_##name;
#include "filters/table.h"
#undef FILTER

#endif
