/*
 * formatkit: a format's parse and fields on lines in memory, for the tests of formats.
 */
#ifndef TESTS_FORMATKIT_H
#define TESTS_FORMATKIT_H

#include <stdlib.h>
#include <time.h>

#include "core/buf.h"
#include "core/mem.h"
#include "formats/format.h"
#include "tap.h"

static struct intern_cache kit_modules;
static struct fields kit_fields;

static inline void kit_begin(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	formats_init();
}

/* A copy of exactly TEXT and its padding, which is full of PAD, so that a sanitizer sees
 * what goes over either, and a search that runs over the end finds something. */
static inline char *kit_copy(struct str text, char pad)
{
	char *copy = xmalloc(text.len + TEXT_PAD);
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	memset(copy + text.len, pad, TEXT_PAD);
	return copy;
}

/* The record of a text that stays where it is; its first line is its head. */
static inline struct record kit_record(struct str text)
{
	const char *end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
	struct record r = {
		.time = TIME_NONE,
		.text = text.ptr,
		.len = (uint32_t)text.len,
		.head = end ? (uint32_t)(end - text.ptr) : (uint32_t)text.len,
	};
	return r;
}

static inline bool kit_parse(const struct format *format, unsigned want, struct record *r)
{
	struct parse p = {.want = want, .modules = &kit_modules};
	bool taken = format->parse(&p, str_make(r->text, r->head), r);
	buf_free(&p.plain);
	return taken;
}

/* Parses TEXT with FORMAT and reads its fields into kit_fields, which stay valid until
 * the next call; false if it is no record. */
static inline bool kit_read(
	const struct format *format, const char *text, struct record *r)
{
	static char *copy;
	struct str s = str_from(text);
	fields_reset(&kit_fields);
	free(copy);
	copy = kit_copy(s, '"');
	*r = kit_record(str_make(copy, s.len));
	if (!kit_parse(format, WANT_LEVEL | WANT_MODULE, r))
		return false;
	format->fields(r, &kit_fields);
	return true;
}

static inline void kit_end(void)
{
	struct record r;
	kit_read(formats[FORMAT_raw], "", &r);
	fields_free(&kit_fields);
}

/* What kit_fields has under NAME is WANT; NULL: nothing. */
static inline void kit_is(const char *name, const char *want)
{
	struct str got = {"", 0};
	bool found = fields_find(&kit_fields, str_from(name), &got);
	if (want == NULL) {
		ok(!found, "no %s", name);
		return;
	}
	if (ok(found, "%s is there", name))
		is_str(got.ptr, got.len, want, name);
}

static inline struct buf kit_file(const char *format, const char *name)
{
	char path[256];
	struct buf b = {0};
	snprintf(path, sizeof(path), "tests/golden/formats/%s/%s", format, name);
	FILE *file = fopen(path, "r");
	if (!ok(file != NULL, "%s can be opened", path))
		exit(done_testing());
	buf_reserve(&b, 1 << 20);
	b.len = fread(b.ptr, 1, 1 << 20, file);
	fclose(file);
	return b;
}

/* S as the golden files have it. */
static inline void kit_escape(struct buf *out, struct str s)
{
	static const char from[] = "\\\n\t\r";
	for (size_t i = 0; i < s.len; i++) {
		const char *at = s.ptr[i] ? strchr(from, s.ptr[i]) : NULL;
		if (s.ptr[i] == '\0')
			buf_puts(out, "\\0");
		else if (at != NULL)
			buf_printf(out, "\\%c", "\\ntr"[at - from]);
		else
			buf_put_char(out, s.ptr[i]);
	}
}

static inline void kit_golden_line(
	const struct format *format, struct str line, struct buf *out)
{
	char *text = xstrndup(line.ptr, line.len);
	struct record r;
	if (!kit_read(format, text, &r)) {
		buf_puts(out, "no record");
		free(text);
		return;
	}
	struct str module = intern_name(r.module);
	if (r.time == TIME_NONE)
		buf_put_char(out, '-');
	else
		buf_printf(out, "%lld", (long long)r.time);
	buf_printf(out, "\t%s\t", level_name(r.level));
	buf_put_str(out, module.len > 0 ? module : str_from("-"));
	buf_put_char(out, '\t');
	kit_escape(out, kit_fields.named[FIELD_MESSAGE]);
	free(text);
}

/* Each line of the format's input.log against the line of expected.tsv. */
static inline void kit_golden(const struct format *format)
{
	struct buf input = kit_file(format->name, "input.log");
	struct buf expected = kit_file(format->name, "expected.tsv");
	struct str lines = buf_str(&input), wants = buf_str(&expected), line, want;
	struct buf got = {0};
	int n = 0;
	while (str_split(&wants, '\n', &want) && wants.ptr != NULL) {
		char name[64], *text = xstrndup(want.ptr, want.len);
		str_split(&lines, '\n', &line);
		got.len = 0;
		kit_golden_line(format, line, &got);
		snprintf(name, sizeof(name), "%s line %d", format->name, ++n);
		is_str(got.ptr, got.len, text, name);
		free(text);
	}
	ok(lines.len == 0, "%s: as many lines as expected", format->name);
	buf_free(&got);
	buf_free(&input);
	buf_free(&expected);
}

static inline void kit_try(const struct format *format, struct str text)
{
	struct record r = kit_record(text);
	/* What is wanted must not decide whether it is a record. */
	struct record plain = r;
	bool taken = kit_parse(format, WANT_LEVEL | WANT_MODULE, &r);
	bool taken_plain = kit_parse(format, 0, &plain);
	if (taken != taken_plain || r.time != plain.time)
		ok(false, "the same verdict on '%.*s'", (int)text.len, text.ptr);
	if (!taken)
		return;
	fields_reset(&kit_fields);
	format->fields(&r, &kit_fields);
}

/* Every prefix and every bit flip of each line of input.log: nothing may go wrong. */
static inline void kit_chop(const struct format *format)
{
	struct buf input = kit_file(format->name, "input.log");
	struct str lines = buf_str(&input), line;
	while (str_split(&lines, '\n', &line)) {
		for (size_t n = 0; n <= line.len; n++) {
			char *copy = kit_copy(str_make(line.ptr, n), n % 2 ? '"' : '\\');
			kit_try(format, str_make(copy, n));
			free(copy);
		}
		char *copy = kit_copy(line, ' ');
		for (size_t bit = 0; bit < 8 * line.len; bit++) {
			copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
			kit_try(format, str_make(copy, line.len));
			copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		}
		free(copy);
	}
	fields_reset(&kit_fields);
	ok(true, "%s survives prefixes and bit flips", format->name);
	buf_free(&input);
}

#endif
