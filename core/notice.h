/*
 * notice: what the engine has to say to the user besides records, one line each, from any
 * thread: "listening on ...", "truncated, ...", "dropped N records". The driver shows them.
 *
 *	notice_put(notices, "%s: truncated, reading from its start", label);
 *	while ((line = notice_next(notices))) { ...; free(line); }
 *
 * Texts may hold bytes from names: escape before showing. At most NOTICES_MAX wait; more
 * are counted and said in one line.
 */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include <stdbool.h>

#define NOTICES_MAX 1000

struct notices;

struct notices *notices_new(void);
void notices_free(struct notices *n);
/* Does nothing when N is NULL. */
void notice_put(struct notices *n, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The oldest one, which the caller frees, or NULL. */
char *notice_next(struct notices *n);
bool notice_waiting(struct notices *n);

#endif
