/*
 * The parser of expressions: a recursive descent whose depth is bounded.
 */
#include <stdlib.h>

#include "core/fields.h"
#include "core/mem.h"
#include "filters/expr.h"
#include "filters/filter.h"
#include "filters/when.h"

#define WORD_SHOWN 64
#define OPERATORS "== != < <= > >= ~ !~ in contains"

struct parser {
	struct expr_lex lex;
	struct expr *e;
	int64_t now_ns;
	size_t depth;
	struct err *err;
};

struct symbol {
	const char *symbol;
	enum expr_op op;
	bool negate;
};

#define SYMBOLS 10
static const struct symbol symbols[SYMBOLS];

static size_t parse_or(struct parser *p);

/* A new node or 0. */
static size_t add_node(struct parser *p, enum expr_kind kind)
{
	struct expr *e = p->e;
	if (e->node_count == EXPR_NODES_MAX) {
		err_set_at(p->err, p->lex.at,
			"the expression is too long: more than %d parts", EXPR_NODES_MAX);
		return 0;
	}
	size_t n = e->node_count++;
	/* The first time, and whenever the count is a power of two. */
	if ((n & (n - 1)) == 0)
		e->nodes = xrealloc(e->nodes, n * 2 * sizeof(*e->nodes));
	memset(&e->nodes[n], 0, sizeof(e->nodes[n]));
	e->nodes[n].kind = kind;
	return n;
}

static struct expr_value *add_value(struct parser *p)
{
	struct expr *e = p->e;
	if (e->value_count == EXPR_NODES_MAX) {
		err_set_at(p->err, p->lex.at,
			"the expression is too long: more than %d values",
			EXPR_NODES_MAX);
		return NULL;
	}
	size_t n = e->value_count++;
	if ((n & (n - 1)) == 0)
		e->values = xrealloc(e->values, (n > 0 ? n * 2 : 1) * sizeof(*e->values));
	memset(&e->values[n], 0, sizeof(e->values[n]));
	return &e->values[n];
}

static bool expected(struct parser *p, const char *what)
{
	if (expr_peek(&p->lex) == '\0' && p->lex.at == p->lex.text.len)
		return err_set_at(p->err, p->lex.at,
			"the expression ends where %s is expected", what);
	return err_set_at(p->err, p->lex.at, "%s is expected here", what);
}

static bool is_keyword(struct str word)
{
	return str_eq_nocase(word, (struct str)STR("and")) ||
	       str_eq_nocase(word, (struct str)STR("or")) ||
	       str_eq_nocase(word, (struct str)STR("not"));
}

/* A string or a bare word. */
static bool take_plain(struct parser *p, struct expr_token *token)
{
	char c = expr_peek(&p->lex);
	if (c == '"' || c == '\'')
		return expr_take_string(&p->lex, token);
	struct str word = expr_peek_word(&p->lex);
	if (word.len == 0 || is_keyword(word))
		return expected(p, "a value");
	*token = (struct expr_token){.text = word, .pos = p->lex.at, .inner = p->lex.at};
	p->lex.at += word.len;
	return true;
}

/* A bare time may have a clock after a blank: yesterday 14:00. */
static bool take_time(struct parser *p, struct expr_token *token)
{
	if (!take_plain(p, token))
		return false;
	if (token->quoted)
		return true;
	size_t end = p->lex.at;
	char c = expr_peek(&p->lex);
	if (c < '0' || c > '9') {
		p->lex.at = end;
		return true;
	}
	p->lex.at += expr_peek_word(&p->lex).len;
	token->text.len = p->lex.at - token->pos;
	return true;
}

/* Moves the place of a fault within a token to its place in the expression. */
static void shift_pos(struct err *err, const struct expr_token *token)
{
	if (err == NULL)
		return;
	if (err->has_pos && !token->escaped)
		err->pos += token->inner;
	else
		err->pos = token->pos;
	err->has_pos = true;
}

