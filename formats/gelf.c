/*
 * gelf: the Graylog Extended Log Format 1.0 and 1.1 (docs.graylog.org, "GELF"): a JSON
 * object with a version and a short_message; what senders add begins with an underscore.
 *
 * Other JSON must be told from it quickly: the first name of an object is one that GELF
 * has, and short_message stands somewhere in it, or it is not looked at any further.
 */
#include <assert.h>

#include "core/literal.h"
#include "formats/format.h"
#include "formats/json_fields.h"
#include "formats/json_read.h"
#include "formats/places.h"

#define AROUND_MAX 8  /* bytes before a name: a bracket or a comma, a BOM, blanks */
#define SECOND_MAX 40 /* bytes of the first name and its value */

static_assert(2 * AROUND_MAX + SECOND_MAX <= TEXT_PAD, "a look at two names");

/* What of a message decides about its record. */
struct gelf {
	int64_t time;
	struct severity number; /* of "level" */
	struct severity word;   /* of what the sender calls it */
	struct json_member module; /* value.ptr NULL: none */
	uint8_t module_rank;
	bool version, short_message, thread, logger;
};

static const struct place places[PLACES_MAX];

/* The name that begins at P or soon behind it; NULL: none does. */
static const char *find_name(const char *p)
{
	const char *end = p + AROUND_MAX;

	while (p < end && *p != '"')
		p++;
	return p < end ? p + 1 : NULL;
}

/* Whether GELF may have this for its first name. Most JSON begins with its time or level,
 * which says nothing: the second name is asked then. */
static bool begins_gelf(const char *line)
{
	const char *name = find_name(line), *comma;

	if (name != NULL && (*name == 't' || *name == 'l')) {
		comma = memchr(name, ',', SECOND_MAX);
		name = comma != NULL ? find_name(comma) : NULL;
	}
	return name != NULL && (*name == '_' || *name == 'f' || *name == 'h' ||
				       *name == 's' || *name == 'v');
}

/* LINE without what is around its object; false if that cannot be GELF. */
static bool begins(struct str line, struct str *object)
{
	struct str needle = STR("\"short_message\"");

	/* What is looked at beyond the line is its padding. */
	return line.len > 0 && begins_gelf(line.ptr) &&
	       literal_find(line, needle) != SIZE_MAX && json_line(line, object);
}

static void take_own(struct gelf *g, const struct json_member *m)
{
	const struct place *place = place_find(places, m->key);

	g->thread = g->thread || str_is(m->key, "_thread");
	g->logger = g->logger || str_is(m->key, "_logger");
	if (place == NULL || m->value.len == 0)
		return;
	if (m->kind != JSON_STRING && !json_is_number(m->value))
		return;
	if (place->field == FIELD_LEVEL) {
		level_from_word(m->value, &g->word);
	} else if (place->field == FIELD_MODULE && place->rank < g->module_rank) {
		g->module = *m;
		g->module_rank = place->rank;
	}
}

static void take(struct gelf *g, const struct json_member *m)
{
	uint64_t level;

	if (m->kind != JSON_STRING && m->kind != JSON_NUMBER)
		return;
	if (str_is(m->key, "version"))
		g->version = str_starts(m->value, "1.");
	else if (str_is(m->key, "short_message"))
		g->short_message = true;
	else if (str_is(m->key, "timestamp"))
		stamp_parse_epoch(m->value, &g->time);
	else if (str_is(m->key, "level") && str_to_u64(m->value, &level))
		g->number = level_from_syslog(level);
	else
		take_own(g, m);
}

static bool scan(struct gelf *g, struct str line, struct str *object)
{
	struct json_cursor c;
	struct json_member m;

	if (!begins(line, object) || !json_open(&c, *object))
		return false;
	*g = (struct gelf){.time = TIME_NONE, .module_rank = UINT8_MAX};
	while (json_next(&c, &m))
		take(g, &m);
	return g->version && g->short_message;
}

/* The sender's own word says more than the number it had to give. Log4j has no word, and
 * sends FATAL as 1, which nobody else does. */
