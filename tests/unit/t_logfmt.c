/* formats/logfmt.c */
#include "formatkit.h"

static void check(const char *text, int64_t time, const char *level, const char *module)
{
	struct record r;
	if (!ok(kit_read(&format_logfmt, text, &r), "a record: %s", text))
		return;
	struct str name = intern_name(r.module);
	ok(r.time == time, "time %lld of %s", (long long)r.time, text);
	is_str(level_name(r.level), strlen(level_name(r.level)), level, text);
	is_str(name.ptr, name.len, module, "module");
}

static void refuse(const char *text)
{
	struct record r;
	ok(!kit_read(&format_logfmt, text, &r), "no record: %s", text);
}

#define T INT64_C(1795194503407000000)

static void test_records(void)
{
	check("time=2026-11-20T18:08:23.407+01:00 level=INFO msg=hi", T, "INFO", "");
	check("time=\"2026-11-20T18:08:23.407+01:00\" level=warning", T, "WARNING", "");
	check("lvl=eror t=1795194503.407 logger=a.b msg=\"x y\"", T, "ERROR", "a.b");
	check("timestamp='2026-11-20T17:08:23.407Z' level='info' event='it\\'s'", T,
		"INFO", "");
	kit_is("message", "it's");
	check("at=info method=GET path=/", TIME_NONE, "INFO", "");
	check("a=1 msg=x\r", TIME_NONE, "-", "");
	kit_is("message", "x");
	check("level=INFO+2 msg=x", TIME_NONE, "INFO", "");
	check("level=30 msg=x", TIME_NONE, "WARNING", "");
}

static void test_refused(void)
{
	refuse("");
	refuse("x = y");
	refuse("msg=alone");
	refuse("a=1 b=2");
	refuse("foo(level=1, msg=2)");
	refuse("see level=info msg=x");
	refuse("level=info and then a long text of words a=1");
	refuse("ValueError: level=3 msg=x");
	refuse("=1 level=info msg=x");
	refuse("https://example.org/?level=info msg=x");
	refuse("at=home a=1");
}

static void test_fields(void)
{
	struct record r;
	kit_read(&format_logfmt,
		"ts=2026-11-20T17:08:23.407Z caller=main.go:31 level=info "
		"component=web msg=\"a \\\"b\\\"\\n\\u00e9\" flag n=1.5 dur=1.5s ok=true "
		"e= q=\"7\" "
		"http.status=200 pid=7",
		&r);
	kit_is("message", "a \"b\"\n\xc3\xa9");
	kit_is("module", "web");
	kit_is("level", "info");
	kit_is("file", "main.go");
	kit_is("line", "31");
	kit_is("pid", "7");
	kit_is("ts", NULL);
	static const struct {
		const char *name, *value;
		enum field_kind kind;
	} extras[] = {
		{"flag", "true", FIELD_JSON},
		{"n", "1.5", FIELD_NUMBER},
		{"dur", "1.5s", FIELD_TEXT},
		{"ok", "true", FIELD_JSON},
		{"e", "", FIELD_TEXT},
		{"q", "7", FIELD_TEXT},
		{"http.status", "200", FIELD_NUMBER},
	};
	size_t n = sizeof(extras) / sizeof(extras[0]);
	ok(kit_fields.extras == n, "%zu extras", kit_fields.extras);
	for (size_t i = 0; i < n; i++) {
		const struct field *field = &kit_fields.extra[i];
		is_str(field->name.ptr, field->name.len, extras[i].name, "extra");
		is_str(field->value.ptr, field->value.len, extras[i].value,
			extras[i].name);
		ok(field->kind == extras[i].kind, "kind of %s", extras[i].name);
	}
}

static void test_lines(void)
{
	struct record r;
	/* Old structlog writes newlines as they are. */
	kit_read(&format_logfmt,
		"level=error event=boom exception=\"Tb:\n  \\\"x\\\"\nE: x\"\n", &r);
	kit_is("message", "boom");
	kit_is("exception", "Tb:\n  \"x\"\nE: x");
	kit_read(&format_logfmt,
		"level=error msg=boom a=1\n  b=2\nTraceback (most recent call "
		"last):\nE: x",
		&r);
	kit_is("message", "boom\n  b=2");
	kit_is("exception", "Traceback (most recent call last):\nE: x");
	kit_is("a", "1");
	kit_is("b", NULL);
	kit_read(&format_logfmt, "ts=1795194503.407 level=info msg=a (b c)", &r);
	kit_is("message", "a\n(b c)");
	kit_read(&format_logfmt, "level=info msg='tis a=1", &r);
	kit_is("message", "'tis");
	kit_is("a", "1");
}

int main(void)
{
	kit_begin();
	test_records();
	test_refused();
	test_fields();
	test_lines();
	kit_golden(&format_logfmt);
	kit_chop(&format_logfmt);
	kit_end();
	return done_testing();
}
