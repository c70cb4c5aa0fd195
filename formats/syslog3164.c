/*
 * syslog3164: what RFC 3164 found in use, and what is in use since: <PRI>TIME HOST TAG[PID]:
 * message, of which anything may be missing. Without PRI it is what syslog writes to its
 * files. A tag ends with a colon or has a pid; only where a host stands before it may it be
 * a word like any other, as relays write what came by RFC 5424.
 */
#include "formats/syslog.h"

#include "formats/head.h"

#define TAG_MAX 128
#define PID_MAX 64
#define HOST_MAX 255
#define SEQUENCE_MAX 12
#define ZONE_MAX 5

/* A program's name at the start of a text. */
struct tag {
	struct str name;
	struct str pid; /* ptr NULL: none */
	bool colon;
	bool apart;     /* something stands between it and the text: a blank, the end */
	size_t len;     /* with its pid and colon */
};

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool is_upper(char c)
{
	return (unsigned char)(c - 'A') < 26;
}

static bool is_tag_byte(char c)
{
	switch (c) {
	case ':':
	case '[':
	case ']':
	case '{':
	case '}':
	case '"':
	case '\'':
	case '=':
	case ',':
	case ';':
	case '<':
	case '>':
	case '|':
		return false;
	default:
		return (unsigned char)c > ' ' && (unsigned char)c < 0x7f;
	}
}

static bool is_host_byte(char c)
{
	switch (c) {
	case '.':
	case '-':
	case '_':
	case ':':
	case '%':
	case '/':
	case '@':
		return true;
	default:
		return is_letter(c) || head_is_digit(c);
	}
}

/* "INFO", "Error": what a message begins with rather than the name of a program. */
static bool is_level(struct str word)
{
	struct severity severity;

	return is_upper(word.ptr[0]) && level_from_word(word, &severity);
}

static size_t skip_blanks(struct str s, size_t at)
{
	while (at < s.len && s.ptr[at] == ' ')
		at++;
	return at;
}

/* "[PID]" at AT of S; the place behind it, or AT if there is none. */
static size_t read_pid(struct str s, size_t at, struct str *pid)
{
	size_t most = s.len - at < PID_MAX ? s.len - at : PID_MAX;
	const char *end;

	*pid = (struct str){NULL, 0};
	if (most < 3 || s.ptr[at] != '[')
		return at;
	end = memchr(s.ptr + at, ']', most);
	if (end == NULL || end == s.ptr + at + 1 ||
		memchr(s.ptr + at, ' ', (size_t)(end - s.ptr) - at) != NULL)
		return at;
	*pid = str_make(s.ptr + at + 1, (size_t)(end - s.ptr) - at - 1);
	return (size_t)(end - s.ptr) + 1;
}

static bool read_tag(struct str s, struct tag *tag)
{
	size_t n = 0;
	uint64_t number;

	while (n < s.len && n < TAG_MAX && is_tag_byte(s.ptr[n]))
		n++;
	tag->name = str_make(s.ptr, n);
	if (n == 0 || str_to_u64(tag->name, &number) ||
		!(is_letter(s.ptr[0]) || head_is_digit(s.ptr[0]) ||
			strchr("_/(", s.ptr[0]) != NULL))
		return false;
	n = read_pid(s, n, &tag->pid);
	tag->colon = n < s.len && s.ptr[n] == ':';
	n += tag->colon;
	tag->apart = n == s.len || head_is_blank(s.ptr[n]) || s.ptr[n] == '\r';
	tag->len = n;
	return (tag->apart || (tag->colon && tag->pid.ptr != NULL)) && !is_level(tag->name);
}

/* "myapp:text", which Python's ident = "myapp:" makes; but not "CEF:0|", "http://". */
static bool read_glued(struct str s, struct tag *tag)
{
	if (read_tag(s, tag))
		return tag->colon || tag->pid.ptr != NULL;
	if (tag->len == 0 || !tag->colon || tag->len >= s.len || is_level(tag->name))
		return false;
	for (size_t i = 0; i < tag->name.len; i++) {
		if (!is_letter(s.ptr[i]) && s.ptr[i] != '_' && s.ptr[i] != '-')
			return false;
	}
	return is_letter(s.ptr[tag->len]) || strchr("{\"'[(<", s.ptr[tag->len]) != NULL;
}

