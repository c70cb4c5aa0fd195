/* formats/json.c, formats/loguru_json.c and what they are made of. */
#include "formatkit.h"
#include "formats/json_read.h"

static void check(
	const char *text, int64_t time, const char *level, int number, const char *module)
{
	struct record r;
	if (!ok(kit_read(&format_json, text, &r), "a record: %s", text))
		return;
	struct str name = intern_name(r.module);
	ok(r.time == time, "time %lld of %s", (long long)r.time, text);
	is_str(level_name(r.level), strlen(level_name(r.level)), level, text);
	ok(r.severity == number, "severity %d of %s", r.severity, text);
	is_str(name.ptr, name.len, module, "module");
}

static void refuse(const struct format *format, const char *text)
{
	struct record r;
	ok(!kit_read(format, text, &r), "no record of %s: %s", format->name, text);
}

#define T INT64_C(1795194503407561000)
#define WHOLE INT64_C(1795194503000000000)

static void test_times(void)
{
	check("{\"time\":\"2026-11-20T18:08:23.407561+01:00\",\"level\":\"INFO\"}", T,
		"INFO", 20, "");
	check("{\"ts\":1795194503.407561,\"msg\":\"x\"}", T, "-", 0, "");
	check("{\"ts\":\"1795194503.407561\",\"msg\":\"x\"}", T, "-", 0, "");
	check("{\"time\":1795194503407561,\"msg\":\"x\"}", T, "-", 0, "");
	check("{\"TimeStamp\":\"2026-11-20 17:08:23,407561\"}", T, "-", 0, "");
	check("{\"instant\":{\"epochSecond\":1795194503,\"nanoOfSecond\":407561000}}", T,
		"-", 0, "");
	check("{\"timestamp\":{\"seconds\":\"1795194503\",\"nanos\":407561000}}", T, "-",
		0, "");
	check("{\"t\":{\"$date\":{\"$numberLong\":\"1795194503407\"}},\"s\":\"W\"}",
		INT64_C(1795194503407000000), "WARNING", 30, "");
	check("{\"time\":\"no time\",\"ts\":1795194503.407561}", T, "-", 0, "");
	check("{\"created\":1795194503.5,\"timestamp\":1795194503.407561}", T, "-", 0,
		"");
	check("{\"timestamp\":1795194503.407561,\"time\":1795194505.5}", T, "-", 0, "");
	check("{\"time\":1795194503.407561,\"time\":1795194505.5}", T, "-", 0, "");
	check("{\"time\":\"2026-11-20T17:08:23Z\",\"msec\":1795194503.407561}", T, "-", 0,
		"");
	check("{\"time\":\"2026-11-20T17:08:23Z\",\"msec\":1795194509.407561}", WHOLE,
		"-", 0, "");
	check("{\"timeUnixNano\":\"1795194503407561000\",\"severityNumber\":9}", T,
		"INFO", 20, "");
	check("{\"message\":\"no time\"}", TIME_NONE, "-", 0, "");
	check("{\"time\":1e999,\"message\":\"wild\"}", TIME_NONE, "-", 0, "");
	check("{\"time\":NaN,\"message\":-Infinity}", TIME_NONE, "-", 0, "");
	check("\xef\xbb\xbf{\"ts\":1795194503.407561}\r", T, "-", 0, "");
	check("\x1e{\"ts\":1795194503.407561} \t", T, "-", 0, "");
	check("{ \"ts\" : 1795194503.407561 , \"level\" : \"WARN\" }", T, "WARNING", 30,
		"");
}

