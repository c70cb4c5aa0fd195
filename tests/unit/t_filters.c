/* filters/: each kind but expr, and how a set joins them. */
#include <stdlib.h>
#include <time.h>

#include "core/intern.h"
#include "core/level.h"
#include "core/stamp.h"
#include "filters/filter.h"
#include "tap.h"

#define SPECS_MAX 8

static struct intern_cache cache;
static struct fields fields;
static struct origin origin = {.label = (char[]){"/var/log/app.log"}, .index = 3};
static size_t parsed;

/* The whole text is the module's name. */
static void parse_module(const struct record *r, struct fields *f)
{
	f->named[FIELD_MODULE] = record_text(r);
	parsed++;
}

static struct record make_record(const char *level, const char *module, const char *text)
{
	struct severity s = {0};
	if (level[0] != '\0')
		level_from_word(str_from(level), &s);
	return (struct record){
		.time = TIME_NONE,
		.text = text,
		.len = (uint32_t)strlen(text),
		.head = (uint32_t)strlen(text),
		.origin = &origin,
		.module = module[0] ? intern(&cache, str_from(module)) : 0,
		.level = s.level,
		.severity = s.number,
	};
}

static struct filter_set *new_set(const struct filter_spec *specs)
{
	struct err err = {.msg = ""};
	size_t count = 0, bad = 99;
	while (count < SPECS_MAX && specs[count].kind != NULL)
		count++;
	struct filter_set *set = filter_set_new(specs, count, &bad, &err);
	if (!ok(set != NULL && filter_set_count(set) == count, "a set of %zu", count))
		printf("#   spec %zu: %s\n", bad, err.msg);
	return set;
}

/* Which of the levels pass: their letters. */
static void test_level(const char *text, unsigned flags, const char *want)
{
	struct filter_spec specs[SPECS_MAX] = {{"level", str_from(text), flags}};
	struct filter_set *set = new_set(specs);
	char got[LEVEL_COUNT + 2] = {0};
	size_t n = 0;
	for (int i = LEVEL_UNKNOWN; i < LEVEL_COUNT; i++) {
		struct record r = make_record("", "", "x");
		r.level = (uint8_t)i;
		r.severity = level_number((enum level)i);
		if (filter_set_match(set, &r, &fields))
			got[n++] = level_letter((enum level)i);
	}
	struct record custom = make_record("Level 37", "", "x");
	if (filter_set_match(set, &custom, &fields))
		got[n++] = '7';
	is_str(got, n, want, text);
	ok(filter_set_wants(set) == FILTER_WANTS_LEVEL, "%s wants the level", text);
	filter_set_free(set);
}

static void test_levels(void)
{
	test_level("WARNING", 0, "WECAM7");
	test_level("warn", 0, "WECAM7");
	test_level("W", 0, "WECAM7");
	test_level(" fatal ", 0, "CAM");
	test_level("25", 0, "SNWECAM7");
	test_level("31", 0, "ECAM7");
	test_level("Level 37", 0, "ECAM7");
	test_level("38", 0, "ECAM");
	test_level("0", 0, "TDISNWECAM7");
	test_level("255", 0, "");
	test_level("WARNING", FILTER_UNKNOWN, "-WECAM7");
	test_level("=info,Error", 0, "IE");
	test_level("= success", 0, "S");
	test_level("=25", 0, "SN");
	test_level("=Level 37", 0, "7");
	test_level("=warning", 0, "W7");
	test_level("=info", FILTER_UNKNOWN, "-I");
	test_level("INFO..WARNING", 0, "ISNW");
	test_level("info .. error", 0, "ISNWE7");
	test_level("ERROR..", 0, "ECAM");
	test_level("..info", 0, "TDI");
	test_level("..info", FILTER_UNKNOWN, "-TDI");
	test_level("30..30", 0, "W");
}

