/*
 * Fuzz target: a frame as the pickle format takes it, its fields, and its line of text;
 * what pickle_flat takes must be read alike by the machine that reads any pickle. That one
 * is asked by N0 in front: None is put on the stack and taken off again.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "formats/format.h"
#include "formats/pickle_flat.h"

#define ANY "N0"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The line of text of what begins at FROM and ends at END, in FIELDS; NULL: no record. */
static struct str line_of(
	char *from, const char *end, struct fields *fields, struct record *r)
{
	static struct intern_cache modules;
	struct parse p = {.want = WANT_LEVEL | WANT_MODULE, .modules = &modules};
	size_t len = (size_t)(end - from);
	struct str line = {NULL, 0};

	*r = (struct record){.time = TIME_NONE,
		.text = from,
		.len = (uint32_t)len,
		.head = (uint32_t)len,
		.offset = 4,
		.format = FORMAT_pickle,
		.flags = RECORD_WIRE};
	fields_reset(fields);
	if (format_pickle.parse(&p, (struct str){from, len}, r))
		line = fields_text(fields, r);
	buf_free(&p.plain);
	return line;
}

static bool same(const struct fields *a, const struct fields *b)
{
	for (int i = 0; i < FIELD_NAMED; i++) {
		if (!str_eq(a->named[i], b->named[i]))
			return false;
	}
	for (size_t i = 0; i < a->extras && i < b->extras; i++) {
		if (!str_eq(a->extra[i].name, b->extra[i].name) ||
			!str_eq(a->extra[i].value, b->extra[i].value) ||
			a->extra[i].kind != b->extra[i].kind)
			return false;
	}
	return a->extras == b->extras && a->left_out == b->left_out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fields fields, others;
	static struct pickle_flat flat;
	static bool ready;
	size_t before = sizeof(ANY) - 1;
	char *copy = xmalloc(before + size + TEXT_PAD), *end = copy + before + size;
	struct record r, other;
	struct str line, wanted;

	if (!ready)
		formats_init();
	ready = true;
	memcpy(copy, ANY, before);
	if (size > 0)
		memcpy(copy + before, data, size);
	memset(end, 'q', TEXT_PAD);
	line = line_of(copy + before, end, &fields, &r);
	if (pickle_flat(&flat, (struct str){copy + before, size})) {
		wanted = line_of(copy, end, &others, &other);
		if (wanted.ptr == NULL || !str_eq(line, wanted) || r.time != other.time ||
			r.level != other.level || r.severity != other.severity ||
			r.module != other.module || !same(&fields, &others))
			abort();
	}
	free(copy);
	return 0;
}
