/*
 * head: time, then tokens up to the level, then, if more is wanted, tokens up to the
 * message (head_after.c). What the tokens mean is decided by their shape alone, since the
 * layouts that programs are given are as many as the programs.
 */
#include "formats/head.h"

#include "core/escape.h"
#include "formats/head_parts.h"

#define COLUMNS_MAX 128 /* from the time to the level, module names included */
#define TOKENS_MAX 8
#define NUMBER_MAX 20
#define COLOURED_MAX 1024 /* bytes of a line that are freed from colours to find its head */

static bool is_upper(char c)
{
	return (unsigned char)(c - 'A') < 26;
}

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

#define LETTER(c) (1u << ((c) - 'a'))
#define ENGLISH_LETTERS \
	(LETTER('a') | LETTER('l') | LETTER('n') | LETTER('s') | LETTER('c') | \
		LETTER('h') | LETTER('f'))

/* Words that are levels where a layout marks them as such, but also plain English. */
static bool is_plain_english(struct str word)
{
	static const struct str words[] = {STR("all"), STR("log"), STR("note"), STR("system"),
		STR("config"), STR("http"), STR("fail"), STR("failure"), STR("fine"),
		STR("finer"), STR("spam"), STR("silly")};
	if (word.len == 1)
		return true;
	unsigned letter = (unsigned)(word.ptr[0] | 0x20) - 'a';
	/* Most levels begin with another letter: D I W E C T. */
	if (letter > 25 || !(ENGLISH_LETTERS >> letter & 1))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq_nocase(word, words[i]))
			return true;
	}
	return false;
}

static void take_level(struct scan *s, struct str word, struct severity severity)
{
	s->h->level = word;
	s->h->severity = severity;
	s->h->leveled = true;
}

/* The bytes of a level word at the start of S: letters, perhaps a number or slog's step. */
static size_t level_len(struct str s)
{
	size_t n = 0;
	while (n < s.len && is_letter(s.ptr[n]))
		n++;
	if ((n == 5 || n == 3) && n + 1 < s.len && s.ptr[n] == ' ' && (s.ptr[0] | 0x20) == 'l' &&
		head_is_digit(s.ptr[n + 1])) {
		n++; /* Level 37 */
	} else if (n >= 4 && n + 1 < s.len && (s.ptr[n] == '+' || s.ptr[n] == '-') &&
		   head_is_digit(s.ptr[n + 1])) {
		n++; /* INFO+2 */
	}
	while (n > 0 && n < s.len && head_is_digit(s.ptr[n]))
		n++;
	return n;
}

/* A level that no bracket marks. What follows it says how sure one can be. */
static bool bare_level(struct scan *s)
{
	struct str rest = str_skip(s->line, s->at), word = rest;
	struct severity severity;
	word.len = level_len(rest);
	if (word.len == 0 || !level_from_word(word, &severity))
		return false;
	bool shouted = word.len > 1 && is_upper(word.ptr[0]) &&
		       (is_upper(word.ptr[1]) || word.ptr[word.len - 1] <= '9');
	char next = word.len < rest.len ? rest.ptr[word.len] : ' ';
	bool good;
	if (head_is_blank(next) || next == '\r') {
		struct str more = str_skip(rest, word.len);
		bool marked = s->mark == '|' ||
			      (s->mark == '-' && str_starts(more, " - "));
		good = marked || (shouted && !is_plain_english(word));
	} else if (next == ':') {
		char after = word.len + 1 < rest.len ? rest.ptr[word.len + 1] : ' ';
		bool marked = head_is_blank(after) || s->mark == ':';
		good = shouted ? marked || !is_plain_english(word) :
				 marked && (s->bracketed.ptr || !is_plain_english(word));
	} else {
		good = next == '|' || (s->inside && (next == '/' || next == ']'));
	}
	if (!good)
		return false;
	take_level(s, word, severity);
	s->at += word.len;
	return true;
}

/* [INFO], [info     ], [INFO/MainProcess], [app.mod#info]. */
static bool bracketed_level(struct scan *s, struct str content)
{
	struct severity severity;
	struct str word = str_trim(content);
	if (level_from_word(word, &severity)) {
		take_level(s, word, severity);
		s->h->padded = content.len == 9 && s->open == '[' && content.ptr[0] >= 'a';
		if (s->bare_pid && is_upper(word.ptr[0]) && word.len > 1 && word.ptr[1] >= 'a') {
			s->h->thread = s->h->pid; /* MySQL: 7 [Warning] */
			s->h->pid.ptr = NULL;
		}
		return true;
	}
	const char *cut = memchr(word.ptr, '/', word.len);
	if (!cut)
		cut = memchr(word.ptr, '#', word.len);
	if (!cut)
		return false;
	size_t n = (size_t)(cut - word.ptr);
	struct str left = {word.ptr, n}, right = str_skip(word, n + 1);
	if (*cut == '/' && level_from_word(left, &severity)) {
		take_level(s, left, severity);
		s->h->process = right;
	} else if (*cut == '#' && level_from_word(right, &severity)) {
		take_level(s, right, severity);
		s->h->module = left;
	} else {
		return false;
	}
	return true;
}

