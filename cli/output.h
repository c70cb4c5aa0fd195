/*
 * output: a record as the user wants to see it. One .c a kind, one row in output_table.h.
 *
 *	struct output *o = output_new(&options, &err);
 *	output_begin(o, &buf);             // csv: the header line
 *	output_put(o, record, &buf);       // appends; the caller writes the buffer
 *	output_free(o);
 *
 * To add a kind: cli/output_x.c ending in a const struct output_ops, and its row.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/escape.h"
#include "core/fields.h"
#include "core/record.h"
#include "core/stamp.h"

enum time_style { TIME_ISO, TIME_CLOCK, TIME_RELATIVE, TIME_DELTA, TIME_EPOCH, TIME_RAW };

struct output_options {
	const char *kind;      /* "text", "pretty", "json", ..., or a template */
	bool color;
	bool prefix;           /* the source's label before each record */
	bool escape;           /* control bytes made visible (always so in pretty) */
	bool raw;              /* --raw: the record's own bytes and nothing else */
	enum time_style time;
	bool time_given;       /* --time was given: text gets it as a prefix, too */
	/* Comma-separated field names, or NULL. Only the fields in SHOW are shown; if it
	 * names any of the columns time, source, level, module and message, only those
	 * columns are, too. HIDE leaves out anything by its name. */
	const char *show;
	const char *hide;
	unsigned columns;      /* of the terminal, 0: none */
	unsigned label_width;  /* of the longest source label so far; may grow */
};

#define OUTPUT_NAMES_MAX 64

struct output_names {
	struct str name[OUTPUT_NAMES_MAX];
	size_t count;
};

struct output_second {
	int64_t second; /* TIME_NONE: none yet */
	uint32_t len;
	char text[28];  /* without its fraction */
};

struct output;

struct output_ops {
	const char *name;
	const char *summary;
	bool machine;          /* for programs: no colours, no separators */
	/* Checks what is special to it (a template's fields); NULL: nothing to check. */
	bool (*init)(struct output *o, struct err *err);
	void (*begin)(struct output *o, struct buf *out);
	void (*put)(struct output *o, const struct record *r, struct buf *out);
};

struct output {
	const struct output_ops *ops;
	struct output_options options;
	struct fields fields;
	struct buf scratch; /* a value on its way */
	struct buf shown;   /* likewise, once escaped */
	int64_t first_time; /* for relative */
	int64_t last_time;  /* for delta */
	void *state;        /* ops->init's own, one allocation, freed by output_free */
	struct stamp_cache stamp;
	struct output_second local; /* the second shown last: mostly the next one's */
	struct output_second utc;
	struct output_names show;
	struct output_names hide;
	bool show_columns;          /* show names columns, not only fields */
	const struct origin *open;  /* text: whose record was cut; its line goes on */
};

/*
 * For drivers.
 */

/* NULL on failure. OPTIONS is copied, its strings are borrowed. */
struct output *output_new(const struct output_options *options, struct err *err);
void output_begin(struct output *o, struct buf *out);
void output_put(struct output *o, const struct record *r, struct buf *out);
/* The line between groups of context: "--" as grep writes it. */
void output_separator(struct output *o, struct buf *out);
void output_free(struct output *o);
/* Whether output_put only copies text and a newline: then the driver may copy runs of
 * records that are neither RECORD_CUT nor RECORD_CONTINUED. */
bool output_is_verbatim(const struct output *o);
/* Whether a record's level is looked at, so that it must be parsed. */
bool output_wants_level(const struct output *o);

/*
 * For the kinds.
 */

/* Whether a builtin ("time", "pid", "exception", ...) or an extra field is shown. */
bool output_shows(const struct output *o, struct str name);
bool output_shows_extra(const struct output *o, struct str name);
/* Whether --show names it, which pretty wants for what it leaves out by itself. */
bool output_asks_for(const struct output *o, struct str name);

/* TEXT, escaped if that is wanted. */
void output_put_text(
	const struct output *o, struct buf *out, struct str text, enum escape_mode mode);
/* N blanks. */
void output_put_blanks(struct buf *out, size_t n);
/* Blanks up to WIDTH columns behind something of USED columns. */
void output_pad(struct buf *out, size_t used, size_t width);

/* The name of the record's level, "Level 37" where it is no named one, or a NULL str. The
 * second is in SCRATCH. */
struct str output_level(const struct record *r, char scratch[static 16]);
/* The source's own word, where the scale has none for it ("AUDIT"), or a NULL str. */
struct str output_level_word(const struct record *r, const struct fields *f);
/* That word, or else the name, or else an empty str. */
struct str output_level_shown(
	const struct record *r, const struct fields *f, char scratch[static 16]);
/* The colour of a level: an SGR sequence, or "". */
const char *output_level_color(unsigned level);
#define COLOR_RESET "\x1b[0m"
#define COLOR_DIM "\x1b[2m"

/* Something that can be read from a record by name, for kinds that have columns. */
struct output_column {
	enum {
		COLUMN_TIME,
		COLUMN_LEVEL,
		COLUMN_LETTER,
		COLUMN_SOURCE,
		COLUMN_FORMAT,
		COLUMN_TEXT, /* the record's own bytes, or as fields_text has them */
		COLUMN_NAMED, /* field says which */
		COLUMN_EXTRA
	} kind;
	enum field_id field;
	struct str name; /* without "fields." */
};

struct output_column output_column_find(struct str name);
/* The builtin name that NAME may be a slip of, or NULL. */
const char *output_column_nearest(struct str name);
/* Whether its values can have several lines. */
bool output_column_has_lines(const struct output_column *c);
/* Its value, empty if the record has none, until the next call. The fields are loaded. */
struct str output_column_value(
	struct output *o, const struct record *r, const struct output_column *c);

/* The record's time in the style that was asked for; nothing if it has none. */
void output_put_time(struct output *o, const struct record *r, struct buf *out);
/* The same as a column: padded, and blanks if there is none. */
void output_put_time_column(struct output *o, const struct record *r, struct buf *out);
/* RFC 3339, UTC, nanoseconds. */
void output_put_utc(struct output *o, int64_t ns, struct buf *out);

#define OUTPUT(name) extern const struct output_ops output_##name;
#include "cli/output_table.h"
#undef OUTPUT

#endif
