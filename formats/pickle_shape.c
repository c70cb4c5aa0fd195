/*
 * pickle_shape: objects by the names of their classes and the arguments they are made
 * with (datetime.__reduce__, copyreg.__reduce_ex__, enum.Enum.__reduce_ex__, ...).
 */
#include "formats/pickle_shape.h"

#include "core/escape.h"
#include "core/stamp.h"

#define DELTA_DAYS_MAX 365250000 /* a million years */
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)

static bool class_names(
	const struct pickle *p, struct pickle_value v, struct pickle_class *c)
{
	struct pickle_iter it;
	struct pickle_value module, name;

	if (v.kind != PICKLE_CLASS)
		return false;
	pickle_begin(&it, p, v);
	if (!pickle_pair(&it, &module, &name))
		return false;
	*c = (struct pickle_class){pickle_raw(module), pickle_raw(name)};
	return true;
}

bool pickle_class_is(const struct pickle_class *c, const char *module, const char *name)
{
	return str_is(c->name, name) && str_is(c->module, module);
}

static bool is_builtin(const struct pickle_class *c, const char *name)
{
	return pickle_class_is(c, "builtins", name) ||
	       pickle_class_is(c, "__builtin__", name);
}

/* The functions by which objects of any class are made again. */
static bool is_maker(const struct pickle_class *c)
{
	return pickle_class_is(c, "copyreg", "_reconstructor") ||
	       pickle_class_is(c, "copy_reg", "_reconstructor") ||
	       pickle_class_is(c, "copyreg", "__newobj__") ||
	       pickle_class_is(c, "copy_reg", "__newobj__");
}

bool pickle_class(const struct pickle *p, struct pickle_value v, struct pickle_class *c)
{
	struct pickle_class made;

	if (v.kind != PICKLE_OBJECT)
		return class_names(p, v, c);
	if (!class_names(p, pickle_part(p, v, PICKLE_CALLED), c))
		return false;
	if (is_maker(c) &&
		class_names(p, pickle_item(p, pickle_part(p, v, PICKLE_ARGS), 0), &made))
		*c = made;
	return true;
}

struct pickle_value pickle_attributes(const struct pickle *p, struct pickle_value v)
{
	struct pickle_value state = pickle_part(p, v, PICKLE_STATE);

	if (state.kind == PICKLE_TUPLE && pickle_count(p, state) == 2) {
		struct pickle_value slots = pickle_item(p, state, 1);
		state = slots.kind == PICKLE_DICT ? slots : pickle_item(p, state, 0);
	}
	return state.kind == PICKLE_DICT ? state : (struct pickle_value){0};
}

bool pickle_sent_bytes(
	const struct pickle *p, struct pickle_value v, struct pickle_value *latin1)
{
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS);
	struct pickle_class c;

	if (v.kind != PICKLE_OBJECT || !pickle_class(p, v, &c))
		return false;
	if (!pickle_class_is(&c, "_codecs", "encode") && !is_builtin(&c, "bytes") &&
		!is_builtin(&c, "bytearray"))
		return false;
	*latin1 = pickle_item(p, args, 0);
	if (latin1->kind == PICKLE_OBJECT && is_builtin(&c, "bytearray") &&
		class_names(p, pickle_part(p, *latin1, PICKLE_CALLED), &c) &&
		pickle_class_is(&c, "_codecs", "encode"))
		*latin1 = pickle_item(p, pickle_part(p, *latin1, PICKLE_ARGS), 0);
	return latin1->kind == PICKLE_STR || latin1->kind == PICKLE_BYTES ||
	       (latin1->kind == PICKLE_UNSET && pickle_count(p, args) == 0);
}

/* A character above ASCII at B, of LEFT bytes; the bytes it takes. */
static size_t wide_char(const unsigned char *b, size_t left, uint32_t *code)
{
	size_t n = utf8_next((struct str){(const char *)b, left}, code);

	if (n > 0)
		return n;
	if (left >= 3 && b[0] == 0xed && b[1] >= 0xa0 && b[1] < 0xc0 &&
		(b[2] & 0xc0) == 0x80) {
		*code = 0xd000u | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
		return 3; /* a surrogate, as Python passes it */
	}
	*code = PICKLE_BYTE + *b;
	return 1;
}

