/*
 * regex: the one door to PCRE2. 8-bit, JIT where it can, bounded in time.
 *
 *	struct regex *re = regex_new(pattern, flags, &err);
 *	if (regex_match(re, text)) ...
 *	regex_free(re);
 *
 * A match that would take too long is cut off, counts as no match and is counted. A
 * literal that every match must contain is searched first, so that most texts never see
 * the regex. Not thread-safe: one regex a thread.
 *
 * ^ and $ are at every line of a text, and a line may end in LF, CR LF or CR. A pattern
 * of ASCII alone sees bytes; one with a non-ASCII letter or an escape for one sees UTF-8
 * characters, and passes over bytes that are none.
 */
#ifndef CORE_REGEX_H
#define CORE_REGEX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum regex_flags {
	REGEX_NOCASE = 1,
	REGEX_FIXED = 2 /* the pattern is a literal string */
};

#define REGEX_PATTERN_MAX 4096

struct regex;

/* On failure NULL, with the place in the pattern in ERR. PATTERN is copied. */
struct regex *regex_new(struct str pattern, unsigned flags, struct err *err);
bool regex_match(struct regex *re, struct str text);
/* The first match at or after FROM; *START and *END are byte offsets. */
bool regex_find(struct regex *re, struct str text, size_t from, size_t *start, size_t *end);
/* Matches that were cut off so far. */
uint64_t regex_cut_off(const struct regex *re);
void regex_free(struct regex *re);

#endif
