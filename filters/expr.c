/*
 * expr: walks what expr_parse.c made. Level, module, time, source and text are in the
 * record; for everything else its fields are loaded.
 */
#include "filters/expr.h"

#include <stdlib.h>

#include "core/intern.h"
#include "core/mem.h"
#include "filters/filter.h"
#include "filters/when.h"

enum { VERDICT_NO = 1, VERDICT_YES = 2 };

struct expr_filter {
	struct filter base;
	struct expr *e;
};

static bool has_order(enum expr_op op, int order)
{
	switch (op) {
	case OP_EQ:
		return order == 0;
	case OP_LT:
		return order < 0;
	case OP_LE:
		return order <= 0;
	case OP_GT:
		return order > 0;
	case OP_GE:
		return order >= 0;
	default:
		return false;
	}
}

static int compare_bytes(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static int compare_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Two numbers as numbers. A quoted number is a text for ==, since "1.10" is meant so. */
static bool compare_text(enum expr_op op, struct str text, const struct expr_value *v)
{
	struct decimal number;
	if (v->is_number && !(v->quoted && op == OP_EQ)) {
		if (decimal_parse(text, &number))
			return has_order(op, decimal_compare(&number, &v->number));
		if (op != OP_EQ && !v->quoted)
			return false;
	}
	return has_order(op, compare_bytes(text, v->text));
}

/* TEXT is in the record. */
static bool test_text(const struct expr *e, const struct expr_test *t, struct str text)
{
	if (t->op == OP_PRESENT)
		return text.len > 0 && !str_is(text, "false") && !str_is(text, "null");
	bool hit = false;
	for (size_t i = 0; i < t->values && !hit; i++) {
		const struct expr_value *v = &e->values[t->value + i];
		hit = t->op == OP_REGEX ? regex_match(v->regex, text)
		                        : compare_text(t->op, text, v);
	}
	return hit != t->negate;
}

static bool test_level_word(const struct expr *e, const struct expr_test *t,
	const struct record *r, struct fields *f)
{
	fields_load(f, r);
	struct str word = f->named[FIELD_LEVEL];
	if (word.ptr == NULL && r->severity == 0)
		return false;
	if (word.ptr == NULL)
		word = str_from(level_name((enum level)r->level));
	return test_text(e, t, word);
}

/* By name when it is asked whether it is one, else by rank. */
static bool test_level(const struct expr *e, const struct expr_test *t,
	const struct record *r, struct fields *f)
{
	if (t->op == OP_REGEX)
		return test_level_word(e, t, r, f);
	if (r->severity == 0)
		return false;
	if (t->op == OP_PRESENT)
		return true;
	bool hit = false;
	for (size_t i = 0; i < t->values && !hit; i++) {
		const struct level_word *w = &e->values[t->value + i].level;
		hit = t->op == OP_EQ ? level_word_is(w, r)
		                     : has_order(t->op, compare_int(r->severity,
								w->severity.number));
	}
	return hit != t->negate;
}

static bool test_time(
	const struct expr *e, const struct expr_test *t, const struct record *r)
{
	if (t->op == OP_PRESENT)
		return r->time != TIME_NONE;
	bool hit = false;
	for (size_t i = 0; i < t->values && !hit; i++)
		hit = has_order(
			t->op, compare_int(when_of(r), e->values[t->value + i].ns));
	return hit != t->negate;
}

/* Whatever is asked of a module's name has one answer for each name. */
static bool test_module(const struct expr *e, struct expr_test *t, const struct record *r,
	struct fields *f)
{
	if (r->module == 0)
		return false;
	uint16_t *verdict = verdict_of(&t->verdicts, r->module);
	if (*verdict == 0) {
		struct str name = verdict_module(r, f);
		bool hit = name.ptr != NULL && test_text(e, t, name);
		*verdict = hit ? VERDICT_YES : VERDICT_NO;
	}
	return *verdict == VERDICT_YES;
}

static bool test_field(const struct expr *e, const struct expr_test *t,
	const struct record *r, struct fields *f)
{
	struct str value = {NULL, 0};
	fields_load(f, r);
	if (t->named >= 0)
		value = f->named[t->named];
	if (value.ptr == NULL && !fields_find(f, t->name, &value))
		return false;
	return test_text(e, t, value);
}

static bool test(const struct expr *e, struct expr_test *t, const struct record *r,
	struct fields *f)
{
	switch (t->subject) {
	case SUBJECT_LEVEL:
		return test_level(e, t, r, f);
	case SUBJECT_MODULE:
		return test_module(e, t, r, f);
	case SUBJECT_TIME:
		return test_time(e, t, r);
	case SUBJECT_SOURCE:
		return test_text(e, t, str_from(r->origin->label));
	case SUBJECT_TEXT:
		return test_text(e, t, fields_text(f, r));
	default:
		return test_field(e, t, r, f);
	}
}

/* As deep as the parentheses and nots of the expression. */
static bool walk(
	const struct expr *e, size_t at, const struct record *r, struct fields *f)
{
	struct expr_node *node = &e->nodes[at];
	if (node->kind == EXPR_TEST)
		return test(e, &node->test, r, f);
	if (node->kind == EXPR_NOT)
		return !walk(e, node->first, r, f);
	bool any = node->kind == EXPR_OR;
	for (size_t i = node->first; i != 0; i = e->nodes[i].next) {
		if (walk(e, i, r, f) == any)
			return any;
	}
	return !any;
}

static struct filter *expr_new(const struct filter_spec *spec, struct err *err)
{
	struct expr *e = expr_parse(spec->text, when_now(), err);
	if (e == NULL)
		return NULL;
	struct expr_filter *x = xcalloc(1, sizeof(*x));
	x->e = e;
	return &x->base;
}

static bool expr_match(struct filter *f, const struct record *r, struct fields *fields)
{
	const struct expr *e = ((struct expr_filter *)f)->e;
	return walk(e, e->root, r, fields);
}

static uint64_t expr_cut_off(const struct filter *f)
{
	const struct expr *e = ((const struct expr_filter *)f)->e;
	uint64_t sum = 0;
	for (size_t i = 0; i < e->value_count; i++) {
		if (e->values[i].regex != NULL)
			sum += regex_cut_off(e->values[i].regex);
	}
	return sum;
}

static unsigned expr_wants(const struct filter *f)
{
	return ((const struct expr_filter *)f)->e->wants;
}

static void expr_drop(struct filter *f)
{
	expr_free(((struct expr_filter *)f)->e);
	free(f);
}

const struct filter_ops filter_expr = {
	.name = "expr",
	.cost = 3,
	.wants = FILTER_WANTS_LEVEL | FILTER_WANTS_MODULE,
	.parse = expr_new,
	.match = expr_match,
	.cut_off = expr_cut_off,
	.free = expr_drop,
	.wants_of = expr_wants,
};
