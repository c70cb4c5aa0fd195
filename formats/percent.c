/*
 * Numbers stay as their digits where nothing but digits is asked for, so that Python's
 * long ones come out right; the C library does the rest.
 */
#include "formats/percent.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 64        /* of a number that the C library has to read */
#define DOUBLE_WHOLE 9.0e15  /* above it a double may have lost its last digits */
#define CONVERTED_MAX 2048   /* bytes of a converted number */

struct spec {
	bool left, zero, plus, blank, other;
	size_t width, precision; /* precision SIZE_MAX: none */
	char conversion;
};

struct output {
	char *ptr;
	size_t len, cap;
	bool odd;
};

/* How the arguments are used up. */
struct taker {
	const struct percent_arg *args;
	size_t count, next;
	bool dict;
};

static void put(struct output *o, const char *ptr, size_t len)
{
	if (o->odd || o->cap - o->len < len) {
		o->odd = true;
		return;
	}
	if (len > 0)
		memcpy(o->ptr + o->len, ptr, len);
	o->len += len;
}

static void put_many(struct output *o, char c, size_t n)
{
	if (o->odd || o->cap - o->len < n) {
		o->odd = true;
		return;
	}
	memset(o->ptr + o->len, c, n);
	o->len += n;
}

/* The bytes of the first N characters of S; *HAS is how many there are of them. */
static size_t characters(struct str s, size_t n, size_t *has)
{
	size_t i = 0;

	for (*has = 0; i < s.len; i++) {
		if ((s.ptr[i] & 0xc0) == 0x80)
			continue;
		if (*has == n)
			break;
		++*has;
	}
	return i;
}

static void put_padded(struct output *o, const struct spec *spec, struct str s)
{
	size_t has;

	s.len = characters(s, spec->precision, &has);
	size_t pad = has < spec->width ? spec->width - has : 0;
	if (!spec->left)
		put_many(o, ' ', pad);
	put(o, s.ptr, s.len);
	if (spec->left)
		put_many(o, ' ', pad);
}

/* A number of SIGN, PREFIX ("0x") and DIGITS. */
static void put_number(struct output *o, const struct spec *spec, bool negative,
	const char *prefix, struct str digits)
{
	const char *sign = negative ? "-" : spec->plus ? "+" : spec->blank ? " " : "";
	size_t least = spec->precision != SIZE_MAX ? spec->precision : 0;
	size_t zeros = digits.len < least ? least - digits.len : 0;
	size_t len = strlen(sign) + strlen(prefix) + zeros + digits.len;
	size_t pad = len < spec->width ? spec->width - len : 0;

	if (spec->zero && !spec->left) {
		zeros += pad;
		pad = 0;
	}
	if (!spec->left)
		put_many(o, ' ', pad);
	put(o, sign, strlen(sign));
	put(o, prefix, strlen(prefix));
	put_many(o, '0', zeros);
	put(o, digits.ptr, digits.len);
	if (spec->left)
		put_many(o, ' ', pad);
}

static bool to_double(const struct percent_arg *arg, double *value)
{
	char text[DIGITS_MAX + 1], *end;

	if (arg->kind == PERCENT_BOOL) {
		*value = str_is(arg->text, "True");
		return true;
	}
	if ((arg->kind != PERCENT_INT && arg->kind != PERCENT_FLOAT) ||
		arg->text.len == 0 || arg->text.len > DIGITS_MAX)
		return false;
	memcpy(text, arg->text.ptr, arg->text.len);
	text[arg->text.len] = '\0';
	*value = strtod(text, &end);
	return *end == '\0';
}

/* The digits of a whole number, at SPACE if they are not in ARG; false if it is none. */
static bool to_digits(const struct percent_arg *arg, char *space, size_t cap,
	struct str *digits, bool *negative)
{
	double value;

	*digits = arg->text;
	if (arg->kind != PERCENT_INT) {
		if (!to_double(arg, &value) || !(fabs(value) < DOUBLE_WHOLE))
			return false;
		int n = snprintf(space, cap, "%lld", (long long)value);
		*digits = str_make(space, (size_t)n);
	}
	*negative = digits->len > 1 && digits->ptr[0] == '-';
	if (*negative)
		*digits = str_skip(*digits, 1);
	return digits->len > 0;
}