static void test_levels(void)
{
	check("{\"level\":30,\"time\":1795194503000,\"pid\":1,\"hostname\":\"vm\"}",
		WHOLE, "INFO", 20, "");
	check("{\"v\":0,\"level\":50,\"time\":1795194503000}", WHOLE, "ERROR", 40, "");
	check("{\"level\":60,\"time\":1795194503000,\"v\":0}", WHOLE, "CRITICAL", 50, "");
	check("{\"level\":35,\"time\":1795194503000,\"v\":0}", WHOLE, "INFO", 25, "");
	check("{\"level\":10,\"time\":1795194503000,\"v\":0}", WHOLE, "TRACE", 5, "");
	check("{\"level\":30,\"time\":1795194503000,\"pid\":1}", WHOLE, "WARNING", 30,
		"");
	check("{\"level\":\"30\",\"msg\":\"x\"}", TIME_NONE, "WARNING", 30, "");
	check("{\"level\":33,\"msg\":\"x\"}", TIME_NONE, "WARNING", 33, "");
	check("{\"level\":99999999999999999999,\"msg\":\"x\"}", TIME_NONE, "-", 0, "");
	check("{\"level\":-1,\"msg\":\"x\"}", TIME_NONE, "-", 0, "");
	check("{\"levelno\":40,\"levelname\":\"ERROR\"}", TIME_NONE, "ERROR", 40, "");
	check("{\"levelname\":\"AUDIT\",\"levelno\":33}", TIME_NONE, "WARNING", 33, "");
	kit_is("level", "AUDIT");
	check("{\"level\":200,\"level_name\":\"INFO\",\"channel\":\"app\"}", TIME_NONE,
		"INFO", 20, "app");
	check("{\"level\":250,\"channel\":\"app\"}", TIME_NONE, "NOTICE", 25, "app");
	check("{\"level\":550,\"channel\":\"app\"}", TIME_NONE, "ALERT", 60, "app");
	check("{\"version\":\"1.1\",\"level\":4,\"short_message\":\"x\"}", TIME_NONE,
		"WARNING", 30, "");
	check("{\"version\":\"1.1\",\"short_message\":\"x\"}", TIME_NONE, "-", 0, "");
	check("{\"PRIORITY\":\"3\",\"MESSAGE\":\"x\"}", TIME_NONE, "ERROR", 40, "");
	check("{\"priority\":3,\"level\":\"info\",\"msg\":\"x\"}", TIME_NONE, "INFO", 20,
		"");
	check("{\"severityNumber\":17,\"body\":\"x\"}", TIME_NONE, "ERROR", 40, "");
	check("{\"severityNumber\":0,\"body\":\"x\"}", TIME_NONE, "-", 0, "");
	check("{\"level_value\":20000,\"level\":\"INFO\"}", TIME_NONE, "INFO", 20, "");
	check("{\"level\":{\"name\":\"WARNING\",\"no\":30},\"message\":\"x\"}", TIME_NONE,
		"WARNING", 30, "");
	check("{\"record\":{\"level\":{\"no\":33,\"name\":\"AUDIT\"}},\"message\":\"x\"}",
		TIME_NONE, "WARNING", 33, "");
	check("{\"log\":{\"level\":\"warn\",\"logger\":\"a.b\"},\"message\":\"x\"}",
		TIME_NONE, "WARNING", 30, "a.b");
	check("{\"log.level\":\"error\",\"message\":\"x\"}", TIME_NONE, "ERROR", 40, "");
	check("{\"@t\":\"2026-11-20T17:08:23Z\",\"@m\":\"x\"}", WHOLE, "INFO", 20, "");
	check("{\"@t\":\"2026-11-20T17:08:23Z\",\"@l\":\"Verbose\"}", WHOLE, "TRACE", 5,
		"");
	check("{\"level\":\"verbose\",\"message\":\"x\"}", TIME_NONE, "DEBUG", 10, "");
	check("{\"status\":200,\"message\":\"x\"}", TIME_NONE, "-", 0, "");
	kit_is("status", "200");
	check("{\"status\":\"error\",\"message\":\"x\"}", TIME_NONE, "ERROR", 40, "");
	check("{\"status\":\"success\",\"message\":\"x\"}", TIME_NONE, "-", 0, "");
	check("{\"level\":\"DEBUG-4\",\"msg\":\"x\"}", TIME_NONE, "TRACE", 5, "");
	check("{\"level\":null,\"msg\":\"x\"}", TIME_NONE, "-", 0, "");
}

static void test_modules(void)
{
	check("{\"logger\":\"a\",\"name\":\"b\",\"msg\":\"x\"}", TIME_NONE, "-", 0, "a");
	check("{\"name\":\"b.c\",\"module\":\"c\",\"msg\":\"x\"}", TIME_NONE, "-", 0,
		"b.c");
	check("{\"name\":\"nora\",\"event\":\"login\"}", TIME_NONE, "-", 0, "");
	check("{\"name\":\"Nora B\",\"msg\":\"x\"}", TIME_NONE, "-", 0, "");
	check("{\"logger\":\"a\\u002eb\",\"msg\":\"x\"}", TIME_NONE, "-", 0, "a.b");
	kit_is("module", "a.b");
	check("{\"c\":\"-\",\"msg\":\"x\"}", TIME_NONE, "-", 0, "");
}

