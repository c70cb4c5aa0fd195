/*
 * str: the few operations on borrowed bytes that are more than a line.
 */
#include "core/str.h"

#define DISTANCE_MAX 64

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str a)
{
	while (a.len > 0 && is_blank(a.ptr[0]))
		a = str_skip(a, 1);
	while (a.len > 0 && is_blank(a.ptr[a.len - 1]))
		a.len--;
	return a;
}

bool str_split(struct str *rest, char sep, struct str *piece)
{
	const char *at;

	if (rest->ptr == NULL)
		return false;
	at = rest->len > 0 ? memchr(rest->ptr, sep, rest->len) : NULL;
	if (at == NULL) {
		*piece = *rest;
		*rest = (struct str){NULL, 0};
		return true;
	}
	piece->ptr = rest->ptr;
	piece->len = (size_t)(at - rest->ptr);
	*rest = str_skip(*rest, piece->len + 1);
	return true;
}

bool str_to_u64(struct str a, uint64_t *value)
{
	uint64_t v = 0;

	if (a.len == 0)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		unsigned digit = (unsigned)(a.ptr[i] - '0');
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned str_distance(struct str a, struct str b)
{
	unsigned d[DISTANCE_MAX + 1][DISTANCE_MAX + 1];
	size_t an = a.len < DISTANCE_MAX ? a.len : DISTANCE_MAX;
	size_t bn = b.len < DISTANCE_MAX ? b.len : DISTANCE_MAX;

	for (size_t i = 0; i <= an; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= bn; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		for (size_t j = 1; j <= bn; j++) {
			unsigned differs = a.ptr[i - 1] != b.ptr[j - 1];
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
				d[i - 1][j - 1] + differs);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
				a.ptr[i - 2] == b.ptr[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[an][bn];
}
