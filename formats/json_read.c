/*
 * The parts of reading JSON that are too big to be inlined, or that are not needed for
 * every member of every line; the rest is in json_step.h.
 */
#include "formats/json_read.h"

#include "core/escape.h"
#include "formats/json_step.h"

#ifdef __SSE2__
/* [ and { differ in one bit, as do ] and }. */
static inline unsigned brackets(const char *p)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
	__m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
	__m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(open, close));
}

#else
static inline unsigned brackets(const char *p)
{
	unsigned found = 0;
	for (unsigned i = 0; i < JSON_CHUNK; i++) {
		char folded = (char)(p[i] | 0x20);
		found |= (unsigned)(folded == '{' || folded == '}') << i;
	}
	return found;
}
#endif

/* The closing quote of the string whose first character is at P, or NULL. */
static const char *string_end(const char *p, const char *end)
{
	while (p < end) {
		unsigned found = json_quotes(p);
		if (found == 0) {
			p += JSON_CHUNK;
			continue;
		}
		p += __builtin_ctz(found);
		if (p >= end || *p == '"')
			break;
		p += 2;
	}
	return p < end ? p : NULL;
}

/* Which of the JSON_BLOCK bytes at P are quotes, backslashes or brackets. */
static inline uint64_t marks_block(const char *p)
{
	uint64_t found = json_block(p);
	for (unsigned i = 0; i < JSON_BLOCK; i += JSON_CHUNK)
		found |= (uint64_t)brackets(p + i) << i;
	return found;
}

/* Notes the bracket C; false if it closes what is not open, or is one too many. KINDS has
 * a bit for each open one: 1 for an object. */
static inline bool nest(char c, unsigned *depth, uint64_t *kinds)
{
	if (c == '{' || c == '[') {
		*kinds = *kinds << 1 | (c == '{');
		return (*depth)++ < JSON_DEPTH_MAX;
	}
	bool same = (*kinds & 1) == (c == '}');
	*kinds >>= 1;
	--*depth;
	return same;
}

const char *json_skip_nested(const char *p, const char *end)
{
	const char *block = p, *escaped = NULL;
	uint64_t kinds = 0, found = marks_block(p);
	unsigned depth = 0;
	bool inside = false; /* a string */
	for (;;) {
		while (found == 0) {
			block += JSON_BLOCK;
			if (block >= end)
				return NULL;
			found = marks_block(block);
		}
		p = block + __builtin_ctzll(found);
		found &= found - 1;
		if (p >= end)
			return NULL;
		if (p == escaped)
			continue;
		if (*p == '"')
			inside = !inside;
		else if (*p == '\\')
			escaped = inside ? p + 1 : NULL;
		else if (!inside && !nest(*p, &depth, &kinds))
			return NULL;
		if (depth == 0)
			return p + 1;
	}
}

bool json_line(struct str text, struct str *object)
{
	if (text.len > 0 && text.ptr[0] == '\x1e')
		text = str_skip(text, 1);
	else if (text.len > 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		text = str_skip(text, 3);
	while (text.len > 2 && json_is_blank(text.ptr[text.len - 1]))
		text.len--;
	*object = text;
	return text.len >= 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}';
}

bool json_open(struct json_cursor *c, struct str text)
{
	if (text.len < 2)
		return false;
	char last = text.ptr[text.len - 1];
	bool array = text.ptr[0] == '[' && last == ']';
	if (!array && !(text.ptr[0] == '{' && last == '}'))
		return false;
	json_begin(c, text.ptr + 1, text.ptr + text.len);
	c->array = array;
	return true;
}

bool json_next(struct json_cursor *c, struct json_member *m)
{
	return json_step(c, m);
}

const char *json_skip_string(const char *s, const char *end)
{
	const char *p = *s == '"' ? string_end(s + 1, end) : NULL;
	return p != NULL ? p + 1 : NULL;
}

/* The value of N hexadecimal digits at P, or -1. */
static int32_t hex(const char *p, const char *end, int n)
{
	int32_t value = 0;
	if (end - p < n)
		return -1;
	for (int i = 0; i < n; i++) {
		int c = p[i] | 0x20;
		if (c >= '0' && c <= '9' && p[i] == c)
			value = value * 16 + c - '0';
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + c - 'a' + 10;
		else
			return -1;
	}
	return value;
}

