/*
 * otlp: OpenTelemetry's logs in JSON, as exporters post them (OTLP/HTTP) and as the
 * Collector writes them to files. A message holds any number of records, which are taken
 * apart: each becomes a message of its own with its resource and scope around it, so that
 * nothing of it is lost and others can read it, too.
 *
 * https://opentelemetry.io/docs/specs/otel/logs/data-model
 */
#include "formats/fill.h"
#include "formats/format.h"
#include "formats/otlp_value.h"
#include "formats/otlp_walk.h"
#include "formats/places.h"

#define AROUND_MAX 16      /* bytes before an object's first name: a BOM, blanks */
#define WRAPPED_LEAST 1048576 /* bytes that the resources of a message's records may take, */
#define WRAPPED_TIMES 8       /* and as many times the message's own */

/* The words that enclose a record's own JSON. */
static const char resource_head[] = "{\"resourceLogs\":[{", resource_name[] = "\"resource\":",
		  scopes_head[] = "\"scopeLogs\":[{", scope_name[] = "\"scope\":",
		  records_head[] = "\"logRecords\":[", records_tail[] = "]}]}]}";

/* What of a record decides about it. */
struct gist_otlp {
	int64_t time, observed;
	struct severity number, word;
};

static const struct place places[PLACES_MAX];

static bool read_time(const struct json_member *m, int64_t *ns)
{
	uint64_t value;

	if (!str_to_u64(m->value, &value) || value == 0 || value > INT64_MAX)
		return false;
	*ns = (int64_t)value;
	return true;
}

static struct severity severity_of(enum level level)
{
	return (struct severity){(uint8_t)level, level_number(level)};
}

/* 1 to 24, or its name: SEVERITY_NUMBER_INFO2. */
static struct severity read_severity(struct str value)
{
	static const enum level levels[] = {LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO,
		LEVEL_WARNING, LEVEL_ERROR, LEVEL_CRITICAL};
	static const char prefix[] = "SEVERITY_NUMBER_";
	struct severity severity = severity_of(LEVEL_UNKNOWN);
	uint64_t n;

	if (str_to_u64(value, &n))
		return n >= 1 && n <= 24 ? severity_of(levels[(n - 1) / 4]) : severity;
	if (!str_starts(value, prefix))
		return severity;
	value = str_skip(value, sizeof(prefix) - 1);
	if (value.len > 1 && value.ptr[value.len - 1] >= '2' &&
		value.ptr[value.len - 1] <= '4')
		value.len--;
	level_from_word(value, &severity);
	return severity;
}

static void take(struct gist_otlp *g, const struct json_member *m)
{
	if (m->kind != JSON_STRING && m->kind != JSON_NUMBER)
		return;
	if (str_is(m->key, "timeUnixNano") || str_is(m->key, "time_unix_nano"))
		read_time(m, &g->time);
	else if (str_is(m->key, "observedTimeUnixNano") ||
		 str_is(m->key, "observed_time_unix_nano"))
		read_time(m, &g->observed);
	else if (str_is(m->key, "severityNumber") || str_is(m->key, "severity_number"))
		g->number = read_severity(m->value);
	else if (str_is(m->key, "severityText") || str_is(m->key, "severity_text"))
		level_from_word(m->value, &g->word);
}

static void scan(struct gist_otlp *g, struct str record)
{
	struct json_cursor c;
	struct json_member m;

	*g = (struct gist_otlp){.time = TIME_NONE, .observed = TIME_NONE};
	if (json_open(&c, record)) {
		while (json_next(&c, &m))
			take(g, &m);
	}
}

/* The string of the attribute KEY of OBJECT. */
static bool find_attribute(struct str object, const char *key, struct json_member *string)
{
	struct json_cursor c;
	struct json_member list, m, name, any;

	if (!otlp_find(object, "attributes", NULL, &list) || list.kind != JSON_ARRAY ||
		!json_open(&c, list.value))
		return false;
	while (json_next(&c, &m)) {
		if (otlp_find(m.value, "key", NULL, &name) && str_is(name.value, key) &&
			otlp_find(m.value, "value", NULL, &any) &&
			otlp_find(any.value, "stringValue", NULL, string) &&
			string->kind == JSON_STRING)
			return string->value.len > 0;
	}
	return false;
}

/* The logger, or what stands for it: the scope's name, an attribute, the service. */
static bool find_module(const struct otlp_walk *w, struct json_member *m)
{
	static const char *const names[] = {
		"log.logger", "logger.name", "logger", "code.namespace"};

	if (otlp_find(w->scope, "name", NULL, m) && m->kind == JSON_STRING &&
		m->value.len > 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (find_attribute(w->record, names[i], m))
			return true;
	}
	return find_attribute(w->resource, "service.name", m);
}

