/*
 * head_parts: what single tokens of a head are by their shape.
 */
#include "formats/head_parts.h"

#define TOKEN_MAX 128
#define NUMBER_DIGITS_MAX 20

#define L BYTE_LETTER
#define D BYTE_DIGIT
#define N BYTE_NAME
#define B BYTE_BRACKET
#define O BYTE_OTHER
#define E BYTE_END
#define C BYTE_COLON

/* clang-format off */
const uint8_t head_classes[256] = {
	O, O, O, O, O, O, O, O, O, E, O, O, O, O, O, O, /* 00 */
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 10 */
	E, O, O, N, N, O, O, O, O, O, O, N, O, N, N, N, /* 20 */
	D, D, D, D, D, D, D, D, D, D, C, O, N, O, N, O, /* 30 */
	N, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* 40 */
	L, L, L, L, L, L, L, L, L, L, L, B, O, B, O, N, /* 50 */
	O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* 60 */
	L, L, L, L, L, L, L, L, L, L, L, O, E, O, O, O, /* 70 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 80 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 90 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* a0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* b0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* c0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* d0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* e0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* f0 */
};

/* clang-format on */

/* The endings of source files that loggers name. */
static bool is_source_file(struct str s)
{
	static const struct str endings[] = {STR(".py"), STR(".go"), STR(".rs"), STR(".cpp"),
		STR(".cc"), STR(".c"), STR(".h"), STR(".hpp"), STR(".js"), STR(".ts"),
		STR(".rb"), STR(".java"), STR(".kt"), STR(".cs"), STR(".php"), STR(".pyx")};
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = endings[i].len;
		if (s.len > n && memcmp(s.ptr + s.len - n, endings[i].ptr, n) == 0)
			return true;
	}
	return false;
}

static bool ends_with(struct str s, const char *end)
{
	size_t n = strlen(end);
	return s.len >= n && memcmp(s.ptr + s.len - n, end, n) == 0;
}

void head_step(struct scan *s)
{
	struct str line = s->line;
	s->mark = ' ';
	while (s->at < line.len && head_is_blank(line.ptr[s->at]))
		s->at++;
	if (s->at >= line.len)
		return;
	char c = line.ptr[s->at];
	bool alone = s->at + 1 >= line.len || head_is_blank(line.ptr[s->at + 1]);
	if (c != '|' && c != ':' && (c != '-' || !alone))
		return;
	s->mark = c;
	s->at++;
	while (s->at < line.len && head_is_blank(line.ptr[s->at]))
		s->at++;
}

size_t head_bracket(struct str s, struct str *content)
{
	char close = s.ptr[0] == '[' ? ']' : s.ptr[0] == '{' ? '}' : '>';
	if (s.ptr[0] == '(')
		close = ')';
	size_t most = s.len < TOKEN_MAX ? s.len : TOKEN_MAX;
	const char *end = memchr(s.ptr, close, most);
	if (!end)
		return 0;
	*content = (struct str){s.ptr + 1, (size_t)(end - s.ptr) - 1};
	return content->len + 2;
}

struct token head_token(struct str s, char mark, bool inside)
{
	size_t n = 0;
	unsigned classes = 0;
	size_t most = s.len < TOKEN_MAX ? s.len : TOKEN_MAX;
	char end = mark == ':' ? ':' : inside ? ']' : ' ';
	for (; n < most && s.ptr[n] != end; n++) {
		unsigned class = head_classes[(unsigned char)s.ptr[n]];
		if (class == BYTE_END)
			break;
		classes |= class;
	}
	return (struct token){{s.ptr, n}, classes};
}

bool head_is_number(struct str s)
{
	if (s.len == 0 || s.len > NUMBER_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!head_is_digit(s.ptr[i]))
			return false;
	}
	return true;
}

