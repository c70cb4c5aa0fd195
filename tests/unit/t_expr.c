/* filters/expr*.c, filters/decimal.c: what is kept, and where expressions are wrong. */
#include <stdlib.h>
#include <time.h>

#include "core/intern.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/stamp.h"
#include "filters/decimal.h"
#include "filters/expr.h"
#include "filters/filter.h"
#include "filters/when.h"
#include "tap.h"

static struct intern_cache cache;
static struct fields fields;
static struct origin origin = {.label = (char[]){"logs/api.log"}, .index = 0};
static size_t parsed;

/* A test format: words NAME=VALUE. */
static void parse_words(const struct record *r, struct fields *f)
{
	struct str rest = record_text(r);
	struct str word, name;
	parsed++;
	while (str_split(&rest, ' ', &word)) {
		if (!str_split(&word, '=', &name) || word.ptr == NULL)
			continue;
		int id = fields_id(name);
		if (id >= 0)
			f->named[id] = word;
		else
			fields_add(f, name, word, FIELD_TEXT);
	}
}

static const char *const line =
	"message=timeout status=503 took=1.5s empty= no=false nil=null "
	"id=9007199254740993 version=1.10 http.code=404 path=/api/v1 ratio=.5 "
	"level=WARN user=Zo\xc3\xab odd=a\"b source=other "
	"text=inner pid=77 neg=-3 back=a\\b port=80 threads=8";

static struct record make_record(void)
{
	return (struct record){
		.time = INT64_C(1795168800) * NS_PER_SECOND, /* 2026-11-20T10:00:00Z */
		.key = 0,
		.text = line,
		.len = (uint32_t)strlen(line),
		.head = (uint32_t)strlen(line),
		.origin = &origin,
		.module = intern(&cache, (struct str)STR("app.db.pool")),
		.level = LEVEL_WARNING,
		.severity = 30,
	};
}

static bool keeps(const char *text, const struct record *r)
{
	struct filter_spec spec = {"expr", str_from(text), 0};
	struct err err = {.msg = ""};
	struct filter_set *set = filter_set_new(&spec, 1, NULL, &err);
	if (!ok(set != NULL, "%s", text)) {
		printf("#   %s\n#   %s\n#   %*s^\n", err.msg, text, (int)err.pos, "");
		return false;
	}
	fields_reset(&fields);
	bool kept = filter_set_match(set, r, &fields);
	ok(filter_set_match(set, r, &fields) == kept, "the same a second time");
	filter_set_free(set);
	return kept;
}

static void yes(const char *text)
{
	struct record r = make_record();
	ok(keeps(text, &r), "holds: %s", text);
}

static void no(const char *text)
{
	struct record r = make_record();
	ok(!keeps(text, &r), "does not hold: %s", text);
}

static void test_levels(void)
{
	yes("level >= warning");
	yes("level == WARN");
	yes("level = 30");
	yes("level < error");
	no("level > warning");
	no("level != warning");
	yes("level != info");
	yes("level in (info, Warning)");
	no("level in (info, error)");
	yes("level not in (info, error)");
	yes("level > 'Level 29'");
	yes("level");
	yes("level ~ /^WARN$/");
	yes("level contains AR");
	struct record r = make_record();
	r.severity = 37;
	ok(keeps("level == warning", &r), "a custom level has the name below it");
	ok(keeps("level > warning", &r), "and is above it");
	ok(keeps("level == 37", &r), "and has its number");
	ok(!keeps("level == 30", &r), "and no other");
	r.level = r.severity = 0;
	ok(!keeps("level", &r), "unknown is not there");
	ok(!keeps("level >= trace", &r), "is not above");
	ok(!keeps("level < emergency", &r), "is not below");
	ok(!keeps("level != error", &r), "is not unequal");
	ok(keeps("not level == error", &r), "is not equal");
	ok(keeps("level ~ WARN", &r), "but has a word of its own");
	r.text = "x";
	r.len = 1;
	ok(!keeps("level ~ .", &r), "unless it has none");
}

