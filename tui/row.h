/*
 * row: a record as one row of the log.
 *
 *	row_layout(t, &layout);
 *	row_draw(t, y, record, true, &layout, STYLE_CURSOR);
 */
#ifndef TUI_ROW_H
#define TUI_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/record.h"
#include "tui/screen.h"

#define TUI_ROW_MAX 16384    /* bytes of a record's row that are shown */

struct tui;

struct row_layout {
	int time, source, level, module, text; /* columns; -1: not shown */
	int source_width, module_width, text_width;
	int64_t last;       /* when the record above was, for TIMES_DELTA */
};
void row_layout(const struct tui *t, struct row_layout *layout);
void row_draw(struct tui *t, int y, const struct record *r, bool readable,
	struct row_layout *layout, unsigned style);
enum style row_level_style(unsigned severity);
/* The text of a row into t->row, escaped. */
void row_text(struct tui *t, const struct record *r, bool readable);
/* N with commas. */
void row_put_number(struct buf *out, uint64_t n);

#endif
