/*
 * pickle: records as Python pickles. What logging.handlers.SocketHandler and
 * DatagramHandler send (a dict, Python 2.7 to 3.14), what a QueueHandler puts into a
 * multiprocessing connection (a LogRecord), and the record dict of the recipe in Loguru's
 * documentation ("Sending and receiving log messages across network or processes").
 */
#include "formats/format.h"
#include "formats/pickle_fields.h"
#include "formats/pickle_flat.h"

#define MEMORY_KEPT 1048576 /* bytes; more is let go at once */

/* The frame as values in P's scratch. */
static bool read_ops(struct parse *p, struct str frame, size_t ops, struct pickle *values)
{
	size_t room = pickle_room(ops);

	p->plain.len = 0;
	if (p->plain.cap < room)
		buf_free(&p->plain);
	buf_reserve(&p->plain, room);
	return pickle_read(values, frame, p->plain.ptr, ops);
}

static bool read_frame(struct parse *p, struct str frame, struct pickle *values)
{
	size_t all = pickle_ops_all(frame.len);

	return read_ops(p, frame, pickle_ops(frame.len), values) ||
	       (values->more && all > 0 && read_ops(p, frame, all, values));
}

/* A Loguru line inside of the record says it better. It must be the last one asked, since
 * it may need the scratch. */
static void take_wrapped(
	struct parse *p, const struct pickle_record *rec, struct record *r)
{
	struct str text = pickle_record_wrapped(rec);
	struct record line = *r;
	const char *end;

	if (text.ptr == NULL)
		return;
	end = memchr(text.ptr, '\n', text.len);
	if (end != NULL)
		text.len = (size_t)(end - text.ptr);
	line.module = 0;
	if (!format_loguru.parse(p, text, &line))
		return;
	r->time = pickle_wrapped_time(rec, text, line.time);
	if (line.level != LEVEL_UNKNOWN) {
		r->level = line.level;
		r->severity = line.severity;
	}
	if (line.module != 0)
		r->module = line.module;
}

static void take(struct parse *p, const struct pickle_record *rec, struct record *r)
{
	struct severity severity;

	r->time = pickle_record_time(rec, &p->stamp);
	if (p->want & WANT_LEVEL) {
		severity = pickle_record_severity(rec);
		r->level = severity.level;
		r->severity = severity.number;
	}
	if (p->want & WANT_MODULE)
		r->module = intern(p->modules, pickle_raw(rec->value[PICKLE_KEY_NAME]));
	take_wrapped(p, rec, r);
}

static bool parse_any(struct parse *p, struct str frame, struct record *r)
{
	struct pickle values;
	struct pickle_record rec;
	bool is_pickle = read_frame(p, frame, &values);

	if (is_pickle) {
		pickle_record_find(&rec, &values);
		take(p, &rec, r);
	}
	if (p->plain.cap > MEMORY_KEPT)
		buf_free(&p->plain);
	return is_pickle;
}

static bool parse(struct parse *p, struct str frame, struct record *r)
{
	struct pickle_flat flat;

	if (!pickle_flat(&flat, frame))
		return parse_any(p, frame, r);
	take(p, &flat.record, r);
	return true;
}

const struct format format_pickle = {
	.name = "pickle",
	.summary = "Python's SocketHandler, LogRecords and Loguru records, pickled",
	.example = "",
	.frame = FRAME_PICKLE,
	.wire = true,
	.parse = parse,
	.fields = pickle_fields,
};
