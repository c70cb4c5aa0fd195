/*
 * pickle_show: one walk over the values for all three styles. What is inside of something
 * else is shown as repr, as Python does it. A container that is inside itself is an
 * ellipsis.
 */
#include "formats/pickle_show.h"

#include <math.h>

#include "formats/pickle_number.h"
#include "formats/pickle_shape.h"

#define NAME_MAX_BYTES 512 /* of what becomes a string only after it is written */

/* On the way down. */
struct walk {
	struct pickle_out *out;
	const struct pickle *p;
	unsigned depth;
	uint32_t path[PICKLE_DEPTH_MAX]; /* the containers that we are in */
};

static void show(struct walk *w, struct pickle_value v, enum pickle_style style);

/* What is no string of JSON, but is written as one. */
static void show_quoted(struct walk *w, struct pickle_value v,
	void (*as)(struct walk *, struct pickle_value))
{
	struct pickle_out *out = w->out, part;
	char room[NAME_MAX_BYTES];

	part = (struct pickle_out){
		.ptr = room, .soft = sizeof(room), .cap = sizeof(room)};
	w->out = &part;
	as(w, v);
	w->out = out;
	pickle_show_string(out,
		(struct pickle_value){
			.kind = PICKLE_STR, .len = (uint32_t)part.len, .ptr = room},
		PICKLE_AS_JSON);
}

static void show_object_str(struct walk *w, struct pickle_value v)
{
	if (v.kind != PICKLE_OBJECT || !pickle_show_library(w->out, w->p, v, false))
		pickle_show_class(w->out, w->p, v);
}

/*
 * Containers.
 */

/* What V, an object, holds, as a list, set or dict would. False if it is no container. */
static bool as_container(const struct pickle *p, struct pickle_value v, uint8_t *kind,
	struct pickle_value *held)
{
	struct pickle_value one = pickle_item(p, pickle_part(p, v, PICKLE_ARGS), 0);
	struct pickle_class c;

	if (v.kind != PICKLE_OBJECT || !pickle_class(p, v, &c))
		return false;
	*held = v;
	if ((str_is(c.module, "builtins") || str_is(c.module, "__builtin__")) &&
		(str_is(c.name, "set") || str_is(c.name, "frozenset"))) {
		*kind = PICKLE_SET;
		*held = one;
		return one.kind == PICKLE_LIST || one.kind == PICKLE_UNSET;
	}
	if (!str_is(c.module, "collections"))
		return false;
	*kind = str_is(c.name, "deque") ? PICKLE_LIST : PICKLE_DICT;
	if (pickle_count(p, v) == 0 &&
		(one.kind == PICKLE_DICT || one.kind == PICKLE_LIST)) {
		*held = one;
		*kind = one.kind; /* Python 2 makes an OrderedDict of a list of pairs */
		return true;
	}
	return p->nodes[v.node].pairs == (*kind == PICKLE_DICT) ||
	       pickle_count(p, v) == 0;
}

static void show_key(struct walk *w, struct pickle_value key, enum pickle_style style)
{
	struct pickle_out *out = w->out, part;
	char room[NAME_MAX_BYTES + PICKLE_SLACK];

	if (style != PICKLE_AS_JSON || key.kind == PICKLE_STR) {
		show(w, key, style);
		return;
	}
	part = (struct pickle_out){
		.ptr = room, .soft = NAME_MAX_BYTES, .cap = sizeof(room)};
	w->out = &part;
	show(w, key, PICKLE_AS_REPR);
	w->out = out;
	pickle_show_string(out,
		(struct pickle_value){
			.kind = PICKLE_STR, .len = (uint32_t)part.len, .ptr = room},
		PICKLE_AS_JSON);
}

static void show_items(
	struct walk *w, struct pickle_value v, bool pairs, enum pickle_style style)
{
	struct pickle_iter it;
	struct pickle_value key, value;
	bool first = true;

	pickle_begin(&it, w->p, v);
	while (!pickle_is_full(w->out) && pickle_next(&it, &key)) {
		if (!first)
			pickle_puts(w->out, ", ");
		first = false;
		if (!pairs) {
			show(w, key, style);
			continue;
		}
		if (!pickle_next(&it, &value))
			break;
		show_key(w, key, style);
		pickle_puts(w->out, ": ");
		show(w, value, style);
	}
}

static bool is_inside(const struct walk *w, struct pickle_value v)
{
	for (unsigned i = 0; i < w->depth; i++) {
		if (w->path[i] == v.node)
			return true;
	}
	return w->depth == PICKLE_DEPTH_MAX;
}

static void show_container(
	struct walk *w, struct pickle_value v, uint8_t kind, enum pickle_style style)
{
	bool json = style == PICKLE_AS_JSON;
	const char *open = kind == PICKLE_DICT || (kind == PICKLE_SET && !json) ? "{"
	                   : kind == PICKLE_TUPLE && !json                      ? "("
	                                                                        : "[";
	const char *close = *open == '{' ? "}" : *open == '(' ? ")" : "]";
	size_t count = pickle_count(w->p, v);

