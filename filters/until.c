/*
 * until: records before this time. A record without a time goes with its neighbours:
 * what counts is where it sorts.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "filters/filter.h"
#include "filters/when.h"

struct until_filter {
	struct filter base;
	int64_t ns;
};

static struct filter *until_parse(const struct filter_spec *spec, struct err *err)
{
	int64_t ns;
	if (!when_parse(spec->text, when_now(), &ns, err))
		return NULL;
	struct until_filter *s = xcalloc(1, sizeof(*s));
	s->ns = ns;
	return &s->base;
}

static bool until_match(struct filter *f, const struct record *r, struct fields *fields)
{
	(void)fields;
	return when_of(r) < ((struct until_filter *)f)->ns;
}

static void until_free(struct filter *f)
{
	free(f);
}

const struct filter_ops filter_until = {
	.name = "until",
	.cost = 0,
	.parse = until_parse,
	.match = until_match,
	.free = until_free,
};
