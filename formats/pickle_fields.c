/*
 * pickle_fields: named fields from the keys that logging and Loguru have, an extra field of
 * every other key. Strings stay in the record; what has to be written goes to the scratch
 * of the fields, behind the memory that the pickle is read in.
 */
#include "formats/pickle_fields.h"

#include "core/escape.h"
#include "formats/format.h"
#include "formats/pickle_flat.h"
#include "formats/pickle_number.h"
#include "formats/pickle_percent.h"
#include "formats/pickle_record.h"
#include "formats/pickle_shape.h"
#include "formats/pickle_show.h"

#define FIELD_MAX 65536    /* bytes of a field that had to be written */
#define NUMBER_BYTES 20    /* of one that fits into 64 bits */
#define FIELDS_TEXT 131072 /* of all of a record, besides what its own bytes are */

struct reading {
	struct fields *f;
	const struct pickle *p;
	const struct pickle_record *rec;
	void *memory;
	size_t ops; /* that it has room for */
};

/*
 * Text in the scratch.
 */

static struct pickle_out text_begin(struct fields *f, size_t most)
{
	struct pickle_out out = {.ptr = f->scratch.ptr + f->scratch.len};
	size_t left = f->scratch.cap - f->scratch.len - TEXT_PAD;

	out.cap = left < most + PICKLE_SLACK ? left : most + PICKLE_SLACK;
	out.soft = out.cap > PICKLE_SLACK ? out.cap - PICKLE_SLACK : 0;
	return out;
}

static struct str text_end(struct fields *f, const struct pickle_out *out)
{
	fields_scratch(f, out->len);
	return (struct str){out->ptr, out->len};
}

static struct str shown(struct reading *d, struct pickle_value v, enum pickle_style style)
{
	struct pickle_out out = text_begin(d->f, FIELD_MAX);

	pickle_show(&out, d->p, v, style);
	return text_end(d->f, &out);
}

static struct str number_of(struct reading *d, struct pickle_value v)
{
	char *text = fields_scratch(d->f, NUMBER_BYTES);
	size_t n;

	if (text == NULL)
		return (struct str){NULL, 0};
	n = pickle_put_integer(text, v);
	d->f->scratch.len -= NUMBER_BYTES - n;
	return (struct str){text, n};
}

/* V as text; nothing for None. */
static struct str text_of(struct reading *d, struct pickle_value v)
{
	if (v.kind == PICKLE_UNSET || v.kind == PICKLE_NONE)
		return (struct str){NULL, 0};
	if (v.kind == PICKLE_STR && v.code == PICKLE_PLAIN)
		return pickle_raw(v);
	return v.kind == PICKLE_INT ? number_of(d, v) : shown(d, v, PICKLE_AS_STR);
}

