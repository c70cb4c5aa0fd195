/*
 * fuzz_format: a message as the format TARGET takes it: what is wanted does not decide
 * whether it is a record, its fields are in its text or in scratch, and it can be written
 * as a line. A message that holds several is taken apart, and each part is read.
 */
#ifndef TESTS_FUZZ_FORMAT_H
#define TESTS_FUZZ_FORMAT_H

#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"
#include "formats/format.h"

#ifndef ENTRY
#define ENTRY LLVMFuzzerTestOneInput
#endif

int ENTRY(const uint8_t *data, size_t size);

static struct intern_cache fuzz_modules;
static struct fields fuzz_fields;

static bool fuzz_inside(const struct record *r, struct str s)
{
	const struct buf *scratch = &fuzz_fields.scratch;
	bool in_text = s.ptr >= r->text && s.ptr + s.len <= r->text + r->len;
	bool in_scratch = scratch->ptr != NULL && s.ptr >= scratch->ptr &&
			  s.ptr + s.len <= scratch->ptr + scratch->len;

	return s.len == 0 || in_text || in_scratch;
}

/* What the extras are called may be a word of the program. */
static void fuzz_check(const struct record *r)
{
	for (size_t i = 0; i < FIELD_NAMED; i++)
		assert(fuzz_inside(r, fuzz_fields.named[i]));
	for (size_t i = 0; i < fuzz_fields.extras; i++)
		assert(fuzz_inside(r, fuzz_fields.extra[i].value));
}

/* Parts come in memory of their own. */
static void fuzz_read(void *owner, struct str text)
{
	struct parse p = {.want = WANT_LEVEL | WANT_MODULE, .modules = &fuzz_modules};
	struct parse plain = {.modules = &fuzz_modules};
	char *copy = xmalloc(text.len + TEXT_PAD);
	struct record r = {.time = TIME_NONE,
		.text = copy,
		.len = (uint32_t)text.len,
		.head = (uint32_t)text.len,
		.offset = 4,
		.format = TARGET,
		.flags = RECORD_WIRE};
	struct record other = r;

	(void)owner;
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	memset(copy + text.len, '"', TEXT_PAD);
	text.ptr = copy;
	bool taken = formats[TARGET]->parse(&p, text, &r);
	assert(formats[TARGET]->parse(&plain, text, &other) == taken && other.time == r.time);
	fields_reset(&fuzz_fields);
	if (taken) {
		fields_text(&fuzz_fields, &r);
		fuzz_check(&r);
		assert(str_eq(intern_name(r.module), fuzz_fields.named[FIELD_MODULE]) ||
			r.module == INTERN_OTHER);
	}
	buf_free(&p.plain);
	buf_free(&plain.plain);
	free(copy);
}

int ENTRY(const uint8_t *data, size_t size)
{
	static bool ready;
	struct parse p = {.modules = &fuzz_modules};
	char *copy = xmalloc(size + TEXT_PAD);
	struct str text = {copy, size};

	if (!ready)
		formats_init();
	ready = true;
	if (size > 0)
		memcpy(copy, data, size);
	memset(copy + size, '}', TEXT_PAD);
	fuzz_read(NULL, text);
	if (formats[TARGET]->split != NULL)
		formats[TARGET]->split(&p, text, fuzz_read, NULL);
	buf_free(&p.part);
	free(copy);
	return 0;
}

#endif
