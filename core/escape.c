/*
 * escape: log bytes made safe for a terminal. Text is taken in pieces: a run of printable
 * ASCII, which is nearly all of it and is copied at once, or one other thing, which
 * piece_next looks at.
 */
#include "core/escape.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ESC 0x1b
#define TAB_COLUMNS 8
#define SEQUENCE_MAX 4096 /* bytes of an OSC or CSI sequence; longer ones are text */

/* What stands for the next bytes of a text. */
struct piece {
	size_t taken;  /* bytes it stands for */
	bool copy;     /* they stand for themselves */
	size_t len;    /* of out, if not */
	size_t width;  /* columns */
	char out[12];
};

struct range {
	uint32_t first;
	uint32_t last;
};

/* Code points that show nothing, or change how others are shown. */
static const struct range hidden[] = {
	{0x00, 0x1f},       /* C0 */
	{0x7f, 0x9f},       /* DEL and C1 */
	{0xad, 0xad},       /* soft hyphen */
	{0x61c, 0x61c},     /* Arabic letter mark */
	{0x115f, 0x1160},   /* Hangul fillers */
	{0x180e, 0x180e},   /* Mongolian vowel separator */
	{0x200b, 0x200b},   /* zero width space */
	{0x200e, 0x200f},   /* left-to-right and right-to-left mark */
	{0x2028, 0x202e},   /* line and paragraph separator, bidi embedding */
	{0x2060, 0x206f},   /* word joiner, invisible operators, bidi isolates */
	{0x3164, 0x3164},   /* Hangul filler */
	{0xfdd0, 0xfdef},   /* no characters */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xffa0, 0xffa0},   /* Hangul filler */
	{0xfff0, 0xfffb},   /* reserved, annotation */
	{0xfffe, 0xffff},   /* no characters; so at the end of every plane */
	{0x13430, 0x1343f}, /* Egyptian joiners */
	{0x1bca0, 0x1bca3}, /* shorthand format */
	{0x1d173, 0x1d17a}, /* musical format */
	{0xe0000, 0xe0fff}, /* tags, variation selectors supplement */
};

static bool ascii_only;

/* The bytes of printable ASCII that S begins with. */
static size_t plain_run(struct str s)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i blank = _mm_set1_epi8(0x1f);
	const __m128i del = _mm_set1_epi8(0x7f);
	for (; i + 16 <= s.len; i += 16) {
		const void *at = s.ptr + i;
		__m128i bytes = _mm_loadu_si128((const __m128i *)at);
		/* Signed: bytes from 0x80 on are below the blank, too. */
		__m128i printable = _mm_andnot_si128(
			_mm_cmpeq_epi8(bytes, del), _mm_cmpgt_epi8(bytes, blank));
		unsigned mask = (unsigned)_mm_movemask_epi8(printable);
		if (mask != 0xffff)
			return i + (unsigned)__builtin_ctz(~mask);
	}
#endif
	while (i < s.len && (unsigned char)(s.ptr[i] - 0x20) < 0x5f)
		i++;
	return i;
}

static size_t put_hex(char *out, const char *prefix, uint32_t value, unsigned digits)
{
	size_t n = strlen(prefix);

	memcpy(out, prefix, n);
	while (digits-- > 0)
		out[n++] = "0123456789abcdef"[value >> (4 * digits) & 15];
	return n;
}

static void piece_shown(struct piece *p, size_t taken, char letter)
{
	*p = (struct piece){.taken = taken, .len = 2, .width = 2, .out = {'\\', letter}};
}

static void piece_byte(struct piece *p, unsigned char byte)
{
	p->taken = 1;
	p->copy = false;
	p->len = put_hex(p->out, "\\x", byte, 2);
	p->width = p->len;
}

static void piece_code(struct piece *p, size_t taken, uint32_t code)
{
	p->taken = taken;
	p->copy = !ascii_only && !escape_hides(code);
	if (p->copy) {
		p->width = utf8_width(code);
		return;
	}
	if (code > 0xffff)
		p->len = put_hex(p->out, "\\U", code, 8);
	else
		p->len = put_hex(p->out, "\\u", code, 4);
	p->width = p->len;
}

static void piece_control(struct piece *p, struct str s, enum escape_mode mode)
{
	size_t sgr;

	*p = (struct piece){.taken = 1};
	switch (*s.ptr) {
	case '\t':
		p->copy = true;
		p->width = TAB_COLUMNS;
		return;
	case '\n':
		if (mode == ESCAPE_LINE)
			piece_shown(p, 1, 'n');
		else
			p->copy = true;
		return;
	case '\r':
		if (s.len > 1 && s.ptr[1] != '\n')
			piece_shown(p, 1, 'r');
		return;
	default:
		sgr = escape_sgr(s);
		if (sgr > 0)
			p->taken = sgr;
		else
			piece_byte(p, (unsigned char)*s.ptr);
	}
}

