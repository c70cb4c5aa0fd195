/*
 * grep: a regex on the whole text of a record, all its lines.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "core/regex.h"
#include "filters/filter.h"

struct grep_filter {
	struct filter base;
	struct regex *regex;
};

static struct filter *grep_parse(const struct filter_spec *spec, struct err *err)
{
	unsigned flags = 0;
	if (spec->flags & FILTER_NOCASE)
		flags |= REGEX_NOCASE;
	if (spec->flags & FILTER_FIXED)
		flags |= REGEX_FIXED;
	struct regex *regex = regex_new(spec->text, flags, err);
	if (regex == NULL)
		return NULL;
	struct grep_filter *g = xcalloc(1, sizeof(*g));
	g->regex = regex;
	return &g->base;
}

static bool grep_match(struct filter *f, const struct record *r, struct fields *fields)
{
	return regex_match(((struct grep_filter *)f)->regex, fields_text(fields, r));
}

static uint64_t grep_cut_off(const struct filter *f)
{
	return regex_cut_off(((const struct grep_filter *)f)->regex);
}

static void grep_free(struct filter *f)
{
	regex_free(((struct grep_filter *)f)->regex);
	free(f);
}

const struct filter_ops filter_grep = {
	.name = "grep",
	.cost = 2,
	.any = true,
	.parse = grep_parse,
	.match = grep_match,
	.cut_off = grep_cut_off,
	.free = grep_free,
};
