/*
 * option_values: an option's text as a value in struct options. Part of options.c, and of
 * use to nobody else.
 */
#ifndef CLI_OPTION_VALUES_H
#define CLI_OPTION_VALUES_H

#include "cli/options.h"

/* An option as it stands on the command line. */
struct use {
	const struct option *row;
	char name[32];     /* "--level", "-l" */
	struct err *err;
};

/* Puts VALUE, which is NULL for flags, where the option wants it. */
bool option_take(const struct use *use, const char *value, struct options *o);

/* "auto, always, never" of "auto always never" into LIST, cut to SIZE bytes. */
void option_list_words(const char *words, char *list, size_t size);

#endif