static void put_decimal(
	struct output *o, const struct spec *spec, const struct percent_arg *arg)
{
	char space[DIGITS_MAX];
	struct str digits;
	bool negative;

	if (!to_digits(arg, space, sizeof(space), &digits, &negative))
		o->odd = true;
	else
		put_number(o, spec, negative && !str_is(digits, "0"), "", digits);
}

static void put_radix(
	struct output *o, const struct spec *spec, const struct percent_arg *arg)
{
	char space[DIGITS_MAX], text[DIGITS_MAX];
	struct str digits;
	bool negative;
	uint64_t value;
	int n;

	if (arg->kind == PERCENT_FLOAT ||
		!to_digits(arg, space, sizeof(space), &digits, &negative) ||
		!str_to_u64(digits, &value)) {
		o->odd = true;
		return;
	}
	const char *prefix = spec->conversion == 'o' ? "0o" :
			     spec->conversion == 'x' ? "0x" : "0X";
	if (spec->conversion == 'o')
		n = snprintf(text, sizeof(text), "%llo", (unsigned long long)value);
	else if (spec->conversion == 'x')
		n = snprintf(text, sizeof(text), "%llx", (unsigned long long)value);
	else
		n = snprintf(text, sizeof(text), "%llX", (unsigned long long)value);
	put_number(o, spec, negative, spec->other ? prefix : "", str_make(text, (size_t)n));
}

static int print_real(char *text, size_t cap, char conversion, int precision, double value)
{
	switch (conversion) {
	case 'e':
		return snprintf(text, cap, "%.*e", precision, value);
	case 'E':
		return snprintf(text, cap, "%.*E", precision, value);
	case 'g':
		return snprintf(text, cap, "%.*g", precision, value);
	case 'G':
		return snprintf(text, cap, "%.*G", precision, value);
	case 'F':
		return snprintf(text, cap, "%.*F", precision, value);
	default:
		return snprintf(text, cap, "%.*f", precision, value);
	}
}

static void put_real(
	struct output *o, const struct spec *spec, const struct percent_arg *arg)
{
	char text[CONVERTED_MAX];
	struct spec plain = *spec;
	double value;

	if (!to_double(arg, &value) || spec->other) {
		o->odd = true;
		return;
	}
	int precision = spec->precision != SIZE_MAX ? (int)spec->precision : 6;
	int n = print_real(text, sizeof(text), spec->conversion, precision, fabs(value));
	if (n < 0 || (size_t)n >= sizeof(text)) {
		o->odd = true;
		return;
	}
	plain.precision = SIZE_MAX;
	put_number(o, &plain, signbit(value) && !isnan(value), "",
		str_make(text, (size_t)n));
}

static void put_character(
	struct output *o, const struct spec *spec, const struct percent_arg *arg)
{
	size_t has;
	uint64_t code;
	char c;
	struct spec plain = *spec;

	plain.precision = SIZE_MAX;
	if (arg->kind == PERCENT_STR && characters(arg->text, 2, &has) > 0 && has == 1) {
		put_padded(o, &plain, arg->text);
	} else if (arg->kind == PERCENT_INT && str_to_u64(arg->text, &code) && code < 128) {
		c = (char)code;
		put_padded(o, &plain, str_make(&c, 1));
	} else {
		o->odd = true;
	}
}

static void put_arg(
	struct output *o, const struct spec *spec, const struct percent_arg *arg)
{
	switch (spec->conversion) {
	case 's':
		put_padded(o, spec, arg->text);
		break;
	case 'r':
	case 'a':
		put_padded(o, spec, arg->repr);
		break;
	case 'd':
	case 'i':
	case 'u':
		put_decimal(o, spec, arg);
		break;
	case 'o':
	case 'x':
	case 'X':
		put_radix(o, spec, arg);
		break;
	case 'c':
		put_character(o, spec, arg);
		break;
	case '\0':
		o->odd = true;
		break;
	default:
		if (strchr("eEfFgG", spec->conversion) != NULL)
			put_real(o, spec, arg);
		else
			o->odd = true;
	}
}

