/*
 * formats/syslog*.c: what real senders and daemons wrote, in tests/golden/formats/syslog
 * (expected.tsv: file, line or message, UTC ns, level, module, pid, message, "-" for what
 * is not there), and messages one by one.
 */
#include <ctype.h>

#include "formatkit.h"

#define FOLDER "tests/golden/formats/syslog/"
#define FILE_MAX (1 << 20)
#define POINTS 40 /* code points of the message that are compared */
#define NOW INT64_C(1795204800000000000) /* 2026-11-20T20:00:00Z */

static int64_t now = NOW;
static struct buf rows;
static char holder[FILE_MAX + TEXT_PAD];

/* Whatever format the reader would take TEXT with; its fields in kit_fields. -1: none. */
static int take(struct parse *p, struct str text, struct record *r)
{
	struct str line;

	*r = kit_record(text);
	line = str_make(text.ptr, r->head);
	fields_reset(&kit_fields);
	for (int i = 0; i < FORMAT_raw && line.len > 0; i++) {
		unsigned char first = (unsigned char)line.ptr[0];
		if ((formats_by_first[first] >> i & 1) && formats[i]->parse(p, line, r)) {
			r->format = (uint8_t)i;
			return i;
		}
	}
	return -1;
}

static void put_escaped(struct buf *out, char c, bool relayed)
{
	if (c == '\n' && relayed)
		buf_puts(out, "#012");
	else if (c == '\n' || c == '\t' || c == '\\')
		buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : c);
	else
		buf_put_char(out, c);
}

/* The message with its traceback, cut as the expectations are. */
static void put_message(struct str text, bool first_line)
{
	struct buf all = {0}, escaped = {0};
	struct str message = kit_fields.named[FIELD_MESSAGE];
	struct str trace = kit_fields.named[FIELD_EXCEPTION];
	size_t points = 0, end = 0;
	bool relayed = memchr(text.ptr, '\n', text.len) == NULL;

	buf_put_str(&all, message);
	if (trace.len > 0) {
		buf_puts(&all, "\n");
		buf_put_str(&all, trace);
	}
	for (size_t i = 0; i < all.len; i++) {
		if (relayed && all.ptr[i] == '\n')
			points += 4;
		else
			points += ((unsigned char)all.ptr[i] & 0xc0) != 0x80;
		if (points > POINTS || (first_line && !relayed && all.ptr[i] == '\n'))
			break;
		end = i + 1;
	}
	for (size_t i = 0; i < end; i++)
		put_escaped(&escaped, all.ptr[i], relayed);
	while (escaped.len > 0 && escaped.ptr[escaped.len - 1] == ' ')
		escaped.len--;
	buf_put_str(&rows, escaped.len > 0 ? buf_str(&escaped) : str_from("-"));
	buf_free(&all);
	buf_free(&escaped);
}

static void put_or_dash(struct str s)
{
	buf_put_str(&rows, s.len > 0 ? s : str_from("-"));
	buf_put_char(&rows, '\t');
}

/* The row of record or message N. */
static void put_row(const char *file, int n, struct parse *p, struct str text)
{
	struct record r;
	int format = take(p, text, &r);
	/* The expectations know no level above. */
	enum level level = r.level > LEVEL_CRITICAL ? LEVEL_CRITICAL : r.level;

	r.format = (uint8_t)(format >= 0 ? format : FORMAT_raw);
	formats[r.format]->fields(&r, &kit_fields);
	ok(str_eq(intern_name(r.module), kit_fields.named[FIELD_MODULE]),
		"%s %d: parse and fields find the same module", file, n);
	ok(format < 0 || strncmp(formats[format]->name, "syslog", 6) == 0, "%s %d: is syslog",
		file, n);
	buf_printf(&rows, "%s\t%d\t", file, n);
	if (r.time == TIME_NONE)
		buf_puts(&rows, "-\t");
	else
		buf_printf(&rows, "%lld\t", (long long)r.time);
	buf_printf(&rows, "%s\t", level_name(level));
	put_or_dash(kit_fields.named[FIELD_MODULE]);
	put_or_dash(kit_fields.named[FIELD_PID]);
	/* Files are expected line by line. */
	put_message(text, strstr(file, ".bin") == NULL && strstr(file, ".hexl") == NULL);
	buf_put_char(&rows, '\n');
}

