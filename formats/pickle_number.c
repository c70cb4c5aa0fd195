/*
 * pickle_number: Python's repr of floats (float_repr_style 'short') and integers of any
 * size.
 */
#include "formats/pickle_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMBS (PICKLE_BIG_DIGITS / 9 + 1) /* of 9 digits */
#define BASE 1000000000u
#define EXPONENT_MIN (-4) /* below it and from EXPONENT_MAX on there is an exponent */
#define EXPONENT_MAX 16

/* The shortest digits that are REAL again; *EXPONENT is that of the first. REAL > 0. */
static size_t shortest(double real, char digits[static 20], int *exponent)
{
	char text[40];
	size_t n = 0;

	/* Fewer than 15 digits are told apart by 15; but not of the smallest numbers. */
	for (int precision = real < 1e-300 ? 0 : 14; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, real);
		if (strtod(text, NULL) == real)
			break;
	}
	for (const char *c = text; *c != 'e'; c++) {
		if (*c >= '0' && *c <= '9')
			digits[n++] = *c;
	}
	*exponent = atoi(strchr(text, 'e') + 1);
	while (n > 1 && digits[n - 1] == '0')
		n--;
	return n;
}

static size_t put_fixed(char *text, const char *digits, size_t n, int exponent)
{
	size_t len = 0;

	if (exponent < 0) {
		memcpy(text, "0.0000", 6);
		len = 1 + (size_t)-exponent;
		memcpy(text + len, digits, n);
		return len + n;
	}
	for (int i = 0; i <= exponent; i++)
		text[len++] = (size_t)i < n ? digits[i] : '0';
	text[len++] = '.';
	if (n <= (size_t)exponent + 1)
		text[len++] = '0';
	for (size_t i = (size_t)exponent + 1; i < n; i++)
		text[len++] = digits[i];
	return len;
}

size_t pickle_put_real(char *text, double real)
{
	char digits[20];
	size_t n, len = 0;
	int exponent;

	if (isnan(real)) {
		memcpy(text, "nan", 3);
		return 3;
	}
	if (signbit(real))
		text[len++] = '-';
	real = fabs(real);
	if (isinf(real) || real == 0) {
		memcpy(text + len, isinf(real) ? "inf" : "0.0", 3);
		return len + 3;
	}
	n = shortest(real, digits, &exponent);
	if (exponent >= EXPONENT_MIN && exponent < EXPONENT_MAX)
		return len + put_fixed(text + len, digits, n, exponent);
	text[len++] = digits[0];
	if (n > 1) {
		text[len++] = '.';
		memcpy(text + len, digits + 1, n - 1);
		len += n - 1;
	}
	return len + (size_t)snprintf(text + len, 8, "e%c%02d", exponent < 0 ? '-' : '+',
			     abs(exponent));
}

/* LIMBS numbers below BASE, the lowest first, times FACTOR plus MORE. */
static void multiply(uint32_t *limbs, uint32_t factor, uint32_t more)
{
	uint64_t carry = more;

	for (size_t i = 0; i < LIMBS; i++) {
		carry += (uint64_t)limbs[i] * factor;
		limbs[i] = (uint32_t)(carry % BASE);
		carry /= BASE;
	}
}

static size_t put_limbs(char *text, const uint32_t *limbs)
{
	size_t top = LIMBS, len;

	while (top > 1 && limbs[top - 1] == 0)
		top--;
	len = (size_t)snprintf(text, 16, "%u", limbs[top - 1]);
	while (--top > 0)
		len += (size_t)snprintf(text + len, 16, "%09u", limbs[top - 1]);
	return len;
}

/* Two's complement, the lowest byte first. */
static size_t put_binary(char *text, struct pickle_value v)
{
	uint32_t limbs[LIMBS] = {0};
	const unsigned char *bytes = (const unsigned char *)v.ptr;
	bool negative = v.len > 0 && bytes[v.len - 1] & 0x80;
	unsigned char flip = negative ? 0xff : 0;

	if (v.len > PICKLE_BIG_BYTES)
		return 0;
	for (size_t i = v.len; i > 0; i--)
		multiply(limbs, 256, bytes[i - 1] ^ flip);
	if (!negative)
		return put_limbs(text, limbs);
	multiply(limbs, 1, 1);
	text[0] = '-';
	return 1 + put_limbs(text + 1, limbs);
}

static size_t put_decimal(char *text, struct str s)
{
	size_t len = 0;

	if (s.ptr[0] == '-') {
		text[len++] = '-';
		s = str_skip(s, 1);
	}
	while (s.len > 1 && s.ptr[0] == '0')
		s = str_skip(s, 1);
	if (s.len > PICKLE_BIG_DIGITS)
		return 0;
	memcpy(text + len, s.ptr, s.len);
	return len + s.len;
}

static size_t put_number(char *text, int64_t number)
{
	uint64_t n = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[20];
	size_t at = sizeof(digits), len = 0;

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	if (number < 0)
		text[len++] = '-';
	memcpy(text + len, digits + at, sizeof(digits) - at);
	return len + sizeof(digits) - at;
}

size_t pickle_put_integer(char *text, struct pickle_value v)
{
	if (v.kind == PICKLE_INT)
		return put_number(text, v.number);
	if (v.kind != PICKLE_BIGINT)
		return 0;
	return v.code == PICKLE_BINARY ? put_binary(text, v)
	                               : put_decimal(text, (struct str){v.ptr, v.len});
}

/* BITS times 10 plus DIGIT; false if that is too much. */
static bool shift_in(unsigned char bits[16], unsigned digit)
{
	for (size_t i = 16; i > 0; i--) {
		digit += bits[i - 1] * 10u;
		bits[i - 1] = (unsigned char)digit;
		digit >>= 8;
	}
	return digit == 0;
}

bool pickle_bits(struct pickle_value v, unsigned char bits[16])
{
	memset(bits, 0, 16);
	if (v.kind == PICKLE_INT && v.number >= 0) {
		for (size_t i = 0; i < 8; i++)
			bits[15 - i] = (unsigned char)((uint64_t)v.number >> (8 * i));
		return true;
	}
	if (v.kind != PICKLE_BIGINT || v.len > 40)
		return false;
	for (size_t i = 0; v.code == PICKLE_BINARY && i < v.len; i++) {
		if (i < 16)
			bits[15 - i] = (unsigned char)v.ptr[i];
		else if (v.ptr[i] != 0)
			return false;
	}
	for (size_t i = 0; v.code != PICKLE_BINARY && i < v.len; i++) {
		if (v.ptr[i] == '-' || !shift_in(bits, (unsigned)(v.ptr[i] - '0')))
			return false;
	}
	return true;
}