static void test_refused(void)
{
	refuse(&format_json, "{}");
	refuse(&format_json, "{");
	refuse(&format_json, "");
	refuse(&format_json, "{\"a\":1}");
	refuse(&format_json, "{\"status\":\"ok\",\"name\":\"x\"}");
	refuse(&format_json, "{\"a\":\"{\\\"level\\\":1}\"}");
	refuse(&format_json, "{'level': 'INFO'}");
	refuse(&format_json, "{level}");
	refuse(&format_json, "{\"level\":\"INFO\"");
	refuse(&format_json, "[{\"level\":\"INFO\"}]");
	refuse(&format_json, "{\"a\":{\"level\":\"INFO\"}}");
	refuse(&format_json, "{\"a\":[}],\"level\":\"INFO\"}");
	refuse(&format_json, "{\"a\":{\"b\":1],\"level\":\"INFO\"}");
	refuse(&format_loguru_json, "{\"text\":\"x\",\"record\":{\"time\":{}}}");
	refuse(&format_loguru_json, "{\"text\":\"x\",\"timestamp\":1795194503}");
	refuse(&format_loguru_json, "{\"record\":{\"time\":{\"timestamp\":1795194503}}}");
}

static void test_fields(void)
{
	struct record r;
	ok(kit_read(&format_json,
		   "{\"time\":\"2026-11-20T17:08:23Z\",\"level\":\"INFO\",\"msg\":"
		   "\"a\\tb\\u00f8"
		   "\\ud83d\\ude00\\ud800\\n\",\"http\":{\"status\":200,\"req\":{\"id\":"
		   "\"x\\\"y\"}},"
		   "\"list\":[1,{\"a\":2}],\"bad\":[NaN],\"none\":null,\"yes\":true,"
		   "\"n\":1e999,"
		   "\"inf\":Infinity,\"zero\":01,\"pid\":7,\"process\":\"w-1\","
		   "\"caller\":\"a/b.go:31\","
		   "\"dup\":1,\"dup\":2,\"k\\u0065y\":\"v\",\"empty\":{}}",
		   &r),
		"a record");
	kit_is("message", "a\tb\xc3\xb8\xf0\x9f\x98\x80\xef\xbf\xbd\n");
	kit_is("level", "INFO");
	kit_is("http.status", "200");
	kit_is("fields.http.status", "200");
	kit_is("http.req.id", "x\"y");
	kit_is("list", "[1,{\"a\":2}]");
	kit_is("none", "null");
	kit_is("pid", "7");
	kit_is("process", "w-1");
	kit_is("file", "a/b.go");
	kit_is("line", "31");
	kit_is("dup", "1");
	kit_is("key", "v");
	kit_is("empty", "{}");
	kit_is("time", NULL);
	kit_is("http", NULL);
	static const struct {
		const char *name;
		enum field_kind kind;
	} kinds[] = {
		{"http.status", FIELD_NUMBER},
		{"http.req.id", FIELD_TEXT},
		{"list", FIELD_JSON},
		{"bad", FIELD_TEXT},
		{"none", FIELD_JSON},
		{"yes", FIELD_JSON},
		{"n", FIELD_NUMBER},
		{"inf", FIELD_TEXT},
		{"zero", FIELD_TEXT},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct field *field = &kit_fields.extra[i];
		is_str(field->name.ptr, field->name.len, kinds[i].name, "extra");
		ok(field->kind == kinds[i].kind, "kind %d of %s", field->kind,
			kinds[i].name);
	}
}

