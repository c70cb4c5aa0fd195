/*
 * loguru_json: what Loguru's serialize=True writes, {"text": .., "record": {..}}.
 *
 * The record's time is its last member and ends the line, so it is read from there where
 * only the time is wanted; the level is past the text, which is skipped. Lines whose
 * members stand otherwise (written again by another program) are walked.
 */
#include "formats/format.h"
#include "formats/json_fields.h"
#include "formats/json_read.h"
#include "formats/gist.h"

#define NUMBER_MAX 24 /* bytes of "timestamp" that are looked at */
#define REPR_MAX 48   /* of "repr" */
#define TAIL_MAX 128  /* of both with their names */

static const char traceback_head[] = "Traceback (most recent call last):";

/* LINE without what is around its object, if the object begins {"text": "; *REST begins
 * at the quote. */
static bool begins(struct str line, struct str *object, struct str *rest)
{
	static const char key[] = "\"text\"";
	if (!json_line(line, object))
		return false;
	struct str s = str_skip(*object, 1);
	while (s.len > 0 && s.ptr[0] == ' ')
		s = str_skip(s, 1);
	if (!str_starts(s, key))
		return false;
	s = str_skip(s, sizeof(key) - 1);
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == ':'))
		s = str_skip(s, 1);
	*rest = s;
	return s.len > 0 && s.ptr[0] == '"';
}

/* The time from the end of OBJECT as Loguru writes it. Inside a string its quotes would
 * have backslashes, so that nothing else can look like it. */
static bool time_at_end(struct str object, int64_t *ns)
{
	static const char close[] = "}}}",
			  name[] = "\", \"timestamp\":", head[] = "\"time\": {\"repr\": ";
	if (object.len < TAIL_MAX)
		return false;
	const char *end = object.ptr + object.len - (sizeof(close) - 1);
	const char *p = memrchr(end - NUMBER_MAX, ' ', NUMBER_MAX);
	if (p == NULL || memcmp(end, close, sizeof(close) - 1) != 0)
		return false;
	struct str number = {p + 1, (size_t)(end - p - 1)};
	p -= sizeof(name) - 1;
	const char *quote = memrchr(p - REPR_MAX, '"', REPR_MAX);
	return quote != NULL && memcmp(p, name, sizeof(name) - 1) == 0 &&
	       memcmp(quote - (sizeof(head) - 1), head, sizeof(head) - 1) == 0 &&
	       stamp_parse_epoch(number, ns);
}

/* The object of the member "record"; TEXT begins at the value of "text". */
static bool find_record(struct str object, struct str text, struct json_cursor *record)
{
	const char *end = object.ptr + object.len;
	const char *p = json_skip_string(text.ptr, end);
	struct json_member m;
	struct json_cursor c;
	static const char key[] = "\"record\"";

	if (p == NULL)
		return false;
	/* As Loguru writes it, the object is not walked twice. */
	while (p < end && (*p == ',' || *p == ' '))
		p++;
	struct str rest = {p, (size_t)(end - p)};
	if (str_starts(rest, key)) {
		rest = str_skip(rest, sizeof(key) - 1);
		while (rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == ':'))
			rest = str_skip(rest, 1);
		if (rest.len > 1)
			rest.len--;
		if (json_open(record, rest))
			return true;
	}
	if (!json_open(&c, object))
		return false;
	while (json_next(&c, &m)) {
		if (str_is(m.key, "record"))
			return m.kind == JSON_OBJECT && json_open(record, m.value);
	}
	return false;
}

static bool find_member(struct str object, const char *name, struct json_member *m)
{
	struct json_cursor c;
	if (!json_open(&c, object))
		return false;
	while (json_next(&c, m)) {
		if (str_is(m->key, name))
			return true;
	}
	return false;
}

static void take_time(struct gist *g, struct str value)
{
	struct json_member m;
	int64_t ns;
	if (!find_member(value, "timestamp", &m) || !stamp_parse_epoch(m.value, &ns))
		return;
	g->time = ns;
	g->need &= ~(unsigned)GIST_NEED_TIME;
}

/* The name where it is one of ours; the number of a level of the user's own. */
static void take_level(struct gist *g, struct str value)
{
	struct json_member m;
	uint64_t number;
	g->need &= ~(unsigned)WANT_LEVEL;
	if (find_member(value, "name", &m) && level_from_word(m.value, &g->level))
		return;
	if (find_member(value, "no", &m) && str_to_u64(m.value, &number))
		g->level = level_from_number(number < 255 ? (int64_t)number : 255);
}

static void scan_record(struct gist *g, struct json_cursor *c)
{
	struct json_member m;
	while (g->need != 0 && json_next(c, &m)) {
		if (m.kind == JSON_OBJECT && str_is(m.key, "time")) {
			take_time(g, m.value);
		} else if (m.kind == JSON_OBJECT && str_is(m.key, "level")) {
			take_level(g, m.value);
		} else if (m.kind == JSON_STRING && str_is(m.key, "name")) {
			g->module = m.value;
			g->module_escaped = m.escaped;
			g->need &= ~(unsigned)WANT_MODULE;
		}
	}
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct str object, text;
	struct json_cursor record;
	struct gist g;

	if (!begins(line, &object, &text))
		return false;
	gist_begin(&g, p->want, &p->stamp);
	if (time_at_end(object, &g.time))
		g.need &= ~(unsigned)GIST_NEED_TIME;
	if (g.need != 0 && find_record(object, text, &record))
		scan_record(&g, &record);
	if (g.time == TIME_NONE)
		return false;
	gist_store(&g, p, r);
	return true;
}