static struct str without_end(struct str s)
{
	while (s.len > 0 && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* A, a newline and B. */
static struct str joined(struct fields *f, struct str a, struct str b)
{
	char *p;

	if (a.len == 0)
		return b;
	if (b.len == 0 || (p = fields_scratch(f, a.len + 1 + b.len)) == NULL)
		return a;
	memcpy(p, a.ptr, a.len);
	p[a.len] = '\n';
	memcpy(p + a.len + 1, b.ptr, b.len);
	return (struct str){p, a.len + 1 + b.len};
}

/*
 * Message and exception.
 */

/* Where the arguments are still there: joined as Python does it, or both. */
static struct str merged(
	struct reading *d, struct pickle_value msg, struct pickle_value args)
{
	struct pickle_value plain = msg;
	struct pickle_out out;
	struct str text;

	if (msg.kind == PICKLE_STR && msg.code != PICKLE_PLAIN) {
		text = text_of(d, msg);
		plain = (struct pickle_value){
			.kind = PICKLE_STR, .len = (uint32_t)text.len, .ptr = text.ptr};
	}
	out = text_begin(d->f, FIELD_MAX + (plain.kind == PICKLE_STR ? plain.len : 0));
	if (pickle_percent(&out, d->p, plain, args))
		return text_end(d->f, &out);
	out.len = 0;
	pickle_show(&out, d->p, msg, PICKLE_AS_STR);
	pickle_puts(&out, " args=");
	pickle_show(&out, d->p, args, PICKLE_AS_REPR);
	return text_end(d->f, &out);
}

static bool has_args(struct reading *d)
{
	struct pickle_value args = d->rec->value[PICKLE_KEY_ARGS];

	if (args.kind == PICKLE_TUPLE || args.kind == PICKLE_DICT ||
		args.kind == PICKLE_LIST)
		return pickle_count(d->p, args) > 0;
	return args.kind > PICKLE_NONE;
}

static struct str message_of(struct reading *d)
{
	struct pickle_value msg = d->rec->value[PICKLE_KEY_MSG];

	if (msg.kind != PICKLE_UNSET && has_args(d))
		return merged(d, msg, d->rec->value[PICKLE_KEY_ARGS]);
	if (msg.kind == PICKLE_UNSET)
		msg = d->rec->value[PICKLE_KEY_MESSAGE];
	if (msg.kind == PICKLE_UNSET)
		msg = d->p->root;
	if (msg.kind == PICKLE_STR || !pickle_is_json(d->p, msg))
		return msg.kind == PICKLE_STR && msg.code == PICKLE_PLAIN
		               ? pickle_raw(msg)
		               : shown(d, msg, PICKLE_AS_STR);
	return shown(
		d, msg, d->rec->kind == PICKLE_LOGGING ? PICKLE_AS_STR : PICKLE_AS_JSON);
}

/* What was raised, where no traceback was sent with it: (type, value, traceback). */
static struct str exception_line(struct reading *d)
{
	struct pickle_value info = d->rec->value[PICKLE_KEY_EXC_INFO];
	struct pickle_out out = text_begin(d->f, FIELD_MAX);

	info = info.kind == PICKLE_TUPLE ? pickle_item(d->p, info, 1) : info;
	if (info.kind == PICKLE_OBJECT)
		pickle_show_exception(&out, d->p, info);
	return text_end(d->f, &out);
}

static void set_exception(struct reading *d)
{
	const struct pickle_value *v = d->rec->value;
	struct str text = without_end(text_of(d, v[PICKLE_KEY_EXC_TEXT]));
	struct str stack = without_end(text_of(d, v[PICKLE_KEY_STACK_INFO]));
	struct str *exception = &d->f->named[FIELD_EXCEPTION];

	if (text.len == 0 && exception->len == 0 &&
		v[PICKLE_KEY_EXC_INFO].kind > PICKLE_NONE)
		text = exception_line(d);
	text = joined(d->f, text, stack);
	if (text.len > 0)
		*exception = joined(d->f, *exception, text);
}

static void set_message(struct reading *d)
{
	struct pickle_value text = d->rec->value[PICKLE_KEY_EXC_TEXT];
	struct str message = message_of(d);

	/* QueueHandler and some formatters put the traceback into the message. */
	if (without_end(pickle_raw(text)).len == 0)
		fields_set_message(d->f, message);
	else
		d->f->named[FIELD_MESSAGE] = message;
}

/*
 * The named fields.
 */

static void set(struct reading *d, enum field_id id, enum pickle_key key)
{
	struct pickle_value v = d->rec->value[key];
	struct str text;

	if (v.kind == PICKLE_UNSET || v.kind == PICKLE_NONE ||
		d->f->named[id].ptr != NULL)
		return;
	text = text_of(d, v);
	if (text.len > 0 || id == FIELD_MESSAGE)
		d->f->named[id] = text;
}

/* A member of an object of Loguru's, or the value itself. */
static void set_member(
	struct reading *d, enum field_id id, enum pickle_key key, const char *name)
{
	struct pickle_value member = pickle_record_member(d->rec, key, name);

	if (member.kind == PICKLE_UNSET || d->f->named[id].ptr != NULL)
		return;
	d->f->named[id] = text_of(d, member);
}

/* Those of a LogRecord, whose values are seldom objects. */
static void set_attributes(struct reading *d)
{
	set(d, FIELD_MODULE, PICKLE_KEY_NAME);
	set(d, FIELD_FUNCTION, PICKLE_KEY_FUNCNAME);
	set(d, FIELD_FILE, PICKLE_KEY_PATHNAME);
	set(d, FIELD_LINE, PICKLE_KEY_LINENO);
	set(d, FIELD_PROCESS, PICKLE_KEY_PROCESSNAME);
	set(d, FIELD_PID, PICKLE_KEY_PROCESS);
	set(d, FIELD_THREAD, PICKLE_KEY_THREADNAME);
	set(d, FIELD_THREAD, PICKLE_KEY_THREAD);
	if (d->f->named[FIELD_LEVEL].ptr == NULL)
		d->f->named[FIELD_LEVEL] =
			text_of(d, d->rec->value[PICKLE_KEY_LEVELNAME]);
}

static void set_named(struct reading *d)
{
	static const struct {
		enum field_id id;
		enum pickle_key key;
		const char *member; /* of an object of Loguru's */
		bool or_itself;     /* what is no object is taken, too */
	} sources[] = {
		{FIELD_MODULE, PICKLE_KEY_NAME, NULL, true},
		{FIELD_FUNCTION, PICKLE_KEY_FUNCNAME, NULL, true},
		{FIELD_FUNCTION, PICKLE_KEY_FUNCTION, NULL, true},
		{FIELD_FILE, PICKLE_KEY_PATHNAME, NULL, true},
		{FIELD_FILE, PICKLE_KEY_FILE, "path", true},
		{FIELD_LINE, PICKLE_KEY_LINENO, NULL, true},
		{FIELD_LINE, PICKLE_KEY_LINE, NULL, true},
		{FIELD_PROCESS, PICKLE_KEY_PROCESSNAME, NULL, true},
		{FIELD_PROCESS, PICKLE_KEY_PROCESS, "name", false},
		{FIELD_PID, PICKLE_KEY_PROCESS, "id", true},
		{FIELD_THREAD, PICKLE_KEY_THREADNAME, NULL, true},
		{FIELD_THREAD, PICKLE_KEY_THREAD, "name", false},
		{FIELD_THREAD, PICKLE_KEY_THREAD, "id", true},
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		uint8_t kind = d->rec->value[sources[i].key].kind;
		if (kind == PICKLE_OBJECT && sources[i].member != NULL)
			set_member(d, sources[i].id, sources[i].key, sources[i].member);
		else if (kind > PICKLE_NONE && sources[i].or_itself)
			set(d, sources[i].id, sources[i].key);
	}
	if (d->f->named[FIELD_LEVEL].ptr == NULL)
		d->f->named[FIELD_LEVEL] = text_of(d, pickle_record_level(d->rec));
}

/*
 * A Loguru line inside.
 */

/* TEXT without its colours, in the scratch. */
static struct str uncoloured(struct fields *f, struct str text)
{
	static const char pad[TEXT_PAD];
	size_t start = f->scratch.len;
	struct str plain;

	if (memchr(text.ptr, '\x1b', text.len) == NULL ||
		f->scratch.cap - start < 2 * text.len + 2 * sizeof(pad))
		return text;
	ansi_strip(&f->scratch, text);
	plain = (struct str){f->scratch.ptr + start, f->scratch.len - start};
	buf_put(&f->scratch, pad, sizeof(pad));
	return plain;
}

static bool set_wrapped(struct reading *d)
{
	struct parse p = {.want = 0};
	struct str text = pickle_record_wrapped(d->rec);
	struct record line = {.time = TIME_NONE};
	const char *end;
	bool taken;

	if (text.ptr == NULL)
		return false;
	text = without_end(text);
	end = memchr(text.ptr, '\n', text.len);
	taken = format_loguru.parse(&p,
		(struct str){text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len},
		&line);
	buf_free(&p.plain);
	if (!taken)
		return false;
	text = uncoloured(d->f, text);
	line.text = text.ptr;
	line.len = line.head = (uint32_t)text.len;
	format_loguru.fields(&line, d->f);
	return true;
}

/*
 * The user's own keys.
 */

static void add_extra(struct reading *d, struct pickle_value key, struct pickle_value v)
{
	struct str name, value;
	enum field_kind kind = FIELD_TEXT;

	if (d->f->extras == FIELDS_MAX) {
		d->f->left_out++;
		return;
	}
	name = key.kind == PICKLE_NONE ? str_from("None") : text_of(d, key);
	if (v.kind == PICKLE_STR && v.code == PICKLE_PLAIN) {
		value = pickle_raw(v);
	} else if (pickle_is_number(v)) {
		kind = FIELD_NUMBER;
		value = shown(d, v, PICKLE_AS_STR);
	} else if (pickle_is_json(d->p, v)) {
		kind = FIELD_JSON;
		value = shown(d, v, PICKLE_AS_JSON);
	} else {
		value = shown(d, v, PICKLE_AS_STR);
	}
	fields_add(d->f, name, value, kind);
}

static void add_extras(struct reading *d, struct pickle_value dict)
{
	struct pickle_value key, value;
	struct pickle_iter it;

	if (dict.kind != PICKLE_DICT)
		return;
	for (pickle_begin(&it, d->p, dict); pickle_pair(&it, &key, &value);)
		add_extra(d, key, value);
}

static void add_others(struct reading *d)
{
	struct pickle_value key, value;
	struct pickle_iter it;
	enum pickle_key known;

	for (pickle_begin(&it, d->p, d->rec->dict); pickle_pair(&it, &key, &value);) {
		known = pickle_record_key(d->rec, key);
		/* Loguru gives a handler its extras as one. */
		if (known == PICKLE_KEY_EXTRA && value.kind == PICKLE_DICT)
			add_extras(d, value);
		else if (known == PICKLE_KEY_NONE || known == PICKLE_KEY_EXTRA ||
			 (known == PICKLE_KEY_TASKNAME && value.kind != PICKLE_NONE))
			add_extra(d, key, value);
	}
}

/* Loguru's recipe sends what was raised as a pickle in the pickle. That is read in the
 * same memory, so that it must be the last thing. */
static void set_raised(struct reading *d)
{
	struct pickle_value raised = d->rec->value[PICKLE_KEY_EXCEPTION], type, value;
	struct pickle_out out = text_begin(d->f, FIELD_MAX);
	struct pickle inner;
	struct pickle_class c;

	if (raised.kind != PICKLE_OBJECT)
		return;
	type = pickle_item(d->p, pickle_part(d->p, raised, PICKLE_ARGS), 0);
	value = pickle_item(d->p, pickle_part(d->p, raised, PICKLE_ARGS), 1);
	if (value.kind == PICKLE_OBJECT) {
		pickle_show_exception(&out, d->p, value);
	} else if (pickle_class(d->p, type, &c)) {
		if (value.kind == PICKLE_BYTES &&
			pickle_read(&inner, pickle_raw(value), d->memory, d->ops) &&
			inner.root.kind == PICKLE_OBJECT)
			pickle_show_exception(&out, &inner, inner.root);
		else
			pickle_put(&out, c.name);
	}
	if (out.len > 0)
		d->f->named[FIELD_EXCEPTION] = text_end(d->f, &out);
}

static void set_text(struct reading *d)
{
	if (!set_wrapped(d))
		set_message(d);
	set_exception(d);
}

/* What there is, in the order that the scratch wants. */
static void set_all(struct reading *d)
{
	set_text(d);
	set_named(d);
	add_others(d);
	if (d->rec->kind == PICKLE_LOGURU)
		set_raised(d);
	else if (d->rec->kind == PICKLE_OTHER && d->f->named[FIELD_EXCEPTION].ptr == NULL)
		d->f->named[FIELD_EXCEPTION] =
			text_of(d, d->rec->value[PICKLE_KEY_EXCEPTION]);
}

/* Reads R in the first OPS opcodes' room of the scratch; the rest is for text. */
static bool read_ops(
	struct reading *d, struct pickle *p, const struct record *r, size_t ops)
{
	size_t room = pickle_room(ops);

	d->f->scratch.len = 0;
	fields_scratch_begin(d->f, room + 3 * (size_t)r->len + FIELDS_TEXT);
	d->memory = fields_scratch(d->f, room);
	d->ops = ops;
	return pickle_read(p, record_text(r), d->memory, ops);
}

static void read_any(struct reading *d, const struct record *r)
{
	struct pickle p;
	struct pickle_record rec;
	size_t all = pickle_ops_all(r->len);

	if (!read_ops(d, &p, r, pickle_ops(r->len)) &&
		!(p.more && all > 0 && read_ops(d, &p, r, all)))
		return;
	pickle_record_find(&rec, &p);
	d->p = &p;
	d->rec = &rec;
	set_all(d);
}

void pickle_fields(const struct record *r, struct fields *f)
{
	struct pickle_flat flat;
	struct reading d = {.f = f, .p = &flat.pickle, .rec = &flat.record};

	if (!pickle_flat(&flat, record_text(r))) {
		read_any(&d, r);
		return;
	}
	fields_scratch_begin(f, 3 * (size_t)r->len + FIELDS_TEXT);
	set_text(&d);
	set_attributes(&d);
	add_others(&d);
}
