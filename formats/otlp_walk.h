/*
 * otlp_walk: the log records of an ExportLogsServiceRequest in OTLP's JSON, one behind the
 * other, each with the resource and the scope that it stands under.
 *
 *	struct otlp_walk w;
 *	if (otlp_begin(&w, body))
 *		while (otlp_next(&w)) ... w.record, w.scope, w.resource
 *
 * https://opentelemetry.io/docs/specs/otlp (JSON Protobuf Encoding)
 */
#ifndef FORMATS_OTLP_WALK_H
#define FORMATS_OTLP_WALK_H

#include "formats/json_read.h"

/* The last three are objects as they are written; ptr NULL: there is none. */
struct otlp_walk {
	struct json_cursor resources, scopes, records;
	bool in_resource, in_scope;
	struct str resource;
	struct str scope;
	struct str record;
};

/* False unless TEXT is an object with a list of resourceLogs. */
bool otlp_begin(struct otlp_walk *w, struct str text);
bool otlp_next(struct otlp_walk *w);

/* The member of OBJECT under NAME, or under OTHER (NULL: none). */
bool otlp_find(struct str object, const char *name, const char *other,
	struct json_member *m);

#endif