static void test_modules(void)
{
	yes("module ~ /^app\\.db/");
	no("module ~ /^db/");
	yes("module == app.db.pool");
	yes("module == \"app.db.pool\"");
	no("module != app.db.pool");
	yes("module !~ /^DB/");
	yes("module ~ /^APP/i");
	yes("module contains .db.");
	yes("module in (x, app.db.pool)");
	yes("module > app.db and module < app.dc");
	struct record r = make_record();
	r.module = 0;
	ok(!keeps("module", &r), "no module");
	ok(!keeps("module != x", &r), "no module is not unequal");
	ok(keeps("not (module == x)", &r), "but not equal");
	parsed = 0;
	yes("module and level and time and source and text");
	ok(parsed == 0, "for these no fields are loaded");
	no("module ~ /^x/ and message == timeout");
	ok(parsed == 0, "nor after a no");
	yes("module ~ /^a/ and message == timeout and status == 503");
	ok(parsed == 1, "and else once");
}

static void test_fields(void)
{
	yes("status >= 500");
	no("status >= 503.5");
	yes("status > 60");
	yes("status == 503");
	yes("status == 503.0");
	no("status == '503.0'");
	yes("status == '503'");
	yes("status > '60'");
	no("status != 503");
	yes("status in (200, 5.03e2)");
	yes("neg < -2.5");
	yes("ratio == 0.50");
	no("took > 1");
	no("took <= 1");
	yes("took != 1");
	yes("took > '1'");
	no("id == 9007199254740992");
	yes("id == 9007199254740993");
	yes("version == 1.1");
	no("version == '1.1'");
	yes("http.code == 404");
	yes("fields.http.code == 404");
	yes("path == /api/v1");
	yes("path ~ /^\\/api\\/v\\d$/");
	yes("path contains /v");
	no("path not contains /v");
	yes("message == timeout");
	yes("message ~ 'time.ut'");
	yes("user == Zo\xc3\xab");
	yes("odd == 'a\"b'");
	yes("odd == \"a\\\"b\"");
	yes("back == 'a\\\\b'");
	yes("back ~ 'a\\\\\\\\b'");
	yes("pid == 77");
	yes("fields.source == other");
	yes("source == logs/api.log");
	yes("fields.text == inner");
	yes("text contains 'status=503'");
	yes("port == 80 && threads == 8");
}

static void test_presence(void)
{
	yes("status");
	no("empty");
	no("no");
	no("nil");
	no("missing");
	yes("not missing");
	no("missing == x");
	no("missing != x");
	no("missing ~ x");
	no("missing !~ x");
	no("missing not in (x)");
	yes("not (missing == x)");
	yes("empty == ''");
	no("exception");
	no("host != x");
}

static void test_logic(void)
{
	yes("status == 1 or status == 503");
	yes("status == 503 and (level == info or level == warning)");
	no("status == 503 and level == info or status == 1");
	yes("status == 1 and level == info or status == 503");
	yes("status == 503 or status == 1 and level == info");
	no("(status == 503 or status == 1) and level == info");
	yes("!missing && !(status==1||status==2)");
	yes("not not status");
	no("not status or missing");
	yes("NOT missing AND status OR missing");
	yes("  status==503  ");
	yes("/time.ut/");
	yes("/TIME.UT/i and 'status=503'");
	no("not 'status=503'");
	yes("((((status))))");
	yes("missing or missing or missing or missing or status");
	no("status and status and status and missing");
}

static void test_times(void)
{
	yes("time >= \"2026-11-20 10:00\"");
	yes("time >= 2026-11-20T10:00:00Z");
	yes("time >= 2026-11-20 10:00 and status");
	no("time < 2026-11-20 10:00 or missing");
	yes("time == 1795168800");
	no("time != 1795168800");
	yes("time > 2026-11-20 and time < 2026-11-21");
	yes("time");
	struct record r = make_record();
	r.time = when_now() - 600 * NS_PER_SECOND;
	ok(keeps("time > -15m", &r), "ten minutes ago");
	ok(!keeps("time > -5m", &r), "not five");
	ok(keeps("time < now and time > yesterday 00:00:01", &r), "since yesterday");
	r.time = TIME_NONE;
	r.key = INT64_C(1795168801) * NS_PER_SECOND;
	ok(keeps("time > 2026-11-20 10:00", &r), "without a time the key counts");
	ok(!keeps("time", &r), "though there is none");
}

static void test_error(const char *text, size_t pos, const char *msg)
{
	struct filter_spec spec = {"expr", str_from(text), 0};
	struct err err = {.msg = ""};
	struct filter_set *set = filter_set_new(&spec, 1, NULL, &err);
	ok(set == NULL && err.has_pos && err.pos == pos, "'%.40s' is wrong at %zu", text,
		err.pos);
	is_str(err.msg, strlen(err.msg), msg, "its message");
	filter_set_free(set);
}