static size_t host_len(struct str s)
{
	size_t n = 0;

	while (n < s.len && n < HOST_MAX && is_host_byte(s.ptr[n]))
		n++;
	if (n == 0 || n == s.len || s.ptr[n] != ' ' || is_level(str_make(s.ptr, n)) ||
		!(is_letter(s.ptr[0]) || head_is_digit(s.ptr[0]) || s.ptr[0] == ':'))
		return 0;
	return n;
}

/* What syslogd writes instead of the same message again. */
static bool is_repeated(struct str s)
{
	return str_starts(s, "last message repeated ");
}

static void take_tag(struct syslog *h, struct str line, size_t at, const struct tag *tag)
{
	h->tag = tag->name;
	h->pid = tag->pid;
	h->message = skip_blanks(line, at + tag->len);
}

/* The bytes of the stamp at AT, of which H gets the place and the time, or 0. */
static size_t read_stamp(struct stamp_cache *stamp, struct stamp_year *year, struct str line,
	size_t at, struct syslog *h)
{
	struct str rest = str_skip(line, at);
	size_t n;

	if (rest.len < 15)
		return 0;
	if (rest.ptr[3] == ' ')
		n = stamp != NULL ? stamp_parse_bsd(stamp, year, rest, &h->time) :
				    stamp_skip_bsd(rest);
	else if (head_is_digit(rest.ptr[0]) && (rest.ptr[10] | 0x20) == 't')
		n = stamp != NULL ? stamp_parse(stamp, rest, &h->time) : stamp_skip(rest);
	else
		return 0;
	if (n > 0 && n < rest.len && strchr(" :\r\t", rest.ptr[n]) == NULL) {
		h->time = TIME_NONE;
		return 0;
	}
	h->stamp = str_make(rest.ptr, n);
	return n;
}

/* Whether a stamp may begin at AT, perhaps behind the * or . of a clock that is not set. */
static bool looks_stamped(struct str line, size_t at)
{
	if (at < line.len && (line.ptr[at] == '*' || line.ptr[at] == '.'))
		at++;
	return at + 15 < line.len && is_upper(line.ptr[at]) && line.ptr[at + 3] == ' ' &&
	       memchr(line.ptr + at + 6, ':', 9) != NULL;
}

/* "12: " and "12: router: " in front of a stamp or a "%SYS-5-...": where that begins, or
 * AT. */
static size_t skip_sequence(struct str line, size_t at, struct syslog *h)
{
	size_t n = at, digits, host;

	while (n < line.len && n - at < SEQUENCE_MAX && head_is_digit(line.ptr[n]))
		n++;
	digits = n - at;
	if (digits == 0 || n + 2 >= line.len || line.ptr[n] != ':' || line.ptr[n + 1] != ' ')
		return at;
	n += 2;
	for (host = n; host < line.len && is_host_byte(line.ptr[host]);)
		host++;
	if (host > n + 1 && line.ptr[host - 1] == ':' && looks_stamped(line, host + 1)) {
		h->host = str_make(line.ptr + n, host - 1 - n);
		n = host + 1;
	}
	if (line.ptr[n] != '%' && !looks_stamped(line, n))
		return at;
	h->sequence = str_make(line.ptr + at, digits);
	return n;
}

/* Behind a stamp of Cisco's, ": text" or " CET: %SYS-5-...": where the message begins, or 0
 * if it is none. */
static size_t cisco_message(struct str line, size_t at)
{
	size_t n = at, zone = 0;

	if (n < line.len && line.ptr[n] == ' ') {
		while (++n < line.len && zone < ZONE_MAX && is_upper(line.ptr[n]))
			zone++;
		if (zone == 0)
			return 0;
	}
	if (n >= line.len || line.ptr[n] != ':')
		return 0;
	n = skip_blanks(line, n + 1);
	return zone == 0 || (n < line.len && line.ptr[n] == '%') ? n : 0;
}

