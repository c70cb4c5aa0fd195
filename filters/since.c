/*
 * since: records at this time or later. A record without a time goes with its neighbours:
 * what counts is where it sorts.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "filters/filter.h"
#include "filters/when.h"

struct since_filter {
	struct filter base;
	int64_t ns;
};

static struct filter *since_parse(const struct filter_spec *spec, struct err *err)
{
	int64_t ns;
	if (!when_parse(spec->text, when_now(), &ns, err))
		return NULL;
	struct since_filter *s = xcalloc(1, sizeof(*s));
	s->ns = ns;
	return &s->base;
}

static bool since_match(struct filter *f, const struct record *r, struct fields *fields)
{
	(void)fields;
	return when_of(r) >= ((struct since_filter *)f)->ns;
}

static void since_free(struct filter *f)
{
	free(f);
}

const struct filter_ops filter_since = {
	.name = "since",
	.cost = 0,
	.parse = since_parse,
	.match = since_match,
	.free = since_free,
};
