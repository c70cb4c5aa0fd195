/*
 * text: the driver behind `mplog tail` and `mplog filter`: records to standard output.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "cli/options.h"

/* Runs the command; returns the exit status. */
int text_run(const struct options *o);

#endif
