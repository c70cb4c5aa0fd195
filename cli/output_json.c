/*
 * output json: one object a record, for programs. Every part writes its comma behind it;
 * the last one becomes the closing brace.
 */
#include "cli/json_put.h"
#include "cli/output.h"
#include "formats/format.h"
#include "formats/json_read.h"

/* A named field and its key, in the order in which they are written. */
struct part {
	enum field_id id;
	bool number; /* written as a number if it is one */
	struct str name;
	struct str key;
};

static const struct part parts[] = {
	{FIELD_MODULE, false, STR("module"), STR("\"module\":")},
	{FIELD_FUNCTION, false, STR("function"), STR("\"function\":")},
	{FIELD_FILE, false, STR("file"), STR("\"file\":")},
	{FIELD_LINE, true, STR("line"), STR("\"line\":")},
	{FIELD_PID, true, STR("pid"), STR("\"pid\":")},
	{FIELD_PROCESS, false, STR("process"), STR("\"process\":")},
	{FIELD_THREAD, false, STR("thread"), STR("\"thread\":")},
	{FIELD_HOST, false, STR("host"), STR("\"host\":")},
	{FIELD_EXCEPTION, false, STR("exception"), STR("\"exception\":")},
};

#define COUNT_DIGITS_MAX 18 /* longer ones would not survive as a number */

#define PUT(out, literal) buf_put((out), (literal), sizeof(literal) - 1)
#define NAME(literal) ((struct str)STR(literal))

static unsigned flags_of(const struct output *o)
{
	return o->options.escape ? JSON_ESCAPE : 0;
}

static void close_object(struct buf *out)
{
	if (out->ptr[out->len - 1] == ',')
		out->ptr[out->len - 1] = '}';
	else
		buf_put_char(out, '}');
}

/* Whether S is a number that is all digits. */
static bool is_count(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	}
	return s.len <= COUNT_DIGITS_MAX && json_is_number(s);
}

static void put_time(struct output *o, const struct record *r, struct buf *out)
{
	if (r->time == TIME_NONE) {
		PUT(out, "\"time\":null,");
		return;
	}
	PUT(out, "\"time\":\"");
	output_put_utc(o, r->time, out);
	PUT(out, "\",");
}

static void put_level(const struct record *r, struct buf *out)
{
	char scratch[16];
	struct str level = output_level(r, scratch);

	if (level.ptr == NULL) {
		PUT(out, "\"level\":null,");
		return;
	}
	PUT(out, "\"level\":\"");
	buf_put_str(out, level);
	PUT(out, "\",");
}

static void put_head(struct output *o, const struct record *r, struct buf *out)
{
	if (output_shows(o, NAME("time")))
		put_time(o, r, out);
	if (output_shows(o, NAME("level")))
		put_level(r, out);
	if (output_shows(o, NAME("source"))) {
		PUT(out, "\"source\":");
		json_put_string(out, str_from(r->origin->label), flags_of(o));
		buf_put_char(out, ',');
	}
	if (output_shows(o, NAME("format"))) {
		PUT(out, "\"format\":\"");
		buf_puts(out, formats[r->format]->name);
		PUT(out, "\",");
	}
	if (output_shows(o, NAME("message"))) {
		PUT(out, "\"message\":");
		json_put_string(
			out, o->fields.named[FIELD_MESSAGE], flags_of(o) | JSON_PLAIN);
		buf_put_char(out, ',');
	}
}

static void put_parts(struct output *o, struct buf *out)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const struct part *part = &parts[i];
		struct str value = o->fields.named[part->id];
		if (value.ptr == NULL || !output_shows(o, part->name))
			continue;
		buf_put_str(out, part->key);
		if (part->number && is_count(value))
			buf_put_str(out, value);
		else
			json_put_string(out, value, flags_of(o) | JSON_PLAIN);
		buf_put_char(out, ',');
	}
}

static void put_value(const struct field *f, unsigned flags, struct buf *out)
{
	if (f->kind == FIELD_NUMBER && json_is_number(f->value))
		buf_put_str(out, f->value);
	else if (f->kind != FIELD_JSON || !json_put_value(out, f->value, flags))
		json_put_string(out, f->value, flags);
}

/* Whether an extra field before the one at I has its name. SEEN is a sieve of the names
 * so far. */
static bool is_repeated(const struct fields *f, size_t i, uint64_t *seen)
{
	struct str name = f->extra[i].name;
	uint64_t bit;

	if (name.len == 0) {
		bit = 1;
	} else {
		unsigned hash = (unsigned)name.len * 31 +
				(unsigned char)name.ptr[0] * 7u +
				(unsigned char)name.ptr[name.len - 1];
		bit = UINT64_C(1) << (hash & 63);
	}
	if (!(*seen & bit)) {
		*seen |= bit;
		return false;
	}
	for (size_t k = 0; k < i; k++) {
		if (str_eq(f->extra[k].name, name))
			return true;
	}
	return false;
}

static void put_extra(struct output *o, const struct record *r, struct buf *out)
{
	const struct fields *f = &o->fields;
	struct str word = output_level_word(r, f);
	size_t start = out->len;
	uint64_t seen = 0;

	PUT(out, "\"fields\":{");
	size_t empty = out->len;
	if (word.ptr != NULL && output_shows_extra(o, NAME("level"))) {
		PUT(out, "\"level\":");
		json_put_string(out, word, flags_of(o));
		buf_put_char(out, ',');
	} else {
		word.ptr = NULL;
	}
	for (size_t i = 0; i < f->extras; i++) {
		struct str name = f->extra[i].name;
		if (is_repeated(f, i, &seen) || !output_shows_extra(o, name) ||
			(word.ptr != NULL && str_is(name, "level")))
			continue;
		json_put_string(out, name, flags_of(o));
		buf_put_char(out, ':');
		put_value(&f->extra[i], flags_of(o), out);
		buf_put_char(out, ',');
	}
	if (out->len == empty) {
		out->len = start;
		return;
	}
	close_object(out);
	buf_put_char(out, ',');
}

static void json_put(struct output *o, const struct record *r, struct buf *out)
{
	fields_load(&o->fields, r);
	buf_put_char(out, '{');
	put_head(o, r, out);
	put_parts(o, out);
	if (o->fields.extras > 0 || o->fields.named[FIELD_LEVEL].ptr != NULL)
		put_extra(o, r, out);
	if (r->flags & RECORD_LATE)
		PUT(out, "\"late\":true,");
	if (r->flags & RECORD_CUT)
		PUT(out, "\"cut\":true,");
	if (r->flags & RECORD_PARTIAL)
		PUT(out, "\"partial\":true,");
	close_object(out);
	buf_put_char(out, '\n');
}

const struct output_ops output_json = {
	.name = "json",
	.summary = "an object a record, one line each",
	.machine = true,
	.put = json_put,
};
