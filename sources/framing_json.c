/*
 * framing_json: JSON objects that end with a NUL, as GELF is sent over TCP. Objects that
 * end with a line feed are lines.
 *
 * https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
 */
#include "sources/framing.h"

/* Neither line feeds nor NULs are in a JSON object on one line: whichever comes first
 * tells. A NUL in what has come is one even if an object was laid out on several lines. */
static enum framing_guess guess(struct framing *f, struct str bytes)
{
	if (bytes.ptr[0] != '{')
		return GUESS_NO;
	size_t from = f->searched < bytes.len ? f->searched : bytes.len;
	if (memchr(bytes.ptr + from, '\0', bytes.len - from) != NULL)
		return GUESS_YES;
	if (memchr(bytes.ptr + from, '\n', bytes.len - from) != NULL)
		return GUESS_NO;
	f->searched = bytes.len;
	return bytes.len < f->max_frame ? GUESS_MORE : GUESS_NO;
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
	if (!f->torn && bytes.ptr[0] != '{')
		return FRAMING_OTHER;
	const char *nul = memchr(bytes.ptr + f->searched, '\0', bytes.len - f->searched);
	bool line = bytes.ptr[bytes.len - 1] == '\n';
	if (nul == NULL && line && (in->quiet || in->end))
		return FRAMING_LINES;
	if (nul == NULL && !in->end) {
		f->searched = bytes.len;
		return framing_more(f, bytes, line ? FRAMING_QUIET_MS : 0, out);
	}
	size_t len = nul != NULL ? (size_t)(nul - bytes.ptr) : bytes.len;
	out->message = str_make(bytes.ptr, len);
	out->taken = nul != NULL ? len + 1 : len;
	return FRAMING_MESSAGE;
}

const struct framing_ops framing_json = {
	.name = "json",
	.guess = guess,
	.next = next,
};
