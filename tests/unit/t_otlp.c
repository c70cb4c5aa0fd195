/* formats/otlp.c: bodies of OTLP/HTTP as exporters write them, and hostile ones. */
#include "formatkit.h"
#include "formats/json_read.h"

struct parts {
	struct buf texts;
	size_t ends[4096];
	size_t count, total;
};

static void keep(void *owner, struct str text)
{
	struct parts *p = owner;
	buf_put_str(&p->texts, text);
	p->total += text.len;
	if (p->count < 4096)
		p->ends[p->count] = p->texts.len;
	p->count++;
}

static size_t take_apart(const char *text, struct parts *parts)
{
	struct parse p = {.modules = &kit_modules};
	struct str s = str_from(text);
	char *copy = kit_copy(s, '"');
	parts->texts.len = parts->count = parts->total = 0;
	size_t n = format_otlp.split(&p, str_make(copy, s.len), keep, parts);
	ok(n == parts->count, "as many as it says");
	buf_free(&p.part);
	free(copy);
	return n;
}

static void read_part(const struct parts *parts, size_t i, struct record *r)
{
	size_t start = i > 0 ? parts->ends[i - 1] : 0;
	char *text = xstrndup(parts->texts.ptr + start, parts->ends[i] - start);
	ok(kit_read(&format_otlp, text, r), "a record of its own: %s", text);
	char *copy = kit_copy(str_from(text), '"');
	ok(json_is_valid(str_make(copy, strlen(text))), "in valid JSON");
	free(copy);
	free(text);
}

static void check(const char *record, int64_t time, const char *level, const char *message)
{
	struct record r;
	char text[2048];
	snprintf(text, sizeof(text),
		"{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[%s]}]}]}", record);
	if (!ok(kit_read(&format_otlp, text, &r), "a record: %s", text))
		return;
	ok(r.time == time, "time %lld of %s", (long long)r.time, record);
	is_str(level_name(r.level), strlen(level_name(r.level)), level, record);
	kit_is("message", message);
}

static void test_records(void)
{
	check("{\"timeUnixNano\":\"1795194000123456789\",\"body\":{\"stringValue\":\"a\\nb\"}}",
		INT64_C(1795194000123456789), "-", "a\nb");
	check("{\"timeUnixNano\":1795194002000000001,\"severityNumber\":1,\"body\":{}}",
		INT64_C(1795194002000000001), "TRACE", "");
	check("{\"timeUnixNano\":\"0\",\"observedTimeUnixNano\":\"1795194002000000001\","
	      "\"severityNumber\":24}",
		INT64_C(1795194002000000001), "CRITICAL", "");
	check("{\"timeUnixNano\":99999999999999999999,\"severityNumber\":25}", TIME_NONE,
		"-", "");
	check("{\"timeUnixNano\":1.5e18,\"severityNumber\":0}", TIME_NONE, "-", "");
	check("{\"severityNumber\":\"SEVERITY_NUMBER_WARN3\"}", TIME_NONE, "WARNING", "");
	check("{\"severityText\":\"WARN\"}", TIME_NONE, "WARNING", "");
	check("{\"severityText\":\"AUDIT\",\"severityNumber\":9}", TIME_NONE, "INFO", "");
	kit_is("level", "AUDIT");
	check("{\"body\":{\"intValue\":\"42\"}}", TIME_NONE, "-", "42");
	check("{\"body\":{\"boolValue\":true}}", TIME_NONE, "-", "true");
	check("{\"body\":{\"doubleValue\":1.5}}", TIME_NONE, "-", "1.5");
	check("{\"body\":{\"arrayValue\":{\"values\":[{\"intValue\":1},{\"stringValue\":"
	      "\"x\\\"y\"},{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{"
	      "\"doubleValue\":2.5}}]}},{},{\"intValue\":\"7\"}]}}}",
		TIME_NONE, "-", "[1,\"x\\\"y\",{\"k\":2.5},{},7]");
	check("{\"body\":{\"kvlistValue\":{\"values\":[]}}}", TIME_NONE, "-", "{}");
	check("{\"body\":{\"arrayValue\":{\"values\":[1,2,3,4,5,6,7,8,9,\"x\",null,[]]}}}",
		TIME_NONE, "-", "[1,2,3,4,5,6,7,8,9,\"x\",null,[]]");
	check("{\"eventName\":\"login\"}", TIME_NONE, "-", "login");
}