static bool parse_regex(
	struct parser *p, struct expr_value *v, struct expr_token *token, unsigned flags)
{
	v->text = token->text;
	v->regex = regex_new(token->text, flags | token->flags, p->err);
	if (v->regex == NULL)
		shift_pos(p->err, token);
	return v->regex != NULL;
}

static bool take_regex(struct parser *p, struct expr_value *v)
{
	struct expr_token token;
	bool taken = expr_peek(&p->lex) == '/' ? expr_take_regex(&p->lex, &token)
	                                       : take_plain(p, &token);
	return taken && parse_regex(p, v, &token, 0);
}

static bool take_contained(struct parser *p, struct expr_value *v)
{
	struct expr_token token;
	return take_plain(p, &token) && parse_regex(p, v, &token, REGEX_FIXED);
}

static bool take_level(struct parser *p, struct expr_value *v)
{
	struct expr_token token;
	if (!take_plain(p, &token))
		return false;
	v->text = token.text;
	return level_word_parse(token.text, token.inner, &v->level, p->err);
}

static bool take_when(struct parser *p, struct expr_value *v)
{
	struct expr_token token;
	if (!take_time(p, &token))
		return false;
	v->text = token.text;
	if (when_parse(token.text, p->now_ns, &v->ns, p->err))
		return true;
	shift_pos(p->err, &token);
	return false;
}

static bool take_text(struct parser *p, struct expr_value *v)
{
	struct expr_token token;
	if (!take_plain(p, &token))
		return false;
	struct str t = token.text;
	if (!token.quoted && t.len > 2 && t.ptr[0] == '/' && t.ptr[t.len - 1] == '/')
		return err_set_at(p->err, token.pos,
			"a regex is matched with ~ (or quote it to compare the text)");
	v->text = t;
	v->quoted = token.quoted;
	v->is_number = decimal_parse(t, &v->number);
	return true;
}

static bool take_value(struct parser *p, struct expr_test *test, bool contains)
{
	struct expr_value *v = add_value(p);
	if (v == NULL)
		return false;
	if (test->values++ == 0)
		test->value = p->e->value_count - 1;
	if (contains)
		return take_contained(p, v);
	if (test->op == OP_REGEX)
		return take_regex(p, v);
	if (test->subject == SUBJECT_LEVEL)
		return take_level(p, v);
	if (test->subject == SUBJECT_TIME)
		return take_when(p, v);
	return take_text(p, v);
}

static bool take_list(struct parser *p, struct expr_test *test)
{
	if (!expr_take(&p->lex, "("))
		return expected(p, "'(' and a list of values");
	do {
		if (!take_value(p, test, false))
			return false;
	} while (expr_take(&p->lex, ","));
	if (!expr_take(&p->lex, ")"))
		return expected(p, "',' or ')'");
	return true;
}

static bool op_fits(const struct parser *p, const struct expr_test *test, size_t pos)
{
	if (test->subject == SUBJECT_TIME && test->op == OP_REGEX)
		return err_set_at(
			p->err, pos, "a time is compared with == != < <= > or >=");
	return true;
}

/* What follows the name. */
static bool parse_operator(struct parser *p, struct expr_test *test)
{
	expr_peek(&p->lex);
	size_t pos = p->lex.at;
	for (size_t i = 0; i < SYMBOLS; i++) {
		if (!expr_take(&p->lex, symbols[i].symbol))
			continue;
		test->op = symbols[i].op;
		test->negate = symbols[i].negate;
		return op_fits(p, test, pos) && take_value(p, test, false);
	}
	test->negate = expr_take_word(&p->lex, "not");
	if (expr_take_word(&p->lex, "in")) {
		test->op = OP_EQ;
		return take_list(p, test);
	}
	if (expr_take_word(&p->lex, "contains")) {
		test->op = OP_REGEX;
		return op_fits(p, test, pos) && take_value(p, test, true);
	}
	struct str word = expr_peek_word(&p->lex);
	if (test->negate || (word.len > 0 && !is_keyword(word)))
		return err_set_at(
			p->err, pos, "an operator is expected here (%s)", OPERATORS);
	return true;
}

