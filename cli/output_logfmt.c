/*
 * output logfmt: key=value pairs as Go's and Heroku's tools write and read them. Values
 * that need it are quoted like JSON strings.
 */
#include "cli/json_put.h"
#include "cli/output.h"

#define NAME(literal) ((struct str)STR(literal))

/* After the message, where a record has them. */
static const enum field_id named[] = {FIELD_FUNCTION, FIELD_FILE, FIELD_LINE, FIELD_PID,
	FIELD_PROCESS, FIELD_THREAD, FIELD_HOST};

/* The keys of ours that are no names of fields. */
static const char *const keys[] = {"time", "level", "source", "msg"};

static void put_gap(size_t start, struct buf *out)
{
	if (out->len > start)
		buf_put_char(out, ' ');
}

static bool needs_quotes(struct str s)
{
	uint32_t code;

	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.ptr[i];
		size_t n = c < 0x80 ? 1 : utf8_next(str_skip(s, i), &code);
		if (c <= ' ' || c == '"' || c == '=' || c == 0x7f || n == 0 ||
			(n > 1 && escape_hides(code)))
			return true;
		i += n;
	}
	return s.len == 0;
}

static void put_value(
	const struct output *o, struct str value, unsigned flags, struct buf *out)
{
	if (o->options.escape)
		flags |= JSON_ESCAPE;
	if (needs_quotes(value))
		json_put_string(out, value, flags);
	else
		buf_put_str(out, value);
}

static void put_pair(const struct output *o, size_t start, const char *key,
	struct str value, struct buf *out)
{
	put_gap(start, out);
	buf_puts(out, key);
	buf_put_char(out, '=');
	put_value(o, value, JSON_PLAIN, out);
}

static bool is_ours(struct str name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (str_is(name, keys[i]))
			return true;
	}
	return fields_id(name) >= 0;
}

/* A key: what would end it or hide in it is an underscore. */
static void put_key(struct str name, struct buf *out)
{
	uint32_t code;

	if (is_ours(name))
		buf_puts(out, "fields.");
	if (name.len == 0)
		buf_put_char(out, '_');
	for (size_t i = 0; i < name.len;) {
		size_t n = utf8_next(str_skip(name, i), &code);
		if (n == 0 || code <= ' ' || code == '"' || code == '=' ||
			escape_hides(code))
			buf_put_char(out, '_');
		else
			buf_put(out, name.ptr + i, n);
		i += n > 0 ? n : 1;
	}
}

static void put_level(
	struct output *o, size_t start, const struct record *r, struct buf *out)
{
	char scratch[16];
	struct str level = output_level_shown(r, &o->fields, scratch);

	if (level.ptr == NULL || !output_shows(o, NAME("level")))
		return;
	o->scratch.len = 0;
	buf_put_str(&o->scratch, level);
	for (size_t i = 0; i < level.len; i++) {
		char *c = &o->scratch.ptr[i];
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	}
	put_pair(o, start, "level", buf_str(&o->scratch), out);
}

static void put_head(
	struct output *o, size_t start, const struct record *r, struct buf *out)
{
	const struct fields *f = &o->fields;

	if (r->time != TIME_NONE && output_shows(o, NAME("time"))) {
		o->scratch.len = 0;
		if (o->options.time_given)
			output_put_time(o, r, &o->scratch);
		else
			output_put_utc(o, r->time, &o->scratch);
		put_pair(o, start, "time", buf_str(&o->scratch), out);
	}
	put_level(o, start, r, out);
	if (output_shows(o, NAME("source")))
		put_pair(o, start, "source", str_from(r->origin->label), out);
	if (f->named[FIELD_MODULE].ptr != NULL && output_shows(o, NAME("module")))
		put_pair(o, start, "module", f->named[FIELD_MODULE], out);
	if (f->named[FIELD_MESSAGE].ptr != NULL && output_shows(o, NAME("message")))
		put_pair(o, start, "msg", f->named[FIELD_MESSAGE], out);
}

static void logfmt_put(struct output *o, const struct record *r, struct buf *out)
{
	const struct fields *f = &o->fields;
	size_t start = out->len;

	fields_load(&o->fields, r);
	put_head(o, start, r, out);
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		const char *key = fields_name(named[i]);
		if (f->named[named[i]].ptr != NULL && output_shows(o, str_from(key)))
			put_pair(o, start, key, f->named[named[i]], out);
	}
	for (size_t i = 0; i < f->extras; i++) {
		if (!output_shows_extra(o, f->extra[i].name))
			continue;
		put_gap(start, out);
		put_key(f->extra[i].name, out);
		buf_put_char(out, '=');
		put_value(o, f->extra[i].value, 0, out);
	}
	if (f->named[FIELD_EXCEPTION].ptr != NULL && output_shows(o, NAME("exception")))
		put_pair(o, start, "exception", f->named[FIELD_EXCEPTION], out);
	buf_put_char(out, '\n');
}

const struct output_ops output_logfmt = {
	.name = "logfmt",
	.summary = "key=value pairs",
	.machine = true,
	.put = logfmt_put,
};
