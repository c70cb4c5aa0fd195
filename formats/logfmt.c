/*
 * logfmt: key=value pairs; slog's text, go-kit, logrus, Heroku, structlog. A value may
 * stand in double quotes, or in Python's single ones; a word alone is a flag.
 *
 * Much text has an = somewhere, so a line must begin with a pair, have two of them, and
 * have a time, a level or a message by the names that loggers use.
 */
#include "formats/fill.h"
#include "formats/format.h"
#include "formats/json_read.h"
#include "formats/gist.h"

/* One pair; value.ptr is NULL for a flag. */
struct pair {
	struct str key;
	struct str value; /* as written, without its quotes */
	bool quoted;
	bool escaped;
};

static bool is_key_char(char c)
{
	static const char others[] = "_.-/@:";
	char low = (char)(c | 0x20);
	return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(others, c) != NULL);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The value at the start of *REST in quotes; false if they do not close in it. */
static bool read_quoted(struct str *rest, struct pair *pair)
{
	char quote = rest->ptr[0];
	size_t i = 1;
	pair->escaped = false;
	while (i < rest->len && rest->ptr[i] != quote) {
		bool escape = rest->ptr[i] == '\\';
		pair->escaped |= escape;
		i += escape ? 2 : 1;
	}
	bool closed = i < rest->len;
	if (!closed)
		i = rest->len;
	pair->value = str_make(rest->ptr + 1, i - 1);
	pair->quoted = true;
	*rest = str_skip(*rest, i + closed);
	return closed;
}

static void read_bare(struct str *rest, struct pair *pair)
{
	size_t i = 0;
	while (i < rest->len && !is_blank(rest->ptr[i]) && rest->ptr[i] != '\n')
		i++;
	pair->value = str_make(rest->ptr, i);
	*rest = str_skip(*rest, i);
}

static void read_value(struct str *rest, struct pair *pair)
{
	struct str start = *rest;
	char c = rest->len > 0 ? rest->ptr[0] : ' ';
	if (c != '"' && c != '\'') {
		read_bare(rest, pair);
		return;
	}
	/* A text in double quotes may go on in the next lines; an apostrophe is just one.
	 */
	if (!read_quoted(rest, pair) && c == '\'') {
		*rest = start;
		pair->quoted = pair->escaped = false;
		read_bare(rest, pair);
	}
}

/* The next pair of the first line of *REST; false at the end of the line, or at a word
 * that is no key (*REST begins with it then). */
static bool next_pair(struct str *rest, struct pair *pair)
{
	struct str s = *rest;
	size_t i = 0;
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = str_skip(s, 1);
	while (i < s.len && is_key_char(s.ptr[i]))
		i++;
	*rest = s;
	*pair = (struct pair){.key = {s.ptr, i}};
	if (i == 0)
		return false;
	if (i == s.len || is_blank(s.ptr[i]) || s.ptr[i] == '\n') {
		*rest = str_skip(s, i);
		return true;
	}
	if (s.ptr[i] != '=')
		return false;
	*rest = str_skip(s, i + 1);
	read_value(rest, pair);
	return true;
}

static struct json_member as_member(const struct pair *pair)
{
	return (struct json_member){
		.key = pair->key,
		.value = pair->value,
		.kind = JSON_STRING,
		.escaped = pair->escaped,
	};
}

/* Whether only a logger would write this key, or this under this key. */
static bool is_telling(const struct key *key, struct str value)
{
	struct severity severity;
	if (key->field == FIELD_MESSAGE)
		return key->rank <= 1;
	if (key->field != FIELD_LEVEL)
		return false;
	return key->rank == 0 || (key->rank == 1 && level_from_word(value, &severity));
}

static bool find_gist(struct gist *g, struct str line)
{
	struct pair pair;
	struct json_member m;
	size_t pairs = 0, flags = 0;
	bool telling = false;

	while (next_pair(&line, &pair)) {
		if (pair.value.ptr == NULL) {
			if (pairs == 0)
				return false;
			flags++;
			continue;
		}
		pairs++;
		const struct key *key = key_find(pair.key);
		if (key == NULL)
			continue;
		telling = telling || is_telling(key, pair.value);
		m = as_member(&pair);
		gist_take(g, key, &m);
		if (g->need == 0 && pairs >= 2)
			break;
	}
	gist_end(g);
	return pairs >= 2 && (g->time != TIME_NONE || (telling && flags <= pairs));
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct gist g;
	gist_begin(&g, p->want, &p->stamp);
	if (!find_gist(&g, line))
		return false;
	gist_store(&g, p, r);
	return true;
}

static enum field_kind kind_of(const struct pair *pair)
{
	static const struct str yes = STR("true"), no = STR("false");
	if (pair->quoted)
		return FIELD_TEXT;
	if (str_eq(pair->value, yes) || str_eq(pair->value, no))
		return FIELD_JSON;
	return json_is_number(pair->value) ? FIELD_NUMBER : FIELD_TEXT;
}

static void fields(const struct record *r, struct fields *f)
{
	static const struct str yes = STR("true");
	struct stamp_cache stamp = {0};
	struct str rest = record_text(r);
	struct pair pair;
	struct gist g;
	struct fill fill;

	gist_begin(&g, WANT_LEVEL | WANT_MODULE, &stamp);
	find_gist(&g, rest);
	fill_begin(&fill, f, &g, r->len);
	while (next_pair(&rest, &pair)) {
		struct field field = {pair.key, yes, FIELD_JSON};
		if (pair.value.ptr != NULL) {
			field.value = fill_text(f, pair.value, pair.escaped);
			field.kind = kind_of(&pair);
		}
		fill_put(&fill, pair.key.ptr, field);
	}
	/* What was no pair is not lost: it goes on the message. */
	if (rest.len > 0 && rest.ptr[0] == '\n')
		rest = str_skip(rest, 1);
	fill_end(&fill, rest);
}

const struct format format_logfmt = {
	.name = "logfmt",
	.summary = "key=value pairs: slog, go-kit, logrus, Heroku",
	.example = "time=2026-11-20T18:08:23.407+01:00 level=INFO msg=\"hello\" user=42",
	.first = "A",
	.parse = parse,
	.fields = fields,
};
