/*
 * pickle_read: the machine of pickletools, on values that do nothing. Every opcode takes
 * what it needs from the stack or the pickle is none; each pushes one value at most, so
 * that the number of opcodes bounds everything.
 */
#include "formats/pickle_read.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

#include "formats/pickle_step.h"

#define OPS_FIRST 4096
#define ITEMS_PER_OP 4
#define NODES_PER_OP 3
#define DIGITS_MAX 18 /* of an int64_t, surely */
#define REAL_MAX 64   /* bytes of a float in text */

static_assert(sizeof(struct pickle_value) == 16, "values are copied a lot");

/*
 * Containers.
 */

static bool push_empty(struct pickle *p, enum pickle_kind kind)
{
	struct pickle_value made;

	return make(p, kind, NULL, 0, &made) && push(p, made);
}

static bool push_group(struct pickle *p, enum pickle_kind kind)
{
	const struct pickle_value *v;
	struct pickle_value made;
	size_t n;

	if (!pop_group(p, &v, &n) || (kind == PICKLE_DICT && n % 2 != 0))
		return false;
	return make(p, kind, v, n, &made) && push(p, made);
}

static bool push_tuple(struct pickle *p, size_t n)
{
	struct pickle_value made;

	if (above(p) < n)
		return false;
	p->used -= n;
	return make(p, PICKLE_TUPLE, p->stack + p->used, n, &made) && push(p, made);
}

static bool put_last(struct pickle *p, size_t n, bool pairs)
{
	if (above(p) < n + 1)
		return false;
	p->used -= n;
	return put_items(p, p->stack + p->used, n, pairs);
}

static bool put_group(struct pickle *p, bool pairs)
{
	const struct pickle_value *v;
	size_t n;

	return pop_group(p, &v, &n) && put_items(p, v, n, pairs);
}

/*
 * Classes and what is made of them.
 */

static bool push_class(struct pickle *p, struct str module, struct str name)
{
	struct pickle_value made, parts[] = {of_text(PICKLE_STR, module, PICKLE_PLAIN),
					  of_text(PICKLE_STR, name, PICKLE_PLAIN)};

	return make(p, PICKLE_CLASS, parts, 2, &made) && push(p, made);
}

static bool op_global(struct pickle *p)
{
	struct str module, name;

	return take_line(p, &module) && take_line(p, &name) &&
	       push_class(p, module, name);
}

static bool op_stack_global(struct pickle *p)
{
	struct pickle_value module, name;

	return pop(p, &name) && pop(p, &module) && name.kind == PICKLE_STR &&
	       module.kind == PICKLE_STR &&
	       push_class(p, pickle_raw(module), pickle_raw(name));
}

static bool push_object(
	struct pickle *p, struct pickle_value called, struct pickle_value args)
{
	struct pickle_value made;

	if (p->item_max - p->item_count < PICKLE_PARTS ||
		!make(p, PICKLE_OBJECT, NULL, 0, &made))
		return false;
	p->nodes[made.node].parts = (uint32_t)p->item_count;
	p->items[p->item_count + PICKLE_CALLED] = called;
	p->items[p->item_count + PICKLE_ARGS] = args;
	p->items[p->item_count + PICKLE_STATE] = (struct pickle_value){0};
	p->item_count += PICKLE_PARTS;
	return push(p, made);
}

/* REDUCE and NEWOBJ: what is called, and a tuple; EXTRA values above them (NEWOBJ_EX) are
 * not looked at. */
static bool op_reduce(struct pickle *p, size_t extra)
{
	struct pickle_value called, args;

	for (; extra > 0; extra--) {
		if (!pop(p, &args))
			return false;
	}
	return pop(p, &args) && pop(p, &called) && push_object(p, called, args);
}

static bool op_inst(struct pickle *p)
{
	struct pickle_value called, args;

	return push_group(p, PICKLE_TUPLE) && pop(p, &args) && op_global(p) &&
	       pop(p, &called) && push_object(p, called, args);
}

static bool op_obj(struct pickle *p)
{
	const struct pickle_value *v;
	struct pickle_value called, args;
	size_t n;

	if (!pop_group(p, &v, &n) || n == 0)
		return false;
	called = v[0];
	return make(p, PICKLE_TUPLE, v + 1, n - 1, &args) && push_object(p, called, args);
}

