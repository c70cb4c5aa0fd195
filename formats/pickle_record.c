/*
 * pickle_record: what the values of a record mean.
 */
#include "formats/pickle_record.h"

#include <stdio.h>

#include "core/record.h"
#include "formats/pickle_key.h"
#include "formats/pickle_shape.h"

#define CREATED_MAX 7258118400.0 /* the year 2200 */
#define WRAPPED_LEAST 30              /* bytes of a line with a time and a level */
#define NEAR_NS (60 * NS_PER_SECOND)  /* a line is written at once, or nearly */
#define ZONE_NS (900 * NS_PER_SECOND) /* zones differ by quarters of an hour */
#define ZONE_MAX 56                   /* of these, between any two */

enum pickle_key pickle_record_key(
	const struct pickle_record *rec, struct pickle_value key)
{
	const struct pickle_known *found =
		key.kind == PICKLE_STR ? pickle_known(pickle_raw(key)) : NULL;

	return found != NULL && found->kinds & rec->kind ? found->key : PICKLE_KEY_NONE;
}

static enum pickle_record_kind kind_of(const struct pickle_record *rec)
{
	const struct pickle_value *v = rec->value;

	if (v[PICKLE_KEY_CREATED].kind != PICKLE_UNSET &&
		v[PICKLE_KEY_LEVELNO].kind != PICKLE_UNSET)
		return PICKLE_LOGGING;
	if (v[PICKLE_KEY_LEVEL].kind == PICKLE_OBJECT &&
		v[PICKLE_KEY_TIME].kind == PICKLE_OBJECT)
		return PICKLE_LOGURU;
	return PICKLE_OTHER;
}

/* What the other kinds have is not of this record. */
static void drop_others(struct pickle_record *rec)
{
	for (size_t i = 0; i < PICKLE_KEYS; i++) {
		if (!(pickle_keys[i].kinds & rec->kind))
			rec->value[pickle_keys[i].key].kind = PICKLE_UNSET;
	}
}

void pickle_record_find(struct pickle_record *rec, const struct pickle *p)
{
	struct pickle_value key, value;
	struct pickle_iter it;
	const struct pickle_known *known;

	memset(rec, 0, sizeof(*rec));
	rec->p = p;
	rec->kind = PICKLE_OTHER;
	rec->dict = p->root.kind == PICKLE_DICT ? p->root : pickle_attributes(p, p->root);
	for (pickle_begin(&it, p, rec->dict); pickle_pair(&it, &key, &value);) {
		known = key.kind == PICKLE_STR ? pickle_known(pickle_raw(key)) : NULL;
		if (known != NULL)
			rec->value[known->key] = value;
	}
	rec->kind = kind_of(rec);
	drop_others(rec);
}

struct pickle_value pickle_record_member(
	const struct pickle_record *rec, enum pickle_key key, const char *name)
{
	return pickle_get(rec->p, pickle_attributes(rec->p, rec->value[key]), name);
}

/* Seconds to ns, rounded to the microseconds that Python's clock is good for. */
static int64_t time_of_number(struct pickle_value v)
{
	double seconds = v.kind == PICKLE_INT ? (double)v.number : v.real;
	int64_t whole;

	if ((v.kind != PICKLE_INT && v.kind != PICKLE_FLOAT) || !(seconds >= 0) ||
		seconds > CREATED_MAX)
		return TIME_NONE;
	whole = (int64_t)seconds;
	return whole * NS_PER_SECOND +
	       (int64_t)((seconds - (double)whole) * 1e6 + 0.5) * 1000;
}

/* A time without a zone, or in one that is not in the pickle, is local. */
static int64_t local_time(const struct pickle_moment *m, struct stamp_cache *cache)
{
	char text[40 + TEXT_PAD] = {0};
	int64_t ns;
	int n = snprintf(text, 40, "%04d-%02u-%02u %02u:%02u:%02u.%06u", (int)m->year,
		m->month, m->day, m->hour, m->minute, m->second, m->us);

	return n > 0 && stamp_parse(cache, (struct str){text, (size_t)n}, &ns) > 0
	               ? ns
	               : TIME_NONE;
}