static struct severity judge(const struct gelf *g)
{
	if (g->word.level != LEVEL_UNKNOWN)
		return g->word;
	if (g->number.level == LEVEL_ALERT && g->thread && g->logger)
		return (struct severity){LEVEL_CRITICAL, level_number(LEVEL_CRITICAL)};
	return g->number;
}

static uint32_t module_id(const struct gelf *g, struct parse *p)
{
	struct str name = g->module.value;

	if (name.ptr == NULL)
		return 0;
	if (g->module.escaped) {
		p->plain.len = 0;
		buf_reserve(&p->plain, name.len);
		name = str_make(p->plain.ptr, json_unescape(name, p->plain.ptr));
	}
	return intern(p->modules, name);
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct gelf g;
	struct str object;

	if (!scan(&g, line, &object))
		return false;
	r->time = g.time;
	if (p->want & WANT_LEVEL) {
		struct severity severity = judge(&g);
		r->level = severity.level;
		r->severity = severity.number;
	}
	if (p->want & WANT_MODULE)
		r->module = module_id(&g, p);
	return true;
}

static struct str without_end(struct str s)
{
	while (s.len > 0 && strchr("\r\n ", s.ptr[s.len - 1]) != NULL)
		s.len--;
	return s;
}

/* The message once more and what follows it, or a traceback alone; else it is a field. */
static void put_full(struct fields *f, struct str full)
{
	struct str message = f->named[FIELD_MESSAGE], head = without_end(message);
	struct fields rest = {0};

	full = without_end(full);
	if (full.len == 0 || str_eq(full, head))
		return;
	/* It splits a text whose first line is none of a traceback. */
	fields_set_message(&rest, full);
	struct str first = without_end(rest.named[FIELD_MESSAGE]);
	struct str trace = rest.named[FIELD_EXCEPTION];
	/* Java's begins with a line that could be anything, and then a stack. */
	bool alone = str_starts(full, "Traceback (most recent call last):") ||
		     (trace.len > 0 && strchr(" \t", trace.ptr[0]) != NULL &&
			     !str_eq(first, head));
	if (alone)
		trace = full;
	if (f->named[FIELD_EXCEPTION].ptr == NULL && trace.len > 0 &&
		(alone || str_eq(first, head)))
		f->named[FIELD_EXCEPTION] = trace;
	else
		fields_add(f, (struct str)STR("full_message"), full, FIELD_TEXT);
}

static void put(struct fill *fill, struct places *to, const struct json_member *m,
	const struct gelf *g)
{
	static const struct str level = STR("level"), stamp = STR("timestamp");
	struct str name = m->key;
	int64_t ns;

	if (str_eq(name, stamp) && stamp_parse_epoch(m->value, &ns))
		return;
	if (str_eq(name, level) && g->number.level != LEVEL_UNKNOWN)
		return;
	if (name.len > 1 && name.ptr[0] == '_')
		name = str_skip(name, 1);
	if (m->kind == JSON_OBJECT || m->kind == JSON_ARRAY ||
		place_find(places, m->key) == NULL) {
		json_put_member(fill, m, fill_text(fill->f, name, m->key_escaped));
		return;
	}
	struct field field = {name, m->value, FIELD_TEXT};
	if (m->kind == JSON_STRING)
		field.value = fill_text(fill->f, m->value, m->escaped);
	else
		field.kind = json_is_number(m->value) ? FIELD_NUMBER : FIELD_JSON;
	places_put(to, m->key, field);
}

static void fields(const struct record *r, struct fields *f)
{
	struct str line = {r->text, r->head}, object, full = {NULL, 0};
	struct gelf g;
	struct gist none;
	struct fill fill;
	struct places to;
	struct json_cursor c;
	struct json_member m;

	gist_begin(&none, 0, NULL);
	fill_begin(&fill, f, &none, r->len);
	fill.only_extras = true;
	places_begin(&to, f, places);
	if (!scan(&g, line, &object) || !json_open(&c, object))
		return;
	while (json_next(&c, &m)) {
		if (str_is(m.key, "full_message") && m.kind == JSON_STRING)
			full = fill_text(f, m.value, m.escaped);
		else
			put(&fill, &to, &m, &g);
	}
	struct str trace = f->named[FIELD_EXCEPTION];
	if (trace.ptr != NULL)
		f->named[FIELD_EXCEPTION] = without_end(trace);
	put_full(f, full);
	fill_end(&fill, r->head < r->len ? str_skip(record_text(r), r->head + 1)
					 : (struct str){"", 0});
}

