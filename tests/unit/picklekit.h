/*
 * picklekit: the frames of tests/golden/pickle/ and pickles in memory, for the tests of
 * the pickle format.
 */
#ifndef TESTS_PICKLEKIT_H
#define TESTS_PICKLEKIT_H

#include "formatkit.h"

/* What a sender has put on the wire: a length of four bytes, the highest first, and a
 * pickle, again and again. */
static inline struct buf pickle_file(const char *name)
{
	char path[300];
	struct buf b = {0};
	snprintf(path, sizeof(path), "tests/golden/pickle/%s.bin", name);
	FILE *file = fopen(path, "rb");
	if (!ok(file != NULL, "%s can be opened", path))
		exit(done_testing());
	buf_reserve(&b, 1 << 20);
	b.len = fread(b.ptr, 1, 1 << 20, file);
	fclose(file);
	return b;
}

static inline bool pickle_frame(struct str *rest, struct str *frame)
{
	const unsigned char *b = (const unsigned char *)rest->ptr;
	size_t len;

	if (rest->len < 4)
		return false;
	len = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
	*rest = str_skip(*rest, 4);
	if (!ok(len <= rest->len, "a frame is whole"))
		return false;
	*frame = (struct str){rest->ptr, len};
	*rest = str_skip(*rest, len);
	return true;
}

/* One reader's, kept from frame to frame. */
static struct parse pickle_parse = {
	.want = WANT_LEVEL | WANT_MODULE, .modules = &kit_modules};

/* Parses FRAME, whose copy stays until the next call, into R and kit_fields. */
static inline bool pickle_take(struct str frame, struct record *r)
{
	static char *copy;
	bool taken;

	fields_reset(&kit_fields);
	free(copy);
	copy = kit_copy(frame, 'q');
	*r = (struct record){.time = TIME_NONE,
		.text = copy,
		.len = (uint32_t)frame.len,
		.head = (uint32_t)frame.len,
		.offset = 4,
		.format = FORMAT_pickle,
		.flags = RECORD_WIRE};
	taken = format_pickle.parse(&pickle_parse, (struct str){copy, frame.len}, r);
	if (taken)
		fields_load(&kit_fields, r);
	return taken;
}

static inline void pickle_end(void)
{
	struct record r;

	pickle_take((struct str){"", 0}, &r);
	buf_free(&pickle_parse.plain);
	fields_free(&kit_fields);
}

#endif
