/*
 * stamp: reading and zones. Almost every stamp is in the minute of the one before it, so
 * the minute is compared as 16 bytes and only seconds, fraction and zone are read.
 * Epochs and writing are in stamp_epoch.c and stamp_put.c.
 */
#include "core/stamp.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/err.h"

#define MINUTE_LEN 16
#define MINUTE_NS (60 * NS_PER_SECOND)
#define HOUR_NS (60 * MINUTE_NS)
/* Threads of one source may be apart in time: by this much a stamp may go back. */
#define DISORDER_NS MINUTE_NS
#define ZONE_MAX 64

unsigned stamp_zone;

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool is_alnum(char c)
{
	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Two digits as a number, or -1. */
static inline int two_digits(const char *p)
{
	if (!is_digit(p[0]) || !is_digit(p[1]))
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool date_exists(int year, int month, int day)
{
	static const char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= lengths[month - 1] + (leap && month == 2);
}

/* Reads the 16 bytes of date, hour and minute at P into the cache. */
static __attribute__((noinline)) bool load_minute(struct stamp_cache *cache, const char *p)
{
	char separator = p[4];
	if ((separator != '-' && separator != '/' && separator != '.') || p[7] != separator ||
		p[13] != ':')
		return false;
	char joint = p[10];
	if (joint != ' ' && joint != 'T' && joint != 't' && joint != '_')
		return false;
	int century = two_digits(p), year = two_digits(p + 2);
	int month = two_digits(p + 5), day = two_digits(p + 8);
	int hour = two_digits(p + 11), minute = two_digits(p + 14);
	if (hour < 0 && joint == ' ' && p[11] == ' ' && is_digit(p[12]))
		hour = p[12] - '0'; /* MariaDB pads with a blank */
	if (century < 0 || year < 0 || hour < 0 || minute < 0)
		return false;
	year += century * 100;
	if (!date_exists(year, month, day) || hour > 24 || minute > 59)
		return false;
	if (hour == 24 && minute != 0)
		return false;
	int64_t days = stamp_days(year, (unsigned)month, (unsigned)day);
	if (cache->local_known)
		cache->last_ns = cache->local_ns;
	cache->utc_ns = ((days * 24 + hour) * 60 + minute) * MINUTE_NS;
	cache->local_known = false;
	memcpy(cache->minute, p, MINUTE_LEN);
	/* 24:00 has no other seconds than :00, so it is read anew each time. */
	cache->valid = hour != 24;
	return true;
}

/* Whether the zone's clock shows the same time at NS as the UTC clock at WALL. */
static bool shows(int64_t ns, const struct tm *wall)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm tm;
	return localtime_r(&seconds, &tm) && tm.tm_min == wall->tm_min &&
	       tm.tm_hour == wall->tm_hour;
}

/* Reads the cached minute in the zone of the process. Where a clock is set back an hour
 * its times come twice: the first reading is right unless the source is beyond it. */
static __attribute__((noinline)) void resolve_local(struct stamp_cache *cache)
{
	time_t utc = (time_t)(cache->utc_ns / NS_PER_SECOND);
	struct tm wall, tm;
	int64_t ns = cache->utc_ns;
	if (gmtime_r(&utc, &wall)) {
		tm = wall;
		tm.tm_isdst = -1;
		ns = (int64_t)mktime(&tm) * NS_PER_SECOND;
		if (shows(ns - HOUR_NS, &wall))
			ns -= HOUR_NS;
		if (ns < cache->last_ns - DISORDER_NS && shows(ns + HOUR_NS, &wall))
			ns += HOUR_NS;
	}
	cache->local_ns = ns;
	cache->local_known = true;
}

/* The fraction at P, of which LEFT bytes belong to the text; its digits in *COUNT. Reads
 * eight digits at a time: TEXT_PAD allows it. */
static inline int64_t fraction_ns(const char *p, size_t left, size_t *count)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	word = le64toh(word) ^ UINT64_C(0x3030303030303030);
	uint64_t other = (word | (word + UINT64_C(0x7676767676767676))) &
			 UINT64_C(0x8080808080808080);
	size_t n = other ? (size_t)__builtin_ctzll(other) / 8 : 8;
	if (n > left)
		n = left;
	*count = n;
	if (n == 0)
		return 0;
	if (n < 8)
		word &= (UINT64_C(1) << (8 * n)) - 1; /* digits left out count as 0 */
	word = word * 10 + (word >> 8);
	word = ((word & UINT64_C(0xff000000ff)) * UINT64_C(0xf424000000064) +
		       ((word >> 16) & UINT64_C(0xff000000ff)) * UINT64_C(0x271000000001)) >>
	       32;
	int64_t ns = (int64_t)(uint32_t)word * 10;
	if (n == 8 && left > 8 && is_digit(p[8])) {
		ns += p[8] - '0';
		while (n < left && is_digit(p[n]))
			n++;
		*count = n;
	}
	return ns;
}

