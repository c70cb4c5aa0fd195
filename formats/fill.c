/*
 * A name's place comes from keys.c, but for the time, the level and the module: there the
 * gist has chosen, and the fields must not tell another story than the record.
 */
#include "formats/fill.h"

static bool is_count(struct str s)
{
	uint64_t n;
	return str_to_u64(s, &n);
}

/* What follows the last colon of "main.go:31", if that is a number. */
static bool split_line(struct str file, struct str *path, struct str *line)
{
	const char *colon = memrchr(file.ptr, ':', file.len);
	if (colon == NULL || colon == file.ptr)
		return false;
	*path = str_make(file.ptr, (size_t)(colon - file.ptr));
	*line = str_skip(file, path->len + 1);
	return is_count(*line);
}

static struct str without_newlines(struct str s)
{
	while (s.len > 0 && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* Whether VALUE can be what the key's name says. */
static bool fits(const struct key *key, const struct field *field)
{
	struct str path, line;
	bool text = field->kind == FIELD_TEXT;
	switch (key->field) {
	case FIELD_LINE:
	case FIELD_PID:
		return is_count(field->value);
	case FIELD_FILE:
		return text && (key->rank < 2 || split_line(field->value, &path, &line) ||
				       key->name[0] == 'f');
	case FIELD_EXCEPTION:
		/* GELF's full_message is mostly the message once more. */
		return text && field->value.len > 0 &&
		       (key->rank < 9 ||
			       memchr(field->value.ptr, '\n', field->value.len) != NULL);
	case FIELD_MODULE:
		return false; /* gist has chosen */
	default:
		return field->kind != FIELD_JSON;
	}
}

/* The named place of FIELD and its rank there, or -1. */
static int place(
	struct fill *fill, const char *at, const struct field *field, uint8_t *rank)
{
	const struct gist *g = fill->gist;
	*rank = 0;
	if (at == g->module_key)
		return FIELD_MODULE;
	const struct key *key = key_find(field->name);
	if (at == g->level_key) {
		*rank = field->kind == FIELD_TEXT ? 0 : 1;
		return FIELD_LEVEL;
	}
	if (key == NULL || key->field >= FIELD_NAMED || !fits(key, field))
		return -1;
	*rank = key->rank;
	if (key->field == FIELD_LEVEL)
		return key->rank == 0 && field->kind == FIELD_TEXT ? FIELD_LEVEL : -1;
	/* Python's "process" is a number where others have a name. */
	if (key->field == FIELD_PROCESS && is_count(field->value))
		return FIELD_PID;
	return key->field;
}

static void set_named(struct fill *fill, int id, const struct field *field, uint8_t rank)
{
	struct fields *f = fill->f;
	struct str path, line, value = field->value;
	static const struct str log = STR("log");

	fill->won[id] = *field;
	fill->rank[id] = rank;
	if (id == FIELD_FILE && split_line(value, &path, &line)) {
		value = path;
		if (f->named[FIELD_LINE].ptr == NULL) {
			f->named[FIELD_LINE] = line;
			fill->rank[FIELD_LINE] = GIST_NONE;
		}
	} else if (id == FIELD_EXCEPTION) {
		value = without_newlines(value);
	} else if (id == FIELD_MESSAGE && str_eq(field->name, log) && value.len > 0 &&
		   value.ptr[value.len - 1] == '\n') {
		/* Docker's line still has its end. */
		value.len--;
	}
	f->named[id] = value;
}

void fill_begin(struct fill *fill, struct fields *f, const struct gist *gist, size_t len)
{
	fields_scratch_begin(f, FILL_SCRATCH(len));
	fill->f = f;
	fill->gist = gist;
	fill->only_extras = false;
	memset(fill->rank, GIST_NONE, sizeof(fill->rank));
}

void fill_put(struct fill *fill, const char *at, struct field field)
{
	static const char fields[] = "fields.";
	struct fields *f = fill->f;
	uint8_t rank;
	if (at == fill->gist->time_key)
		return;
	int id = fill->only_extras ? -1 : place(fill, at, &field, &rank);
	if (id < 0 || (f->named[id].ptr != NULL && rank >= fill->rank[id])) {
		/* logrus and tracing keep the user's own under "fields". */
		if (!fill->only_extras && str_starts(field.name, fields) &&
			field.name.len > sizeof(fields) - 1)
			field.name = str_skip(field.name, sizeof(fields) - 1);
		fields_add(f, field.name, field.value, field.kind);
		return;
	}
	struct field old = fill->won[id];
	bool replaced = f->named[id].ptr != NULL && fill->rank[id] != GIST_NONE;
	set_named(fill, id, &field, rank);
	if (replaced)
		fields_add(f, old.name, old.value, old.kind);
}

void fill_end(struct fill *fill, struct str rest)
{
	struct fields *f = fill->f;
	struct str message = f->named[FIELD_MESSAGE];
	struct str exception = f->named[FIELD_EXCEPTION];
	if (rest.len == 0)
		return;
	char *joined = fields_scratch(f, message.len + 1 + rest.len);
	if (joined == NULL)
		return;
	if (message.len > 0)
		memcpy(joined, message.ptr, message.len);
	joined[message.len] = '\n';
	memcpy(joined + message.len + 1, rest.ptr, rest.len);
	fields_set_message(f, str_make(joined, message.len + 1 + rest.len));
	if (exception.ptr != NULL)
		f->named[FIELD_EXCEPTION] = exception;
}

bool fill_join(struct fields *f, struct str prefix, struct str name, struct str *joined)
{
	size_t len = prefix.len + 1 + name.len;
	if (len > FILL_NAME_MAX)
		return false;
	char *p = fields_scratch(f, len);
	if (p == NULL)
		return false;
	memcpy(p, prefix.ptr, prefix.len);
	p[prefix.len] = '.';
	memcpy(p + prefix.len + 1, name.ptr, name.len);
	*joined = str_make(p, len);
	return true;
}

struct str fill_text(struct fields *f, struct str raw, bool escaped)
{
	if (!escaped)
		return raw;
	char *p = fields_scratch(f, raw.len);
	if (p == NULL)
		return raw;
	size_t len = json_unescape(raw, p);
	f->scratch.len -= raw.len - len;
	return str_make(p, len);
}
