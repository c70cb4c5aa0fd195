/*
 * output: chooses the kind of output, and what its kinds share.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/output.h"
#include "core/level.h"
#include "core/mem.h"

static const struct output_ops *const kinds[] = {
#define OUTPUT(name) &output_##name,
#include "cli/output_table.h"
#undef OUTPUT
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* What a line of pretty begins with; the rest is fields. */
static const char *const columns[] = {"time", "source", "level", "module", "message"};

static bool kind_error(const char *kind, struct err *err)
{
	const char *nearest = NULL;
	unsigned least = strlen(kind) > 3 ? 2 : 1; /* edits that are still a slip */

	for (size_t i = 0; i < KINDS; i++) {
		unsigned distance;
		if (kinds[i] == &output_template)
			continue;
		distance = str_distance(str_from(kind), str_from(kinds[i]->name));
		if (distance <= least) {
			least = distance;
			nearest = kinds[i]->name;
		}
	}
	return err_set(err,
		"no output '%s'%s%s%s (text, pretty, json, logfmt, csv, "
		"or a template like '{time} {message}')",
		kind, nearest != NULL ? "; did you mean " : "",
		nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

static const struct output_ops *find_kind(const char *kind, struct err *err)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i] != &output_template && strcmp(kinds[i]->name, kind) == 0)
			return kinds[i];
	}
	if (strchr(kind, '{') != NULL)
		return &output_template;
	kind_error(kind, err);
	return NULL;
}

/* A name that is nearly a known one is taken for a slip. */
static bool check_name(const char *option, struct str name, struct err *err)
{
	const char *nearest;

	if (output_column_find(name).kind != COLUMN_EXTRA || str_starts(name, "fields."))
		return true;
	nearest = output_column_nearest(name);
	if (nearest == NULL)
		return true;
	return err_set(err,
		"%s: unknown field '%.*s'; did you mean %s? (fields.%.*s is a field of "
		"that name in the records)",
		option, (int)name.len, name.ptr, nearest, (int)name.len, name.ptr);
}

static bool names_parse(
	struct output_names *names, const char *option, const char *list, struct err *err)
{
	struct str rest, name;

	if (list == NULL)
		return true;
	rest = str_from(list);
	while (str_split(&rest, ',', &name)) {
		name = str_trim(name);
		if (name.len == 0)
			continue;
		if (!check_name(option, name, err))
			return false;
		if (names->count == OUTPUT_NAMES_MAX)
			return err_set(err, "%s takes at most %d names", option,
				OUTPUT_NAMES_MAX);
		names->name[names->count++] = name;
	}
	return true;
}

static bool names_have(const struct output_names *names, struct str name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (str_eq(names->name[i], name))
			return true;
	}
	return false;
}

static bool names_have_extra(const struct output_names *names, struct str name)
{
	for (size_t i = 0; i < names->count; i++) {
		struct str n = names->name[i];
		if (str_eq(n, name))
			return true;
		if (str_starts(n, "fields.") &&
			str_eq(str_skip(n, strlen("fields.")), name))
			return true;
	}
	return false;
}

static bool is_column(struct str name)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		if (str_is(name, columns[i]))
			return true;
	}
	return false;
}

/* What goes with the columns if they are not chosen one by one. */
static bool goes_with_columns(struct str name)
{
	return is_column(name) || str_is(name, "exception") || str_is(name, "format");
}

struct output *output_new(const struct output_options *options, struct err *err)
{
	const struct output_ops *ops = find_kind(options->kind, err);
	struct output *o;

	if (ops == NULL)
		return NULL;
	o = xcalloc(1, sizeof(*o));
	o->ops = ops;
	o->options = *options;
	o->first_time = o->last_time = TIME_NONE;
	if (ops->machine)
		o->options.color = false;
	if (options->raw) {
		o->options.color = false;
		o->options.prefix = false;
		o->options.escape = false;
	}
	if (!names_parse(&o->show, "--show", options->show, err) ||
		!names_parse(&o->hide, "--hide", options->hide, err) ||
		(ops->init != NULL && !ops->init(o, err))) {
		output_free(o);
		return NULL;
	}
	for (size_t i = 0; i < o->show.count; i++)
		o->show_columns = o->show_columns || is_column(o->show.name[i]);
	return o;
}

