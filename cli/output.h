/*
 * output: a record as the user wants to see it. One .c a kind, one row in output_table.h.
 *
 *	struct output *o = output_new(&options, &err);
 *	output_begin(o, &buf);             // csv: the header line
 *	output_put(o, record, &buf);       // appends; the caller writes the buffer
 *	output_free(o);
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/fields.h"
#include "core/record.h"

enum time_style { TIME_ISO, TIME_CLOCK, TIME_RELATIVE, TIME_DELTA, TIME_EPOCH, TIME_RAW };

struct output_options {
	const char *kind;      /* "text", "pretty", "json", "logfmt", "csv", or a template */
	bool color;
	bool prefix;           /* the source's label before each record */
	bool escape;           /* text: control bytes made visible (always so in pretty) */
	bool raw;              /* --raw: the record's own bytes and nothing else */
	enum time_style time;
	bool time_given;       /* --time was given: text gets it as a prefix, too */
	const char *show;      /* comma-separated field names, or NULL: all */
	const char *hide;
	unsigned columns;      /* of the terminal, 0: none */
	unsigned label_width;  /* of the longest source label so far; may grow */
};

struct output;

struct output_ops {
	const char *name;
	const char *summary;
	/* Checks what is special to it (a template's fields); NULL: nothing to check. */
	bool (*init)(struct output *o, struct err *err);
	void (*begin)(struct output *o, struct buf *out);
	void (*put)(struct output *o, const struct record *r, struct buf *out);
};

struct output {
	const struct output_ops *ops;
	struct output_options options;
	struct fields fields;
	struct buf scratch;
	int64_t first_time; /* for relative */
	int64_t last_time;  /* for delta */
	void *state;        /* ops->init's own, one allocation, freed by output_free */
};

struct output *output_new(const struct output_options *options, struct err *err);
void output_begin(struct output *o, struct buf *out);
void output_put(struct output *o, const struct record *r, struct buf *out);
/* The line between groups of context: "--" as grep writes it. */
void output_separator(struct output *o, struct buf *out);
void output_free(struct output *o);
/* Whether output_put only copies text and a newline: then the driver may copy runs. */
bool output_is_verbatim(const struct output *o);

#endif