static bool is_traceback(struct str line)
{
	return str_starts(line, traceback_head) ||
	       str_starts(line, "  + Exception Group Traceback (most recent call last):");
}

/* What stands in TEXT after the message: the traceback, whatever the format. */
static struct str find_traceback(struct str text, struct str message)
{
	struct str rest = text, line;
	const char *at = message.len > 0
				 ? memmem(text.ptr, text.len, message.ptr, message.len)
				 : NULL;
	if (at != NULL)
		rest = str_skip(text, (size_t)(at - text.ptr) + message.len);
	str_split(&rest, '\n', &line);
	struct str all = rest;
	while (rest.ptr != NULL && !is_traceback(rest))
		str_split(&rest, '\n', &line);
	if (rest.ptr == NULL)
		rest = all;
	while (rest.len > 0 && rest.ptr[rest.len - 1] == '\n')
		rest.len--;
	return rest;
}

/* Where the format has no traceback: what the exception was. */
static struct str name_exception(struct fields *f, struct str exception)
{
	struct json_member type, value;
	if (!find_member(exception, "type", &type) || type.kind != JSON_STRING)
		return (struct str){NULL, 0};
	if (!find_member(exception, "value", &value) || value.kind != JSON_STRING)
		return type.value;
	char *p = fields_scratch(f, type.value.len + 2 + value.value.len);
	if (p == NULL)
		return type.value;
	size_t len = json_unescape(type.value, p);
	memcpy(p + len, ": ", 2);
	len += 2;
	return str_make(p, len + json_unescape(value.value, p + len));
}

static void set(struct fields *f, enum field_id id, struct str object, const char *name)
{
	struct json_member m;
	if (find_member(object, name, &m) &&
		(m.kind == JSON_STRING || m.kind == JSON_NUMBER))
		f->named[id] = fill_text(f, m.value, m.escaped);
}

static void put_record_member(struct fill *fill, const struct json_member *m)
{
	static const struct {
		struct str key;
		enum field_id id;
	} plain[] = {
		{STR("function"), FIELD_FUNCTION},
		{STR("line"), FIELD_LINE},
		{STR("message"), FIELD_MESSAGE},
		{STR("name"), FIELD_MODULE},
	};
	struct fields *f = fill->f;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (str_eq(plain[i].key, m->key) && !str_is(m->value, "null"))
			f->named[plain[i].id] = fill_text(f, m->value, m->escaped);
	}
	if (str_is(m->key, "file")) {
		set(f, FIELD_FILE, m->value, "path");
	} else if (str_is(m->key, "level")) {
		set(f, FIELD_LEVEL, m->value, "name");
	} else if (str_is(m->key, "process")) {
		set(f, FIELD_PID, m->value, "id");
		set(f, FIELD_PROCESS, m->value, "name");
	} else if (str_is(m->key, "thread")) {
		set(f, FIELD_THREAD, m->value, "name");
	}
}

static void set_exception(struct fields *f, struct str text, struct str exception)
{
	struct str trace = {NULL, 0}, message = f->named[FIELD_MESSAGE];
	size_t len = text.ptr != NULL ? text.len : 0;
	char *p = fields_scratch(f, len);
	if (p != NULL && len > 0)
		trace = find_traceback(str_make(p, json_unescape(text, p)), message);
	if (trace.len == 0)
		trace = name_exception(f, exception);
	f->named[FIELD_EXCEPTION] = trace;
}

/* Extras are the user's own and stand under their own names, whatever these are. */
static void put_extras(struct fill *fill, struct str extra)
{
	struct json_cursor c;
	struct json_member m;
	if (!json_open(&c, extra))
		return;
	while (json_next(&c, &m))
		json_put_member(fill, &m, fill_text(fill->f, m.key, m.key_escaped));
}

static void fields(const struct record *r, struct fields *f)
{
	struct str object, value, exception = {NULL, 0}, extra = {NULL, 0};
	struct json_cursor c;
	struct json_member m, text = {0};
	struct gist g;
	struct fill fill;

	gist_begin(&g, 0, NULL);
	fill_begin(&fill, f, &g, r->len);
	fill.only_extras = true;
	if (!begins(str_make(r->text, r->head), &object, &value) ||
		!find_record(object, value, &c))
		return;
	while (json_next(&c, &m)) {
		if (str_is(m.key, "exception") && m.kind == JSON_OBJECT)
			exception = m.value;
		else if (str_is(m.key, "extra"))
			extra = m.value;
		else
			put_record_member(&fill, &m);
	}
	find_member(object, "text", &text);
	if (exception.ptr != NULL)
		set_exception(f, text.value, exception);
	put_extras(&fill, extra);
	fill_end(&fill, r->head < r->len ? str_skip(record_text(r), r->head + 1)
					 : (struct str){"", 0});
}

const struct format format_loguru_json = {
	.name = "loguru_json",
	.summary = "Loguru's serialize=True",
	.example = "{\"text\": \"2026-11-20 17:58:55.120 | INFO     | app:main:23 - "
		   "hi\\n\", "
		   "\"record\": {\"level\": {\"icon\": \"i\", \"name\": \"INFO\", "
		   "\"no\": 20}, "
		   "\"message\": \"hi\", \"name\": \"app\", \"time\": {\"repr\": "
		   "\"2026-11-20 17:58:55.120163+01:00\", \"timestamp\": "
		   "1795193935.120163}}}",
	.first = "{\x1e\xef",
	.parse = parse,
	.fields = fields,
};
