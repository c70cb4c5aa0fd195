/*
 * syslog5424: <PRI>1 TIME HOST APP-NAME PROCID MSGID [DATA] message, as RFC 5424 has it.
 */
#include "formats/syslog.h"

#define NAMES_MAX 512 /* bytes of a name of structured data with its id */

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* The word at *AT, behind which it moves; ptr NULL for "-". False if there is none. */
static bool read_word(struct str line, size_t *at, struct str *word)
{
	size_t start = *at, end = start;

	while (end < line.len && (unsigned char)line.ptr[end] > ' ')
		end++;
	if (end == start)
		return false;
	*word = str_make(line.ptr + start, end - start);
	if (word->len == 1 && word->ptr[0] == '-')
		word->ptr = NULL;
	*at = end < line.len && line.ptr[end] == ' ' ? end + 1 : end;
	return true;
}

/* The character after the value in quotes whose first character is at AT, or 0. */
static size_t value_end(struct str s, size_t at)
{
	for (; at < s.len; at++) {
		if (s.ptr[at] == '\\')
			at++;
		else if (s.ptr[at] == '"')
			return at + 1;
	}
	return 0;
}

/* The bytes of the element [ID NAME="VALUE" ...] at the start of S, or 0. */
static size_t element_len(struct str s)
{
	size_t at = 1;

	while (at < s.len && s.ptr[at] != ']') {
		if (s.ptr[at] == '"')
			at = value_end(s, at + 1);
		else if (s.ptr[at] == '\n')
			return 0;
		else
			at++;
		if (at == 0)
			return 0;
	}
	return at < s.len && at > 1 ? at + 1 : 0;
}

/* Reads the structured data at AT; the place behind it, or 0 if it is neither "-" nor whole
 * elements. */
static size_t read_data(struct str line, size_t at, struct str *data)
{
	size_t start = at, n;

	*data = (struct str){NULL, 0};
	if (at >= line.len)
		return 0;
	if (line.ptr[at] == '-')
		return at + 1 == line.len || line.ptr[at + 1] == ' ' ||
					line.ptr[at + 1] == '\r' || line.ptr[at + 1] == '\n' ?
			       at + 1 :
			       0;
	while (at < line.len && line.ptr[at] == '[') {
		n = element_len(str_skip(line, at));
		if (n == 0)
			break;
		at += n;
	}
	if (at == start)
		return 0;
	*data = str_make(line.ptr + start, at - start);
	return at;
}

/* VERSION and TIMESTAMP at *AT, behind which it moves. */
static bool read_time(
	struct stamp_cache *stamp, struct str line, size_t *at, struct syslog *h)
{
	struct str rest = str_skip(line, *at);
	size_t digits = 0, n;

	while (digits < rest.len && digits < 3 && is_digit(rest.ptr[digits]))
		digits++;
	if (digits == 0 || rest.ptr[0] == '0' || digits + 3 > rest.len ||
		rest.ptr[digits] != ' ')
		return false;
	rest = str_skip(rest, digits + 1);
	if (rest.ptr[0] == '-') {
		n = 1;
	} else {
		if (rest.len < 11 || (rest.ptr[10] | 0x20) != 't')
			return false;
		n = stamp != NULL ? stamp_parse(stamp, rest, &h->time) : stamp_skip(rest);
		h->stamp = str_make(rest.ptr, n);
	}
	if (n == 0 || (n < rest.len && rest.ptr[n] != ' '))
		return false;
	*at += digits + 1 + n + (n < rest.len);
	return true;
}

/* One blank goes before the message; rsyslog leaves another one. */
static size_t message_at(struct str line, size_t at)
{
	for (int i = 0; i < 2 && at < line.len && line.ptr[at] == ' '; i++)
		at++;
	return at;
}

bool syslog_read_5424(struct stamp_cache *stamp, struct str line, struct syslog *h)
{
	struct str *words[] = {&h->host, &h->tag, &h->pid, &h->msgid};
	size_t at, end;

	*h = (struct syslog){.time = TIME_NONE};
	at = syslog_priority(line, &h->priority);
	if (at == 0 || !read_time(stamp, line, &at, h))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (read_word(line, &at, words[i]))
			continue;
		/* Cut off; with a time it can be nothing else. */
		h->message = at;
		return h->stamp.ptr != NULL;
	}
	end = read_data(line, at, &h->data);
	if (end == 0 && h->stamp.ptr == NULL)
		return false;
	h->message = message_at(line, end != 0 ? end : at);
	return true;
}

/* The name of a parameter up to its = at *AT, behind which it moves, in scratch behind ID;
 * false at the end of the element. */
static bool read_name(struct fields *f, struct str element, size_t *at, struct str id,
	struct str *name)
{
	size_t start = *at, len;
	char *p;

	while (start < element.len && element.ptr[start] == ' ')
		start++;
	for (*at = start; *at < element.len && element.ptr[*at] != '=';)
		++*at;
	len = *at - start;
	if (*at + 2 >= element.len || element.ptr[*at + 1] != '"' || len == 0 ||
		id.len + 1 + len > NAMES_MAX)
		return false;
	p = fields_scratch(f, id.len + 1 + len);
	if (p == NULL)
		return false;
	memcpy(p, id.ptr, id.len);
	p[id.len] = '.';
	memcpy(p + id.len + 1, element.ptr + start, len);
	*name = str_make(p, id.len + 1 + len);
	*at += 2;
	return true;
}

/* RAW without the backslashes before quotes, brackets and backslashes. */
static struct str unescape(struct fields *f, struct str raw)
{
	char *copy, *to;

	if (raw.len == 0 || memchr(raw.ptr, '\\', raw.len) == NULL)
		return raw;
	copy = to = fields_scratch(f, raw.len);
	if (copy == NULL)
		return raw;
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] == '\\' && i + 1 < raw.len &&
			strchr("\"\\]", raw.ptr[i + 1]) != NULL && raw.ptr[i + 1] != '\0')
			i++;
		*to++ = raw.ptr[i];
	}
	f->scratch.len -= raw.len - (size_t)(to - copy);
	return str_make(copy, (size_t)(to - copy));
}

/* One element without its brackets. */
static void put_element(struct fields *f, struct str element)
{
	struct str id = element, name, value;
	size_t at = 0, end;

	while (at < element.len && element.ptr[at] != ' ')
		at++;
	id.len = at;
	if (at == element.len)
		fields_add(f, id, str_make(element.ptr + at, 0), FIELD_TEXT);
	while (read_name(f, element, &at, id, &name)) {
		end = value_end(element, at);
		if (end == 0)
			return;
		value = str_make(element.ptr + at, end - 1 - at);
		fields_add(f, name, unescape(f, value), FIELD_TEXT);
		at = end;
	}
}

void syslog_put_data(struct fields *f, struct str data)
{
	size_t n;

	while (data.len > 0 && (n = element_len(data)) > 0) {
		put_element(f, str_make(data.ptr + 1, n - 2));
		data = str_skip(data, n);
	}
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct syslog h;

	if (!syslog_read_5424(&p->stamp, line, &h))
		return false;
	syslog_set_record(p, line, &h, r);
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct syslog h;

	if (syslog_read_5424(NULL, record_text(r), &h))
		syslog_set_fields(r, &h, f);
	else
		fields_set_message(f, record_text(r));
}

const struct format format_syslog5424 = {
	.name = "syslog5424",
	.summary = "syslog as RFC 5424 has it, with structured data",
	.example = "<165>1 2026-11-20T17:00:00Z vm app 8710 ID47 [sd@1 iut=\"3\"] started",
	.first = "<",
	.parse = parse,
	.fields = fields,
};
