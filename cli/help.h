/*
 * help: what `mplog help`, `mplog help COMMAND` and `mplog --version` print, made from
 * the tables of options.h and sources/table.h. At most 80 columns wide.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "core/buf.h"

/* TOPIC is a command's name, or NULL for the overview. */
void help_put(struct buf *out, const char *topic);

void version_put(struct buf *out);

#endif
