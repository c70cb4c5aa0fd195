/*
 * mux: the engine's face. Names go in, records come out, in order.
 *
 *	struct mux *mux = mux_new(&options, &err);
 *	mux_add(mux, "api.log", &err); ...
 *	mux_start(mux);
 *	while (mux_wait(mux, extra, n, timeout) != MUX_END) {
 *		while ((n = mux_next(mux, list, 256)) > 0) ...
 *		while ((line = mux_notice(mux)) != NULL) ...
 *	}
 *	mux_free(mux);
 *
 * All calls from one thread. Nothing here prints, and nothing knows which driver runs.
 */
#ifndef MERGE_MUX_H
#define MERGE_MUX_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/record.h"
#include "filters/filter.h"

enum mux_order { ORDER_TIME, ORDER_EXACT, ORDER_ARRIVAL };

#define HISTORY_ALL UINT64_MAX
#define MUX_EXTRAS_MAX 8

struct mux_options {
	bool follow;               /* tail: sources go on; else each is read to its end */
	bool wait;                 /* paths that do not exist yet are waited for */
	bool rescan_only;          /* no inotify */
	bool restart;              /* followed commands that have ended are started again */
	bool any_order;            /* the first match is wanted soon, whatever its place */
	bool drop;                 /* a full memory drops records rather than stop a writer */
	enum mux_order order;
	int64_t window_ns;
	uint64_t history;          /* records of the past of followed files */
	size_t memory;             /* bytes of records that wait, at most */
	size_t record_max;
	int output_fd;             /* a file behind it is no source; 0: none */
	unsigned max_connections;
	unsigned want;             /* enum parse_want, besides what the filters want */
	const char *const *listeners; /* addresses that are shared with other mplogs, and
	                               * taken over from them; none: nothing is shared */
	size_t listener_count;
	const struct filter_spec *filters; /* applied by the ingest threads; borrowed */
	size_t filter_count;
};

enum mux_state {
	MUX_READY, /* mux_next may have something, or a notice waits */
	MUX_IDLE,  /* the timeout passed, or an extra descriptor is ready, or a signal came */
	MUX_END    /* every source has ended and all was given */
};

struct mux;
struct source;
struct source_options;

/* The filters must be known to be good: make a filter_set of them first. */
struct mux *mux_new(const struct mux_options *options);
/* Opens a source. False with the reason; err->has_pos: the words are wrong or a named
 * address is busy (status 2). */
bool mux_add(struct mux *mux, const char *spec, struct err *err);
/* The same for sources that no words name: OPEN makes them. */
bool mux_add_list(struct mux *mux,
	struct source *(*open)(
		void *data, const struct source_options *options, struct err *err),
	void *data, struct err *err);
/* From now on paths that do not exist are waited for. */
void mux_set_wait(struct mux *mux);
/* Sources open now (listeners and connections count). */
size_t mux_sources(const struct mux *mux);
/* Bytes of the longest label of the sources open now; before mux_start. */
size_t mux_label_width(const struct mux *mux);
/* Starts the ingest threads; no mux_add after it. */
void mux_start(struct mux *mux);
/* Waits until there is something to do or TIMEOUT ms (-1: for ever) have passed. EXTRA are
 * the driver's own descriptors, whose revents are set. Returns early on a signal. */
enum mux_state mux_wait(struct mux *mux, struct pollfd *extra, size_t extras, int timeout);
/* Puts the next records in order, at most MOST, into LIST and returns how many; 0: none now.
 * Valid until the next call of mux_next or mux_wait. */
size_t mux_next(struct mux *mux, const struct record **list, size_t most);
/* From now on mux_next gives all that has come, whoever is still silent: for the end. */
void mux_flush(struct mux *mux);
/* A line to tell the user, which the caller frees, or NULL. */
char *mux_notice(struct mux *mux);
uint64_t mux_late(const struct mux *mux);
/* Records thrown away for lack of room, and messages lost in the kernel. */
uint64_t mux_dropped(const struct mux *mux);
uint64_t mux_cut_off(const struct mux *mux);
/* A source failed (could not be read to its end). */
bool mux_failed(const struct mux *mux);
/* Ends the ingest threads, so that the counts are final. */
void mux_stop(struct mux *mux);
void mux_free(struct mux *mux);

#endif
