/*
 * literal: a scanner of regex patterns that keeps to the top level. A run is a stretch of
 * pattern bytes that stand for themselves; what comes between two runs may be anything.
 */
#include "core/literal.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct scan {
	struct str pattern;
	size_t at;
	size_t run;  /* bytes of the present run, which end at put */
	size_t put;  /* bytes written */
	char *bytes; /* all runs, one after the other */
	size_t best; /* where the longest run begins */
	size_t best_len;
	bool best_first; /* nothing of the pattern is before it */
	bool plain;      /* nothing but literal bytes so far */
};

static unsigned char peek(const struct scan *s, size_t ahead)
{
	size_t at = s->at + ahead;
	return at < s->pattern.len ? (unsigned char)s->pattern.ptr[at] : 0;
}

static bool is_one_of(unsigned char c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static void add_byte(struct scan *s, unsigned char c)
{
	s->bytes[s->put++] = (char)c;
	s->run++;
}

static void end_run(struct scan *s)
{
	if (s->run > s->best_len) {
		s->best_len = s->run;
		s->best = s->put - s->run;
		s->best_first = s->plain;
	}
	s->run = 0;
	s->plain = false;
}

/* The last character need not be there: takes it off the run, a UTF-8 sequence whole. */
static void drop_last(struct scan *s)
{
	bool more = true;
	while (s->run > 0 && more) {
		s->run--;
		s->put--;
		more = ((unsigned char)s->bytes[s->put] & 0xC0) == 0x80;
	}
}

/* The letter after a backslash, where it stands for one byte. */
static unsigned char escaped_byte(unsigned char letter)
{
	switch (letter) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'f':
		return '\f';
	case 'e':
		return 0x1b;
	default:
		return 0;
	}
}

/* At a backslash. False where reading on would need to know more of the syntax. */
static bool scan_escape(struct scan *s)
{
	unsigned char c = peek(s, 1);
	if (c == 0)
		return false;
	if (!is_alnum(c)) {
		add_byte(s, c);
	} else if (escaped_byte(c) != 0) {
		add_byte(s, escaped_byte(c));
	} else if (is_one_of(c, "dDwWsSbBAzZGKhHvVRN") && peek(s, 2) != '{') {
		end_run(s);
	} else if (is_one_of(c, "dDwWsS")) {
		end_run(s); /* a quantifier follows */
	} else {
		return false;
	}
	s->at += 2;
	return true;
}

/* At "[:": whether it is the whole of a POSIX class, which is then passed. */
static bool skip_posix_class(struct scan *s)
{
	size_t n = 2;
	while (is_alnum(peek(s, n)) || peek(s, n) == '^')
		n++;
	if (peek(s, n) != ':' || peek(s, n + 1) != ']')
		return false;
	s->at += n + 2;
	return true;
}

/* At a '['. */
static bool skip_class(struct scan *s)
{
	s->at++;
	if (peek(s, 0) == '^')
		s->at++;
	if (peek(s, 0) == ']')
		s->at++;
	while (s->at < s->pattern.len && peek(s, 0) != ']') {
		if (peek(s, 0) == '\\') {
			if (is_one_of(peek(s, 1), "QEc"))
				return false;
			s->at += 2;
		} else if (peek(s, 0) == '[' && is_one_of(peek(s, 1), ":.=")) {
			if (!skip_posix_class(s))
				return false;
		} else {
			s->at++;
		}
	}
	s->at++;
	return s->at <= s->pattern.len;
}

/* At a '(': whether it opens a group that changes nothing for what is outside of it. */
static bool is_plain_group(const struct scan *s)
{
	if (peek(s, 1) == '*')
		return false;
	return peek(s, 1) != '?' || is_one_of(peek(s, 2), ":=!<>|") ||
	       (peek(s, 2) == 'P' && peek(s, 3) == '<');
}

