/* Records in every kind of output, as exact strings. */
#include <stdlib.h>

#include "cli/json_put.h"
#include "cli/output.h"
#include "core/level.h"
#include "core/mem.h"
#include "formats/format.h"
#include "tap.h"

#define SECOND 1795190334
#define TIME_OF(ns) (SECOND * NS_PER_SECOND + (ns))

static char label[64] = "app.log";
static struct origin origin = {.label = label};
static struct buf out;
static struct buf texts[4]; /* padded, as a format may expect */
static unsigned texts_used;

/* What the stub of the formats says of any record. */
static struct fields known;

static void parse_known(const struct record *r, struct fields *f)
{
	(void)r;
	memcpy(f->named, known.named, sizeof(f->named));
	for (size_t i = 0; i < known.extras; i++)
		fields_add(f, known.extra[i].name, known.extra[i].value,
			known.extra[i].kind);
}

static void know(enum field_id id, const char *value)
{
	known.named[id] = str_from(value);
}

static void know_extra(const char *name, const char *value, enum field_kind kind)
{
	fields_add(&known, str_from(name), str_from(value), kind);
}

static struct record make(const char *text, int64_t time, enum level level)
{
	struct buf *b = &texts[texts_used++ % 4];
	const char *newline = strchr(text, '\n');
	struct record r = {.time = time, .key = time, .origin = &origin};

	b->len = 0;
	buf_puts(b, text);
	buf_reserve(b, TEXT_PAD);
	memset(b->ptr + b->len, 0, TEXT_PAD);
	r.text = b->ptr;
	r.len = (uint32_t)b->len;
	r.head = newline != NULL ? (uint32_t)(newline - text) : r.len;
	r.level = (uint8_t)level;
	r.severity = level_number(level);
	r.format = FORMAT_loguru;
	return r;
}

static void forget(void)
{
	fields_reset(&known);
}

static struct output *start(const struct output_options *options)
{
	struct err err = {0};
	struct output *o = output_new(options, &err);

	if (!ok(o != NULL, "%s is an output", options->kind)) {
		printf("# %s\n", err.msg);
		exit(1);
	}
	return o;
}

/* R as OPTIONS say. */
static void shown(const struct output_options *options, const struct record *r,
	const char *want, const char *name)
{
	struct output *o = start(options);

	out.len = 0;
	output_put(o, r, &out);
	is_str(out.ptr, out.len, want, name);
	output_free(o);
}

#define LOGURU "2026-11-20 16:58:54.539 | WARNING  | app.db:query:42 - slow query"
#define TRACEBACK                                                                        \
	"Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'"

static struct record loguru(void)
{
	struct record r = make(LOGURU, TIME_OF(539123456), LEVEL_WARNING);

	forget();
	know(FIELD_MESSAGE, "slow query");
	know(FIELD_MODULE, "app.db");
	know(FIELD_FUNCTION, "query");
	know(FIELD_LINE, "42");
	return r;
}

static struct record failed(void)
{
	struct record r =
		make(LOGURU "\nsecond line\n" TRACEBACK, TIME_OF(0), LEVEL_ERROR);

	forget();
	know(FIELD_MESSAGE, "slow query\nsecond line");
	know(FIELD_MODULE, "app.db");
	know(FIELD_EXCEPTION, TRACEBACK);
	return r;
}

static struct record json(void)
{
	struct record r = make("{\"msg\":1}", TIME_OF(5000000), LEVEL_INFO);

	forget();
	r.format = FORMAT_json;
	know(FIELD_MESSAGE, "GET \"/\" \xc3\x98");
	know(FIELD_PID, "007");
	know_extra("status", "200", FIELD_NUMBER);
	know_extra("odd", "0x1f", FIELD_NUMBER);
	know_extra("path", "/a b", FIELD_TEXT);
	know_extra("ctx", "{\"a\": [1, {}, \"\\ud800x\"]}", FIELD_JSON);
	know_extra("bad", "{\"a\":", FIELD_JSON);
	know_extra("status", "500", FIELD_NUMBER);
	return r;
}

static struct record raw(void)
{
	struct record r = make("print\tit", TIME_NONE, LEVEL_UNKNOWN);

	forget();
	r.format = FORMAT_raw;
	know(FIELD_MESSAGE, "print\tit");
	return r;
}

