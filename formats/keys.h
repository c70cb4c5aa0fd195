/*
 * keys: what a member's name says about its value, whoever wrote it (formats.md 5.11).
 *
 *	const struct key *key = key_find(name);
 *	if (key != NULL && key->field == FIELD_MESSAGE) ...
 *
 * Names are compared without regard to case. A name inside a nested object is its path
 * joined with dots, so that "log.level" is found as one name and as {"log":{"level":..}}.
 */
#ifndef FORMATS_KEYS_H
#define FORMATS_KEYS_H

#include "core/fields.h"
#include "core/str.h"

#define KEY_NAME_MAX 26

/* What a key is good for, besides enum field_id. */
enum key_field {
	KEY_TIME = FIELD_NAMED,
	KEY_OTHER /* only its marks matter */
};

/* How a level that is a number is to be read. */
enum key_scale {
	SCALE_NONE,  /* not at all */
	SCALE_SHAPE, /* the rest of the record says */
	SCALE_PYTHON,
	SCALE_SYSLOG,
	SCALE_OTEL,
	SCALE_LOGBACK,
	SCALE_MONOLOG
};

enum key_mark {
	KEY_KNOWN = 1,	/* its presence makes an object a record */
	KEY_INSIDE = 2, /* an object whose members matter for time, level or module */
	SHAPE_PID = 4,	/* the rest: by whom the record was written */
	SHAPE_HOSTNAME = 8,
	SHAPE_V = 16,
	SHAPE_GELF = 32,
	SHAPE_MONOLOG = 64,
	SHAPE_SERILOG = 128,
	SHAPE_EVENT = 256,
	SHAPE_CALLER = 512,
	SHAPE_ERR = 1024
};

/* Of several keys for one field the lowest rank wins, then the first in the record.
 * Rank 0 is so good that nothing better is looked for. */
struct key {
	char name[KEY_NAME_MAX + 1];
	uint8_t field; /* enum field_id or enum key_field */
	uint8_t rank;
	uint8_t scale; /* enum key_scale */
	uint16_t marks;
};

/* NULL: a name that says nothing. NAME needs 16 readable bytes from its start. */
const struct key *key_find(struct str name);

#endif