static size_t put_utf8(int32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Resolves the \uXXXX at P (at the backslash); the bytes it takes, 0 if it is none. */
static size_t unescape_unicode(const char *p, const char *end, char *out, size_t *written)
{
	int32_t code = hex(p + 2, end, 4);
	size_t taken = 6;
	if (code < 0)
		return 0;
	if (code >= 0xd800 && code < 0xe000) {
		int32_t low = -1;
		if (code < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u')
			low = hex(p + 8, end, 4);
		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			taken = 12;
		} else {
			code = 0xfffd;
		}
	}
	*written = put_utf8(code, out);
	return taken;
}

/* The character that \C stands for, or 0. */
static char unescape_char(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case '"':
	case '\'':
	case '\\':
	case '/':
		return c;
	default:
		return 0;
	}
}

/* Resolves the escape at P; the bytes it takes. */
static size_t unescape_one(const char *p, const char *end, char *out, size_t *written)
{
	size_t taken = 0;
	char c = end - p >= 2 ? p[1] : 0;
	*written = 1;
	*out = unescape_char(c);
	if (*out != 0)
		return 2;
	if (c == 'u')
		taken = unescape_unicode(p, end, out, written);
	if (c == 'x' && hex(p + 2, end, 2) >= 0) {
		*out = (char)hex(p + 2, end, 2);
		taken = 4;
	}
	if (taken == 0)
		*out = *p;
	return taken > 0 ? taken : 1;
}

size_t json_unescape(struct str raw, char *out)
{
	const char *p = raw.ptr, *end = raw.ptr + raw.len;
	char *to = out;
	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((slash != NULL ? slash : end) - p);
		memcpy(to, p, plain);
		to += plain;
		p += plain;
		if (slash != NULL) {
			size_t written;
			p += unescape_one(p, end, to, &written);
			to += written;
		}
	}
	return (size_t)(to - out);
}

static size_t count_digits(struct str s, size_t from)
{
	size_t i = from;
	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		i++;
	return i - from;
}

bool json_is_number(struct str s)
{
	size_t i = s.len > 0 && s.ptr[0] == '-';
	size_t n = count_digits(s, i);
	if (n == 0 || (n > 1 && s.ptr[i] == '0'))
		return false;
	i += n;
	if (i < s.len && s.ptr[i] == '.') {
		n = count_digits(s, ++i);
		if (n == 0)
			return false;
		i += n;
	}
	if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
		i++;
		if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-'))
			i++;
		n = count_digits(s, i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == s.len;
}

static bool valid_word(struct str s)
{
	return str_is(s, "true") || str_is(s, "false") || str_is(s, "null");
}

static bool valid_string(struct str s)
{
	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.ptr[i];
		uint32_t code;
		size_t n = 1;
		if (c < ' ')
			return false;
		if (c == '\\') {
			struct str rest = str_skip(s, i);
			bool unicode = rest.len >= 6 && rest.ptr[1] == 'u' &&
				       hex(rest.ptr + 2, rest.ptr + rest.len, 4) >= 0;
			if (!unicode &&
				(rest.ptr[1] == '\'' || !unescape_char(rest.ptr[1])))
				return false;
			n = unicode ? 6 : 2;
		} else if (c >= 0x80) {
			n = utf8_next(str_skip(s, i), &code);
			if (n == 0)
				return false;
		}
		i += n;
	}
	return true;
}

/* Recursion is bounded: json_next has counted the brackets of what it yields. */
bool json_is_valid(struct str s)
{
	struct json_cursor c;
	struct json_member m;
	if (!json_open(&c, s))
		return false;
	while (json_next(&c, &m)) {
		bool valid = valid_string(m.key);
		if (m.kind == JSON_STRING)
			valid = valid && valid_string(m.value);
		else if (m.kind == JSON_NUMBER)
			valid = valid && json_is_number(m.value);
		else if (m.kind == JSON_WORD)
			valid = valid && valid_word(m.value);
		else
			valid = valid && json_is_valid(m.value);
		if (!valid)
			return false;
	}
	return !c.broken;
}