static bool same_letters(struct str a, struct str b)
{
	int count[256] = {0};
	for (size_t i = 0; i < a.len; i++)
		count[(unsigned char)a.ptr[i]]++;
	for (size_t i = 0; i < b.len; i++)
		count[(unsigned char)b.ptr[i]]--;
	for (size_t i = 0; i < 256; i++) {
		if (count[i] != 0)
			return false;
	}
	return true;
}

/* Whether NAME is probably BUILTIN misspelt. Logs have fields named type, port, id and
 * threads: of a short name only swapped letters count, and a plural is another name. */
static bool is_misspelt(struct str name, struct str builtin)
{
	if (str_eq_nocase(name, builtin))
		return !str_eq(name, builtin);
	unsigned distance = str_distance(name, builtin);
	if (builtin.len < 5)
		return distance == 1 && same_letters(name, builtin);
	if (name.len == builtin.len + 1 && name.ptr[builtin.len] == 's')
		return false;
	return distance <= (builtin.len < 8 ? 1 : 2);
}

static bool check_name(struct parser *p, struct str name)
{
	static const char *const others[] = {"level", "time", "source", "text"};
	size_t count = FIELD_NAMED + sizeof(others) / sizeof(others[0]);
	for (size_t i = 0; i < count; i++) {
		const char *builtin = i < FIELD_NAMED ? fields_name((enum field_id)i)
		                                      : others[i - FIELD_NAMED];
		if (!is_misspelt(name, str_from(builtin)))
			continue;
		int shown = (int)(name.len < WORD_SHOWN ? name.len : WORD_SHOWN);
		return err_set_at(p->err, p->lex.at,
			"unknown field '%.*s'; did you mean %s? (fields.%.*s is a field "
			"of that name in the records)",
			shown, name.ptr, builtin, shown, name.ptr);
	}
	return true;
}

static bool parse_name(struct parser *p, struct expr_test *test)
{
	struct str name = expr_peek_word(&p->lex);
	if (name.len == 0 || is_keyword(name))
		return expected(p, "a field's name");
	test->name = name;
	test->named = fields_id(name);
	if (str_is(name, "level"))
		test->subject = SUBJECT_LEVEL;
	else if (str_is(name, "module"))
		test->subject = SUBJECT_MODULE;
	else if (str_is(name, "time"))
		test->subject = SUBJECT_TIME;
	else if (str_is(name, "source"))
		test->subject = SUBJECT_SOURCE;
	else if (str_is(name, "text"))
		test->subject = SUBJECT_TEXT;
	else
		test->subject = SUBJECT_FIELD;
	bool own = test->subject != SUBJECT_FIELD || test->named >= 0;
	if (!own && !check_name(p, name))
		return false;
	p->lex.at += name.len;
	if (test->subject == SUBJECT_LEVEL)
		p->e->wants |= FILTER_WANTS_LEVEL;
	if (test->subject == SUBJECT_MODULE)
		p->e->wants |= FILTER_WANTS_MODULE;
	return true;
}

/* A regex or a string alone is looked for in the record's text. */
static bool parse_search(struct parser *p, struct expr_test *test)
{
	test->subject = SUBJECT_TEXT;
	test->op = OP_REGEX;
	return take_value(p, test, expr_peek(&p->lex) != '/');
}

static size_t parse_test(struct parser *p)
{
	struct expr_test test = {.named = -1};
	char c = expr_peek(&p->lex);
	bool good;
	if (c == '/' || c == '"' || c == '\'')
		good = parse_search(p, &test);
	else
		good = parse_name(p, &test) && parse_operator(p, &test);
	size_t node = good ? add_node(p, EXPR_TEST) : 0;
	if (node != 0)
		p->e->nodes[node].test = test;
	return node;
}

