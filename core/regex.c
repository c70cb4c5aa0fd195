/*
 * regex: PCRE2 with its time bounded.
 *
 * Three things keep a pattern from running away: the match limit bounds the work at one
 * starting place, longer texts are searched in windows of starting places with a look at
 * the clock between them, and the JIT's stack and the interpreter's heap have a maximum.
 */
#include "core/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <assert.h>
#include <pcre2.h>
#include <stdlib.h>
#include <time.h>

#include "core/literal.h"
#include "core/mem.h"

#define JIT_STACK_MIN (32 * 1024)
#define JIT_STACK_MAX (512 * 1024)
#define HEAP_MAX_KIB (16 * 1024)
#define MATCH_LIMIT 1000000
#define MATCH_LIMIT_LONG 10000     /* for texts that make it fall below */
#define MATCH_WORK 100000000       /* match limit times bytes of text */
#define MATCH_WORK_LONG 1000000000 /* the same for long texts */
#define WINDOW_WORK (1 << 24)      /* starting places times bytes of text */
#define SHORT 1024                 /* texts of one window */
#define TIME_MAX_MS 500

struct regex {
	pcre2_code *code; /* NULL: the literal is the whole pattern */
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* made when the machine's own is too small */
	bool jit;
	bool utf;
	struct literal literal;
	char *bytes; /* of the literal */
	uint64_t cut_off;
};

/* Byte mode is quicker and the same for ASCII patterns, except for these. A pattern that
 * begins with a verb may ask for UTF itself. */
static bool needs_utf(struct str pattern)
{
	if (str_starts(pattern, "(*"))
		return true;
	for (size_t i = 0; i < pattern.len; i++) {
		if ((unsigned char)pattern.ptr[i] >= 0x80)
			return true;
		if (pattern.ptr[i] != '\\' || ++i == pattern.len)
			continue;
		char next = i + 1 < pattern.len ? pattern.ptr[i + 1] : '\0';
		char c = pattern.ptr[i];
		if (c == 'p' || c == 'P' || c == 'X' || c == 'u')
			return true;
		if (next == '{' && (c == 'x' || c == 'N' || c == 'o'))
			return true;
	}
	return false;
}

static void set_error(struct err *err, int code, size_t pos)
{
	PCRE2_UCHAR text[256];
	if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
		text[0] = '\0';
	err_set_at(err, pos, "bad regex: %s", (const char *)text);
}

static bool compile_pattern(
	struct regex *re, struct str pattern, unsigned flags, struct err *err)
{
	uint32_t options = PCRE2_USE_OFFSET_LIMIT;
	uint32_t utf = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	if (flags & REGEX_NOCASE)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_FIXED)
		options |= PCRE2_LITERAL;
	else
		options |= PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
	int code = 0;
	PCRE2_SIZE pos = 0;
	PCRE2_SPTR ptr = (PCRE2_SPTR)pattern.ptr;
	/* So that `done$` finds lines that end in CR LF, too. */
	pcre2_compile_context *lines = pcre2_compile_context_create(NULL);
	assert(lines != NULL);
	pcre2_set_newline(lines, PCRE2_NEWLINE_ANYCRLF);
	re->utf = needs_utf(pattern);
	if (re->utf)
		re->code = pcre2_compile(
			ptr, pattern.len, options | utf, &code, &pos, lines);
	if (code < 0)
		re->utf = false; /* the pattern is not UTF-8 itself: Latin-1, say */
	if (!re->utf)
		re->code = pcre2_compile(ptr, pattern.len, options, &code, &pos, lines);
	pcre2_compile_context_free(lines);
	if (re->code == NULL)
		set_error(err, code, pos);
	return re->code != NULL;
}

static void prepare_match(struct regex *re)
{
	size_t size = 0;
	pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
	/* It succeeds for (*NO_JIT), too; what counts is that there is code. */
	re->jit =
		pcre2_pattern_info(re->code, PCRE2_INFO_JITSIZE, &size) == 0 && size > 0;
	re->data = pcre2_match_data_create(1, NULL);
	re->context = pcre2_match_context_create(NULL);
	assert(re->data != NULL && re->context != NULL);
	pcre2_set_heap_limit(re->context, HEAP_MAX_KIB);
}

static void set_literal(struct regex *re, struct str pattern, unsigned flags)
{
	re->bytes = xmalloc(pattern.len + 1);
	if (flags & REGEX_NOCASE)
		return;
	if (flags & REGEX_FIXED) {
		if (pattern.len > 0)
			memcpy(re->bytes, pattern.ptr, pattern.len);
		re->literal = (struct literal){pattern.len, true, true};
	} else {
		re->literal = literal_required(pattern, re->bytes);
	}
}

