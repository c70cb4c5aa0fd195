/*
 * str: borrowed bytes, a pointer and a length. Never NUL-terminated, never owned.
 *
 *	struct str name = STR("app.db");
 *	if (str_eq(name, other)) ...
 *
 * Whoever hands out a str says until when its bytes are valid.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct str {
	const char *ptr;
	size_t len;
};

/* A str of a string literal; usable in static tables. */
#define STR(literal) {(literal), sizeof(literal) - 1}

static inline struct str str_make(const char *ptr, size_t len)
{
	return (struct str){ptr, len};
}

static inline struct str str_from(const char *cstring)
{
	return (struct str){cstring, strlen(cstring)};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Equal but for the case of ASCII letters. */
static inline bool str_eq_nocase(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is(struct str a, const char *cstring)
{
	return str_eq(a, str_from(cstring));
}

static inline bool str_starts(struct str a, const char *prefix)
{
	size_t n = strlen(prefix);
	return a.len >= n && memcmp(a.ptr, prefix, n) == 0;
}

/* What is left of A after its first N bytes; N is at most its length. */
static inline struct str str_skip(struct str a, size_t n)
{
	return (struct str){a.ptr + n, a.len - n};
}

/* A without blanks and tabs at both ends. */
struct str str_trim(struct str a);

/* The piece of *REST before SEP, or all of it; *REST becomes what follows SEP.
 * False when *REST is used up (its ptr is NULL then). */
bool str_split(struct str *rest, char sep, struct str *piece);

/* An unsigned decimal number that is the whole of A; false if it is none or overflows. */
bool str_to_u64(struct str a, uint64_t *value);

/* The number of single-letter edits (insert, delete, replace, swap neighbours) from A to
 * B; for "did you mean". At most 64 bytes of each are looked at. */
unsigned str_distance(struct str a, struct str b);

#endif
