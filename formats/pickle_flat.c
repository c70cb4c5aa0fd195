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

/* The strings that the pickle may speak of again: slot by slot, the first in 0 or 1. Those
 * that hold no string have no text. */
struct memo {
	uint32_t first, used;
	struct str text[MEMO_MAX];
};

/*
 * Each of these takes what is AT the place where it is called and returns where the next
 * thing is, or NULL where it is not what pickle_flat reads. Values are written where they
 * belong, member by member, since what is written so and copied as a whole at once is
 * waited for.
 */

static inline unsigned char byte(const char *at)
{
	return (unsigned char)*at;
}

static inline uint32_t number32(const char *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return le32toh(n);
}

static inline const char *take_text(
	const char *at, const char *end, uint32_t len, struct pickle_value *to)
{
	if ((int64_t)len > end - at)
		return NULL;
	to->kind = PICKLE_STR;
	to->code = PICKLE_PLAIN;
	to->len = len;
	to->ptr = at;
	return at + len;
}

static inline const char *take_scalar(
	const char *next, enum pickle_kind kind, int64_t number, struct pickle_value *to)
{
	to->kind = (uint8_t)kind;
	to->code = PICKLE_PLAIN;
	to->len = 0;
	to->number = number;
	return next;
}

static inline const char *take_real(const char *at, struct pickle_value *to)
{
	uint64_t bits;

	memcpy(&bits, at, sizeof(bits));
	bits = be64toh(bits);
	take_scalar(at, PICKLE_FLOAT, 0, to);
	memcpy(&to->real, &bits, sizeof(bits));
	return at + sizeof(bits);
}

/* What an L of Python 3 is followed by: digits, an L and a newline. */
static const char *take_long_line(const char *at, struct pickle_value *to)
{
	const char *digits = at;
	int64_t number = 0;

	for (; *at >= '0' && *at <= '9' && at - digits < DIGITS_MAX; at++)
		number = number * 10 + (*at - '0');
	if (at == digits || at[0] != 'L' || at[1] != '\n')
		return NULL;
	return take_scalar(at + 2, PICKLE_INT, number, to);
}

/* LONG1 of as many bytes as a number has. */
static const char *take_long(const char *at, struct pickle_value *to)
{
	size_t n = byte(at);
	uint64_t number = 0;

	if (n > sizeof(number))
		return NULL;
	for (size_t i = 0; i < n; i++)
		number |= (uint64_t)byte(at + 1 + i) << (8 * i);
	if (n > 0 && n < sizeof(number) && byte(at + n) & 0x80)
		number |= UINT64_MAX << (8 * n);
	return take_scalar(at + 1 + n, PICKLE_INT, (int64_t)number, to);
}

static const char *take_memo(
	const char *at, const struct memo *memo, struct pickle_value *to)
{
	uint32_t i = byte(at);

	if (i < memo->first || i >= memo->used || memo->text[i].ptr == NULL)
		return NULL;
	take_text(memo->text[i].ptr, memo->text[i].ptr + memo->text[i].len,
		(uint32_t)memo->text[i].len, to);
	return at + 1;
}

static const char *take_value(
	const char *at, const char *end, const struct memo *memo, struct pickle_value *to)
{
	unsigned char op = byte(at++);

	switch (op) {
	case 'X':
		return take_text(at + 4, end, number32(at), to);
	case 'N':
		return take_scalar(at, PICKLE_NONE, 0, to);
	case 'K':
		return take_scalar(at + 1, PICKLE_INT, byte(at), to);
	case 'M':
		return take_scalar(at + 2, PICKLE_INT, byte(at) | byte(at + 1) << 8, to);
	case 'J':
		return take_scalar(at + 4, PICKLE_INT, (int32_t)number32(at), to);
	case 'G':
		return take_real(at, to);
	case 'L':
		return take_long_line(at, to);
	case 'h':
		return take_memo(at, memo, to);
	case 'U':
	case 0x8c:
		return take_text(at + 1, end, byte(at), to);
	case 0x88:
	case 0x89:
		return take_scalar(at, PICKLE_BOOL, op == 0x88, to);
	case 0x8a:
		return take_long(at, to);
	default:
		return NULL;
	}
}

/* Most are strings. */
static inline const char *take_any(
	const char *at, const char *end, const struct memo *memo, struct pickle_value *to)
{
	if (*at == 'X')
		return take_text(at + 5, end, number32(at + 1), to);
	return take_value(at, end, memo, to);
}

/* The value before AT goes into the memo, if it does: the slots are used one by one, or it
 * is not read here. */
