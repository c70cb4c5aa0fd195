/*
 * exec_door: the private Unix socket of one program that mplog runs, so that it and what
 * it starts can log to mplog by name of MPLOG_SOCKET.
 *
 *	struct source *s = door_open(options, "api:log", path, &end, &err);
 *	... close(end): the source ends once nobody waits at the socket any more.
 *
 * It is 0600, in $XDG_RUNTIME_DIR or else in /tmp, and has a name that nobody can guess.
 */
#ifndef SOURCES_EXEC_DOOR_H
#define SOURCES_EXEC_DOOR_H

#include "sources/source.h"

#define DOOR_PATH_MAX 108 /* what a socket's address holds */

/* NULL with ERR. PATH gets its path, *END what ends it. */
struct source *door_open(const struct source_options *options, const char *label,
	char path[DOOR_PATH_MAX], int *end, struct err *err);

#endif
