/*
 * basicconfig: "LEVEL:name:message", what Python's logging writes unless it is told
 * otherwise, and uvicorn's "INFO:     message", padded to ten columns. There is no time.
 */
#include "formats/format.h"

#include "formats/head.h"

#define UVICORN_WIDTH 10
#define LEVEL_MAX 12

/* The level word at the start of LINE, upper case and with a colon after it. */
static bool find_level(struct str line, struct str *word, struct severity *severity)
{
	size_t most = line.len < LEVEL_MAX ? line.len : LEVEL_MAX;
	if (line.len < 3 || line.ptr[0] < 'A' || line.ptr[0] > 'Z')
		return false;
	const char *colon = memchr(line.ptr, ':', most);
	if (!colon || colon - line.ptr < 3)
		return false;
	*word = (struct str){line.ptr, (size_t)(colon - line.ptr)};
	while (word->ptr[word->len - 1] == ' ')
		word->len--; /* "Level 5 " is padded */
	bool shouted = word->ptr[1] >= 'A' && word->ptr[1] <= 'Z';
	bool numbered = head_is_digit(word->ptr[word->len - 1]);
	return (shouted || numbered) && level_from_word(*word, severity);
}

/* The head of LINE; false if it is none. */
static bool find_head(struct str line, struct head *h)
{
	if (!find_level(line, &h->level, &h->severity))
		return false;
	size_t at = h->level.len;
	while (line.ptr[at] != ':')
		at++;
	struct str rest = str_skip(line, ++at);
	struct str name = head_name_before_colon(rest);
	if (name.len > 0) {
		h->module = name;
		h->message = at + name.len + 1;
		return true;
	}
	size_t blanks = 0;
	while (blanks < rest.len && rest.ptr[blanks] == ' ')
		blanks++;
	h->message = at + blanks;
	return blanks > 0 && at + blanks == UVICORN_WIDTH && blanks < rest.len;
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct head h = {.time = TIME_NONE};
	if (!find_head(head_plain(line, &p->plain), &h))
		return false;
	head_set_record(p, &h, r);
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct head h = {0};
	struct str text = head_record_plain(r, f);
	const char *newline = memchr(text.ptr, '\n', text.len);
	struct str line = {text.ptr, newline ? (size_t)(newline - text.ptr) : text.len};
	if (!find_head(line, &h))
		h.message = 0;
	head_set_fields(f, &h, text);
}

const struct format format_basicconfig = {
	.name = "basicconfig",
	.summary = "Python's logging when nobody set it up: no time",
	.example = "WARNING:app.db:slow query",
	.first = "A~",
	.parse = parse,
	.fields = fields,
};
