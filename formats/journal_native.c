/*
 * journal: fields as sd_journal_send(3) writes them to journald's socket, and as
 * `journalctl -o export` shows them: NAME=value on a line, or, where the value has line
 * feeds, NAME on a line, 8 bytes of little-endian length, the value and a line feed. An
 * empty line ends an entry.
 *
 * https://systemd.io/JOURNAL_NATIVE_PROTOCOL
 * https://systemd.io/JOURNAL_EXPORT_FORMATS
 */
#include "formats/format.h"
#include "formats/places.h"

#define LENGTH_BYTES 8

struct pair {
	struct str name, value;
};

enum step {
	STEP_PAIR,
	STEP_EMPTY, /* a line: the end of an entry */
	STEP_END    /* of the text, or it makes no sense from here on */
};

/* What of an entry decides about its record. */
struct seen {
	int64_t times[3]; /* by how near they are to the program */
	struct severity severity;
	struct str module;
	uint8_t module_rank;
	bool any;
};

static const struct place places[PLACES_MAX];

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c != '_' && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return s.len > 0;
}

/* The value of the field whose name's line has been taken from *REST. */
static bool read_counted(struct str *rest, struct str *value)
{
	uint64_t len = 0;

	if (rest->ptr == NULL || rest->len < LENGTH_BYTES)
		return false;
	for (unsigned i = 0; i < LENGTH_BYTES; i++)
		len |= (uint64_t)(unsigned char)rest->ptr[i] << 8 * i;
	*rest = str_skip(*rest, LENGTH_BYTES);
	if (len > rest->len)
		return false;
	*value = str_make(rest->ptr, (size_t)len);
	*rest = str_skip(*rest, (size_t)len);
	if (rest->len > 0 && rest->ptr[0] != '\n')
		return false;
	if (rest->len > 0)
		*rest = str_skip(*rest, 1);
	return true;
}

static enum step next(struct str *rest, struct pair *pair)
{
	struct str line;
	const char *sign;

	if (rest->len == 0 || !str_split(rest, '\n', &line))
		return STEP_END;
	if (line.len == 0)
		return STEP_EMPTY;
	sign = memchr(line.ptr, '=', line.len);
	if (sign == NULL) {
		pair->name = line;
		return is_name(line) && read_counted(rest, &pair->value) ? STEP_PAIR
									 : STEP_END;
	}
	pair->name = str_make(line.ptr, (size_t)(sign - line.ptr));
	pair->value = str_skip(line, pair->name.len + 1);
	return is_name(pair->name) ? STEP_PAIR : STEP_END;
}

/* Which of the times NAME is, or -1. */
static int time_rank(struct str name)
{
	static const struct str names[] = {STR("_SOURCE_REALTIME_TIMESTAMP"),
		STR("SYSLOG_TIMESTAMP"), STR("__REALTIME_TIMESTAMP")};

	for (int i = 0; i < 3; i++) {
		if (str_eq(name, names[i]))
			return i;
	}
	return -1;
}

static void take(struct seen *s, struct stamp_cache *cache, const struct pair *pair)
{
	const struct place *place;
	uint64_t level;
	int rank = time_rank(pair->name);

	s->any = true;
	if (rank >= 0) {
		if (!stamp_parse_epoch(pair->value, &s->times[rank]))
			stamp_parse(cache, pair->value, &s->times[rank]);
		return;
	}
	if (str_is(pair->name, "PRIORITY") && str_to_u64(pair->value, &level)) {
		s->severity = level_from_syslog(level);
		return;
	}
	place = place_find(places, pair->name);
	if (place == NULL || place->field != FIELD_MODULE || pair->value.len == 0 ||
		place->rank >= s->module_rank)
		return;
	s->module = pair->value;
	s->module_rank = place->rank;
}

/* The first entry of TEXT; false if there is no field in it. */
static bool scan(struct seen *s, struct stamp_cache *cache, struct str text)
{
	struct pair pair;
	enum step step;

	*s = (struct seen){.times = {TIME_NONE, TIME_NONE, TIME_NONE},
		.module_rank = UINT8_MAX};
	while ((step = next(&text, &pair)) == STEP_PAIR || (step == STEP_EMPTY && !s->any)) {
		if (step == STEP_PAIR)
			take(s, cache, &pair);
	}
	return s->any;
}

static int64_t best_time(const struct seen *s)
{
	for (int i = 0; i < 3; i++) {
		if (s->times[i] != TIME_NONE)
			return s->times[i];
	}
	return TIME_NONE;
}

static bool parse(struct parse *p, struct str text, struct record *r)
{
	struct seen s;

	if (!scan(&s, &p->stamp, text))
		return false;
	r->time = best_time(&s);
	if (p->want & WANT_LEVEL) {
		r->level = s.severity.level;
		r->severity = s.severity.number;
	}
	if ((p->want & WANT_MODULE) && s.module.ptr != NULL)
		r->module = intern(p->modules, s.module);
	return true;
}

