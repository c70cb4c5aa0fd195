/*
 * stamp: writing times. strftime and localtime_r per record would cost more than all the
 * rest of a record's way, so that the digits are made here and the offset of the zone is
 * kept for the minute it was asked for last.
 */
#include "core/stamp.h"

#include <time.h>

#define DAY_SECONDS 86400

struct civil {
	unsigned year, month, day;
	unsigned hour, minute, second;
	unsigned ns;
};

/* How far the zone of the process is ahead of UTC; kept by each thread that writes. */
static _Thread_local struct {
	bool valid;
	unsigned zone; /* stamp_zone when it was found */
	int64_t minute;
	int64_t seconds;
} offset;

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t offset_seconds(int64_t ns)
{
	int64_t minute = floor_div(ns, 60 * NS_PER_SECOND);
	if (offset.valid && offset.minute == minute && offset.zone == stamp_zone)
		return offset.seconds;
	time_t seconds = (time_t)(minute * 60);
	struct tm tm;
	offset.seconds = localtime_r(&seconds, &tm) ? tm.tm_gmtoff : 0;
	offset.minute = minute;
	offset.zone = stamp_zone;
	offset.valid = true;
	return offset.seconds;
}

/* Whether the clock shows the same time DISTANCE seconds after SECONDS. */
static bool shows_again(int64_t seconds, int64_t distance)
{
	time_t here = (time_t)seconds, there = (time_t)(seconds + distance);
	struct tm a, b;

	return localtime_r(&here, &a) && localtime_r(&there, &b) &&
	       b.tm_gmtoff + distance == a.tm_gmtoff;
}

bool stamp_is_twice(int64_t ns)
{
	static _Thread_local struct {
		bool valid, twice;
		unsigned zone;
		int64_t minute;
	} last;
	int64_t minute = floor_div(ns, 60 * NS_PER_SECOND);

	if (!last.valid || last.minute != minute || last.zone != stamp_zone) {
		last.twice = shows_again(minute * 60, 3600) ||
			     shows_again(minute * 60, -3600);
		last.minute = minute;
		last.zone = stamp_zone;
		last.valid = true;
	}
	return last.twice;
}

/* The date and time of NS, SHIFT seconds ahead of UTC. */
static struct civil civil_from(int64_t ns, int64_t shift)
{
	int64_t seconds = floor_div(ns, NS_PER_SECOND) + shift;
	int64_t within = ns % NS_PER_SECOND;
	int64_t days = floor_div(seconds, DAY_SECONDS);
	unsigned of_day = (unsigned)(seconds - days * DAY_SECONDS);
	/* Eras of 400 years, whose years begin in March. */
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned month = mp < 10 ? mp + 3 : mp - 9;
	return (struct civil){
		.year = (unsigned)(yoe + era * 400) + (month <= 2),
		.month = month,
		.day = doy - (153 * mp + 2) / 5 + 1,
		.hour = of_day / 3600,
		.minute = of_day / 60 % 60,
		.second = of_day % 60,
		.ns = (unsigned)(within < 0 ? within + NS_PER_SECOND : within),
	};
}

/* N in two digits and MARK. */
static char *put_two(char *p, unsigned n, char mark)
{
	p[0] = (char)('0' + n / 10);
	p[1] = (char)('0' + n % 10);
	p[2] = mark;
	return p + 3;
}

static char *put_date(char *p, const struct civil *c, char joint)
{
	p = put_two(p, c->year / 100, 0) - 1;
	p = put_two(p, c->year % 100, '-');
	p = put_two(p, c->month, '-');
	return put_two(p, c->day, joint);
}

/* A point and the first DIGITS digits of NS; nothing for 0. */
static char *put_fraction(char *p, unsigned ns, int digits)
{
	if (digits <= 0)
		return p;
	*p++ = '.';
	for (int i = 8; i >= 0; i--) {
		p[i] = (char)('0' + ns % 10);
		ns /= 10;
	}
	return p + (digits < 9 ? digits : 9);
}

static char *put_clock(char *p, const struct civil *c)
{
	p = put_two(p, c->hour, ':');
	p = put_two(p, c->minute, ':');
	return put_two(p, c->second, '.') - 1;
}

static char *put_time(char *p, const struct civil *c, int digits)
{
	return put_fraction(put_clock(p, c), c->ns, digits);
}

void stamp_put_rfc3339(struct buf *out, int64_t ns)
{
	char text[40];
	struct civil c = civil_from(ns, 0);
	char *p = put_time(put_date(text, &c, 'T'), &c, 9);
	*p++ = 'Z';
	buf_put(out, text, (size_t)(p - text));
}

/* What follows each other is mostly of the same second. */
void stamp_put_local(struct buf *out, int64_t ns, int digits)
{
	static _Thread_local struct {
		bool valid;
		unsigned zone;
		int64_t second;
		char text[sizeof("2026-11-20 16:58:54") - 1];
	} last;
	int64_t second = floor_div(ns, NS_PER_SECOND);
	char text[40], *p = text + sizeof(last.text);

	if (!last.valid || last.second != second || last.zone != stamp_zone) {
		struct civil c = civil_from(ns, offset_seconds(ns));
		put_clock(put_date(text, &c, ' '), &c);
		memcpy(last.text, text, sizeof(last.text));
		last.second = second;
		last.zone = stamp_zone;
		last.valid = true;
	}
	memcpy(text, last.text, sizeof(last.text));
	p = put_fraction(p, (unsigned)(ns - second * NS_PER_SECOND), digits);
	buf_put(out, text, (size_t)(p - text));
}

void stamp_put_clock(struct buf *out, int64_t ns, int digits)
{
	char text[40];
	struct civil c = civil_from(ns, offset_seconds(ns));
	char *p = put_time(text, &c, digits);
	buf_put(out, text, (size_t)(p - text));
}

void stamp_put_offset(struct buf *out, int64_t ns)
{
	char text[8];
	int64_t seconds = offset_seconds(ns);
	unsigned minutes = (unsigned)(seconds < 0 ? -seconds : seconds) / 60;
	text[0] = seconds < 0 ? '-' : '+';
	char *p = put_two(text + 1, minutes / 60, ':');
	p = put_two(p, minutes % 60, 0) - 1;
	buf_put(out, text, (size_t)(p - text));
}