static const struct percent_arg *take_next(struct taker *t)
{
	return !t->dict && t->next < t->count ? &t->args[t->next++] : NULL;
}

static const struct percent_arg *take_named(struct taker *t, struct str name)
{
	for (size_t i = t->count; t->dict && i > 0; i--) {
		if (str_eq(t->args[i - 1].name, name))
			return &t->args[i - 1];
	}
	return NULL;
}

static char at(struct str s)
{
	return s.len > 0 ? s.ptr[0] : '\0';
}

static void read_flags(struct str *s, struct spec *spec)
{
	for (;; *s = str_skip(*s, 1)) {
		switch (at(*s)) {
		case '-':
			spec->left = true;
			continue;
		case '0':
			spec->zero = true;
			continue;
		case '+':
			spec->plus = true;
			continue;
		case ' ':
			spec->blank = true;
			continue;
		case '#':
			spec->other = true;
			continue;
		default:
			return;
		}
	}
}

/* A width or a precision: digits or a star. */
static bool read_count(struct str *s, struct taker *t, size_t *count)
{
	uint64_t value = 0;

	if (at(*s) == '*') {
		const struct percent_arg *arg = take_next(t);
		*s = str_skip(*s, 1);
		if (arg == NULL || arg->kind != PERCENT_INT || !str_to_u64(arg->text, &value))
			return false;
	}
	while (at(*s) >= '0' && at(*s) <= '9' && value <= PERCENT_WIDTH_MAX) {
		value = value * 10 + (uint64_t)(at(*s) - '0');
		*s = str_skip(*s, 1);
	}
	*count = (size_t)value;
	return value <= PERCENT_WIDTH_MAX;
}

/* What stands in parentheses behind the percent sign; false if they do not close. */
static bool read_name(struct str *s, struct str *name)
{
	size_t i = 1, open = 1;

	for (; i < s->len && open > 0; i++) {
		if (s->ptr[i] == '(')
			open++;
		else if (s->ptr[i] == ')')
			open--;
	}
	if (open > 0)
		return false;
	*name = str_make(s->ptr + 1, i - 2);
	*s = str_skip(*s, i);
	return true;
}

/* The conversion that begins at *S, behind its percent sign. */
static bool convert(struct str *s, struct taker *t, struct output *o)
{
	struct spec spec = {.precision = SIZE_MAX};
	struct str name = {NULL, 0};

	if (at(*s) == '(' && !read_name(s, &name))
		return false;
	read_flags(s, &spec);
	if (!read_count(s, t, &spec.width))
		return false;
	if (at(*s) == '.') {
		*s = str_skip(*s, 1);
		if (!read_count(s, t, &spec.precision))
			return false;
	}
	while (at(*s) == 'l' || at(*s) == 'h' || at(*s) == 'L')
		*s = str_skip(*s, 1);
	spec.conversion = at(*s);
	if (spec.conversion == '\0')
		return false;
	*s = str_skip(*s, 1);
	if (spec.conversion == '%') {
		put(o, "%", 1);
		return true;
	}
	const struct percent_arg *arg =
		name.ptr != NULL ? take_named(t, name) : take_next(t);
	if (arg == NULL)
		return false;
	put_arg(o, &spec, arg);
	return !o->odd;
}

size_t percent_format(struct str format, const struct percent_arg *args, size_t count,
	bool dict, char *out, size_t cap)
{
	struct output o = {.ptr = out, .cap = cap};
	struct taker t = {.args = args, .count = count, .dict = dict};
	const char *sign;

	while (format.len > 0 && (sign = memchr(format.ptr, '%', format.len)) != NULL) {
		put(&o, format.ptr, (size_t)(sign - format.ptr));
		format = str_skip(format, (size_t)(sign - format.ptr) + 1);
		if (!convert(&format, &t, &o))
			return PERCENT_ODD;
	}
	put(&o, format.ptr, format.len);
	return o.odd || (!dict && t.next < count) ? PERCENT_ODD : o.len;
}