static void test_text(void)
{
	struct output_options t = {.kind = "text", .label_width = 9};
	struct record r = failed();
	struct output *o;

	shown(&t, &r, LOGURU "\nsecond line\n" TRACEBACK "\n", "text is the bytes");
	t.prefix = true;
	r = make("one\n\ntwo", TIME_OF(0), LEVEL_ERROR);
	shown(&t, &r, "app.log   | one\napp.log   | \napp.log   | two\n",
		"every line labelled");
	r.flags = RECORD_LATE;
	shown(&t, &r, "app.log!  | one\napp.log   | \napp.log   | two\n",
		"late is marked");
	t.color = true;
	shown(&t, &r, "app.log!  | \x1b[31mone\x1b[0m\napp.log   | \napp.log   | two\n",
		"colour");
	t.prefix = false;
	shown(&t, &r, "! \x1b[31mone\x1b[0m\n\ntwo\n", "late without a label");
	t.color = false;
	shown(&t, &r, "one\n\ntwo\n", "late into a pipe");
	t.time_given = true;
	t.time = TIME_CLOCK;
	shown(&t, &r, "16:58:54.000 one\n             \n             two\n",
		"time in front");
	t.prefix = true;
	t.raw = true;
	t.time_given = false;
	r = make("a\x1b[31mb\rc\r", TIME_OF(0), LEVEL_INFO);
	shown(&t, &r, "a\x1b[31mb\rc\r\n", "raw is raw");
	t.raw = t.prefix = false;
	t.escape = true;
	shown(&t, &r, "ab\\rc\n", "escaped");

	t = (struct output_options){.kind = "text", .prefix = true};
	o = start(&t);
	out.len = 0;
	r = make("first ", TIME_OF(0), LEVEL_INFO);
	r.flags = RECORD_CUT;
	output_put(o, &r, &out);
	r = make("second", TIME_OF(0), LEVEL_INFO);
	r.flags = RECORD_CONTINUED;
	output_put(o, &r, &out);
	r.flags = RECORD_CUT;
	output_put(o, &r, &out);
	r.flags = 0;
	output_put(o, &r, &out);
	is_str(out.ptr, out.len,
		"app.log | first second\napp.log | second\napp.log | second\n",
		"what was cut is put together, if nothing comes between");
	ok(!output_is_verbatim(o) && !output_wants_level(o), "labels are not verbatim");
	output_free(o);
	t.raw = true;
	o = start(&t);
	ok(output_is_verbatim(o), "raw is verbatim");
	out.len = 0;
	output_separator(o, &out);
	is_str(out.ptr, out.len, "--\n", "separator");
	output_free(o);
}

static void test_pretty(void)
{
	struct output_options p = {.kind = "pretty", .prefix = true, .label_width = 9};
	struct record r = loguru();

	shown(&p, &r, "2026-11-20 16:58:54.539 app.log   WARNING  app.db  slow query\n",
		"pretty");
	r.flags = RECORD_LATE;
	shown(&p, &r, "2026-11-20 16:58:54.539 app.log  !WARNING  app.db  slow query\n",
		"late");
	r.flags = 0;
	p.color = true;
	shown(&p, &r,
		"\x1b[2m2026-11-20 16:58:54.539\x1b[0m \x1b[35mapp.log\x1b[0m   "
		"\x1b[33mWARNING\x1b[0m  app.db  slow query\n",
		"in colour");
	p.color = p.prefix = false;
	p.show = "line,function,nothing";
	shown(&p, &r,
		"2026-11-20 16:58:54.539 WARNING  app.db  slow query function=query "
		"line=42\n",
		"what --show names comes behind");
	p.show = "level,message";
	shown(&p, &r, "WARNING  slow query\n", "--show of columns");
	p.show = NULL;
	p.hide = "time,module";
	shown(&p, &r, "WARNING  slow query\n", "--hide");
	p.hide = NULL;
	know(FIELD_MODULE, "an.unreasonably.long.name.of.a.module");
	p.columns = 80;
	shown(&p, &r,
		"2026-11-20 16:58:54.539 WARNING  an.unreason..of.a.module  slow query\n",
		"a long module on a narrow terminal");
	p.columns = 0;
	r = failed();
	shown(&p, &r,
		"2026-11-20 16:58:54.000 ERROR    app.db  slow query\n  second line\n"
		"  Traceback (most recent call last):\n    File \"a.py\", line 1\n"
		"  KeyError: 'x'\n",
		"more lines below");
	know(FIELD_MESSAGE, "one\n\ntwo\n\n");
	know(FIELD_EXCEPTION, "");
	shown(&p, &r, "2026-11-20 16:58:54.000 ERROR    app.db  one\n\n  two\n",
		"empty lines are not indented, and at the end none");
	r = json();
	shown(&p, &r,
		"2026-11-20 16:58:54.005 INFO     GET \"/\" \xc3\x98 status=200 odd=0x1f "
		"path=\"/a b\" ctx={\"a\": [1, {}, \"\\ud800x\"]} bad={\"a\": "
		"status=500\n",
		"fields behind");
	r = raw();
	shown(&p, &r, "                        -        print\tit\n",
		"no time, no level");
	know(FIELD_LEVEL, "AUDIT");
	shown(&p, &r, "                        AUDIT    print\tit\n",
		"a level of its own");
	r.severity = 37;
	know(FIELD_LEVEL, "Level 37");
	shown(&p, &r, "                        Level 37 print\tit\n",
		"a level of a number");
}

