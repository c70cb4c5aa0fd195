/*
 * output_time: times in the styles of --time. Records that follow each other are mostly
 * of the same second, whose text is kept.
 */
#include "cli/output.h"

#define MICROS 6
#define MILLIS 3

/* The columns that a style takes, for those of fixed width. */
static const struct {
	uint8_t width;
	bool right;
} columns[] = {
	[TIME_ISO] = {32, false},
	[TIME_CLOCK] = {12, false},
	[TIME_RELATIVE] = {10, true},
	[TIME_DELTA] = {10, true},
	[TIME_EPOCH] = {17, true},
	[TIME_RAW] = {23, false},
};

#define DEFAULT_WIDTH 23 /* 2026-11-20 16:58:54.539 */

/* NS in whole seconds, downwards; what is over goes to *NANOS. */
static int64_t split_seconds(int64_t ns, uint32_t *nanos)
{
	int64_t second = ns / NS_PER_SECOND;
	int64_t rest = ns % NS_PER_SECOND;

	if (rest < 0) {
		rest += NS_PER_SECOND;
		second--;
	}
	*nanos = (uint32_t)rest;
	return second;
}

/* A point and the first DIGITS digits of NANOS. */
static void put_fraction(struct buf *out, uint32_t nanos, unsigned digits)
{
	char text[10] = ".";

	for (unsigned i = 9; i > 0; i--) {
		text[i] = (char)('0' + nanos % 10);
		nanos /= 10;
	}
	buf_put(out, text, 1 + digits);
}

static void put_number(struct buf *out, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_put(out, text + at, sizeof(text) - at);
}

/* The text of the second of NS up to its fraction, from CACHE. */
static uint32_t put_second(struct output_second *cache, int64_t ns,
	void (*write)(struct buf *out, int64_t ns), struct buf *out)
{
	uint32_t nanos;
	int64_t second = split_seconds(ns, &nanos);

	if (cache->len == 0 || cache->second != second) {
		size_t start = out->len;
		write(out, ns - nanos);
		const char *point = memchr(out->ptr + start, '.', out->len - start);
		if (point != NULL)
			out->len = (size_t)(point - out->ptr);
		if (out->len - start > sizeof(cache->text))
			return nanos;
		cache->second = second;
		cache->len = (uint32_t)(out->len - start);
		memcpy(cache->text, out->ptr + start, cache->len);
		return nanos;
	}
	buf_put(out, cache->text, cache->len);
	return nanos;
}

static void write_local(struct buf *out, int64_t ns)
{
	stamp_put_local(out, ns, 0);
}

static void put_iso(struct output *o, int64_t ns, struct buf *out)
{
	size_t start = out->len;
	uint32_t nanos = put_second(&o->local, ns, write_local, out);
	char *blank = memchr(out->ptr + start, ' ', out->len - start);

	if (blank != NULL)
		*blank = 'T';
	put_fraction(out, nanos, MICROS);
	stamp_put_offset(out, ns);
}

/* NS as seconds with a sign. */
static void put_span(struct buf *out, int64_t to, int64_t from)
{
	uint64_t ns =
		to < from ? (uint64_t)from - (uint64_t)to : (uint64_t)to - (uint64_t)from;

	buf_put_char(out, to < from ? '-' : '+');
	put_number(out, ns / (uint64_t)NS_PER_SECOND);
	put_fraction(out, (uint32_t)(ns % (uint64_t)NS_PER_SECOND), MILLIS);
}

static void put_epoch(struct buf *out, int64_t ns)
{
	uint32_t nanos;
	int64_t second = split_seconds(ns, &nanos);

	if (second < 0) {
		/* -0.5 is second -1 and half a second more. */
		buf_put_char(out, '-');
		second = -second - (nanos > 0);
		nanos = nanos > 0 ? (uint32_t)NS_PER_SECOND - nanos : 0;
	}
	put_number(out, (uint64_t)second);
	put_fraction(out, nanos, MICROS);
}

/* The stamp as it stands in the record's text, behind colours and brackets, if there is
 * one at its beginning. */
static bool put_raw(struct output *o, const struct record *r, struct buf *out)
{
	struct str line = {r->text, r->head};
	int64_t ns;
	size_t n;

	while (line.len > 0) {
		n = *line.ptr == '[' ? 1 : escape_sgr(line);
		if (n == 0)
			break;
		line = str_skip(line, n);
	}
	n = stamp_parse(&o->stamp, line, &ns);
	output_put_text(o, out, str_make(line.ptr, n), ESCAPE_LINE);
	return n > 0;
}

void output_put_time(struct output *o, const struct record *r, struct buf *out)
{
	if (r->time == TIME_NONE)
		return;
	switch (o->options.time) {
	case TIME_CLOCK:
		stamp_put_clock(out, r->time, MILLIS);
		return;
	case TIME_RELATIVE:
		put_span(out, r->time, o->first_time);
		return;
	case TIME_DELTA:
		put_span(
			out, r->time, o->last_time != TIME_NONE ? o->last_time : r->time);
		return;
	case TIME_EPOCH:
		put_epoch(out, r->time);
		return;
	case TIME_RAW:
		if (put_raw(o, r, out))
			return;
		put_iso(o, r->time, out);
		return;
	case TIME_ISO:
		put_iso(o, r->time, out);
		return;
	}
}

void output_put_time_column(struct output *o, const struct record *r, struct buf *out)
{
	size_t width =
		o->options.time_given ? columns[o->options.time].width : DEFAULT_WIDTH;
	size_t start = out->len;
	size_t used;

	if (!o->options.time_given && r->time != TIME_NONE) {
		uint32_t nanos = put_second(&o->local, r->time, write_local, out);
		put_fraction(out, nanos, MILLIS);
	} else {
		output_put_time(o, r, out);
	}
	used = out->len - start;
	output_pad(out, used, width);
	if (used < width && o->options.time_given && columns[o->options.time].right) {
		char *p = out->ptr + start;
		memmove(p + width - used, p, used);
		memset(p, ' ', width - used);
	}
}

void output_put_utc(struct output *o, int64_t ns, struct buf *out)
{
	put_fraction(out, put_second(&o->utc, ns, stamp_put_rfc3339, out), 9);
	buf_put_char(out, 'Z');
}