void syslog_read_names(struct str line, size_t at, struct syslog *h)
{
	struct tag tag = {0};
	struct str rest;
	size_t n;

	at = skip_blanks(line, at);
	rest = str_skip(line, at);
	h->message = at;
	if (is_repeated(rest))
		return;
	if (read_glued(rest, &tag)) {
		take_tag(h, line, at, &tag);
		if (!tag.colon)
			h->pid.ptr = NULL; /* .NET's event ids look like pids */
		return;
	}
	n = host_len(rest);
	if (n == 0)
		return;
	rest = str_skip(rest, n);
	n = skip_blanks(rest, 0);
	if (n == rest.len) /* one word alone is the message */
		return;
	h->host = str_make(line.ptr + at, (size_t)(rest.ptr - line.ptr) - at);
	if (rest.len > n + 1 && rest.ptr[n] == ':' && rest.ptr[n + 1] == ' ')
		n = skip_blanks(rest, n + 1); /* Cisco's ASA */
	at = (size_t)(rest.ptr - line.ptr) + n;
	rest = str_skip(line, at);
	h->message = at;
	if (is_repeated(rest))
		return;
	tag = (struct tag){0};
	if (!read_glued(rest, &tag) && !(tag.apart && tag.len < rest.len &&
						is_letter(rest.ptr[0]) && !is_level(tag.name)))
		return;
	take_tag(h, line, at, &tag);
}

/* What follows a PRI. */
static void read_after(struct stamp_cache *stamp, struct stamp_year *year, struct str line,
	size_t at, struct syslog *h)
{
	size_t start = skip_sequence(line, at, h), n;

	if (looks_stamped(line, start) && !is_upper(line.ptr[start]))
		start++;
	n = read_stamp(stamp, year, line, start, h);
	h->message = n > 0 ? cisco_message(line, start + n) : start;
	if (h->message > 0 && (n > 0 || h->sequence.ptr != NULL))
		return;
	syslog_read_names(line, start + n, h);
	if (n == 0 && h->host.ptr != NULL) { /* without a time only a tag is sure */
		h->host.ptr = h->tag.ptr = h->pid.ptr = NULL;
		h->message = start;
	} else if (n > 0 && h->host.ptr == NULL && h->tag.ptr == NULL &&
		   head_is_digit(line.ptr[start])) {
		h->message = start; /* the stamp is that of a record within */
	}
}

bool syslog_read_3164(struct stamp_cache *stamp, struct stamp_year *year, struct str line,
	struct syslog *h)
{
	struct syslog other;
	size_t n;

	*h = (struct syslog){.time = TIME_NONE, .priority = SYSLOG_NONE};
	n = syslog_priority(line, &h->priority);
	if (n > 0) {
		if (n + 1 < line.len && head_is_digit(line.ptr[n]) &&
			syslog_read_5424(NULL, line, &other))
			return false;
		read_after(stamp, year, line, n, h);
		return true;
	}
	if (line.len < 15 || line.ptr[3] != ' ')
		return false;
	n = read_stamp(stamp, year, line, 0, h);
	if (n == 0)
		return false;
	syslog_read_names(line, n, h);
	return true;
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct syslog h;

	if (!syslog_read_3164(&p->stamp, &p->year, line, &h))
		return false;
	syslog_set_record(p, line, &h, r);
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct syslog h;

	if (syslog_read_3164(NULL, NULL, syslog_first_line(r), &h))
		syslog_set_fields(r, &h, f);
	else
		fields_set_message(f, record_text(r));
}

const struct format format_syslog3164 = {
	.name = "syslog3164",
	.summary = "syslog as it was before RFC 5424, and its files",
	.example = "<34>Nov 20 18:05:35 vm sshd[9693]: session opened",
	.first = "<JFMASOND",
	.parse = parse,
	.fields = fields,
};
