/*
 * decimal: numbers of log lines compared exactly, without floating point: an id of 19
 * digits is not its neighbour, and 0.10 is 0.1.
 *
 *	struct decimal a, b;
 *	if (decimal_parse(x, &a) && decimal_parse(y, &b))
 *		order = decimal_compare(&a, &b);
 */
#ifndef FILTERS_DECIMAL_H
#define FILTERS_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/* sign * 0.digits * 10^exponent; digits has 19 of them and does not begin with 0. */
struct decimal {
	int sign; /* -1, 0, 1 */
	int exponent;
	uint64_t digits;
};

/* [+-]digits[.digits][e[+-]digits] that is the whole of S, as in 500, -1.5, .5, 1e-3.
 * Digits beyond the 19th are not looked at. False if it is none: 1.5s, 0x10, 1_000. */
bool decimal_parse(struct str s, struct decimal *d);

/* Below, at or above 0 as A is below, at or above B. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

#endif
