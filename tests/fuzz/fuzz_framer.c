/*
 * Fuzz target: a connection's bytes through all framings, in pieces and with silences
 * that the input chooses. Every step takes, waits or ends, and a message is inside of
 * what has come.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"
#include "sources/framing.h"

#define MAX_FRAME 512
#define STEPS_MAX 100000 /* more are an endless loop */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct str bytes)
{
	static volatile char last;
	for (size_t i = 0; i < bytes.len; i++)
		last = bytes.ptr[i];
	(void)last;
}

static void check(const struct framing_input *in, const struct framed *out,
	enum framing_step step)
{
	look_at(out->message);
	look_at(out->reply);
	assert(step != FRAMING_MESSAGE || out->message.len <= MAX_FRAME + FRAMING_HEAD);
	assert(step != FRAMING_SKIP || out->taken > 0 || out->reply.len > 0);
	assert(step != FRAMING_BAD || out->why[0] != '\0');
	assert(step != FRAMING_OTHER);
	assert(step != FRAMING_MORE || in->bytes.len <= MAX_FRAME + FRAMING_HEAD);
}

/* What can be done with BYTES; the bytes taken, maybe more. *OVER: nothing more is cut. */
static size_t cut(struct framing *f, struct str bytes, bool quiet, bool end, bool *over)
{
	size_t at = 0;
	for (int i = 0; at < bytes.len && !*over; i++) {
		/* In memory of its own, so that a byte too far is found out. */
		struct framing_input in = {str_make(NULL, bytes.len - at), quiet, end};
		struct framed out;
		char *copy = xmalloc(in.bytes.len);
		memcpy(copy, bytes.ptr + at, in.bytes.len);
		in.bytes.ptr = copy;
		enum framing_step step = framing_next(f, &in, &out);
		check(&in, &out, step);
		free(copy);
		assert(i < STEPS_MAX);
		if (step == FRAMING_MORE)
			break;
		quiet = false;
		*over = out.last || (step != FRAMING_MESSAGE && step != FRAMING_SKIP);
		at += out.taken;
	}
	return at;
}

/* The first bytes say how long the pieces are, and which are followed by silence. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct framing f = {.max_frame = MAX_FRAME};
	size_t taken = 0, have = 0;
	bool over = false;
	if (size < 4)
		return 0;
	uint8_t step = data[0], silences = data[1];
	f.local = (silences & 1) != 0;
	data += 2;
	size -= 2;
	for (unsigned piece = 0; have < size && !over; piece++) {
		have += 1 + step % (1u + (1u << piece % 8));
		have = have < size ? have : size;
		if (taken >= have)
			continue;
		bool quiet = (silences >> piece % 8 & 1) != 0;
		struct str bytes = {(const char *)data + taken, have - taken};
		taken += cut(&f, bytes, false, false, &over);
		if (quiet && !over && taken < have) {
			bytes = str_make((const char *)data + taken, have - taken);
			taken += cut(&f, bytes, true, false, &over);
		}
	}
	if (!over && taken < size)
		cut(&f, str_make((const char *)data + taken, size - taken), false, true, &over);
	framing_clear(&f);
	return 0;
}