static void test_more_fields(void)
{
	struct record r;
	kit_read(&format_json,
		"{\"log\":\"text\\n\",\"stream\":\"stderr\","
		"\"time\":\"2026-11-20T17:08:23.5Z\"}",
		&r);
	kit_is("message", "text");
	kit_is("stream", "stderr");
	kit_read(&format_json,
		"{\"event\":\"e\",\"message\":\"m\",\"exc_info\":\"Tb:\\n x\\n\"}", &r);
	kit_is("message", "m");
	kit_is("event", "e");
	kit_is("exception", "Tb:\n x");
	kit_read(&format_json, "{\"msg\":\"m\",\"exception\":[\"Tb:\\n\",\" x\",\"E\"]}",
		&r);
	kit_is("exception", "Tb:\n x\nE");
	kit_read(&format_json, "{\"MESSAGE\":[104,105,0,255],\"PRIORITY\":\"6\"}", &r);
	struct str m = kit_fields.named[FIELD_MESSAGE];
	ok(m.len == 4 && memcmp(m.ptr, "hi\0\xff", 4) == 0, "a message of bytes");
	kit_read(&format_json,
		"{\"msg\":\"m\",\"fields\":{\"user\":1},\"line\":\"text\"}", &r);
	kit_is("user", "1");
	kit_is("fields.user", "1");
	ok(kit_fields.named[FIELD_LINE].ptr == NULL, "a line is a number");
	kit_read(&format_json,
		"{\"msg\":\"m\"}\nmore\nTraceback (most recent call last):\nE: x", &r);
	kit_is("message", "m\nmore");
	kit_is("exception", "Traceback (most recent call last):\nE: x");
}

static void test_loguru(void)
{
	struct record r;
	const char *text =
		"{\"text\": \"head - say \\\"hi\\\"\\nTraceback (most recent call "
		"last):\\n\\nE: "
		"1\\n\", \"record\": {\"elapsed\": {\"repr\": \"0\", \"seconds\": 0.1}, "
		"\"exception\": {\"type\": \"E\", \"value\": \"1\", \"traceback\": "
		"true}, "
		"\"extra\": {\"user\": \"nora\", \"name\": \"x\", \"req\": {\"id\": 7}}, "
		"\"file\": {\"name\": \"a.py\", \"path\": \"/s/a.py\"}, \"function\": "
		"\"f\", "
		"\"level\": {\"icon\": \"i\", \"name\": \"AUDIT\", \"no\": 33}, "
		"\"line\": 5, "
		"\"message\": \"say \\\"hi\\\"\", \"module\": \"a\", \"name\": "
		"\"app.a\", "
		"\"process\": {\"id\": 42, \"name\": \"Main\"}, \"thread\": {\"id\": 1, "
		"\"name\": \"T1\"}, \"time\": {\"repr\": \"2026-11-20 "
		"18:08:23.407561+01:00\", "
		"\"timestamp\": 1795194503.407561}}}";
	ok(kit_read(&format_loguru_json, text, &r), "a record of Loguru");
	ok(r.time == T && r.level == LEVEL_WARNING && r.severity == 33, "time and level");
	is_str(intern_name(r.module).ptr, intern_name(r.module).len, "app.a", "module");
	kit_is("message", "say \"hi\"");
	kit_is("exception", "Traceback (most recent call last):\n\nE: 1");
	kit_is("function", "f");
	kit_is("file", "/s/a.py");
	kit_is("line", "5");
	kit_is("pid", "42");
	kit_is("process", "Main");
	kit_is("thread", "T1");
	kit_is("level", "AUDIT");
	kit_is("user", "nora");
	kit_is("fields.name", "x");
	kit_is("req.id", "7");
	/* The same members in another order, without a traceback in the text. */
	ok(kit_read(&format_loguru_json,
		   "{\"text\":\"m\\n\",\"x\":1,\"record\":{\"time\":"
		   "{\"timestamp\":1795194503.407561,\"repr\":\"r\"},\"level\":{\"name\":"
		   "\"INFO\","
		   "\"no\":20},\"name\":\"n\",\"message\":\"m\",\"exception\":{\"type\":"
		   "\"E\","
		   "\"value\":\"v\",\"traceback\":true}},\"y\":{}}",
		   &r),
		"another order");
	ok(r.time == T && r.level == LEVEL_INFO, "its time and level");
	kit_is("message", "m");
	kit_is("exception", "E: v");
}

/* OPEN and CLOSE, N times each, around or beside {"msg":"x"}. */
static bool read_deep(size_t n, const char *open, const char *close)
{
	struct buf b = {0};
	struct record r;
	buf_puts(&b, "{\"deep\":");
	for (size_t i = 0; i < n; i++)
		buf_puts(&b, open);
	buf_puts(&b, "1");
	for (size_t i = 0; i < n; i++)
		buf_puts(&b, close);
	buf_puts(&b, ",\"msg\":\"x\"}");
	buf_put_char(&b, '\0');
	bool taken = kit_read(&format_json, b.ptr, &r);
	buf_free(&b);
	return taken;
}