/* At a '(': passes the group and all that is in it. */
static bool skip_group(struct scan *s)
{
	size_t depth = 0;
	do {
		unsigned char c = peek(s, 0);
		if (c == '[') {
			if (!skip_class(s))
				return false;
			continue;
		}
		if (c == '\\') {
			if (is_one_of(peek(s, 1), "QEc"))
				return false;
			s->at += 2;
			continue;
		}
		if (c == '(' && !is_plain_group(s))
			return false;
		if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
		s->at++;
	} while (depth > 0 && s->at < s->pattern.len);
	return depth == 0;
}

/* At one of ?*+{, after an atom. A '{' that is no quantifier is a literal. */
static bool scan_quantifier(struct scan *s)
{
	unsigned char c = peek(s, 0);
	size_t n = 1;
	if (c == '{') {
		while (peek(s, n) == ' ' || peek(s, n) == '\t')
			n++;
		if (peek(s, n) != ',' && (peek(s, n) < '0' || peek(s, n) > '9')) {
			add_byte(s, c);
			s->at++;
			return true;
		}
		while (is_one_of(peek(s, n), "0123456789, \t"))
			n++;
		if (peek(s, n) != '}')
			return false;
		n++;
	}
	if (c != '+')
		drop_last(s);
	end_run(s);
	s->at += n;
	if (peek(s, 0) == '?' || peek(s, 0) == '+')
		s->at++;
	return true;
}

static bool scan_one(struct scan *s)
{
	unsigned char c = peek(s, 0);
	switch (c) {
	case '\\':
		return scan_escape(s);
	case '[':
		end_run(s);
		return skip_class(s);
	case '(':
		end_run(s);
		return skip_group(s);
	case '?':
	case '*':
	case '+':
	case '{':
		return scan_quantifier(s);
	case '|':
	case ')':
	case 0:
		return false;
	case '.':
	case '^':
	case '$':
		end_run(s);
		s->at++;
		return true;
	default:
		add_byte(s, c);
		s->at++;
		return true;
	}
}

struct literal literal_required(struct str pattern, char *bytes)
{
	struct scan s = {.pattern = pattern, .bytes = bytes, .plain = true};
	while (s.at < pattern.len) {
		if (!scan_one(&s))
			return (struct literal){0};
	}
	bool whole = s.plain;
	end_run(&s);
	if (s.best_len > 0)
		memmove(bytes, bytes + s.best, s.best_len);
	return (struct literal){.len = s.best_len, .first = s.best_first, .whole = whole};
}

#ifdef __SSE2__
/* Sixteen places at a time: where both the first and the last byte fit, compare. There
 * are at least sixteen places. */
static size_t find_wide(struct str text, struct str needle)
{
	const __m128i first = _mm_set1_epi8(needle.ptr[0]);
	const __m128i last = _mm_set1_epi8(needle.ptr[needle.len - 1]);
	size_t end = text.len - needle.len + 1;
	const char *tail = text.ptr + needle.len - 1;
	size_t at = 0;
	for (;;) {
		__m128i a =
			_mm_loadu_si128((const __m128i *)(const void *)(text.ptr + at));
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(tail + at));
		__m128i both =
			_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last));
		unsigned hits = (unsigned)_mm_movemask_epi8(both);
		for (; hits != 0; hits &= hits - 1) {
			size_t place = at + (size_t)__builtin_ctz(hits);
			if (memcmp(text.ptr + place, needle.ptr, needle.len) == 0)
				return place;
		}
		if (at + 16 == end)
			return SIZE_MAX;
		at = at + 32 <= end ? at + 16 : end - 16;
	}
}
#endif

size_t literal_find(struct str text, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > text.len)
		return SIZE_MAX;
#ifdef __SSE2__
	if (text.len - needle.len + 1 >= 16)
		return find_wide(text, needle);
#endif
	const char *hit = memmem(text.ptr, text.len, needle.ptr, needle.len);
	return hit ? (size_t)(hit - text.ptr) : SIZE_MAX;
}
