/*
 * say: one line on stderr, beginning "mplog: ", escaped.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "core/err.h"
#include "core/str.h"

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What is wrong with the text that the user gave to OPTION: the message, the text and a
 * caret under the place. One line if the error has no place. */
void say_place(const char *option, struct str text, const struct err *err);

#endif
