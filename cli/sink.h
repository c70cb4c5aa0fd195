/*
 * sink: standard output in large writes, and the signals and ends that stop a run.
 *
 *	sink_init(&sink);
 *	buf_put(&sink.out, ...); sink_flush_if_full(&sink);
 *	mux_wait(mux, sink.polled, SINK_POLLED, -1); sink_check(&sink);
 *	if (sink.state != SINK_OPEN) ...
 *
 * A reader that goes away is a quiet end; anything else that goes wrong is said.
 */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <poll.h>
#include <stdbool.h>

#include "core/buf.h"

#define SINK_FULL 262144 /* bytes that are written at once when there is more to come */
#define SINK_POLLED 2

enum sink_state {
	SINK_OPEN,
	SINK_GONE,    /* the reader went away, or did not take the rest: status 0 */
	SINK_FAILED   /* said on stderr: status 1 */
};

struct sink {
	struct buf out;
	enum sink_state state;
	bool asked;   /* a signal asked for the end; a reader that makes us wait is left */
	bool shared;  /* one did, and it was handed on */
	struct pollfd polled[SINK_POLLED]; /* stdout (for its end) and signals */
};

/* Once a process: also puts /dev/null where a standard descriptor is closed, and ignores
 * SIGPIPE. */
void sink_init(struct sink *s);
/* From now on signals that ask for the end are handed to TOLD, in the signal handler, and
 * are no end as long as WAITS says so. */
void sink_share_signals(struct sink *s, void (*told)(int number), bool (*waits)(void));
/* Writes what there is. */
void sink_flush(struct sink *s);
static inline void sink_flush_if_full(struct sink *s)
{
	if (s->out.len >= SINK_FULL)
		sink_flush(s);
}
/* After a poll of s->polled. */
void sink_check(struct sink *s);
void sink_free(struct sink *s);

#endif
