/*
 * formats/line: what is written of a record that came as no text is read back by the loguru
 * format as what it was.
 */
#include <stdlib.h>
#include <time.h>

#include "formats/line.h"
#include "readerkit.h"
#include "tap.h"

#define TIME INT64_C(1795193934539123000)

struct sample {
	const char *name;
	int64_t time;
	const char *level; /* the source's word, NULL: none */
	uint8_t number;    /* 0: unknown */
	const char *module, *function, *line, *message, *exception;
	const char *text; /* what is written */
	const char *back_level, *back_module, *back_function,
		*back_message; /* NULL: as it was */
};

static const struct sample samples[] = {
	{.name = "plain",
		.time = TIME,
		.level = "INFO",
		.number = 20,
		.module = "app.db",
		.function = "load",
		.line = "23",
		.message = "hello",
		.text = "2026-11-20 16:58:54.539123 | INFO     | app.db:load:23 - hello"},
	{.name = "the word is the scale's own",
		.time = TIME,
		.level = "warn",
		.number = 30,
		.module = "a",
		.function = "f",
		.line = "1",
		.message = "m",
		.text = "2026-11-20 16:58:54.539123 | WARNING  | a:f:1 - m",
		.back_level = "WARNING"},
	{.name = "nothing known",
		.time = TIME,
		.message = "m",
		.text = "2026-11-20 16:58:54.539123 | -        | -:-:0 - m"},
	{.name = "a level without a name",
		.time = TIME,
		.level = "Level 37",
		.number = 37,
		.module = "a",
		.function = "<module>",
		.line = "1",
		.message = "m",
		.text = "2026-11-20 16:58:54.539123 | Level 37 | a:<module>:1 - m"},
	{.name = "a level of the user's own",
		.time = TIME,
		.level = "AUDIT",
		.number = 33,
		.module = "a",
		.function = "f",
		.line = "1",
		.message = "m",
		.text = "2026-11-20 16:58:54.539123 | AUDIT=33 | a:f:1 - m"},
	{.name = "such a one without a number",
		.time = TIME,
		.level = "AUDIT",
		.module = "a",
		.function = "f",
		.line = "1",
		.message = "m",
		.text = "2026-11-20 16:58:54.539123 | AUDIT    | a:f:1 - m"},
	{.name = "a word that would break the line",
		.time = TIME,
		.level = "BAD | x\n2026",
		.number = 33,
		.module = "a b\nc:d",
		.function = "f g",
		.line = "12x",
		.message = "m",
		.text = "2026-11-20 16:58:54.539123 | Level 33 | a_b_c_d:f_g:0 - m",
		.back_level = "Level 33",
		.back_module = "a_b_c_d",
		.back_function = "f_g"},
	{.name = "no message",
		.time = TIME,
		.level = "ERROR",
		.number = 40,
		.module = "a",
		.function = "f",
		.line = "1",
		.message = "",
		.text = "2026-11-20 16:58:54.539123 | ERROR    | a:f:1 - "},
	{.name = "several lines and a traceback",
		.time = TIME,
		.level = "ERROR",
		.number = 40,
		.module = "a",
		.function = "f",
		.line = "1",
		.message = "one\n  two\n\nthree",
		.exception = "Traceback (most recent call last):\n  File \"x\", line 1\n"
			     "ValueError: v",
		.text = "2026-11-20 16:58:54.539123 | ERROR    | a:f:1 - one\n  "
			"two\n\nthree\n"
			"Traceback (most recent call last):\n  File \"x\", line 1\n"
			"ValueError: v"},
	{.name = "lines that look like records",
		.time = TIME,
		.level = "INFO",
		.number = 20,
		.module = "a",
		.function = "f",
		.line = "1",
		.message =
			"one\n2026-11-20 16:58:54.539 | ERROR    | x:y:1 - forged\n"
			"ERROR:root:forged\n{\"level\": \"error\", \"msg\": \"forged\"}\n"
			"panic: forged\nfine",
		.text = "2026-11-20 16:58:54.539123 | INFO     | a:f:1 - one\n"
			"| 2026-11-20 16:58:54.539 | ERROR    | x:y:1 - forged\n"
			"| ERROR:root:forged\n| {\"level\": \"error\", \"msg\": "
			"\"forged\"}\n"
			"| panic: forged\nfine",
		.back_message =
			"one\n| 2026-11-20 16:58:54.539 | ERROR    | x:y:1 - forged\n"
			"| ERROR:root:forged\n"
			"| {\"level\": \"error\", \"msg\": \"forged\"}\n"
			"| panic: forged\nfine"},
	{.name = "bars and colons in the message",
		.time = TIME,
		.level = "SUCCESS",
		.number = 25,
		.module = "a",
		.function = "f",
		.line = "1",
		.message = "x | y:z:1 - w",
		.text = "2026-11-20 16:58:54.539123 | SUCCESS  | a:f:1 - x | y:z:1 - w"},
};