/* What is wrong with the fields of a broken record, or NULL. */
static const char *outside(const struct record *r)
{
	const struct fields *f = &kit_fields;

	for (size_t i = 0; i < FIELD_NAMED + f->extras; i++) {
		struct str s = i < FIELD_NAMED ? f->named[i] : f->extra[i - FIELD_NAMED].value;
		bool text = s.ptr >= r->text && s.ptr + s.len <= r->text + r->len;
		bool scratch = s.ptr >= f->scratch.ptr &&
			       s.ptr + s.len <= f->scratch.ptr + f->scratch.len;
		bool constant = i >= FIELD_NAMED &&
				(str_is(f->extra[i - FIELD_NAMED].name, "facility") ||
					str_is(s, "true"));
		if (s.ptr != NULL && !text && !scratch && !constant)
			return i < FIELD_NAMED ? fields_name((enum field_id)i) : "an extra field";
	}
	return NULL;
}

/* TEXT, in memory of its own, by every syslog format. */
static void try_broken(struct str text)
{
	static const enum format_id ids[] = {
		FORMAT_syslog5424, FORMAT_syslog3164, FORMAT_syslog_iso};
	char *copy = kit_copy(text, '7');

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct parse p = {.want = WANT_LEVEL | WANT_MODULE,
			.modules = &kit_modules, .year = {.now = now}, .rsyslog = true};
		struct record r = kit_record(str_make(copy, text.len));
		if (formats[ids[i]]->parse(&p, str_make(copy, r.head), &r)) {
			fields_reset(&kit_fields);
			formats[ids[i]]->fields(&r, &kit_fields);
			const char *bad = outside(&r);
			if (bad != NULL)
				ok(false, "%s of '%.*s' is in the record", bad, (int)text.len,
					text.ptr);
		}
		buf_free(&p.plain);
	}
	fields_reset(&kit_fields);
	free(copy);
}

static void check_broken(const char *file, int n, struct str text)
{
	char *flipped = kit_copy(text, ' ');

	for (size_t len = 0; len <= text.len; len++)
		try_broken(str_make(text.ptr, len));
	for (size_t bit = 0; bit < 8 * text.len; bit++) {
		flipped[bit / 8] = (char)(flipped[bit / 8] ^ 1 << bit % 8);
		try_broken(str_make(flipped, text.len));
		flipped[bit / 8] = (char)(flipped[bit / 8] ^ 1 << bit % 8);
	}
	free(flipped);
	ok(true, "%s %d: broken in every way", file, n);
}

static void check_record(const char *file, int n, struct parse *p, struct str text)
{
	while (text.len > 0 && strchr("\n", text.ptr[text.len - 1]) != NULL)
		text.len--; /* as the reader does with NUL and LF */
	char *copy = kit_copy(text, 'x');

	put_row(file, n, p, str_make(copy, text.len));
	fields_reset(&kit_fields);
	free(copy);
	check_broken(file, n, text);
}

static struct str load(const char *file)
{
	struct buf b = kit_file("syslog", file);

	memset(holder, 0, sizeof(holder));
	memcpy(holder, b.ptr, b.len);
	struct str s = {holder, b.len};
	buf_free(&b);
	return s;
}

/* Lines; what no format takes goes on with the record before it. */
static void check_lines(const char *file, struct parse *p, struct str rest)
{
	struct str line, open = {NULL, 0};
	struct record r;
	int number = 0, first = 0;

	while (rest.len > 0 && str_split(&rest, '\n', &line)) {
		number++;
		if (open.ptr != NULL && take(p, line, &r) < 0) {
			open.len = (size_t)(line.ptr + line.len - open.ptr);
			continue;
		}
		if (open.ptr != NULL)
			check_record(file, first, p, open);
		open = line;
		first = number;
	}
	check_record(file, first, p, open);
}