static bool op_build(struct pickle *p)
{
	struct pickle_value state, *object;

	if (!pop(p, &state))
		return false;
	object = top(p);
	if (object != NULL && object->kind == PICKLE_OBJECT)
		p->items[p->nodes[object->node].parts + PICKLE_STATE] = state;
	return object != NULL;
}

/*
 * Scalars.
 */

static inline bool push_number(struct pickle *p, enum pickle_kind kind, int64_t number)
{
	return push(p, (struct pickle_value){.kind = (uint8_t)kind, .number = number});
}

static bool push_kind(struct pickle *p, enum pickle_kind kind)
{
	return push_number(p, kind, 0);
}

static inline bool op_int(struct pickle *p, size_t bytes)
{
	uint64_t n;

	return take_number(p, bytes, &n) &&
	       push_number(p, PICKLE_INT, bytes == 4 ? (int32_t)(uint32_t)n : (int64_t)n);
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	}
	return s.len > 0;
}

/* A decimal number on a line; the I of a bool has two digits, an L may end a long. */
static bool op_int_line(struct pickle *p, bool is_long)
{
	struct str s, digits;
	int64_t number = 0;

	if (!take_line(p, &s))
		return false;
	if (is_long && s.len > 0 && s.ptr[s.len - 1] == 'L')
		s.len--;
	if (!is_long && (str_is(s, "00") || str_is(s, "01")))
		return push_number(p, PICKLE_BOOL, s.ptr[1] == '1');
	digits = s.len > 0 && s.ptr[0] == '-' ? str_skip(s, 1) : s;
	if (!is_digits(digits))
		return false;
	if (digits.len > DIGITS_MAX)
		return push(p, of_text(PICKLE_BIGINT, s, PICKLE_PLAIN));
	for (size_t i = 0; i < digits.len; i++)
		number = number * 10 + (digits.ptr[i] - '0');
	return push_number(p, PICKLE_INT, digits.ptr == s.ptr ? number : -number);
}

/* LONG1 and LONG4: two's complement, little-endian. */
static bool op_long(struct pickle *p, size_t bytes)
{
	struct str s;
	uint64_t n = 0;

	if (!take_counted(p, bytes, &s))
		return false;
	if (s.len > sizeof(n))
		return push(p, of_text(PICKLE_BIGINT, s, PICKLE_BINARY));
	for (size_t i = 0; i < s.len; i++)
		n |= (uint64_t)(unsigned char)s.ptr[i] << (8 * i);
	if (s.len > 0 && s.len < sizeof(n) && (s.ptr[s.len - 1] & 0x80))
		n |= UINT64_MAX << (8 * s.len);
	return push_number(p, PICKLE_INT, (int64_t)n);
}

static inline bool push_real(struct pickle *p, double real)
{
	return push(p, (struct pickle_value){.kind = PICKLE_FLOAT, .real = real});
}

static bool op_float(struct pickle *p)
{
	struct str s;
	uint64_t bits;
	double real;

	if (!take(p, sizeof(bits), &s))
		return false;
	memcpy(&bits, s.ptr, sizeof(bits));
	bits = be64toh(bits);
	memcpy(&real, &bits, sizeof(real));
	return push_real(p, real);
}

static bool op_float_line(struct pickle *p)
{
	char text[REAL_MAX], *end;
	struct str s;
	double real;

	if (!take_line(p, &s) || s.len == 0 || s.len >= sizeof(text))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	real = strtod(text, &end);
	return end == text + s.len && push_real(p, real);
}

static inline bool op_text(struct pickle *p, enum pickle_kind kind, size_t bytes)
{
	struct str s;

	return take_counted(p, bytes, &s) && push(p, of_text(kind, s, PICKLE_PLAIN));
}

/* A string as Python 2's repr writes it. */
static bool op_string_line(struct pickle *p)
{
	struct str s;
	bool escaped;

	if (!take_line(p, &s) || s.len < 2 || s.ptr[0] != s.ptr[s.len - 1] ||
		(s.ptr[0] != '\'' && s.ptr[0] != '"'))
		return false;
	s = (struct str){s.ptr + 1, s.len - 2};
	escaped = memchr(s.ptr, '\\', s.len) != NULL;
	return push(p, of_text(PICKLE_STR, s, escaped ? PICKLE_QUOTED : PICKLE_PLAIN));
}

