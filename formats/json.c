/*
 * json: one object a line, by whomever. What its members mean is in keys.c, which of
 * several is taken in gist.h.
 *
 * The walk over the members stops as soon as what is wanted has been found, so whether a
 * line is a record is decided by what stands before that: an object that breaks off after
 * its time is one all the same.
 */
#include "formats/format.h"
#include "formats/json_fields.h"
#include "formats/json_step.h"
#include "formats/gist.h"

#define INSIDE_MAX 3 /* objects inside each other that may hold a level or a module */

static void scan_inside(
	struct gist *g, const struct json_member *outer, struct str prefix, int depth)
{
	char path[KEY_NAME_MAX + TEXT_PAD] = {0};
	struct json_cursor c;
	struct json_member m;

	if (depth == INSIDE_MAX || prefix.len >= KEY_NAME_MAX ||
		!json_open(&c, outer->value))
		return;
	memcpy(path, prefix.ptr, prefix.len);
	path[prefix.len] = '.';
	while (g->need != 0 && json_next(&c, &m)) {
		size_t len = prefix.len + 1 + m.key.len;
		if (len > KEY_NAME_MAX)
			continue;
		memcpy(path + prefix.len + 1, m.key.ptr, m.key.len);
		const struct key *key = key_find(str_make(path, len));
		if (key == NULL)
			continue;
		if (m.kind == JSON_OBJECT && (key->marks & KEY_INSIDE) != 0)
			scan_inside(g, &m, str_make(path, len), depth + 1);
		else
			gist_take(g, key, &m);
	}
}

static bool scan_line(struct gist *g, struct str line)
{
	struct str object;
	struct json_cursor c;
	struct json_member m;

	if (!json_line(line, &object))
		return false;
	json_begin(&c, object.ptr + 1, object.ptr + object.len);
	while (g->need != 0 && json_step(&c, &m)) {
		const struct key *key = key_find(m.key);
		if (key == NULL)
			continue;
		if (m.kind == JSON_OBJECT && (key->marks & KEY_INSIDE) != 0)
			scan_inside(g, &m, m.key, 0);
		else
			gist_take(g, key, &m);
	}
	gist_end(g);
	return gist_known(g);
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	struct gist g;
	gist_begin(&g, p->want, &p->stamp);
	if (!scan_line(&g, line))
		return false;
	gist_store(&g, p, r);
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct stamp_cache stamp = {0};
	struct str line = {r->text, r->head}, object;
	struct gist g;
	struct fill fill;

	gist_begin(&g, WANT_LEVEL | WANT_MODULE, &stamp);
	scan_line(&g, line);
	fill_begin(&fill, f, &g, r->len);
	if (json_line(line, &object))
		json_put_members(&fill, object, (struct str){"", 0});
	fill_end(&fill, r->head < r->len ? str_skip(record_text(r), r->head + 1)
					 : (struct str){"", 0});
}

const struct format format_json = {
	.name = "json",
	.summary = "JSON, an object a line: pino, zap, slog, structlog, ECS, GELF and "
		   "the like",
	.example = "{\"time\":\"2026-11-20T18:08:23.407561+01:00\",\"level\":\"INFO\","
		   "\"logger\":\"app.db\",\"message\":\"connected\"}",
	.first = "{\x1e\xef",
	.in_turn = true, /* after Loguru's */
	.parse = parse,
	.fields = fields,
};
