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
	uint64_t a[2], b[2], m[2];

	if (name.len != k->len)
		return false;
	memcpy(a, name.ptr, sizeof(a));
	memcpy(b, k->name, sizeof(b));
	memcpy(m, mask + PICKLE_NAME_BYTES - k->len, sizeof(m));
	return (((a[0] ^ b[0]) & m[0]) | ((a[1] ^ b[1]) & m[1])) == 0;
}

#endif
