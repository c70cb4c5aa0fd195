/*
 * json_bytes: what kinds of bytes are where, 16 and 64 at a time. For json_step.h.
 *
 * Everything may look JSON_BLOCK bytes behind its place: texts have TEXT_PAD.
 */
#ifndef FORMATS_JSON_BYTES_H
#define FORMATS_JSON_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define JSON_CHUNK 16 /* bytes looked at at once */
#define JSON_BLOCK 64 /* bytes whose quotes are looked for beforehand */

static_assert(JSON_BLOCK <= TEXT_PAD, "a search may read a block beyond the text");

#ifdef __SSE2__
static inline unsigned json_quotes(const char *p)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
	__m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(quote, slash));
}

/* What ends a number or a word: blanks, controls, a comma, a bracket. */
static inline unsigned json_ends(const char *p)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i blank = _mm_set1_epi8(' ');
	__m128i low = _mm_cmpeq_epi8(_mm_max_epu8(bytes, blank), blank);
	__m128i comma = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(','));
	__m128i close = _mm_cmpeq_epi8(
		_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('}'));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(comma, close)));
}
#else
static inline unsigned json_quotes(const char *p)
{
	unsigned found = 0;
	for (unsigned i = 0; i < JSON_CHUNK; i++)
		found |= (unsigned)(p[i] == '"' || p[i] == '\\') << i;
	return found;
}

static inline unsigned json_ends(const char *p)
{
	unsigned found = 0;
	for (unsigned i = 0; i < JSON_CHUNK; i++) {
		unsigned char c = (unsigned char)p[i];
		found |= (unsigned)(c <= ' ' || c == ',' || (c | 0x20) == '}') << i;
	}
	return found;
}
#endif

static inline bool json_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline const char *json_skip_blanks(const char *p)
{
	while (json_is_blank(*p))
		p++;
	return p;
}

/* Which of the JSON_BLOCK bytes at P are quotes or backslashes. */
static inline uint64_t json_block(const char *p)
{
	return (uint64_t)json_quotes(p) | (uint64_t)json_quotes(p + 16) << 16 |
	       (uint64_t)json_quotes(p + 32) << 32 | (uint64_t)json_quotes(p + 48) << 48;
}

#endif
