/*
 * form: a URL-encoded form, as logging.handlers.HTTPHandler sends one for each record: all
 * attributes of a LogRecord as str() shows them, the message still without its arguments.
 * Forms of others are read by the same names.
 *
 * The encoding is that of the WHATWG's URL standard, "application/x-www-form-urlencoded".
 */
#include "formats/form_args.h"
#include "formats/format.h"
#include "formats/places.h"

#define NAME_MAX_BYTES 256 /* of a name or a short value that has to be decoded */
#define MERGED_MAX 65536   /* bytes that arguments may add to a message */

struct pair {
	struct str name, value; /* as written */
};

/* What of a form decides about its record. */
struct seen {
	int64_t time;
	struct severity word, number;
	struct str module; /* as written */
	uint8_t module_rank;
	bool created, levelno, any;
};

static const struct place places[PLACES_MAX];

static bool next_pair(struct str *rest, struct pair *pair)
{
	struct str piece;
	const char *sign;

	do {
		if (!str_split(rest, '&', &piece))
			return false;
	} while (piece.len == 0);
	sign = memchr(piece.ptr, '=', piece.len);
	size_t n = sign != NULL ? (size_t)(sign - piece.ptr) : piece.len;
	pair->name = str_make(piece.ptr, n);
	pair->value = str_skip(piece, n + (sign != NULL));
	return true;
}

static int hex(char c)
{
	char low = (char)(c | 0x20);

	if (c >= '0' && c <= '9')
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* RAW decoded at OUT, which needs RAW's length; the bytes written. */
static size_t decode(struct str raw, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];
		bool escape = c == '%' && raw.len - i > 2 && hex(raw.ptr[i + 1]) >= 0 &&
			      hex(raw.ptr[i + 2]) >= 0;
		if (escape) {
			c = (char)(hex(raw.ptr[i + 1]) << 4 | hex(raw.ptr[i + 2]));
			i += 2;
		}
		out[len++] = c == '+' && !escape ? ' ' : c;
	}
	return len;
}

static void take_time(struct seen *s, struct stamp_cache *cache, struct str raw)
{
	char text[NAME_MAX_BYTES + TEXT_PAD] = {0};

	if (raw.len > NAME_MAX_BYTES || s->time != TIME_NONE)
		return;
	struct str value = {text, decode(raw, text)};
	if (!stamp_parse_epoch(value, &s->time))
		stamp_parse(cache, value, &s->time);
}

static void take_level(struct seen *s, struct str raw)
{
	char text[NAME_MAX_BYTES];
	uint64_t n;

	if (raw.len > NAME_MAX_BYTES)
		return;
	struct str value = {text, decode(raw, text)};
	if (str_to_u64(value, &n))
		s->number = level_from_number(n < 255 ? (int64_t)n : 255);
	else
		level_from_word(value, &s->word);
}

static bool is_time(struct str name)
{
	static const struct str times[] = {STR("created"), STR("timestamp"), STR("time"),
		STR("ts"), STR("asctime"), STR("date")};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (str_eq(name, times[i]))
			return true;
	}
	return false;
}

static void take(struct seen *s, struct stamp_cache *cache, const struct pair *pair)
{
	static const struct str levelno = STR("levelno"), created = STR("created");
	const struct place *place;

	s->levelno = s->levelno || str_eq(pair->name, levelno);
	s->created = s->created || str_eq(pair->name, created);
	if (is_time(pair->name)) {
		take_time(s, cache, pair->value);
		return;
	}
	if (str_eq(pair->name, levelno)) {
		take_level(s, pair->value);
		return;
	}
	place = place_find(places, pair->name);
	if (place == NULL)
		return;
	if (place->field == FIELD_LEVEL) {
		take_level(s, pair->value);
	} else if (place->field == FIELD_MODULE && place->rank < s->module_rank &&
		   pair->value.len > 0) {
		s->module = pair->value;
		s->module_rank = place->rank;
	}
}

/* Whether FORM is one at all: a pair of a name and a value. */
static bool scan(struct seen *s, struct stamp_cache *cache, struct str form)
{
	struct pair pair;

	*s = (struct seen){.time = TIME_NONE, .module_rank = UINT8_MAX};
	while (next_pair(&form, &pair)) {
		s->any = s->any || pair.value.ptr > pair.name.ptr + pair.name.len;
		take(s, cache, &pair);
	}
	return s->any;
}

/* A level of the user's own has a word that nobody knows, and a number. */
static struct severity judge(const struct seen *s)
{
	return s->word.level != LEVEL_UNKNOWN ? s->word : s->number;
}

static bool parse(struct parse *p, struct str form, struct record *r)
{
	struct seen s;

	if (!scan(&s, &p->stamp, form))
		return false;
	r->time = s.time;
	if (p->want & WANT_LEVEL) {
		struct severity severity = judge(&s);
		r->level = severity.level;
		r->severity = severity.number;
	}
	if ((p->want & WANT_MODULE) && s.module.ptr != NULL) {
		p->plain.len = 0;
		buf_reserve(&p->plain, s.module.len);
		r->module = intern(p->modules,
			str_make(p->plain.ptr, decode(s.module, p->plain.ptr)));
	}
	return true;
}

static struct str decoded(struct fields *f, struct str raw)
{
	char *p = fields_scratch(f, raw.len);

	if (p == NULL)
		return raw;
	size_t len = decode(raw, p);
	f->scratch.len -= raw.len - len;
	return str_make(p, len);
}