static size_t parse_group(struct parser *p, size_t open)
{
	size_t inner = parse_or(p);
	if (inner == 0 || expr_take(&p->lex, ")"))
		return inner;
	if (expr_peek(&p->lex) == '\0')
		err_set_at(p->err, open, "this '(' is not closed");
	else
		expected(p, "'and', 'or' or ')'");
	return 0;
}

static size_t parse_not(struct parser *p)
{
	expr_peek(&p->lex);
	size_t pos = p->lex.at;
	bool group = expr_take(&p->lex, "(");
	bool negated =
		!group && (expr_take(&p->lex, "!") || expr_take_word(&p->lex, "not"));
	if (!group && !negated)
		return parse_test(p);
	if (p->depth == EXPR_DEPTH_MAX) {
		err_set_at(p->err, pos, "more than %d levels deep", EXPR_DEPTH_MAX);
		return 0;
	}
	p->depth++;
	size_t inner = group ? parse_group(p, pos) : parse_not(p);
	p->depth--;
	if (group || inner == 0)
		return inner;
	size_t node = add_node(p, EXPR_NOT);
	if (node != 0)
		p->e->nodes[node].first = inner;
	return node;
}

/* Terms joined by WORD or SYMBOL: the one term, or a node that has them all. */
static size_t parse_joined(struct parser *p, enum expr_kind kind)
{
	bool both = kind == EXPR_AND;
	size_t first = both ? parse_not(p) : parse_joined(p, EXPR_AND);
	size_t last = first;
	size_t node = 0;
	while (last != 0 && (expr_take_word(&p->lex, both ? "and" : "or") ||
				    expr_take(&p->lex, both ? "&&" : "||"))) {
		if (node == 0) {
			node = add_node(p, kind);
			if (node == 0)
				return 0;
			p->e->nodes[node].first = first;
		}
		size_t term = both ? parse_not(p) : parse_joined(p, EXPR_AND);
		p->e->nodes[last].next = term;
		last = term;
	}
	if (last == 0)
		return 0;
	return node != 0 ? node : first;
}

static size_t parse_or(struct parser *p)
{
	return parse_joined(p, EXPR_OR);
}

struct expr *expr_parse(struct str text, int64_t now_ns, struct err *err)
{
	struct expr *e = xcalloc(1, sizeof(*e));
	e->text = xstrndup(text.len > 0 ? text.ptr : "", text.len);
	e->scratch = xmalloc(text.len + 1);
	e->node_count = 1; /* 0 is no node */
	e->nodes = xcalloc(1, sizeof(*e->nodes));
	struct parser p = {
		.lex = {.text = {e->text, text.len}, .scratch = e->scratch, .err = err},
		.e = e,
		.now_ns = now_ns,
		.err = err,
	};
	e->root = parse_or(&p);
	if (e->root != 0 && (expr_peek(&p.lex) != '\0' || p.lex.at < text.len)) {
		expected(&p, "'and', 'or' or the end");
		e->root = 0;
	}
	if (e->root == 0) {
		expr_free(e);
		return NULL;
	}
	return e;
}

void expr_free(struct expr *e)
{
	if (e == NULL)
		return;
	for (size_t i = 1; i < e->node_count; i++)
		verdict_clear(&e->nodes[i].test.verdicts);
	for (size_t i = 0; i < e->value_count; i++)
		regex_free(e->values[i].regex);
	free(e->nodes);
	free(e->values);
	free(e->text);
	free(e->scratch);
	free(e);
}

/* Longer ones before their beginnings. */
static const struct symbol symbols[SYMBOLS] = {
	{"==", OP_EQ, false},
	{"!=", OP_EQ, true},
	{"<=", OP_LE, false},
	{">=", OP_GE, false},
	{"!~", OP_REGEX, true},
	{"=~", OP_REGEX, false},
	{"=", OP_EQ, false},
	{"<", OP_LT, false},
	{">", OP_GT, false},
	{"~", OP_REGEX, false},
};
