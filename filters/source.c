/*
 * source: a glob on the label of a record's source. `*` matches a '/', too.
 */
#include <fnmatch.h>
#include <stdlib.h>

#include "core/mem.h"
#include "filters/filter.h"

#define VERDICTS_MAX 4096

/* What was said of the origin with that index, while its label is the same. */
struct verdict {
	char *label;
	bool hit;
};

struct source_filter {
	struct filter base;
	char *glob;
	struct verdict *verdicts; /* by index */
	size_t count;
};

static void grow(struct source_filter *s, size_t index)
{
	size_t count = s->count > 0 ? s->count : 16;
	while (count <= index)
		count *= 2;
	s->verdicts = xrealloc(s->verdicts, count * sizeof(*s->verdicts));
	memset(s->verdicts + s->count, 0, (count - s->count) * sizeof(*s->verdicts));
	s->count = count;
}

static struct filter *source_parse(const struct filter_spec *spec, struct err *err)
{
	if (spec->text.len == 0) {
		err_set_at(err, 0, "an empty pattern matches no source");
		return NULL;
	}
	struct source_filter *s = xcalloc(1, sizeof(*s));
	s->glob = xstrndup(spec->text.ptr, spec->text.len);
	return &s->base;
}

static bool source_match_origin(struct filter *f, const struct origin *origin)
{
	struct source_filter *s = (struct source_filter *)f;
	if (origin->index >= VERDICTS_MAX)
		return fnmatch(s->glob, origin->label, 0) == 0;
	if (origin->index >= s->count)
		grow(s, origin->index);
	struct verdict *v = &s->verdicts[origin->index];
	if (v->label == NULL || strcmp(v->label, origin->label) != 0) {
		free(v->label);
		v->label = xstrdup(origin->label);
		v->hit = fnmatch(s->glob, origin->label, 0) == 0;
	}
	return v->hit;
}

static bool source_match(struct filter *f, const struct record *r, struct fields *fields)
{
	(void)fields;
	return source_match_origin(f, r->origin);
}

static void source_free(struct filter *f)
{
	struct source_filter *s = (struct source_filter *)f;
	for (size_t i = 0; i < s->count; i++)
		free(s->verdicts[i].label);
	free(s->verdicts);
	free(s->glob);
	free(s);
}

const struct filter_ops filter_source = {
	.name = "source",
	.cost = 1,
	.any = true,
	.parse = source_parse,
	.match = source_match,
	.match_origin = source_match_origin,
	.free = source_free,
};
