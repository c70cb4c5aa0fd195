/*
 * stamp: times as programs write them, to and from ns since 1970-01-01 UTC.
 *
 *	struct stamp_cache cache = {0};          // one a reader
 *	size_t n = stamp_parse(&cache, str, &ns);  // bytes taken, 0: no stamp here
 *
 * Understands YYYY-MM-DD[T _]hh:mm[:ss[(.|,|:)f{1,}]][ ][Z|+hh[:]mm|+hh|UTC|CET|...], with
 * - / or . in the date (ISO 8601, RFC 3339, Python's asctime, Loguru), years 1970 to 2200,
 * second 60 (the next second), 24:00. More than 9 digits of fraction are cut. Stamps
 * without a zone are in the zone of the process (the TZ variable, which cli/ sets from
 * --tz); of an hour that comes twice the reading that goes on from the last stamp is taken.
 * A blank before a zone is taken as part of the stamp only if a zone follows it. Of zone
 * abbreviations only those are known that mean the same everywhere.
 *
 * stamp_parse_bsd reads syslog's Mmm dd [YYYY] hh:mm:ss[.f][ zone][ YYYY] (RFC 3164, 4.1.2
 * and what became of it), in which the year is mostly missing.
 */
#ifndef CORE_STAMP_H
#define CORE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/str.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* The minute parsed last: the next record is mostly in the same one. Zeroed is empty. */
struct stamp_cache {
	char minute[16];   /* "2026-11-20 16:58" */
	bool valid;
	bool local_known;  /* local_ns is worked out when the first stamp needs it */
	int64_t utc_ns;    /* of that minute if it is read as UTC */
	int64_t local_ns;  /* of that minute if it is read in the zone of the process */
	char zone[6];      /* "+01:00", the offset parsed last */
	int64_t offset_ns; /* and what it means */
	int64_t last_ns;   /* the local minute before it; decides when a clock goes back */
};

/* What the year of a stamp without one is found by: the result is the last that is at most
 * a day behind NOW. Zeroed is valid. */
struct stamp_year {
	int64_t now;     /* the arrival, or when a file was last written; 0: the clock */
	int64_t last;    /* of the date before this one; 0: none */
	bool forward;    /* a file from its start: half a year back is the year after */
	char date[7];    /* "Nov 20 ", the date read last */
	char iso[11];    /* and what it means: "2026-11-20 " */
};

/* The stamp at the start of S, which must have TEXT_PAD readable bytes after it. Returns
 * the bytes it takes and sets *NS, or 0 and leaves *NS alone. */
size_t stamp_parse(struct stamp_cache *cache, struct str s, int64_t *ns);

/* The bytes that the stamp at the start of S takes, likewise, or 0. */
size_t stamp_skip(struct str s);

/* Likewise for syslog's. A stamp that is 29 February is in a leap year. */
size_t stamp_parse_bsd(struct stamp_cache *cache, struct stamp_year *year, struct str s,
	int64_t *ns);
size_t stamp_skip_bsd(struct str s);

/* A time as a decimal number that is the whole of S: 9-10 digits are seconds, 13 ms, 16
 * us, 19 ns, each with or without a fraction and an exponent; 2000 to 2100 only; parsed
 * in integers. False if it is none. */
bool stamp_parse_epoch(struct str s, int64_t *ns);

/* 2026-11-20T16:58:54.539000000Z: RFC 3339, UTC, nanoseconds. */
void stamp_put_rfc3339(struct buf *out, int64_t ns);
/* 2026-11-20 16:58:54.539123 in the zone of the process, DIGITS (0..9) of fraction. */
void stamp_put_local(struct buf *out, int64_t ns, int digits);
/* 16:58:54.539, likewise. */
void stamp_put_clock(struct buf *out, int64_t ns, int digits);
/* Whether a clock of the process's zone shows the time NS twice, an hour apart: then it
 * cannot be read back without its offset. */
bool stamp_is_twice(int64_t ns);
/* +01:00, the offset of the process's zone at NS. */
void stamp_put_offset(struct buf *out, int64_t ns);

/* The zone of the process: "local", "utc", a TZ database name or +HH:MM. Sets TZ; call it
 * before any thread is made. False with a message if there is no such zone. */
struct err;
bool stamp_set_zone(const char *zone, struct err *err);
/* Goes up with each change of the zone. */
extern unsigned stamp_zone;

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
int64_t stamp_days(int64_t year, unsigned month, unsigned day);

#endif
