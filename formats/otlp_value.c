/*
 * A value is at least as long as what it stands for, brackets and names and all, so that
 * what is written anew has room in VALUE's length. It nests no deeper than JSON_DEPTH_MAX,
 * which json_read has counted.
 */
#include "formats/fill.h"
#include "formats/otlp_value.h"
#include "formats/otlp_walk.h"

static void write_value(char **to, const struct json_member *any);

static void write(char **to, struct str s)
{
	memcpy(*to, s.ptr, s.len);
	*to += s.len;
}

static void write_string(char **to, struct str raw)
{
	*(*to)++ = '"';
	write(to, raw);
	*(*to)++ = '"';
}

/* The list under "values" in OBJECT; false if there is none. */
static bool open_values(struct str object, struct json_cursor *c)
{
	struct json_member m;

	return otlp_find(object, "values", NULL, &m) && m.kind == JSON_ARRAY &&
	       json_open(c, m.value);
}

static void write_list(char **to, struct str object)
{
	struct json_cursor c;
	struct json_member m;
	char *start = *to;

	*(*to)++ = '[';
	if (open_values(object, &c)) {
		while (json_next(&c, &m)) {
			if (*to > start + 1)
				*(*to)++ = ',';
			write_value(to, &m);
		}
	}
	*(*to)++ = ']';
}

static void write_dict(char **to, struct str object)
{
	struct json_cursor c;
	struct json_member m, key, value;
	char *start = *to;

	*(*to)++ = '{';
	if (open_values(object, &c)) {
		while (json_next(&c, &m)) {
			if (!otlp_find(m.value, "key", NULL, &key) ||
				key.kind != JSON_STRING ||
				!otlp_find(m.value, "value", NULL, &value))
				continue;
			if (*to > start + 1)
				*(*to)++ = ',';
			write_string(to, key.value);
			*(*to)++ = ':';
			write_value(to, &value);
		}
	}
	*(*to)++ = '}';
}

/* The one member of an AnyValue. */
static bool open_any(struct str any, struct json_member *m)
{
	struct json_cursor c;

	return any.len > 0 && any.ptr[0] == '{' && json_open(&c, any) && json_next(&c, m);
}

/* What is none stays as it is written. */
static void write_value(char **to, const struct json_member *any)
{
	struct json_member m;

	if (any->kind == JSON_STRING)
		write_string(to, any->value);
	else if (!open_any(any->value, &m))
		write(to, any->value);
	else if (m.kind == JSON_OBJECT && str_is(m.key, "arrayValue"))
		write_list(to, m.value);
	else if (m.kind == JSON_OBJECT && str_is(m.key, "kvlistValue"))
		write_dict(to, m.value);
	else if (m.kind != JSON_STRING ||
		 (str_is(m.key, "intValue") && json_is_number(m.value)))
		write(to, m.value);
	else
		write_string(to, m.value);
}

static enum field_kind scalar_kind(const struct json_member *m)
{
	if (m->kind == JSON_NUMBER)
		return json_is_number(m->value) ? FIELD_NUMBER : FIELD_TEXT;
	if (m->kind == JSON_STRING && str_is(m->key, "intValue"))
		return json_is_number(m->value) ? FIELD_NUMBER : FIELD_TEXT;
	if (m->kind == JSON_WORD)
		return str_is(m->value, "true") || str_is(m->value, "false") ||
				       str_is(m->value, "null")
			       ? FIELD_JSON
			       : FIELD_TEXT;
	return FIELD_TEXT;
}

void otlp_value(struct fields *f, struct str any, struct field *field)
{
	struct json_member m;
	char *room, *end;

	field->value = (struct str){"", 0};
	field->kind = FIELD_TEXT;
	if (!open_any(any, &m))
		return;
	if (m.kind != JSON_OBJECT && m.kind != JSON_ARRAY) {
		field->value = fill_text(f, m.value, m.kind == JSON_STRING && m.escaped);
		field->kind = scalar_kind(&m);
		return;
	}
	room = end = fields_scratch(f, any.len);
	if (room == NULL)
		return;
	write_value(&end, &(struct json_member){.value = any, .kind = JSON_OBJECT});
	field->value = str_make(room, (size_t)(end - room));
	field->kind = json_is_valid(field->value) ? FIELD_JSON : FIELD_TEXT;
	f->scratch.len -= any.len - field->value.len;
}