/* The entries of an export that came as one message. */
static size_t split(struct parse *p, struct str text,
	void (*each)(void *owner, struct str text), void *owner)
{
	struct str rest = text, start = text, last = {NULL, 0};
	struct pair pair;
	enum step step;
	size_t count = 0, fields = 0;

	(void)p;
	while ((step = next(&rest, &pair)) != STEP_END) {
		if (step == STEP_PAIR) {
			fields++;
			continue;
		}
		if (fields > 0 && last.ptr != NULL) {
			each(owner, last);
			count++;
		}
		if (fields > 0)
			last = str_make(start.ptr, (size_t)(rest.ptr - start.ptr));
		fields = 0;
		start = rest;
	}
	/* What makes no sense at the end stays with the entry it stands in. */
	start = str_make(start.ptr, text.len - (size_t)(start.ptr - text.ptr));
	if (last.ptr == NULL || (count == 0 && start.len == 0))
		return 0;
	each(owner, last);
	if (start.len > 0)
		each(owner, start);
	return count + 1 + (start.len > 0);
}

static void put(struct places *to, const struct pair *pair, const struct seen *s)
{
	int rank = time_rank(pair->name);

	if (rank >= 0 && s->times[rank] != TIME_NONE)
		return;
	if (str_is(pair->name, "PRIORITY") && s->severity.level != LEVEL_UNKNOWN)
		return;
	places_put(to, pair->name, (struct field){pair->name, pair->value, FIELD_TEXT});
}

static void fields(const struct record *r, struct fields *f)
{
	static const struct str name = STR("EXCEPTION_TEXT");
	struct stamp_cache stamp = {0};
	struct str text = record_text(r);
	struct places to;
	struct pair pair;
	struct seen s;
	enum step step;

	if (!scan(&s, &stamp, text))
		return;
	places_begin(&to, f, places);
	while ((step = next(&text, &pair)) == STEP_EMPTY)
		;
	for (; step == STEP_PAIR; step = next(&text, &pair))
		put(&to, &pair, &s);
	struct str trace = f->named[FIELD_EXCEPTION];
	if (f->named[FIELD_MESSAGE].ptr != NULL)
		fields_set_message(f, f->named[FIELD_MESSAGE]);
	if (trace.ptr == NULL || str_eq(trace, f->named[FIELD_EXCEPTION]))
		return;
	/* systemd's Python handler writes it into the message, too. */
	if (f->named[FIELD_EXCEPTION].ptr == NULL ||
		f->named[FIELD_EXCEPTION].ptr == trace.ptr)
		f->named[FIELD_EXCEPTION] = trace;
	else
		fields_add(f, name, trace, FIELD_TEXT);
}

const struct format format_journal = {
	.name = "journal",
	.summary = "fields of the systemd journal, as programs send them to it",
	.example = "MESSAGE=hello",
	.frame = FRAME_JOURNAL,
	.wire = true,
	.parse = parse,
	.split = split,
	.fields = fields,
};

static const struct place places[PLACES_MAX] = {
	{STR("MESSAGE"), FIELD_MESSAGE, 0},
	{STR("LOGGER"), FIELD_MODULE, 0},
	{STR("TARGET"), FIELD_MODULE, 1}, /* tracing-journald's */
	{STR("SYSLOG_IDENTIFIER"), FIELD_MODULE, 2},
	{STR("_SYSTEMD_UNIT"), FIELD_MODULE, 3},
	{STR("CODE_FILE"), FIELD_FILE, 0},
	{STR("CODE_LINE"), FIELD_LINE, 0},
	{STR("CODE_FUNC"), FIELD_FUNCTION, 0},
	{STR("CODE_FUNCTION"), FIELD_FUNCTION, 1},
	{STR("_PID"), FIELD_PID, 0},
	{STR("SYSLOG_PID"), FIELD_PID, 1},
	{STR("PROCESS_NAME"), FIELD_PROCESS, 0},
	{STR("_COMM"), FIELD_PROCESS, 1},
	{STR("THREAD_NAME"), FIELD_THREAD, 0},
	{STR("TID"), FIELD_THREAD, 1},
	{STR("_HOSTNAME"), FIELD_HOST, 0},
	{STR("EXCEPTION_TEXT"), FIELD_EXCEPTION, 0},
	{STR("EXCEPTION_INFO"), FIELD_EXCEPTION, 1},
	{STR("__CURSOR"), PLACE_NOWHERE, 0},
	{STR("__MONOTONIC_TIMESTAMP"), PLACE_NOWHERE, 0},
	{STR("__SEQNUM"), PLACE_NOWHERE, 0},
	{STR("__SEQNUM_ID"), PLACE_NOWHERE, 0},
};