int64_t pickle_record_time(const struct pickle_record *rec, struct stamp_cache *cache)
{
	struct pickle_value created = rec->value[PICKLE_KEY_CREATED];
	struct pickle_moment m;
	int64_t ns;

	if (created.kind != PICKLE_UNSET)
		return time_of_number(created);
	created = rec->value[PICKLE_KEY_TIME];
	if (created.kind != PICKLE_OBJECT)
		return time_of_number(created);
	if (!pickle_moment(rec->p, created, &m))
		return TIME_NONE;
	return pickle_moment_ns(&m, &ns) ? ns : local_time(&m, cache);
}

/* The number of a level: an int, or a member of an enum of ints. */
static bool level_number_of(
	const struct pickle_record *rec, struct pickle_value v, int64_t *n)
{
	struct pickle_class c;
	struct pickle_value value = v;
	bool by_name = false;

	if (v.kind == PICKLE_OBJECT && !pickle_enum(rec->p, v, &c, &value, &by_name))
		return false;
	*n = value.number;
	return value.kind == PICKLE_INT;
}

struct pickle_value pickle_record_level(const struct pickle_record *rec)
{
	struct pickle_value level = rec->value[PICKLE_KEY_LEVEL];

	if (rec->value[PICKLE_KEY_LEVELNAME].kind != PICKLE_UNSET)
		return rec->value[PICKLE_KEY_LEVELNAME];
	return level.kind == PICKLE_OBJECT
	               ? pickle_record_member(rec, PICKLE_KEY_LEVEL, "name")
	               : level;
}

/* The number decides; the name where it says the same (25 is SUCCESS or NOTICE), or there
 * is no number. */
struct severity pickle_record_severity(const struct pickle_record *rec)
{
	struct severity named = {LEVEL_UNKNOWN, 0}, numbered;
	struct pickle_value number = rec->value[PICKLE_KEY_LEVELNO];
	bool has_name = level_from_word(pickle_raw(pickle_record_level(rec)), &named);
	int64_t n;

	if (number.kind == PICKLE_UNSET)
		number = rec->value[PICKLE_KEY_LEVEL];
	if (number.kind == PICKLE_OBJECT && rec->kind != PICKLE_LOGGING)
		number = pickle_record_member(rec, PICKLE_KEY_LEVEL, "no");
	if (!level_number_of(rec, number, &n))
		return named;
	numbered = level_from_number(n < 0 ? 0 : n > 255 ? 255 : n);
	return has_name && named.number == numbered.number ? named : numbered;
}

struct str pickle_record_wrapped(const struct pickle_record *rec)
{
	struct str msg = pickle_raw(rec->value[PICKLE_KEY_MSG]);

	if (rec->kind != PICKLE_LOGGING || msg.len < WRAPPED_LEAST ||
		rec->value[PICKLE_KEY_MSG].code != PICKLE_PLAIN ||
		((msg.ptr[0] < '0' || msg.ptr[0] > '9') && msg.ptr[0] != '\x1b'))
		return (struct str){NULL, 0};
	return msg;
}

/* Whether the stamp at the start of LINE has a zone. */
static bool has_zone(struct str line)
{
	size_t n = stamp_skip(line);

	for (size_t i = 19; i < n; i++) {
		if ((line.ptr[i] < '0' || line.ptr[i] > '9') && line.ptr[i] != '.' &&
			line.ptr[i] != ',')
			return true;
	}
	return false;
}

int64_t pickle_wrapped_time(const struct pickle_record *rec, struct str line, int64_t ns)
{
	int64_t around = time_of_number(rec->value[PICKLE_KEY_CREATED]);
	int64_t away, zones;

	if (around == TIME_NONE || has_zone(line))
		return ns;
	away = around - ns;
	zones = (away + (away < 0 ? -ZONE_NS / 2 : ZONE_NS / 2)) / ZONE_NS;
	away -= zones * ZONE_NS;
	if (zones < -ZONE_MAX || zones > ZONE_MAX || away > NEAR_NS || away < -NEAR_NS)
		return ns;
	return ns + zones * ZONE_NS;
}