	if (count > 0 && is_inside(w, v)) {
		pickle_puts(w->out, json ? "\"...\"" : "...");
		return;
	}
	if (kind == PICKLE_SET && !json && count == 0) {
		pickle_puts(w->out, "set()");
		return;
	}
	pickle_puts(w->out, open);
	if (count > 0) {
		w->path[w->depth++] = v.node;
		show_items(w, v, kind == PICKLE_DICT, json ? style : PICKLE_AS_REPR);
		w->depth--;
	}
	if (*open == '(' && count == 1)
		pickle_puts(w->out, ",");
	pickle_puts(w->out, close);
}

static void show_object(struct walk *w, struct pickle_value v, enum pickle_style style)
{
	struct pickle_value held;
	uint8_t kind;

	if (pickle_sent_bytes(w->p, v, &held)) {
		pickle_show_bytes(w->out, held, style);
	} else if (as_container(w->p, v, &kind, &held)) {
		show_container(w, held, kind, style);
	} else if (style == PICKLE_AS_JSON) {
		show_quoted(w, v, show_object_str);
	} else if (style == PICKLE_AS_STR ||
		   !pickle_show_library(w->out, w->p, v, true)) {
		show_object_str(w, v);
	}
}

static void show_scalar(struct walk *w, struct pickle_value v, enum pickle_style style)
{
	bool json = style == PICKLE_AS_JSON;
	bool quoted = json && !pickle_is_number(v) && v.kind >= PICKLE_INT;

	if (quoted)
		pickle_puts(w->out, "\"");
	switch (v.kind) {
	case PICKLE_BOOL:
		pickle_puts(w->out,
			v.number ? (json ? "true" : "True") : (json ? "false" : "False"));
		break;
	case PICKLE_INT:
	case PICKLE_BIGINT:
		pickle_show_integer(w->out, v);
		break;
	case PICKLE_FLOAT:
		pickle_show_real(w->out, v.real);
		break;
	case PICKLE_OPAQUE:
		pickle_puts(w->out, "<object>");
		break;
	default:
		pickle_puts(w->out, json ? "null" : "None");
	}
	if (quoted)
		pickle_puts(w->out, "\"");
}

static void show(struct walk *w, struct pickle_value v, enum pickle_style style)
{
	switch (v.kind) {
	case PICKLE_STR:
		pickle_show_string(w->out, v, style);
		break;
	case PICKLE_BYTES:
		pickle_show_bytes(w->out, v, style);
		break;
	case PICKLE_LIST:
	case PICKLE_TUPLE:
	case PICKLE_SET:
	case PICKLE_DICT:
		show_container(w, v, v.kind, style);
		break;
	case PICKLE_OBJECT:
		show_object(w, v, style);
		break;
	case PICKLE_CLASS:
		if (style == PICKLE_AS_JSON)
			show_quoted(w, v, show_object_str);
		else
			pickle_show_class(w->out, w->p, v);
		break;
	default:
		show_scalar(w, v, style);
	}
}

void pickle_show(struct pickle_out *out, const struct pickle *p, struct pickle_value v,
	enum pickle_style style)
{
	struct walk w = {.out = out, .p = p};

	show(&w, v, style);
}

bool pickle_is_number(struct pickle_value v)
{
	char text[PICKLE_NUMBER_TEXT];

	if (v.kind == PICKLE_FLOAT)
		return isfinite(v.real);
	return v.kind == PICKLE_INT ||
	       (v.kind == PICKLE_BIGINT && pickle_put_integer(text, v) > 0);
}

bool pickle_is_json(const struct pickle *p, struct pickle_value v)
{
	struct pickle_value held;
	uint8_t kind;

	return v.kind <= PICKLE_BOOL ||
	       (v.kind >= PICKLE_LIST && v.kind <= PICKLE_DICT) ||
	       (!pickle_sent_bytes(p, v, &held) && as_container(p, v, &kind, &held));
}

void pickle_show_exception(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v)
{
	struct pickle_value args = pickle_part(p, v, PICKLE_ARGS);
	struct pickle_class c;

	if (!pickle_class(p, v, &c))
		return;
	if (!str_is(c.module, "builtins") && !str_is(c.module, "__main__") &&
		!str_is(c.module, "exceptions")) {
		pickle_put(out, c.module);
		pickle_puts(out, ".");
	}
	pickle_put(out, c.name);
	if (pickle_count(p, args) == 0)
		return;
	pickle_puts(out, ": ");
	pickle_show(out, p, pickle_count(p, args) == 1 ? pickle_item(p, args, 0) : args,
		PICKLE_AS_STR);
}
