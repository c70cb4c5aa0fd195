/*
 * Names are in lowerCamelCase, as the specification wants; some senders keep those of the
 * protocol buffers. "instrumentationLibraryLogs" was the name of scopeLogs until 2022.
 */
#include "formats/otlp_walk.h"

bool otlp_find(struct str object, const char *name, const char *other,
	struct json_member *m)
{
	struct json_cursor c;

	if (!json_open(&c, object))
		return false;
	while (json_next(&c, m)) {
		if (str_is(m->key, name) || (other != NULL && str_is(m->key, other)))
			return true;
	}
	return false;
}

static struct str find_object(struct str object, const char *name, const char *other)
{
	struct json_member m;

	if (otlp_find(object, name, other, &m) && m.kind == JSON_OBJECT)
		return m.value;
	return (struct str){NULL, 0};
}

static bool open_list(
	struct json_cursor *c, struct str object, const char *name, const char *other)
{
	struct json_member m;

	return otlp_find(object, name, other, &m) && m.kind == JSON_ARRAY &&
	       json_open(c, m.value);
}

bool otlp_begin(struct otlp_walk *w, struct str text)
{
	struct str object;

	*w = (struct otlp_walk){0};
	return json_line(text, &object) &&
	       open_list(&w->resources, object, "resourceLogs", "resource_logs");
}

static bool next_resource(struct otlp_walk *w)
{
	struct json_member m;

	while (json_next(&w->resources, &m)) {
		if (m.kind != JSON_OBJECT)
			continue;
		w->in_resource =
			open_list(&w->scopes, m.value, "scopeLogs", "scope_logs") ||
			open_list(&w->scopes, m.value, "instrumentationLibraryLogs",
				"instrumentation_library_logs");
		if (!w->in_resource)
			continue;
		w->resource = find_object(m.value, "resource", NULL);
		return true;
	}
	return false;
}

static bool next_scope(struct otlp_walk *w)
{
	struct json_member m;

	while (w->in_resource && json_next(&w->scopes, &m)) {
		if (m.kind != JSON_OBJECT)
			continue;
		w->in_scope = open_list(&w->records, m.value, "logRecords", "log_records") ||
			      open_list(&w->records, m.value, "logs", NULL);
		if (!w->in_scope)
			continue;
		w->scope = find_object(m.value, "scope", "instrumentationLibrary");
		return true;
	}
	w->in_resource = false;
	return false;
}

bool otlp_next(struct otlp_walk *w)
{
	struct json_member m;

	do {
		do {
			while (w->in_scope && json_next(&w->records, &m)) {
				if (m.kind != JSON_OBJECT)
					continue;
				w->record = m.value;
				return true;
			}
			w->in_scope = false;
		} while (next_scope(w));
	} while (next_resource(w));
	return false;
}
