/*
 * output_column: what templates and CSV call things, and how it is read from a record.
 */
#include "cli/output.h"
#include "core/level.h"
#include "formats/format.h"

#define SHORT_NAME 3 /* of names that short every other one is near: uid, pod, pid */
#define LONG_NAME 5 /* from here on two slips are forgiven */

/* Beside the named fields. */
static const char *const builtins[] = {
	[COLUMN_TIME] = "time",
	[COLUMN_LEVEL] = "level",
	[COLUMN_LETTER] = "letter",
	[COLUMN_SOURCE] = "source",
	[COLUMN_FORMAT] = "format",
	[COLUMN_TEXT] = "text",
};

#define BUILTINS (sizeof(builtins) / sizeof(*builtins))

struct output_column output_column_find(struct str name)
{
	struct output_column c = {.kind = COLUMN_EXTRA, .name = name};
	int field;

	if (str_starts(name, "fields.")) {
		c.name = str_skip(name, strlen("fields."));
		return c;
	}
	for (unsigned i = 0; i < BUILTINS; i++) {
		if (str_is(name, builtins[i])) {
			c.kind = i;
			return c;
		}
	}
	field = fields_id(name);
	if (field >= 0 && field != FIELD_LEVEL) {
		c.kind = COLUMN_NAMED;
		c.field = (enum field_id)field;
	}
	return c;
}

static void consider(
	const char *candidate, struct str name, const char **best, unsigned *least)
{
	unsigned distance = str_distance(name, str_from(candidate));

	if (distance <= *least) {
		*best = candidate;
		*least = distance - (distance > 0);
	}
}

const char *output_column_nearest(struct str name)
{
	const char *best = NULL;
	unsigned least = name.len >= LONG_NAME ? 2 : 1;

	if (name.len <= SHORT_NAME)
		return NULL;
	for (unsigned i = 0; i < BUILTINS; i++)
		consider(builtins[i], name, &best, &least);
	for (unsigned i = 0; i < FIELD_NAMED; i++)
		consider(fields_name((enum field_id)i), name, &best, &least);
	return best;
}

bool output_column_has_lines(const struct output_column *c)
{
	return c->kind == COLUMN_TEXT ||
	       (c->kind == COLUMN_NAMED &&
		       (c->field == FIELD_MESSAGE || c->field == FIELD_EXCEPTION));
}

static void time_value(struct output *o, const struct record *r)
{
	if (!o->ops->machine || o->options.time_given)
		output_put_time(o, r, &o->scratch);
	else if (r->time != TIME_NONE)
		output_put_utc(o, r->time, &o->scratch);
}

static struct str extra_value(const struct fields *f, struct str name)
{
	for (size_t i = 0; i < f->extras; i++) {
		if (str_eq(f->extra[i].name, name))
			return f->extra[i].value;
	}
	return str_make("", 0);
}

struct str output_column_value(
	struct output *o, const struct record *r, const struct output_column *c)
{
	char scratch[16];

	o->scratch.len = 0;
	switch (c->kind) {
	case COLUMN_TIME:
		time_value(o, r);
		break;
	case COLUMN_LEVEL:
		buf_put_str(&o->scratch, output_level_shown(r, &o->fields, scratch));
		break;
	case COLUMN_LETTER:
		buf_put_char(&o->scratch, level_letter(r->level));
		break;
	case COLUMN_SOURCE:
		return str_from(r->origin->label);
	case COLUMN_FORMAT:
		return str_from(formats[r->format]->name);
	case COLUMN_TEXT:
		return fields_text(&o->fields, r);
	case COLUMN_NAMED:
		return o->fields.named[c->field];
	case COLUMN_EXTRA:
		return extra_value(&o->fields, c->name);
	}
	return buf_str(&o->scratch);
}
