/*
 * pickle_percent: a message and its arguments as Python's % operator joins them
 * (docs.python.org/3/library/stdtypes.html, printf-style String Formatting).
 */
#ifndef FORMATS_PICKLE_PERCENT_H
#define FORMATS_PICKLE_PERCENT_H

#include "formats/pickle_show.h"

/* Appends MESSAGE % ARGS to OUT; false if Python would raise an error or it is not
 * understood: then what was appended is of no use. */
bool pickle_percent(struct pickle_out *out, const struct pickle *p,
	struct pickle_value message, struct pickle_value args);

#endif
