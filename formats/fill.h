/*
 * fill: a record's named values into struct fields, each where its name says it belongs.
 *
 *	struct fill fill;
 *	fill_begin(&fill, f, &gist);
 *	for each value: fill_put(&fill, at, (struct field){name, value, kind});
 *	fill_end(&fill, rest);
 *
 * Names and values must be in the record's text or in f's scratch.
 */
#ifndef FORMATS_FILL_H
#define FORMATS_FILL_H

#include "core/fields.h"
#include "formats/gist.h"

#define FILL_NAME_MAX 256 /* bytes of a path of nested names */

/* The scratch that a record of LEN bytes needs at most: every value once, the message once
 * more with what follows it, and the names. */
#define FILL_SCRATCH(len) (2 * (len) + (FIELDS_MAX + FIELD_NAMED) * FILL_NAME_MAX)

struct fill {
	struct fields *f;
	const struct gist *gist;
	struct field
		won[FIELD_NAMED]; /* what stands in f->named, to make room for better */
	uint8_t rank[FIELD_NAMED];
	bool only_extras; /* names mean nothing: the user's own */
};

/* Makes room in F's scratch for a record of LEN bytes. GIST says which time, level and
 * module were taken, and must live as long as FILL. */
void fill_begin(struct fill *fill, struct fields *f, const struct gist *gist, size_t len);
/* AT is where the name stands in the record, to be known again. */
void fill_put(struct fill *fill, const char *at, struct field field);
/* REST is the lines that follow the record's first: more of its message, or a traceback.
 */
void fill_end(struct fill *fill, struct str rest);

/* PREFIX.NAME in scratch; false if it is too long. */
bool fill_join(struct fields *f, struct str prefix, struct str name, struct str *joined);
/* RAW, unescaped into scratch if ESCAPED. */
struct str fill_text(struct fields *f, struct str raw, bool escaped);

#endif
