/*
 * A value that is empty takes no place from one that says something.
 */
#include "formats/places.h"

const struct place *place_find(const struct place *rows, struct str name)
{
	for (; rows->name.len > 0; rows++) {
		if (str_eq_nocase(rows->name, name))
			return rows;
	}
	return NULL;
}

void places_begin(struct places *p, struct fields *f, const struct place *rows)
{
	p->f = f;
	p->rows = rows;
	memset(p->won, 0, sizeof(p->won));
	memset(p->rank, UINT8_MAX, sizeof(p->rank));
}

/* Whether FIELD can be what its place says. */
static bool fits(unsigned id, const struct field *field)
{
	uint64_t n;

	if (id == FIELD_LINE || id == FIELD_PID)
		return str_to_u64(field->value, &n);
	return field->kind != FIELD_JSON && field->value.len > 0;
}

void places_put(struct places *p, struct str name, struct field field)
{
	const struct place *place = place_find(p->rows, name);
	struct fields *f = p->f;

	if (place != NULL && place->field == PLACE_NOWHERE)
		return;
	if (place == NULL || !fits(place->field, &field) ||
		place->rank >= p->rank[place->field]) {
		fields_add(f, field.name, field.value, field.kind);
		return;
	}
	struct field old = p->won[place->field];
	if (p->rank[place->field] != UINT8_MAX)
		fields_add(f, old.name, old.value, old.kind);
	p->won[place->field] = field;
	p->rank[place->field] = place->rank;
	f->named[place->field] = field.value;
}
