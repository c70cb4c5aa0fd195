/*
 * exec_output: what one program writes to its standard output or error, as a source. The
 * program may be started again: then the source goes on with a new pipe (or terminal).
 * Whoever starts it hands the descriptors over, and lines of its own that belong between
 * what the program wrote.
 *
 *	struct source *s = exec_output_new(&source_exec, options, label, &news, err);
 *	exec_output_say(news, "... - INFO - started", n);
 *	exec_output_open(news, fd, meter);              // takes fd
 *	exec_output_leave(news);
 *	exec_output_end(news, failed);                  // s gives READ_EOF once all is read
 *
 * The two ends may be in different threads: news go through a pipe.
 */
#ifndef SOURCES_EXEC_OUTPUT_H
#define SOURCES_EXEC_OUTPUT_H

#include <stdatomic.h>

#include "sources/source.h"

#define OUTPUT_LINE_MAX 512 /* bytes of a line handed over */

/* How many outputs are being read, and who wants to hear of it. */
struct meter {
	atomic_uint users;   /* whoever holds it: the last one frees it */
	atomic_uint reading; /* outputs that have not come to their end */
	int event;           /* an eventfd: written when one has */
};

struct meter *meter_new(void);
void meter_release(struct meter *m);
/* Wakes who waits for the event. */
void meter_wake(struct meter *m);

/* A source without anything to read yet, and in *NEWS the end to tell it. LIVE: as
 * source.live. The source holds METER. NULL with ERR. */
struct source *exec_output_new(const struct source_ops *ops,
	const struct source_options *options, const char *label, struct meter *meter,
	bool live, int *news, struct err *err);

/* FD, O_NONBLOCK, is what is read next; the source has it from here on. TERMINAL: the
 * master of one. False, and FD is closed, if too much is waiting to be taken. */
bool exec_output_open(int news, int fd, bool terminal);
/* A line that is a message by itself (READ_FRAME). It is lost if too much waits. */
void exec_output_say(int news, const char *line, size_t len);
/* What is open is closed as soon as nothing is in it: a process that nobody knows holds
 * its other end. */
void exec_output_leave(int news);
/* There is no more to come; FAILED: the source ends as failed. Closes NEWS. */
void exec_output_end(int news, bool failed);

/* The members of a source_ops. */
enum read_state exec_output_read(struct source *s, char *buf, size_t cap, size_t *len);
void exec_output_close(struct source *s);

#endif