/* A message a line, in hexadecimal. */
static void check_hex(const char *file, struct parse *p, struct str rest)
{
	char text[4096];
	struct str line;

	for (int n = 1; rest.len > 0 && str_split(&rest, '\n', &line); n++) {
		for (size_t i = 0; i + 1 < line.len; i += 2) {
			char digits[3] = {line.ptr[i], line.ptr[i + 1], 0};
			text[i / 2] = (char)strtoul(digits, NULL, 16);
		}
		check_record(file, n, p, str_make(text, line.len / 2));
	}
}

/* Messages as they go over a stream: counted, or ended by SEP. */
static void check_stream(const char *file, struct parse *p, struct str rest)
{
	struct str text;

	for (int n = 1; rest.len > 0; n++) {
		if (isdigit((unsigned char)rest.ptr[0])) {
			char *blank;
			size_t len = strtoul(rest.ptr, &blank, 10);
			text = str_make(blank + 1, len);
			rest = str_skip(rest, (size_t)(text.ptr - rest.ptr) + len);
		} else {
			bool nul = memchr(rest.ptr, '\0', rest.len) != NULL ||
				   strncmp(file, "python", 6) == 0;
			if (!str_split(&rest, nul ? '\0' : '\n', &text))
				break;
		}
		check_record(file, n, p, text);
	}
}

static void check_file(const char *file)
{
	struct intern_cache modules = {0};
	struct parse p = {.want = WANT_LEVEL | WANT_MODULE, .modules = &modules,
		.year = {.now = now}};
	struct str all = load(file);
	const char *kind = strrchr(file, '.');

	if (strcmp(kind, ".hexl") == 0)
		check_hex(file, &p, all);
	else if (strcmp(kind, ".bin") == 0)
		check_stream(file, &p, all);
	else
		check_lines(file, &p, all);
	buf_free(&p.plain);
}

static void test_samples(void)
{
	static const char *const files[] = {"syslog-bsd-dgrams.hexl",
		"python-sysloghandler-udp.hexl", "python-sysloghandler-tcp.bin",
		"syslog-rfc3164-octet.bin", "syslog-rfc5424-octet.bin",
		"syslog-rfc5424-lf.bin", "syslog-rfc5424.log", "rfc5424-samples.log",
		"log4j2-rfc5424.log", "syslog-traditional.log", "syslog-iso.log",
		"journal-short.txt", "journal-short-precise.txt", "journal-short-iso.txt",
		"journal-short-iso-precise.txt", "dotnet-systemd.log"};
	struct str expected, got, want, left;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check_file(files[i]);
	expected = load("expected.tsv");
	left = buf_str(&rows);
	while (expected.len > 0 && str_split(&expected, '\n', &want)) {
		char *text = xstrndup(want.ptr, want.len);
		if (!ok(left.len > 0 && str_split(&left, '\n', &got), "a row for %s", text))
			got = (struct str){"", 0};
		is_str(got.ptr, got.len, text, text);
		free(text);
	}
	ok(left.len == 0, "no row beyond the expected ones");
	buf_free(&rows);
}

/* One message, read by whichever format takes it. */
static const char *read_one(const char *text, struct record *r)
{
	static char *copy;
	struct str s = str_from(text);
	struct parse p = {.want = WANT_LEVEL | WANT_MODULE, .modules = &kit_modules,
		.year = {.now = now}};
	int format;

	fields_reset(&kit_fields);
	free(copy);
	copy = kit_copy(s, '4');
	format = take(&p, str_make(copy, s.len), r);
	buf_free(&p.plain);
	if (format < 0)
		return "none";
	formats[format]->fields(r, &kit_fields);
	return formats[format]->name;
}

struct message {
	const char *text;
	const char *time; /* RFC 3339 without the date where it is today; NULL: none */
	const char *level;
	const char *host, *module, *pid, *message; /* NULL: not there */
	const char *extra, *value;                 /* an extra field, if not NULL */
};

