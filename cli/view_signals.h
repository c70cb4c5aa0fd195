/*
 * view_signals: signals as bytes of a pipe, for a process that has a screen. What would end
 * the process at once puts the terminal back first.
 *
 *	view_signals_open();
 *	poll view_signals_fd() for POLLIN
 *	while ((number = view_signals_next()) != 0) ...
 */
#ifndef CLI_VIEW_SIGNALS_H
#define CLI_VIEW_SIGNALS_H

#include <stdbool.h>

/* Once, before the screen is open and before there are threads. */
bool view_signals_open(void);
int view_signals_fd(void);
/* The next signal that came: SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGTSTP, SIGCONT; or 0. */
int view_signals_next(void);
/* Stops the process group as ^Z does, until it is continued. */
void view_signals_stop(void);

#endif