static void test_json(void)
{
	struct output_options j = {.kind = "json"};
	struct record r = loguru();

	shown(&j, &r,
		"{\"time\":\"2026-11-20T15:58:54.539123456Z\",\"level\":\"WARNING\","
		"\"source\":\"app.log\",\"format\":\"loguru\",\"message\":\"slow query\","
		"\"module\":\"app.db\",\"function\":\"query\",\"line\":42}\n",
		"json");
	r = failed();
	r.flags = RECORD_LATE | RECORD_CUT | RECORD_PARTIAL;
	shown(&j, &r,
		"{\"time\":\"2026-11-20T15:58:54.000000000Z\",\"level\":\"ERROR\","
		"\"source\":\"app.log\",\"format\":\"loguru\","
		"\"message\":\"slow query\\nsecond line\",\"module\":\"app.db\","
		"\"exception\":\"Traceback (most recent call last):\\n  File "
		"\\\"a.py\\\", "
		"line 1\\nKeyError: 'x'\",\"late\":true,\"cut\":true,\"partial\":true}\n",
		"with a traceback and flags");
	r = json();
	shown(&j, &r,
		"{\"time\":\"2026-11-20T15:58:54.005000000Z\",\"level\":\"INFO\","
		"\"source\":\"app.log\",\"format\":\"json\","
		"\"message\":\"GET \\\"/\\\" "
		"\xc3\x98\",\"pid\":\"007\",\"fields\":{\"status\":200,"
		"\"odd\":\"0x1f\",\"path\":\"/a b\",\"ctx\":{\"a\":[1,{},\"\\ufffdx\"]},"
		"\"bad\":\"{\\\"a\\\":\"}}\n",
		"with fields");
	j.show = "message,status";
	shown(&j, &r,
		"{\"message\":\"GET \\\"/\\\" \xc3\x98\",\"fields\":{\"status\":200}}\n",
		"--show");
	j.show = "nothing,time";
	j.hide = "time";
	shown(&j, &r, "{}\n", "nothing left");
	j = (struct output_options){.kind = "json"};
	r = raw();
	shown(&j, &r,
		"{\"time\":null,\"level\":null,\"source\":\"app.log\",\"format\":\"raw\","
		"\"message\":\"print\\tit\"}\n",
		"nothing known");
	know(FIELD_LEVEL, "AUDIT");
	know_extra("level", "x", FIELD_TEXT);
	know(FIELD_MESSAGE, "\x1b[31mred\x1b[0m \x1b]0;x\a \xff \xed\xa0\x80");
	shown(&j, &r,
		"{\"time\":null,\"level\":null,\"source\":\"app.log\",\"format\":\"raw\","
		"\"message\":\"red \\u001b]0;x\\u0007 \xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd\",\"fields\":{\"level\":\"AUDIT\"}}\n",
		"a level of its own, odd bytes");
	r.severity = 37;
	r.level = LEVEL_WARNING;
	know(FIELD_LEVEL, "Level 37");
	know(FIELD_MESSAGE,
		"\x7f\xc2\x9b\xe2\x80\x8b\xe2\x80\x8d\xe2\x80\xae\xf3\xa0\x81\x81");
	j.escape = true;
	j.hide = "fields.level";
	shown(&j, &r,
		"{\"time\":null,\"level\":\"Level 37\",\"source\":\"app.log\","
		"\"format\":\"raw\",\"message\":"
		"\"\\u007f\\u009b\\u200b\xe2\x80\x8d\\u202e"
		"\\udb40\\udc41\"}\n",
		"a level of a number, escaped");
}

