/*
 * json_step: json_next() for those who call it for every line, to be inlined. Only
 * json_read.c and json.c include it.
 *
 * The quotes of 64 bytes are found at once and kept as a bitmap: finding them one after
 * the other would make each search wait for the one before it. Every search may run over
 * the end of the text into its padding, so what it finds is compared with the end after.
 * A text that is opened ends with its closing bracket, so skipping blanks needs no bound.
 */
#ifndef FORMATS_JSON_STEP_H
#define FORMATS_JSON_STEP_H

#include "formats/json_bytes.h"
#include "formats/json_read.h"

/* The character after the object or array that begins at P, or NULL. */
const char *json_skip_nested(const char *p, const char *end);

/* Puts C at P, which is inside its text. */
static inline void json_begin(struct json_cursor *c, const char *p, const char *end)
{
	c->at = p;
	c->end = end;
	c->block = p;
	c->quotes = json_block(p);
	c->array = false;
	c->first = true;
	c->broken = false;
}

/* The closing quote of the string whose first character is at P, or NULL. */
static inline const char *json_string_end(
	struct json_cursor *c, const char *p, bool *escaped)
{
	*escaped = false;
	while (p < c->end) {
		size_t offset = (size_t)(p - c->block);
		if (offset >= JSON_BLOCK) {
			c->block = p;
			c->quotes = json_block(p);
			offset = 0;
		}
		uint64_t found = c->quotes >> offset;
		if (found == 0) {
			p += JSON_BLOCK - offset;
			continue;
		}
		p += __builtin_ctzll(found);
		if (p >= c->end)
			return NULL;
		if (*p == '"')
			return p;
		*escaped = true;
		p += 2;
	}
	return NULL;
}

static inline const char *json_skip_plain(const char *p, const char *end)
{
	for (; p < end; p += JSON_CHUNK) {
		unsigned found = json_ends(p);
		if (found != 0) {
			p += __builtin_ctz(found);
			break;
		}
	}
	return p < end ? p : NULL;
}

static inline enum json_kind json_plain_kind(const char *p)
{
	const char *digit = *p == '-' ? p + 1 : p;
	return *digit >= '0' && *digit <= '9' ? JSON_NUMBER : JSON_WORD;
}

/* Reads the value at P; the character after it, or NULL. */
static inline const char *json_read_value(
	struct json_cursor *c, const char *p, struct json_member *m)
{
	const char *start = p;
	m->escaped = false;
	if (*p == '"') {
		p = json_string_end(c, p + 1, &m->escaped);
		if (p == NULL)
			return NULL;
		m->kind = JSON_STRING;
		m->value = str_make(start + 1, (size_t)(p - start - 1));
		return p + 1;
	}
	if (*p == '{' || *p == '[') {
		m->kind = *p == '{' ? JSON_OBJECT : JSON_ARRAY;
		p = json_skip_nested(p, c->end);
	} else {
		m->kind = json_plain_kind(p);
		p = json_skip_plain(p, c->end);
	}
	if (p == NULL || p == start)
		return NULL;
	m->value = str_make(start, (size_t)(p - start));
	return p;
}

static inline const char *json_read_key(
	struct json_cursor *c, const char *p, struct json_member *m)
{
	if (*p != '"')
		return NULL;
	const char *start = p + 1;
	p = json_string_end(c, start, &m->key_escaped);
	if (p == NULL)
		return NULL;
	m->key = str_make(start, (size_t)(p - start));
	p = json_skip_blanks(p + 1);
	return *p == ':' ? json_skip_blanks(p + 1) : NULL;
}

/* The same as json_next. */
static inline bool json_step(struct json_cursor *c, struct json_member *m)
{
	const char *p = json_skip_blanks(c->at);
	if (*p == ',' && !c->first) {
		p = json_skip_blanks(p + 1);
	} else if (!c->first || (c->array ? *p == ']' : *p == '}')) {
		c->broken = p != c->end - 1;
		return false;
	}
	c->first = false;
	c->broken = true;
	if (c->array) {
		m->key = (struct str){NULL, 0};
		m->key_escaped = false;
	} else {
		p = json_read_key(c, p, m);
	}
	if (p == NULL || p >= c->end)
		return false;
	p = json_read_value(c, p, m);
	if (p == NULL || p >= c->end)
		return false;
	c->broken = false;
	c->at = p;
	return true;
}

#endif
