/*
 * send_layout: a record as bytes that mplog reads back: JSON (the default), syslog
 * (RFC 5424), Loguru's default layout, or the message alone.
 *
 *	struct layout l;
 *	if (!layout_init(&l, &record, &err)) ...
 *	layout_put(&l, when_now(), message, lines, &out); ...
 *	layout_free(&l);
 *
 * What is the same for every record of a run is written once.
 */
#ifndef CLI_SEND_LAYOUT_H
#define CLI_SEND_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "core/buf.h"
#include "core/err.h"

/* In the order of the words of --as. */
enum send_as { SEND_JSON, SEND_SYSLOG, SEND_LOGURU, SEND_TEXT };

struct layout {
	enum send_as as;
	struct buf before;  /* the time */
	struct buf between; /* time and message */
	struct buf after;   /* the message */
	struct buf padded;  /* scratch: a message with readable bytes behind it */
};

/* What O says: level, module, fields, layout. The pid and the process are those of the
 * program that has started this one: that is the script whose record it is. On failure
 * nothing is to be freed. */
bool layout_init(struct layout *l, const struct options *o, struct err *err);
void layout_free(struct layout *l);

/* Appends the record, without a newline behind it. LINES: a newline would end it, so a
 * line of the message that would begin a record of its own is marked with "| ". */
void layout_put(
	struct layout *l, int64_t time, struct str message, bool lines, struct buf *out);

#endif
