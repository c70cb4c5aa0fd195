/*
 * The words of an expression. What may come next is for the parser to say: a '/' begins a
 * regex after ~ and a path after ==.
 */
#include "filters/expr.h"

static bool is_word_byte(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && strchr("()\"',=<>!~&|", c) == NULL;
}

static void skip_blanks(struct expr_lex *lex)
{
	while (lex->at < lex->text.len && lex->text.ptr[lex->at] != '\0' &&
		strchr(" \t\r\n", lex->text.ptr[lex->at]) != NULL)
		lex->at++;
}

char expr_peek(struct expr_lex *lex)
{
	skip_blanks(lex);
	return lex->at < lex->text.len ? lex->text.ptr[lex->at] : '\0';
}

struct str expr_peek_word(struct expr_lex *lex)
{
	skip_blanks(lex);
	size_t end = lex->at;
	while (end < lex->text.len && is_word_byte(lex->text.ptr[end]))
		end++;
	return (struct str){lex->text.ptr + lex->at, end - lex->at};
}

bool expr_take(struct expr_lex *lex, const char *symbol)
{
	skip_blanks(lex);
	if (!str_starts(str_skip(lex->text, lex->at), symbol))
		return false;
	lex->at += strlen(symbol);
	return true;
}

bool expr_take_word(struct expr_lex *lex, const char *word)
{
	struct str next = expr_peek_word(lex);
	if (!str_eq_nocase(next, str_from(word)))
		return false;
	lex->at += next.len;
	return true;
}

/* What a backslash and C stand for; 0: themselves. */
static char unescaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case '\\':
	case '"':
	case '\'':
	case '/':
		return c;
	default:
		return '\0';
	}
}

bool expr_take_string(struct expr_lex *lex, struct expr_token *token)
{
	size_t pos = lex->at;
	char quote = lex->text.ptr[pos];
	char *out = lex->scratch + lex->used;
	size_t len = 0;
	size_t at = pos + 1;
	bool escaped = false;
	for (; at < lex->text.len && lex->text.ptr[at] != quote; at++) {
		char c = lex->text.ptr[at];
		if (c == '\\' && at + 1 < lex->text.len) {
			char meant = unescaped(lex->text.ptr[at + 1]);
			if (meant != '\0') {
				c = meant;
				escaped = true;
				at++;
			}
		}
		out[len++] = c;
	}
	if (at >= lex->text.len)
		return err_set_at(lex->err, pos, "the string is not closed");
	lex->used += len;
	lex->at = at + 1;
	*token = (struct expr_token){
		.text = {out, len},
		.pos = pos,
		.inner = pos + 1,
		.quoted = true,
		.escaped = escaped,
	};
	return true;
}

bool expr_take_regex(struct expr_lex *lex, struct expr_token *token)
{
	size_t pos = lex->at;
	size_t at = pos + 1;
	while (at < lex->text.len && lex->text.ptr[at] != '/')
		at += lex->text.ptr[at] == '\\' ? 2 : 1;
	if (at >= lex->text.len)
		return err_set_at(lex->err, pos, "the regex is not closed by a '/'");
	*token = (struct expr_token){
		.text = {lex->text.ptr + pos + 1, at - pos - 1},
		.pos = pos,
		.inner = pos + 1,
	};
	for (at++; at < lex->text.len && is_word_byte(lex->text.ptr[at]); at++) {
		if (lex->text.ptr[at] != 'i')
			return err_set_at(lex->err, at,
				"only i may follow a regex (write \\/ for a slash)");
		token->flags = REGEX_NOCASE;
	}
	lex->at = at;
	return true;
}
