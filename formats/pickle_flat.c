/*
 * pickle_flat: one loop over keys and values. Reading goes on in the bytes behind the
 * frame for a moment, as far as they may be read: that is found out before anything is
 * taken for true.
 */
#include "formats/pickle_flat.h"

#include <endian.h>

#include "formats/pickle_key.h"
#include "formats/pickle_step.h"

#define PAIRS_MAX 255
#define MEMO_MAX 256
#define DIGITS_MAX 18 /* of an int64_t, surely */

struct cursor {
	const char *at, *end;
	uint32_t memo_first, memo_used;
	struct pickle_value memo[MEMO_MAX];
};

static inline unsigned char byte(const char *p)
{
	return (unsigned char)*p;
}

static inline uint32_t number32(const char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return le32toh(n);
}

/* A string of LEN bytes behind HEAD bytes. */
static inline bool take_text(
	struct cursor *c, size_t head, uint32_t len, struct pickle_value *v)
{
	c->at += head;
	if ((int64_t)len > c->end - c->at)
		return false;
	*v = of_text(PICKLE_STR, (struct str){c->at, len}, PICKLE_PLAIN);
	c->at += len;
	return true;
}

static inline struct pickle_value of_number(enum pickle_kind kind, int64_t number)
{
	return (struct pickle_value){.kind = (uint8_t)kind, .number = number};
}

static struct pickle_value of_real(const char *p)
{
	uint64_t bits;
	struct pickle_value v = {.kind = PICKLE_FLOAT};

	memcpy(&bits, p, sizeof(bits));
	bits = be64toh(bits);
	memcpy(&v.real, &bits, sizeof(bits));
	return v;
}

/* What an L of Python 3 is followed by: digits, an L and a newline. */
static bool take_long_line(struct cursor *c, struct pickle_value *v)
{
	const char *p = c->at + 1, *digits = p;
	int64_t number = 0;

	for (; *p >= '0' && *p <= '9' && p - digits < DIGITS_MAX; p++)
		number = number * 10 + (*p - '0');
	if (p == digits || p[0] != 'L' || p[1] != '\n')
		return false;
	c->at = p + 2;
	*v = of_number(PICKLE_INT, number);
	return true;
}

/* LONG1 of as many bytes as a number has. */
static bool take_long(struct cursor *c, struct pickle_value *v)
{
	size_t n = byte(c->at + 1);
	uint64_t number = 0;

	if (n > sizeof(number))
		return false;
	for (size_t i = 0; i < n; i++)
		number |= (uint64_t)byte(c->at + 2 + i) << (8 * i);
	if (n > 0 && n < sizeof(number) && byte(c->at + 1 + n) & 0x80)
		number |= UINT64_MAX << (8 * n);
	c->at += 2 + n;
	*v = of_number(PICKLE_INT, (int64_t)number);
	return true;
}

static bool take_known(struct cursor *c, struct pickle_value *v)
{
	uint32_t i = byte(c->at + 1);

	if (i < c->memo_first || i >= c->memo_used || c->memo[i].kind != PICKLE_STR)
		return false;
	c->at += 2;
	*v = c->memo[i];
	return true;
}

static inline bool take_scalar(
	struct cursor *c, size_t bytes, struct pickle_value scalar, struct pickle_value *v)
{
	c->at += bytes;
	*v = scalar;
	return true;
}

static inline bool take_value(struct cursor *c, struct pickle_value *v)
{
	switch (byte(c->at)) {
	case 'X':
		return take_text(c, 5, number32(c->at + 1), v);
	case 'N':
		return take_scalar(c, 1, of_number(PICKLE_NONE, 0), v);
	case 'K':
		return take_scalar(c, 2, of_number(PICKLE_INT, byte(c->at + 1)), v);
	case 'M':
		return take_scalar(c, 3,
			of_number(PICKLE_INT, byte(c->at + 1) | byte(c->at + 2) << 8), v);
	case 'J':
		return take_scalar(
			c, 5, of_number(PICKLE_INT, (int32_t)number32(c->at + 1)), v);
	case 'G':
		return take_scalar(c, 9, of_real(c->at + 1), v);
	case 'L':
		return take_long_line(c, v);
	case 'h':
		return take_known(c, v);
	case 'U':
	case 0x8c:
		return take_text(c, 2, byte(c->at + 1), v);
	case 0x88:
	case 0x89:
		return take_scalar(c, 1, of_number(PICKLE_BOOL, byte(c->at) == 0x88), v);
	case 0x8a:
		return take_long(c, v);
	default:
		return false;
	}
}

