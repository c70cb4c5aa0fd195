/*
 * Fuzz target: a frame as the pickle format takes it, its fields, and its line of text.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "formats/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct intern_cache modules;
	static struct fields fields;
	static bool ready;
	struct parse p = {.want = WANT_LEVEL | WANT_MODULE, .modules = &modules};
	char *copy = xmalloc(size + TEXT_PAD);
	struct record r = {.time = TIME_NONE,
		.text = copy,
		.len = (uint32_t)size,
		.head = (uint32_t)size,
		.offset = 4,
		.format = FORMAT_pickle,
		.flags = RECORD_WIRE};

	if (!ready)
		formats_init();
	ready = true;
	if (size > 0)
		memcpy(copy, data, size);
	memset(copy + size, 'q', TEXT_PAD);
	fields_reset(&fields);
	if (format_pickle.parse(&p, (struct str){copy, size}, &r))
		fields_text(&fields, &r);
	buf_free(&p.plain);
	free(copy);
	return 0;
}