/* The hex digits of \uXXXX, \UXXXXXXXX and, where QUOTED, \xXX; 0: it is none of these. */
static size_t hex_digits(unsigned char letter, bool quoted)
{
	switch (letter) {
	case 'u':
		return 4;
	case 'U':
		return 8;
	case 'x':
		return quoted ? 2 : 0;
	default:
		return 0;
	}
}

/* The escape at B, likewise, or 0: the backslash is one. */
static size_t escape_char(
	const unsigned char *b, size_t left, bool quoted, uint32_t *code)
{
	static const char simple[] = "\\\\''\"\"n\nr\rt\ta\ab\bf\fv\v";
	size_t digits = hex_digits(b[1], quoted), n = 2;
	uint32_t value = 0;

	for (; n < left && n < 2 + digits; n++) {
		unsigned d = b[n] | 0x20;
		if (b[n] < '0' || !(d <= '9' || (d >= 'a' && d <= 'f')))
			return 0;
		value = value << 4 | (d <= '9' ? d - '0' : d - 'a' + 10);
	}
	if (digits > 0) {
		*code = value;
		return n == 2 + digits && value < PICKLE_BYTE ? n : 0;
	}
	for (const char *c = simple; quoted && *c != '\0'; c += 2) {
		*code = (unsigned char)c[1];
		if (*c == (char)b[1])
			return 2;
	}
	return 0;
}

bool pickle_char(const struct pickle_value *s, size_t *at, uint32_t *code)
{
	const unsigned char *b = (const unsigned char *)s->ptr + *at;
	size_t left = s->len - *at, n = 0;
	bool quoted = s->code == PICKLE_QUOTED;

	if (left == 0)
		return false;
	if (s->code == PICKLE_PLAIN && *b >= 0x80)
		n = wide_char(b, left, code);
	else if (s->code != PICKLE_PLAIN && *b == '\\' && left > 1)
		n = escape_char(b, left, quoted, code);
	if (n == 0) {
		*code = *b;
		n = 1;
	}
	/* Python 2's strings are bytes. */
	if (quoted && *code >= 0x80 && *code < 0x100)
		*code += PICKLE_BYTE;
	*at += n;
	return true;
}

/* The LEN bytes that V is, into BYTES; false if it is not as long. */
static bool exact_bytes(
	const struct pickle *p, struct pickle_value v, unsigned char *bytes, size_t len)
{
	struct pickle_value text = v;
	size_t at = 0, n = 0;
	uint32_t code;
	bool sent = pickle_sent_bytes(p, v, &text);

	if (!sent && v.kind != PICKLE_BYTES && v.kind != PICKLE_STR)
		return false;
	if (!sent && text.code == PICKLE_PLAIN) {
		if (text.len != len)
			return false;
		memcpy(bytes, text.ptr, len);
		return true;
	}
	while (n < len && pickle_char(&text, &at, &code))
		bytes[n++] = (unsigned char)code;
	return n == len && at == text.len;
}

static bool is_of(const struct pickle *p, struct pickle_value v, const char *name)
{
	struct pickle_class c;

	return v.kind == PICKLE_OBJECT && pickle_class(p, v, &c) &&
	       str_is(c.name, name) &&
	       (str_is(c.module, "datetime") || str_is(c.module, "_pydatetime") ||
		       str_is(c.module, "loguru._datetime"));
}

bool pickle_delta(const struct pickle *p, struct pickle_value v, int64_t *us)
{
	static const int64_t unit[] = {US_PER_DAY, US_PER_SECOND, 1};
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS), part;
	int64_t sum = 0;

	if (!is_of(p, v, "timedelta"))
		return false;
	for (size_t i = 0; i < 3; i++) {
		part = pickle_item(p, args, i);
		if (part.kind == PICKLE_UNSET)
			break;
		if (part.kind != PICKLE_INT ||
			part.number > DELTA_DAYS_MAX / (i ? 1 : 10) ||
			part.number < -DELTA_DAYS_MAX / 10)
			return false;
		sum += part.number * unit[i];
	}
	*us = sum;
	return true;
}