#define NAMES " (TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY)"
#define OPERATOR_ERROR "an operator is expected here (== != < <= > >= ~ !~ in contains)"

static void test_errors(void)
{
	test_error("", 0, "the expression ends where a field's name is expected");
	test_error("  ", 2, "the expression ends where a field's name is expected");
	test_error("status >=", 9, "the expression ends where a value is expected");
	test_error("status >= and x", 10, "a value is expected here");
	test_error("status == )", 10, "a value is expected here");
	test_error(
		"status and", 10, "the expression ends where a field's name is expected");
	test_error("and status", 0, "a field's name is expected here");
	test_error("status 500", 7, OPERATOR_ERROR);
	test_error("status not 500", 7, OPERATOR_ERROR);
	test_error("status == 500 600", 14, "'and', 'or' or the end is expected here");
	test_error("status == 500)", 13, "'and', 'or' or the end is expected here");
	test_error("a and (b or c", 6, "this '(' is not closed");
	test_error("(a == 1 b)", 8, "'and', 'or' or ')' is expected here");
	test_error("a & b", 2, "'and', 'or' or the end is expected here");
	test_error("a == \"x", 5, "the string is not closed");
	test_error("a ~ /x", 4, "the regex is not closed by a '/'");
	test_error("a ~ /x\\", 4, "the regex is not closed by a '/'");
	test_error(
		"a ~ /x/g", 7, "only i may follow a regex (write \\/ for a slash)");
	test_error("a ~ /x(/", 7, "bad regex: missing closing parenthesis");
	test_error("a ~ 'x('", 7, "bad regex: missing closing parenthesis");
	test_error("a ~ 'x\\n('", 4, "bad regex: missing closing parenthesis");
	test_error("a ~ x(", 5, "'and', 'or' or the end is expected here");
	test_error("a == /x/", 5,
		"a regex is matched with ~ (or quote it to compare the text)");
	test_error("a in x", 5, "'(' and a list of values is expected here");
	test_error("a in (x y)", 8, "',' or ')' is expected here");
	test_error("a in (x,)", 8, "a value is expected here");
	test_error("level >= warnig", 9,
		"no such level 'warnig'; did you mean WARNING?" NAMES);
	test_error("level in (info, 'erorr')", 17,
		"no such level 'erorr'; did you mean ERROR?" NAMES);
	test_error("time > soon", 7,
		"not a time: 'soon' (2026-11-20 17:04, 17:04, yesterday 14:00, -15m, "
		"now, an epoch)");
	test_error("time > '-15x'", 11, "a unit is expected here (s m h d w)");
	test_error("time ~ x", 5, "a time is compared with == != < <= > or >=");
	test_error("time contains x", 5, "a time is compared with == != < <= > or >=");
	test_error("status and mesage == x", 11,
		"unknown field 'mesage'; did you mean message? (fields.mesage is a field "
		"of that name in the records)");
	test_error("Level == x", 0,
		"unknown field 'Level'; did you mean level? (fields.Level is a field of "
		"that name in the records)");
	test_error("tiem > now", 0,
		"unknown field 'tiem'; did you mean time? (fields.tiem is a field of "
		"that name in the records)");
	test_error("modul ~ x", 0,
		"unknown field 'modul'; did you mean module? (fields.modul is a field of "
		"that name in the records)");
}

/* Names that logs use are not taken for misspelt ones. */
static void test_names(void)
{
	static const char *const good[] = {"id", "tid", "ip", "type", "port", "size",
		"name", "model", "progress", "threads", "messages", "test", "next",
		"cost", "resource", "fields.mesage", "fields.Level", "levels", "mode",
		"life", "url"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct expr *e = expr_parse(str_from(good[i]), 0, NULL);
		ok(e != NULL, "%s is a name", good[i]);
		expr_free(e);
	}
}

static char *repeat(const char *piece, size_t times, const char *end)
{
	size_t len = strlen(piece);
	char *text = xmalloc(len * times + strlen(end) + 1);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * len, piece, len);
	memcpy(text + len * times, end, strlen(end) + 1);
	return text;
}

static void test_long(
	const char *piece, size_t times, const char *end, bool good, const char *msg)
{
	char *text = repeat(piece, times, end);
	struct err err = {.msg = ""};
	struct expr *e = expr_parse(str_from(text), 0, &err);
	ok((e != NULL) == good, "%zu times '%s'", times, piece);
	is_str(err.msg, strlen(err.msg), msg, "its message");
	expr_free(e);
	free(text);
}