/* What stands in brackets and is no level: [1234], [main], {task.py:12}. */
static bool bracketed_other(struct scan *s, struct str content)
{
	struct str word = str_trim(content);
	if (head_is_number(word)) {
		head_add_number(s->h, word);
		return true;
	}
	if (head_is_place(word)) {
		head_take_place(s->h, word);
		return true;
	}
	if (!head_is_name(word) && word.len > 0 && memchr(word.ptr, ' ', word.len))
		return false;
	if (!s->bracketed.ptr)
		s->bracketed = word;
	return true;
}

static bool bracket(struct scan *s)
{
	struct str content;
	s->open = s->line.ptr[s->at];
	size_t n = head_bracket(str_skip(s->line, s->at), &content);
	if (n == 0)
		return false;
	if (!bracketed_level(s, content) && !bracketed_other(s, content))
		return false;
	s->at += n;
	return true;
}

/* "app.INFO: text" of monolog. */
static bool dotted_level(struct scan *s, struct str word)
{
	struct severity severity;
	const char *dot = memrchr(word.ptr, '.', word.len);
	if (!dot || word.ptr[word.len - 1] != ':' || !is_upper(dot[1]))
		return false;
	struct str level = {dot + 1, (size_t)(word.ptr + word.len - 1 - (dot + 1))};
	if (!level_from_word(level, &severity))
		return false;
	s->h->module = (struct str){word.ptr, (size_t)(dot - word.ptr)};
	take_level(s, level, severity);
	s->at += word.len - 1; /* the colon is left for what follows */
	return true;
}

/* A name before the level. At most one may be a word like any other, or else text that
 * mentions ERROR would get a level. */
static bool take_name(struct scan *s, struct str name, bool structured)
{
	if (!structured && s->plain_words++ > 0)
		return false;
	if (s->h->module.ptr)
		s->h->host = s->h->module;
	s->h->module = name;
	return true;
}

/* A token before the level that has a colon or a bracket: a place, a name with its pid. */
static bool compound(struct scan *s, struct str word)
{
	struct str pid = {NULL, 0};
	if (dotted_level(s, word))
		return true;
	s->at += word.len;
	if (word.ptr[word.len - 1] == ':')
		word.len--;
	if (head_is_number(word)) {
		head_add_number(s->h, word);
		return true;
	}
	if (head_is_place(word)) {
		head_take_place(s->h, word);
		return true;
	}
	struct str name = head_without_pid(word, &pid);
	if (!head_is_name(name) || !take_name(s, name, pid.ptr || head_is_structured(name)))
		return false;
	if (pid.ptr)
		s->h->pid = pid;
	return true;
}

/* A token before the level that no bracket marks: a name, a number, a place. */
static bool bare_other(struct scan *s)
{
	struct token token = head_token(str_skip(s->line, s->at), s->mark, s->inside);
	struct str word = token.text;
	if (word.len == 0 || (token.classes & BYTE_OTHER))
		return false;
	if (token.classes & (BYTE_COLON | BYTE_BRACKET))
		return compound(s, word);
	s->at += word.len;
	if (token.classes == BYTE_DIGIT) {
		if (word.len > NUMBER_MAX)
			return false;
		head_add_number(s->h, word);
		s->bare_pid = true;
		return true;
	}
	if (head_take_worker(s->h, word))
		return true;
	unsigned char c = (unsigned char)word.ptr[0];
	if (head_classes[c] != BYTE_LETTER && c != '_' && c != '<' && c < 0x80)
		return false;
	return take_name(s, word, token.classes != BYTE_LETTER);
}

/* Finds the level; if there is none, the head ends where it began. */
static bool find_level(struct scan *s)
{
	size_t end = s->at + COLUMNS_MAX;
	for (int i = 0; i < TOKENS_MAX; i++) {
		head_step(s);
		if (s->at >= s->line.len || s->at >= end)
			return false;
		char c = s->line.ptr[s->at];
		bool good;
		if (is_letter(c))
			good = bare_level(s) || bare_other(s);
		else if (c == '[' || c == '{' || c == '(' || c == '<')
			good = bracket(s);
		else
			good = bare_other(s);
		if (s->h->leveled || !good)
			return good;
	}
	return false;
}

