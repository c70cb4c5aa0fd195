/*
 * syslog: the PRI, and the record within the message. What a relay has done to the message
 * is undone first: rsyslog writes a line feed as #012.
 */
#include "formats/syslog.h"

#include "formats/fill.h"

#define PRIORITY_DIGITS 3
#define PRIORITY_MAX 191
#define PRIORITY_OTHER 13 /* user.notice */
#define DAY_NS (86400 * NS_PER_SECOND)
#define STAMP_WITHIN 128 /* bytes of a record in which its time is looked at */
#define DIGITS_ANY 9
#define FACILITIES ((PRIORITY_MAX + 1) / 8)

static const struct str facilities[FACILITIES];

/* What was found in a message. */
struct within {
	int format;           /* -1: it is just text */
	struct str text;      /* the message, or the record in it */
	struct record record; /* its time, level and module */
};

/* The formats that may be found within a message; bits as in formats_by_first. */
#define NOT_WITHIN \
	(UINT32_C(1) << FORMAT_syslog5424 | UINT32_C(1) << FORMAT_syslog3164 | \
		UINT32_C(1) << FORMAT_syslog_iso | UINT32_C(1) << FORMAT_iso | \
		UINT32_C(1) << FORMAT_raw)

/* Those of which no line begins with a small letter, though its first may be any. */
#define NOT_LOWER (UINT32_C(1) << FORMAT_stdlib | UINT32_C(1) << FORMAT_basicconfig)

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static struct str without_mark(struct str text)
{
	return str_starts(text, "\xef\xbb\xbf") ? str_skip(text, 3) : text;
}

/* The JSON that "@cee:" announces (CEE's log syntax, cee.mitre.org), or an empty text. */
static struct str announced(struct str text)
{
	size_t n = 5;

	if (!str_starts(text, "@cee:"))
		return (struct str){text.ptr, 0};
	while (n < text.len && text.ptr[n] == ' ')
		n++;
	text = str_skip(text, n);
	if (text.len == 0 || text.ptr[0] != '{')
		text.len = 0;
	return text;
}

/* The digits of the fraction of the first hh:mm:ss in TEXT; as many as there can be if that
 * is not how it says its time. */
static unsigned fraction_digits(struct str text)
{
	size_t most = text.len < STAMP_WITHIN ? text.len : STAMP_WITHIN;
	unsigned n = 0;

	for (size_t i = 5; i + 3 <= most; i++) {
		if (text.ptr[i] != ':' || !is_digit(text.ptr[i + 1]) || text.ptr[i - 3] != ':')
			continue;
		i += 3;
		if (i >= most || (text.ptr[i] != '.' && text.ptr[i] != ','))
			return 0;
		while (++i < most && is_digit(text.ptr[i]))
			n++;
		return n;
	}
	return DIGITS_ANY;
}

/* Finds the record in the message whose first line is LINE. */
static void find_within(struct parse *p, struct str line, struct within *w)
{
	struct str text = without_mark(line), json = announced(text);
	uint32_t candidates;
	size_t n;

	if (json.len > 0)
		text = json;
	w->format = -1;
	w->text = text;
	w->record = (struct record){.time = TIME_NONE};
	if (text.len == 0)
		return;
	candidates = formats_by_first[(unsigned char)text.ptr[0]] & ~NOT_WITHIN;
	if ((unsigned char)(text.ptr[0] - 'a') < 26)
		candidates &= ~NOT_LOWER; /* nearly all messages, and to be let go quickly */
	for (; candidates != 0; candidates &= candidates - 1) {
		int id = __builtin_ctz(candidates);
		if (formats[id]->parse(p, text, &w->record)) {
			w->format = id;
			return;
		}
	}
	if (json.len > 0) {
		w->format = FORMAT_json; /* no record by itself, but fields */
		return;
	}
	/* Just a time and text: the message stays as it is. */
	n = is_digit(text.ptr[0]) ? stamp_parse(&p->stamp, text, &w->record.time) : 0;
	if (n == 0 || (n < text.len && text.ptr[n] != ' '))
		w->record.time = TIME_NONE;
}

static int64_t better_time(const struct syslog *h, const struct within *w)
{
	int64_t within = w->record.time, apart;

	if (h->time == TIME_NONE || within == TIME_NONE)
		return h->time == TIME_NONE ? within : h->time;
	apart = within > h->time ? within - h->time : h->time - within;
	if (apart >= DAY_NS || fraction_digits(w->text) < fraction_digits(h->stamp))
		return h->time;
	return within;
}

/* A message of a line without PRI may begin with its level in capitals: the bytes up to what
 * follows, or 0. */
static size_t leading_level(struct str text, struct str *word, struct severity *severity)
{
	size_t n = 0, start = text.len > 0 && text.ptr[0] == '[';

	while (start + n < text.len && (unsigned char)(text.ptr[start + n] - 'A') < 26)
		n++;
	if (n < 4 || start + n >= text.len ||
		strchr(start > 0 ? "]" : " :", text.ptr[start + n]) == NULL)
		return 0;
	if (!level_from_word(str_make(text.ptr + start, n), severity))
		return 0;
	*word = str_make(text.ptr + start, n);
	n += 2 * start;
	n += n < text.len && text.ptr[n] == ':';
	while (n < text.len && text.ptr[n] == ' ')
		n++;
	return n;
}

/* The character that #011 or #012 at P stands for, or 0. */
static inline char octal(const char *p)
{
	if (p[1] != '0' || p[2] != '1' || (p[3] != '1' && p[3] != '2'))
		return 0;
	return p[3] == '1' ? '\t' : '\n';
}