/* +hh, +hhmm or +hh:mm at P in S; the bytes it takes, or 0. */
static size_t parse_offset(struct str s, int64_t *offset_ns)
{
	if (s.len < 3)
		return 0;
	int hours = two_digits(s.ptr + 1), minutes = 0;
	size_t n = 3;
	if (hours < 0 || hours > 14)
		return 0;
	size_t colon = s.len > 3 && s.ptr[3] == ':';
	if (s.len >= 5 + colon && two_digits(s.ptr + 3 + colon) >= 0) {
		minutes = two_digits(s.ptr + 3 + colon);
		n = 5 + colon;
	}
	if (minutes > 59 || (n < s.len && is_alnum(s.ptr[n])))
		return 0;
	int64_t offset = (hours * 60 + minutes) * MINUTE_NS;
	*offset_ns = s.ptr[0] == '-' ? -offset : offset;
	return n;
}

#define WORD3(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)
#define WORD4(a, b, c, d) (WORD3(a, b, c) | (uint32_t)(d) << 24)

#define NO_ZONE 99

/* The hours of a zone's abbreviation or NO_ZONE; CST, IST and BST mean too much. */
static int abbreviation_hours(uint32_t word)
{
	switch (word) {
	case WORD3('U', 'T', 'C'):
	case WORD3('G', 'M', 'T'):
	case WORD3('W', 'E', 'T'):
		return 0;
	case WORD3('C', 'E', 'T'):
	case WORD4('W', 'E', 'S', 'T'):
		return 1;
	case WORD4('C', 'E', 'S', 'T'):
	case WORD3('E', 'E', 'T'):
		return 2;
	case WORD4('E', 'E', 'S', 'T'):
	case WORD3('M', 'S', 'K'):
		return 3;
	case WORD3('J', 'S', 'T'):
		return 9;
	case WORD3('E', 'D', 'T'):
		return -4;
	case WORD3('E', 'S', 'T'):
		return -5;
	case WORD3('M', 'D', 'T'):
		return -6;
	case WORD3('M', 'S', 'T'):
	case WORD3('P', 'D', 'T'):
		return -7;
	case WORD3('P', 'S', 'T'):
		return -8;
	default:
		return NO_ZONE;
	}
}

static size_t parse_abbreviation(struct str s, int64_t *offset_ns)
{
	size_t n = s.len > 3 && is_alnum(s.ptr[3]) ? 4 : 3;
	if (s.len < n || (s.len > n && is_alnum(s.ptr[n])))
		return 0;
	const char *p = s.ptr;
	uint32_t word = WORD3(p[0], p[1], p[2]);
	if (n == 4)
		word |= (uint32_t)(unsigned char)p[3] << 24;
	int hours = abbreviation_hours(word);
	if (hours == NO_ZONE)
		return 0;
	*offset_ns = hours * HOUR_NS;
	return n;
}

/* The zone at the start of S; the bytes it takes, or 0 for none. */
static inline size_t parse_zone(struct str s, int64_t *offset_ns)
{
	if (s.len == 0)
		return 0;
	size_t blank = s.ptr[0] == ' ', n = 0;
	if (s.len == blank)
		return 0;
	char c = s.ptr[blank];
	if (c == 'Z' || c == 'z') {
		n = s.len == blank + 1 || !is_alnum(s.ptr[blank + 1]);
		*offset_ns = 0;
	} else if (c == '+' || c == '-') {
		n = parse_offset(str_skip(s, blank), offset_ns);
	} else if (blank && (unsigned char)(c - 'C') <= 'W' - 'C') {
		n = parse_abbreviation(str_skip(s, blank), offset_ns);
	}
	return n ? n + blank : 0;
}

/* The seconds and fraction at the start of S, which is what follows hh:mm; the bytes they
 * take, or 0 if this is no time. NONE says that there are none, which is one, too. */
static inline size_t parse_seconds(struct str s, int64_t *ns, bool *none)
{
	*none = s.len == 0 || (s.ptr[0] != ':' && !is_digit(s.ptr[0]));
	*ns = 0;
	if (*none)
		return 0;
	if (s.len < 3 || s.ptr[0] != ':')
		return 0;
	int seconds = two_digits(s.ptr + 1);
	if (seconds < 0 || seconds > 60)
		return 0;
	*ns = seconds * NS_PER_SECOND;
	if (s.len == 3)
		return 3;
	char mark = s.ptr[3];
	if (mark != ',' && mark != '.' && mark != ':')
		return is_digit(mark) ? 0 : 3;
	size_t digits;
	int64_t fraction = fraction_ns(s.ptr + 4, s.len - 4, &digits);
	/* 16:58:54:539 has ms, 16:58:54:8619:text has something else. */
	if (digits == 0 || (mark == ':' && digits != 3 && digits != 6 && digits != 9))
		return 3;
	*ns += fraction;
	return 4 + digits;
}

