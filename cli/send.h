/*
 * send: mplog send. One record from the command line, or one of each line of standard
 * input, to a listening mplog. Waits for nobody: what is not there fails, in words.
 */
#ifndef CLI_SEND_H
#define CLI_SEND_H

#include "cli/options.h"

/* The exit status: 1 if something was not sent, 2 if the words are wrong. */
int send_run(const struct options *o);

#endif