bool head_is_name(struct str s)
{
	unsigned classes = 0;
	if (s.len == 0 || s.len >= TOKEN_MAX)
		return false;
	unsigned char c = (unsigned char)s.ptr[0];
	if (head_classes[c] != BYTE_LETTER && c != '_' && c != '<' && c < 0x80)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned class = head_classes[(unsigned char)s.ptr[i]];
		classes |= class == BYTE_END ? BYTE_OTHER : class;
	}
	return !(classes & (BYTE_OTHER | BYTE_BRACKET));
}

bool head_is_structured(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (head_classes[(unsigned char)s.ptr[i]] != BYTE_LETTER)
			return true;
	}
	return false;
}

bool head_is_place(struct str s)
{
	const char *colon = s.len ? memrchr(s.ptr, ':', s.len) : NULL;
	if (!colon || colon == s.ptr)
		return false;
	struct str where = {s.ptr, (size_t)(colon - s.ptr)};
	if (!head_is_number(str_skip(s, where.len + 1)))
		return false;
	if (is_source_file(where))
		return true;
	const char *first = memchr(where.ptr, ':', where.len);
	return head_is_name(where) && first && first + 1 < colon && first[1] != ':';
}

void head_take_place(struct head *h, struct str s)
{
	const char *colon = memrchr(s.ptr, ':', s.len);
	struct str where = {s.ptr, (size_t)(colon - s.ptr)};
	h->line = str_skip(s, where.len + 1);
	if (!is_source_file(where)) {
		const char *first = memchr(where.ptr, ':', where.len);
		h->module = (struct str){where.ptr, (size_t)(first - where.ptr)};
		h->function = str_skip(where, h->module.len + 1);
		return;
	}
	h->file = where;
	if (!h->module.ptr && !memchr(where.ptr, '/', where.len))
		h->module = where;
}

bool head_take_worker(struct head *h, struct str word)
{
	static const char *const processes[] = {"Process", "PoolWorker"};
	static const char *const threads[] = {
		"Thread-", "ThreadPoolExecutor-", "Dummy-", "asyncio_"};
	struct str stem = word;
	/* All of them end with a number but those of the main thread. */
	if (word.len < 7 || (!head_is_digit(word.ptr[word.len - 1]) &&
				    word.ptr[word.len - 1] != ':' &&
				    !str_starts(word, "Main")))
		return false;
	while (stem.len > 0 && (head_is_digit(stem.ptr[stem.len - 1]) ||
				       strchr("-:_", stem.ptr[stem.len - 1])))
		stem.len--;
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		if (ends_with(stem, processes[i]) &&
			(stem.len < word.len || str_is(word, "MainProcess"))) {
			h->process = word;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		if (str_starts(word, threads[i]) || str_is(word, "MainThread")) {
			h->thread = word;
			return true;
		}
	}
	return false;
}

void head_add_number(struct head *h, struct str number)
{
	if (!h->pid.ptr)
		h->pid = number;
	else if (!h->thread.ptr)
		h->thread = number;
}

struct str head_without_pid(struct str s, struct str *pid)
{
	const char *open = s.len > 3 ? memchr(s.ptr, '[', s.len) : NULL;
	if (!open || s.ptr[s.len - 1] != ']')
		return s;
	struct str inner = {open + 1, (size_t)(s.ptr + s.len - 1 - (open + 1))};
	if (!head_is_number(inner))
		return s;
	*pid = inner;
	return (struct str){s.ptr, (size_t)(open - s.ptr)};
}

struct str head_name_before_colon(struct str s)
{
	struct str name = head_token(s, ':', false).text;
	if (name.len >= s.len || s.ptr[name.len] != ':' || !head_is_name(name))
		name.len = 0;
	return name;
}

struct str head_simple_name(struct str s)
{
	struct token token = head_token(s, ' ', false);
	unsigned char c = token.text.len > 0 ? (unsigned char)s.ptr[0] : ' ';
	bool good = !(token.classes & ~(unsigned)(BYTE_LETTER | BYTE_DIGIT | BYTE_NAME)) &&
		    (head_classes[c] == BYTE_LETTER || c == '_' || c == '<' || c >= 0x80);
	return good ? token.text : (struct str){NULL, 0};
}
