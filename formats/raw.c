/*
 * raw: text that no format takes: print(), banners, a traceback on its own. The reader
 * makes these records itself, so that parse takes nothing.
 */
#include "formats/format.h"

#include "formats/head.h"

static bool parse(struct parse *p, struct str line, struct record *r)
{
	(void)p;
	(void)line;
	(void)r;
	return false;
}

static void fields(const struct record *r, struct fields *f)
{
	fields_set_message(f, head_record_plain(r, f));
}

const struct format format_raw = {
	.name = "raw",
	.summary = "any other text: no time, no level",
	.example = "Listening on port 80",
	.first = NULL,
	.parse = parse,
	.fields = fields,
};
