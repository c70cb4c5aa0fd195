/*
 * Fields are parsed when somebody asks for them. struct fields is some 10 KB, most of it
 * extras that are never read beyond their count, so clearing touches only what counts.
 */
#include "core/fields.h"

#include <assert.h>

void (*fields_parse)(const struct record *r, struct fields *f);
void (*fields_render)(const struct record *r, const struct fields *f, struct buf *out);

static const char *const names[FIELD_NAMED];

static void clear(struct fields *f)
{
	memset(f->named, 0, sizeof(f->named));
	f->extras = 0;
	f->left_out = 0;
	f->scratch.len = 0;
}

/* The byte order mark of a file is no part of its first record's fields. */
static bool has_mark(const struct record *r)
{
	return r->offset == 0 && r->len >= 3 && r->head >= 3 &&
	       memcmp(r->text, "\xef\xbb\xbf", 3) == 0;
}

void fields_load(struct fields *f, const struct record *r)
{
	struct record bare;
	assert(fields_parse != NULL);
	if (f->record == r)
		return;
	clear(f);
	f->record = r;
	if (!has_mark(r)) {
		fields_parse(r, f);
		return;
	}
	bare = *r;
	bare.text += 3;
	bare.len -= 3;
	bare.head -= 3;
	fields_parse(&bare, f);
}

void fields_reset(struct fields *f)
{
	clear(f);
	f->record = NULL;
}

void fields_free(struct fields *f)
{
	buf_free(&f->scratch);
	buf_free(&f->text);
	fields_reset(f);
}

struct str fields_text(struct fields *f, const struct record *r)
{
	if (!(r->flags & RECORD_WIRE))
		return record_text(r);
	fields_load(f, r);
	f->text.len = 0;
	fields_render(r, f, &f->text);
	buf_reserve(&f->text, TEXT_PAD);
	return buf_str(&f->text);
}

void fields_add(struct fields *f, struct str name, struct str value, enum field_kind kind)
{
	if (f->extras == FIELDS_MAX) {
		f->left_out++;
		return;
	}
	f->extra[f->extras++] = (struct field){name, value, kind};
}

void fields_scratch_begin(struct fields *f, size_t most)
{
	/* Names and values in scratch may be looked at 16 bytes at a time, too. */
	buf_reserve(&f->scratch, most + TEXT_PAD);
}

char *fields_scratch(struct fields *f, size_t n)
{
	struct buf *b = &f->scratch;
	if (b->cap - b->len < TEXT_PAD || n > b->cap - b->len - TEXT_PAD)
		return NULL;
	char *p = b->ptr + b->len;
	b->len += n;
	return p;
}

static bool find_extra(const struct fields *f, struct str name, struct str *value)
{
	for (size_t i = 0; i < f->extras; i++) {
		if (!str_eq(f->extra[i].name, name))
			continue;
		*value = f->extra[i].value;
		return true;
	}
	return false;
}

bool fields_find(const struct fields *f, struct str name, struct str *value)
{
	static const char prefix[] = "fields.";
	int id = fields_id(name);
	if (id >= 0 && f->named[id].ptr != NULL) {
		*value = f->named[id];
		return true;
	}
	/* An extra field may itself be called "fields.x": the whole name comes first. */
	if (find_extra(f, name, value))
		return true;
	if (!str_starts(name, prefix))
		return false;
	return find_extra(f, str_skip(name, sizeof(prefix) - 1), value);
}

int fields_id(struct str name)
{
	for (int i = 0; i < FIELD_NAMED; i++) {
		if (str_is(name, names[i]))
			return i;
	}
	return -1;
}

const char *fields_name(enum field_id id)
{
	assert(id < FIELD_NAMED);
	return names[id];
}

static const char *const names[FIELD_NAMED] = {
	[FIELD_MESSAGE] = "message",
	[FIELD_MODULE] = "module",
	[FIELD_FUNCTION] = "function",
	[FIELD_FILE] = "file",
	[FIELD_LINE] = "line",
	[FIELD_PID] = "pid",
	[FIELD_PROCESS] = "process",
	[FIELD_THREAD] = "thread",
	[FIELD_HOST] = "host",
	[FIELD_EXCEPTION] = "exception",
	[FIELD_LEVEL] = "level",
};
