/*
 * The judgements of formats.md sections 5.11 and 7 for records made of named values.
 */
#include "formats/gist.h"

#define MODULE_MAX 256 /* bytes of a module's name that has to be unescaped */

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_whole_second(int64_t ns)
{
	return ns % NS_PER_SECOND == 0;
}

static bool time_member(struct gist *g, const struct json_member *m, int64_t *ns);

/* {"$date":..} of MongoDB, {"epochSecond","nanoOfSecond"} of log4j2, {"seconds","nanos"}
 * of Google. */
static bool time_object(struct gist *g, struct str text, int64_t *ns)
{
	struct json_cursor c;
	struct json_member m;
	int64_t seconds = TIME_NONE;
	uint64_t nanos = 0;

	if (!json_open(&c, text))
		return false;
	while (json_next(&c, &m)) {
		if (str_is(m.key, "$date") || str_is(m.key, "$numberLong"))
			return time_member(g, &m, ns);
		if (str_is(m.key, "epochSecond") || str_is(m.key, "seconds"))
			stamp_parse_epoch(m.value, &seconds);
		else if (str_is(m.key, "nanoOfSecond") || str_is(m.key, "nanos"))
			str_to_u64(m.value, &nanos);
	}
	if (seconds == TIME_NONE)
		return false;
	*ns = seconds + (nanos < (uint64_t)NS_PER_SECOND ? (int64_t)nanos : 0);
	return true;
}

/* Recursion is bounded by JSON_DEPTH_MAX: each level is a bracket that was counted. */
static bool time_member(struct gist *g, const struct json_member *m, int64_t *ns)
{
	switch (m->kind) {
	case JSON_STRING:
		if (m->value.len > 4 && !is_digit(m->value.ptr[4]))
			return stamp_parse(g->stamp, m->value, ns) > 0;
		return stamp_parse_epoch(m->value, ns);
	case JSON_NUMBER:
		return stamp_parse_epoch(m->value, ns);
	case JSON_OBJECT:
		return time_object(g, m->value, ns);
	default:
		return false;
	}
}

static bool refines(int64_t finer, int64_t second)
{
	return is_whole_second(second) && finer > second &&
	       finer < second + NS_PER_SECOND;
}

static inline bool find_time(struct gist *g, const struct json_member *m, int64_t *ns)
{
	/* What nearly all are. */
	if (m->kind == JSON_STRING && stamp_parse(g->stamp, m->value, ns) > 0)
		return true;
	return time_member(g, m, ns);
}

static void take_time(struct gist *g, uint8_t rank, const struct json_member *m)
{
	int64_t ns;
	if ((g->need & GIST_NEED_TIME) == 0 || !find_time(g, m, &ns))
		return;
	if (g->time != TIME_NONE && rank >= g->time_rank) {
		if (!refines(ns, g->time))
			return;
		g->time = ns;
	} else {
		g->time = ns;
		g->time_rank = rank;
		g->time_key = m->key.ptr;
	}
	if (g->time_rank == 0 && !is_whole_second(g->time))
		g->need &= ~(unsigned)GIST_NEED_TIME;
}

/* The whole number that begins TEXT; what follows a dot does not count. */
static bool level_digits(struct str text, int64_t *n)
{
	bool negative = text.len > 0 && text.ptr[0] == '-';
	size_t i = negative;
	*n = 0;
	for (; i < text.len && i < 10 && is_digit(text.ptr[i]); i++)
		*n = *n * 10 + text.ptr[i] - '0';
	if (i == negative || (i < text.len && text.ptr[i] != '.'))
		return false;
	if (negative)
		*n = -*n;
	return true;
}

static struct severity named(enum level level)
{
	return (struct severity){(uint8_t)level, level_number(level)};
}

