/*
 * otlp_value: an AnyValue of OTLP, {"stringValue":"x"}, as what it stands for.
 *
 *	struct field field = {.name = name};
 *	otlp_value(f, value, &field);          // field.value, field.kind
 *
 * Lists of keys and values become JSON objects: {"k":1}.
 */
#ifndef FORMATS_OTLP_VALUE_H
#define FORMATS_OTLP_VALUE_H

#include "core/fields.h"
#include "formats/json_read.h"

/* Values that are written anew go to F's scratch and are no longer than VALUE. One that
 * has nothing is an empty text. */
void otlp_value(struct fields *f, struct str value, struct field *field);

#endif