static void check_message(const struct message *m)
{
	struct record r;
	struct buf time = {0};
	const char *name = read_one(m->text, &r);

	if (!ok(strncmp(name, "syslog", 6) == 0, "syslog: %s", m->text))
		return;
	buf_reserve(&time, 1);
	if (r.time != TIME_NONE)
		stamp_put_rfc3339(&time, r.time);
	is_str(time.ptr, time.len, m->time ? m->time : "", "its time");
	is_str(level_name(r.level), strlen(level_name(r.level)), m->level, "its level");
	kit_is("host", m->host);
	kit_is("module", m->module);
	kit_is("pid", m->pid);
	kit_is("message", m->message);
	if (m->extra != NULL)
		kit_is(m->extra, m->value);
	buf_free(&time);
}

#define T17 "2026-11-20T17:00:00.000000000Z"
#define T17_123 "2026-11-20T17:00:00.123000000Z"

static const struct message messages[] = {
	/* RFC 5424 */
	{"<165>1 2026-11-20T17:00:00Z h app 12 ID47 [a@1 x=\"1\" "
	 "y=\"\\\"q\\\" \\\\ \\] \\n\"][b][c z=\"\"] m",
		T17, "NOTICE", "h", "app", "12", "m", "a@1.y", "\"q\" \\ ] \\n"},
	{"<165>1 2026-11-20T17:00:00Z h app 12 ID47 [a@1 x=\"1\"][b][c z=\"]\"] m", T17,
		"NOTICE", "h", "app", "12", "m", "c.z", "]"},
	{"<0>1 - - - - - -", NULL, "EMERGENCY", NULL, NULL, NULL, "", "msgid", NULL},
	{"<9>1 2026-11-20T17:00:00Z h app - - -", T17, "ALERT", "h", "app", NULL, "", NULL, NULL},
	{"<10>1 2026-11-20T17:00:00Z h app main - - \xef\xbb\xbfm", T17, "CRITICAL", "h", "app",
		NULL, "m", "procid", "main"},
	{"<11>1 2026-11-20T17:00:00Z h app 1 - -  two blanks", T17, "ERROR", "h", "app", "1",
		"two blanks", "facility", "user"},
	{"<191>1 2026-11-20T17:00:00.123Z fe80::1%eth0 app 1 - - m", T17_123, "DEBUG",
		"fe80::1%eth0", "app", "1", "m", "facility", "local7"},
	{"<14>1 2026-11-20T17:00:00Z h app 1", T17, "INFO", "h", "app", "1", "", NULL, NULL},
	{"<14>1 2026-11-20T17:00:00Z h app 1 - [broken=\"x", T17, "INFO", "h", "app", "1",
		"[broken=\"x", NULL, NULL},
	{"<14>1 2026-11-20T17:00:00Z h app 1 - - tb\nTraceback (most recent call last):\nE: x",
		T17, "INFO", "h", "app", "1", "tb", "exception",
		"Traceback (most recent call last):\nE: x"},
	{"<14>1 hello", NULL, "INFO", NULL, NULL, NULL, "1 hello", NULL, NULL},
	/* PRI */
	{"<192>m", NULL, "NOTICE", NULL, NULL, NULL, "m", "facility", "user"},
	{"<007>m", NULL, "NOTICE", NULL, NULL, NULL, "m", NULL, NULL},
	{"<7>m", NULL, "DEBUG", NULL, NULL, NULL, "m", "facility", NULL},
	/* RFC 3164 and its variants */
	{"<34>Nov 20 17:00:00 vm su[9]: 'su root' failed", T17, "CRITICAL", "vm", "su", "9",
		"'su root' failed", "facility", "auth"},
	{"<29>Nov 20 17:00:00 myapp[9729]: local", T17, "NOTICE", NULL, "myapp", "9729", "local",
		"facility", "daemon"},
	{"<13>Nov  2 17:00:00 vm a/b.c-d(x)[1]: m", "2026-11-02T17:00:00.000000000Z", "NOTICE",
		"vm", "a/b.c-d(x)", "1", "m", NULL, NULL},
	{"<13>Nov 20 2026 17:00:00 vm app: m", T17, "NOTICE", "vm", "app", NULL, "m", NULL, NULL},
	{"<13>Nov 20 17:00:00 2026 vm app: m", T17, "NOTICE", "vm", "app", NULL, "m", NULL, NULL},
	{"<13>Nov 20 17:00:00.123 vm app: m", T17_123, "NOTICE", "vm", "app", NULL, "m", NULL,
		NULL},
	{"<13>Nov 20 18:00:00 CET vm app: m", T17, "NOTICE", "vm", "app", NULL, "m", NULL, NULL},
	{"<13>Nov 20 18:00:00 +0100 vm app: m", T17, "NOTICE", "vm", "app", NULL, "m", NULL, NULL},
	{"<13>2026-11-20T18:00:00.123+01:00 vm app[7]: m", T17_123, "NOTICE", "vm", "app", "7",
		"m", NULL, NULL},
	{"<13>2026-11-20T17:00:00Z vm app via a relay", T17, "NOTICE", "vm", "app", NULL,
		"via a relay", NULL, NULL},
	{"<189>12: Nov 20 17:00:00.123: %SYS-5-CONFIG_I: m", T17_123, "NOTICE", NULL, NULL, NULL,
		"%SYS-5-CONFIG_I: m", "sequence", "12"},
	{"<189>12: r1: *Nov 20 18:00:00.123 CET: %SYS-5-X: m", T17_123, "NOTICE", "r1", NULL,
		NULL, "%SYS-5-X: m", "sequence", "12"},
	{"<189>*Nov 20 17:00:00: %SYS-5-X: m", T17, "NOTICE", NULL, NULL, NULL, "%SYS-5-X: m",
		"sequence", NULL},
	{"<189>34: %SYS-5-X: m", NULL, "NOTICE", NULL, NULL, NULL, "%SYS-5-X: m", "sequence",
		"34"},
	{"<166>Nov 20 2026 17:00:00 fw : %ASA-6-1: m", T17, "INFO", "fw", NULL, NULL,
		"%ASA-6-1: m", NULL, NULL},
	{"<14>12: no sequence", NULL, "INFO", NULL, NULL, NULL, "12: no sequence", "sequence",
		NULL},
	{"<14>Nov 20 17:00:00 vm last message repeated 3 times", T17, "INFO", "vm", NULL, NULL,
		"last message repeated 3 times", NULL, NULL},
	{"<14>Nov 20 17:00:00 vm -- MARK --", T17, "INFO", "vm", NULL, NULL, "-- MARK --", NULL,
		NULL},
	{"<14>Nov 20 17:00:00 hello", T17, "INFO", NULL, NULL, NULL, "hello", NULL, NULL},
	{"<14>Nov 31 17:00:00 vm app: m", NULL, "INFO", NULL, NULL, NULL,
		"Nov 31 17:00:00 vm app: m", NULL, NULL},
	/* No time: Python's SysLogHandler */
	{"<12>m", NULL, "WARNING", NULL, NULL, NULL, "m", NULL, NULL},
	{"<12>plain, no tag", NULL, "WARNING", NULL, NULL, NULL, "plain, no tag", NULL, NULL},
	{"<14>myapp: m", NULL, "INFO", NULL, "myapp", NULL, "m", NULL, NULL},
	{"<14>myapp:m", NULL, "INFO", NULL, "myapp", NULL, "m", NULL, NULL},
	{"<14>myapp[3]: m", NULL, "INFO", NULL, "myapp", "3", "m", NULL, NULL},
	{"<14>http://x: m", NULL, "INFO", NULL, NULL, NULL, "http://x: m", NULL, NULL},
	{"<14>CEF:0|a|b", NULL, "INFO", NULL, NULL, NULL, "CEF:0|a|b", NULL, NULL},
	{"<14>Error: m", NULL, "INFO", NULL, NULL, NULL, "Error: m", NULL, NULL},
	{"<11>tb\nTraceback (most recent call last):\n  File \"x\"\nValueError: y", NULL, "ERROR",
		NULL, NULL, NULL, "tb", "exception",
		"Traceback (most recent call last):\n  File \"x\"\nValueError: y"},
	{"<11>a#012b#011c #013", NULL, "ERROR", NULL, NULL, NULL, "a\nb\tc #013", NULL, NULL},
	{"<11>a#012b\nc", NULL, "ERROR", NULL, NULL, NULL, "a#012b\nc", NULL, NULL},
	/* Files */
	{"Nov 20 17:00:00 vm app[1]: ERROR: m", T17, "ERROR", "vm", "app", "1", "m", "level",
		"ERROR"},
	{"Nov 20 17:00:00 vm app[1]: [WARNING] m", T17, "WARNING", "vm", "app", "1", "m", NULL,
		NULL},
	{"Nov 20 17:00:00 vm app[1]: m", T17, "-", "vm", "app", "1", "m", "facility", NULL},
	{"2026-11-20T18:00:00.123000+01:00 vm app[1]: ERROR m", T17_123, "ERROR", "vm", "app",
		"1", "m", NULL, NULL},
	{"2026-11-20T18:00:00+0100 vm app: m#012n", T17, "-", "vm", "app", NULL, "m\nn", NULL,
		NULL},
	/* A record within */
	{"<14>myapp: 2026-11-20 17:00:00.123 | ERROR    | a.b:f:7 - m", T17_123, "ERROR", NULL,
		"a.b", NULL, "m", "syslog.tag", "myapp"},
	{"<14>2026-11-20 17:00:00.123 | SUCCESS  | a.b:f:7 - m\nTraceback (most recent call "
	 "last):\nE: x", T17_123, "SUCCESS", NULL, "a.b", NULL, "m", "exception",
		"Traceback (most recent call last):\nE: x"},
	{"<14>myapp: 2026-11-20 17:00:00,123 a.b m", T17_123, "INFO", NULL, "myapp", NULL,
		"2026-11-20 17:00:00,123 a.b m", NULL, NULL},
	{"<14>myapp: 2026-11-20 17:00:00,123 - a.b - DEBUG - m", T17_123, "DEBUG", NULL, "a.b",
		NULL, "m", NULL, NULL},
	{"<14>WARNING:a.b:m", NULL, "WARNING", NULL, "a.b", NULL, "m", NULL, NULL},
	{"<14>Nov 20 17:00:00 vm d[7]: time=\"2026-11-20T17:00:00.123Z\" level=error "
	 "msg=\"x y\" user=4",
		T17_123, "ERROR", "vm", "d", "7", "x y", "user", "4"},
	{"<14>Nov 20 17:00:00 vm d[7]: {\"time\":\"2026-11-20T17:00:00.123Z\",\"level\":\"error\","
	 "\"message\":\"x#012y\",\"logger\":\"l\",\"pid\":8}", T17_123, "ERROR", "vm", "l", "8",
		"x#012y", "syslog.pid", "7"},
	{"<14>Nov 20 17:00:00 vm d: @cee: {\"msg\":\"x\",\"a\":{\"b\":1}}", T17, "INFO", "vm", "d",
		NULL, "x", "a.b", "1"},
	{"<14>d: @cee:{\"msg\":\"x#012y\",\"a\":2}", NULL, "INFO", NULL, "d", NULL, "x#012y", "a",
		"2"},
	{"<14>d: @cee:{\"msg\":\"x\",\"level\":\"error\"}", NULL, "ERROR", NULL, "d", NULL, "x",
		NULL, NULL},
	/* The header's time is finer, or a day away from the other */
	{"<14>1 2026-11-20T17:00:00.123000Z h app - - - "
	 "{\"time\":\"2026-11-20T16:59:59Z\",\"msg\":\"x\"}",
		T17_123, "INFO", "h", "app", NULL, "x", NULL, NULL},
	{"<14>1 2026-11-20T17:00:00Z h app - - - "
	 "{\"time\":\"2026-11-21T17:00:01.5Z\",\"msg\":\"x\"}",
		T17, "INFO", "h", "app", NULL, "x", NULL, NULL},
	{"<14>1 2026-11-20T16:59:59.987Z h app - - - "
	 "{\"time\":\"2026-11-20T17:00:00.123Z\",\"msg\":\"x\"}",
		T17_123, "INFO", "h", "app", NULL, "x", NULL, NULL},
};

