/*
 * Fuzz target: requests as a connection gives them, in pieces whose lengths the input says.
 * Every step takes, replies, waits or ends; messages are inside of what may be.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"
#include "sources/framing.h"

#define MAX_FRAME 4096
#define STEPS_MAX 100000 /* more are an endless loop */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct framed *out, enum framing_step what)
{
	static volatile char last;

	assert(out->message.len <= MAX_FRAME);
	for (size_t i = 0; i < out->message.len; i++)
		last = out->message.ptr[i];
	for (size_t i = 0; i < out->reply.len; i++)
		last = out->reply.ptr[i];
	assert(what != FRAMING_SKIP || out->taken > 0 || out->reply.len > 0);
	assert(what != FRAMING_BAD || out->why[0] != '\0');
	(void)last;
}

/* What can be done with BYTES; the bytes taken. *OVER: the connection is at its end. */
static size_t feed(struct framing *f, struct str bytes, bool end, bool *over)
{
	size_t taken = 0;

	for (int i = 0; taken < bytes.len && !*over; i++) {
		struct framing_input in = {.bytes = str_skip(bytes, taken), .end = end};
		struct framed out = {0};
		enum framing_step what = framing_http.next(f, &in, &out);
		check(&out, what);
		assert(i < STEPS_MAX);
		if (what == FRAMING_MORE)
			break;
		*over = out.last || (what != FRAMING_MESSAGE && what != FRAMING_SKIP);
		taken += out.taken < in.bytes.len ? out.taken : in.bytes.len;
	}
	return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct framing f = {.ops = &framing_http, .max_frame = MAX_FRAME};
	size_t first = size > 2 ? ((size_t)data[0] << 8 | data[1]) % (size - 1) : 0, taken = 0;
	bool over = false;

	if (size < 3)
		return 0;
	data += 2;
	size -= 2;
	for (int piece = 0; piece < 2 && !over; piece++) {
		size_t have = piece == 0 ? first : size;
		if (have <= taken)
			continue;
		char *copy = xmalloc(have - taken);
		memcpy(copy, data + taken, have - taken);
		taken += feed(&f, str_make(copy, have - taken), piece == 1, &over);
		free(copy);
	}
	framing_clear(&f);
	return 0;
}