static void test_json_values(void)
{
	static const char *const good[][2] = {
		{"null", "null"},
		{" [ ] ", "[]"},
		{"{}", "{}"},
		{"-0.5e+10", "-0.5e+10"},
		{"[true,\n false]", "[true,false]"},
		{"\"\\ud83d\\udc1e\"", "\"\\ud83d\\udc1e\""},
		{"\"\\udc1e\"", "\"\\ufffd\""},
		{"{\"a\":{\"b\":[[]]}}", "{\"a\":{\"b\":[[]]}}"},
		{"\"\xff\"", "\"\xef\xbf\xbd\""},
		{"\"a\\/b\"", "\"a\\/b\""},
	};
	static const char *const bad[] = {"", " ", "01", "1.", "-", "1e", "+1", "nul",
		"NaN", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[",
		"]", "[}", "\"", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "[]]",
		"{\"a\":1]"};
	char deep[2 * JSON_PUT_DEPTH_MAX + 3];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		out.len = 0;
		ok(json_put_value(&out, str_from(good[i][0]), 0), "%zu is JSON", i);
		is_str(out.ptr, out.len, good[i][1], "and comes out right");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		out.len = 0;
		ok(!json_put_value(&out, str_from(bad[i]), 0) && out.len == 0,
			"%zu is no JSON", i);
	}
	memset(deep, '[', JSON_PUT_DEPTH_MAX + 1);
	memset(deep + JSON_PUT_DEPTH_MAX + 1, ']', JSON_PUT_DEPTH_MAX + 1);
	ok(json_put_value(&out, str_make(deep + 1, sizeof(deep) - 3), 0),
		"as deep as allowed");
	ok(!json_put_value(&out, str_make(deep, sizeof(deep) - 1), 0), "too deep");
}

static void test_logfmt(void)
{
	struct output_options l = {.kind = "logfmt"};
	struct record r = failed();

	shown(&l, &r,
		"time=2026-11-20T15:58:54.000000000Z level=error source=app.log "
		"module=app.db msg=\"slow query\\nsecond line\" exception=\"Traceback "
		"(most "
		"recent call last):\\n  File \\\"a.py\\\", line 1\\nKeyError: 'x'\"\n",
		"logfmt");
	r = json();
	know_extra("a b", "", FIELD_TEXT);
	know_extra("msg", "caf\xc3\xa9", FIELD_TEXT);
	shown(&l, &r,
		"time=2026-11-20T15:58:54.005000000Z level=info source=app.log "
		"msg=\"GET \\\"/\\\" \xc3\x98\" pid=007 status=200 odd=0x1f path=\"/a "
		"b\" "
		"ctx=\"{\\\"a\\\": [1, {}, \\\"\\\\ud800x\\\"]}\" bad=\"{\\\"a\\\":\" "
		"status=500 "
		"a_b=\"\" fields.msg=caf\xc3\xa9\n",
		"with fields");
	r = raw();
	l.hide = "source";
	shown(&l, &r, "msg=\"print\\tit\"\n", "nothing known");
}

static void test_csv(void)
{
	struct output_options c = {.kind = "csv"};
	struct record r = failed();
	struct output *o = start(&c);

	out.len = 0;
	output_begin(o, &out);
	know(FIELD_MESSAGE, "a \"b\", c");
	output_put(o, &r, &out);
	r = raw();
	output_put(o, &r, &out);
	output_separator(o, &out);
	is_str(out.ptr, out.len,
		"time,level,source,module,message,exception\n"
		"2026-11-20T15:58:54.000000000Z,ERROR,app.log,app.db,\"a \"\"b\"\", "
		"c\",\""
		"Traceback (most recent call last):\n  File \"\"a.py\"\", line "
		"1\nKeyError: 'x'\"\n"
		",,app.log,,print\tit,\n",
		"csv");
	output_free(o);
	c.show = "level,status,fields.path";
	o = start(&c);
	out.len = 0;
	output_begin(o, &out);
	r = json();
	output_put(o, &r, &out);
	is_str(out.ptr, out.len, "level,status,path\nINFO,200,/a b\n", "csv of --show");
	output_free(o);
}

static void bad_kind(const char *kind, const char *want, bool has_pos, size_t pos)
{
	struct output_options options = {.kind = kind};
	struct err err = {0};

	ok(output_new(&options, &err) == NULL, "'%s' is no output", kind);
	is_str(err.msg, strlen(err.msg), want, "and says so");
	ok(err.has_pos == has_pos && err.pos == pos, "at %zu, want %zu", err.pos, pos);
}