static void test_rule(const char *text, unsigned flags, const char *module,
	const char *level, bool want)
{
	struct filter_spec specs[SPECS_MAX] = {{"level", str_from(text), flags}};
	struct filter_set *set = new_set(specs);
	struct record r = make_record(level, module, "x");
	for (int i = 0; i < 2; i++)
		ok(filter_set_match(set, &r, &fields) == want, "%s: %s %s %d", text,
			module, level, want);
	ok(filter_set_wants(set) == (FILTER_WANTS_LEVEL | FILTER_WANTS_MODULE),
		"rules want the module");
	filter_set_free(set);
}

static void test_rules(void)
{
	const char *rules = "info, app.db=debug ,urllib3=error,app.db.pool=off,noisy=40";
	test_rule(rules, 0, "main", "INFO", true);
	test_rule(rules, 0, "main", "DEBUG", false);
	test_rule(rules, 0, "", "INFO", true);
	test_rule(rules, 0, "", "DEBUG", false);
	test_rule(rules, 0, "app", "DEBUG", false);
	test_rule(rules, 0, "app.db", "DEBUG", true);
	test_rule(rules, 0, "app.db", "TRACE", false);
	test_rule(rules, 0, "app.db.orm", "DEBUG", true);
	test_rule(rules, 0, "app.db::orm", "DEBUG", true);
	test_rule(rules, 0, "app.dbx", "DEBUG", false);
	test_rule(rules, 0, "app.db.pool", "CRITICAL", false);
	test_rule(rules, 0, "app.db.pool.x", "CRITICAL", false);
	test_rule(rules, 0, "urllib3", "WARNING", false);
	test_rule(rules, 0, "urllib3.connectionpool", "ERROR", true);
	test_rule(rules, 0, "noisy", "WARNING", false);
	test_rule(rules, 0, "noisy", "ERROR", true);
	test_rule(rules, 0, "app.db", "", false);
	test_rule(rules, FILTER_UNKNOWN, "app.db", "", true);
	test_rule(rules, FILTER_UNKNOWN, "app.db.pool", "", false);
	test_rule("app=error", 0, "other", "TRACE", true);
	test_rule("app=error", 0, "other", "", true);
	test_rule("app=error", 0, "", "", true);
	test_rule("app=error", 0, "app", "", false);
	test_rule("app=error", 0, "app.x", "WARNING", false);
	test_rule("off,app=info", 0, "app.x", "INFO", true);
	test_rule("off,app=info", 0, "other", "CRITICAL", false);
}

static void test_error(const char *kind, const char *text, size_t pos, const char *msg)
{
	struct filter_spec specs[2] = {
		{"level", STR("INFO"), 0}, {kind, str_from(text), 0}};
	struct err err = {.msg = ""};
	size_t bad = 99;
	struct filter_set *set = filter_set_new(specs, 2, &bad, &err);
	ok(set == NULL && bad == 1 && err.has_pos && err.pos == pos,
		"%s '%s' is wrong at %zu", kind, text, err.pos);
	is_str(err.msg, strlen(err.msg), msg, "its message");
	filter_set_free(set);
}

#define NAMES " (TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY)"

