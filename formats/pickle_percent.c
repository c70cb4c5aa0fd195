/*
 * pickle_percent: the % operator. Each conversion is written without padding behind what
 * is there, then padded in place.
 */
#include "formats/pickle_percent.h"

#include <math.h>
#include <stdio.h>

#include "formats/pickle_number.h"

#define WIDTH_MAX 4096    /* a wider one is not understood */
#define PRECISION_MAX 300 /* of numbers */
#define REAL_TEXT 1024    /* of a float with it */

/* One %..., as far as it was read. */
struct conversion {
	bool left, zero, alternate;
	char sign; /* '+', ' ' or NUL */
	int width;
	int precision; /* -1: none */
	char type;
};

struct percent {
	struct pickle_out *out;
	const struct pickle *p;
	struct str rest;
	struct pickle_value args;
	size_t next; /* of a tuple */
	bool tuple;
};

static bool next_arg(struct percent *f, struct pickle_value *v)
{
	if (f->tuple)
		*v = pickle_item(f->p, f->args, f->next);
	else if (f->next == 0)
		*v = f->args;
	else
		return false;
	f->next++;
	return v->kind != PICKLE_UNSET;
}

static char peek(const struct percent *f)
{
	return f->rest.len > 0 ? f->rest.ptr[0] : '\0';
}

/* A width or a precision: digits, or * for the next argument. */
static bool take_count(struct percent *f, int *count)
{
	struct pickle_value v;

	if (peek(f) == '*') {
		f->rest = str_skip(f->rest, 1);
		if (!next_arg(f, &v) || v.kind != PICKLE_INT || v.number > WIDTH_MAX ||
			v.number < -WIDTH_MAX)
			return false;
		*count = (int)v.number;
		return true;
	}
	*count = 0;
	for (; peek(f) >= '0' && peek(f) <= '9'; f->rest = str_skip(f->rest, 1)) {
		*count = *count * 10 + (peek(f) - '0');
		if (*count > WIDTH_MAX)
			return false;
	}
	return true;
}

/* (key): the value is the one argument from now on. */
static bool take_key(struct percent *f, struct pickle_value *v)
{
	const char *end = memchr(f->rest.ptr, ')', f->rest.len);
	struct str name;
	struct pickle_iter it;
	struct pickle_value key, value;

	if (end == NULL || f->args.kind != PICKLE_DICT)
		return false;
	name = (struct str){f->rest.ptr + 1, (size_t)(end - f->rest.ptr) - 1};
	f->rest = str_skip(f->rest, name.len + 2);
	*v = (struct pickle_value){0};
	for (pickle_begin(&it, f->p, f->args); pickle_pair(&it, &key, &value);) {
		if (key.kind == PICKLE_STR && str_eq(pickle_raw(key), name))
			*v = value;
	}
	return v->kind != PICKLE_UNSET;
}

static void take_flags(struct percent *f, struct conversion *c)
{
	for (; f->rest.len > 0; f->rest = str_skip(f->rest, 1)) {
		switch (f->rest.ptr[0]) {
		case '-':
			c->left = true;
			break;
		case '0':
			c->zero = true;
			break;
		case '#':
			c->alternate = true;
			break;
		case '+':
			c->sign = '+';
			break;
		case ' ':
			c->sign = c->sign != '\0' ? c->sign : ' ';
			break;
		default:
			return;
		}
	}
}

static bool take_conversion(struct percent *f, struct conversion *c)
{
	*c = (struct conversion){.precision = -1};
	take_flags(f, c);
	if (!take_count(f, &c->width))
		return false;
	if (c->width < 0) {
		c->left = true;
		c->width = -c->width;
	}
	if (peek(f) == '.') {
		f->rest = str_skip(f->rest, 1);
		if (!take_count(f, &c->precision))
			return false;
		if (c->precision < 0)
			c->precision = 0;
	}
	if (peek(f) == 'h' || peek(f) == 'l' || peek(f) == 'L')
		f->rest = str_skip(f->rest, 1);
	c->type = peek(f);
	if (f->rest.len > 0)
		f->rest = str_skip(f->rest, 1);
	return c->type != '\0';
}

