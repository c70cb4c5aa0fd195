/*
 * completions: what `mplog completions SHELL` prints, made from the tables of options.h.
 * The files of completions/ are copies that `make check` compares.
 */
#ifndef CLI_COMPLETIONS_H
#define CLI_COMPLETIONS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"

/* SHELL is bash, zsh or fish; false with a message if it is none of them. */
bool completions_put(struct buf *out, const char *shell, struct err *err);

#endif