static const char batch[] =
	"{\"resourceLogs\": [{\"resource\": {\"attributes\": [\n"
	" {\"key\": \"service.name\", \"value\": {\"stringValue\": \"shop\"}},\n"
	" {\"key\": \"telemetry.sdk.language\", \"value\": {\"stringValue\": \"python\"}},\n"
	" {\"key\": \"host.name\", \"value\": {\"stringValue\": \"vm\"}},\n"
	" {\"key\": \"process.pid\", \"value\": {\"intValue\": \"77\"}}]},\n"
	"\"scopeLogs\": [{\"scope\": {\"name\": \"app.\\u0064b\"}, \"logRecords\": [\n"
	" {\"timeUnixNano\": \"1795194000000000001\", \"severityNumber\": 9,\n"
	"  \"severityText\": \"INFO\", \"body\": {\"stringValue\": \"one\"},\n"
	"  \"attributes\": [{\"key\": \"code.file.path\", \"value\": {\"stringValue\":"
	" \"/a.py\"}}, {\"key\": \"code.function.name\", \"value\": {\"stringValue\": \"f\"}},"
	" {\"key\": \"code.line.number\", \"value\": {\"intValue\": \"7\"}},"
	" {\"key\": \"user\", \"value\": {\"stringValue\": \"nora\"}},"
	" {\"key\": \"n\", \"value\": {\"doubleValue\": 4.5}},"
	" {\"key\": \"ok\", \"value\": {\"boolValue\": true}}],\n"
	"  \"traceId\": \"5b8efff798038103d269b633813fc60c\","
	" \"spanId\": \"0000000000000000\", \"flags\": 1},\n"
	" {\"timeUnixNano\": \"1795194000000000002\", \"severityNumber\": 17,"
	"  \"body\": {\"stringValue\": \"two\"}, \"attributes\": ["
	" {\"key\": \"exception.type\", \"value\": {\"stringValue\": \"ValueError\"}},"
	" {\"key\": \"exception.message\", \"value\": {\"stringValue\": \"x\"}},"
	" {\"key\": \"exception.stacktrace\", \"value\": {\"stringValue\":"
	" \"Traceback (most recent call last):\\nValueError: x\\n\"}}]},\n"
	" {\"attributes\": [{\"key\": \"exception.type\", \"value\": {\"stringValue\":"
	" \"E\"}}, {\"key\": \"exception.message\", \"value\": {\"stringValue\": \"m\"}}]}"
	"]}]}, {\"instrumentationLibraryLogs\": [{\"instrumentationLibrary\": {\"name\":"
	" \"old\"}, \"logs\": [{\"body\": {\"stringValue\": \"four\"}}]}]}, 5,"
	" {\"scopeLogs\": [{\"logRecords\": []}, {}, {\"logRecords\": [{\"body\":"
	" {\"stringValue\": \"five\"}}]}]}]}";

static void test_batch(void)
{
	static struct parts parts;
	struct record r;

	ok(take_apart(batch, &parts) == 5, "5 records");
	read_part(&parts, 0, &r);
	ok(r.time == INT64_C(1795194000000000001) && r.level == LEVEL_INFO, "time and level");
	is_str(intern_name(r.module).ptr, intern_name(r.module).len, "app.db", "module");
	kit_is("module", "app.db");
	kit_is("message", "one");
	kit_is("file", "/a.py");
	kit_is("function", "f");
	kit_is("line", "7");
	kit_is("pid", "77");
	kit_is("host", "vm");
	kit_is("user", "nora");
	kit_is("n", "4.5");
	kit_is("ok", "true");
	kit_is("service.name", "shop");
	kit_is("telemetry.sdk.language", NULL);
	kit_is("trace_id", "5b8efff798038103d269b633813fc60c");
	kit_is("span_id", NULL);
	read_part(&parts, 1, &r);
	kit_is("message", "two");
	kit_is("exception", "Traceback (most recent call last):\nValueError: x");
	kit_is("exception.type", "ValueError");
	kit_is("pid", "77");
	read_part(&parts, 2, &r);
	kit_is("exception", "E: m");
	read_part(&parts, 3, &r);
	kit_is("message", "four");
	kit_is("pid", NULL);
	read_part(&parts, 4, &r);
	kit_is("message", "five");
	kit_is("module", NULL);
	buf_free(&parts.texts);
}

/* A big resource with very many records does not become very much more. */
static void test_bound(void)
{
	static struct parts parts;
	struct buf b = {0};

	buf_puts(&b, "{\"resourceLogs\":[{\"resource\":{\"x\":\"");
	for (int i = 0; i < 200000; i++)
		buf_put_char(&b, 'x');
	buf_puts(&b, "\"},\"scopeLogs\":[{\"logRecords\":[{}");
	for (int i = 1; i < 100000; i++)
		buf_puts(&b, ",{}");
	buf_puts(&b, "]}]}]}");
	buf_put_char(&b, '\0');
	ok(take_apart(b.ptr, &parts) == 100000, "100,000 records");
	ok(parts.total < 24 * b.len, "%zu bytes of %zu", parts.total, b.len);
	buf_free(&b);
	buf_free(&parts.texts);
}

static void test_refused(void)
{
	static const char *const texts[] = {"", "{", "{}", "[]", "{\"resourceLogs\":[]}",
		"{\"resourceLogs\":{}}", "{\"resourceLogs\":[{\"scopeLogs\":[]}]}",
		"{\"resource_\":1}", "{\"resourceSpans\":[{\"scopeSpans\":[]}]}",
		"{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[1,2]}]}]}",
		"{\"a\":[{\"scopeLogs\":[{\"logRecords\":[{}]}]}]}"};
	static struct parts parts;
	struct record r;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ok(!kit_read(&format_otlp_line, texts[i], &r), "no record: %s", texts[i]);
		ok(take_apart(texts[i], &parts) == 0, "nor several");
	}
	buf_free(&parts.texts);
}

static void ignore(void *owner, struct str text)
{
	kit_try(owner, text);
}

static void try_all(char *copy, size_t len)
{
	struct parse p = {.modules = &kit_modules};
	struct format format = format_otlp;
	kit_try(&format_otlp, str_make(copy, len));
	format_otlp.split(&p, str_make(copy, len), ignore, &format);
	buf_free(&p.part);
}

static void test_broken(void)
{
	struct str s = str_from(batch);

	for (size_t n = 0; n <= s.len; n++) {
		char *copy = kit_copy(str_make(s.ptr, n), n % 2 ? '"' : '}');
		try_all(copy, n);
		free(copy);
	}
	char *copy = kit_copy(s, '}');
	for (size_t bit = 0; bit < 8 * s.len; bit++) {
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		try_all(copy, s.len);
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
	}
	free(copy);
	fields_reset(&kit_fields);
	ok(true, "bodies survive prefixes and bit flips");
}

int main(void)
{
	kit_begin();
	test_records();
	test_batch();
	test_bound();
	test_refused();
	test_broken();
	kit_golden(&format_otlp_line);
	kit_end();
	return done_testing();
}
