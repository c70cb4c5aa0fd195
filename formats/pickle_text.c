/*
 * pickle_text: strings, bytes and numbers as Python writes them, and what its library makes
 * of them.
 */
#include "formats/pickle_text.h"

#include <stdio.h>

#include "core/escape.h"
#include "formats/pickle_number.h"
#include "formats/pickle_shape.h"

void pickle_put(struct pickle_out *out, struct str s)
{
	size_t room = out->cap - out->len;
	size_t n = s.len < room ? s.len : room;

	if (n > 0)
		memcpy(out->ptr + out->len, s.ptr, n);
	out->len += n;
}

void pickle_puts(struct pickle_out *out, const char *s)
{
	pickle_put(out, str_from(s));
}

/*
 * Strings.
 */

static void put_utf8(struct pickle_out *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		b[0] = (char)c;
	} else {
		for (size_t i = n; i > 1; i--, c >>= 6)
			b[i - 1] = (char)(0x80 | (c & 0x3f));
		b[0] = (char)(c | (0xf00u >> n & 0xffu));
	}
	pickle_put(out, (struct str){b, n});
}

/* One character of a string as it is. */
static void put_plain(struct pickle_out *out, uint32_t c)
{
	char byte = (char)c;

	if (c >= PICKLE_BYTE)
		pickle_put(out, (struct str){&byte, 1});
	else
		put_utf8(out, c);
}

/* Likewise between the quotes of JSON. */
static void put_json(struct pickle_out *out, uint32_t c)
{
	static const char from[] = "\"\\\n\t\r\b\f", to[] = "\"\\ntrbf";
	char text[8];
	const char *at = c > 0 && c < 0x80 ? strchr(from, (int)c) : NULL;

	if (at != NULL) {
		snprintf(text, sizeof(text), "\\%c", to[at - from]);
		pickle_puts(out, text);
	} else if (c < 0x20) {
		snprintf(text, sizeof(text), "\\u%04x", c);
		pickle_puts(out, text);
	} else {
		put_utf8(out,
			c >= PICKLE_BYTE || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c);
	}
}

/* Likewise between those of repr, which are QUOTE. */
static void put_repr(struct pickle_out *out, uint32_t c, char quote)
{
	static const char from[] = "\n\r\t\\", to[] = "nrt\\";
	char text[16];
	const char *at = c > 0 && c < 0x80 ? strchr(from, (int)c) : NULL;

	if (at != NULL)
		snprintf(text, sizeof(text), "\\%c", to[at - from]);
	else if (c == (unsigned char)quote)
		snprintf(text, sizeof(text), "\\%c", quote);
	else if (c >= PICKLE_BYTE)
		snprintf(text, sizeof(text), "\\x%02x", c - PICKLE_BYTE);
	else if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad)
		snprintf(text, sizeof(text), "\\x%02x", c);
	else if ((c >= 0xd800 && c < 0xe000) || (c < 0x10000 && escape_hides(c)))
		snprintf(text, sizeof(text), "\\u%04x", c);
	else if (escape_hides(c))
		snprintf(text, sizeof(text), "\\U%08x", c);
	else
		text[0] = '\0';
	if (text[0] != '\0')
		pickle_puts(out, text);
	else
		put_utf8(out, c);
}

/* repr prefers ', unless there is one and no ". */
static char quote_for(const struct pickle_value *s)
{
	bool single = memchr(s->ptr, '\'', s->len) != NULL;

	return single && memchr(s->ptr, '"', s->len) == NULL ? '"' : '\'';
}

void pickle_show_string(
	struct pickle_out *out, struct pickle_value s, enum pickle_style style)
{
	char quote = style == PICKLE_AS_JSON ? '"' : quote_for(&s);
	size_t at = 0;
	uint32_t c;

	if (style == PICKLE_AS_STR && s.code == PICKLE_PLAIN) {
		size_t room = pickle_is_full(out) ? 0 : out->soft - out->len;
		size_t n = s.len < room ? s.len : room;
		while (n > 0 && n < s.len && (s.ptr[n] & 0xc0) == 0x80)
			n--;
		pickle_put(out, (struct str){s.ptr, n});
		return;
	}
	if (style != PICKLE_AS_STR)
		pickle_put(out, (struct str){&quote, 1});
	while (!pickle_is_full(out) && pickle_char(&s, &at, &c)) {
		if (style == PICKLE_AS_STR)
			put_plain(out, c);
		else if (style == PICKLE_AS_JSON)
			put_json(out, c);
		else
			put_repr(out, c, quote);
	}
	if (style != PICKLE_AS_STR)
		pickle_put(out, (struct str){&quote, 1});
}