/* A value goes into the memo: the slots are used one by one, or it is not read here. */
static inline bool take_put(struct cursor *c, const struct pickle_value *v)
{
	if (*c->at == 'q') {
		if (byte(c->at + 1) != c->memo_used)
			return false;
		c->at += 2;
	} else if (byte(c->at) == 0x94 && c->memo_used < MEMO_MAX) {
		c->at++;
	} else {
		return true;
	}
	c->memo[c->memo_used++] = *v;
	return true;
}

/* What comes before the first key. Python 2 counts its slots from 1. */
static bool take_head(struct cursor *c)
{
	static const struct pickle_value dict = {.kind = PICKLE_DICT};

	if (byte(c->at) == 0x80)
		c->at += 2;
	if (byte(c->at) == 0x95)
		c->at += 9;
	if (*c->at++ != '}')
		return false;
	c->memo_first = c->memo_used = *c->at == 'q' && c->at[1] == 1;
	return take_put(c, &dict) && *c->at++ == '(';
}

/* Where VALUE belongs; K is its key, NULL if it is no known one. */
static inline bool put(struct pickle_flat *flat, const struct pickle_known *k,
	const struct pickle_value *key, const struct pickle_value *value)
{
	bool known = k != NULL && k->kinds & PICKLE_LOGGING;

	if (known && k->key == PICKLE_KEY_REDUNDANT)
		return true;
	if (known)
		flat->record.value[k->key] = *value;
	if (known && k->key != PICKLE_KEY_EXTRA && k->key != PICKLE_KEY_TASKNAME)
		return true;
	if (flat->node.count == 2 * PICKLE_FLAT_OTHERS)
		return false;
	flat->items[flat->node.count++] = *key;
	flat->items[flat->node.count++] = *value;
	return true;
}

static bool take_pairs(struct cursor *c, struct pickle_flat *flat)
{
	const struct pickle_known *guess = &pickle_keys[PICKLE_FIRST], *k;
	struct pickle_value key, value;

	for (unsigned n = 0; *c->at != 'u'; n++) {
		if (c->at >= c->end || n == PAIRS_MAX || !take_value(c, &key) ||
			key.kind != PICKLE_STR || !take_put(c, &key) ||
			c->at >= c->end || !take_value(c, &value) || !take_put(c, &value))
			return false;
		k = guess;
		if (!pickle_key_is(k, pickle_raw(key)))
			k = pickle_known(pickle_raw(key));
		if (k != NULL)
			guess = &pickle_keys[k->next];
		if (!put(flat, k, &key, &value))
			return false;
	}
	return c->at[1] == '.' && c->at + 1 < c->end;
}

bool pickle_flat(struct pickle_flat *flat, struct str frame)
{
	struct pickle_value *v = flat->record.value;
	struct cursor c; /* its memo is not to be cleared: that takes longer than the rest */

	c.at = frame.ptr;
	c.end = frame.ptr + frame.len;
	memset(&flat->record, 0, sizeof(flat->record));
	flat->node = (struct pickle_node){0};
	if (frame.len == 0 || !take_head(&c) || !take_pairs(&c, flat) ||
		v[PICKLE_KEY_CREATED].kind == PICKLE_UNSET ||
		v[PICKLE_KEY_LEVELNO].kind == PICKLE_UNSET ||
		v[PICKLE_KEY_MSG].kind != PICKLE_STR ||
		v[PICKLE_KEY_ARGS].kind > PICKLE_NONE)
		return false;
	flat->node.first = flat->node.last = flat->node.count > 0;
	flat->run = (struct pickle_run){.count = flat->node.count};
	flat->pickle = (struct pickle){.root = of_node(PICKLE_DICT, 0),
		.items = flat->items,
		.nodes = &flat->node,
		.runs = &flat->run};
	flat->record.p = &flat->pickle;
	flat->record.kind = PICKLE_LOGGING;
	flat->record.dict = flat->pickle.root;
	return true;
}
