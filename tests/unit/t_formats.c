/*
 * Text formats, by the folders of tests/golden/formats/: input.log and expected.tsv, a row
 * a record: line, format, time, level, number, module, pid, message, exception (first lines).
 * T_FORMATS_WRITE=1 writes the expectations anew, for review with git diff.
 */
#include <stdlib.h>

#include "core/buf.h"
#include "formats/format.h"
#include "tap.h"

#define FILE_MAX (1 << 20)

static const char *const folders[] = {"loguru", "stdlib", "basicconfig", "iso", "raw"};

struct reader {
	struct parse parse;
	struct intern_cache modules;
	struct fields fields;
	struct buf rows;
	struct record open; /* text NULL: none */
	unsigned line;      /* of the open record */
	bool headed;
	bool traceback;
};

static struct str first_line(struct str s)
{
	const char *end = s.len ? memchr(s.ptr, '\n', s.len) : NULL;
	return (struct str){s.ptr, end ? (size_t)(end - s.ptr) : s.len};
}

/* Whether every field is in the record's text or in the scratch of F. */
static bool fields_inside(const struct fields *f, const struct record *r)
{
	for (size_t i = 0; i < FIELD_NAMED; i++) {
		struct str s = f->named[i];
		bool in_text = s.ptr >= r->text && s.ptr + s.len <= r->text + r->len;
		bool in_scratch = s.ptr >= f->scratch.ptr &&
				  s.ptr + s.len <= f->scratch.ptr + f->scratch.len;
		if (s.ptr && !in_text && !in_scratch)
			return false;
	}
	return true;
}

static int try_formats(struct parse *p, struct str line, struct record *r)
{
	unsigned char first = line.len ? (unsigned char)line.ptr[0] : '\n';
	for (int i = 0; i < FORMAT_raw; i++) {
		if ((formats_by_first[first] >> i & 1) && formats[i]->parse(p, line, r))
			return i;
	}
	return -1;
}

static void close_record(struct reader *d)
{
	struct record *r = &d->open;
	if (!r->text)
		return;
	fields_reset(&d->fields);
	fields_load(&d->fields, r);
	const struct str *named = d->fields.named;
	struct str message = first_line(named[FIELD_MESSAGE]);
	struct str trace = first_line(named[FIELD_EXCEPTION]);
	buf_printf(&d->rows, "%u\t%s\t", d->line, formats[r->format]->name);
	if (r->time == TIME_NONE)
		buf_puts(&d->rows, "-");
	else
		buf_printf(&d->rows, "%lld", (long long)r->time);
	buf_printf(&d->rows, "\t%s\t%d\t%.*s\t%.*s\t%.*s\t%.*s\n", level_name(r->level),
		r->severity, (int)named[FIELD_MODULE].len, named[FIELD_MODULE].ptr,
		(int)named[FIELD_PID].len, named[FIELD_PID].ptr, (int)message.len, message.ptr,
		(int)trace.len, trace.ptr);
	ok(fields_inside(&d->fields, r), "line %u: fields are in the record", d->line);
	ok(str_eq(intern_name(r->module), named[FIELD_MODULE]),
		"line %u: parse and fields find the same module", d->line);
	r->text = NULL;
}

/* What the reader of merge/ does, in a few lines. */
static void read_line(struct reader *d, struct str line, unsigned number)
{
	struct record r = {.time = TIME_NONE, .text = line.ptr, .len = (uint32_t)line.len};
	int format = try_formats(&d->parse, line, &r);
	bool starts = format >= 0;
	if (!starts && format_orphan_block(line)) {
		r.level = LEVEL_ERROR;
		r.severity = level_number(LEVEL_ERROR);
		starts = true;
	} else if (!starts && !d->headed) {
		starts = !d->open.text || !(format_continues(line) ||
				(d->traceback && format_ends_traceback(line)));
	}
	if (!starts) {
		d->open.len = (uint32_t)(line.ptr + line.len - d->open.text);
		d->traceback = d->traceback || str_starts(line, "Traceback");
		return;
	}
	close_record(d);
	d->headed = d->headed || format >= 0;
	d->traceback = false;
	d->open = r;
	d->open.format = (uint8_t)(format >= 0 ? format : FORMAT_raw);
	d->open.head = (uint32_t)line.len;
	d->line = number;
}

