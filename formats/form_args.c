/*
 * Python's literals (docs.python.org, "Lexical analysis"), as far as repr() writes them.
 */
#include "formats/form_args.h"

#define NESTED_MAX 16 /* brackets inside each other */

static char at(struct str s)
{
	return s.len > 0 ? s.ptr[0] : '\0';
}

static bool skip(struct str *s, const char *what)
{
	if (!str_starts(*s, what))
		return false;
	*s = str_skip(*s, strlen(what));
	return true;
}

static void skip_blanks(struct str *s)
{
	while (at(*s) == ' ')
		*s = str_skip(*s, 1);
}

/* The bytes of the string that begins S, with its quotes; 0 if it does not end. */
static size_t string_len(struct str s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == s.ptr[0])
			return i + 1;
	}
	return 0;
}

/* The bytes of the list, tuple, dict or set that begins S, or 0. */
static size_t nested_len(struct str s)
{
	char open[NESTED_MAX];
	size_t depth = 0, i = 0, n;

	for (; i < s.len; i += n) {
		char c = s.ptr[i];
		n = 1;
		if (c == '\'' || c == '"') {
			n = string_len(str_skip(s, i));
			if (n == 0)
				return 0;
		} else if (strchr("([{", c) != NULL && c != '\0') {
			if (depth == NESTED_MAX)
				return 0;
			open[depth++] = c;
		} else if (strchr(")]}", c) != NULL && c != '\0') {
			char want = c == ')' ? '(' : c == ']' ? '[' : '{';
			if (open[--depth] != want)
				return 0;
		}
		if (depth == 0)
			return i + 1;
	}
	return 0;
}

static size_t put_utf8(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const unsigned char heads[] = {0, 0xc0, 0xe0, 0xf0};
	out[0] = (char)(heads[more] | code >> (6 * more));
	for (size_t i = 1; i <= more; i++)
		out[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

/* The code point of the N hexadecimal digits at the start of S; false if they are none. */
static bool read_hex(struct str s, size_t n, uint32_t *code)
{
	*code = 0;
	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s.ptr[i], low = (char)(c | 0x20);
		if (c >= '0' && c <= '9')
			*code = *code << 4 | (uint32_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			*code = *code << 4 | (uint32_t)(low - 'a' + 10);
		else
			return false;
	}
	if (*code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		*code = 0xfffd;
	return true;
}

/* Resolves the escape at the start of S; the bytes it takes. */
static size_t unescape(struct str s, char *out, size_t *written)
{
	static const char letters[] = "ntr\\'\"", means[] = "\n\t\r\\'\"";
	char c = s.len > 1 ? s.ptr[1] : '\0';
	const char *letter = c != '\0' ? strchr(letters, c) : NULL;
	size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
	uint32_t code;

	if (letter != NULL) {
		*out = means[letter - letters];
		*written = 1;
		return 2;
	}
	if (digits > 0 && read_hex(str_skip(s, 2), digits, &code)) {
		*written = put_utf8(code, out);
		return 2 + digits;
	}
	*out = s.ptr[0];
	*written = 1;
	return 1;
}

/* QUOTED as str() has it, in A's space where it has escapes. */
static struct str plain_string(struct form_args *a, struct str quoted)
{
	struct str s = str_make(quoted.ptr + 1, quoted.len - 2);
	char *out = a->space;
	size_t written;

	if (memchr(s.ptr, '\\', s.len) == NULL)
		return s;
	while (s.len > 0) {
		if (s.ptr[0] == '\\') {
			s = str_skip(s, unescape(s, a->space, &written));
			a->space += written;
		} else {
			*a->space++ = s.ptr[0];
			s = str_skip(s, 1);
		}
	}
	return str_make(out, (size_t)(a->space - out));
}

static size_t number_len(struct str s, enum percent_kind *kind)
{
	size_t i = at(s) == '-';
	size_t digits = i;

	*kind = PERCENT_INT;
	if (str_starts(str_skip(s, i), "inf") || str_starts(str_skip(s, i), "nan")) {
		*kind = PERCENT_FLOAT;
		return i + 3;
	}
	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		i++;
	if (i == digits)
		return 0;
	while (i < s.len && s.ptr[i] != '\0' && strchr("0123456789.e+-", s.ptr[i]) != NULL) {
		*kind = PERCENT_FLOAT;
		i++;
	}
	return i;
}

static size_t word_len(struct str s, enum percent_kind *kind)
{
	*kind = PERCENT_BOOL;
	if (str_starts(s, "True"))
		return 4;
	if (str_starts(s, "False"))
		return 5;
	*kind = PERCENT_OTHER;
	return str_starts(s, "None") ? 4 : 0;
}

/* The value that begins *S into ARG. */
static bool read_value(struct form_args *a, struct str *s, struct percent_arg *arg)
{
	char c = at(*s);
	size_t n;

	arg->kind = PERCENT_OTHER;
	if (c == '\'' || c == '"') {
		arg->kind = PERCENT_STR;
		n = string_len(*s);
	} else if (c == 'b' && s->len > 1 && strchr("'\"", s->ptr[1]) != NULL) {
		n = string_len(str_skip(*s, 1));
		n += n > 0;
	} else if (c == '(' || c == '[' || c == '{') {
		n = nested_len(*s);
	} else {
		n = word_len(*s, &arg->kind);
		if (n == 0)
			n = number_len(*s, &arg->kind);
	}
	if (n == 0)
		return false;
	arg->repr = arg->text = str_make(s->ptr, n);
	if (arg->kind == PERCENT_STR)
		arg->text = plain_string(a, arg->repr);
	*s = str_skip(*s, n);
	return true;
}

static bool read_item(struct form_args *a, struct str *s)
{
	struct percent_arg *arg = &a->args[a->count];
	struct percent_arg key;

	if (a->count == PERCENT_ARGS_MAX)
		return false;
	arg->name = (struct str){"", 0};
	if (a->dict) {
		if (!read_value(a, s, &key) || key.kind != PERCENT_STR || !skip(s, ":"))
			return false;
		skip_blanks(s);
		arg->name = key.text;
	}
	if (!read_value(a, s, arg))
		return false;
	a->count++;
	return true;
}

bool form_args_read(struct form_args *a, struct str text)
{
	const char *close;

	a->dict = at(text) == '{';
	a->count = 0;
	if (at(text) != '(' && !a->dict)
		return false;
	close = a->dict ? "}" : ")";
	text = str_skip(text, 1);
	while (!skip(&text, close)) {
		if (!read_item(a, &text))
			return false;
		if (!skip(&text, ",") && at(text) != close[0])
			return false;
		skip_blanks(&text);
	}
	return text.len == 0;
}
