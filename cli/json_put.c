/*
 * json_put: writes JSON. Strings are taken in runs of bytes that stand for themselves,
 * which are copied 16 at a time, and single things that do not.
 */
#include "cli/json_put.h"
#include "core/escape.h"
#include "formats/json_read.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define CHUNK 4096 /* bytes between two looks at the room in the buffer */
#define GROWTH 6   /* a byte takes at most \u001b */
#define SLACK 64   /* for what is written beyond its end, and a last piece */

#define REPLACEMENT "\xef\xbf\xbd"

/* A JSON text on its way to OUT. */
struct copy {
	struct str in;
	struct buf *out;
	unsigned flags;
	unsigned depth;
	uint64_t objects; /* bit 0: the innermost container is an object; bit 1: the one
			   * around it; ... */
};

static bool stands_for_itself(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Copies the bytes that S begins with and that stand for themselves; there must be room
 * for 16 more. Returns how many there are. */
static size_t copy_run(char *to, struct str s)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i blank = _mm_set1_epi8(0x1f);
	const __m128i del = _mm_set1_epi8(0x7f);
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	for (; i + 16 <= s.len; i += 16) {
		const void *at = s.ptr + i;
		__m128i bytes = _mm_loadu_si128((const __m128i *)at);
		__m128i special = _mm_cmpeq_epi8(bytes, quote);
		special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, backslash));
		special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, del));
		/* Signed: bytes from 0x80 on are below the blank, too. */
		__m128i plain = _mm_andnot_si128(special, _mm_cmpgt_epi8(bytes, blank));
		unsigned mask = (unsigned)_mm_movemask_epi8(plain);
		_mm_storeu_si128((__m128i *)(void *)(to + i), bytes);
		if (mask != 0xffff)
			return i + (unsigned)__builtin_ctz(~mask);
	}
#endif
	for (; i < s.len && stands_for_itself((unsigned char)s.ptr[i]); i++)
		to[i] = s.ptr[i];
	return i;
}

static void put_unit(struct buf *out, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";
	char text[6] = {'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15],
		digits[unit >> 4 & 15], digits[unit & 15]};

	buf_put(out, text, sizeof(text));
}

static void put_code(struct buf *out, uint32_t code)
{
	if (code > 0xffff) {
		put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
		put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
	} else {
		put_unit(out, code);
	}
}

/* The letter of the short escape of C, or 0. */
static char short_escape(char c)
{
	switch (c) {
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '"':
	case '\\':
		return c;
	default:
		return 0;
	}
}

