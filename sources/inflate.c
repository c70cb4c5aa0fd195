/*
 * The only file that knows zlib. One stream is made once and used again: to make one takes
 * longer than to unpack a usual message.
 */
#include "sources/inflate.h"

#include <limits.h>
#include <stdlib.h>

#ifdef HAVE_ZLIB
#include <zlib.h>

#include "core/mem.h"

#define OUT_FIRST 4096

static const int window_bits[] = {[INFLATE_MARKED] = 15 + 32, [INFLATE_BARE] = -15};

static z_stream *open_stream(struct inflate *z, enum inflate_kind kind)
{
	z_stream *stream = z->stream[kind];

	if (stream != NULL)
		return inflateReset(stream) == Z_OK ? stream : NULL;
	stream = xcalloc(1, sizeof(*stream));
	if (inflateInit2(stream, window_bits[kind]) != Z_OK) {
		free(stream);
		return NULL;
	}
	z->stream[kind] = stream;
	return stream;
}

/* The most that LEN bytes may become. */
static size_t bound(size_t len, size_t max)
{
	size_t most = len < SIZE_MAX / INFLATE_RATIO ? len * INFLATE_RATIO : SIZE_MAX;

	if (most < INFLATE_FREE)
		most = INFLATE_FREE;
	return most < max ? most : max;
}

enum inflate_result inflate_all(struct inflate *z, enum inflate_kind kind, struct str in,
	size_t max, struct buf *out)
{
	/* zlib's type for what it reads has no const. */
	union {
		const char *text;
		Bytef *bytes;
	} next = {.text = in.ptr};
	z_stream *stream = open_stream(z, kind);
	size_t most = bound(in.len, max);
	int state = Z_OK;

	if (stream == NULL || in.len > UINT_MAX)
		return INFLATE_BROKEN;
	stream->next_in = next.bytes;
	stream->avail_in = (uInt)in.len;
	for (out->len = 0; state == Z_OK;) {
		size_t room = out->len < OUT_FIRST ? OUT_FIRST : out->len;
		if (out->len == most)
			room = 1; /* to see whether that was all */
		else if (room > most - out->len)
			room = most - out->len;
		buf_reserve(out, room);
		stream->next_out = (Bytef *)out->ptr + out->len;
		stream->avail_out = (uInt)(room < UINT_MAX ? room : UINT_MAX);
		size_t before = stream->avail_out;
		state = inflate(stream, Z_NO_FLUSH);
		out->len += before - stream->avail_out;
		if (out->len > most)
			return INFLATE_LONG;
		if (state == Z_OK && stream->avail_in == 0 && stream->avail_out > 0)
			return INFLATE_BROKEN;
	}
	return state == Z_STREAM_END ? INFLATE_WHOLE : INFLATE_BROKEN;
}

void inflate_clear(struct inflate *z)
{
	for (size_t i = 0; i < sizeof(z->stream) / sizeof(z->stream[0]); i++) {
		if (z->stream[i] != NULL)
			inflateEnd(z->stream[i]);
		free(z->stream[i]);
		z->stream[i] = NULL;
	}
}
#else
enum inflate_result inflate_all(struct inflate *z, enum inflate_kind kind, struct str in,
	size_t max, struct buf *out)
{
	(void)z;
	(void)kind;
	(void)in;
	(void)max;
	out->len = 0;
	return INFLATE_MISSING;
}

void inflate_clear(struct inflate *z)
{
	(void)z;
}
#endif

bool inflate_known(struct str bytes)
{
	unsigned char a, b;

	if (bytes.len < 2)
		return false;
	a = (unsigned char)bytes.ptr[0];
	b = (unsigned char)bytes.ptr[1];
	if (a == 0x1f && b == 0x8b)
		return true;
	/* Deflate, a window of 32 KiB, no dictionary, and a check. */
	return a == 0x78 && (b & 0x20) == 0 && (a << 8 | b) % 31 == 0;
}
