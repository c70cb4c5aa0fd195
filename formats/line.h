/*
 * line: a record that came as no text (RECORD_WIRE), written as one: Loguru's default
 * layout, with microseconds, in the zone of the process. mplog reads it back. An hour that
 * a clock shows twice has its offset, a level of the user's own its number (AUDIT=33), and
 * what is not known is - (a line 0).
 */
#ifndef FORMATS_LINE_H
#define FORMATS_LINE_H

#include "core/fields.h"

/* Appends it to OUT, its traceback on the lines below, without a final newline. F holds
 * R's fields. fields_render (core/fields.h) is this. */
void format_line_render(const struct record *r, const struct fields *f, struct buf *out);

#endif