static void test_bounds(void)
{
	struct expr *e;
	test_long("not ", 64, "x", true, "");
	test_long("not ", 65, "x", false, "more than 64 levels deep");
	test_long("(", 100000, "x", false, "more than 64 levels deep");
	test_long("x and ", 1021, "x", true, "");
	test_long("x and ", 1022, "x", false,
		"the expression is too long: more than 1024 parts");
	test_long("x in (1", 1, ")", true, "");
	test_long("x ~ a or x in (1,2,3,4,5,6,7,8,9,10) or ", 94, "x", false,
		"the expression is too long: more than 1024 values");
	e = expr_parse((struct str)STR("module ~ x or level or a"), 0, NULL);
	ok(e->wants == (FILTER_WANTS_LEVEL | FILTER_WANTS_MODULE), "wants both");
	expr_free(e);
	e = expr_parse((struct str)STR("a or message contains level"), 0, NULL);
	ok(e->wants == 0, "wants neither");
	expr_free(e);
}

/* Every prefix, and every byte changed to each of some, is an error or an expression. */
static void test_damage(void)
{
	const char *text =
		"level >= warning and (module ~ /^a[.]b\\/c/i or x in ('a\\'b', 2)) "
		"&& !(time > -15m || y contains \"z\")";
	const char *bytes = "()'\"/\\ ,=!~&|\200a0-";
	size_t n = strlen(text);
	size_t good = 0, bad = 0;
	char *copy = xstrdup(text);
	struct err err = {.msg = ""};
	struct expr *whole = expr_parse(str_from(text), 0, &err);
	if (!ok(whole != NULL, "undamaged"))
		printf("#   %s at %zu\n", err.msg, err.pos);
	expr_free(whole);
	for (size_t i = 0; i <= n; i++) {
		struct expr *e = expr_parse((struct str){copy, i}, 0, &err);
		good += e != NULL;
		bad += e == NULL && err.has_pos && err.pos <= i;
		expr_free(e);
		for (const char *b = bytes; i < n && *b != '\0'; b++) {
			copy[i] = *b;
			e = expr_parse((struct str){copy, n}, 0, &err);
			good += e != NULL;
			bad += e == NULL && err.has_pos && err.pos <= n;
			expr_free(e);
		}
		copy[i] = text[i];
	}
	free(copy);
	ok(good + bad == (n + 1) + n * strlen(bytes) && good > 100 && bad > 100,
		"damaged: %zu expressions, %zu errors within the text", good, bad);
}

static void test_number(const char *a, const char *b, int want)
{
	struct decimal x, y;
	bool good = decimal_parse(str_from(a), &x) && decimal_parse(str_from(b), &y);
	ok(good && decimal_compare(&x, &y) == want && decimal_compare(&y, &x) == -want,
		"%s and %s: %d", a, b, want);
}

static void test_numbers(void)
{
	static const char *const none[] = {"", "-", ".", "e1", "1e", "1e+", "1.", "1.5s",
		"0x10", "1_0", " 1", "1 ", "--1", "1.2.3", "inf", "nan", "1,5"};
	struct decimal d;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ok(!decimal_parse(str_from(none[i]), &d), "'%s' is no number", none[i]);
	test_number("1", "2", -1);
	test_number("-1", "1", -1);
	test_number("-1", "-2", 1);
	test_number("0", "-0.000", 0);
	test_number("0", "0e999999999", 0);
	test_number("0", "1e-30", -1);
	test_number("-1e-30", "0", -1);
	test_number("10", "9", 1);
	test_number("-10", "-9", -1);
	test_number("1.10", "+1.1", 0);
	test_number("0.001", "1e-3", 0);
	test_number("100", "1E2", 0);
	test_number("0100.0", "100", 0);
	test_number(".5", "0.5", 0);
	test_number("0.05", "0.5", -1);
	test_number("9007199254740993", "9007199254740992", 1);
	test_number("9999999999999999999", "1e19", -1);
	test_number("1e99999999999", "1e5", 1);
	test_number("1e-99999999999", "1e-5", -1);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	fields_parse = parse_words;
	test_levels();
	test_modules();
	test_fields();
	test_presence();
	test_logic();
	test_times();
	test_errors();
	test_names();
	test_bounds();
	test_damage();
	test_numbers();
	fields_free(&fields);
	return done_testing();
}