/* ASCII as it is, or between the quotes of JSON. */
static void put_ascii(struct pickle_out *out, const char *s, enum pickle_style style)
{
	for (; *s != '\0'; s++) {
		if (style == PICKLE_AS_JSON)
			put_json(out, (unsigned char)*s);
		else
			put_utf8(out, (unsigned char)*s);
	}
}

/* b'..'. CHARS are bytes, or code points below 256. */
void pickle_show_bytes(
	struct pickle_out *out, struct pickle_value chars, enum pickle_style style)
{
	char quote = chars.kind == PICKLE_UNSET ? '\'' : quote_for(&chars);
	char text[8], ends[] = {quote, '\0'};
	size_t at = 0;
	uint32_t c;

	if (style == PICKLE_AS_JSON)
		pickle_puts(out, "\"");
	put_ascii(out, "b", style);
	put_ascii(out, ends, style);
	while (!pickle_is_full(out) && at < chars.len) {
		if (chars.kind == PICKLE_BYTES)
			c = (unsigned char)chars.ptr[at++];
		else
			pickle_char(&chars, &at, &c);
		c &= 0xff;
		if (c == '\n' || c == '\r' || c == '\t')
			snprintf(text, sizeof(text), "\\%c",
				c == '\n'   ? 'n'
				: c == '\r' ? 'r'
					    : 't');
		else if (c < 0x20 || c >= 0x7f)
			snprintf(text, sizeof(text), "\\x%02x", c);
		else
			snprintf(text, sizeof(text), "%s%c",
				c == '\\' || c == (unsigned char)quote ? "\\" : "",
				(char)c);
		put_ascii(out, text, style);
	}
	put_ascii(out, ends, style);
	if (style == PICKLE_AS_JSON)
		pickle_puts(out, "\"");
}

/*
 * Numbers and objects of the library.
 */

void pickle_show_integer(struct pickle_out *out, struct pickle_value v)
{
	char text[PICKLE_NUMBER_TEXT];
	size_t n = pickle_put_integer(text, v);

	if (n == 0)
		n = (size_t)snprintf(text, sizeof(text), "<int of %u %s>", v.len,
			v.code == PICKLE_BINARY ? "bytes" : "digits");
	pickle_put(out, (struct str){text, n});
}

void pickle_show_real(struct pickle_out *out, double real)
{
	char text[32];

	pickle_put(out, (struct str){text, pickle_put_real(text, real)});
}

static void show_uuid(struct pickle_out *out, const unsigned char bits[16])
{
	char text[4];

	for (size_t i = 0; i < 16; i++) {
		snprintf(text, sizeof(text), "%s%02x",
			i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bits[i]);
		pickle_puts(out, text);
	}
}

static void show_offset(struct pickle_out *out, int64_t us)
{
	char text[32];
	int64_t seconds = (us < 0 ? -us : us) / 1000000;

	snprintf(text, sizeof(text), "%c%02d:%02d", us < 0 ? '-' : '+',
		(int)(seconds / 3600 % 100), (int)(seconds / 60 % 60));
	pickle_puts(out, text);
	if (seconds % 60 != 0) {
		snprintf(text, sizeof(text), ":%02d", (int)(seconds % 60));
		pickle_puts(out, text);
	}
}

static void show_date(struct pickle_out *out, const struct pickle_moment *m)
{
	char text[32];

	snprintf(text, sizeof(text), "%04d-%02u-%02u", (int)m->year, m->month, m->day);
	pickle_puts(out, text);
}

static void show_clock(struct pickle_out *out, const struct pickle_moment *m)
{
	char text[48];

	snprintf(text, sizeof(text), "%02u:%02u:%02u", m->hour, m->minute, m->second);
	pickle_puts(out, text);
	if (m->us > 0) {
		snprintf(text, sizeof(text), ".%06u", m->us);
		pickle_puts(out, text);
	}
	if (m->zoned)
		show_offset(out, m->offset_us);
}