static struct severity otel_level(int64_t n)
{
	static const enum level levels[] = {
		LEVEL_TRACE,
		LEVEL_DEBUG,
		LEVEL_INFO,
		LEVEL_WARNING,
		LEVEL_ERROR,
		LEVEL_CRITICAL,
	};
	return n >= 1 && n <= 24 ? named(levels[(n - 1) / 4]) : named(LEVEL_UNKNOWN);
}

static struct severity monolog_level(int64_t n)
{
	if (n >= 600)
		return named(LEVEL_EMERGENCY);
	if (n >= 550)
		return named(LEVEL_ALERT);
	if (n >= 200 && n < 300)
		return named(n >= 250 ? LEVEL_NOTICE : LEVEL_INFO);
	return level_from_number(n / 10);
}

/* Ten above Python's from DEBUG on. 35 lies between INFO and WARNING, where Python has
 * SUCCESS: it is INFO with a number of its own. */
static struct severity pino_level(int64_t n)
{
	if (n < 20)
		return named(LEVEL_TRACE);
	struct severity severity = level_from_number(n - 10);
	if (n > 30 && n < 40)
		severity.level = LEVEL_INFO;
	return severity;
}

static bool is_pino(const struct gist *g)
{
	unsigned both = SHAPE_PID | SHAPE_HOSTNAME;
	return (g->marks & SHAPE_V) != 0 || (g->marks & both) == both;
}

static struct severity number_level(const struct gist *g, enum key_scale scale, int64_t n)
{
	if (n < 0)
		return named(LEVEL_UNKNOWN);
	switch (scale) {
	case SCALE_SYSLOG:
		return n < 8 ? level_from_syslog((uint64_t)n) : level_from_number(n);
	case SCALE_OTEL:
		return otel_level(n);
	case SCALE_LOGBACK:
		return level_from_number(n / 1000);
	case SCALE_MONOLOG:
		return monolog_level(n);
	case SCALE_SHAPE:
		if ((g->marks & SHAPE_GELF) != 0 && n < 8)
			return level_from_syslog((uint64_t)n);
		if ((g->marks & SHAPE_MONOLOG) != 0 && n >= 100)
			return monolog_level(n);
		return is_pino(g) ? pino_level(n) : level_from_number(n);
	default:
		return level_from_number(n);
	}
}

static bool word_level(const struct key *key, struct str word, struct severity *severity)
{
	static const struct str verbose = STR("verbose"), status = STR("status");
	if (!level_from_word(word, severity))
		return false;
	/* Serilog's lowest level, but one of npm's below debug. */
	if ((word.ptr[0] | 0x20) == 'v' && str_eq_nocase(word, verbose))
		*severity =
			named(key->name[0] == '@' && key->name[1] == 'l' ? LEVEL_TRACE
									 : LEVEL_DEBUG);
	/* "success" or "all" under "status" speak of something else. */
	if (key->rank == 2 && str_is(status, key->name))
		return severity->level != LEVEL_SUCCESS && severity->level != LEVEL_TRACE;
	return true;
}

static void set_level(
	struct gist *g, uint8_t rank, const char *at, struct severity severity)
{
	if (severity.level == LEVEL_UNKNOWN || rank >= g->level_rank)
		return;
	/* The word of a level stays its name where only a number says how grave it is. */
	if (g->level_key == NULL || g->level_rank != GIST_NONE)
		g->level_key = at;
	g->level = severity;
	g->level_rank = rank;
	if (rank == 0)
		g->need &= ~(unsigned)WANT_LEVEL;
}

static void take_level(struct gist *g, const struct key *key, const struct json_member *m)
{
	struct severity severity;
	int64_t n;
	const char *at = m->key.ptr;
	if ((g->need & WANT_LEVEL) == 0 ||
		(m->kind != JSON_STRING && m->kind != JSON_NUMBER))
		return;
	if (m->kind == JSON_STRING && word_level(key, m->value, &severity)) {
		/* A word is worth more than a number that nobody has judged. */
		if (g->number_waits && key->rank == 0)
			g->level_key = at;
		set_level(g, key->rank, at, severity);
	} else if (!level_digits(m->value, &n)) {
		if (key->rank == 0 && (g->level_key == NULL || g->number_waits))
			g->level_key = at;
	} else if (key->scale == SCALE_SHAPE) {
		if (g->number_waits)
			return;
		g->number = n;
		g->number_waits = true;
		if (g->level_key == NULL)
			g->level_key = at;
	} else if (key->scale != SCALE_NONE) {
		set_level(g, key->rank, at, number_level(g, key->scale, n));
	}
}

