/*
 * fields: what can be read from a record, by name. Filled when it is asked for, which is
 * for the records that are shown and for expressions over them, not for every record.
 *
 *	struct fields f = {0};
 *	fields_load(&f, record);              // parses the record's text once
 *	struct str v;
 *	if (fields_find(&f, STR("status"), &v)) ...
 *	fields_free(&f);
 *
 * All strs point into the record's text or into f's own scratch, and are valid until the
 * next fields_load. Which parser reads a record is its format's business: merge/ sets
 * fields_parse once at the start.
 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/record.h"
#include "core/str.h"

/* The named places; everything else is an extra field. */
enum field_id {
	FIELD_MESSAGE,
	FIELD_MODULE,
	FIELD_FUNCTION,
	FIELD_FILE,
	FIELD_LINE,
	FIELD_PID,
	FIELD_PROCESS,
	FIELD_THREAD,
	FIELD_HOST,
	FIELD_EXCEPTION, /* the traceback, without its final newline */
	FIELD_LEVEL,     /* the source's own word for its level */
	FIELD_NAMED
};

enum field_kind {
	FIELD_TEXT,   /* a string */
	FIELD_NUMBER, /* a JSON number as it was written */
	FIELD_JSON    /* true, false, null, an object or an array, as JSON */
};

struct field {
	struct str name;
	struct str value;
	enum field_kind kind;
};

#define FIELDS_MAX 256 /* extra fields kept of one record; more are counted only */

struct fields {
	const struct record *record;     /* whose they are, NULL before the first load */
	struct str named[FIELD_NAMED];   /* ptr NULL: not in the record */
	struct field extra[FIELDS_MAX];
	size_t extras;
	size_t left_out;                 /* extra fields beyond FIELDS_MAX */
	struct buf scratch;              /* unescaped values live here */
	struct buf text;                 /* what fields_text wrote */
};

/* Reads the fields of R into F; set once, at start, by merge/. */
extern void (*fields_parse)(const struct record *r, struct fields *f);

/* Writes a record that came as no text as one, with its fields; set likewise. */
extern void (*fields_render)(
	const struct record *r, const struct fields *f, struct buf *out);

/* Makes F hold the fields of R; does nothing if it already does (call fields_reset when
 * another record may live at the same address). */
void fields_load(struct fields *f, const struct record *r);
void fields_reset(struct fields *f);
/* What fields_reset is for, without emptying F: that is left to the next load. */
static inline void fields_forget(struct fields *f)
{
	f->record = NULL;
}
void fields_free(struct fields *f);

/* R as text: its own bytes, or, where it is RECORD_WIRE, as fields_render writes it. Valid
 * until the next call, and no longer than R. Loads the fields of R where it needs them. */
struct str fields_text(struct fields *f, const struct record *r);

/* Adds an extra field; NAME and VALUE must live as long as F's record or scratch. */
void fields_add(struct fields *f, struct str name, struct str value, enum field_kind kind);

/* Room for N bytes of scratch that stays where it is until the next load: the buffer is
 * never moved once a value points into it. Returns NULL if N is more than is left: call
 * fields_scratch_begin first with the most that can be needed (the record's length). Who
 * reads a record within a record begins with room for both: beginning again keeps it. */
void fields_scratch_begin(struct fields *f, size_t most);
char *fields_scratch(struct fields *f, size_t n);

/* A named or extra field by its name ("message", "module", "function", "file", "line",
 * "pid", "process", "thread", "host", "exception", or an extra's name); "fields.NAME" is
 * always the extra one. False if the record has none. */
bool fields_find(const struct fields *f, struct str name, struct str *value);

/* The id of a named field, or -1. */
int fields_id(struct str name);
const char *fields_name(enum field_id id);

#endif