/* What a LogRecord has of itself besides what is shown: it says nothing, or once more. */
static bool says_nothing(const struct pair *pair, const struct seen *s)
{
	static const struct str again[] = {STR("module"), STR("filename"), STR("msecs"),
		STR("relativeCreated"), STR("thread"), STR("created"), STR("levelno")};
	static const struct str none[] = {STR("exc_info"), STR("exc_text"),
		STR("stack_info"), STR("taskName"), STR("args")};

	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
		if (str_eq(pair->name, again[i]))
			return i > 0 || s->module_rank == 0;
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		if (str_eq(pair->name, none[i]))
			return str_is(pair->value, "None");
	}
	return false;
}

/* Of "(<class 'X'>, X('text'), <traceback object at 0x7f>)" what stands in the middle. */
static struct str bare_exception(struct str info)
{
	static const char head[] = "'>, ", tail[] = ", <traceback object at ";
	const char *start = memmem(info.ptr, info.len, head, sizeof(head) - 1);

	if (!str_starts(info, "(<class '") || start == NULL)
		return info;
	struct str rest = str_skip(info, (size_t)(start - info.ptr) + sizeof(head) - 1);
	const char *end = memmem(rest.ptr, rest.len, tail, sizeof(tail) - 1);
	return end != NULL ? str_make(rest.ptr, (size_t)(end - rest.ptr)) : info;
}

/* The message with its arguments; where that cannot be, they are a field beside it. */
static void merge(struct fields *f, struct str args)
{
	static const struct str name = STR("args");
	struct percent_arg list[PERCENT_ARGS_MAX];
	struct str message = f->named[FIELD_MESSAGE];
	size_t cap = message.len + args.len + MERGED_MAX, len = PERCENT_ODD;
	struct form_args read = {.args = list, .space = fields_scratch(f, args.len)};
	char *out = fields_scratch(f, cap);

	if (str_is(args, "()") || str_is(args, "{}"))
		return;
	if (out != NULL && read.space != NULL && form_args_read(&read, args))
		len = percent_format(message, list, read.count, read.dict, out, cap);
	if (len == PERCENT_ODD)
		fields_add(f, name, args, FIELD_TEXT);
	else
		f->named[FIELD_MESSAGE] = str_make(out, len);
}

static void put(struct places *to, const struct pair *pair)
{
	struct fields *f = to->f;
	struct field field = {decoded(f, pair->name), decoded(f, pair->value), FIELD_TEXT};

	if (str_is(pair->name, "exc_info"))
		field.value = bare_exception(field.value);
	if (field.value.len == 0)
		fields_add(f, field.name, field.value, field.kind);
	else
		places_put(to, field.name, field);
}

static void fields(const struct record *r, struct fields *f)
{
	struct stamp_cache stamp = {0};
	struct str rest = record_text(r), args = {NULL, 0};
	struct places to;
	struct pair pair;
	struct seen s;

	scan(&s, &stamp, rest);
	bool logging = s.created && s.levelno;
	/* Everything once decoded, the arguments without escapes, and the message. */
	fields_scratch_begin(f, 4 * rest.len + MERGED_MAX);
	places_begin(&to, f, places);
	while (next_pair(&rest, &pair)) {
		if (logging && says_nothing(&pair, &s))
			continue;
		if (s.time != TIME_NONE && is_time(pair.name))
			continue;
		if (logging && str_is(pair.name, "args"))
			args = decoded(f, pair.value);
		else
			put(&to, &pair);
	}
	if (args.ptr != NULL)
		merge(f, args);
	if (f->named[FIELD_MESSAGE].ptr == NULL)
		f->named[FIELD_MESSAGE] = record_text(r);
}

const struct format format_form = {
	.name = "form",
	.summary = "URL-encoded forms, as Python's HTTPHandler sends them",
	.example = "name=app.db&levelname=ERROR&levelno=40&created=1795193890.5&msg=boom",
	.frame = FRAME_FORM,
	.wire = true,
	.parse = parse,
	.fields = fields,
};

static const struct place places[PLACES_MAX] = {
	{STR("msg"), FIELD_MESSAGE, 0},
	{STR("message"), FIELD_MESSAGE, 1},
	{STR("text"), FIELD_MESSAGE, 2},
	{STR("name"), FIELD_MODULE, 0},
	{STR("logger"), FIELD_MODULE, 1},
	{STR("module"), FIELD_MODULE, 2},
	{STR("levelname"), FIELD_LEVEL, 0},
	{STR("level"), FIELD_LEVEL, 1},
	{STR("severity"), FIELD_LEVEL, 1},
	{STR("pathname"), FIELD_FILE, 0},
	{STR("file"), FIELD_FILE, 1},
	{STR("filename"), FIELD_FILE, 2},
	{STR("lineno"), FIELD_LINE, 0},
	{STR("line"), FIELD_LINE, 1},
	{STR("funcName"), FIELD_FUNCTION, 0},
	{STR("function"), FIELD_FUNCTION, 1},
	{STR("process"), FIELD_PID, 0},
	{STR("pid"), FIELD_PID, 1},
	{STR("processName"), FIELD_PROCESS, 0},
	{STR("threadName"), FIELD_THREAD, 0},
	{STR("thread"), FIELD_THREAD, 1},
	{STR("host"), FIELD_HOST, 0},
	{STR("hostname"), FIELD_HOST, 1},
	{STR("exc_text"), FIELD_EXCEPTION, 0},
	{STR("exception"), FIELD_EXCEPTION, 1},
	{STR("traceback"), FIELD_EXCEPTION, 1},
	{STR("exc_info"), FIELD_EXCEPTION, 2},
	{STR("stack_info"), FIELD_EXCEPTION, 3},
};
