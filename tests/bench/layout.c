/*
 * layout: see layout.h.
 */
#include "layout.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

struct word {
	const char *ptr;
	size_t len;
};
#define W(s) {s, sizeof(s) - 1}

static const struct word levels[] = {
	W("TRACE"), W("DEBUG"), W("INFO"), W("SUCCESS"), W("WARNING"), W("ERROR"), W("CRITICAL"),
};
static const unsigned level_numbers[] = {5, 10, 20, 25, 30, 40, 50};
static const char *const level_icons[] = {"✏️", "🐞", "ℹ️", "✅", "⚠️", "❌", "☠️"};
static const char *const level_colors[] = {"36", "34", "1", "32", "33", "31", "41"};
/* Percent, summed up: 5 45 38 3 6 2 1. */
static const unsigned level_until[] = {5, 50, 88, 91, 97, 99, 100};
#define LEVEL_ERROR 5

static const struct word modules[] = {
	W("app.db.pool"), W("app.db.query"), W("app.db.migrate"), W("app.http.server"),
	W("app.http.client"), W("app.auth"), W("app.cache"), W("worker.tasks"),
	W("worker.scheduler"), W("urllib3.connectionpool"),
};
static const struct word functions[] = {
	W("acquire"), W("execute"), W("upgrade"), W("handle"), W("request"), W("check_token"),
	W("lookup"), W("run"), W("tick"), W("_new_conn"),
};
#define MODULES (sizeof(modules) / sizeof(modules[0]))

static const struct word phrases[] = {
	W("request finished"), W("timeout waiting for"), W("connection opened to"),
	W("retrying"), W("cache miss for"), W("user logged in:"), W("query took long on"),
	W("job picked up from"), W("read timeout, giving up on"), W("slow response of"),
	W("ignored payload {\"level\":\"ERROR\"} from"), W("path C:\\srv\\ap not found, using"),
	W("said \"no\" to"), W("50% done with"), W("lock released by"), W("state is now"),
};
#define PHRASES (sizeof(phrases) / sizeof(phrases[0]))

static const struct word words[] = {
	W("orders"), W("Malmö"), W("customer"), W("東京"), W("invoice"), W("naïve"), W("shard-7"),
	W("session"), W("Øresund"), W("queue"), W("replica"), W("billing"), W("token"), W("€100"),
	W("worker"), W("häufig"), W("index"), W("payments"), W("данные"), W("bucket"),
	W("gateway"), W("🚀"), W("primary"), W("upload"),
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static const char plain_trace[] =
	"Traceback (most recent call last):\n"
	"  File \"/srv/app/db/pool.py\", line 214, in acquire\n"
	"    conn = self._connect(self.dsn, wait=self.wait)\n"
	"ConnectionError: could not connect to server: refused";

static const char rich_trace[] =
	"Traceback (most recent call last):\n"
	"\n"
	"  File \"/srv/app/worker.py\", line 88, in run\n"
	"    self.step(job)\n"
	"    │    │    └ <Job 4123 'Malmö'>\n"
	"    │    └ <function Worker.step at 0x7f2228e35440>\n"
	"    └ <app.worker.Worker object at 0x7f22281303d0>\n"
	"\n"
	"> File \"/srv/app/db/query.py\", line 29, in step\n"
	"    return a / b\n"
	"           │   └ 0\n"
	"           └ 5\n"
	"\n"
	"ZeroDivisionError: division by zero";

static const char chain_trace[] =
	"Traceback (most recent call last):\n"
	"  File \"/srv/app/cache.py\", line 41, in lookup\n"
	"    return self.map[key]\n"
	"           ~~~~~~~~^^^^^\n"
	"KeyError: 'session'\n"
	"\n"
	"During handling of the above exception, another exception occurred:\n"
	"\n"
	"Traceback (most recent call last):\n"
	"  File \"/srv/app/auth.py\", line 12, in check_token\n"
	"    raise ValueError('no session') from None\n"
	"ValueError: no session";

static const char more_lines[] = "second line of the same message\n\n\tand a third, after a blank";

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

unsigned rng_below(struct rng *r, unsigned n)
{
	return (unsigned)(((rng_next(r) >> 32) * n) >> 32);
}

static char *put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

static char *put_z(char *p, const char *s)
{
	return put(p, s, strlen(s));
}

static char *put_word(char *p, const struct word *w)
{
	return put(p, w->ptr, w->len);
}

static char *put_number(char *p, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return put(p, digits + i, sizeof(digits) - i);
}

static char *put_fixed(char *p, int64_t n, int width)
{
	for (int i = width; i-- > 0; n /= 10)
		p[i] = (char)('0' + n % 10);
	return p + width;
}

/* 2026-11-20xHH:MM:SS */
static char *put_second(char *p, int64_t us, char between)
{
	static int64_t known_day = -1;
	static char date[32];
	int64_t second = us / 1000000, day = second / 86400, rest = second % 86400;

	if (day != known_day) {
		time_t t = (time_t)second;
		struct tm tm;

		strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&t, &tm));
		known_day = day;
	}
	p = put(p, date, 10);
	*p++ = between;
	p = put_fixed(p, rest / 3600, 2);
	*p++ = ':';
	p = put_fixed(p, rest / 60 % 60, 2);
	*p++ = ':';
	return put_fixed(p, rest % 60, 2);
}