/* Writes the first thing of S, which does not stand for itself; returns its bytes. */
static size_t put_special(struct buf *out, struct str s, unsigned flags)
{
	char letter = short_escape(*s.ptr);
	uint32_t code;
	size_t n;

	if (letter != 0) {
		buf_put(out, (const char[]){'\\', letter}, 2);
		return 1;
	}
	if (flags & JSON_PLAIN && (n = escape_sgr(s)) > 0)
		return n;
	n = utf8_next(s, &code);
	if (n == 0) {
		buf_put(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
		return 1;
	}
	if (code < 0x20 || (flags & JSON_ESCAPE && escape_hides(code)))
		put_code(out, code);
	else
		buf_put(out, s.ptr, n);
	return n;
}

void json_put_string(struct buf *out, struct str s, unsigned flags)
{
	buf_reserve(out, SLACK);
	out->ptr[out->len++] = '"';
	while (s.len > 0) {
		size_t chunk = s.len < CHUNK ? s.len : CHUNK;
		size_t done = 0;
		buf_reserve(out, chunk * GROWTH + SLACK);
		while (done < chunk) {
			struct str rest = {s.ptr + done, chunk - done};
			size_t run = copy_run(out->ptr + out->len, rest);
			out->len += run;
			done += run;
			if (done < chunk)
				done += put_special(out, str_skip(s, done), flags);
		}
		s = str_skip(s, done);
	}
	buf_put_char(out, '"');
}

/* What follows is the copying of JSON text. All return false if it is not valid. */

static void skip_blanks(struct copy *c)
{
	while (c->in.len > 0 && strchr(" \t\r\n", *c->in.ptr) != NULL &&
		*c->in.ptr != '\0')
		c->in = str_skip(c->in, 1);
}

static bool next_is(const struct copy *c, char wanted)
{
	return c->in.len > 0 && *c->in.ptr == wanted;
}

static bool copy_char(struct copy *c, char wanted)
{
	if (!next_is(c, wanted))
		return false;
	buf_put_char(c->out, wanted);
	c->in = str_skip(c->in, 1);
	return true;
}

/* The four digits of the \u escape that S begins with. */
static bool read_unit(struct str s, uint32_t *unit)
{
	uint32_t value = 0;

	if (s.len < 6 || s.ptr[0] != '\\' || s.ptr[1] != 'u')
		return false;
	for (size_t i = 2; i < 6; i++) {
		unsigned char digit = (unsigned char)s.ptr[i];
		unsigned char letter = digit | 0x20;
		if (digit >= '0' && digit <= '9')
			value = value << 4 | (digit - '0');
		else if (letter >= 'a' && letter <= 'f')
			value = value << 4 | (letter - 'a' + 10u);
		else
			return false;
	}
	*unit = value;
	return true;
}

/* A backslash and what it stands in front of; half a surrogate pair is replaced. */
static bool copy_escape(struct copy *c)
{
	uint32_t unit, second;
	size_t n = 6;

	if (c->in.len >= 2 && c->in.ptr[1] != '\0' &&
		strchr("\"\\/bfnrt", c->in.ptr[1])) {
		buf_put(c->out, c->in.ptr, 2);
		c->in = str_skip(c->in, 2);
		return true;
	}
	if (!read_unit(c->in, &unit))
		return false;
	if (unit < 0xd800 || unit > 0xdfff) {
		buf_put(c->out, c->in.ptr, n);
	} else if (unit < 0xdc00 && read_unit(str_skip(c->in, n), &second) &&
		   second >= 0xdc00 && second <= 0xdfff) {
		n = 12;
		buf_put(c->out, c->in.ptr, n);
	} else {
		buf_puts(c->out, "\\ufffd");
	}
	c->in = str_skip(c->in, n);
	return true;
}

static bool copy_string(struct copy *c)
{
	if (!copy_char(c, '"'))
		return false;
	while (c->in.len > 0 && *c->in.ptr != '"') {
		size_t n = 0;
		while (n < c->in.len && stands_for_itself((unsigned char)c->in.ptr[n]))
			n++;
		buf_put(c->out, c->in.ptr, n);
		c->in = str_skip(c->in, n);
		if (n > 0)
			continue;
		if (*c->in.ptr == '\\') {
			if (!copy_escape(c))
				return false;
		} else if ((unsigned char)*c->in.ptr < 0x20) {
			return false;
		} else {
			c->in = str_skip(c->in, put_special(c->out, c->in, c->flags));
		}
	}
	return copy_char(c, '"');
}

/* The bytes of the number that S begins with, or 0. */
static size_t number_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '\0' && strchr("+-.0123456789Ee", s.ptr[n]) != NULL)
		n++;
	return json_is_number(str_make(s.ptr, n)) ? n : 0;
}

static bool copy_scalar(struct copy *c)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t n = number_length(c->in);

	if (next_is(c, '"'))
		return copy_string(c);
	for (size_t i = 0; n == 0 && i < 3; i++) {
		if (str_starts(c->in, words[i]))
			n = strlen(words[i]);
	}
	buf_put(c->out, c->in.ptr, n);
	c->in = str_skip(c->in, n);
	return n > 0;
}

static bool copy_key(struct copy *c)
{
	skip_blanks(c);
	if (!copy_string(c))
		return false;
	skip_blanks(c);
	return copy_char(c, ':');
}

/* Goes into containers until a scalar or an empty container has been copied. */
static bool copy_down(struct copy *c)
{
	for (;;) {
		skip_blanks(c);
		bool object = next_is(c, '{');
		if (!object && !next_is(c, '['))
			return copy_scalar(c);
		if (c->depth == JSON_PUT_DEPTH_MAX)
			return false;
		copy_char(c, object ? '{' : '[');
		skip_blanks(c);
		if (copy_char(c, object ? '}' : ']'))
			return true;
		c->depth++;
		c->objects = c->objects << 1 | object;
		if (object && !copy_key(c))
			return false;
	}
}

/* Leaves containers until there is a comma; true, too, if all have been left. */
static bool copy_up(struct copy *c)
{
	while (c->depth > 0) {
		bool object = c->objects & 1;
		skip_blanks(c);
		if (copy_char(c, ','))
			return !object || copy_key(c);
		if (!copy_char(c, object ? '}' : ']'))
			return false;
		c->objects >>= 1;
		c->depth--;
	}
	return true;
}

bool json_put_value(struct buf *out, struct str s, unsigned flags)
{
	struct copy c = {.in = s, .out = out, .flags = flags};
	size_t start = out->len;

	do {
		if (!copy_down(&c) || !copy_up(&c)) {
			out->len = start;
			return false;
		}
	} while (c.depth > 0);
	skip_blanks(&c);
	if (c.in.len > 0) {
		out->len = start;
		return false;
	}
	return true;
}
