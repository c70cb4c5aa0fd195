/*
 * pickle_step: what the opcodes of pickle_read are made of: taking bytes of the frame, the
 * stack, and containers. Each returns false where the pickle is none.
 */
#ifndef FORMATS_PICKLE_STEP_H
#define FORMATS_PICKLE_STEP_H

#include "formats/pickle_read.h"

static inline struct pickle_value of_node(enum pickle_kind kind, uint32_t node)
{
	return (struct pickle_value){.kind = (uint8_t)kind, .node = node};
}

static inline struct pickle_value of_text(
	enum pickle_kind kind, struct str s, enum pickle_code code)
{
	return (struct pickle_value){.kind = (uint8_t)kind,
		.code = (uint8_t)code,
		.len = (uint32_t)s.len,
		.ptr = s.ptr};
}

/*
 * The bytes of the frame.
 */

static inline bool take(struct pickle *p, uint64_t n, struct str *s)
{
	if ((uint64_t)(p->end - p->at) < n)
		return false;
	*s = (struct str){p->at, (size_t)n};
	p->at += n;
	return true;
}

static inline bool take_number(struct pickle *p, size_t bytes, uint64_t *n)
{
	struct str s;

	*n = 0;
	if (!take(p, bytes, &s))
		return false;
	for (size_t i = 0; i < bytes; i++)
		*n |= (uint64_t)(unsigned char)s.ptr[i] << (8 * i);
	return true;
}

/* Bytes behind their length, which takes BYTES. */
static inline bool take_counted(struct pickle *p, size_t bytes, struct str *s)
{
	uint64_t n;

	return take_number(p, bytes, &n) && take(p, n, s);
}

static inline bool take_line(struct pickle *p, struct str *s)
{
	const char *newline = memchr(p->at, '\n', (size_t)(p->end - p->at));

	if (newline == NULL)
		return false;
	*s = (struct str){p->at, (size_t)(newline - p->at)};
	p->at = newline + 1;
	return true;
}

/*
 * The stack, whose values above the last mark are a group.
 */

static inline bool push(struct pickle *p, struct pickle_value v)
{
	p->stack[p->used++] = v;
	return true;
}

/* Values above the last mark. */
static inline size_t above(const struct pickle *p)
{
	return p->used - (p->marked > 0 ? p->marks[p->marked - 1] : 0);
}

static inline bool pop(struct pickle *p, struct pickle_value *v)
{
	if (above(p) == 0)
		return false;
	*v = p->stack[--p->used];
	return true;
}

static inline struct pickle_value *top(struct pickle *p)
{
	return above(p) > 0 ? &p->stack[p->used - 1] : NULL;
}

static inline bool push_mark(struct pickle *p)
{
	p->marks[p->marked++] = (uint32_t)p->used;
	return true;
}

/* The group above the last mark leaves the stack; it stays readable until the next push. */
static inline bool pop_group(struct pickle *p, const struct pickle_value **v, size_t *n)
{
	if (p->marked == 0)
		return false;
	*n = p->used - p->marks[--p->marked];
	p->used -= *n;
	*v = p->stack + p->used;
	return true;
}

/*
 * Containers.
 */

static inline bool add_node(struct pickle *p, uint32_t *node)
{
	if (p->node_count == p->node_max)
		return false;
	*node = (uint32_t)p->node_count++;
	p->nodes[*node] = (struct pickle_node){0};
	return true;
}

static inline bool add_items(
	struct pickle *p, uint32_t node, const struct pickle_value *v, size_t n)
{
	struct pickle_node *to = &p->nodes[node];
	struct pickle_run *run;

	if (n == 0)
		return true;
	if (p->item_max - p->item_count < n || p->run_count == p->node_max)
		return false;
	run = &p->runs[p->run_count++];
	*run = (struct pickle_run){(uint32_t)p->item_count, (uint32_t)n, 0};
	memcpy(p->items + p->item_count, v, n * sizeof(*v));
	p->item_count += n;
	if (to->first == 0)
		to->first = (uint32_t)p->run_count;
	else
		p->runs[to->last - 1].next = (uint32_t)p->run_count;
	to->last = (uint32_t)p->run_count;
	to->count += (uint32_t)n;
	return true;
}

static inline bool make(struct pickle *p, enum pickle_kind kind,
	const struct pickle_value *v, size_t n, struct pickle_value *made)
{
	uint32_t node;

	if (!add_node(p, &node) || !add_items(p, node, v, n))
		return false;
	*made = of_node(kind, node);
	return true;
}

/* N values into the container below them; what is none takes them, and they are lost. */
static inline bool put_items(
	struct pickle *p, const struct pickle_value *v, size_t n, bool pairs)
{
	struct pickle_value *to = top(p);

	if (to == NULL || (pairs && n % 2 != 0))
		return false;
	switch (to->kind) {
	case PICKLE_DICT:
		return pairs && add_items(p, to->node, v, n);
	case PICKLE_LIST:
	case PICKLE_SET:
		return !pairs && add_items(p, to->node, v, n);
	case PICKLE_OBJECT:
		/* A class of its own may get either, but not both. */
		if (p->nodes[to->node].count > 0 && p->nodes[to->node].pairs != pairs)
			return true;
		p->nodes[to->node].pairs = pairs;
		return add_items(p, to->node, v, n);
	default:
		return to->kind == PICKLE_OPAQUE || to->kind == PICKLE_CLASS;
	}
}

#endif