/* "ERROR 2026-11-20 ...", "[ERROR] 2026-...", "INFO:2026-...": moves behind the level. */
static bool level_first(struct scan *s)
{
	struct severity severity;
	size_t start = s->line.ptr[0] == '[';
	struct str word = str_skip(s->line, start);
	word.len = level_len(word);
	size_t at = start + word.len;
	if (word.len < 2 || !is_upper(word.ptr[0]) || at >= s->line.len ||
		!level_from_word(word, &severity) || is_plain_english(word))
		return false;
	if (start && s->line.ptr[at++] != ']')
		return false;
	while (at < s->line.len && strchr(" \t:-|[", s->line.ptr[at]))
		at++;
	if (at == start + word.len || at >= s->line.len || !head_is_digit(s->line.ptr[at]))
		return false;
	take_level(s, word, severity);
	s->at = at;
	s->level_first = true;
	return true;
}

static bool find_time(struct stamp_cache *cache, struct scan *s)
{
	struct str line = s->line;
	if (line.len == 0)
		return false;
	s->at = line.ptr[0] == '[';
	if (!head_is_digit(line.ptr[s->at]) && !level_first(s))
		return false;
	bool open = s->at > 0 && line.ptr[s->at - 1] == '[';
	struct str rest = str_skip(line, s->at);
	size_t n = cache ? stamp_parse(cache, rest, &s->h->time) : stamp_skip(rest);
	s->stamp = (struct str){rest.ptr, n};
	s->at += n;
	if (open && s->at < line.len && line.ptr[s->at] == ']')
		s->at++;
	else
		s->inside = open;
	return n > 0;
}

bool head_scan(
	struct stamp_cache *cache, struct str line, enum head_depth depth, struct head *h)
{
	struct scan s = {.line = line, .h = h};
	*h = (struct head){0};
	if (!find_time(cache, &s))
		return false;
	h->stamp_end = s.at;
	if (!h->leveled && !find_level(&s)) {
		*h = (struct head){.time = h->time, .stamp_end = h->stamp_end};
		s.at = h->stamp_end;
		s.bracketed.ptr = NULL;
	}
	if (depth == HEAD_ALL || (depth == HEAD_MODULE && !h->module.ptr))
		head_after(&s);
	return true;
}

struct str head_plain(struct str line, struct buf *scratch)
{
	static const char pad[TEXT_PAD];
	struct str start = line;
	if (start.len > COLOURED_MAX)
		start.len = COLOURED_MAX;
	if (start.len == 0 || !memchr(start.ptr, '\x1b', start.len))
		return line;
	scratch->len = 0;
	ansi_strip(scratch, start);
	buf_put(scratch, pad, sizeof(pad));
	scratch->len -= sizeof(pad);
	return buf_str(scratch);
}

struct str head_record_plain(const struct record *r, struct fields *f)
{
	static const char pad[TEXT_PAD];
	struct str text = record_text(r);
	if (text.len == 0 || !memchr(text.ptr, '\x1b', text.len))
		return text;
	fields_scratch_begin(f, text.len + sizeof(pad));
	size_t start = f->scratch.len;
	ansi_strip(&f->scratch, text);
	struct str plain = {f->scratch.ptr + start, f->scratch.len - start};
	buf_put(&f->scratch, pad, sizeof(pad));
	return plain;
}

void head_set_fields(struct fields *f, const struct head *h, struct str text)
{
	f->named[FIELD_LEVEL] = h->level;
	f->named[FIELD_MODULE] = h->module;
	f->named[FIELD_FUNCTION] = h->function;
	f->named[FIELD_FILE] = h->file;
	f->named[FIELD_LINE] = h->line;
	f->named[FIELD_PID] = h->pid;
	f->named[FIELD_PROCESS] = h->process;
	f->named[FIELD_THREAD] = h->thread;
	f->named[FIELD_HOST] = h->host;
	fields_set_message(f, str_skip(text, h->message));
}

void head_set_record(struct parse *p, const struct head *h, struct record *r)
{
	r->time = h->time;
	if (p->want & WANT_LEVEL) {
		r->level = h->severity.level;
		r->severity = h->severity.number;
	}
	if (p->want & WANT_MODULE)
		r->module = h->module.ptr ? intern(p->modules, h->module) : 0;
}