static inline const char *take_put(
	const char *at, struct memo *memo, const struct pickle_value *v)
{
	if (*at == 'q' && byte(at + 1) == memo->used)
		at += 2;
	else if (byte(at) == 0x94 && memo->used < MEMO_MAX)
		at++;
	else
		return *at == 'q' ? NULL : at;
	memo->text[memo->used].ptr = v->kind == PICKLE_STR ? v->ptr : NULL;
	memo->text[memo->used++].len = v->len;
	return at;
}

/* What comes before the first key. Python 2 counts its slots from 1. */
static const char *take_head(const char *at, struct memo *memo)
{
	static const struct pickle_value dict = {.kind = PICKLE_DICT};

	if (byte(at) == 0x80)
		at += 2;
	if (byte(at) == 0x95)
		at += 9;
	if (*at++ != '}')
		return NULL;
	memo->first = memo->used = at[0] == 'q' && at[1] == 1;
	at = take_put(at, memo, &dict);
	return at != NULL && *at == '(' ? at + 1 : NULL;
}

/* What K, which may be NULL, is to a LogRecord. */
static inline enum pickle_key key_of(const struct pickle_known *k)
{
	return k != NULL && k->kinds & PICKLE_LOGGING ? k->key : PICKLE_KEY_NONE;
}

/* Keeps a pair that is shown as the user's own. */
static bool keep(struct pickle_flat *flat, const struct pickle_value *key,
	const struct pickle_value *value)
{
	if (flat->node.count == 2 * PICKLE_FLAT_OTHERS)
		return false;
	flat->items[flat->node.count++] = *key;
	flat->items[flat->node.count++] = *value;
	return true;
}

/* *GUESS is the key that is looked for first; then the one that may follow. */
static inline const char *take_pair(const char *at, const char *end, struct memo *memo,
	const struct pickle_known **guess, struct pickle_flat *flat)
{
	const struct pickle_known *k = *guess;
	struct pickle_value key, *value;
	enum pickle_key meaning;

	at = take_any(at, end, memo, &key);
	if (at == NULL || key.kind != PICKLE_STR)
		return NULL;
	at = take_put(at, memo, &key);
	if (at == NULL || at >= end)
		return NULL;
	if (!pickle_key_is(k, (struct str){key.ptr, key.len}))
		k = pickle_known((struct str){key.ptr, key.len});
	if (k != NULL)
		*guess = &pickle_keys[k->next];
	meaning = key_of(k);
	value = &flat->record.value[meaning];
	at = take_any(at, end, memo, value);
	if (at != NULL)
		at = take_put(at, memo, value);
	if ((meaning == PICKLE_KEY_NONE || meaning == PICKLE_KEY_EXTRA ||
		    meaning == PICKLE_KEY_TASKNAME) &&
		at != NULL && !keep(flat, &key, value))
		return NULL;
	return at;
}

static bool take_all(const char *at, const char *end, struct pickle_flat *flat)
{
	struct memo memo; /* not cleared: that would take longer than all the rest */
	const struct pickle_known *guess = &pickle_keys[PICKLE_FIRST];

	at = take_head(at, &memo);
	for (unsigned n = 0; at != NULL && at < end && *at != 'u'; n++)
		at = n < PAIRS_MAX ? take_pair(at, end, &memo, &guess, flat) : NULL;
	return at != NULL && end - at >= 2 && at[1] == '.';
}

bool pickle_flat(struct pickle_flat *flat, struct str frame)
{
	struct pickle_value *v = flat->record.value;

	for (size_t i = 0; i < PICKLE_KEY_COUNT; i++)
		v[i].kind = PICKLE_UNSET;
	flat->node = (struct pickle_node){0};
	if (!take_all(frame.ptr, frame.ptr + frame.len, flat) ||
		v[PICKLE_KEY_CREATED].kind == PICKLE_UNSET ||
		v[PICKLE_KEY_LEVELNO].kind == PICKLE_UNSET ||
		v[PICKLE_KEY_MSG].kind != PICKLE_STR ||
		v[PICKLE_KEY_ARGS].kind > PICKLE_NONE)
		return false;
	v[PICKLE_KEY_NONE].kind = v[PICKLE_KEY_REDUNDANT].kind = PICKLE_UNSET;
	flat->node.first = flat->node.last = flat->node.count > 0;
	flat->run = (struct pickle_run){.count = flat->node.count};
	flat->pickle.root = of_node(PICKLE_DICT, 0);
	flat->pickle.items = flat->items;
	flat->pickle.nodes = &flat->node;
	flat->pickle.runs = &flat->run;
	flat->record.p = &flat->pickle;
	flat->record.kind = PICKLE_LOGGING;
	flat->record.dict = flat->pickle.root;
	return true;
}