static void test_messages(void)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		check_message(&messages[i]);
		check_broken("message", (int)i, str_from(messages[i].text));
	}
}

static void refuse(const char *text, const char *format)
{
	struct record r;
	const char *name = read_one(text, &r);

	is_str(name, strlen(name), format, text);
}

/* What looks like it. */
static void test_others(void)
{
	refuse("<>m", "none");
	refuse("<1234>m", "none");
	refuse("<-1>m", "none");
	refuse("<12m", "none");
	refuse("<b>m", "none");
	refuse("Nov 20 went by", "none");
	refuse("Nov 20 17:00 vm app: m", "none");
	refuse("Nov 31 17:00:00 vm app: m", "none");
	refuse("November 20 17:00:00", "none");
	refuse("2026-11-20T17:00:00.123456Z vm app: m", "iso");
	refuse("2026-11-20T18:00:00.123456+01:00 two words", "iso");
	refuse("2026-11-20T18:00:00.123456+01:00 INFO app: m", "stdlib");
	refuse("2026-11-20T18:00:00,123456+01:00 usb 1-1: m", "iso");
	refuse("2026-11-20 18:00:00 vm app[1]: m", "iso");
}

/* Structured data of many elements, and names of any length, within bounds. */
static void test_much(void)
{
	struct buf b = {0};
	struct record r;
	const char *name;

	buf_puts(&b, "<14>1 2026-11-20T17:00:00Z h app - - ");
	for (int i = 0; i < 400; i++)
		buf_printf(&b, "[id%d a=\"%d\"]", i, i);
	buf_put(&b, " m", 3);
	name = read_one(b.ptr, &r);
	is_str(name, strlen(name), "syslog5424", "400 elements");
	kit_is("message", "m");
	kit_is("id200.a", "200");
	ok(kit_fields.extras == FIELDS_MAX, "the most extra fields");
	ok(kit_fields.left_out == 400 + 1 - FIELDS_MAX, "the others are counted");
	b.len = 0;
	buf_puts(&b, "<14>1 2026-11-20T17:00:00Z h app - - [");
	for (int i = 0; i < 1000; i++)
		buf_put_char(&b, 'i');
	buf_put(&b, " a=\"1\"] m", 10);
	read_one(b.ptr, &r);
	kit_is("message", "m");
	ok(kit_fields.extras == 1, "a name too long is left out");
	buf_free(&b);
}

