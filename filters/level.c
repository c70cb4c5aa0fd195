/*
 * level: WARNING is at least that, =A,B just those, A..B a range (A.. and ..B too), and
 * module rules are one list: 'info,app.db=debug,urllib3=off'. A rule is for a module and
 * what is below it; the longest one decides, the bare level is for the rest, and without
 * a bare one the rest passes.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "filters/filter.h"
#include "filters/level_word.h"
#include "filters/verdict.h"

#define MIN_NONE 0  /* everything passes, unknown levels too */
#define MIN_OFF 256 /* nothing passes */

enum how {
	HOW_RANGE, /* min to max */
	HOW_SET,   /* levels by name, numbers by number */
	HOW_RULES  /* min by module */
};

struct rule {
	char *module;
	uint16_t min;
};

struct level_filter {
	struct filter base;
	enum how how;
	bool keep_unknown;
	uint16_t min; /* with rules: of modules that no rule is for */
	uint16_t max;
	uint32_t levels;     /* 1 << enum level */
	uint64_t numbers[4]; /* a bit a severity */
	struct rule *rules;
	size_t rule_count;
	struct verdicts verdicts; /* 1 + min */
};

static size_t place(struct str text, struct str part)
{
	return (size_t)(part.ptr - text.ptr);
}

static bool parse_word(
	struct str text, struct str word, struct level_word *w, struct err *err)
{
	word = str_trim(word);
	return level_word_parse(word, place(text, word), w, err);
}

/* LIST is what follows the '='. */
static bool parse_set(
	struct level_filter *l, struct str text, struct str list, struct err *err)
{
	struct str word;
	l->how = HOW_SET;
	while (str_split(&list, ',', &word)) {
		struct level_word w;
		if (!parse_word(text, word, &w, err))
			return false;
		if (w.number)
			l->numbers[w.severity.number / 64] |= UINT64_C(1)
			                                      << (w.severity.number % 64);
		else
			l->levels |= 1u << w.severity.level;
	}
	return true;
}

/* DOTS is the offset of the two dots. */
static bool parse_range(
	struct level_filter *l, struct str text, size_t dots, struct err *err)
{
	struct str low = str_trim((struct str){text.ptr, dots});
	struct str high = str_trim(str_skip(text, dots + 2));
	struct level_word w;
	if (low.len == 0 && high.len == 0)
		return err_set_at(err, dots, "a range needs a level at one end at least");
	if (low.len > 0) {
		if (!parse_word(text, low, &w, err))
			return false;
		l->min = w.severity.number;
	}
	if (high.len > 0) {
		if (!parse_word(text, high, &w, err))
			return false;
		l->max = w.severity.number;
	}
	if (l->min > l->max)
		return err_set_at(err, place(text, low),
			"%.*s is above %.*s: nothing is between", (int)low.len, low.ptr,
			(int)high.len, high.ptr);
	return true;
}

static void add_rule(struct level_filter *l, struct str module, uint16_t min)
{
	l->rules = xrealloc(l->rules, (l->rule_count + 1) * sizeof(*l->rules));
	l->rules[l->rule_count++] =
		(struct rule){.module = xstrndup(module.ptr, module.len), .min = min};
}

static bool parse_rule(
	struct level_filter *l, struct str text, struct str item, struct err *err)
{
	const char *equals = memrchr(item.ptr, '=', item.len);
	struct str word = item;
	struct str module = {item.ptr, 0};
	if (equals != NULL) {
		module = str_trim((struct str){item.ptr, (size_t)(equals - item.ptr)});
		word = str_skip(item, (size_t)(equals - item.ptr) + 1);
		if (module.len == 0)
			return err_set_at(err, place(text, item),
				"a module's name is missing before the '='");
	}
	struct level_word w;
	uint16_t min = MIN_OFF;
	if (!str_eq_nocase(str_trim(word), (struct str)STR("off"))) {
		if (!parse_word(text, word, &w, err))
			return false;
		min = w.severity.number;
	}
	if (equals != NULL) {
		add_rule(l, module, min);
	} else if (l->min != MIN_NONE) {
		struct str at = str_trim(word);
		return err_set_at(err, place(text, at),
			"two levels: write =A,B for just these, A..B for a range");
	} else {
		l->min = min;
	}
	return true;
}

