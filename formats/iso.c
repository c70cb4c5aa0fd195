/*
 * iso: any line that begins with a time and has no level that can be known.
 */
#include "formats/format.h"

#include "formats/head.h"
#include "formats/syslog.h"

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct head h;
	struct str plain = head_plain(line, &p->plain);
	enum head_depth depth = p->want & WANT_MODULE ? HEAD_MODULE : HEAD_LEVEL;
	if (plain.len == 0 || !head_scan(&p->stamp, plain, depth, &h))
		return false;
	/* A source that had lines without a level may go on with better ones. */
	if (h.leveled || head_is_loguru(plain, &h) || syslog_is_file(p, line, h.stamp_end))
		return false;
	head_set_record(p, &h, r);
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct head h;
	struct str text = head_record_plain(r, f);
	const char *newline = memchr(text.ptr, '\n', text.len);
	struct str line = {text.ptr, newline ? (size_t)(newline - text.ptr) : text.len};
	if (!head_scan(NULL, line, HEAD_ALL, &h))
		h = (struct head){0};
	head_set_fields(f, &h, text);
}

const struct format format_iso = {
	.name = "iso",
	.summary = "any line that begins with a time",
	.example = "2026-11-20T17:24:51Z listening on port 80",
	.first = "0[~",
	.parse = parse,
	.fields = fields,
};
