/*
 * percent: a message and its arguments, put together as Python's % does it (docs.python.org,
 * "printf-style String Formatting").
 *
 *	struct percent_arg args[] = {{.kind = PERCENT_INT, .text = STR("42"), ...}};
 *	size_t len = percent_format(STR("%d of them"), args, 1, false, out, sizeof(out));
 *	if (len == PERCENT_ODD) ... show both as they are
 *
 * What Python would raise an error about is odd, and so is what is seldom and hard.
 */
#ifndef FORMATS_PERCENT_H
#define FORMATS_PERCENT_H

#include <stdbool.h>

#include "core/str.h"

#define PERCENT_ARGS_MAX 64
#define PERCENT_WIDTH_MAX 1024 /* columns and digits that a conversion may ask for */
#define PERCENT_ODD SIZE_MAX

enum percent_kind {
	PERCENT_STR,
	PERCENT_INT,   /* text is its decimal digits, with a minus or none */
	PERCENT_FLOAT, /* text is what Python shows */
	PERCENT_BOOL,  /* text is True or False */
	PERCENT_OTHER
};

struct percent_arg {
	struct str name; /* in a dict: its key */
	struct str text; /* as str() gives it */
	struct str repr; /* as repr() gives it */
	enum percent_kind kind;
};

/* FORMAT with ARGS at OUT, of which at most CAP bytes are used; the bytes written, or
 * PERCENT_ODD. DICT: they are a dict's items, and are asked for by name. */
size_t percent_format(struct str format, const struct percent_arg *args, size_t count,
	bool dict, char *out, size_t cap);

#endif
