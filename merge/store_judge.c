/*
 * store_judge: sets of filters, the cheapest first: by severity alone, by module and by
 * source, each a table; by whatever else is kept of a record; by its text.
 */
#include "merge/store_judge.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/mem.h"

#define BEFORE_MAX 65536 /* records looked back for what a record continues */

enum part { PART_LEVEL, PART_MODULE, PART_SOURCE, PART_HEAD, PART_TEXT, PARTS };

enum verdict { VERDICT_NONE, VERDICT_NO, VERDICT_YES };

struct judge {
	struct filter_spec *specs;
	struct filter_set *sets[PARTS];   /* NULL: nothing is asked */
	uint8_t passes[LEVEL_COUNT][256]; /* what PART_LEVEL says of level and severity */
	bool by_severity;                 /* whatever the level */
	int least;                        /* it is: at least this; -1: it is not */
	/* enum verdict of PART_MODULE and PART_SOURCE, by what is kept of them. */
	uint8_t modules[UINT16_MAX + 1], sources[UINT16_MAX + 1];
	struct fields *fields;
};

static bool passes(
	struct filter_set *set, struct fields *f, unsigned severity, uint8_t level)
{
	struct record r = {.time = 0, .severity = (uint8_t)severity, .level = level};

	fields_forget(f);
	return filter_set_match(set, &r, f);
}

/* Whether SPEC asks for nothing but level and severity. */
static bool is_level(const struct filter_spec *spec)
{
	struct filter_set *set = filter_set_new(spec, 1, NULL, NULL);
	bool is = set != NULL && !(filter_set_wants(set) & FILTER_WANTS_MODULE);

	filter_set_free(set);
	return is;
}

static enum part part_of(const struct filter_spec *spec)
{
	if (strcmp(spec->kind, "level") == 0)
		return is_level(spec) ? PART_LEVEL : PART_HEAD;
	if (strcmp(spec->kind, "module") == 0)
		return PART_MODULE;
	if (strcmp(spec->kind, "source") == 0)
		return PART_SOURCE;
	if (strcmp(spec->kind, "since") == 0 || strcmp(spec->kind, "until") == 0)
		return PART_HEAD;
	return PART_TEXT;
}

/* What PART_LEVEL says, as a table. Mostly a level says no more than its severity. */
static void make_table(struct judge *j)
{
	bool rises = true;

	j->by_severity = true;
	for (unsigned i = 0; i < 256; i++) {
		for (uint8_t level = 0; level < LEVEL_COUNT; level++) {
			bool pass = passes(j->sets[PART_LEVEL], j->fields, i, level);
			j->passes[level][i] = pass;
			j->by_severity = j->by_severity && pass == j->passes[0][i];
		}
		rises = rises && (i == 0 || j->passes[0][i] >= j->passes[0][i - 1]);
	}
	j->least = -1;
	for (int i = 255; j->by_severity && rises && i >= 0 && j->passes[0][i]; i--)
		j->least = i;
}

static void copy_specs(struct judge *j, const struct filter_spec *specs, size_t count)
{
	j->specs = xcalloc(count + 1, sizeof(*j->specs));
	for (size_t i = 0; i < count; i++) {
		j->specs[i] = specs[i];
		j->specs[i].text.ptr = xstrndup(specs[i].text.ptr, specs[i].text.len);
	}
}

static void free_specs(struct judge *j)
{
	for (struct filter_spec *spec = j->specs; spec->kind != NULL; spec++) {
		char *text;
		memcpy(&text, &spec->text.ptr, sizeof(text)); /* ours: copy_specs */
		free(text);
	}
	free(j->specs);
}

static void make_sets(struct judge *j, size_t count)
{
	struct filter_spec *some = xcalloc(count + 1, sizeof(*some));

	for (enum part part = 0; part < PARTS; part++) {
		size_t n = 0;
		for (size_t i = 0; i < count; i++) {
			if (part_of(&j->specs[i]) == part)
				some[n++] = j->specs[i];
		}
		if (n > 0)
			j->sets[part] = filter_set_new(some, n, NULL, NULL);
	}
	free(some);
	if (j->sets[PART_LEVEL] != NULL)
		make_table(j);
}

struct judge *judge_new(
	const struct filter_spec *specs, size_t count, size_t *bad, struct err *err)
{
	struct filter_set *all = filter_set_new(specs, count, bad, err);
	struct judge *j;

	if (all == NULL)
		return NULL;
	filter_set_free(all);
	j = xcalloc(1, sizeof(*j));
	j->fields = xcalloc(1, sizeof(*j->fields));
	copy_specs(j, specs, count);
	make_sets(j, count);
	return j;
}

void judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	for (enum part part = 0; part < PARTS; part++)
		filter_set_free(j->sets[part]);
	free_specs(j);
	fields_free(j->fields);
	free(j->fields);
	free(j);
}

bool judge_reads(const struct judge *j)
{
	return j->sets[PART_TEXT] != NULL;
}

uint64_t judge_cut_off(const struct judge *j)
{
	uint64_t sum = 0;

	for (enum part part = 0; part < PARTS; part++)
		sum += j->sets[part] != NULL ? filter_set_cut_off(j->sets[part]) : 0;
	return sum;
}