static char *put_stamp(char *p, int64_t us, char between, char point, int digits)
{
	p = put_second(p, us, between);
	*p++ = point;
	return put_fixed(p, us % 1000000 / (digits == 3 ? 1000 : 1), digits);
}

static char *put_padded(char *p, const struct word *w, size_t width)
{
	p = put_word(p, w);
	for (size_t i = w->len; i < width; i++)
		*p++ = ' ';
	return p;
}

static char *put_message(char *p, const struct entry *e)
{
	p = put_word(p, &phrases[e->phrase]);
	*p++ = ' ';
	p = put_word(p, &words[e->word1]);
	*p++ = ' ';
	p = put_word(p, &words[e->word2]);
	p = put_z(p, " id=");
	p = put_number(p, e->id);
	p = put_z(p, " took=");
	p = put_number(p, e->took);
	return put_z(p, "ms");
}

static const char *trace_text(enum trace trace)
{
	switch (trace) {
	case TRACE_PLAIN:
		return plain_trace;
	case TRACE_RICH:
		return rich_trace;
	case TRACE_CHAIN:
		return chain_trace;
	case TRACE_LINES:
		return more_lines;
	case TRACE_NONE:
		break;
	}
	return NULL;
}

/* The lines after the first one, and the newline at the end. */
static char *put_rest(char *p, const struct entry *e)
{
	const char *text = trace_text(e->trace);

	*p++ = '\n';
	if (text) {
		p = put_z(p, text);
		*p++ = '\n';
	}
	return p;
}

/* S as the inside of a JSON or logfmt string. */
static char *put_escaped(char *p, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			*p++ = '\\';
		if (s[i] == '\n' || s[i] == '\t') {
			*p++ = '\\';
			*p++ = s[i] == '\n' ? 'n' : 't';
		} else {
			*p++ = s[i];
		}
	}
	return p;
}

static char *put_escaped_message(char *p, const struct entry *e)
{
	char text[512];

	return put_escaped(p, text, (size_t)(put_message(text, e) - text));
}

static char *emit_loguru_digits(char *p, const struct entry *e, int digits)
{
	p = put_stamp(p, e->us, ' ', '.', digits);
	p = put(p, " | ", 3);
	p = put_padded(p, &levels[e->level], 8);
	p = put(p, " | ", 3);
	p = put_word(p, &modules[e->module]);
	*p++ = ':';
	p = put_word(p, &functions[e->module]);
	*p++ = ':';
	p = put_number(p, e->line);
	p = put(p, " - ", 3);
	p = put_message(p, e);
	return put_rest(p, e);
}

static char *emit_loguru(char *p, const struct entry *e)
{
	return emit_loguru_digits(p, e, 3);
}

