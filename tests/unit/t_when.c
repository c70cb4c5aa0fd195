/* filters/when.c: every form of a user's time, and the places of faults. */
#include <stdlib.h>
#include <time.h>

#include "core/stamp.h"
#include "filters/when.h"
#include "tap.h"

#define S NS_PER_SECOND
/* 2026-11-20 16:58:54.5 in Berlin (+01:00) */
#define NOW (INT64_C(1795190334) * S + S / 2)
#define DAY INT64_C(86400)
/* that day's midnight in Berlin */
#define MIDNIGHT INT64_C(1795129200)

static void test_time(const char *text, int64_t want)
{
	struct err err = {.msg = ""};
	int64_t ns = 0;
	bool good = when_parse(str_from(text), NOW, &ns, &err);
	if (!ok(good && ns == want, "'%s'", text))
		printf("#   %s got %lld want %lld: %s\n", good ? "good" : "bad",
			(long long)ns, (long long)want, err.msg);
}

static void test_error(const char *text, size_t pos, const char *msg)
{
	struct err err = {.msg = ""};
	int64_t ns = 42;
	bool good = when_parse(str_from(text), NOW, &ns, &err);
	ok(!good && ns == 42 && err.has_pos && err.pos == pos, "'%s' is wrong at %zu",
		text, err.pos);
	is_str(err.msg, strlen(err.msg), msg, "its message");
}

static void test_stamps(void)
{
	test_time("2026-11-20", MIDNIGHT * S);
	test_time("2026/11/20", MIDNIGHT * S);
	test_time(" 2026-11-20 17:04\t", (MIDNIGHT + 61440) * S);
	test_time("2026-11-20T17:04:05", (MIDNIGHT + 61445) * S);
	test_time("2026-11-20 17:04:05,25", (MIDNIGHT + 61445) * S + S / 4);
	test_time("2026-11-20T17:04:05Z", (MIDNIGHT + 3600 + 61445) * S);
	test_time("2026-11-20 17:04:05+0530", (MIDNIGHT + 3600 + 61445 - 19800) * S);
	test_time("2026-07-01", INT64_C(1782856800) * S);
	test_time("1795190334", NOW - S / 2);
	test_time("1795190334.5", NOW);
	test_time("1795190334500", NOW);
	test_time("1795190334500000000", NOW);
}

static void test_days(void)
{
	test_time("now", NOW);
	test_time("NOW", NOW);
	test_time("today", MIDNIGHT * S);
	test_time("yesterday", (MIDNIGHT - DAY) * S);
	test_time("tomorrow", (MIDNIGHT + DAY) * S);
	test_time("Yesterday 14:00", (MIDNIGHT - DAY + 50400) * S);
	test_time("today 17:04:05", (MIDNIGHT + 61445) * S);
	test_time("tomorrow  00:00:00.25", (MIDNIGHT + DAY) * S + S / 4);
	test_time("17:04", (MIDNIGHT + 61440) * S);
	test_time("17:04:05", (MIDNIGHT + 61445) * S);
	test_time("17:04:05.000000001", (MIDNIGHT + 61445) * S + 1);
	test_time("17:04:05.0000000019", (MIDNIGHT + 61445) * S + 1);
}

static void test_spans(void)
{
	test_time("-15m", NOW - 900 * S);
	test_time("-1h30m", NOW - 5400 * S);
	test_time("-2d", NOW - 2 * DAY * S);
	test_time("-1w", NOW - 7 * DAY * S);
	test_time("-90s", NOW - 90 * S);
	test_time("+1h", NOW + 3600 * S);
}

static void test_ago(void)
{
	test_time("15m ago", NOW - 900 * S);
	test_time("15 minutes ago", NOW - 900 * S);
	test_time("1 hour 30 min ago", NOW - 5400 * S);
	test_time("2days ago", NOW - 2 * DAY * S);
	test_time("1 week ago", NOW - 7 * DAY * S);
}

#define FORMS " (2026-11-20 17:04, 17:04, yesterday 14:00, -15m, now, an epoch)"

static void test_errors(void)
{
	test_error("", 0, "a time is missing here" FORMS);
	test_error("  ", 2, "a time is missing here" FORMS);
	test_error("soon", 0, "not a time: 'soon'" FORMS);
	test_error(" soon", 1, "not a time: 'soon'" FORMS);
	test_error("2026-13-20", 0, "not a time: '2026-13-20'" FORMS);
	test_error("2026-11-20 17:04 x", 0, "not a time: '2026-11-20 17:04 x'" FORMS);
	test_error("24:61", 0, "not a time: '24:61'" FORMS);
	test_error("17:4", 0, "not a time: '17:4'" FORMS);
	test_error("12", 0, "not a time: '12'" FORMS);
	test_error("now 14:00", 0, "not a time: 'now 14:00'" FORMS);
	test_error("yesterday 25:00", 10, "not a time of day (use 17:04 or 17:04:05)");
	test_error(" today x", 7, "not a time of day (use 17:04 or 17:04:05)");
	test_error("-15x", 3, "a unit is expected here (s m h d w)");
	test_error("-15", 3, "a unit is expected here (s m h d w)");
	test_error("-", 1, "a number is expected here, as in -15m or -1h30m");
	test_error("-m", 1, "a number is expected here, as in -15m or -1h30m");
	test_error("-15m!", 4, "a number is expected here, as in -15m or -1h30m");
	test_error("-1h99999999999m", 3, "the number is too large");
	test_error("-2000000000w", 1, "that is too far away");
	test_error("15m", 0, "before or after now? write -15m or '15m ago'");
	test_error(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		0, "too long for a time" FORMS);
}

/* The night of 2026-10-25 has two hours from 2 to 3; a day back is a day of the calendar
 * for yesterday and 24 hours for -1d. */
static void test_clock_change(void)
{
	int64_t noon = INT64_C(1792926000) * S; /* 2026-10-25 12:00 +01:00 */
	int64_t ns = 0;
	ok(when_parse((struct str)STR("yesterday 12:00"), noon, &ns, NULL) &&
			ns == noon - (DAY + 3600) * S,
		"yesterday is 25 hours ago");
	ok(when_parse((struct str)STR("-1d"), noon, &ns, NULL) && ns == noon - DAY * S,
		"-1d is 24 hours ago");
	ok(!when_parse((struct str)STR("soon"), noon, &ns, NULL), "no err is allowed");
}

int main(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	test_stamps();
	test_days();
	test_spans();
	test_ago();
	test_errors();
	test_clock_change();
	return done_testing();
}
