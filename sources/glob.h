/*
 * glob: the files that match a pattern, and while following those that come to match.
 */
#ifndef SOURCES_GLOB_H
#define SOURCES_GLOB_H

#include "sources/source.h"

#define GLOB_MATCHES_MAX 16384 /* more names than that are left out, and that is said */

/* A list of sources, one for each regular file that matches and is not read yet; while
 * following, behind them one whose accept gives the new ones. NULL as with source_open.
 */
struct source *glob_open(const char *pattern, const char *label,
	const struct source_options *options, struct err *err);
/* The *.log files in FOLDER, likewise. */
struct source *glob_open_folder(const char *folder, const char *label,
	const struct source_options *options, struct err *err);

#endif
