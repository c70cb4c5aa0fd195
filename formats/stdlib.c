/*
 * stdlib: lines with a time and a level near their beginning: the layouts that people give
 * Python's logging, and with them those of gunicorn, Celery, Flask, structlog, Scrapy and
 * of most loggers of other languages. Also "[INFO/MainProcess] text" of multiprocessing,
 * which has no time.
 */
#include "formats/format.h"

#include "formats/head.h"
#include "formats/syslog.h"

#define EVENT_WIDTH 30 /* structlog pads its events to it */
#define PROCESS_MAX 64

/* "[INFO/Process-1] text": the bytes before the text, or 0. */
static size_t multiprocessing(struct str line, struct head *h)
{
	size_t most = line.len < PROCESS_MAX ? line.len : PROCESS_MAX;
	if (line.len < 4 || line.ptr[0] != '[' || line.ptr[1] < 'A' || line.ptr[1] > 'Z')
		return 0;
	const char *slash = memchr(line.ptr, '/', most);
	const char *end = memchr(line.ptr, ']', most);
	if (!slash || !end || slash > end)
		return 0;
	struct str level = {line.ptr + 1, (size_t)(slash - line.ptr) - 1};
	struct str process = {slash + 1, (size_t)(end - slash) - 1};
	if (level.len < 2 || !level_from_word(level, &h->severity) || !head_is_name(process))
		return 0;
	h->time = TIME_NONE;
	h->level = level;
	h->process = process;
	h->leveled = true;
	h->message = (size_t)(end - line.ptr) + 1;
	if (h->message < line.len && line.ptr[h->message] == ' ')
		h->message++;
	return h->message;
}

/* Python's own levels in capitals at the start of S, with a blank after it. */
static inline bool own_level(struct str s, struct severity *severity)
{
	size_t n = 0;
	while (n < s.len && (unsigned char)(s.ptr[n] - 'A') < 26)
		n++;
	if (n < 4 || n >= s.len || s.ptr[n] != ' ' || !strchr("DIWEC", s.ptr[0]))
		return false;
	return level_from_word((struct str){s.ptr, n}, severity) &&
	       (s.ptr[0] != 'C' || severity->level == LEVEL_CRITICAL);
}

/* The two layouts that most lines have, "time LEVEL ..." and "time - name - LEVEL ...",
 * read as head_scan reads them but without looking for anything else. */
static inline bool quick(struct parse *p, struct str line, struct head *h)
{
	size_t n = stamp_parse(&p->stamp, line, &h->time);
	if (n == 0 || n + 4 > line.len || line.ptr[n] != ' ')
		return false;
	struct str rest = str_skip(line, n + 1);
	if (rest.ptr[0] != '-')
		return !(p->want & WANT_MODULE) && own_level(rest, &h->severity);
	struct str name = rest.ptr[1] == ' ' ? head_simple_name(str_skip(rest, 2)) :
					       (struct str){NULL, 0};
	/* Thread-1 and MainProcess are no modules. */
	if (name.len == 0 || name.len + 6 > rest.len || name.ptr[0] == 'M' ||
		head_is_digit(name.ptr[name.len - 1]) ||
		memcmp(name.ptr + name.len, " - ", 3) != 0)
		return false;
	h->module = name;
	return own_level(str_skip(rest, name.len + 5), &h->severity);
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct head h;
	h.module = (struct str){NULL, 0};
	if (quick(p, line, &h)) {
		head_set_record(p, &h, r);
		return true;
	}
	struct str plain = head_plain(line, &p->plain);
	if (plain.len == 0)
		return false;
	enum head_depth depth = p->want & WANT_MODULE ? HEAD_MODULE : HEAD_LEVEL;
	bool good = head_scan(&p->stamp, plain, depth, &h);
	if (good && (!h.leveled || head_is_loguru(plain, &h) ||
			    syslog_is_file(p, line, h.stamp_end)))
		return false;
	if (!good) {
		h = (struct head){0};
		good = multiprocessing(plain, &h) > 0;
	}
	if (good)
		head_set_record(p, &h, r);
	return good;
}

/* The end of the value at the start of S: before the blank before the next key=. */
static size_t value_len(struct str s)
{
	size_t blank = s.len;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ' ')
			blank = i;
		else if (s.ptr[i] == '=' && blank < i && i > blank + 1)
			return blank;
		else if (blank < i && !head_is_name((struct str){s.ptr + i, 1}) &&
			 !head_is_digit(s.ptr[i]))
			blank = s.len;
	}
	return s.len;
}

/* structlog's "event      key=value key=value": moves the pairs out of the message. */
static void split_pairs(struct fields *f)
{
	struct str message = f->named[FIELD_MESSAGE];
	if (memchr(message.ptr, '\n', message.len) || message.len <= EVENT_WIDTH)
		return;
	struct str pairs = str_skip(message, EVENT_WIDTH);
	const char *blank = pairs.ptr[0] == ' ' ? pairs.ptr :
						  memchr(pairs.ptr, ' ', pairs.len);
	if (!blank)
		return;
	struct str event = {message.ptr, (size_t)(blank - message.ptr)};
	pairs = str_trim(str_skip(message, event.len));
	if (pairs.len > 0 && !memchr(pairs.ptr, '=', pairs.len))
		return;
	f->named[FIELD_MESSAGE] = str_trim(event);
	while (pairs.len > 0) {
		const char *equal = memchr(pairs.ptr, '=', pairs.len);
		if (!equal)
			break;
		struct str name = {pairs.ptr, (size_t)(equal - pairs.ptr)};
		struct str rest = str_skip(pairs, name.len + 1);
		struct str value = {rest.ptr, value_len(rest)};
		fields_add(f, name, value, FIELD_TEXT);
		pairs = str_trim(str_skip(rest, value.len));
	}
}

static void fields(const struct record *r, struct fields *f)
{
	struct head h;
	struct str text = head_record_plain(r, f);
	const char *newline = memchr(text.ptr, '\n', text.len);
	struct str line = {text.ptr, newline ? (size_t)(newline - text.ptr) : text.len};
	if (!head_scan(NULL, line, HEAD_ALL, &h)) {
		h = (struct head){0};
		multiprocessing(line, &h);
	}
	head_set_fields(f, &h, text);
	if (h.padded)
		split_pairs(f);
}

const struct format format_stdlib = {
	.name = "stdlib",
	.summary = "a time, a level and mostly a logger's name: Python's logging and its kin",
	.example = "2026-11-20 16:47:52,814 - app.worker - INFO - I told you so",
	.first = "0A[~",
	.parse = parse,
	.fields = fields,
};
