/*
 * stamp: syslog's "Nov 20 18:05:35". It is written anew as an ISO stamp, the same date mostly
 * being the one of the line before, and read as that.
 */
#include <time.h>

#include "core/stamp.h"

#define DAY_NS (86400 * NS_PER_SECOND)
#define HALF_YEAR_NS (183 * DAY_NS)
#define YEARS_BACK 9 /* leap years may be eight years apart */
#define LEAP_YEAR 2000
#define DATE_LEN 7   /* "Nov 20 " */
#define ISO_LEN 11   /* "2026-11-20 " */
#define CLOCK_LEN 8  /* "18:05:35" */
#define REST_MAX 48  /* of what follows the date: a clock, a fraction, a zone */
#define LOOK_MAX 16  /* what stamp_parse looks at behind its text */

struct bsd {
	unsigned month, day, year; /* year 0: not said */
	size_t clock;              /* where the time of day begins */
};

/* An ISO stamp as it is put together. */
struct iso {
	char text[ISO_LEN + REST_MAX + LOOK_MAX];
	size_t len;
};

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool is_alnum(char c)
{
	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* 1 to 12, or 0. */
static unsigned month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; i < 12; i++) {
		if (memcmp(p, names + 3 * (size_t)i, 3) == 0)
			return i + 1;
	}
	return 0;
}

