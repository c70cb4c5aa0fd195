/*
 * module: a regex on the module's name. A record without a module does not match.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "core/regex.h"
#include "filters/filter.h"
#include "filters/verdict.h"

enum { VERDICT_NO = 1, VERDICT_YES = 2 };

struct module_filter {
	struct filter base;
	struct regex *regex;
	struct verdicts verdicts;
};

static struct filter *module_parse(const struct filter_spec *spec, struct err *err)
{
	unsigned flags = 0;
	if (spec->flags & FILTER_NOCASE)
		flags |= REGEX_NOCASE;
	if (spec->flags & FILTER_FIXED)
		flags |= REGEX_FIXED;
	struct regex *regex = regex_new(spec->text, flags, err);
	if (regex == NULL)
		return NULL;
	struct module_filter *m = xcalloc(1, sizeof(*m));
	m->regex = regex;
	return &m->base;
}

static bool module_match(struct filter *f, const struct record *r, struct fields *fields)
{
	struct module_filter *m = (struct module_filter *)f;
	if (r->module == 0)
		return false;
	uint16_t *verdict = verdict_of(&m->verdicts, r->module);
	if (*verdict == 0) {
		struct str name = verdict_module(r, fields);
		bool hit = name.ptr != NULL && regex_match(m->regex, name);
		*verdict = hit ? VERDICT_YES : VERDICT_NO;
	}
	return *verdict == VERDICT_YES;
}

static uint64_t module_cut_off(const struct filter *f)
{
	return regex_cut_off(((const struct module_filter *)f)->regex);
}

static void module_free(struct filter *f)
{
	struct module_filter *m = (struct module_filter *)f;
	regex_free(m->regex);
	verdict_clear(&m->verdicts);
	free(m);
}

const struct filter_ops filter_module = {
	.name = "module",
	.cost = 1,
	.wants = FILTER_WANTS_MODULE,
	.any = true,
	.parse = module_parse,
	.match = module_match,
	.cut_off = module_cut_off,
	.free = module_free,
};
