/*
 * framing_pickle: four bytes of length, big-endian, and a pickle, as Python's
 * logging.handlers.SocketHandler sends it, Loguru's documentation in its recipe for
 * networks, and multiprocessing.connection.Client without a key. The same lengths before
 * JSON or syslog (length-delimited, as some collectors call it) are taken, too.
 *
 * https://docs.python.org/3/library/logging.handlers.html#sockethandler
 */
#include "sources/framing.h"

#include <inttypes.h>

#define LENGTH_BYTES 4

static uint32_t read_length(struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_text(char c)
{
	return c == '{' || c == '[' || c == '<';
}

static bool is_known(char first)
{
	return framing_pickle_begins(first) || is_text(first);
}

/* Lengths below 16 MiB begin with a zero byte, which no text does. */
static enum framing_guess guess(struct framing *f, struct str bytes)
{
	(void)f;
	if (bytes.ptr[0] != '\0')
		return GUESS_NO;
	return bytes.len <= LENGTH_BYTES || read_length(bytes) == 0 ||
			       is_known(bytes.ptr[LENGTH_BYTES])
		       ? GUESS_YES
		       : GUESS_NO;
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	struct str bytes = in->bytes;
	if (bytes.len == 0)
		return FRAMING_MORE;
	if (bytes.ptr[0] != '\0')
		return FRAMING_OTHER;
	if (bytes.len < LENGTH_BYTES)
		return FRAMING_MORE;
	uint32_t len = read_length(bytes);
	bool known = bytes.len > LENGTH_BYTES && is_known(bytes.ptr[LENGTH_BYTES]);
	bool allowed = len > 0 && len <= f->max_frame;
	if (!allowed && (len == 0 || known || f->seen != 0))
		return framing_bad(out,
			"a pickle of %" PRIu32 " bytes is announced; 1 to %zu are allowed%s",
			len, f->max_frame, len == 0 ? "" : " (see --max-record)");
	if (bytes.len == LENGTH_BYTES)
		return FRAMING_MORE;
	out->taken = LENGTH_BYTES + (size_t)len;
	if (!known) {
		out->bad = true;
		return f->seen != 0 ? FRAMING_SKIP : FRAMING_LINES;
	}
	if (bytes.len < out->taken)
		return FRAMING_MORE;
	out->kind = is_text(bytes.ptr[LENGTH_BYTES]) ? FRAME_TEXT : FRAME_PICKLE;
	out->message = str_make(bytes.ptr + LENGTH_BYTES, len);
	f->seen = 1;
	return FRAMING_MESSAGE;
}

const struct framing_ops framing_pickle = {
	.name = "pickle",
	.binary = true,
	.guess = guess,
	.next = next,
};
