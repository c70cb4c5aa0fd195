/*
 * framing_sequence: JSON text sequences (RFC 7464): a record separator, a JSON text that
 * may have several lines, a line feed. `journalctl -o json-seq` writes it.
 */
#include "sources/framing.h"

#define SEPARATOR '\x1e'

static enum framing_guess guess(struct framing *f, struct str bytes)
{
	(void)f;
	if (bytes.ptr[0] != SEPARATOR)
		return GUESS_NO;
	if (bytes.len == 1)
		return GUESS_MORE;
	return bytes.ptr[1] == '{' || bytes.ptr[1] == '[' || bytes.ptr[1] == ' ' ||
		       bytes.ptr[1] == '\n'
		       ? GUESS_YES
		       : GUESS_NO;
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
	if (!f->torn && bytes.ptr[0] != SEPARATOR)
		return FRAMING_OTHER;
	size_t start = bytes.ptr[0] == SEPARATOR ? 1 : 0;
	size_t from = f->searched > start ? f->searched : start;
	const char *end = memchr(bytes.ptr + from, SEPARATOR, bytes.len - from);
	bool line = bytes.ptr[bytes.len - 1] == '\n';
	if (end == NULL && !in->end && !(in->quiet && line)) {
		f->searched = bytes.len;
		return framing_more(f, bytes, line ? FRAMING_QUIET_MS : 0, out);
	}
	size_t len = end != NULL ? (size_t)(end - bytes.ptr) : bytes.len;
	out->message = str_make(bytes.ptr + start, len - start);
	out->taken = len;
	return FRAMING_MESSAGE;
}

const struct framing_ops framing_sequence = {
	.name = "sequence",
	.guess = guess,
	.next = next,
};