static uint32_t module_id(struct parse *p, const struct otlp_walk *w)
{
	struct json_member m;

	if (!find_module(w, &m))
		return 0;
	if (m.escaped) {
		p->plain.len = 0;
		buf_reserve(&p->plain, m.value.len);
		m.value.len = json_unescape(m.value, p->plain.ptr);
		m.value.ptr = p->plain.ptr;
	}
	return intern(p->modules, m.value);
}

/* Whether LINE may be one: others' JSON is not to be walked. */
static bool begins(struct str line)
{
	static const char name[] = "\"resource";
	const char *p = line.ptr;

	/* What is around it has no quote; behind the line there is padding. */
	while (line.len > 0 && *p != '"' && p < line.ptr + AROUND_MAX)
		p++;
	return line.len > 0 && memcmp(p, name, sizeof(name) - 1) == 0;
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct otlp_walk w;
	struct gist_otlp g;

	if (!begins(line) || !otlp_begin(&w, line) || !otlp_next(&w))
		return false;
	scan(&g, w.record);
	r->time = g.time != TIME_NONE ? g.time : g.observed;
	if (p->want & WANT_LEVEL) {
		struct severity s = g.number.level != LEVEL_UNKNOWN ? g.number : g.word;
		r->level = s.level;
		r->severity = s.number;
	}
	if (p->want & WANT_MODULE)
		r->module = module_id(p, &w);
	return true;
}

/* JSON in one line: its line feeds are between its words. */
static void put_json(struct buf *out, struct str json)
{
	size_t start = out->len;
	char *at;

	buf_put_str(out, json);
	while (start < out->len &&
		(at = memchr(out->ptr + start, '\n', out->len - start)) != NULL) {
		*at = ' ';
		start = (size_t)(at - out->ptr);
	}
}

static void put_named(struct buf *out, const char *name, struct str json)
{
	if (json.ptr == NULL)
		return;
	buf_puts(out, name);
	put_json(out, json);
	buf_put_char(out, ',');
}

static void wrap(struct buf *out, const struct otlp_walk *w, bool whole)
{
	out->len = 0;
	buf_puts(out, resource_head);
	if (whole)
		put_named(out, resource_name, w->resource);
	buf_puts(out, scopes_head);
	if (whole)
		put_named(out, scope_name, w->scope);
	buf_puts(out, records_head);
	put_json(out, w->record);
	buf_puts(out, records_tail);
	buf_reserve(out, TEXT_PAD);
}

/* A message with a big resource and very many small records would become very much more:
 * from some point on its records go without. */
static size_t split(struct parse *p, struct str message,
	void (*each)(void *owner, struct str text), void *owner)
{
	struct otlp_walk w;
	size_t left = WRAPPED_LEAST + WRAPPED_TIMES * message.len, count = 0;

	if (!otlp_begin(&w, message))
		return 0;
	for (; otlp_next(&w); count++) {
		size_t around = w.resource.len + w.scope.len;
		wrap(&p->part, &w, around <= left);
		left -= around <= left ? around : 0;
		each(owner, buf_str(&p->part));
	}
	return count;
}

/* The attributes of OBJECT, whose name before them is PREFIX ("scope."; mostly none). */
static void put_attributes(struct places *to, struct str object)
{
	struct json_cursor c;
	struct json_member list, m, key, value;

	if (!otlp_find(object, "attributes", NULL, &list) || list.kind != JSON_ARRAY ||
		!json_open(&c, list.value))
		return;
	while (json_next(&c, &m)) {
		if (m.kind != JSON_OBJECT || !otlp_find(m.value, "key", NULL, &key) ||
			key.kind != JSON_STRING || !otlp_find(m.value, "value", NULL, &value))
			continue;
		struct field field = {.name = fill_text(to->f, key.value, key.escaped)};
		otlp_value(to->f, value.value, &field);
		places_put(to, field.name, field);
	}
}

static bool all_zero(struct str hex)
{
	for (size_t i = 0; i < hex.len; i++) {
		if (hex.ptr[i] != '0')
			return false;
	}
	return true;
}

static void put_extra(struct fields *f, const struct json_member *m, struct str name)
{
	if (m->kind == JSON_STRING && m->value.len > 0)
		fields_add(f, name, fill_text(f, m->value, m->escaped), FIELD_TEXT);
}