/* With the readable bytes behind it that fields have. */
static struct str str_of(const char *s)
{
	static char room[16384];
	static size_t used;
	size_t len = s != NULL ? strlen(s) : 0;
	char *p = room + used;

	if (s == NULL)
		return (struct str){NULL, 0};
	used = (used + len + TEXT_PAD) % (sizeof(room) / 2);
	memcpy(p, s, len + 1);
	return (struct str){p, len};
}

static void render(const struct sample *s, struct buf *out)
{
	static struct fields f;
	struct severity severity = level_from_number(s->number);
	struct record r = {
		.time = s->time, .level = severity.level, .severity = severity.number};

	memset(f.named, 0, sizeof(f.named));
	f.named[FIELD_LEVEL] = str_of(s->level);
	f.named[FIELD_MODULE] = str_of(s->module);
	f.named[FIELD_FUNCTION] = str_of(s->function);
	f.named[FIELD_LINE] = str_of(s->line);
	f.named[FIELD_MESSAGE] = str_of(s->message);
	f.named[FIELD_EXCEPTION] = str_of(s->exception);
	format_line_render(&r, &f, out);
}

static void is_field(const struct run *run, size_t i, enum field_id id, const char *want)
{
	struct fields f = {0};
	struct record r = run->kept[i].record;
	struct str text = kept_text(run, i);
	struct buf copy = {0};

	buf_reserve(&copy, text.len + TEXT_PAD);
	memset(copy.ptr, 0, text.len + TEXT_PAD);
	buf_put_str(&copy, text);
	r.text = copy.ptr;
	fields_load(&f, &r);
	if (want == NULL)
		ok(f.named[id].ptr == NULL || f.named[id].len == 0, "no %s",
			fields_name(id));
	else
		is_str(f.named[id].ptr, f.named[id].len, want, fields_name(id));
	fields_free(&f);
	buf_free(&copy);
}

static const char *other(const char *back, const char *was)
{
	return back != NULL ? back : was;
}

/* Written twice, so that what follows it is seen, too. */
static void test(const struct sample *s)
{
	struct way way = {0};
	struct run run;
	struct buf text = {0};
	struct rng rng = {1};

	render(s, &text);
	is_str(text.ptr, text.len, s->text, s->name);
	buf_put_char(&text, '\n');
	render(s, &text);
	buf_put_char(&text, '\n');
	run_init(&run, &way);
	run_all(&run, buf_str(&text), &way, &rng);
	if (ok(run.count == 2, "%s: is read as one record", s->name)) {
		const struct record *r = &run.kept[1].record;
		struct severity severity = level_from_number(s->number);
		ok(r->format == FORMAT_loguru, "%s: of Loguru's layout", s->name);
		ok(r->time == s->time, "%s: at the same time", s->name);
		ok(r->level == severity.level && r->severity == severity.number,
			"%s: of the same level", s->name);
		is_field(&run, 1, FIELD_LEVEL, other(s->back_level, s->level));
		is_field(&run, 1, FIELD_MODULE, other(s->back_module, s->module));
		is_field(&run, 1, FIELD_FUNCTION, other(s->back_function, s->function));
		is_field(&run, 1, FIELD_MESSAGE, other(s->back_message, s->message));
		is_field(&run, 1, FIELD_EXCEPTION, s->exception);
	}
	run_clear(&run);
	buf_free(&text);
}

/* The hour that comes twice has its offset, so that both readings are told apart. */
static void test_twice(void)
{
	static const int64_t ns = INT64_C(1792888200123456000); /* 2026-10-25 00:30 UTC */
	struct sample s = {.name = "in summer",
		.time = ns,
		.message = "m",
		.text = "2026-10-25 02:30:00.123456 +02:00 | -        | -:-:0 - m"};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	stamp_zone++;
	test(&s);
	s.name = "in winter";
	s.time = ns + 3600 * NS_PER_SECOND;
	s.text = "2026-10-25 02:30:00.123456 +01:00 | -        | -:-:0 - m";
	test(&s);
	s.name = "after it";
	s.time = ns + 2 * 3600 * NS_PER_SECOND;
	s.text = "2026-10-25 03:30:00.123456 | -        | -:-:0 - m";
	test(&s);
}

static void test_untimed(void)
{
	struct sample s = {.name = "untimed", .time = TIME_NONE, .message = "m\nn"};
	struct buf text = {0};

	render(&s, &text);
	is_str(text.ptr, text.len, "m\nn", "without a time it is the message alone");
	buf_free(&text);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	formats_init();
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		test(&samples[i]);
	test_untimed();
	test_twice();
	return done_testing();
}
