/*
 * framing_export: entries of the systemd journal as `journalctl -o export` writes them:
 * fields, NAME=value or NAME, 8 bytes of little-endian length and the value, each ended by
 * a line feed; an empty line ends an entry.
 *
 * https://systemd.io/JOURNAL_EXPORT_FORMATS
 */
#include "sources/framing.h"

#include <stdint.h>

#define COUNT_BYTES 8

static const struct str cursor = STR("__CURSOR=");

static enum framing_guess guess(struct framing *f, struct str bytes)
{
	(void)f;
	return framing_literal(bytes, 0, cursor);
}

/* The bytes of the field that begins at AT; 0: not all of it is there, or may be. */
static size_t field_length(struct framing *f, struct str bytes, size_t at)
{
	const char *newline = memchr(bytes.ptr + at, '\n', bytes.len - at);
	uint64_t count = 0;
	if (newline == NULL)
		return 0;
	size_t line = (size_t)(newline - bytes.ptr) - at;
	if (line == 0 || memchr(bytes.ptr + at, '=', line) != NULL)
		return line + 1;
	if (bytes.len - at < line + 1 + COUNT_BYTES)
		return 0;
	for (size_t i = 0; i < COUNT_BYTES; i++)
		count |= (uint64_t)(unsigned char)newline[1 + i] << 8 * i;
	/* What is longer than a message may be is cut as one. */
	if (count > f->max_frame || bytes.len - at < line + COUNT_BYTES + count + 2)
		return 0;
	return line + COUNT_BYTES + (size_t)count + 2;
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	struct str bytes = in->bytes;
	enum framing_step step;
	if (bytes.len == 0)
		return FRAMING_MORE;
	if (framing_stray(f, in, out, &step))
		return step;
	if (f->searched == 0 && !f->torn && framing_literal(bytes, 0, cursor) == GUESS_NO)
		return FRAMING_OTHER;
	while (f->searched < bytes.len) {
		size_t n = field_length(f, bytes, f->searched);
		if (n == 0)
			break;
		f->searched += n;
		if (n > 1)
			continue;
		out->kind = FRAME_JOURNAL;
		out->message = str_make(bytes.ptr, f->searched - 1);
		out->taken = f->searched;
		return FRAMING_MESSAGE;
	}
	if (in->end && f->searched == bytes.len) {
		out->kind = FRAME_JOURNAL;
		out->message = bytes;
		out->taken = bytes.len;
		return FRAMING_MESSAGE;
	}
	return framing_more(f, bytes, 0, out);
}

const struct framing_ops framing_export = {
	.name = "export",
	.guess = guess,
	.next = next,
};