static char *emit_logurus(char *p, const struct entry *e)
{
	return emit_loguru_digits(p, e, 6);
}

static char *emit_stdlib(char *p, const struct entry *e)
{
	p = put_stamp(p, e->us, ' ', ',', 3);
	p = put(p, " - ", 3);
	p = put_word(p, &modules[e->module]);
	p = put(p, " - ", 3);
	p = put_word(p, &levels[e->level]);
	p = put(p, " - ", 3);
	p = put_message(p, e);
	return put_rest(p, e);
}

static char *emit_iso(char *p, const struct entry *e)
{
	p = put_stamp(p, e->us, 'T', '.', 6);
	p = put(p, "+00:00 ", 7);
	p = put_word(p, &levels[e->level]);
	p = put(p, " [", 2);
	p = put_word(p, &modules[e->module]);
	p = put(p, "] ", 2);
	p = put_message(p, e);
	return put_rest(p, e);
}

static char *emit_json(char *p, const struct entry *e)
{
	const char *text = trace_text(e->trace);

	p = put_z(p, "{\"ts\":\"");
	p = put_stamp(p, e->us, 'T', '.', 6);
	p = put_z(p, "Z\",\"level\":\"");
	p = put_word(p, &levels[e->level]);
	p = put_z(p, "\",\"logger\":\"");
	p = put_word(p, &modules[e->module]);
	p = put_z(p, "\",\"line\":");
	p = put_number(p, e->line);
	p = put_z(p, ",\"msg\":\"");
	p = put_escaped_message(p, e);
	if (text) {
		p = put_z(p, "\",\"exc_info\":\"");
		p = put_escaped(p, text, strlen(text));
	}
	return put_z(p, "\"}\n");
}

static char *emit_logfmt(char *p, const struct entry *e)
{
	const char *text = trace_text(e->trace);

	p = put_z(p, "time=");
	p = put_stamp(p, e->us, 'T', '.', 6);
	p = put_z(p, "Z level=");
	p = put_word(p, &levels[e->level]);
	p = put_z(p, " logger=");
	p = put_word(p, &modules[e->module]);
	p = put_z(p, " line=");
	p = put_number(p, e->line);
	p = put_z(p, " msg=\"");
	p = put_escaped_message(p, e);
	if (text) {
		p = put_z(p, "\" err=\"");
		p = put_escaped(p, text, strlen(text));
	}
	return put_z(p, "\"\n");
}

static char *put_exception(char *p, const struct entry *e)
{
	if (e->trace == TRACE_NONE || e->trace == TRACE_LINES)
		return put_z(p, "null");
	return put_z(p, "{\"type\": \"ValueError\", \"value\": \"no session\", "
			"\"traceback\": true}");
}

static char *emit_loguru_json(char *p, const struct entry *e)
{
	char text[RECORD_BYTES / 4];

	p = put_z(p, "{\"text\": \"");
	p = put_escaped(p, text, (size_t)(emit_loguru(text, e) - text));
	p = put_z(p, "\", \"record\": {\"elapsed\": {\"repr\": \"0:00:00.192116\", "
		     "\"seconds\": 0.192116}, \"exception\": ");
	p = put_exception(p, e);
	p = put_z(p, ", \"extra\": {\"level\": {\"name\": \"none\"}}, \"file\": {\"name\": "
		     "\"app.py\", \"path\": \"/srv/app/app.py\"}, \"function\": \"");
	p = put_word(p, &functions[e->module]);
	p = put_z(p, "\", \"level\": {\"icon\": \"");
	p = put_z(p, level_icons[e->level]);
	p = put_z(p, "\", \"name\": \"");
	p = put_word(p, &levels[e->level]);
	p = put_z(p, "\", \"no\": ");
	p = put_number(p, level_numbers[e->level]);
	p = put_z(p, "}, \"line\": ");
	p = put_number(p, e->line);
	p = put_z(p, ", \"message\": \"");
	p = put_escaped_message(p, e);
	p = put_z(p, "\", \"module\": \"app\", \"name\": \"");
	p = put_word(p, &modules[e->module]);
	p = put_z(p, "\", \"process\": {\"id\": 4271, \"name\": \"MainProcess\"}, \"thread\": "
		     "{\"id\": 140048464882560, \"name\": \"MainThread\"}, \"time\": "
		     "{\"repr\": \"");
	p = put_stamp(p, e->us, ' ', '.', 6);
	p = put_z(p, "+00:00\", \"timestamp\": ");
	p = put_number(p, (uint64_t)(e->us / 1000000));
	*p++ = '.';
	p = put_fixed(p, e->us % 1000000, 6);
	return put_z(p, "}}}\n");
}