static bool parse_rules(struct level_filter *l, struct str text, struct err *err)
{
	struct str rest = text;
	struct str item;
	l->min = MIN_NONE;
	while (str_split(&rest, ',', &item)) {
		if (!parse_rule(l, text, item, err))
			return false;
	}
	if (l->rule_count > 0)
		l->how = HOW_RULES;
	return true;
}

static bool parse_text(struct level_filter *l, struct str text, struct err *err)
{
	struct str body = str_trim(text);
	if (body.len == 0)
		return level_word_parse(
			body, 0, &(struct level_word){.number = false}, err);
	if (body.ptr[0] == '=')
		return parse_set(l, text, str_skip(body, 1), err);
	bool list = memchr(body.ptr, ',', body.len) != NULL ||
	            memchr(body.ptr, '=', body.len) != NULL;
	const char *dots = memmem(body.ptr, body.len, "..", 2);
	if (dots != NULL && !list)
		return parse_range(l, text, (size_t)(dots - text.ptr), err);
	return parse_rules(l, text, err);
}

static void level_free(struct filter *f)
{
	struct level_filter *l = (struct level_filter *)f;
	for (size_t i = 0; i < l->rule_count; i++)
		free(l->rules[i].module);
	free(l->rules);
	verdict_clear(&l->verdicts);
	free(l);
}

static struct filter *level_parse(const struct filter_spec *spec, struct err *err)
{
	struct level_filter *l = xcalloc(1, sizeof(*l));
	l->keep_unknown = (spec->flags & FILTER_UNKNOWN) != 0;
	l->min = 1;
	l->max = UINT8_MAX;
	if (!parse_text(l, spec->text, err)) {
		level_free(&l->base);
		return NULL;
	}
	return &l->base;
}

/* app.db is for app.db and app.db.pool, not for app.dbx; :: and / divide names, too. */
static bool is_below(struct str name, const char *module)
{
	size_t n = strlen(module);
	if (!str_starts(name, module))
		return false;
	return name.len == n || strchr(".:/", name.ptr[n]) != NULL;
}

static uint16_t min_for(const struct level_filter *l, struct str name)
{
	size_t longest = 0;
	uint16_t min = l->min;
	for (size_t i = 0; i < l->rule_count; i++) {
		size_t n = strlen(l->rules[i].module);
		if (n >= longest && is_below(name, l->rules[i].module)) {
			longest = n;
			min = l->rules[i].min;
		}
	}
	return min;
}

static bool match_rules(
	struct level_filter *l, const struct record *r, struct fields *fields)
{
	uint16_t min = l->min;
	if (r->module != 0) {
		uint16_t *verdict = verdict_of(&l->verdicts, r->module);
		if (*verdict == 0) {
			struct str name = verdict_module(r, fields);
			*verdict = (uint16_t)(1 + (name.ptr ? min_for(l, name) : l->min));
		}
		min = (uint16_t)(*verdict - 1);
	}
	if (r->severity == 0)
		return min == MIN_NONE || (l->keep_unknown && min != MIN_OFF);
	return r->severity >= min;
}

static bool level_match(struct filter *f, const struct record *r, struct fields *fields)
{
	struct level_filter *l = (struct level_filter *)f;
	if (l->how == HOW_RULES)
		return match_rules(l, r, fields);
	if (r->severity == 0)
		return l->keep_unknown;
	if (l->how == HOW_RANGE)
		return r->severity >= l->min && r->severity <= l->max;
	return (l->levels >> r->level & 1) ||
	       (l->numbers[r->severity / 64] >> (r->severity % 64) & 1);
}

static unsigned level_wants(const struct filter *f)
{
	const struct level_filter *l = (const struct level_filter *)f;
	if (l->how == HOW_RULES)
		return FILTER_WANTS_LEVEL | FILTER_WANTS_MODULE;
	return FILTER_WANTS_LEVEL;
}

static uint8_t level_least_severity(const struct filter *f)
{
	const struct level_filter *l = (const struct level_filter *)f;
	bool plain = l->how == HOW_RANGE && !l->keep_unknown && l->max >= UINT8_MAX;
	return plain && l->min <= UINT8_MAX ? (uint8_t)l->min : 0;
}

const struct filter_ops filter_level = {
	.name = "level",
	.cost = 0,
	.wants = FILTER_WANTS_LEVEL,
	.parse = level_parse,
	.match = level_match,
	.free = level_free,
	.least_severity = level_least_severity,
	.wants_of = level_wants,
};
