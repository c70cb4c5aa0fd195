/*
 * pickle_show: the values of a pickle as text, bounded in length and depth, whatever they
 * hold: lists inside each other, themselves, or each a million times.
 *
 *	struct pickle_out out = {.ptr = room, .soft = n, .cap = n + PICKLE_SLACK};
 *	pickle_show(&out, &p, value, PICKLE_JSON);
 *
 * Objects of Python's own library are shown as str() or repr() show them, any other as
 * <module.Class>.
 */
#ifndef FORMATS_PICKLE_SHOW_H
#define FORMATS_PICKLE_SHOW_H

#include "formats/pickle_text.h"

#define PICKLE_DEPTH_MAX 64
void pickle_show(struct pickle_out *out, const struct pickle *p, struct pickle_value v,
	enum pickle_style style);

/* Whether V is shown as a number, which is then valid JSON, too. */
bool pickle_is_number(struct pickle_value v);
/* Whether V is shown as true, false, null, an array or an object in JSON; else as a
 * string. */
bool pickle_is_json(const struct pickle *p, struct pickle_value v);

/* An exception as the last line of its traceback: "ValueError: text". */
void pickle_show_exception(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v);

#endif
