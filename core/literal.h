/*
 * literal: the string that every match of a regex must contain, and a quick search.
 *
 *	char bytes[REGEX_PATTERN_MAX];
 *	struct literal lit = literal_required(pattern, bytes);
 *	if (lit.len > 0 && literal_find(text, (struct str){bytes, lit.len}) == SIZE_MAX)
 *		... no match
 *
 * The pattern is read with care, not understood: whatever is not plainly a literal gives
 * a shorter string or none. The pattern is taken as case-sensitive PCRE2 without
 * PCRE2_EXTENDED.
 */
#ifndef CORE_LITERAL_H
#define CORE_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

struct literal {
	size_t len;  /* 0: nothing is known to be required */
	bool first;  /* every match begins with it */
	bool whole;  /* it is the whole pattern: to find it is to match */
};

/* Writes the longest required literal to BYTES, which has room for PATTERN's length. */
struct literal literal_required(struct str pattern, char *bytes);

/* The offset of the first NEEDLE in TEXT or SIZE_MAX. An empty needle is at 0. */
size_t literal_find(struct str text, struct str needle);

#endif
