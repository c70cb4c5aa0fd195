/*
 * run: the programs of `mplog run`: from the words of the command line to an exit status.
 * What they write are sources like any others; text.c shows them.
 *
 *	struct run *run = run_new(options);          // NULL: said why, status 2
 *	run_open(run, mux, sink, &err);
 *	... mux_wait(mux, ..., run_timeout(run)); until MUX_END or run_over(run)
 *	status = run_status(run); run_free(run);
 *
 * All of these take NULL, which is no run: a timeout of -1, never over, status 0. One at a
 * time, since signals reach it.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>

#include "cli/options.h"
#include "cli/sink.h"
#include "core/err.h"
#include "merge/mux.h"

struct run;

struct run *run_new(const struct options *o);
/* Makes them sources of MUX; they are started with it. From then on a signal that asks
 * mplog to end asks them. */
bool run_open(struct run *r, struct mux *mux, struct sink *sink, struct err *err);
/* How long mux_wait may wait, in ms. */
int run_timeout(const struct run *r);
/* They were asked to end, have ended, and nothing more is to be expected. */
bool run_over(struct run *r);
/* That of the first program that failed, or 0. */
int run_status(const struct run *r);
/* After mux_free. */
void run_free(struct run *r);

#endif
