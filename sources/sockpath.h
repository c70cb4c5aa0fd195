/*
 * sockpath: a listening Unix socket in the file system, for unix and unixgram.
 *
 *	struct sockpath path;
 *	int fd = sockpath_bind("unix", SOCK_STREAM, "/run/x.sock", &path, err);
 *	... close(fd); sockpath_remove(&path);
 *
 * Nobody but the user can ever connect: it is made 0600. A socket that a dead program
 *left is replaced; anything else that is there is left alone and is an error.
 */
#ifndef SOURCES_SOCKPATH_H
#define SOURCES_SOCKPATH_H

#include <sys/types.h>

#include "core/err.h"

struct sockpath {
	char *path; /* NULL: none */
	dev_t dev;
	ino_t ino;
};

/* A bound socket (listening for SOCK_STREAM), or -1. Sets the process's umask for the
 * moment of the bind: call it while there is one thread, or no other makes files. */
int sockpath_bind(const char *kind, int type, const char *path, struct sockpath *made,
	struct err *err);

/* Removes it from the file system if it is still the one that was made. */
void sockpath_remove(struct sockpath *made);

/* The path of a socket that another process has made and left to this one. */
void sockpath_inherit(const char *path, struct sockpath *made);

/* Forgets it: somebody else has it now. */
void sockpath_leave(struct sockpath *made);

/* "unix:NAME" of the last component of PATH, which the caller frees. */
char *sockpath_label(const char *kind, const char *path);

#endif