static void test_template(void)
{
	struct output_options t = {
		.kind = "{time} {letter} {level:9}|{module:>8}|{message:.4}"};
	struct record r = loguru();

	shown(&t, &r, "2026-11-20T16:58:54.539123+01:00 W WARNING  |  app.db|slow\n",
		"template");
	t.kind = "{{{line}}}\\t{fields.line}{file}{source:<9}{format}\\\\\\q";
	shown(&t, &r, "{42}\tapp.log  loguru\\\\q\n", "braces and backslashes");
	t.kind = "{text}";
	shown(&t, &r, LOGURU "\n", "the text");
	t.kind = "{level:8} {message}";
	t.color = true;
	shown(&t, &r, "\x1b[33mWARNING\x1b[0m  slow query\n", "in colour");
	t = (struct output_options){
		.kind = "{status:>5}.{nothing}.{fields.path}.{message:7.3}|"};
	r = json();
	shown(&t, &r, "  200../a b.GET    |\n", "extras");
	t.kind = "{message:.5}|";
	t.escape = true;
	know(FIELD_MESSAGE, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
	shown(&t, &r, "\xe6\x97\xa5\xe6\x9c\xac|\n", "wide characters are cut whole");
	bad_kind("jsn",
		"no output 'jsn'; did you mean json? (text, pretty, json, logfmt, csv, "
		"or a template like '{time} {message}')",
		false, 0);
	bad_kind("foo",
		"no output 'foo' (text, pretty, json, logfmt, csv, "
		"or a template like '{time} {message}')",
		false, 0);
	bad_kind("a {mesage}",
		"unknown field 'mesage'; did you mean message? ({fields.mesage} "
		"is a field of that name in the records)",
		true, 3);
	bad_kind("{time} {message",
		"this { is not closed; for the character itself write {{", true, 7);
	bad_kind(
		"{time:}", "expected a width, as in {level:8} or {message:.60}", true, 6);
	bad_kind("{time:8x}", "expected } here", true, 7);
	bad_kind("{time:8", "this { is not closed", true, 0);
	bad_kind("{time:8000}", "more than 1000 columns", true, 6);
	bad_kind("{}", "a field needs a name, as in {message}", true, 1);
	bad_kind("{time} }", "this } closes nothing; for the character itself write }}",
		true, 7);
	t.kind = "{pod} {uid} {name} {type} {port}";
	shown(&t, &r, "    \n", "short names of others are no slips");
}

static void timed(enum time_style style, const char *want)
{
	struct output_options t = {.kind = "{time}", .time = style, .time_given = true};
	struct output *o = start(&t);
	struct record r = loguru();

	out.len = 0;
	output_put(o, &r, &out);
	r = raw();
	output_put(o, &r, &out);
	r = make("\x1b[32m[2026-11-20 16:59:06,5] x", TIME_OF(12 * NS_PER_SECOND),
		LEVEL_INFO);
	output_put(o, &r, &out);
	r = make("x", TIME_OF(11 * NS_PER_SECOND + 999000000), LEVEL_INFO);
	output_put(o, &r, &out);
	is_str(out.ptr, out.len, want, "times");
	output_free(o);
}

static void test_times(void)
{
	struct output_options p = {
		.kind = "pretty", .time = TIME_DELTA, .time_given = true};
	struct record r = loguru();

	timed(TIME_ISO,
		"2026-11-20T16:58:54.539123+01:00\n\n2026-11-20T16:59:06.000000+01:00\n"
		"2026-11-20T16:59:05.999000+01:00\n");
	timed(TIME_CLOCK, "16:58:54.539\n\n16:59:06.000\n16:59:05.999\n");
	timed(TIME_RELATIVE, "+0.000\n\n+11.460\n+11.459\n");
	timed(TIME_DELTA, "+0.000\n\n+11.460\n-0.001\n");
	timed(TIME_EPOCH, "1795190334.539123\n\n1795190346.000000\n1795190345.999000\n");
	timed(TIME_RAW, "2026-11-20 16:58:54.539\n\n2026-11-20 16:59:06,5\n"
			"2026-11-20T16:59:05.999000+01:00\n");
	r = loguru();
	shown(&p, &r, "    +0.000 WARNING  app.db  slow query\n",
		"a column of differences");
	p.time = TIME_EPOCH;
	r.time = -500000000;
	shown(&p, &r, "        -0.500000 WARNING  app.db  slow query\n", "before 1970");
}

/* Whether S may be written to any terminal. */
static bool harmless(struct str s)
{
	uint32_t code;

	while (s.len > 0) {
		size_t n = utf8_next(s, &code);
		if (n == 0 || (escape_hides(code) && code != '\t' && code != '\n'))
			return false;
		s = str_skip(s, n);
	}
	return true;
}

/* Everything a record consists of is EVIL. */
static void test_evil(const char *evil)
{
	static const char template[] = "{time} {level} {source:5} {module:.3} {message} {text} "
				       "{x} {fields.y:>9}";
	static const char *const kinds[] = {
		"text", "pretty", "json", "logfmt", "csv", template};
	struct record r = make(evil, TIME_OF(0), LEVEL_UNKNOWN);

	forget();
	for (unsigned i = 0; i < FIELD_NAMED; i++)
		know((enum field_id)i, evil);
	know_extra(evil, evil, FIELD_TEXT);
	know_extra("x", evil, FIELD_NUMBER);
	know_extra("y", evil, FIELD_JSON);
	snprintf(label, sizeof(label), "%s", evil);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct output_options options = {.kind = kinds[i],
			.escape = true,
			.prefix = true,
			.label_width = 10,
			.columns = 80};
		struct output *o = output_new(&options, NULL);
		out.len = 0;
		output_begin(o, &out);
		output_put(o, &r, &out);
		ok(harmless(buf_str(&out)), "%s is harmless as %s", "it", kinds[i]);
		if (strcmp(kinds[i], "json") == 0) {
			struct buf copy = {0};
			ok(json_put_value(&copy, buf_str(&out), 0), "and is JSON");
			ok(copy.len + 1 == out.len, "on one line");
			buf_free(&copy);
		}
		output_free(o);
	}
	strcpy(label, "app.log");
}

