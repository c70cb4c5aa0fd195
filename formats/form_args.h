/*
 * form_args: the arguments of a log call as str() shows them, "('you', 3)" or "{'n': 3}",
 * which is all that logging.handlers.HTTPHandler sends of them.
 *
 *	struct percent_arg args[PERCENT_ARGS_MAX];
 *	struct form_args read = {args, space, sizeof(space)};
 *	if (form_args_read(&read, STR("('you', 3)"))) ... args, read.count, read.dict
 *
 * Understood are tuples and dicts of strings, numbers, True, False, None, and lists and
 * the like of these, which are shown as they are. An object is shown otherwise by %s than
 * by its parentheses, so that nothing can be said of it.
 */
#ifndef FORMATS_FORM_ARGS_H
#define FORMATS_FORM_ARGS_H

#include "formats/percent.h"

struct form_args {
	struct percent_arg *args; /* room for PERCENT_ARGS_MAX */
	char *space;              /* for strings without their escapes: TEXT's length */
	size_t count;
	bool dict;
};

/* False if TEXT is no such thing. What ARGS says points into TEXT and the space. */
bool form_args_read(struct form_args *a, struct str text);

#endif
