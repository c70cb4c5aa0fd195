/*
 * places: where a value belongs by the name that a protocol gives it: GELF's _logger, the
 * journal's CODE_FUNC and OpenTelemetry's code.function.name are fields of every record.
 *
 *	static const struct place rows[PLACES_MAX] = {{STR("_logger"), FIELD_MODULE, 0}, ...};
 *	struct places places;
 *	places_begin(&places, f, rows);
 *	for each value: places_put(&places, name, (struct field){name, value, kind});
 *
 * What has no place becomes an extra field, and so does what had to make room.
 */
#ifndef FORMATS_PLACES_H
#define FORMATS_PLACES_H

#include "core/fields.h"

#define PLACES_MAX 64 /* rows of a table, the last of which is empty */
#define PLACE_NOWHERE FIELD_NAMED /* known, and left out */

/* Of several names for one field the lowest rank wins, then the first in the record. */
struct place {
	struct str name; /* compared without regard to case; the last row's is empty */
	uint8_t field;   /* enum field_id or PLACE_NOWHERE */
	uint8_t rank;
};

struct places {
	struct fields *f;
	const struct place *rows;
	struct field won[FIELD_NAMED]; /* what stands in f->named, to make room for better */
	uint8_t rank[FIELD_NAMED];
};

/* NULL: a name without a place. */
const struct place *place_find(const struct place *rows, struct str name);

void places_begin(struct places *p, struct fields *f, const struct place *rows);
/* FIELD under the name NAME of the rows; field.name is what it is called as an extra one.
 * Its bytes must live as long as F's record or scratch. */
void places_put(struct places *p, struct str name, struct field field);

#endif