static char *emit_ansi(char *p, const struct entry *e)
{
	p = put_z(p, "\033[32m");
	p = put_stamp(p, e->us, ' ', '.', 3);
	p = put_z(p, "\033[0m | \033[");
	p = put_z(p, level_colors[e->level]);
	*p++ = 'm';
	p = put_padded(p, &levels[e->level], 8);
	p = put_z(p, "\033[0m | \033[36m");
	p = put_word(p, &modules[e->module]);
	p = put_z(p, "\033[0m:\033[36m");
	p = put_word(p, &functions[e->module]);
	p = put_z(p, "\033[0m:\033[36m");
	p = put_number(p, e->line);
	p = put_z(p, "\033[0m - \033[1m");
	p = put_message(p, e);
	p = put_z(p, "\033[0m");
	return put_rest(p, e);
}

/* A carriage return before each newline. */
static char *emit_crlf(char *p, const struct entry *e)
{
	char text[RECORD_BYTES / 4];
	char *end = emit_loguru(text, e);

	for (const char *s = text; s < end; s++) {
		if (*s == '\n')
			*p++ = '\r';
		*p++ = *s;
	}
	return p;
}

/* A NUL and other control bytes, and bytes that are not UTF-8, in the message. */
static char *emit_nul(char *p, const struct entry *e)
{
	char text[RECORD_BYTES / 4];
	char *end = emit_loguru(text, e);
	size_t head = (size_t)((char *)memchr(text, '\n', (size_t)(end - text)) - text);

	p = put(p, text, head);
	p = put(p, " \0\0\001\a\r \xff\xfe\x80", 10);
	return put(p, text + head, (size_t)(end - text) - head);
}

static enum trace draw_trace(struct rng *r, const struct layout *layout, unsigned level)
{
	if (level >= LEVEL_ERROR && rng_below(r, 4) == 0)
		return layout->rich ? (enum trace)(TRACE_PLAIN + rng_below(r, 3)) : TRACE_PLAIN;
	if (layout->rich && rng_below(r, 200) == 0)
		return TRACE_LINES;
	return TRACE_NONE;
}

void entry_draw(struct rng *r, const struct layout *layout, struct entry *e)
{
	unsigned percent = rng_below(r, 100);

	e->us += 1 + rng_below(r, STEP_US);
	e->level = 0;
	while (percent >= level_until[e->level])
		e->level++;
	e->module = rng_below(r, MODULES);
	e->line = 10 + e->module * 37;
	e->phrase = rng_below(r, PHRASES);
	e->word1 = rng_below(r, WORDS);
	e->word2 = rng_below(r, WORDS);
	e->id = rng_below(r, 1000);
	e->took = rng_below(r, 5000);
	e->trace = draw_trace(r, layout, e->level);
}

const struct layout layouts[LAYOUTS] = {
	{"loguru", emit_loguru, true},
	{"logurus", emit_logurus, true},
	{"stdlib", emit_stdlib, false},
	{"iso", emit_iso, false},
	{"json", emit_json, false},
	{"logfmt", emit_logfmt, false},
	{"loguru_json", emit_loguru_json, true},
};

const struct layout layout_ansi = {"ansi", emit_ansi, false};
const struct layout layout_crlf = {"crlf", emit_crlf, true};
const struct layout layout_nul = {"nul", emit_nul, true};