static void test_limits(void)
{
	ok(read_deep(JSON_DEPTH_MAX, "[", "]"), "as deep as allowed");
	ok(!read_deep(JSON_DEPTH_MAX + 1, "[", "]"), "too deep");
	ok(!read_deep(100000, "[", "]"), "1e5 arrays");
	ok(!read_deep(100000, "{\"a\":", "}"), "1e5 objects");
	ok(read_deep(20, "{\"a\":", "}"), "20 objects");
	kit_is("deep.a.a.a.a.a.a.a.a",
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}");
	struct buf b = {0};
	struct record r;
	buf_puts(&b, "{\"msg\":\"");
	for (size_t i = 0; i < 10000000; i++)
		buf_put_char(&b, i % 1000 == 0 ? '\\' : 'n');
	buf_puts(&b, "\"}");
	buf_put_char(&b, '\0');
	ok(kit_read(&format_json, b.ptr, &r), "10 MB");
	ok(kit_fields.named[FIELD_MESSAGE].len == 10000000 - 10000, "10 MB unescaped");
	b.len = 0;
	buf_puts(&b, "{\"msg\":\"x\"");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, ",\"k%d\":%d", i, i);
	buf_puts(&b, ",\"pid\":5}");
	buf_put_char(&b, '\0');
	ok(kit_read(&format_json, b.ptr, &r), "300 members");
	ok(kit_fields.extras == FIELDS_MAX, "extras are bounded");
	ok(kit_fields.left_out == 300 - FIELDS_MAX, "and those left out counted");
	kit_is("pid", "5");
	buf_free(&b);
}

static void test_read(void)
{
	static const char *const numbers[] = {"0", "-1", "1.5", "1e9", "1E-9", "-0.0e+1"};
	static const char *const others[] = {
		"", "-", "01", "1.", ".5", "1e", "+1", "1x", "NaN"};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ok(json_is_number(str_from(numbers[i])), "number %s", numbers[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ok(!json_is_number(str_from(others[i])), "no number %s", others[i]);
	static const struct {
		const char *raw, *plain;
	} escapes[] = {
		{"a\\n\\t\\\"\\\\\\/\\b\\f\\r", "a\n\t\"\\/\b\f\r"},
		{"\\u0041\\u00e9\\u20ac", "A\xc3\xa9\xe2\x82\xac"},
		{"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
		{"\\ud83d", "\xef\xbf\xbd"},
		{"\\ude00x", "\xef\xbf\xbdx"},
		{"\\ud83d\\u0041", "\xef\xbf\xbd"
				   "A"},
		{"\\u12", "\\u12"},
		{"\\q\\x41\\", "\\qA\\"},
	};
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		char out[64];
		size_t n = json_unescape(str_from(escapes[i].raw), out);
		is_str(out, n, escapes[i].plain, escapes[i].raw);
	}
	static const struct {
		const char *text;
		bool valid;
	} values[] = {
		{"[]", true},
		{"{}", true},
		{"[1, {\"a\": [true, null, \"\\u00e9\"]}]", true},
		{"[NaN]", false},
		{"[1,]", false},
		{"[1 2]", false},
		{"[\"\\x41\"]", false},
		{"[\"\xff\"]", false},
		{"[\"a\tb\"]", false},
		{"{\"a\"}", false},
		{"{\"a\":tru}", false},
		{"[01]", false},
		{"[1]]", false},
		{"[\"\\'\"]", false},
	};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct str s = str_from(values[i].text);
		char *copy = kit_copy(s, ' ');
		ok(json_is_valid(str_make(copy, s.len)) == values[i].valid, "valid: %s",
			values[i].text);
		free(copy);
	}
}

int main(void)
{
	kit_begin();
	test_read();
	test_times();
	test_levels();
	test_modules();
	test_refused();
	test_fields();
	test_more_fields();
	test_loguru();
	test_limits();
	kit_golden(&format_json);
	kit_golden(&format_loguru_json);
	kit_chop(&format_json);
	kit_chop(&format_loguru_json);
	kit_end();
	return done_testing();
}