static void show_delta(struct pickle_out *out, int64_t us)
{
	const int64_t day = INT64_C(86400000000);
	int64_t days = us / day - (us % day < 0), rest = us - days * day;
	char text[64];

	if (days != 0) {
		snprintf(text, sizeof(text), "%lld day%s, ", (long long)days,
			days == 1 || days == -1 ? "" : "s");
		pickle_puts(out, text);
	}
	snprintf(text, sizeof(text), "%d:%02d:%02d", (int)(rest / 3600000000),
		(int)(rest / 60000000 % 60), (int)(rest / 1000000 % 60));
	pickle_puts(out, text);
	if (rest % 1000000 != 0) {
		snprintf(text, sizeof(text), ".%06d", (int)(rest % 1000000));
		pickle_puts(out, text);
	}
}

/* The times of datetime, as str() has them. */
static bool show_time(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v)
{
	struct pickle_moment m;
	int64_t us;

	if (pickle_moment(p, v, &m)) {
		show_date(out, &m);
		pickle_puts(out, " ");
		show_clock(out, &m);
	} else if (pickle_date(p, v, &m)) {
		show_date(out, &m);
	} else if (pickle_clock(p, v, &m)) {
		show_clock(out, &m);
	} else if (pickle_delta(p, v, &us)) {
		show_delta(out, us);
	} else if (pickle_zone(p, v, &us)) {
		pickle_puts(out, "UTC");
		if (us != 0)
			show_offset(out, us);
	} else {
		return false;
	}
	return true;
}

static bool show_path(struct pickle_out *out, const struct pickle *p,
	struct pickle_value v, const struct pickle_class *c)
{
	bool windows =
		str_is(c->name, "WindowsPath") || str_is(c->name, "PureWindowsPath");
	char joint = windows ? '\\' : '/';
	struct pickle_iter it;
	struct pickle_value part;
	size_t start = out->len;

	if (!windows && !str_is(c->name, "PosixPath") &&
		!str_is(c->name, "PurePosixPath"))
		return false;
	pickle_begin(&it, p, pickle_part(p, v, PICKLE_ARGS));
	while (pickle_next(&it, &part) && !pickle_is_full(out)) {
		if (out->len > start && out->ptr[out->len - 1] != joint)
			pickle_put(out, (struct str){&joint, 1});
		if (part.kind == PICKLE_STR)
			pickle_show_string(out, part, PICKLE_AS_STR);
	}
	if (out->len == start)
		pickle_puts(out, ".");
	return true;
}

/* What is made of a text or of numbers and is shown as them. */
static bool show_named(struct pickle_out *out, const struct pickle *p,
	struct pickle_value v, const struct pickle_class *c)
{
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS);
	struct pickle_value one = pickle_item(p, args, 0), two = pickle_item(p, args, 1);
	unsigned char bits[16];

	if (str_is(c->name, "UUID") &&
		pickle_bits(pickle_get(p, pickle_attributes(p, v), "int"), bits)) {
		show_uuid(out, bits);
	} else if (one.kind == PICKLE_STR &&
		   (str_is(c->name, "Decimal") ||
			   pickle_class_is(c, "fractions", "Fraction"))) {
		pickle_show_string(out, one, PICKLE_AS_STR);
	} else if (pickle_class_is(c, "fractions", "Fraction") &&
		   one.kind == PICKLE_INT && two.kind == PICKLE_INT) {
		pickle_show_integer(out, one);
		pickle_puts(out, "/");
		pickle_show_integer(out, two);
	} else {
		return show_path(out, p, v, c);
	}
	return true;
}

/* Objects that str() shows as text; false for others, and nothing is put. */
bool pickle_show_library(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v, bool repr)
{
	struct pickle_class c;
	struct pickle_value value;
	size_t start = out->len;
	bool by_name;

	if (pickle_enum(p, v, &c, &value, &by_name)) {
		pickle_put(out, c.name);
		pickle_puts(out, by_name ? "." : "(");
		if (by_name)
			pickle_put(out, pickle_raw(value));
		else
			pickle_show_integer(out, value);
		pickle_puts(out, by_name ? "" : ")");
		return true;
	}
	if (!pickle_class(p, v, &c))
		return false;
	if (repr) {
		pickle_put(out, c.name);
		pickle_puts(out, "('");
	}
	if (!show_time(out, p, v) && !show_named(out, p, v, &c)) {
		out->len = start;
		return false;
	}
	if (repr)
		pickle_puts(out, "')");
	return true;
}

void pickle_show_class(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v)
{
	struct pickle_class c;

	if (!pickle_class(p, v, &c)) {
		pickle_puts(out, "<object>");
		return;
	}
	pickle_puts(out, "<");
	pickle_put(out, c.module);
	pickle_puts(out, ".");
	pickle_put(out, c.name);
	pickle_puts(out, ">");
}