/* The same answer whatever is wanted, no matter what else the caller asks for. */
static void check_wants(struct str line, unsigned number)
{
	int formats_found[4];
	struct record r[4] = {{0}};
	for (unsigned want = 0; want < 4; want++) {
		struct intern_cache modules = {0};
		struct parse p = {.want = want, .modules = &modules};
		formats_found[want] = try_formats(&p, line, &r[want]);
		buf_free(&p.plain);
	}
	bool same = true;
	for (unsigned want = 0; want < 4; want++) {
		same = same && formats_found[want] == formats_found[3] &&
		       r[want].time == r[3].time &&
		       r[want].level == (want & WANT_LEVEL ? r[3].level : 0) &&
		       r[want].module == (want & WANT_MODULE ? r[3].module : 0);
	}
	ok(same, "line %u: the same record whatever is wanted", number);
	/* No format may take what another one is better at, in whatever order they come. */
	struct intern_cache modules = {0};
	struct parse p = {.want = WANT_LEVEL, .modules = &modules};
	for (int i = formats_found[0] + 1; formats_found[0] >= 0 && i < FORMAT_COUNT; i++) {
		struct record other = {0};
		if (formats[i]->frame != FRAME_TEXT)
			continue;
		ok(!formats[i]->parse(&p, line, &other), "line %u: %s leaves it", number,
			formats[i]->name);
	}
	buf_free(&p.plain);
}

/* Text in memory of its own, so that a sanitizer sees what is read beyond the padding. */
static char *copy(struct str s)
{
	char *p = malloc(s.len + TEXT_PAD);
	if (!p)
		abort();
	memset(p, '7', s.len + TEXT_PAD);
	memcpy(p, s.ptr, s.len);
	return p;
}

static bool survives(struct parse *p, struct fields *f, struct str s)
{
	struct record r = {.time = TIME_NONE, .text = s.ptr, .len = (uint32_t)s.len};
	bool good = true;
	for (int i = 0; i < FORMAT_COUNT; i++) {
		if (!formats[i]->parse(p, s, &r) && i != FORMAT_raw)
			continue;
		r.format = (uint8_t)i;
		fields_reset(f);
		fields_load(f, &r);
		good = good && fields_inside(f, &r);
	}
	return good;
}

/* Every prefix and every flipped bit of a line. */
static void check_broken(struct str line, unsigned number)
{
	struct intern_cache modules = {0};
	struct parse p = {.want = WANT_LEVEL | WANT_MODULE, .modules = &modules};
	struct fields f = {0};
	bool good = true;
	for (size_t len = 0; len <= line.len; len++) {
		char *text = copy((struct str){line.ptr, len});
		good = survives(&p, &f, (struct str){text, len}) && good;
		fields_reset(&f);
		free(text);
	}
	char *text = copy(line);
	for (size_t bit = 0; bit < line.len * 8; bit++) {
		char mask = (char)(1u << bit % 8);
		text[bit / 8] = (char)(text[bit / 8] ^ mask);
		good = survives(&p, &f, (struct str){text, line.len}) && good;
		text[bit / 8] = (char)(text[bit / 8] ^ mask);
	}
	ok(good, "line %u: broken in every way, fields stay inside", number);
	fields_reset(&f);
	free(text);
	buf_free(&p.plain);
	fields_free(&f);
}

static size_t load(const char *path, char *bytes)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	size_t n = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	return n;
}

