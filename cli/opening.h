/*
 * opening: what both drivers (text.h, view.h) do before there are records: filters that are
 * good, and the sources of the command line, open.
 *
 *	struct opening opening;
 *	opening_init(&opening, options);
 *	mux = mux_new(...); // with opening.listeners where opening_listens(options)
 *	if (!opening_sources(&opening, mux, &status)) ...  // status 2, it has said why
 *
 * An opening lives as long as its mux, which borrows the names of the listeners.
 */
#ifndef CLI_OPENING_H
#define CLI_OPENING_H

#include <stdbool.h>

#include "cli/options.h"
#include "filters/filter.h"
#include "merge/mux.h"

#define LISTENERS 3 /* by default */

struct opening {
	const struct options *options;
	char door[512];             /* "unix:PATH" of the default listeners */
	const char *listeners[LISTENERS];
};

/* Also lets the process have as many descriptors as it may. */
void opening_init(struct opening *p, const struct options *o);
/* The filters of the command line, or NULL: it has said what is wrong. */
struct filter_set *opening_filters(const struct options *o);
/* Whether no source is named and none is piped in, so that the default ones are opened. */
bool opening_listens(const struct options *o);
/* Opens the sources that are named, or stdin, or the listeners. False: the words were wrong,
 * nothing is to be read. *STATUS becomes 1 where one of several could not be opened. */
bool opening_sources(struct opening *p, struct mux *mux, int *status);
/* Whether the environment wants colours: NO_COLOR, TERM. */
bool opening_colors(void);

#endif