const struct format format_gelf = {
	.name = "gelf",
	.summary = "GELF, Graylog's JSON, by UDP, TCP, HTTP or a line each",
	.example = "{\"version\":\"1.1\",\"host\":\"vm\",\"short_message\":\"hi\","
		   "\"timestamp\":1795194503.407,\"level\":4,\"_logger\":\"app.db\"}",
	.first = "{\x1e\xef",
	.wire = true,
	.parse = parse,
	.fields = fields,
};

/* By the libraries: log4j2, graypy, pygelf, logback-gelf, logstash-gelf, Spring Boot,
 * Serilog, NLog, Docker. */
static const struct place places[PLACES_MAX] = {
	{STR("version"), PLACE_NOWHERE, 0},
	{STR("short_message"), FIELD_MESSAGE, 0},
	{STR("host"), FIELD_HOST, 0},
	{STR("_logger"), FIELD_MODULE, 0},
	{STR("_logger_name"), FIELD_MODULE, 0},
	{STR("_loggerName"), FIELD_MODULE, 0},
	{STR("_log_logger"), FIELD_MODULE, 0},
	{STR("_SourceContext"), FIELD_MODULE, 0},
	{STR("_SourceClassName"), FIELD_MODULE, 1},
	{STR("_target"), FIELD_MODULE, 1},
	{STR("_module"), FIELD_MODULE, 2},
	{STR("_container_name"), FIELD_MODULE, 3},
	{STR("_facility"), FIELD_MODULE, 4},
	{STR("facility"), FIELD_MODULE, 4},
	{STR("_level_name"), FIELD_LEVEL, 0},
	{STR("_levelname"), FIELD_LEVEL, 0},
	{STR("_level"), FIELD_LEVEL, 1},
	{STR("_log_level"), FIELD_LEVEL, 1},
	{STR("_severity"), FIELD_LEVEL, 1},
	{STR("_stringLevel"), FIELD_LEVEL, 1},
	{STR("_pid"), FIELD_PID, 0},
	{STR("_process_pid"), FIELD_PID, 0},
	{STR("_process_id"), FIELD_PID, 0},
	{STR("_process_name"), FIELD_PROCESS, 0},
	{STR("_processName"), FIELD_PROCESS, 0},
	{STR("_thread_name"), FIELD_THREAD, 0},
	{STR("_threadName"), FIELD_THREAD, 0},
	{STR("_process_thread_name"), FIELD_THREAD, 0},
	{STR("_thread"), FIELD_THREAD, 1},
	{STR("_file"), FIELD_FILE, 0},
	{STR("file"), FIELD_FILE, 1},
	{STR("_pathname"), FIELD_FILE, 0},
	{STR("_SourceFileName"), FIELD_FILE, 0},
	{STR("_line"), FIELD_LINE, 0},
	{STR("line"), FIELD_LINE, 1},
	{STR("_lineno"), FIELD_LINE, 0},
	{STR("_SourceLineNumber"), FIELD_LINE, 0},
	{STR("_function"), FIELD_FUNCTION, 0},
	{STR("_func"), FIELD_FUNCTION, 0},
	{STR("_funcName"), FIELD_FUNCTION, 0},
	{STR("_SourceMethodName"), FIELD_FUNCTION, 0},
	{STR("_stack_trace"), FIELD_EXCEPTION, 0},
	{STR("_stacktrace"), FIELD_EXCEPTION, 0},
	{STR("_error_stack_trace"), FIELD_EXCEPTION, 0},
	{STR("_traceback"), FIELD_EXCEPTION, 0},
	{STR("_exc_info"), FIELD_EXCEPTION, 0},
	{STR("_exception"), FIELD_EXCEPTION, 1},
};