/* Compares ROWS with the expectations, row by row. */
static void check_rows(const char *folder, struct str rows)
{
	static char bytes[FILE_MAX];
	char path[256];
	snprintf(path, sizeof(path), "tests/golden/formats/%s/expected.tsv", folder);
	if (getenv("T_FORMATS_WRITE")) {
		FILE *file = fopen(path, "we");
		if (!file || fwrite(rows.ptr, rows.len, 1, file) != 1 || fclose(file) != 0)
			abort();
	}
	struct str expected = {bytes, load(path, bytes)}, want, got;
	ok(expected.len > 0, "%s is there", path);
	while (str_split(&rows, '\n', &got) && str_split(&expected, '\n', &want)) {
		bool same = str_eq(got, want);
		ok(same, "%s: %.*s", folder, (int)want.len, want.ptr);
		if (!same)
			printf("#   got %.*s\n", (int)got.len, got.ptr);
	}
	ok(!rows.ptr && !str_split(&expected, '\n', &want), "%s: as many rows", folder);
}

static void check_folder(const char *folder)
{
	static char bytes[FILE_MAX + TEXT_PAD];
	static struct reader d;
	char path[256];
	memset(bytes, 0, sizeof(bytes));
	memset(&d, 0, sizeof(d));
	d.parse = (struct parse){.want = WANT_LEVEL | WANT_MODULE, .modules = &d.modules};
	snprintf(path, sizeof(path), "tests/golden/formats/%s/input.log", folder);
	struct str rest = {bytes, load(path, bytes)}, line;
	ok(rest.len > 0, "%s is there", path);
	unsigned number = 1;
	rest.len -= rest.len > 0; /* the last newline */
	while (str_split(&rest, '\n', &line)) {
		check_wants(line, number);
		check_broken(line, number);
		read_line(&d, line, number++);
	}
	close_record(&d);
	check_rows(folder, buf_str(&d.rows));
	buf_free(&d.rows);
	buf_free(&d.parse.plain);
	fields_free(&d.fields);
}

static struct str load_record(struct fields *f, enum format_id format, const char *text,
	enum field_id field)
{
	static char bytes[4096];
	size_t len = strlen(text);
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, text, len);
	struct record r = {.text = bytes, .len = (uint32_t)len, .format = (uint8_t)format};
	fields_reset(f);
	fields_load(f, &r);
	return f->named[field];
}

