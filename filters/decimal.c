/*
 * Every number has one form, so that comparing is comparing three integers.
 */
#include "filters/decimal.h"

#define DIGITS 19
#define EXPONENT_MAX 10000000

struct scan {
	struct str s;
	size_t at;
	int taken; /* significant digits in DIGITS so far */
	uint64_t digits;
	int exponent;
};

static bool at_digit(const struct scan *n)
{
	return n->at < n->s.len && n->s.ptr[n->at] >= '0' && n->s.ptr[n->at] <= '9';
}

static bool take(struct scan *n, char c)
{
	if (n->at == n->s.len || n->s.ptr[n->at] != c)
		return false;
	n->at++;
	return true;
}

/* The digits before or after the point. False if there is none. */
static bool take_digits(struct scan *n, bool fraction)
{
	size_t start = n->at;
	for (; at_digit(n); n->at++) {
		int digit = n->s.ptr[n->at] - '0';
		bool leading = n->taken == 0 && digit == 0;
		if (!leading && n->taken < DIGITS) {
			n->digits = n->digits * 10 + (uint64_t)digit;
			n->taken++;
		}
		if (leading && fraction)
			n->exponent--;
		else if (!leading && !fraction)
			n->exponent++;
	}
	return n->at > start;
}

static bool take_exponent(struct scan *n)
{
	bool minus = take(n, '-');
	if (!minus)
		take(n, '+');
	size_t start = n->at;
	int value = 0;
	for (; at_digit(n); n->at++) {
		if (value < EXPONENT_MAX)
			value = value * 10 + (n->s.ptr[n->at] - '0');
	}
	n->exponent += minus ? -value : value;
	return n->at > start;
}

bool decimal_parse(struct str s, struct decimal *d)
{
	struct scan n = {.s = s};
	bool minus = take(&n, '-');
	if (!minus)
		take(&n, '+');
	bool any = take_digits(&n, false);
	if (take(&n, '.'))
		any = take_digits(&n, true);
	if (!any)
		return false;
	if ((take(&n, 'e') || take(&n, 'E')) && !take_exponent(&n))
		return false;
	if (n.at != s.len)
		return false;
	if (n.taken == 0) {
		*d = (struct decimal){0};
		return true;
	}
	for (; n.taken < DIGITS; n.taken++)
		n.digits *= 10;
	*d = (struct decimal){minus ? -1 : 1, n.exponent, n.digits};
	return true;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
	if (a->sign != b->sign)
		return a->sign < b->sign ? -1 : 1;
	if (a->exponent != b->exponent)
		return a->exponent < b->exponent ? -a->sign : a->sign;
	if (a->digits != b->digits)
		return a->digits < b->digits ? -a->sign : a->sign;
	return 0;
}
