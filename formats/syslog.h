/*
 * syslog: what both kinds of syslog message share: <PRI> in front, and a message behind the
 * header that is often a record of another format, since the program that wrote it knows
 * nothing of syslog: JSON, Loguru's layout, logfmt.
 *
 *	struct syslog h;
 *	if (!syslog_read_3164(&p->stamp, &p->year, line, &h)) return false;
 *	syslog_set_record(p, line, &h, r);
 *
 * A record within says better what it is: its level, module, message and fields win. Its
 * time wins where it is as fine as the header's and not a day away from it.
 */
#ifndef FORMATS_SYSLOG_H
#define FORMATS_SYSLOG_H

#include "formats/format.h"

#define SYSLOG_NONE (-1) /* no PRI */

/* A header. The strs point into the line; ptr NULL: not there. */
struct syslog {
	int64_t time;        /* or TIME_NONE */
	int priority;        /* 0..191 or SYSLOG_NONE */
	struct str stamp;
	struct str host;
	struct str tag;      /* the program: TAG without the pid, or APP-NAME */
	struct str pid;      /* RFC 5424's PROCID, which may be any word */
	struct str msgid;
	struct str data;     /* RFC 5424's STRUCTURED-DATA, without it if it is "-" */
	struct str sequence; /* Cisco's number of the message */
	size_t message;      /* where it begins; the line's length if there is none */
};

/* The bytes of the PRI at the start of LINE, or 0. What is no number of 0..191 as RFC 3164
 * (4.1.1) has it counts as 13, user.notice (4.3.3). */
size_t syslog_priority(struct str line, int *priority);

/* Reads the header of LINE into H; false if it has none of that kind. STAMP may be NULL:
 * the time is not wanted. LINE may go on behind its first newline for RFC 5424, whose data
 * may hold one. */
bool syslog_read_5424(struct stamp_cache *stamp, struct str line, struct syslog *h);
bool syslog_read_3164(struct stamp_cache *stamp, struct stamp_year *year, struct str line,
	struct syslog *h);

/* TAG: or HOST TAG at AT of LINE, or neither; sets where the message begins. */
void syslog_read_names(struct str line, size_t at, struct syslog *h);

/* Whether LINE, which begins with a time of N bytes, is of a syslog's file (syslog_iso.c), so
 * that no wider format takes it. */
bool syslog_is_file_line(const struct parse *p, struct str line, size_t n);

/* Whether such a time is one of theirs, with an offset, at least 2026-11-20T18:06:46+0100.
 * dmesg has a comma before the fraction. */
static inline bool syslog_has_file_stamp(struct str line, size_t n)
{
	const char *s = line.ptr;

	return n >= 24 && n < line.len && s[n] == ' ' && s[10] == 'T' && s[19] != ',' &&
	       (s[n - 6] == '+' || s[n - 5] == '+' || s[n - 6] == '-' || s[n - 5] == '-');
}

static inline bool syslog_is_file(const struct parse *p, struct str line, size_t n)
{
	return syslog_has_file_stamp(line, n) && syslog_is_file_line(p, line, n);
}

/* Adds the fields of structured DATA as ID.NAME. Needs twice its length in F's scratch. */
void syslog_put_data(struct fields *f, struct str data);

/* What H and the message behind it say about the record of LINE. */
void syslog_set_record(
	struct parse *p, struct str line, const struct syslog *h, struct record *r);
void syslog_set_fields(const struct record *r, const struct syslog *h, struct fields *f);

/* The first line of R's text. */
static inline struct str syslog_first_line(const struct record *r)
{
	const char *end = r->len > 0 ? memchr(r->text, '\n', r->len) : NULL;

	return str_make(r->text, end != NULL ? (size_t)(end - r->text) : r->len);
}

#endif
