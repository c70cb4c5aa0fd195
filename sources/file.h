/*
 * file: one regular file as a source; for the kinds that find files (sources/glob.c).
 */
#ifndef SOURCES_FILE_H
#define SOURCES_FILE_H

#include <sys/types.h>

#include "sources/identity.h"
#include "sources/source.h"

/* A match of a glob or folder. FROM_START: it is new, so nothing of it is history. NULL
 * with an empty err->msg if another source reads the file or it is gone, else with the
 * reason. While following, a file that can't be opened now is waited for. */
struct source *file_open_match(const char *path, const char *label, bool from_start,
	const struct source_options *options, struct err *err);

/* Whether it is the file that what is read is written to, and would be read again. */
bool file_is_output(
	const struct file_status *status, const struct source_options *options);

/* "a FIFO", "a device"... */
const char *file_kind(mode_t mode);

#endif
