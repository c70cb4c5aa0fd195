/*
 * pickle_key: the keys that records have, by their names.
 *
 *	const struct pickle_known *k = pickle_keys + PICKLE_FIRST;
 *	if (!pickle_key_is(k, name))
 *		k = pickle_known(name);
 *	...
 *	k = pickle_keys + k->next;	// what mostly comes behind it
 */
#ifndef FORMATS_PICKLE_KEY_H
#define FORMATS_PICKLE_KEY_H

#include "formats/pickle_record.h"

#define PICKLE_NAME_BYTES 16 /* all names are shorter */
#define PICKLE_FIRST 1       /* a LogRecord's attributes begin with it: name */

struct pickle_known {
	char name[PICKLE_NAME_BYTES];
	uint8_t len;
	uint8_t key;   /* enum pickle_key */
	uint8_t kinds; /* enum pickle_record_kind of the records that have it */
	uint8_t next;  /* the attribute that logging sets behind it */
};

#define PICKLE_KEYS 31
extern const struct pickle_known pickle_keys[PICKLE_KEYS];

/* NULL: none. NAME has TEXT_PAD readable bytes behind it. */
const struct pickle_known *pickle_known(struct str name);

/* Whether NAME, which has such bytes behind it, is K's. */
static inline bool pickle_key_is(const struct pickle_known *k, struct str name)
{
	static const unsigned char mask[2 * PICKLE_NAME_BYTES] = {0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint64_t low, high, k_low, k_high, m_low, m_high;

	if (name.len != k->len)
		return false;
	memcpy(&low, name.ptr, 8);
	memcpy(&high, name.ptr + 8, 8);
	memcpy(&k_low, k->name, 8);
	memcpy(&k_high, k->name + 8, 8);
	memcpy(&m_low, mask + PICKLE_NAME_BYTES - k->len, 8);
	if ((low ^ k_low) & m_low)
		return false;
	if (k->len <= 8)
		return true;
	memcpy(&m_high, mask + PICKLE_NAME_BYTES + 8 - k->len, 8);
	return ((high ^ k_high) & m_high) == 0;
}

#endif