/* Starting places from FROM to LAST. */
static int try_window(
	struct regex *re, struct str text, size_t from, size_t last, bool jit)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)text.ptr;
	pcre2_set_offset_limit(re->context, last);
	if (!jit)
		return pcre2_match(re->code, subject, text.len, from, PCRE2_NO_JIT,
			re->data, re->context);
	int rc = pcre2_jit_match(
		re->code, subject, text.len, from, 0, re->data, re->context);
	if (rc != PCRE2_ERROR_JIT_STACKLIMIT || re->stack != NULL)
		return rc;
	re->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	pcre2_jit_stack_assign(re->context, NULL, re->stack);
	return pcre2_jit_match(
		re->code, subject, text.len, from, 0, re->data, re->context);
}

/* The coarse clock is 5 ns to read and steps every few ms. */
static int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Inside of a UTF-8 sequence, where no match may begin. */
static bool is_inside(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Window by window. A window grows while the clock stands still, since that says that
 * the pattern is quick. */
static int search(struct regex *re, struct str text, size_t from, bool jit)
{
	size_t most = WINDOW_WORK / (text.len + 1);
	size_t window = text.len <= SHORT ? SHORT + 1 : 1;
	int64_t began = 0;
	int64_t before = 0;
	for (;;) {
		bool final = text.len - from < window;
		size_t last = final ? PCRE2_UNSET : from + window - 1;
		int rc = try_window(re, text, from, last, jit);
		if (rc != PCRE2_ERROR_NOMATCH || final)
			return rc;
		int64_t now = clock_ms();
		if (began == 0)
			began = before = now;
		if (now - began > TIME_MAX_MS)
			return PCRE2_ERROR_MATCHLIMIT;
		from += window;
		while (re->utf && from < text.len && is_inside(text.ptr[from]))
			from++;
		if (now != before)
			window = 1;
		else if (window < most)
			window *= 2;
		before = now;
	}
}

/* One count of PCRE2's may be a scan of the whole text, so the limit falls with the
 * text's length. */
static uint32_t match_limit(size_t len)
{
	size_t limit = MATCH_WORK / (len + 1);
	if (limit < MATCH_LIMIT_LONG) {
		size_t longer = MATCH_WORK_LONG / (len + 1);
		limit = longer < MATCH_LIMIT_LONG ? longer : MATCH_LIMIT_LONG;
	}
	return limit < MATCH_LIMIT ? (uint32_t)limit : MATCH_LIMIT;
}

static int run(struct regex *re, struct str text, size_t from)
{
	pcre2_set_match_limit(re->context, match_limit(text.len));
	int rc = search(re, text, from, re->jit);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = search(re, text, from, false);
	return rc;
}

bool regex_find(
	struct regex *re, struct str text, size_t from, size_t *start, size_t *end)
{
	if (from > text.len)
		return false;
	if (text.ptr == NULL)
		text.ptr = "";
	if (re->literal.len > 0 || re->literal.whole) {
		struct str needle = {re->bytes, re->literal.len};
		size_t hit = literal_find(str_skip(text, from), needle);
		if (hit == SIZE_MAX)
			return false;
		if (re->literal.first)
			from += hit;
		if (re->literal.whole) {
			*start = from;
			*end = from + needle.len;
			return true;
		}
	}
	int rc = run(re, text, from);
	if (rc < 0) {
		if (rc != PCRE2_ERROR_NOMATCH)
			re->cut_off++;
		return false;
	}
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(re->data);
	*start = ovector[0];
	*end = ovector[1];
	return true;
}

bool regex_match(struct regex *re, struct str text)
{
	size_t start, end;
	return regex_find(re, text, 0, &start, &end);
}

struct regex *regex_new(struct str pattern, unsigned flags, struct err *err)
{
	if (pattern.len > REGEX_PATTERN_MAX) {
		err_set_at(err, REGEX_PATTERN_MAX, "the regex is longer than %d bytes",
			REGEX_PATTERN_MAX);
		return NULL;
	}
	struct regex *re = xcalloc(1, sizeof(*re));
	set_literal(re, pattern, flags);
	if (re->literal.whole)
		return re;
	if (!compile_pattern(re, pattern, flags, err)) {
		regex_free(re);
		return NULL;
	}
	prepare_match(re);
	return re;
}

uint64_t regex_cut_off(const struct regex *re)
{
	return re->cut_off;
}

void regex_free(struct regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	pcre2_match_data_free(re->data);
	pcre2_match_context_free(re->context);
	pcre2_jit_stack_free(re->stack);
	free(re->bytes);
	free(re);
}