/* S is not empty and does not begin with printable ASCII. */
static void piece_next(struct piece *p, struct str s, enum escape_mode mode)
{
	unsigned char first = (unsigned char)*s.ptr;
	uint32_t code;
	size_t n;

	if (first < 0x80) {
		piece_control(p, s, mode);
		return;
	}
	n = utf8_next(s, &code);
	if (n == 0)
		piece_byte(p, first);
	else
		piece_code(p, n, code);
}

/* The bytes of a sequence that goes from S's byte FROM to a BEL or ESC \ on the same
 * line, or 0. */
static size_t string_sequence(struct str s, size_t from)
{
	size_t end = s.len < SEQUENCE_MAX ? s.len : SEQUENCE_MAX;

	for (size_t i = from; i < end && s.ptr[i] != '\n'; i++) {
		if (s.ptr[i] == '\a')
			return i + 1;
		if (s.ptr[i] == ESC)
			return i + 1 < end && s.ptr[i + 1] == '\\' ? i + 2 : 0;
	}
	return 0;
}

/* The bytes from FROM that are FIRST to LAST, and then one that is up to '~', or 0. */
static size_t final_sequence(struct str s, size_t from, char first, char last)
{
	size_t end = s.len < SEQUENCE_MAX ? s.len : SEQUENCE_MAX;
	size_t i = from;

	while (i < end && s.ptr[i] >= first && s.ptr[i] <= last)
		i++;
	return i < end && s.ptr[i] > last && s.ptr[i] <= '~' ? i + 1 : 0;
}

/* The bytes of the escape sequence that S, which begins with ESC, begins with, or 0. */
static size_t ansi_sequence(struct str s)
{
	if (s.len < 2)
		return 0;
	switch (s.ptr[1]) {
	case '[':
		return final_sequence(s, 2, ' ', '?');
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		return string_sequence(s, 2);
	default:
		return final_sequence(s, 1, ' ', '/');
	}
}

void escape_put(struct buf *out, struct str s, enum escape_mode mode)
{
	struct piece p;

	while (s.len > 0) {
		size_t run = plain_run(s);
		buf_put(out, s.ptr, run);
		s = str_skip(s, run);
		if (s.len == 0)
			return;
		piece_next(&p, s, mode);
		buf_put(out, p.copy ? s.ptr : p.out, p.copy ? p.taken : p.len);
		s = str_skip(s, p.taken);
	}
}

size_t escape_width(struct str s)
{
	struct piece p;
	size_t width = 0;

	while (s.len > 0) {
		size_t run = plain_run(s);
		width += run;
		s = str_skip(s, run);
		if (s.len == 0)
			break;
		piece_next(&p, s, ESCAPE_LINE);
		width += p.width;
		s = str_skip(s, p.taken);
	}
	return width;
}

void escape_set_ascii(bool ascii)
{
	ascii_only = ascii;
}

bool escape_hides(uint32_t code)
{
	if ((code & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		if (code <= hidden[i].last)
			return code >= hidden[i].first;
	}
	return false;
}

size_t escape_sgr(struct str s)
{
	size_t i = 2;

	if (s.len < 3 || s.ptr[0] != ESC || s.ptr[1] != '[')
		return 0;
	while (i < s.len && (unsigned char)(s.ptr[i] - '0') <= ';' - '0')
		i++;
	return i < s.len && s.ptr[i] == 'm' ? i + 1 : 0;
}

size_t utf8_next(struct str s, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint32_t value, least;
	size_t n;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	n = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (n == 0 || n > s.len)
		return 0;
	value = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3fu);
	}
	least = n == 2 ? 0x80 : n == 3 ? 0x800 : 0x10000;
	if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return n;
}

void ansi_strip(struct buf *out, struct str s)
{
	while (s.len > 0) {
		const char *esc = memchr(s.ptr, ESC, s.len);
		size_t n = esc != NULL ? (size_t)(esc - s.ptr) : s.len;
		buf_put(out, s.ptr, n);
		s = str_skip(s, n);
		if (s.len == 0)
			return;
		n = ansi_sequence(s);
		if (n == 0)
			buf_put(out, s.ptr, 1);
		s = str_skip(s, n > 0 ? n : 1);
	}
}
