/*
 * Each form has a reader of its own, which takes the whole text or says that it is
 * another form. Only when the form is plain is a fault in it said in its own words.
 */
#include "filters/when.h"

#include <time.h>

#include "core/stamp.h"

#define TEXT_MAX 64
#define UNITS 13
#define DAYS 3
#define FORMS "2026-11-20 17:04, 17:04, yesterday 14:00, -15m, now, an epoch"

enum reading {
	READ_OTHER, /* not of this form */
	READ_DONE,
	READ_FAILED /* of this form but wrong; the error is set */
};

struct unit {
	const char *name;
	int64_t seconds;
};

struct day {
	const char *name;
	int offset;
};

static const struct unit units[UNITS];
static const struct day days[DAYS];

/* What is being read; AT moves on. */
struct reader {
	struct str text;
	size_t at;
	int64_t now_ns;
	struct err *err;
};

static enum reading fail(struct reader *r, size_t pos, const char *what)
{
	err_set_at(r->err, pos, "%s", what);
	return READ_FAILED;
}

static struct str left(const struct reader *r)
{
	return str_skip(r->text, r->at);
}

static bool at_end(const struct reader *r)
{
	return r->at == r->text.len;
}

static bool at_digit(const struct reader *r)
{
	return !at_end(r) && r->text.ptr[r->at] >= '0' && r->text.ptr[r->at] <= '9';
}

static void skip_blanks(struct reader *r)
{
	while (!at_end(r) && (r->text.ptr[r->at] == ' ' || r->text.ptr[r->at] == '\t'))
		r->at++;
}

static struct str take_letters(struct reader *r)
{
	size_t start = r->at;
	while (!at_end(r) && (r->text.ptr[r->at] | 32) >= 'a' &&
		(r->text.ptr[r->at] | 32) <= 'z')
		r->at++;
	return (struct str){r->text.ptr + start, r->at - start};
}

static struct str take_digits(struct reader *r)
{
	size_t start = r->at;
	while (at_digit(r))
		r->at++;
	return (struct str){r->text.ptr + start, r->at - start};
}

/* Two digits up to MOST, after a colon if COLON. */
static bool take_pair(struct reader *r, bool colon, int most, int *value)
{
	struct str s = left(r);
	if (colon) {
		if (s.len == 0 || s.ptr[0] != ':')
			return false;
		s = str_skip(s, 1);
	}
	if (s.len < 2 || s.ptr[0] < '0' || s.ptr[0] > '9' || s.ptr[1] < '0' ||
		s.ptr[1] > '9')
		return false;
	int n = (s.ptr[0] - '0') * 10 + (s.ptr[1] - '0');
	if (n > most)
		return false;
	*value = n;
	r->at += colon ? 3 : 2;
	return true;
}

/* HH:MM[:SS[.fraction]] to the end of the text, into TM and *FRACTION_NS. */
static bool take_clock(struct reader *r, struct tm *tm, int64_t *fraction_ns)
{
	*fraction_ns = 0;
	tm->tm_sec = 0;
	if (!take_pair(r, false, 23, &tm->tm_hour) ||
		!take_pair(r, true, 59, &tm->tm_min))
		return false;
	if (at_end(r))
		return true;
	if (!take_pair(r, true, 60, &tm->tm_sec))
		return false;
	if (at_end(r))
		return true;
	if (r->text.ptr[r->at] != '.')
		return false;
	r->at++;
	struct str digits = take_digits(r);
	int64_t unit = NS_PER_SECOND;
	for (size_t i = 0; i < digits.len && unit > 1; i++) {
		unit /= 10;
		*fraction_ns += (digits.ptr[i] - '0') * unit;
	}
	return digits.len > 0 && at_end(r);
}

/* Midnight, in the zone of the process, of the day OFFSET days from now. */
static struct tm day_from_now(const struct reader *r, int offset)
{
	struct tm tm;
	int64_t seconds = r->now_ns / NS_PER_SECOND;
	if (r->now_ns % NS_PER_SECOND < 0)
		seconds--;
	time_t t = (time_t)seconds;
	localtime_r(&t, &tm);
	tm.tm_mday += offset;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return tm;
}

static enum reading read_now(struct reader *r, int64_t *ns)
{
	if (!str_eq_nocase(r->text, (struct str)STR("now")))
		return READ_OTHER;
	*ns = r->now_ns;
	return READ_DONE;
}

static enum reading read_day(struct reader *r, int64_t *ns)
{
	struct str word = take_letters(r);
	size_t i = 0;
	while (i < DAYS && !str_eq_nocase(word, str_from(days[i].name)))
		i++;
	if (i == DAYS)
		return READ_OTHER;
	struct tm tm = day_from_now(r, days[i].offset);
	int64_t fraction_ns = 0;
	skip_blanks(r);
	size_t clock = r->at;
	if (!at_end(r) && !take_clock(r, &tm, &fraction_ns))
		return fail(r, clock, "not a time of day (use 17:04 or 17:04:05)");
	*ns = (int64_t)mktime(&tm) * NS_PER_SECOND + fraction_ns;
	return READ_DONE;
}

static enum reading read_clock(struct reader *r, int64_t *ns)
{
	struct tm tm = day_from_now(r, 0);
	int64_t fraction_ns;
	if (!take_clock(r, &tm, &fraction_ns))
		return READ_OTHER;
	*ns = (int64_t)mktime(&tm) * NS_PER_SECOND + fraction_ns;
	return READ_DONE;
}