/* A year of four digits at P, or 0. */
static unsigned year_of(const char *p)
{
	if ((p[0] != '1' && p[0] != '2') || !is_digit(p[1]) || !is_digit(p[2]) ||
		!is_digit(p[3]))
		return 0;
	return (unsigned)((p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 +
			  (p[3] - '0'));
}

/* The date at the start of S: "Nov  2 ", "Nov 20 2026 ". TEXT_PAD makes looking safe. */
static bool read_date(struct str s, struct bsd *b)
{
	const char *p = s.ptr;
	size_t at = 4;

	if (s.len < DATE_LEN + CLOCK_LEN - 1 || p[3] != ' ')
		return false;
	b->month = month_of(p);
	if (b->month == 0)
		return false;
	at += p[at] == ' ';
	if (!is_digit(p[at]))
		return false;
	b->day = (unsigned)(p[at++] - '0');
	if (is_digit(p[at]))
		b->day = b->day * 10 + (unsigned)(p[at++] - '0');
	if (p[at++] != ' ')
		return false;
	b->year = 0;
	if (p[at + 2] != ':') {
		b->year = year_of(p + at);
		if (b->year == 0 || p[at + 4] != ' ')
			return false;
		at += 5;
	}
	b->clock = at;
	return s.len >= at + CLOCK_LEN && is_digit(p[at + 1]) && p[at + 5] == ':';
}

static void put_year(struct iso *iso, unsigned year)
{
	for (int i = 3; i >= 0; i--, year /= 10)
		iso->text[i] = (char)('0' + year % 10);
}

static void put_date(struct iso *iso, const struct bsd *b)
{
	char *p = iso->text;

	put_year(iso, b->year);
	p[4] = p[7] = '-';
	p[5] = (char)('0' + b->month / 10);
	p[6] = (char)('0' + b->month % 10);
	p[8] = (char)('0' + b->day / 10);
	p[9] = (char)('0' + b->day % 10);
	p[10] = ' ';
}

/* What follows the date in S, from CLOCK on. */
static void put_rest(struct iso *iso, struct str s, size_t clock)
{
	size_t rest = s.len - clock;

	memcpy(iso->text + ISO_LEN, s.ptr + clock, REST_MAX);
	memset(iso->text + ISO_LEN + REST_MAX, 0, LOOK_MAX);
	iso->len = ISO_LEN + (rest < REST_MAX ? rest : REST_MAX);
}

/* Whether a stamp of N bytes is one with seconds, and ends where it ends. */
static inline bool is_whole(const struct iso *iso, size_t n)
{
	return n >= ISO_LEN + CLOCK_LEN && (n >= iso->len || !is_alnum(iso->text[n]));
}

/* Reads ISO, for which nothing but the local zone depends on CACHE; the bytes it takes
 * without the date, or 0. */
static size_t read_iso(struct stamp_cache *cache, const struct iso *iso, int64_t *ns)
{
	size_t n = stamp_parse(cache, (struct str){iso->text, iso->len}, ns);

	return is_whole(iso, n) ? n - ISO_LEN : 0;
}

static int64_t now_of(const struct stamp_year *year)
{
	struct timespec now;

	if (year->now != 0)
		return year->now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* Puts the year into ISO that is the last one at most a day behind now; false if there is
 * none: 30 February. */
static bool find_year(const struct stamp_year *year, struct iso *iso)
{
	struct stamp_cache scratch = {0};
	int64_t now = now_of(year), ns;
	/* Years have 365.2425 days; this is one too many at most. */
	unsigned last = (unsigned)(1970 + now / DAY_NS * 400 / 146097 + 1);

	for (unsigned y = last; y + YEARS_BACK > last; y--) {
		put_year(iso, y);
		if (read_iso(&scratch, iso, &ns) == 0 || ns > now + DAY_NS)
			continue;
		if (!year->forward || year->last == 0 || ns >= year->last - HALF_YEAR_NS)
			return true;
		put_year(iso, y + 1);
		if (read_iso(&scratch, iso, &ns) > 0)
			return true;
		put_year(iso, y);
		return true;
	}
	return false;
}

/* The stamp of which S says no year. */
static size_t read_yearless(struct stamp_cache *cache, struct stamp_year *year, struct str s,
	const struct bsd *b, int64_t *ns)
{
	struct iso iso;
	size_t n;

	put_rest(&iso, s, b->clock);
	put_date(&iso, b);
	if (!find_year(year, &iso))
		return 0;
	n = read_iso(cache, &iso, ns);
	if (n == 0)
		return 0;
	year->last = *ns;
	year->date[0] = 0;
	if (b->clock == DATE_LEN) {
		memcpy(year->date, s.ptr, DATE_LEN);
		memcpy(year->iso, iso.text, ISO_LEN);
	}
	return b->clock + n;
}

/* The same date as last time, in a year that is still right. */
static inline size_t read_known(
	struct stamp_cache *cache, const struct stamp_year *year, struct str s, int64_t *ns)
{
	struct iso iso;
	int64_t read;
	size_t n;

	if (year->date[0] == 0 || s.len < DATE_LEN + CLOCK_LEN ||
		memcmp(s.ptr, year->date, DATE_LEN) != 0)
		return 0;
	put_rest(&iso, s, DATE_LEN);
	memcpy(iso.text, year->iso, ISO_LEN);
	n = read_iso(cache, &iso, &read);
	if (n == 0 || read > year->now + DAY_NS || read < year->now - 364 * DAY_NS)
		return 0;
	*ns = read;
	return DATE_LEN + n;
}

static size_t read_dated(
	struct stamp_cache *cache, struct str s, const struct bsd *b, int64_t *ns)
{
	struct iso iso;
	size_t n;

	put_rest(&iso, s, b->clock);
	put_date(&iso, b);
	n = read_iso(cache, &iso, ns);
	return n > 0 ? b->clock + n : 0;
}

/* " 2026" behind N bytes of stamp, or 0. */
static inline unsigned year_behind(struct str s, size_t n)
{
	if (n + 5 > s.len || s.ptr[n] != ' ' || !is_digit(s.ptr[n + 1]))
		return 0;
	if (n + 5 < s.len && s.ptr[n + 5] != ' ' && s.ptr[n + 5] != ':')
		return 0;
	return year_of(s.ptr + n + 1);
}

size_t stamp_parse_bsd(
	struct stamp_cache *cache, struct stamp_year *year, struct str s, int64_t *ns)
{
	struct bsd b;
	int64_t read;
	size_t n = read_known(cache, year, s, &read);

	if (n == 0) {
		if (!read_date(s, &b))
			return 0;
		n = b.year != 0 ? read_dated(cache, s, &b, &read) :
				  read_yearless(cache, year, s, &b, &read);
		if (n == 0)
			return 0;
	}
	if (year_behind(s, n) != 0 && read_date(s, &b) && b.year == 0) {
		b.year = year_behind(s, n);
		if (read_dated(cache, s, &b, &read) > 0)
			n += 5;
	}
	*ns = read;
	return n;
}

/* The bytes of the stamp of S in the year that B has; no zone is looked up. */
static size_t skip_dated(struct str s, const struct bsd *b)
{
	struct iso iso;
	size_t n;

	put_rest(&iso, s, b->clock);
	put_date(&iso, b);
	n = stamp_skip((struct str){iso.text, iso.len});
	return is_whole(&iso, n) ? b->clock + n - ISO_LEN : 0;
}

size_t stamp_skip_bsd(struct str s)
{
	struct bsd b;
	size_t n;
	bool said;

	if (!read_date(s, &b))
		return 0;
	said = b.year != 0;
	if (!said)
		b.year = LEAP_YEAR;
	n = skip_dated(s, &b);
	if (n == 0 || said || year_behind(s, n) == 0)
		return n;
	b.year = year_behind(s, n);
	return skip_dated(s, &b) > 0 ? n + 5 : n;
}
