/*
 * view: the driver of the interactive viewer: the mux's records into a store, the
 * terminal's keys into tui/, and one redraw when something changed. The other driver is
 * text.h.
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/options.h"

/* Runs `mplog view` on the terminal that stdout is; the exit status. */
int view_run(const struct options *o);

#endif