/* TEXT with the line feeds and tabs that rsyslog has written as #012 and #011
 * ($EscapeControlCharactersOnReceive). A text that has line feeds did not go through it, and
 * JSON has none. */
static struct str unescape(struct fields *f, struct str text)
{
	char *copy, *to;

	if (text.len < 4 || memmem(text.ptr, text.len, "#012", 4) == NULL ||
		memchr(text.ptr, '\n', text.len) != NULL || text.ptr[0] == '{' ||
		announced(text).len > 0)
		return text;
	copy = to = fields_scratch(f, text.len);
	if (copy == NULL)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i] == '#' && i + 4 <= text.len ? octal(text.ptr + i) : 0;
		*to++ = c != 0 ? c : text.ptr[i];
		i += c != 0 ? 3 : 0;
	}
	f->scratch.len -= text.len - (size_t)(to - copy);
	return str_make(copy, (size_t)(to - copy));
}

static void put_extra(struct fields *f, const char *name, struct str value)
{
	if (value.ptr != NULL)
		fields_add(f, str_from(name), value, FIELD_TEXT);
}

/* What the header knows goes where the record within has nothing, or beside it. */
static void put_named(
	struct fields *f, enum field_id id, const char *beside, struct str value)
{
	if (value.ptr == NULL || str_eq(value, f->named[id]))
		return;
	if (f->named[id].ptr == NULL)
		f->named[id] = value;
	else
		put_extra(f, beside, value);
}

static void put_header(const struct syslog *h, struct fields *f)
{
	uint64_t pid;

	put_named(f, FIELD_HOST, "syslog.host", h->host);
	put_named(f, FIELD_MODULE, "syslog.tag", h->tag);
	if (h->pid.ptr != NULL && str_to_u64(h->pid, &pid))
		put_named(f, FIELD_PID, "syslog.pid", h->pid);
	else
		put_extra(f, "procid", h->pid);
	/* systemd's <N> before a line is no more than a level, not the kernel's. */
	if (h->priority >= 8 || (h->priority >= 0 && h->host.ptr != NULL))
		put_extra(f, "facility", facilities[h->priority / 8]);
	put_extra(f, "msgid", h->msgid);
	put_extra(f, "sequence", h->sequence);
	syslog_put_data(f, h->data);
}

size_t syslog_priority(struct str line, int *priority)
{
	size_t n = 1;
	int number = 0;

	if (line.len < 3 || line.ptr[0] != '<')
		return 0;
	while (n < line.len && n <= PRIORITY_DIGITS && is_digit(line.ptr[n]))
		number = number * 10 + (line.ptr[n++] - '0');
	if (n == 1 || n >= line.len || line.ptr[n] != '>')
		return 0;
	if (number > PRIORITY_MAX || (line.ptr[1] == '0' && n > 2))
		number = PRIORITY_OTHER;
	*priority = number;
	return n + 1;
}

void syslog_set_record(
	struct parse *p, struct str line, const struct syslog *h, struct record *r)
{
	struct within w;
	struct severity severity = {LEVEL_UNKNOWN, 0};
	struct str word;

	find_within(p, str_skip(line, h->message), &w);
	r->time = better_time(h, &w);
	if (p->want & WANT_LEVEL) {
		if (w.record.level != LEVEL_UNKNOWN)
			severity = (struct severity){w.record.level, w.record.severity};
		else if (h->priority != SYSLOG_NONE)
			severity = level_from_syslog((unsigned)h->priority & 7);
		else
			leading_level(w.text, &word, &severity);
		r->level = severity.level;
		r->severity = severity.number;
	}
	if (p->want & WANT_MODULE) {
		r->module = w.record.module;
		if (r->module == 0 && h->tag.ptr != NULL)
			r->module = intern(p->modules, h->tag);
	}
}

void syslog_set_fields(const struct record *r, const struct syslog *h, struct fields *f)
{
	struct parse p = {.want = WANT_LEVEL};
	struct str text = str_skip(record_text(r), h->message), line;
	struct severity severity;
	struct within w;
	const char *end;

	/* Ours first, since what is in it must stay where it is. */
	fields_scratch_begin(f, text.len + 2 * h->data.len + FILL_SCRATCH(text.len));
	text = unescape(f, text);
	end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
	line = str_make(text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len);
	find_within(&p, line, &w);
	text = str_skip(text, (size_t)(w.text.ptr - text.ptr));
	if (w.format >= 0) {
		w.record.text = text.ptr;
		w.record.len = (uint32_t)text.len;
		w.record.head = (uint32_t)w.text.len;
		w.record.format = (uint8_t)w.format;
		formats[w.format]->fields(&w.record, f);
		if (f->named[FIELD_MESSAGE].ptr == NULL)
			f->named[FIELD_MESSAGE] = w.text;
	} else {
		if (text.len > 0 && text.ptr[0] == '\n')
			text = str_skip(text, 1); /* all of it is on the lines below */
		if (h->priority == SYSLOG_NONE)
			text = str_skip(text, leading_level(w.text,
					&f->named[FIELD_LEVEL], &severity));
		fields_set_message(f, text);
	}
	put_header(h, f);
	buf_free(&p.plain);
}

/* RFC 5424, table 1. */
static const struct str facilities[FACILITIES] = {STR("kern"), STR("user"), STR("mail"),
	STR("daemon"), STR("auth"), STR("syslog"), STR("lpr"), STR("news"), STR("uucp"),
	STR("cron"), STR("authpriv"), STR("ftp"), STR("ntp"), STR("audit"), STR("alert"),
	STR("clock"), STR("local0"), STR("local1"), STR("local2"), STR("local3"),
	STR("local4"), STR("local5"), STR("local6"), STR("local7")};