/* Whether S could be a logger's name: user names and titles stand under "name", too. */
static bool is_identifier(struct str s)
{
	static const char others[] = "_.:/-<>$";
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i], low = (char)(c | 0x20);
		bool alnum = is_digit(c) || (low >= 'a' && low <= 'z');
		if (!alnum && (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return true;
}

static void take_module(
	struct gist *g, const struct key *key, const struct json_member *m)
{
	static const struct str name = STR("name");
	if ((g->need & WANT_MODULE) == 0 || m->kind != JSON_STRING || m->value.len == 0 ||
		(m->value.len == 1 && m->value.ptr[0] == '-'))
		return;
	if (key->rank == 2 && str_is(name, key->name)) {
		if (g->name_key != NULL || !is_identifier(m->value))
			return;
		g->name_key = m->key.ptr;
		g->name = m->value;
	} else if (key->rank < g->module_rank) {
		g->module = m->value;
		g->module_escaped = m->escaped;
		g->module_rank = key->rank;
		g->module_key = m->key.ptr;
		if (key->rank == 0)
			g->need &= ~(unsigned)WANT_MODULE;
	}
}

void gist_take(struct gist *g, const struct key *key, const struct json_member *m)
{
	g->marks |= key->marks;
	if (key->field == KEY_TIME)
		take_time(g, key->rank, m);
	else if (key->field == FIELD_LEVEL)
		take_level(g, key, m);
	else if (key->field == FIELD_MODULE)
		take_module(g, key, m);
	if (g->number_waits && is_pino(g)) {
		set_level(g, 0, g->level_key, pino_level(g->number));
		g->number_waits = false;
	}
}

void gist_end(struct gist *g)
{
	unsigned klog = g->marks & (SHAPE_ERR | SHAPE_CALLER | SHAPE_V);
	if (g->need == 0)
		return;
	if (g->number_waits && g->level_rank > 0)
		set_level(g, 0, g->level_key, number_level(g, SCALE_SHAPE, g->number));
	if (g->level_key == NULL && (g->need & WANT_LEVEL) != 0) {
		/* Serilog leaves out Information; Kubernetes has levels for errors only.
		 */
		if ((g->marks & SHAPE_SERILOG) != 0)
			g->level = named(LEVEL_INFO);
		else if (klog == (SHAPE_ERR | SHAPE_CALLER))
			g->level = named(LEVEL_ERROR);
	}
	/* structlog's records have an event, and a name that is the user's. */
	if (g->name_key != NULL && g->module_rank > 2 && (g->marks & SHAPE_EVENT) == 0) {
		g->module = g->name;
		g->module_key = g->name_key;
		g->module_escaped = false;
	}
}

static struct str plain_module(const struct gist *g, struct parse *p)
{
	if (!g->module_escaped || g->module.len > MODULE_MAX)
		return g->module;
	p->plain.len = 0;
	buf_reserve(&p->plain, g->module.len);
	return str_make(p->plain.ptr, json_unescape(g->module, p->plain.ptr));
}

void gist_store(const struct gist *g, struct parse *p, struct record *r)
{
	if (g->time != TIME_NONE)
		r->time = g->time;
	if ((p->want & WANT_LEVEL) != 0 && g->level.level != LEVEL_UNKNOWN) {
		r->level = g->level.level;
		r->severity = g->level.number;
	}
	if ((p->want & WANT_MODULE) != 0 && g->module.ptr != NULL)
		r->module = intern(p->modules, plain_module(g, p));
}