bool pickle_zone(const struct pickle *p, struct pickle_value v, int64_t *offset_us)
{
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS);
	struct pickle_class c;

	if (v.kind != PICKLE_OBJECT || !pickle_class(p, v, &c))
		return false;
	if (pickle_class_is(&c, "pytz", "_UTC") ||
		pickle_class_is(&c, "dateutil.tz", "tzutc")) {
		*offset_us = 0;
		return true;
	}
	return str_is(c.name, "timezone") &&
	       pickle_delta(p, pickle_item(p, args, 0), offset_us);
}

static bool date_of(const unsigned char *b, struct pickle_moment *m)
{
	m->year = b[0] * 256 + b[1];
	m->month = b[2] & 0x7f; /* the top bit is fold */
	m->day = b[3];
	return m->year > 0 && m->month - 1 < 12 && m->day - 1 < 31;
}

static bool clock_of(const unsigned char *b, struct pickle_moment *m)
{
	m->hour = b[0] & 0x7f;
	m->minute = b[1];
	m->second = b[2];
	m->us = (unsigned)b[3] << 16 | (unsigned)b[4] << 8 | b[5];
	return m->hour < 24 && m->minute < 60 && m->second < 60 && m->us < 1000000;
}

static struct pickle_value first_arg(const struct pickle *p, struct pickle_value v)
{
	return pickle_item(p, pickle_part(p, v, PICKLE_ARGS), 0);
}

bool pickle_moment(const struct pickle *p, struct pickle_value v, struct pickle_moment *m)
{
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS);
	unsigned char b[10];

	*m = (struct pickle_moment){0};
	if (!is_of(p, v, "datetime") || !exact_bytes(p, first_arg(p, v), b, sizeof(b)) ||
		!date_of(b, m) || !clock_of(b + 4, m))
		return false;
	m->zoned = pickle_zone(p, pickle_item(p, args, 1), &m->offset_us);
	return true;
}

bool pickle_date(const struct pickle *p, struct pickle_value v, struct pickle_moment *m)
{
	unsigned char b[4];

	*m = (struct pickle_moment){0};
	return is_of(p, v, "date") && exact_bytes(p, first_arg(p, v), b, sizeof(b)) &&
	       date_of(b, m);
}

bool pickle_clock(const struct pickle *p, struct pickle_value v, struct pickle_moment *m)
{
	unsigned char b[6];

	*m = (struct pickle_moment){0};
	return is_of(p, v, "time") && exact_bytes(p, first_arg(p, v), b, sizeof(b)) &&
	       clock_of(b, m);
}

bool pickle_moment_ns(const struct pickle_moment *m, int64_t *ns)
{
	int64_t seconds;

	if (!m->zoned || m->year < 1970 || m->year > 2200 || m->offset_us < -US_PER_DAY ||
		m->offset_us > US_PER_DAY)
		return false;
	seconds = stamp_days(m->year, m->month, m->day) * 86400 + m->hour * 3600 +
	          m->minute * 60 + m->second;
	*ns = seconds * NS_PER_SECOND + m->us * INT64_C(1000) - m->offset_us * 1000;
	return true;
}

bool pickle_enum(const struct pickle *p, struct pickle_value v, struct pickle_class *c,
	struct pickle_value *value, bool *by_name)
{
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS), called;

	if (v.kind != PICKLE_OBJECT ||
		pickle_part(p, v, PICKLE_STATE).kind != PICKLE_UNSET ||
		!pickle_class(p, v, c))
		return false;
	*by_name = is_builtin(c, "getattr") && pickle_count(p, args) == 2;
	if (*by_name) {
		called = pickle_item(p, args, 0);
		*value = pickle_item(p, args, 1);
		return class_names(p, called, c) && value->kind == PICKLE_STR &&
		       value->code == PICKLE_PLAIN;
	}
	*value = pickle_item(p, args, 0);
	return pickle_count(p, args) == 1 && c->name.len > 0 && c->name.ptr[0] >= 'A' &&
	       c->name.ptr[0] <= 'Z' && value->kind == PICKLE_INT;
}