static void test_errors(void)
{
	test_error("level", "WARNIG", 0,
		"no such level 'WARNIG'; did you mean WARNING?" NAMES);
	test_error("level", "info,app= debgu", 10,
		"no such level 'debgu'; did you mean DEBUG?" NAMES);
	test_error("level", "xyzzy", 0, "no such level 'xyzzy'" NAMES);
	test_error("level", "", 0, "a level is missing here" NAMES);
	test_error("level", "info,", 5, "a level is missing here" NAMES);
	test_error("level", "=", 1, "a level is missing here" NAMES);
	test_error("level", "=info,,error", 6, "a level is missing here" NAMES);
	test_error("level", "app=", 4, "a level is missing here" NAMES);
	test_error("level", "256", 0, "a level's number is at most 255");
	test_error("level", "warn,error", 5,
		"two levels: write =A,B for just these, A..B for a range");
	test_error(
		"level", "info,=debug", 5, "a module's name is missing before the '='");
	test_error("level", "..", 0, "a range needs a level at one end at least");
	test_error("level", "error..info", 0, "error is above info: nothing is between");
	test_error("level", "info..wrning", 6,
		"no such level 'wrning'; did you mean WARNING?" NAMES);
	test_error("module", "app.(db", 7, "bad regex: missing closing parenthesis");
	test_error(
		"grep", "a[", 2, "bad regex: missing terminating ] for character class");
	test_error("since", " -15x", 4, "a unit is expected here (s m h d w)");
	test_error("until", "later", 0,
		"not a time: 'later' (2026-11-20 17:04, 17:04, yesterday 14:00, "
		"-15m, now, an epoch)");
	test_error("source", "", 0, "an empty pattern matches no source");
	struct filter_spec spec = {"colour", STR("red"), 0};
	struct err err = {.msg = ""};
	ok(filter_set_new(&spec, 1, NULL, &err) == NULL, "a kind that there is not");
	is_str(err.msg, strlen(err.msg), "no such kind of filter: colour", "its message");
}

static bool keeps(const struct filter_spec *specs, struct record r)
{
	struct filter_set *set = new_set(specs);
	fields_reset(&fields);
	bool kept = filter_set_match(set, &r, &fields);
	ok(filter_set_match(set, &r, &fields) == kept, "the same a second time");
	filter_set_free(set);
	return kept;
}

static void test_module(void)
{
	struct filter_spec db[SPECS_MAX] = {{"module", STR("^app\\.db"), 0}};
	struct filter_spec not_db[SPECS_MAX] = {{"module", STR("^app\\.db"), FILTER_NOT}};
	struct filter_spec fixed[SPECS_MAX] = {
		{"module", STR("P.D"), FILTER_FIXED | FILTER_NOCASE}};
	ok(keeps(db, make_record("", "app.db.pool", "")), "-m app.db.pool");
	ok(!keeps(db, make_record("", "my.app.db", "")), "-m my.app.db");
	ok(!keeps(db, make_record("", "", "")), "-m without a module");
	ok(!keeps(not_db, make_record("", "app.db.pool", "")), "-M app.db.pool");
	ok(keeps(not_db, make_record("", "api", "")), "-M api");
	ok(keeps(not_db, make_record("", "", "")), "-M without a module");
	ok(keeps(fixed, make_record("", "app.db", "")), "-F -i");
	ok(!keeps(fixed, make_record("", "apxdb", "")), "-F -i is no regex");

	struct record other = make_record("", "", "app.db.late");
	other.module = INTERN_OTHER;
	parsed = 0;
	ok(keeps(db, other) && parsed == 1,
		"a name without an id is read from the record");
	other = make_record("", "", "api.late");
	other.module = INTERN_OTHER;
	ok(!keeps(db, other), "another of that id is not taken for it");
}

static void test_joined(void)
{
	struct filter_spec any[SPECS_MAX] = {
		{"grep", STR("alpha"), 0},
		{"module", STR("^x$"), 0},
		{"grep", STR("b.ta"), 0},
		{"grep", STR("no"), FILTER_NOT},
		{"module", STR("^y$"), 0},
		{"grep", STR("never"), FILTER_NOT},
	};
	ok(keeps(any, make_record("", "x", "alpha")), "one of two of each");
	ok(keeps(any, make_record("", "y", "beta")), "the others of each");
	ok(!keeps(any, make_record("", "z", "beta")), "no module");
	ok(!keeps(any, make_record("", "y", "gamma")), "no text");
	ok(!keeps(any, make_record("", "y", "beta no")), "excluded by the first");
	ok(!keeps(any, make_record("", "y", "beta never")), "excluded by the second");
	struct filter_spec all[SPECS_MAX] = {
		{"level", STR("INFO"), 0}, {"level", STR("..WARNING"), 0}};
	ok(keeps(all, make_record("INFO", "", "")), "levels are joined by and");
	ok(!keeps(all, make_record("ERROR", "", "")), "above the second");
	ok(!keeps(all, make_record("DEBUG", "", "")), "below the first");
	struct filter_spec none[SPECS_MAX] = {{NULL, {NULL, 0}, 0}};
	ok(keeps(none, make_record("", "", "")), "an empty set keeps all");
}

