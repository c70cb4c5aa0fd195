/*
 * Any bytes as a message of syslog: a record's fields are in its text or in scratch, and
 * what is wanted does not decide whether it is one, nor its time.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"
#include "formats/format.h"
#include "formats/syslog.h"

#define NOW INT64_C(1795204800000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum format_id ids[] = {
	FORMAT_syslog5424, FORMAT_syslog3164, FORMAT_syslog_iso};

static struct intern_cache modules;
static struct fields f;

static bool parse(const struct format *format, unsigned want, bool rsyslog, struct record *r)
{
	struct parse p = {.want = want, .modules = &modules, .year = {.now = NOW},
		.rsyslog = rsyslog};
	bool taken = format->parse(&p, syslog_first_line(r), r);

	buf_free(&p.plain);
	buf_free(&p.part);
	return taken;
}

static void try_format(enum format_id id, struct record bare, bool rsyslog)
{
	struct record r = bare, other = bare;
	bool taken = parse(formats[id], WANT_LEVEL, rsyslog, &r);

	assert(parse(formats[id], 0, rsyslog, &other) == taken && other.time == r.time);
	if (!taken)
		return;
	r.format = (uint8_t)id;
	fields_reset(&f);
	fields_load(&f, &r);
	for (size_t i = 0; i < FIELD_NAMED; i++) {
		struct str s = f.named[i];
		assert(s.ptr == NULL || (s.ptr >= r.text && s.ptr + s.len <= r.text + r.len) ||
			(s.ptr >= f.scratch.ptr &&
				s.ptr + s.len <= f.scratch.ptr + f.scratch.cap));
	}
	fields_reset(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	struct record r = {.time = TIME_NONE};

	if (fields_parse == NULL) {
		setenv("TZ", "UTC", 1);
		formats_init();
	}
	text = xmalloc(size + TEXT_PAD);
	memcpy(text, data, size);
	memset(text + size, size % 2 ? '"' : '7', TEXT_PAD);
	r.text = text;
	r.len = (uint32_t)size;
	r.head = (uint32_t)syslog_first_line(&r).len;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		try_format(ids[i], r, size % 2);
	free(text);
	return 0;
}