static int64_t utc(const char *text)
{
	struct stamp_cache cache = {0};
	char padded[64 + TEXT_PAD] = {0};
	int64_t ns = 0;

	strncpy(padded, text, 63);
	stamp_parse(&cache, str_make(padded, strlen(padded)), &ns);
	return ns;
}

/* A stamp without a year, read at AT after what YEAR has seen, is WANT. */
static void year_is(struct stamp_year *year, const char *at, const char *text, const char *want)
{
	struct stamp_cache cache = {0};
	char padded[64 + TEXT_PAD] = {0};
	struct buf b = {0};
	int64_t ns;
	size_t n;

	strncpy(padded, text, 63);
	if (at != NULL)
		year->now = utc(at);
	n = stamp_parse_bsd(&cache, year, str_make(padded, strlen(padded)), &ns);
	if (n > 0)
		stamp_put_rfc3339(&b, ns);
	else
		buf_puts(&b, "none");
	is_str(b.ptr, b.len < 19 ? b.len : 19, want, text);
	buf_free(&b);
}

static void year_of(const char *at, const char *text, const char *want)
{
	struct stamp_year year = {0};

	year_is(&year, at, text, want);
}

static void test_years(void)
{
	struct stamp_year year = {0};

	year_of("2026-11-20T20:00:00Z", "Nov 20 19:00:00", "2026-11-20T19:00:00");
	year_of("2026-11-20T20:00:00Z", "Nov 21 19:59:59", "2026-11-21T19:59:59");
	year_of("2026-11-20T20:00:00Z", "Nov 21 20:00:01", "2025-11-21T20:00:01");
	year_of("2026-11-20T20:00:00Z", "Jan  1 00:00:00", "2026-01-01T00:00:00");
	year_of("2027-01-01T00:00:05Z", "Dec 31 23:59:59", "2026-12-31T23:59:59");
	year_of("2026-12-31T23:59:50Z", "Jan  1 00:00:01", "2027-01-01T00:00:01");
	year_of("2026-11-20T20:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00");
	year_of("2024-02-28T20:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00");
	year_of("2101-01-01T00:00:00Z", "Feb 29 12:00:00", "2096-02-29T12:00:00");
	year_of("2026-11-20T20:00:00Z", "Feb 30 12:00:00", "none");
	year_of("2026-11-20T20:00:00Z", "Nov 20 24:00:01", "none");
	year_of("2026-11-20T20:00:00Z", "Nov 20 23:59:60", "2026-11-21T00:00:00");
	year_of("1970-01-01T00:00:00.1Z", "Nov 20 19:00:00", "none");
	/* One source, over New Year and for years. */
	year_is(&year, "2026-12-31T23:59:59Z", "Dec 31 23:59:59", "2026-12-31T23:59:59");
	year_is(&year, "2026-12-31T23:59:59Z", "Jan  1 00:00:00", "2027-01-01T00:00:00");
	year_is(&year, "2027-01-01T00:00:00Z", "Dec 31 23:59:59", "2026-12-31T23:59:59");
	year_is(&year, "2027-01-01T00:00:00Z", "Jan  1 00:00:00", "2027-01-01T00:00:00");
	year_is(&year, "2028-01-01T00:00:00Z", "Jan  1 00:00:00", "2028-01-01T00:00:00");
	/* The same date crosses the day after now. */
	year = (struct stamp_year){0};
	year_is(&year, "2026-11-20T20:00:00Z", "Nov 21 19:00:00", "2026-11-21T19:00:00");
	year_is(&year, "2026-11-20T20:00:00Z", "Nov 21 21:00:00", "2025-11-21T21:00:00");
	year_is(&year, "2026-11-20T20:00:00Z", "Nov 21 19:00:00", "2026-11-21T19:00:00");
	/* A file that says too early when it was written. */
	year = (struct stamp_year){.forward = true};
	year_is(&year, "2026-12-20T00:00:00Z", "Dec 10 10:00:00", "2026-12-10T10:00:00");
	year_is(&year, NULL, "Dec  9 10:00:00", "2026-12-09T10:00:00");
	year_is(&year, NULL, "Jan  3 10:00:00", "2027-01-03T10:00:00");
	year_is(&year, NULL, "Dec 11 10:00:00", "2026-12-11T10:00:00");
	year_of(NULL, "Nov 20 2019 10:00:00", "2019-11-20T10:00:00");
}

/* The fields within a record of another format, and what stays of the message. */
static void test_depth(void)
{
	struct record r;

	read_one("<14>myapp[5]: 2026-11-20 17:00:00.123 | INFO     | a.b:f:7 - m\nmore", &r);
	kit_is("function", "f");
	kit_is("line", "7");
	kit_is("pid", "5");
	kit_is("message", "m\nmore");
	read_one("Nov 20 17:00:00 vm x: 2026-11-20 17:00:00.123 | INFO     | a.b:f:7 - m#012"
		 "Traceback (most recent call last):#012E: x", &r);
	kit_is("message", "m");
	kit_is("exception", "Traceback (most recent call last):\nE: x");
	read_one("<14>x: @cee: {\"a\":1}", &r);
	kit_is("message", "{\"a\":1}");
	kit_is("a", "1");
	kit_is("module", "x");
}

int main(void)
{
	kit_begin();
	test_samples();
	test_messages();
	test_others();
	test_much();
	test_years();
	test_depth();
	kit_end();
	return done_testing();
}