static void test_grep(void)
{
	struct filter_spec second[SPECS_MAX] = {{"grep", STR("^  File .*3$"), 0}};
	struct filter_spec runaway[SPECS_MAX] = {{"grep", STR("(a+)+$"), 0}};
	ok(keeps(second, make_record("", "", "Traceback\r\n  File 3\r\nx")),
		"second line");
	struct filter_set *set = new_set(runaway);
	struct record r =
		make_record("", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	ok(!filter_set_match(set, &r, &fields), "a runaway regex does not match");
	ok(!filter_set_match(set, &r, &fields), "nor again");
	ok(filter_set_cut_off(set) == 2, "both are counted");
	filter_set_free(set);
}

static void test_source(void)
{
	struct filter_spec specs[SPECS_MAX] = {
		{"source", STR("*app*"), 0}, {"source", STR("db[0-9]"), 0}};
	struct filter_spec not_app[SPECS_MAX] = {{"source", STR("*app*"), FILTER_NOT}};
	struct origin far = {.label = (char[]){"db7"}, .index = 100000};
	struct origin near = {.label = (char[]){"db77"}, .index = 3};
	struct record r = make_record("", "", "x");
	ok(keeps(specs, r), "a star takes slashes");
	ok(!keeps(not_app, r), "and not");
	r.origin = &far;
	ok(keeps(specs, r), "the second glob");
	ok(keeps(not_app, r), "not the first");
	r.origin = &near;
	ok(!keeps(specs, r), "neither");

	struct filter_set *set = new_set(specs);
	ok(filter_set_match_origin(set, &origin), "its origin may match");
	ok(filter_set_match_origin(set, &far), "the other, too");
	ok(!filter_set_match_origin(set, &near),
		"the third not, though its index is taken");
	filter_set_free(set);
	set = new_set(not_app);
	ok(!filter_set_match_origin(set, &origin), "excluded as a whole");
	ok(filter_set_match_origin(set, &near), "not excluded");
	filter_set_free(set);
}

static void test_times(void)
{
	struct filter_spec span[SPECS_MAX] = {{"since", STR("2026-11-20T10:00:00Z"), 0},
		{"until", STR("2026-11-20T11:00:00Z"), 0}};
	struct filter_spec recent[SPECS_MAX] = {{"since", STR("-1h"), 0}};
	int64_t ten = INT64_C(1795168800) * NS_PER_SECOND;
	int64_t hour = 3600 * NS_PER_SECOND;
	struct record r = make_record("", "", "x");
	r.time = ten;
	ok(keeps(span, r), "since is within");
	r.time = ten - 1;
	ok(!keeps(span, r), "just before");
	r.time = ten + hour - 1;
	ok(keeps(span, r), "just before until");
	r.time = ten + hour;
	ok(!keeps(span, r), "until is not");
	r.time = TIME_NONE;
	r.key = ten;
	ok(keeps(span, r), "without a time the key counts");
	r.key = ten - 1;
	ok(!keeps(span, r), "also against it");
	r.time = (int64_t)time(NULL) * NS_PER_SECOND - hour / 2;
	ok(keeps(recent, r), "half an hour ago");
	r.time -= hour;
	ok(!keeps(recent, r), "an hour and a half ago");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	fields_parse = parse_module;
	test_levels();
	test_rules();
	test_errors();
	test_module();
	test_joined();
	test_grep();
	test_source();
	test_times();
	fields_free(&fields);
	return done_testing();
}