#define field_is(format, text, field, want) \
	do { \
		struct str got_ = load_record(&f, (format), (text), (field)); \
		is_str(got_.ptr, got_.len, (want), "field " #field); \
	} while (0)

/* Fields that the rows do not show. */
static void check_fields(void)
{
	struct fields f = {0};
	const char *text = "2026-11-20 16:58:54.539 | INFO     | app.db:load:23 - a\nb\r\n"
			   "Traceback (most recent call last):\n\nValueError: x\n\n";
	field_is(FORMAT_loguru, text, FIELD_MESSAGE, "a\nb");
	field_is(FORMAT_loguru, text, FIELD_EXCEPTION,
		"Traceback (most recent call last):\n\nValueError: x");
	field_is(FORMAT_loguru, text, FIELD_FUNCTION, "load");
	field_is(FORMAT_loguru, text, FIELD_LINE, "23");
	field_is(FORMAT_loguru, text, FIELD_LEVEL, "INFO");
	text = "2026-11-20 16:58:54.546 | Level 37 | a:b:1 - x";
	field_is(FORMAT_loguru, text, FIELD_LEVEL, "Level 37");
	text = "\x1b[32m2026-11-20 16:58:54.546\x1b[0m | \x1b[1mAUDIT   \x1b[0m | "
	       "\x1b[36ma.b\x1b[0m:\x1b[36mf\x1b[0m:\x1b[36m9\x1b[0m - \x1b[1mone\ntwo\x1b[0m";
	field_is(FORMAT_loguru, text, FIELD_MESSAGE, "one\ntwo");
	field_is(FORMAT_loguru, text, FIELD_MODULE, "a.b");
	field_is(FORMAT_loguru, text, FIELD_FUNCTION, "f");
	field_is(FORMAT_loguru, text, FIELD_LEVEL, "AUDIT");
	text = "2026-11-20 16:47:52,826 INFO     MainProcess 8619 MainThread app:std:12 told";
	field_is(FORMAT_stdlib, text, FIELD_PROCESS, "MainProcess");
	field_is(FORMAT_stdlib, text, FIELD_THREAD, "MainThread");
	field_is(FORMAT_stdlib, text, FIELD_FUNCTION, "std");
	field_is(FORMAT_stdlib, text, FIELD_LINE, "12");
	text = "[2026-11-20 17:03:24,539: ERROR/ForkPoolWorker-2] x";
	field_is(FORMAT_stdlib, text, FIELD_PROCESS, "ForkPoolWorker-2");
	text = "2026-11-20 17:24:20,377 [http-nio-1] INFO  c.e.s.UserService - hello";
	field_is(FORMAT_stdlib, text, FIELD_THREAD, "http-nio-1");
	text = "2026-11-20 17:24:37 vm app.mod[10588] INFO hello";
	field_is(FORMAT_stdlib, text, FIELD_HOST, "vm");
	text = "[2026-11-20T17:00:00.123+0000] {task.py:1157} INFO - met";
	field_is(FORMAT_stdlib, text, FIELD_FILE, "task.py");
	text = "2026-11-20 17:02:37 [debug    ] dbg                            note=two words k=1";
	load_record(&f, FORMAT_stdlib, text, FIELD_MESSAGE);
	ok(f.extras == 2, "structlog: two pairs");
	is_str(f.extra[0].name.ptr, f.extra[0].name.len, "note", "the first one's name");
	is_str(f.extra[0].value.ptr, f.extra[0].value.len, "two words", "and value");
	is_str(f.extra[1].value.ptr, f.extra[1].value.len, "1", "the second one's value");
	text = "[INFO/Worker-7] x";
	field_is(FORMAT_stdlib, text, FIELD_PROCESS, "Worker-7");
	text = "a\n  b\r\n";
	field_is(FORMAT_raw, text, FIELD_MESSAGE, "a\n  b");
	text = "java.lang.X: y\n\tat A.b(A.java:1)\n";
	field_is(FORMAT_raw, text, FIELD_EXCEPTION, "\tat A.b(A.java:1)");
	fields_free(&f);
}

static void check_table(void)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		const struct format *format = formats[i];
		ok(formats_find(str_from(format->name)) == format, "%s is found", format->name);
		ok(format->summary && format->example, "%s says what it is", format->name);
	}
	ok(!formats_find(str_from("nonsense")), "nonsense is not found");
	ok(formats_by_first['2'] >> FORMAT_loguru & 1, "loguru begins with a digit");
	ok(formats_by_first['\x1b'] >> FORMAT_loguru & 1, "or with a colour");
	ok(!(formats_by_first['x'] >> FORMAT_loguru & 1), "but not with a letter");
	ok(formats_by_first[0xff] == UINT32_C(1) << FORMAT_raw, "only raw takes anything");
}

static void check_examples(void)
{
	static const enum format_id ids[] = {
		FORMAT_loguru, FORMAT_stdlib, FORMAT_basicconfig, FORMAT_iso};
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct intern_cache modules = {0};
		struct parse p = {.modules = &modules};
		struct record r = {0};
		char *text = copy(str_from(formats[ids[i]]->example));
		struct str line = {text, strlen(formats[ids[i]]->example)};
		ok(try_formats(&p, line, &r) == (int)ids[i], "the example of %s is one",
			formats[ids[i]]->name);
		free(text);
	}
}

int main(void)
{
	formats_init();
	stamp_set_zone("utc", NULL);
	check_table();
	check_examples();
	check_fields();
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		check_folder(folders[i]);
	return done_testing();
}