static const struct unit *find_unit(struct str name)
{
	for (const struct unit *u = units; u < units + UNITS; u++) {
		if (str_is(name, u->name))
			return u;
		/* minute, minutes */
		if (u->name[1] != '\0' && str_starts(name, u->name) &&
			name.len == strlen(u->name) + 1 && name.ptr[name.len - 1] == 's')
			return u;
	}
	return NULL;
}

/* 1h30m, 15 minutes: numbers with units. Stops before what is none of them. */
static enum reading take_span(struct reader *r, int64_t *span_ns)
{
	int64_t sum = 0;
	while (at_digit(r)) {
		size_t start = r->at;
		uint64_t n;
		int64_t ns;
		if (!str_to_u64(take_digits(r), &n) || n > INT32_MAX)
			return fail(r, start, "the number is too large");
		skip_blanks(r);
		size_t word = r->at;
		const struct unit *unit = find_unit(take_letters(r));
		if (unit == NULL)
			return fail(r, word, "a unit is expected here (s m h d w)");
		if (__builtin_mul_overflow(
			    (int64_t)n, unit->seconds * NS_PER_SECOND, &ns) ||
			__builtin_add_overflow(sum, ns, &sum))
			return fail(r, start, "that is too far away");
		skip_blanks(r);
	}
	*span_ns = sum;
	return READ_DONE;
}

static enum reading add_span(struct reader *r, int64_t span_ns, bool back, int64_t *ns)
{
	bool overflow = back ? __builtin_sub_overflow(r->now_ns, span_ns, ns)
	                     : __builtin_add_overflow(r->now_ns, span_ns, ns);
	if (overflow)
		return fail(r, 0, "that is too far away");
	return READ_DONE;
}

static enum reading read_signed(struct reader *r, int64_t *ns)
{
	char sign = r->text.ptr[0];
	int64_t span_ns;
	int64_t value;
	if (sign != '-' && sign != '+')
		return READ_OTHER;
	r->at = 1;
	if (!at_digit(r))
		return fail(r, 1, "a number is expected here, as in -15m or -1h30m");
	if (take_span(r, &span_ns) != READ_DONE)
		return READ_FAILED;
	if (!at_end(r))
		return fail(r, r->at, "a number is expected here, as in -15m or -1h30m");
	if (add_span(r, span_ns, sign == '-', &value) != READ_DONE)
		return READ_FAILED;
	*ns = value;
	return READ_DONE;
}

/* 15 minutes ago. A span alone does not say which way. */
static enum reading read_ago(struct reader *r, int64_t *ns)
{
	struct reader probe = *r;
	int64_t span_ns;
	int64_t value;
	probe.err = NULL;
	if (!at_digit(r) || take_span(&probe, &span_ns) != READ_DONE)
		return READ_OTHER;
	if (at_end(&probe)) {
		err_set_at(r->err, 0, "before or after now? write -%.*s or '%.*s ago'",
			(int)r->text.len, r->text.ptr, (int)r->text.len, r->text.ptr);
		return READ_FAILED;
	}
	if (!str_eq_nocase(left(&probe), (struct str)STR("ago")))
		return READ_OTHER;
	if (add_span(r, span_ns, true, &value) != READ_DONE)
		return READ_FAILED;
	*ns = value;
	return READ_DONE;
}

static enum reading read_epoch(struct reader *r, int64_t *ns)
{
	return stamp_parse_epoch(r->text, ns) ? READ_DONE : READ_OTHER;
}

static enum reading read_stamp(struct reader *r, int64_t *ns)
{
	char padded[TEXT_MAX + sizeof(" 00:00") + TEXT_PAD] = {0};
	size_t len = r->text.len;
	struct stamp_cache cache = {0};
	int64_t value;
	memcpy(padded, r->text.ptr, len);
	if (len == sizeof("2026-11-20") - 1) {
		memcpy(padded + len, " 00:00", 6);
		len += 6;
	}
	if (stamp_parse(&cache, (struct str){padded, len}, &value) != len)
		return READ_OTHER;
	*ns = value;
	return READ_DONE;
}

bool when_parse(struct str text, int64_t now_ns, int64_t *ns, struct err *err)
{
	static enum reading (*const readers[])(struct reader *, int64_t *) = {
		read_epoch,
		read_now,
		read_day,
		read_signed,
		read_clock,
		read_ago,
		read_stamp,
	};
	struct str body = str_trim(text);
	size_t pos = (size_t)(body.ptr - text.ptr);
	if (body.len == 0)
		return err_set_at(err, pos, "a time is missing here (%s)", FORMS);
	if (body.len > TEXT_MAX)
		return err_set_at(err, pos, "too long for a time (%s)", FORMS);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct reader r = {.text = body, .now_ns = now_ns, .err = err};
		enum reading done = readers[i](&r, ns);
		if (done == READ_FAILED && err != NULL)
			err->pos += pos;
		if (done != READ_OTHER)
			return done == READ_DONE;
	}
	return err_set_at(
		err, pos, "not a time: '%.*s' (%s)", (int)body.len, body.ptr, FORMS);
}

int64_t when_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static const struct unit units[UNITS] = {
	{"s", 1},
	{"sec", 1},
	{"second", 1},
	{"m", 60},
	{"min", 60},
	{"minute", 60},
	{"h", 3600},
	{"hr", 3600},
	{"hour", 3600},
	{"d", 86400},
	{"day", 86400},
	{"w", 604800},
	{"week", 604800},
};

static const struct day days[DAYS] = {
	{"today", 0},
	{"yesterday", -1},
	{"tomorrow", 1},
};
