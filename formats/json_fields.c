/*
 * Everything of a record that is not one of the named fields is kept as an extra one, as
 * it was written where that is JSON, and as text where it only looks like it.
 */
#include "formats/json_fields.h"

static void put_members(
	struct fill *fill, struct str object, struct str prefix, int depth);

/* A list of strings is a traceback in pieces, one of numbers the bytes of a message that
 * is not UTF-8 (the journal): either is one text. */
static bool join_items(struct fields *f, struct str array, struct str *text)
{
	struct json_cursor c;
	struct json_member m;
	char *p = fields_scratch(f, array.len);
	size_t len = 0;
	uint64_t byte;

	if (p == NULL || !json_open(&c, array))
		return false;
	while (json_next(&c, &m)) {
		if (m.kind == JSON_STRING) {
			/* In place of the quotes there is room for a newline. */
			if (len > 0 && p[len - 1] != '\n')
				p[len++] = '\n';
			len += json_unescape(m.value, p + len);
		} else if (str_to_u64(m.value, &byte) && byte < 256) {
			p[len++] = (char)byte;
		} else {
			return false;
		}
	}
	if (c.broken || len == 0)
		return false;
	*text = str_make(p, len);
	return true;
}

static struct field array_field(
	struct fields *f, const struct json_member *m, struct str name)
{
	const struct key *key = key_find(name);
	struct field field = {name, m->value, FIELD_JSON};
	size_t used = f->scratch.len;
	bool text = key != NULL &&
		    (key->field == FIELD_MESSAGE || key->field == FIELD_EXCEPTION);
	if (text && join_items(f, m->value, &field.value))
		field.kind = FIELD_TEXT;
	else
		f->scratch.len = used;
	return field;
}

/* Kinds are a promise to whoever writes JSON: what would not be any is text. */
static struct field member_field(
	struct fields *f, const struct json_member *m, struct str name)
{
	struct field field = {name, m->value, FIELD_TEXT};
	switch (m->kind) {
	case JSON_STRING:
		field.value = fill_text(f, m->value, m->escaped);
		break;
	case JSON_NUMBER:
		if (json_is_number(m->value))
			field.kind = FIELD_NUMBER;
		break;
	case JSON_WORD:
		if (str_is(m->value, "true") || str_is(m->value, "false") ||
			str_is(m->value, "null"))
			field.kind = FIELD_JSON;
		break;
	case JSON_ARRAY:
		field = array_field(f, m, name);
		/* fall through */
	case JSON_OBJECT:
		if (m->kind == JSON_OBJECT)
			field.kind = FIELD_JSON;
		if (field.kind == FIELD_JSON && !json_is_valid(m->value))
			field.kind = FIELD_TEXT;
		break;
	}
	return field;
}

static bool has_members(struct str object)
{
	struct json_cursor c;
	struct json_member m;
	return json_open(&c, object) && json_next(&c, &m);
}

static void put_member(
	struct fill *fill, const struct json_member *m, struct str name, int depth)
{
	bool flat = m->kind == JSON_OBJECT && depth < JSON_FLAT_MAX &&
		    m->key.ptr != fill->gist->time_key && name.len < FILL_NAME_MAX &&
		    has_members(m->value);
	if (flat)
		put_members(fill, m->value, name, depth + 1);
	else
		fill_put(fill, m->key.ptr, member_field(fill->f, m, name));
}

static void put_members(
	struct fill *fill, struct str object, struct str prefix, int depth)
{
	struct fields *f = fill->f;
	struct json_cursor c;
	struct json_member m;

	if (!json_open(&c, object))
		return;
	while (json_next(&c, &m)) {
		struct str name = m.key;
		if (depth > 0 && f->extras == FIELDS_MAX) {
			f->left_out++;
			continue;
		}
		if (depth > 0 && !fill_join(f, prefix, m.key, &name)) {
			f->left_out++;
			continue;
		}
		put_member(fill, &m, fill_text(f, name, m.key_escaped), depth);
	}
}

void json_put_members(struct fill *fill, struct str object, struct str prefix)
{
	put_members(fill, object, prefix, prefix.len > 0);
}

void json_put_member(struct fill *fill, const struct json_member *m, struct str name)
{
	put_member(fill, m, name, 0);
}
