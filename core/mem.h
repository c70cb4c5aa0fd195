/*
 * mem: memory that is there or the program ends with a message and status 1. Every size
 * that input controls is bounded before it gets here.
 */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
/* Likewise, at the start of a cache line (64 bytes). */
void *xmalloc_lines(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);
/* A NUL-terminated copy of LEN bytes. */
char *xstrndup(const char *s, size_t len);

#endif
