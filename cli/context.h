/*
 * context: grep's -A, -B and -C over the merged stream. Sees every record, and says which
 * are shown: the ones that match and those around them.
 *
 *	context_init(&c, before, after, write, context);
 *	context_put(&c, record, matches); ...
 *	context_free(&c);
 */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

#define CONTEXT_MAX 100000 /* records before a match that are kept */

struct held; /* a copy of a record that may become context */

struct context {
	uint64_t before, after;
	void (*show)(void *data, const struct record *r);
	void (*separate)(void *data); /* between groups that do not touch */
	void *data;
	struct held *held;   /* a ring of the last BEFORE records */
	uint64_t held_first, held_count;
	uint64_t after_left; /* records still shown after the last match */
	bool shown_any;
	bool showing;        /* the last record: so is the rest of it, if it was cut */
	bool gap;            /* records were left out since the last one shown */
};

void context_init(struct context *c, uint64_t before, uint64_t after,
	void (*show)(void *data, const struct record *r), void (*separate)(void *data),
	void *data);
void context_put(struct context *c, const struct record *r, bool matches);
void context_free(struct context *c);

#endif