void output_begin(struct output *o, struct buf *out)
{
	if (o->ops->begin != NULL)
		o->ops->begin(o, out);
}

void output_put(struct output *o, const struct record *r, struct buf *out)
{
	/* Another record may lie where the last one did. */
	fields_forget(&o->fields);
	if (o->first_time == TIME_NONE)
		o->first_time = r->time;
	o->ops->put(o, r, out);
	if (r->time != TIME_NONE)
		o->last_time = r->time;
}

void output_separator(struct output *o, struct buf *out)
{
	if (o->ops->machine)
		return;
	if (o->open != NULL)
		buf_put_char(out, '\n');
	o->open = NULL;
	buf_puts(out, o->options.color ? COLOR_DIM "--" COLOR_RESET "\n" : "--\n");
}

void output_free(struct output *o)
{
	if (o == NULL)
		return;
	fields_free(&o->fields);
	buf_free(&o->scratch);
	buf_free(&o->shown);
	free(o->state);
	free(o);
}

bool output_is_verbatim(const struct output *o)
{
	const struct output_options *options = &o->options;

	return o->ops == &output_text && !options->color && !options->prefix &&
	       !options->escape && !options->time_given;
}

bool output_wants_level(const struct output *o)
{
	return o->ops != &output_text || o->options.color;
}

bool output_asks_for(const struct output *o, struct str name)
{
	return names_have(&o->show, name) && !names_have(&o->hide, name);
}

bool output_shows(const struct output *o, struct str name)
{
	if (names_have(&o->hide, name))
		return false;
	if (o->show.count == 0 || (!o->show_columns && goes_with_columns(name)))
		return true;
	return names_have(&o->show, name);
}

bool output_shows_extra(const struct output *o, struct str name)
{
	return !names_have_extra(&o->hide, name) &&
	       (o->show.count == 0 || names_have_extra(&o->show, name));
}

void output_put_text(
	const struct output *o, struct buf *out, struct str text, enum escape_mode mode)
{
	if (o->options.escape)
		escape_put(out, text, mode);
	else
		buf_put_str(out, text);
}

void output_put_blanks(struct buf *out, size_t n)
{
	if (n == 0)
		return;
	buf_reserve(out, n);
	memset(out->ptr + out->len, ' ', n);
	out->len += n;
}

void output_pad(struct buf *out, size_t used, size_t width)
{
	if (used < width)
		output_put_blanks(out, width - used);
}

struct str output_level(const struct record *r, char scratch[static 16])
{
	unsigned number = r->severity;

	if (r->level != LEVEL_UNKNOWN && number == level_number(r->level))
		return str_from(level_name(r->level));
	if (number == 0)
		return str_make(NULL, 0);
	return str_make(scratch, (size_t)snprintf(scratch, 16, "Level %u", number));
}

struct str output_level_word(const struct record *r, const struct fields *f)
{
	struct str word = f->named[FIELD_LEVEL];
	struct severity severity;

	if (r->level != LEVEL_UNKNOWN && r->severity == level_number(r->level))
		return str_make(NULL, 0);
	if (word.ptr == NULL || word.len == 0 || level_from_word(word, &severity))
		return str_make(NULL, 0);
	return word;
}

struct str output_level_shown(
	const struct record *r, const struct fields *f, char scratch[static 16])
{
	struct str word = output_level_word(r, f);

	return word.ptr != NULL ? word : output_level(r, scratch);
}

const char *output_level_color(unsigned level)
{
	switch (level) {
	case LEVEL_TRACE:
	case LEVEL_DEBUG:
		return COLOR_DIM;
	case LEVEL_WARNING:
		return "\x1b[33m";
	case LEVEL_ERROR:
		return "\x1b[31m";
	case LEVEL_CRITICAL:
	case LEVEL_ALERT:
	case LEVEL_EMERGENCY:
		return "\x1b[1;31m";
	default:
		return "";
	}
}
