/* Stamps: every shape of the grammar, zones, the hour that comes twice, and writing. */
#include <stdlib.h>

#include "core/err.h"
#include "core/stamp.h"
#include "tap.h"

#define NOON INT64_C(1795194245) /* 2026-11-20 17:04:05 UTC */
#define NONE INT64_MIN

struct shape {
	const char *text;
	int64_t ns;
	size_t taken; /* 0: all of it */
};

static const struct shape shapes[] = {
	{"2026-11-20T17:04:05Z", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T17:04:05.1Z", NOON * NS_PER_SECOND + 100000000, 0},
	{"2026-11-20T17:04:05.12Z", NOON * NS_PER_SECOND + 120000000, 0},
	{"2026-11-20T17:04:05.123Z", NOON * NS_PER_SECOND + 123000000, 0},
	{"2026-11-20T17:04:05.1234Z", NOON * NS_PER_SECOND + 123400000, 0},
	{"2026-11-20T17:04:05.12345Z", NOON * NS_PER_SECOND + 123450000, 0},
	{"2026-11-20T17:04:05.123456Z", NOON * NS_PER_SECOND + 123456000, 0},
	{"2026-11-20T17:04:05.1234567Z", NOON * NS_PER_SECOND + 123456700, 0},
	{"2026-11-20T17:04:05.12345678Z", NOON * NS_PER_SECOND + 123456780, 0},
	{"2026-11-20T17:04:05.123456789Z", NOON * NS_PER_SECOND + 123456789, 0},
	{"2026-11-20T17:04:05.123456789999Z", NOON * NS_PER_SECOND + 123456789, 0},
	{"2026-11-20T17:04:05.000000001Z", NOON * NS_PER_SECOND + 1, 0},
	{"2026-11-20T18:04:05+01:00", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T18:04:05+0100", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T18:04:05+01", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 18:04:05 +0100", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 18:04:05 +01:00", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 18:04:05+01:00", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T22:34:05+05:30", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T22:49:05+05:45", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T13:34:05-03:30", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T05:04:05-12:00", NOON * NS_PER_SECOND, 0},
	{"2026-11-21T07:04:05+14:00", NOON * NS_PER_SECOND, 0},
	{"2026-11-20t17:04:05z", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 17:04:05 UTC", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 17:04:05 GMT", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 18:04:05.000 CET", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 17:04:05Z", NOON * NS_PER_SECOND, 0},
	{"2026-11-20T17:04:05,123456789+00:00", NOON * NS_PER_SECOND + 123456789, 0},
	{"2026-11-20 17:04:05,123", NOON * NS_PER_SECOND + 123000000, 0},
	{"2026-11-20 17:04:05.123", NOON * NS_PER_SECOND + 123000000, 0},
	{"2026-11-20 17:04:05:123", NOON * NS_PER_SECOND + 123000000, 0},
	{"2026-11-20_17:04:05", NOON * NS_PER_SECOND, 0},
	{"2026-11-20 17:04", (NOON - 5) * NS_PER_SECOND, 0},
	{"2026-11-20T17:04:60Z", (NOON + 55) * NS_PER_SECOND, 0},
	{"2026-11-20T24:00:00Z", INT64_C(1795219200) * NS_PER_SECOND, 0},
	{"2026/11/20 17:04:05", NOON * NS_PER_SECOND, 0},
	{"2026/11/20 17:04:05.123456", NOON * NS_PER_SECOND + 123456000, 0},
	{"2026.11.20 17:04:05", NOON * NS_PER_SECOND, 0},
	{"2026-11-20  7:04:05", (NOON - 36000) * NS_PER_SECOND, 0},
	{"2024-02-29 00:00:00", INT64_C(1709164800) * NS_PER_SECOND, 0},
	{"2000-02-29 00:00:00", INT64_C(951782400) * NS_PER_SECOND, 0},
	{"1970-01-01 00:00:00", 0, 0},
	{"2200-12-31 23:59:59", INT64_C(7289654399) * NS_PER_SECOND, 0},
	/* what stands behind stays there */
	{"2026-11-20 17:04:05,123:WARNING:root:x", NOON * NS_PER_SECOND + 123000000, 23},
	{"2026-11-20 17:04:05,123 - root - x", NOON * NS_PER_SECOND + 123000000, 23},
	{"2026-11-20 17:04:05:WARNING:x", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05:8619:WARNING:x", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05, then", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05.", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05 -x", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05 Zebra", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05Zebra", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05 UTCS", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05 ERR x", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05 +99:00", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05 -20261120", NOON * NS_PER_SECOND, 19},
	{"2026-11-20 17:04:05.120 +00:00 | INFO", NOON * NS_PER_SECOND + 120000000, 30},
	{"2026-11-20 17:04 INFO", (NOON - 5) * NS_PER_SECOND, 16},
	{"2026-11-20 17:04:05] x", NOON * NS_PER_SECOND, 19},
	/* no stamps */
	{"2026-11-20", NONE, 0},
	{"2026-11-20 17:0", NONE, 0},
	{"2026-11-20 17:04:", NONE, 0},
	{"2026-11-20 17:04:5", NONE, 0},
	{"2026-11-20 17:04:61", NONE, 0},
	{"2026-11-20 17:04:055", NONE, 0},
	{"2026-11-20 17:045", NONE, 0},
	{"2026-11-20 17:60:05", NONE, 0},
	{"2026-11-20 25:04:05", NONE, 0},
	{"2026-11-20 24:01:00", NONE, 0},
	{"2026-11-20 24:00:01", NONE, 0},
	{"2026-11-31 17:04:05", NONE, 0},
	{"2026-02-29 17:04:05", NONE, 0},
	{"2100-02-29 17:04:05", NONE, 0},
	{"2026-00-20 17:04:05", NONE, 0},
	{"2026-13-20 17:04:05", NONE, 0},
	{"2026-11-00 17:04:05", NONE, 0},
	{"1969-12-31 23:59:59", NONE, 0},
	{"2201-01-01 00:00:00", NONE, 0},
	{"2026-11/20 17:04:05", NONE, 0},
	{"2026-11-20x17:04:05", NONE, 0},
	{"20a6-11-20 17:04:05", NONE, 0},
	{"", NONE, 0},
};

static const struct shape epochs[] = {
	{"1795194245", NOON * NS_PER_SECOND, 0},
	{"1795194245123", NOON * NS_PER_SECOND + 123000000, 0},
	{"1795194245123456", NOON * NS_PER_SECOND + 123456000, 0},
	{"1795194245123456789", NOON * NS_PER_SECOND + 123456789, 0},
	{"1795194245.123", NOON * NS_PER_SECOND + 123000000, 0},
	{"1795194245.1234567", NOON * NS_PER_SECOND + 123456700, 0},
	{"1795194245123.4567", NOON * NS_PER_SECOND + 123456700, 0},
	{"1.795194245123e9", NOON * NS_PER_SECOND + 123000000, 0},
	{"1.795194245123E+12", NOON * NS_PER_SECOND + 123000000, 0},
	{"1.795193935120163e9", INT64_C(1795193935120163000), 0},
	{"17951942451230e-1", NOON * NS_PER_SECOND + 123000000, 0},
	{"1795194245.12345678901234567890", NOON * NS_PER_SECOND + 123456789, 0},
	{"946684800", INT64_C(946684800) * NS_PER_SECOND, 0},
	{"946684799", NONE, 0},
	{"4102444799", INT64_C(4102444799) * NS_PER_SECOND, 0},
	{"4102444800", NONE, 0},
	{"9999999999999999999", NONE, 0},
	{"99999999999999999999", NONE, 0},
	{"17951942451", NONE, 0},
	{"", NONE, 0},
	{"-1795194245", NONE, 0},
	{"1795194245.", NONE, 0},
	{"1795194245x", NONE, 0},
	{"1795194245e", NONE, 0},
	{"1795194245e99", NONE, 0},
	{"1795194245e+999999999999", NONE, 0},
	{"0001795194245", NONE, 0},
	{".5", NONE, 0},
};

/* TEXT with readable bytes behind it, digits so that reading too far shows. */
static struct str padded(const char *text)
{
	static char bytes[256];
	size_t len = strlen(text);
	memset(bytes, '7', sizeof(bytes));
	memcpy(bytes, text, len);
	return (struct str){bytes, len};
}

static void check_shape(struct stamp_cache *cache, const struct shape *s, const char *how)
{
	int64_t ns = NONE;
	struct str text = padded(s->text);
	size_t n = stamp_parse(cache, text, &ns);
	size_t want = s->ns == NONE ? 0 : s->taken ? s->taken : text.len;
	ok(n == want && ns == s->ns && stamp_skip(text) == want,
		"%s '%s': %zu bytes, %lld ns (want %zu, %lld)", how, s->text, n, (long long)ns,
		want, (long long)s->ns);
}

static void check_shapes(void)
{
	struct stamp_cache shared = {0};
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct stamp_cache fresh = {0};
		check_shape(&fresh, &shapes[i], "alone");
		check_shape(&shared, &shapes[i], "after others");
		check_shape(&shared, &shapes[i], "again");
	}
}

static void check_epochs(void)
{
	for (size_t i = 0; i < sizeof(epochs) / sizeof(epochs[0]); i++) {
		int64_t ns = NONE;
		bool good = stamp_parse_epoch(padded(epochs[i].text), &ns);
		ok(good == (epochs[i].ns != NONE) && ns == epochs[i].ns, "epoch '%s': %lld",
			epochs[i].text, (long long)ns);
	}
}

static int64_t parse_seconds(struct stamp_cache *cache, const char *text)
{
	int64_t ns = NONE;
	stamp_parse(cache, padded(text), &ns);
	return ns / NS_PER_SECOND;
}

static void check_zones(void)
{
	struct stamp_cache c = {0};
	ok(stamp_set_zone("+05:30", NULL), "an offset is a zone");
	ok(parse_seconds(&c, "2026-11-20 22:34:05") == NOON, "+05:30 is ahead of UTC");
	ok(parse_seconds(&c, "2026-11-20 17:04:05Z") == NOON, "a zone of its own wins");
	memset(&c, 0, sizeof(c));
	ok(stamp_set_zone("-03:30", NULL), "so is a western one");
	ok(parse_seconds(&c, "2026-11-20 13:34:05") == NOON, "-03:30 is behind UTC");
	memset(&c, 0, sizeof(c));
	ok(stamp_set_zone("Europe/Berlin", NULL), "a name is a zone");
	ok(parse_seconds(&c, "2026-11-20 18:04:05") == NOON, "winter in Berlin");
	ok(parse_seconds(&c, "2026-07-20 18:04:05") == 1784563445, "summer in Berlin");
	ok(parse_seconds(&c, "2026-07-20 18:04:06") == 1784563446, "and a second later");
	struct err err = {.msg = ""};
	static const char *const bad[] = {"Mars/Base", "../../etc/passwd", "/etc/localtime",
		"", "+25:00", "+1", "Europe", "zone.tab", "Europe/../UTC"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.msg[0] = '\0';
		ok(!stamp_set_zone(bad[i], &err) && strstr(err.msg, "no such time zone"),
			"no zone: '%s'", bad[i]);
	}
	ok(strcmp(getenv("TZ"), "Europe/Berlin") == 0, "a bad zone leaves the old one");
}

/* In Berlin 2026-10-25 02:00 to 02:59 comes twice, 2026-03-29 02:30 never. */
static void check_double_hour(void)
{
	struct stamp_cache c = {0};
	const int64_t first = 1792886400; /* 02:00 CEST, 00:00 UTC */
	stamp_set_zone("Europe/Berlin", NULL);
	ok(parse_seconds(&c, "2026-10-25 02:00:00") == first, "first 02:00");
	ok(parse_seconds(&c, "2026-10-25 02:59:59") == first + 3599, "first 02:59");
	ok(parse_seconds(&c, "2026-10-25 02:00:01") == first + 3601, "second 02:00");
	ok(parse_seconds(&c, "2026-10-25 02:59:58") == first + 3598, "a straggler");
	ok(parse_seconds(&c, "2026-10-25 02:01:00") == first + 3660, "second 02:01");
	ok(parse_seconds(&c, "2026-10-25 02:59:59") == first + 7199, "second 02:59");
	ok(parse_seconds(&c, "2026-10-25 03:00:00") == first + 7200, "03:00");
	int64_t gap = parse_seconds(&c, "2026-03-29 02:30:00");
	ok(gap == 1774747800 || gap == 1774744200, "a time that never was is near");
}

static void check_put(void)
{
	struct buf b = {0};
	int64_t ns = NOON * NS_PER_SECOND + 120000789;
	stamp_set_zone("Europe/Berlin", NULL);
	stamp_put_rfc3339(&b, ns);
	is_str(b.ptr, b.len, "2026-11-20T17:04:05.120000789Z", "RFC 3339");
	b.len = 0;
	stamp_put_local(&b, ns, 6);
	is_str(b.ptr, b.len, "2026-11-20 18:04:05.120000", "local, 6 digits");
	b.len = 0;
	stamp_put_local(&b, ns, 0);
	is_str(b.ptr, b.len, "2026-11-20 18:04:05", "local, no digits");
	b.len = 0;
	stamp_put_clock(&b, ns, 3);
	is_str(b.ptr, b.len, "18:04:05.120", "clock");
	b.len = 0;
	stamp_put_clock(&b, ns, 9);
	is_str(b.ptr, b.len, "18:04:05.120000789", "clock, 9 digits");
	b.len = 0;
	stamp_put_offset(&b, ns);
	is_str(b.ptr, b.len, "+01:00", "offset in winter");
	b.len = 0;
	stamp_put_offset(&b, ns - INT64_C(120) * 86400 * NS_PER_SECOND);
	is_str(b.ptr, b.len, "+02:00", "offset in summer");
	stamp_set_zone("-03:30", NULL);
	b.len = 0;
	stamp_put_offset(&b, ns);
	is_str(b.ptr, b.len, "-03:30", "offset after the zone changed");
	b.len = 0;
	stamp_put_rfc3339(&b, -1);
	is_str(b.ptr, b.len, "1969-12-31T23:59:59.999999999Z", "before 1970");
	b.len = 0;
	stamp_put_rfc3339(&b, INT64_MIN);
	is_str(b.ptr, b.len, "1677-09-21T00:12:43.145224192Z", "the first time there is");
	b.len = 0;
	stamp_put_rfc3339(&b, INT64_MAX);
	is_str(b.ptr, b.len, "2262-04-11T23:47:16.854775807Z", "the last");
	buf_free(&b);
}

/* Every day of two centuries there and back. */
static void check_days(void)
{
	struct buf b = {0};
	struct stamp_cache c = {0};
	bool good = true;
	stamp_set_zone("utc", NULL);
	for (int64_t day = stamp_days(1970, 1, 1); day <= stamp_days(2200, 12, 31); day++) {
		int64_t ns = NONE;
		b.len = 0;
		stamp_put_rfc3339(&b, day * 86400 * NS_PER_SECOND + 1);
		good = good && stamp_parse(&c, padded((buf_put_char(&b, '\0'), b.ptr)), &ns) ==
				       30 && ns == day * 86400 * NS_PER_SECOND + 1;
	}
	ok(good, "every day from 1970 to 2200 is written and read");
	ok(stamp_days(1970, 1, 1) == 0 && stamp_days(2000, 3, 1) == 11017, "days");
	buf_free(&b);
}

int main(void)
{
	stamp_set_zone("utc", NULL);
	check_shapes();
	check_epochs();
	check_zones();
	check_double_hour();
	check_put();
	check_days();
	return done_testing();
}