static void test_corpus(void)
{
	static const char *const corpus[] = {"\x1b]0;title\a", "\x1b[2J\x1b[H", "M\rN\bO",
		"\x1b]52;c;aGk=\x1b\\",
		"\x9b"
		"31m",
		"\xc2\x9b"
		"31m",
		"\xe2\x80\xae"
		"gnp.exe",
		"\xf3\xa0\x81\x81\xf3\xa0\x81\xbf", "\xff\xfe\xed\xb3\xbf\xc0\xaf",
		"\x7f\x01\x1f", "\x1bP+q\x1b\\", "\"\\\"\\u001b[31m\"",
		"\"\xc2\x85\xe2\x80\xa8\"", "\xe2\x80",
		"a\n2026-11-20 ERROR forged\r\n\r", "\xef\xbb\xbf{\x1b[0m}"};

	for (size_t i = 0; i < sizeof(corpus) / sizeof(*corpus); i++)
		test_evil(corpus[i]);
}

static void test_long(void)
{
	struct output_options j = {.kind = "json", .escape = true};
	struct output *o = start(&j);
	struct record r = raw();
	struct buf text = {0}, copy = {0};
	bool good = true;

	/* Sequences that lie over the ends of all inner chunks. */
	for (size_t shift = 0; shift < 24; shift++) {
		text.len = 0;
		output_put_blanks(&text, shift);
		while (text.len < 20000)
			buf_puts(&text, "\xf3\xa0\x81\x81\x7f\xff plain \x1b[38;5;1m\"");
		forget();
		known.named[FIELD_MESSAGE] = buf_str(&text);
		out.len = copy.len = 0;
		output_put(o, &r, &out);
		good = good && harmless(buf_str(&out)) &&
		       json_put_value(&copy, buf_str(&out), 0);
	}
	ok(good, "long strings are JSON, too");
	buf_free(&text);
	buf_free(&copy);
	output_free(o);
}

int main(void)
{
	formats_init();
	fields_parse = parse_known;
	setenv("TZ", "CET-1", 1);
	ok(stamp_set_zone("local", NULL), "an hour east of Greenwich");
	buf_reserve(&out, 1);
	test_text();
	test_pretty();
	test_json();
	test_json_values();
	test_logfmt();
	test_csv();
	test_template();
	test_times();
	test_corpus();
	test_long();
	buf_free(&out);
	for (size_t i = 0; i < 4; i++)
		buf_free(&texts[i]);
	return done_testing();
}