/* The same offset as last time at the start of S; the bytes it takes, or 0. Reads at most
 * TEXT_PAD behind it. */
static inline size_t known_zone(
	const struct stamp_cache *cache, struct str s, int64_t *offset_ns)
{
	if (cache->zone[0] == 0 || s.len <= sizeof(cache->zone) ||
		memcmp(s.ptr, cache->zone, sizeof(cache->zone)) != 0 || is_alnum(s.ptr[6]))
		return 0;
	*offset_ns = cache->offset_ns;
	return sizeof(cache->zone);
}

/* As stamp_parse; the local zone is not looked at when NS is NULL. */
static inline size_t parse(struct stamp_cache *cache, struct str s, int64_t *ns)
{
	if (s.len < MINUTE_LEN)
		return 0;
	if ((!cache->valid || memcmp(s.ptr, cache->minute, MINUTE_LEN) != 0) &&
		!load_minute(cache, s.ptr))
		return 0;
	int64_t within, offset_ns;
	bool none;
	size_t n = parse_seconds(str_skip(s, MINUTE_LEN), &within, &none);
	if ((n == 0 && !none) || (!cache->valid && within != 0))
		return 0;
	n += MINUTE_LEN;
	size_t zone = known_zone(cache, str_skip(s, n), &offset_ns);
	if (zone == 0)
		zone = parse_zone(str_skip(s, n), &offset_ns);
	if (zone == sizeof(cache->zone) && s.ptr[n + 3] == ':') {
		memcpy(cache->zone, s.ptr + n, sizeof(cache->zone));
		cache->offset_ns = offset_ns;
	}
	if (!ns)
		return n + zone;
	if (zone) {
		*ns = cache->utc_ns + within - offset_ns;
		return n + zone;
	}
	if (!cache->local_known)
		resolve_local(cache);
	*ns = cache->local_ns + within;
	return n;
}

/* Whether there is a file of that name in the time zone database. */
static bool zone_exists(const char *zone)
{
	char path[sizeof("/usr/share/zoneinfo/") + ZONE_MAX];
	size_t len = strlen(zone);
	if (len == 0 || len > ZONE_MAX || zone[0] == '/' || zone[0] == '.')
		return false;
	for (const char *p = zone; *p; p++) {
		if (!is_alnum(*p) && !strchr("_+-/", *p))
			return false;
	}
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
	char magic[4] = "";
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool good = fread(magic, sizeof(magic), 1, file) == 1;
	fclose(file);
	return good && memcmp(magic, "TZif", sizeof(magic)) == 0;
}

size_t stamp_parse(struct stamp_cache *cache, struct str s, int64_t *ns)
{
	return parse(cache, s, ns);
}

size_t stamp_skip(struct str s)
{
	struct stamp_cache cache = {0};
	return parse(&cache, s, NULL);
}

bool stamp_set_zone(const char *zone, struct err *err)
{
	char tz[32];
	struct str s = str_from(zone);
	int64_t offset_ns;
	if (strcasecmp(zone, "local") == 0) {
		tzset();
		return true;
	}
	if (strcasecmp(zone, "utc") == 0) {
		zone = "UTC0";
	} else if (s.len > 0 && (zone[0] == '+' || zone[0] == '-')) {
		if (parse_offset(s, &offset_ns) != s.len)
			return err_set(err, "no such time zone '%s': use +HH:MM", zone);
		/* POSIX counts west of Greenwich, people east. */
		int minutes = abs((int)(offset_ns / MINUTE_NS));
		snprintf(tz, sizeof(tz), "<%c%02d%02d>%c%02d:%02d", zone[0], minutes / 60,
			minutes % 60, zone[0] == '+' ? '-' : '+', minutes / 60,
			minutes % 60);
		zone = tz;
	} else if (!zone_exists(zone)) {
		return err_set(err,
			"no such time zone '%s': use local, utc, +HH:MM or a name such as "
			"Europe/Berlin",
			zone);
	}
	setenv("TZ", zone, 1);
	tzset();
	stamp_zone++;
	return true;
}

int64_t stamp_days(int64_t year, unsigned month, unsigned day)
{
	/* Years begin in March, so that the leap day is their last. */
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
