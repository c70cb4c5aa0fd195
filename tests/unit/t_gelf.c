/* formats/gelf.c: messages of the libraries that speak GELF. */
#include "formatkit.h"

#define T INT64_C(1795194503407561000)

static void check(
	const char *text, int64_t time, const char *level, int number, const char *module)
{
	struct record r;
	if (!ok(kit_read(&format_gelf, text, &r), "GELF: %s", text))
		return;
	struct str name = intern_name(r.module);
	ok(r.time == time, "time %lld of %s", (long long)r.time, text);
	is_str(level_name(r.level), strlen(level_name(r.level)), level, text);
	ok(r.severity == number, "severity %d of %s", r.severity, text);
	is_str(name.ptr, name.len, module, "module");
	ok(str_eq(name, kit_fields.named[FIELD_MODULE]),
		"parse and fields find the same module");
}

static void refuse(const char *text)
{
	struct record r;
	ok(!kit_read(&format_gelf, text, &r), "no GELF: %s", text);
}

#define HEAD "{\"version\":\"1.1\",\"host\":\"vm\",\"short_message\":\"m\""

static void test_levels(void)
{
	static const char *const names[] = {"EMERGENCY", "ALERT", "CRITICAL", "ERROR",
		"WARNING", "NOTICE", "INFO", "DEBUG"};
	static const int numbers[] = {70, 60, 50, 40, 30, 25, 20, 10};
	char text[200];

	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), HEAD ",\"level\":%d}", i);
		check(text, TIME_NONE, names[i], numbers[i], "");
	}
	check(HEAD "}", TIME_NONE, "-", 0, "");
	check(HEAD ",\"level\":8}", TIME_NONE, "-", 0, "");
	kit_is("fields.level", "8");
	check(HEAD ",\"level\":\"4\"}", TIME_NONE, "WARNING", 30, "");
	check(HEAD ",\"level\":7,\"_level_name\":\"TRACE\"}", TIME_NONE, "TRACE", 5, "");
	kit_is("level", "TRACE");
	check(HEAD ",\"level\":1,\"_thread\":\"main\",\"_logger\":\"a.B\"}", TIME_NONE,
		"CRITICAL", 50, "a.B");
	check(HEAD ",\"level\":4,\"_level_name\":\"AUDIT\"}", TIME_NONE, "WARNING", 30, "");
}

static void test_times(void)
{
	check(HEAD ",\"timestamp\":1795194503.407561}", T, "-", 0, "");
	check(HEAD ",\"timestamp\":\"1795194503.407561\"}", T, "-", 0, "");
	check(HEAD ",\"timestamp\":1.795194503407561E9}", T, "-", 0, "");
	check(HEAD ",\"timestamp\":1795194503.1234567891}",
		INT64_C(1795194503123456789), "-", 0, "");
	check(HEAD ",\"timestamp\":1e999}", TIME_NONE, "-", 0, "");
	kit_is("timestamp", "1e999");
	check(HEAD ",\"timestamp\":null,\"x\":[]}", TIME_NONE, "-", 0, "");
}

static void test_modules(void)
{
	check(HEAD ",\"_facility\":\"f\",\"_logger\":\"l\"}", TIME_NONE, "-", 0, "l");
	kit_is("facility", "f");
	check(HEAD ",\"facility\":\"f\"}", TIME_NONE, "-", 0, "f");
	check(HEAD ",\"_logger\":\"a\\u002eb\"}", TIME_NONE, "-", 0, "a.b");
	check(HEAD ",\"_logger\":7}", TIME_NONE, "-", 0, "7");
	check(HEAD ",\"_logger\":07}", TIME_NONE, "-", 0, "");
	check(HEAD ",\"_logger\":{\"name\":\"x\"}}", TIME_NONE, "-", 0, "");
	kit_is("logger.name", "x");
}

static void test_fields(void)
{
	check("{\"version\":\"1.1\",\"host\":\"vm\",\"short_message\":\"a\\nb\","
	      "\"timestamp\":1795194503.407561,\"level\":3,\"_user\":\"n\\u00f6\","
	      "\"_n\":4.50,\"_ok\":true,\"_pid\":12,\"_file\":\"/a.py\",\"_line\":7,"
	      "\"_function\":\"f\",\"_thread_name\":\"T\",\"_process_name\":\"P\","
	      "\"_o\":{\"a\":{\"b\":1}},\"_l\":[1],\"_\":1}",
		T, "ERROR", 40, "");
	kit_is("message", "a\nb");
	kit_is("user", "n\xc3\xb6");
	kit_is("n", "4.50");
	kit_is("ok", "true");
	kit_is("pid", "12");
	kit_is("file", "/a.py");
	kit_is("line", "7");
	kit_is("function", "f");
	kit_is("thread", "T");
	kit_is("process", "P");
	kit_is("host", "vm");
	kit_is("o.a.b", "1");
	kit_is("l", "[1]");
	kit_is("_", "1");
	kit_is("version", NULL);
	kit_is("timestamp", NULL);
	kit_is("exception", NULL);
}

static void test_full_message(void)
{
	check(HEAD ",\"full_message\":\"m\"}", TIME_NONE, "-", 0, "");
	kit_is("full_message", NULL);
	check(HEAD ",\"full_message\":\"m\\n\"}", TIME_NONE, "-", 0, "");
	kit_is("full_message", NULL);
	check(HEAD ",\"full_message\":\"more of it\\nand more\"}", TIME_NONE, "-", 0, "");
	kit_is("full_message", "more of it\nand more");
	kit_is("exception", NULL);
	check(HEAD ",\"full_message\":\"Traceback (most recent call last):\\n  File "
	      "\\\"a\\\"\\nE: x\\n\"}",
		TIME_NONE, "-", 0, "");
	kit_is("exception", "Traceback (most recent call last):\n  File \"a\"\nE: x");
	check(HEAD ",\"full_message\":\"m\\nTraceback (most recent call last):\\nE\"}",
		TIME_NONE, "-", 0, "");
	kit_is("exception", "Traceback (most recent call last):\nE");
	kit_is("full_message", NULL);
	check(HEAD ",\"full_message\":\"java.lang.X: no\\n\\tat A.b(A.java:1)\\n\"}",
		TIME_NONE, "-", 0, "");
	kit_is("exception", "java.lang.X: no\n\tat A.b(A.java:1)");
	check(HEAD ",\"_stack_trace\":\"S\\n\",\"full_message\":\"Traceback (most recent "
	      "call last):\\nE\"}",
		TIME_NONE, "-", 0, "");
	kit_is("exception", "S");
	kit_is("full_message", "Traceback (most recent call last):\nE");
}

static void test_refused(void)
{
	refuse("{\"short_message\":\"x\"}");
	refuse("{\"version\":\"1.1\",\"message\":\"x\"}");
	refuse("{\"version\":\"2\",\"short_message\":\"x\"}");
	refuse("{\"version\":1.1,\"a\":\"short_message\"}");
	refuse("{\"version\":\"1.1\",\"a\":{\"short_message\":\"x\"}}");
	refuse("{\"version\":\"1.1\",\"short_message\":\"x\"");
	refuse("{\"version\":\"1.1\",\"short_message\":{}}");
	refuse("{\"level\":30,\"msg\":\"\\\"short_message\\\" of version 1.1\"}");
	refuse("");
	refuse("{");
	refuse("{}");
}

int main(void)
{
	kit_begin();
	test_levels();
	test_times();
	test_modules();
	test_fields();
	test_full_message();
	test_refused();
	kit_golden(&format_gelf);
	kit_chop(&format_gelf);
	kit_end();
	return done_testing();
}
