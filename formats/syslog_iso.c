/*
 * syslog_iso: what rsyslog (RSYSLOG_FileFormat, Debian's default) and journalctl -o short-iso
 * write: TIME HOST TAG[PID]: message, with a zone and without PRI. A tag without a colon is
 * none that could be told from any word: it is taken from rsyslog alone, known by the
 * shape of its time, in a source that has had clear ones.
 */
#include "formats/syslog.h"

#include "formats/head.h"

#define RSYSLOG_STAMP 32 /* 2026-11-20T18:06:46.835500+01:00 */

/* Whether the second word behind a stamp of N bytes ends with a colon. */
static inline bool second_ends(struct str line, size_t n)
{
	const char *at = line.ptr + n + 1, *end = line.ptr + line.len;

	for (int i = 0; i < 2; i++) {
		if (at == end)
			return false;
		at = memchr(at, ' ', (size_t)(end - at));
		if (at == NULL)
			return line.ptr[line.len - 1] == ':';
		at++;
	}
	return at[-2] == ':';
}

/* The names behind a stamp of N bytes; false if there are none. */
static bool read_names(struct str line, size_t n, struct syslog *h)
{
	*h = (struct syslog){.time = TIME_NONE, .priority = SYSLOG_NONE};
	h->stamp = str_make(line.ptr, n);
	syslog_read_names(line, n, h);
	return h->host.ptr != NULL && h->tag.ptr != NULL;
}

/* Whether nothing but a tag looks like this. */
static bool is_clear(const struct syslog *h)
{
	return h->pid.ptr != NULL || !head_is_digit(h->tag.ptr[0]);
}

static bool is_rsyslog(struct str line, size_t n)
{
	return n == RSYSLOG_STAMP && line.ptr[19] == '.' && line.ptr[29] == ':';
}

/* Whether it is one, with the stamp of N bytes, and its names. */
static inline bool take(const struct parse *p, struct str line, size_t n, struct syslog *h)
{
	bool colon;

	if (!syslog_has_file_stamp(line, n))
		return false;
	colon = second_ends(line, n);
	if (!colon && !(p->rsyslog && is_rsyslog(line, n)))
		return false;
	return read_names(line, n, h) && (!colon || is_clear(h));
}

bool syslog_is_file_line(const struct parse *p, struct str line, size_t stamp)
{
	struct syslog h;

	return take(p, line, stamp, &h);
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct syslog h;
	int64_t ns;
	size_t n = line.len > 10 && line.ptr[10] == 'T' ? stamp_parse(&p->stamp, line, &ns) : 0;

	if (!take(p, line, n, &h))
		return false;
	p->rsyslog = p->rsyslog || is_rsyslog(line, n);
	syslog_set_record(p, line, &h, r);
	/* As format_stamped has it, or what else is wanted would change the order. */
	r->time = ns;
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct str line = syslog_first_line(r);
	struct syslog h;
	size_t n = stamp_skip(line);

	if (syslog_has_file_stamp(line, n) && read_names(line, n, &h))
		syslog_set_fields(r, &h, f);
	else
		fields_set_message(f, record_text(r));
}

const struct format format_syslog_iso = {
	.name = "syslog_iso",
	.summary = "rsyslog's files, and journalctl -o short-iso",
	.example = "2026-11-20T18:06:46.835500+01:00 vm sshd[9693]: session opened",
	.first = "0",
	.parse = parse,
	.fields = fields,
};