/* Which of 64 severities are at least LEAST. */
static uint64_t scan_least(const uint8_t *severity, uint8_t least)
{
	uint64_t bits = 0;

#ifdef __SSE2__
	__m128i wanted = _mm_set1_epi8((char)least);
	for (unsigned i = 0; i < 4; i++) {
		__m128i bytes;
		memcpy(&bytes, severity + 16 * i, sizeof(bytes));
		bytes = _mm_cmpeq_epi8(_mm_max_epu8(bytes, wanted), bytes);
		bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(bytes) << (16 * i);
	}
#else
	for (unsigned i = 0; i < 64; i++)
		bits |= (uint64_t)(severity[i] >= least) << i;
#endif
	return bits;
}

/* What the table says of 64 records from AT on. */
static uint64_t scan_table(const struct judge *j, const struct chunk *c, uint32_t at)
{
	const uint8_t *severity = c->severity + at;
	uint64_t bits = 0;

	for (unsigned i = 0; i < 64 && j->by_severity; i++)
		bits |= (uint64_t)j->passes[0][severity[i]] << i;
	for (unsigned i = 0; i < 64 && at + i < c->count && !j->by_severity; i++)
		bits |= (uint64_t)j->passes[place_level(c->place[at + i])][severity[i]]
		        << i;
	return bits;
}

static bool match(struct judge *j, enum part part, const struct record *r)
{
	fields_forget(j->fields);
	return j->sets[part] == NULL || filter_set_match(j->sets[part], r, j->fields);
}

static bool match_head(struct judge *j, enum part part, struct store *s, uint64_t i)
{
	struct record r;

	store_peek(s, i, &r);
	if (r.module >= INTERN_OTHER) /* its name is in the text */
		store_get(s, i, &r);
	return match(j, part, &r);
}

/* The same by TABLE, which has the verdict of each of IDS that was asked for before. */
static bool match_table(struct judge *j, enum part part, struct store *s, uint64_t i,
	uint8_t *table, uint16_t id)
{
	if (table[id] == VERDICT_NONE)
		table[id] = match_head(j, part, s, i) ? VERDICT_YES : VERDICT_NO;
	return table[id] == VERDICT_YES;
}

/* What filters that need no text say of record I, which is at AT of C. */
static bool match_kept(
	struct judge *j, struct store *s, const struct chunk *c, uint32_t at, uint64_t i)
{
	bool odd = (c->marks[at] & MARK_ODD) != 0; /* its module may be another */

	if (j->sets[PART_SOURCE] != NULL &&
		!match_table(j, PART_SOURCE, s, i, j->sources, c->source[at]))
		return false;
	if (j->sets[PART_MODULE] != NULL && odd && !match_head(j, PART_MODULE, s, i))
		return false;
	if (j->sets[PART_MODULE] != NULL && !odd &&
		!match_table(j, PART_MODULE, s, i, j->modules, c->module[at]))
		return false;
	return j->sets[PART_HEAD] == NULL || match_head(j, PART_HEAD, s, i);
}

static bool asks_kept(const struct judge *j)
{
	return j->sets[PART_MODULE] != NULL || j->sets[PART_SOURCE] != NULL ||
	       j->sets[PART_HEAD] != NULL;
}

/* The record that I goes on from, in the end its first piece; I if it is not there. */
static uint64_t first_piece(struct store *s, uint64_t i, const struct record *r)
{
	struct record before;
	uint64_t at = i, least = i > BEFORE_MAX ? i - BEFORE_MAX : 0;

	while (at-- > least) {
		store_peek(s, at, &before);
		if (before.origin->index != r->origin->index)
			continue;
		if (!(before.flags & RECORD_CONTINUED))
			return at;
	}
	return i;
}

/* The pieces of a cut record go with the first one, as text does it. */
static bool match_text(
	struct judge *j, struct store *s, uint64_t i, const struct record *r)
{
	struct record first;

	if (!(r->flags & RECORD_CONTINUED))
		return match(j, PART_TEXT, r);
	if (!store_get(s, first_piece(s, i, r), &first))
		return false;
	return match(j, PART_TEXT, &first);
}

uint64_t judge_word(
	struct judge *j, struct store *s, size_t slot, uint32_t word, uint64_t mask)
{
	const struct chunk *c = s->slots[slot].chunk;
	const uint8_t *severity = c->severity + 64 * word;
	uint64_t start = s->slots[slot].start + 64 * word;
	struct record r;

	if (j->sets[PART_LEVEL] != NULL)
		mask &= j->least >= 0 ? scan_least(severity, (uint8_t)j->least)
		                      : scan_table(j, c, 64 * word);
	for (uint64_t rest = asks_kept(j) ? mask : 0; rest != 0; rest &= rest - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(rest);
		if (!match_kept(j, s, c, 64 * word + bit, start + bit))
			mask &= ~(UINT64_C(1) << bit);
	}
	for (uint64_t rest = judge_reads(j) ? mask : 0; rest != 0; rest &= rest - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(rest);
		if (!store_get(s, start + bit, &r) || !match_text(j, s, start + bit, &r))
			mask &= ~(UINT64_C(1) << bit);
	}
	return mask;
}

bool judge_record(struct judge *j, struct store *s, uint64_t i, const struct record *r)
{
	return (j->sets[PART_LEVEL] == NULL || j->passes[r->level][r->severity]) &&
	       match(j, PART_SOURCE, r) && match(j, PART_MODULE, r) &&
	       match(j, PART_HEAD, r) && match_text(j, s, i, r);
}