static size_t count_chars(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += (s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* What was written from START on gets its width; digits, which begin at DIGITS of it, get
 * zeros in front of them where that is asked for. */
static void pad(struct pickle_out *out, const struct conversion *c, size_t start,
	size_t digits, bool number)
{
	size_t used = count_chars((struct str){out->ptr + start, out->len - start});
	size_t n = (size_t)c->width > used ? (size_t)c->width - used : 0;
	size_t at = c->left ? out->len : start;
	char fill = ' ';

	if (n > out->cap - out->len)
		n = out->cap - out->len;
	if (number && c->zero && !c->left) {
		fill = '0';
		at = start + digits;
	}
	memmove(out->ptr + at + n, out->ptr + at, out->len - at);
	memset(out->ptr + at, fill, n);
	out->len += n;
}

static void put_text(struct percent *f, const struct conversion *c, struct pickle_value v)
{
	struct pickle_out *out = f->out;
	size_t start = out->len, end, chars = 0;

	pickle_show(out, f->p, v, c->type == 's' ? PICKLE_AS_STR : PICKLE_AS_REPR);
	for (end = start; end < out->len && c->precision >= 0; end++) {
		if ((out->ptr[end] & 0xc0) == 0x80)
			continue;
		if (chars++ == (size_t)c->precision)
			out->len = end;
	}
	pad(out, c, start, 0, false);
}

/* DIGITS with sign, prefix and zeros. */
static void put_digits(struct percent *f, const struct conversion *c, bool negative,
	const char *prefix, struct str digits)
{
	struct pickle_out *out = f->out;
	size_t start = out->len;

	if (negative)
		pickle_puts(out, "-");
	else if (c->sign != '\0')
		pickle_put(out, (struct str){&c->sign, 1});
	pickle_puts(out, prefix);
	size_t head = out->len - start;
	for (size_t i = digits.len; c->precision > 0 && i < (size_t)c->precision; i++)
		pickle_puts(out, "0");
	pickle_put(out, digits);
	pad(out, c, start, head, true);
}

/* V as an integer as %d takes it: a float is cut. */
static bool to_integer(struct pickle_value *v, bool real_too)
{
	if (v->kind == PICKLE_BOOL)
		v->kind = PICKLE_INT;
	if (real_too && v->kind == PICKLE_FLOAT && fabs(v->real) < 9e18)
		*v = (struct pickle_value){
			.kind = PICKLE_INT, .number = (int64_t)v->real};
	return v->kind == PICKLE_INT || v->kind == PICKLE_BIGINT;
}

static bool put_integer(
	struct percent *f, const struct conversion *c, struct pickle_value v)
{
	char text[PICKLE_NUMBER_TEXT];
	struct str digits = {text, 0};
	bool negative;

	if (c->precision > PRECISION_MAX || !to_integer(&v, true))
		return false;
	digits.len = pickle_put_integer(text, v);
	if (digits.len == 0)
		return false;
	negative = text[0] == '-';
	put_digits(f, c, negative, "", negative ? str_skip(digits, 1) : digits);
	return true;
}

static bool put_base(struct percent *f, const struct conversion *c, struct pickle_value v)
{
	char text[32];
	const char *prefix = c->type == 'o' ? "0o" : c->type == 'x' ? "0x" : "0X";
	uint64_t n;

	if (c->precision > PRECISION_MAX || !to_integer(&v, false) ||
		v.kind != PICKLE_INT)
		return false;
	n = v.number < 0 ? -(uint64_t)v.number : (uint64_t)v.number;
	if (c->type == 'o')
		snprintf(text, sizeof(text), "%llo", (unsigned long long)n);
	else if (c->type == 'x')
		snprintf(text, sizeof(text), "%llx", (unsigned long long)n);
	else
		snprintf(text, sizeof(text), "%llX", (unsigned long long)n);
	put_digits(f, c, v.number < 0, c->alternate ? prefix : "", str_from(text));
	return true;
}

static bool to_real(struct pickle_value v, double *real)
{
	if (v.kind == PICKLE_INT || v.kind == PICKLE_BOOL)
		*real = (double)v.number;
	else if (v.kind == PICKLE_FLOAT)
		*real = v.real;
	return v.kind == PICKLE_INT || v.kind == PICKLE_BOOL || v.kind == PICKLE_FLOAT;
}

static int print_real(char *text, char type, int precision, double real)
{
	switch (type) {
	case 'e':
		return snprintf(text, REAL_TEXT, "%.*e", precision, real);
	case 'E':
		return snprintf(text, REAL_TEXT, "%.*E", precision, real);
	case 'g':
		return snprintf(text, REAL_TEXT, "%.*g", precision, real);
	case 'G':
		return snprintf(text, REAL_TEXT, "%.*G", precision, real);
	case 'f':
		return snprintf(text, REAL_TEXT, "%.*f", precision, real);
	default:
		return snprintf(text, REAL_TEXT, "%.*F", precision, real);
	}
}

/* With the # flag: always with a point. */
static int print_pointed(char *text, char type, int precision, double real)
{
	switch (type) {
	case 'e':
		return snprintf(text, REAL_TEXT, "%#.*e", precision, real);
	case 'E':
		return snprintf(text, REAL_TEXT, "%#.*E", precision, real);
	case 'g':
		return snprintf(text, REAL_TEXT, "%#.*g", precision, real);
	case 'G':
		return snprintf(text, REAL_TEXT, "%#.*G", precision, real);
	case 'f':
		return snprintf(text, REAL_TEXT, "%#.*f", precision, real);
	default:
		return snprintf(text, REAL_TEXT, "%#.*F", precision, real);
	}
}

static bool put_real(struct percent *f, const struct conversion *c, struct pickle_value v)
{
	struct conversion plain = *c;
	char text[REAL_TEXT];
	double real;
	int n;

	if (c->precision > PRECISION_MAX || !to_real(v, &real))
		return false;
	n = (c->alternate ? print_pointed : print_real)(
		text, c->type, c->precision < 0 ? 6 : c->precision, fabs(real));
	plain.precision = -1;
	put_digits(f, &plain, signbit(real) && !isnan(real), "",
		(struct str){text, (size_t)n});
	return true;
}

static bool put_char(struct percent *f, const struct conversion *c, struct pickle_value v)
{
	size_t start = f->out->len;
	char ascii = (char)v.number;

	if (v.kind == PICKLE_INT && v.number > 0 && v.number < 0x80)
		pickle_put(f->out, (struct str){&ascii, 1});
	else if (v.kind == PICKLE_STR && v.code == PICKLE_PLAIN &&
		 count_chars(pickle_raw(v)) == 1)
		pickle_put(f->out, pickle_raw(v));
	else
		return false;
	pad(f->out, c, start, 0, false);
	return true;
}

static bool convert(struct percent *f)
{
	struct pickle_value v = {0};
	struct conversion c;
	bool keyed = peek(f) == '(';

	if ((keyed && !take_key(f, &v)) || !take_conversion(f, &c))
		return false;
	if (c.type == '%') {
		pickle_puts(f->out, "%");
		return true;
	}
	if (!keyed && !next_arg(f, &v))
		return false;
	if (strchr("sra", c.type) != NULL) {
		put_text(f, &c, v);
		return true;
	}
	if (strchr("diu", c.type) != NULL)
		return put_integer(f, &c, v);
	if (strchr("xXo", c.type) != NULL)
		return put_base(f, &c, v);
	if (c.type == 'c')
		return put_char(f, &c, v);
	return strchr("eEfFgG", c.type) != NULL && put_real(f, &c, v);
}

bool pickle_percent(struct pickle_out *out, const struct pickle *p,
	struct pickle_value message, struct pickle_value args)
{
	struct percent f = {.out = out,
		.p = p,
		.rest = pickle_raw(message),
		.args = args,
		.tuple = args.kind == PICKLE_TUPLE};
	const char *sign;
	size_t n;

	if (message.kind != PICKLE_STR || message.code != PICKLE_PLAIN)
		return false;
	while (f.rest.len > 0 && out->len < out->soft) {
		sign = memchr(f.rest.ptr, '%', f.rest.len);
		n = sign != NULL ? (size_t)(sign - f.rest.ptr) : f.rest.len;
		pickle_put(out, (struct str){f.rest.ptr, n});
		f.rest = str_skip(f.rest, n);
		if (f.rest.len == 0)
			break;
		f.rest = str_skip(f.rest, 1);
		if (!convert(&f))
			return false;
	}
	/* All of a tuple must be used; a dict need not be. */
	if (f.tuple)
		return f.rest.len > 0 || f.next == pickle_count(p, args);
	return f.next > 0 || args.kind == PICKLE_DICT;
}
