/*
 * stamp: times as decimal numbers, as JSON and metrics have them. Doubles cannot hold
 * them to the nanosecond, so that they are read as digits and a power of ten.
 */
#include "core/stamp.h"

#define DIGITS_MAX 19 /* what an uint64_t holds of any number */
#define EXPONENT_MAX 30
#define YEAR_2000_NS (INT64_C(946684800) * NS_PER_SECOND)
#define YEAR_2100_NS (INT64_C(4102444800) * NS_PER_SECOND)

struct decimal {
	uint64_t value; /* of its first digits, at most DIGITS_MAX */
	int digits;     /* in value */
	int whole;      /* digits before the point, exponent applied */
};

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static void add_digit(struct decimal *d, char c)
{
	if (d->digits == DIGITS_MAX)
		return;
	d->value = d->value * 10 + (uint64_t)(c - '0');
	d->digits++;
}

/* The exponent that is the whole of S, which begins after the e. */
static bool parse_exponent(struct str s, int *exponent)
{
	int sign = 1, n = 0;
	if (s.len > 0 && (s.ptr[0] == '+' || s.ptr[0] == '-')) {
		sign = s.ptr[0] == '-' ? -1 : 1;
		s = str_skip(s, 1);
	}
	if (s.len == 0 || s.len > 3)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i]))
			return false;
		n = n * 10 + (s.ptr[i] - '0');
	}
	*exponent = sign * n;
	return n <= EXPONENT_MAX;
}

static bool parse_decimal(struct str s, struct decimal *d)
{
	size_t i = 0;
	int exponent = 0;
	if (s.len == 0 || s.ptr[0] < '1' || s.ptr[0] > '9')
		return false;
	while (i < s.len && is_digit(s.ptr[i]))
		add_digit(d, s.ptr[i++]);
	if (i > DIGITS_MAX)
		return false;
	d->whole = (int)i;
	if (i < s.len && s.ptr[i] == '.') {
		size_t start = ++i;
		while (i < s.len && is_digit(s.ptr[i]))
			add_digit(d, s.ptr[i++]);
		if (i == start)
			return false;
	}
	if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
		if (!parse_exponent(str_skip(s, i + 1), &exponent))
			return false;
		i = s.len;
	}
	d->whole += exponent;
	return i == s.len;
}

bool stamp_parse_epoch(struct str s, int64_t *ns)
{
	struct decimal d = {0};
	if (!parse_decimal(s, &d))
		return false;
	int want; /* digits of the time in ns */
	switch (d.whole) {
	case 9:
		want = 18;
		break;
	case 10:
	case 13:
	case 16:
	case 19:
		want = 19;
		break;
	default:
		return false;
	}
	for (; d.digits < want; d.digits++)
		d.value *= 10;
	for (; d.digits > want; d.digits--)
		d.value /= 10;
	if (d.value < (uint64_t)YEAR_2000_NS || d.value >= (uint64_t)YEAR_2100_NS)
		return false;
	*ns = (int64_t)d.value;
	return true;
}