/* A member of the record that is not an attribute. */
static void put_member(struct fields *f, const struct json_member *m)
{
	static const struct str trace = STR("trace_id"), span = STR("span_id"),
				event = STR("event.name");
	struct field body;

	if (str_is(m->key, "body") && m->kind == JSON_OBJECT) {
		otlp_value(f, m->value, &body);
		f->named[FIELD_MESSAGE] = body.value;
	} else if (str_is(m->key, "severityText") || str_is(m->key, "severity_text")) {
		if (m->kind == JSON_STRING && m->value.len > 0)
			f->named[FIELD_LEVEL] = fill_text(f, m->value, m->escaped);
	} else if (str_is(m->key, "traceId") || str_is(m->key, "trace_id")) {
		if (!all_zero(m->value))
			put_extra(f, m, trace);
	} else if (str_is(m->key, "spanId") || str_is(m->key, "span_id")) {
		if (!all_zero(m->value))
			put_extra(f, m, span);
	} else if (str_is(m->key, "eventName") || str_is(m->key, "event_name")) {
		put_extra(f, m, event);
	}
}

static void put_record(struct fields *f, struct str record)
{
	struct json_cursor c;
	struct json_member m;

	if (!json_open(&c, record))
		return;
	while (json_next(&c, &m))
		put_member(f, &m);
}

/* "type: message" where an exception has no stack. */
static void name_exception(struct fields *f)
{
	static const struct str type = STR("exception.type"),
				message = STR("exception.message");
	struct str a = {NULL, 0}, b = {NULL, 0};
	char *p;

	if (f->named[FIELD_EXCEPTION].ptr != NULL || !fields_find(f, type, &a))
		return;
	fields_find(f, message, &b);
	p = fields_scratch(f, a.len + 2 + b.len);
	if (p == NULL)
		return;
	memcpy(p, a.ptr, a.len);
	memcpy(p + a.len, ": ", 2);
	if (b.len > 0)
		memcpy(p + a.len + 2, b.ptr, b.len);
	f->named[FIELD_EXCEPTION] = str_make(p, b.len > 0 ? a.len + 2 + b.len : a.len);
}

static struct str without_end(struct str s)
{
	while (s.len > 0 && strchr("\r\n", s.ptr[s.len - 1]) != NULL)
		s.len--;
	return s;
}

static void fields(const struct record *r, struct fields *f)
{
	static const struct str event = STR("event.name"), none = STR("");
	struct str *named = f->named;
	struct places to;
	struct otlp_walk w;
	struct json_member m;

	if (!otlp_begin(&w, record_text(r)) || !otlp_next(&w))
		return;
	/* Everything once, and the name of an exception. */
	fields_scratch_begin(f, 3 * (size_t)r->len);
	put_record(f, w.record);
	places_begin(&to, f, places);
	put_attributes(&to, w.record);
	put_attributes(&to, w.scope);
	put_attributes(&to, w.resource);
	if (find_module(&w, &m))
		named[FIELD_MODULE] = fill_text(f, m.value, m.escaped);
	name_exception(f);
	if (named[FIELD_EXCEPTION].ptr != NULL)
		named[FIELD_EXCEPTION] = without_end(named[FIELD_EXCEPTION]);
	if (named[FIELD_MESSAGE].ptr == NULL && !fields_find(f, event, &named[FIELD_MESSAGE]))
		named[FIELD_MESSAGE] = none;
}

const struct format format_otlp = {
	.name = "otlp",
	.summary = "OpenTelemetry logs in JSON, as exporters send them by HTTP",
	.example = "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":"
		   "{\"stringValue\":\"hi\"}}]}]}]}",
	.frame = FRAME_OTLP,
	.wire = true,
	.parse = parse,
	.split = split,
	.fields = fields,
};

const struct format format_otlp_line = {
	.name = "otlp_line",
	.summary = "OpenTelemetry logs in JSON, as the Collector writes them to files",
	.example = "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":"
		   "{\"stringValue\":\"hi\"}}]}]}]}",
	.first = "{\x1e\xef",
	.parse = parse,
	.split = split,
	.fields = fields,
};

/* Of the semantic conventions for attributes, old and new. */
static const struct place places[PLACES_MAX] = {
	{STR("code.function.name"), FIELD_FUNCTION, 0},
	{STR("code.function"), FIELD_FUNCTION, 1},
	{STR("code.file.path"), FIELD_FILE, 0},
	{STR("code.filepath"), FIELD_FILE, 1},
	{STR("code.line.number"), FIELD_LINE, 0},
	{STR("code.lineno"), FIELD_LINE, 1},
	{STR("thread.name"), FIELD_THREAD, 0},
	{STR("thread.id"), FIELD_THREAD, 1},
	{STR("process.pid"), FIELD_PID, 0},
	{STR("process.executable.name"), FIELD_PROCESS, 0},
	{STR("host.name"), FIELD_HOST, 0},
	{STR("exception.stacktrace"), FIELD_EXCEPTION, 0},
	{STR("telemetry.sdk.language"), PLACE_NOWHERE, 0},
	{STR("telemetry.sdk.name"), PLACE_NOWHERE, 0},
	{STR("telemetry.sdk.version"), PLACE_NOWHERE, 0},
};
