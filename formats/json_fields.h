/*
 * json_fields: the members of a JSON object as fields, nested objects flattened: the
 * member "id" of "request" is "request.id".
 */
#ifndef FORMATS_JSON_FIELDS_H
#define FORMATS_JSON_FIELDS_H

#include "formats/fill.h"

#define JSON_FLAT_MAX 8 /* objects inside each other that are flattened */

/* PREFIX is empty for the members of the record itself. */
void json_put_members(struct fill *fill, struct str object, struct str prefix);

/* One member as a field, or what it is made of as several. NAME is its whole path. */
void json_put_member(struct fill *fill, const struct json_member *m, struct str name);

#endif