static bool op_unicode_line(struct pickle *p)
{
	struct str s;
	enum pickle_code code = PICKLE_PLAIN;

	if (!take_line(p, &s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' || (unsigned char)s.ptr[i] >= 0x80)
			code = PICKLE_ESCAPED;
	}
	return push(p, of_text(PICKLE_STR, s, code));
}

/*
 * The memo, the stack's own and what comes from elsewhere.
 */

static inline bool put_memo(struct pickle *p, uint64_t i)
{
	struct pickle_value *v = top(p);

	if (v == NULL || i >= p->memo_max)
		return false;
	for (; p->memo_used <= i; p->memo_used++)
		p->memo[p->memo_used].kind = PICKLE_UNSET;
	p->memo[i] = *v;
	return true;
}

static inline bool get_memo(struct pickle *p, uint64_t i)
{
	return i < p->memo_used && p->memo[i].kind != PICKLE_UNSET && push(p, p->memo[i]);
}

static inline bool op_memo(struct pickle *p, size_t bytes, bool put)
{
	uint64_t i;

	return take_number(p, bytes, &i) && (put ? put_memo(p, i) : get_memo(p, i));
}

static bool op_memo_line(struct pickle *p, bool put)
{
	struct str s;
	uint64_t i;

	return take_line(p, &s) && str_to_u64(s, &i) &&
	       (put ? put_memo(p, i) : get_memo(p, i));
}

static bool op_pop(struct pickle *p)
{
	struct pickle_value v;

	if (pop(p, &v))
		return true;
	if (p->marked == 0)
		return false;
	p->marked--;
	return true;
}

static bool op_pop_group(struct pickle *p)
{
	const struct pickle_value *v;
	size_t n;

	return pop_group(p, &v, &n);
}

static bool op_dup(struct pickle *p)
{
	struct pickle_value *v = top(p);

	return v != NULL && push(p, *v);
}

static bool op_persistent(struct pickle *p, bool line)
{
	struct pickle_value v;
	struct str s;

	return (line ? take_line(p, &s) : pop(p, &v)) && push_kind(p, PICKLE_OPAQUE);
}

static bool op_extension(struct pickle *p, size_t bytes)
{
	uint64_t n;

	return take_number(p, bytes, &n) && push_kind(p, PICKLE_OPAQUE);
}

/* PROTO and FRAME: nothing to do. */
static bool op_skip(struct pickle *p, size_t bytes)
{
	uint64_t n;

	return take_number(p, bytes, &n);
}

/* Opcodes of the protocols 2 to 5. */
static bool step_new(struct pickle *p, unsigned char op)
{
	switch (op) {
	case 0x80:
		return op_skip(p, 1);
	case 0x81:
		return op_reduce(p, 0);
	case 0x82:
		return op_extension(p, 1);
	case 0x83:
		return op_extension(p, 2);
	case 0x84:
		return op_extension(p, 4);
	case 0x85:
		return push_tuple(p, 1);
	case 0x86:
		return push_tuple(p, 2);
	case 0x87:
		return push_tuple(p, 3);
	case 0x88:
		return push_number(p, PICKLE_BOOL, 1);
	case 0x89:
		return push_number(p, PICKLE_BOOL, 0);
	case 0x8a:
		return op_long(p, 1);
	case 0x8b:
		return op_long(p, 4);
	case 0x8c:
		return op_text(p, PICKLE_STR, 1);
	case 0x8d:
		return op_text(p, PICKLE_STR, 8);
	case 0x8e:
		return op_text(p, PICKLE_BYTES, 8);
	case 0x8f:
		return push_empty(p, PICKLE_SET);
	case 0x90:
		return put_group(p, false);
	case 0x91:
		return push_group(p, PICKLE_SET);
	case 0x92:
		return op_reduce(p, 1);
	case 0x93:
		return op_stack_global(p);
	case 0x94:
		return put_memo(p, p->memo_used);
	case 0x95:
		return op_skip(p, 8);
	case 0x96:
		return op_text(p, PICKLE_BYTES, 8);
	case 0x97:
		return push_kind(p, PICKLE_OPAQUE);
	case 0x98:
		return top(p) != NULL;
	case 'B':
		return op_text(p, PICKLE_BYTES, 4);
	case 'C':
		return op_text(p, PICKLE_BYTES, 1);
	default:
		return false;
	}
}

static inline bool step(struct pickle *p, unsigned char op)
{
	switch (op) {
	case '(':
		return push_mark(p);
	case 'X':
		return op_text(p, PICKLE_STR, 4);
	case 'q':
		return op_memo(p, 1, true);
	case 'K':
		return op_int(p, 1);
	case 'M':
		return op_int(p, 2);
	case 'J':
		return op_int(p, 4);
	case 'N':
		return push_kind(p, PICKLE_NONE);
	case 'G':
		return op_float(p);
	case 'L':
		return op_int_line(p, true);
	case 'I':
		return op_int_line(p, false);
	case 'u':
		return put_group(p, true);
	case '}':
		return push_empty(p, PICKLE_DICT);
	case ']':
		return push_empty(p, PICKLE_LIST);
	case ')':
		return push_empty(p, PICKLE_TUPLE);
	case 'h':
		return op_memo(p, 1, false);
	case 'r':
		return op_memo(p, 4, true);
	case 'j':
		return op_memo(p, 4, false);
	case 'U':
		return op_text(p, PICKLE_STR, 1);
	case 'T':
		return op_text(p, PICKLE_STR, 4);
	case 's':
		return put_last(p, 2, true);
	case 'e':
		return put_group(p, false);
	case 'a':
		return put_last(p, 1, false);
	case 't':
		return push_group(p, PICKLE_TUPLE);
	case 'l':
		return push_group(p, PICKLE_LIST);
	case 'd':
		return push_group(p, PICKLE_DICT);
	case 'c':
		return op_global(p);
	case 'R':
		return op_reduce(p, 0);
	case 'b':
		return op_build(p);
	case 'i':
		return op_inst(p);
	case 'o':
		return op_obj(p);
	case 'S':
		return op_string_line(p);
	case 'V':
		return op_unicode_line(p);
	case 'F':
		return op_float_line(p);
	case 'p':
		return op_memo_line(p, true);
	case 'g':
		return op_memo_line(p, false);
	case '0':
		return op_pop(p);
	case '1':
		return op_pop_group(p);
	case '2':
		return op_dup(p);
	case 'P':
		return op_persistent(p, true);
	case 'Q':
		return op_persistent(p, false);
	default:
		return step_new(p, op);
	}
}

size_t pickle_ops(size_t len)
{
	return len < OPS_FIRST ? len : OPS_FIRST;
}

size_t pickle_ops_all(size_t len)
{
	if (len <= OPS_FIRST)
		return 0;
	return len < PICKLE_OPS_MAX ? len : PICKLE_OPS_MAX;
}

size_t pickle_room(size_t ops)
{
	size_t op =
		(2 + ITEMS_PER_OP) * sizeof(struct pickle_value) +
		NODES_PER_OP * (sizeof(struct pickle_node) + sizeof(struct pickle_run)) +
		sizeof(uint32_t);

	return (ops + 2) * op;
}

static void lay_out(struct pickle *p, size_t ops, void *memory)
{
	ops += 2;
	memset(p, 0, sizeof(*p));
	p->stack = memory;
	p->memo = p->stack + ops;
	p->items = p->memo + ops;
	p->nodes = (void *)(p->items + ITEMS_PER_OP * ops);
	p->runs = (void *)(p->nodes + NODES_PER_OP * ops);
	p->marks = (void *)(p->runs + NODES_PER_OP * ops);
	p->memo_max = ops; /* Python counts its slots from 0 or 1 */
	p->item_max = ITEMS_PER_OP * ops;
	p->node_max = NODES_PER_OP * ops;
}

bool pickle_read(struct pickle *p, struct str frame, void *memory, size_t ops)
{
	unsigned char op;

	lay_out(p, ops, memory);
	p->at = frame.ptr;
	p->end = frame.ptr + frame.len;
	for (; ops > 0; ops--) {
		if (p->at == p->end)
			return false;
		op = (unsigned char)*p->at++;
		if (op == '.')
			return pop(p, &p->root);
		if (!step(p, op))
			return false;
	}
	p->more = p->at < p->end;
	return false;
}
