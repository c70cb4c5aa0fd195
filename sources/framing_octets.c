/*
 * framing_octets: syslog messages behind their lengths, "92 <13>1 ...", with nothing
 * between them (RFC 6587, 3.4.1; RFC 5425 has the same without TLS). A number that is no
 * count, as it begins any line of text with a date, is not taken: counts have 1 to 9
 * digits, no zero in front, and are followed by a blank and a priority.
 */
#include "sources/framing.h"

static enum framing_guess guess(struct framing *f, struct str bytes)
{
	size_t count, head;
	(void)f;
	return framing_count(bytes, 0, &count, &head);
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	struct str bytes = in->bytes;
	enum framing_step step;
	size_t count = 0, head = 0;
	if (bytes.len == 0)
		return FRAMING_MORE;
	if (framing_stray(f, in, out, &step))
		return step;
	switch (framing_count(bytes, 0, &count, &head)) {
	case GUESS_NO:
		return FRAMING_OTHER;
	case GUESS_MORE:
		if (in->quiet || in->end)
			return FRAMING_OTHER;
		out->quiet_ms = FRAMING_GUESS_MS;
		return FRAMING_MORE;
	case GUESS_YES:
		break;
	}
	if (count > f->max_frame)
		return framing_bad(out,
			"a message of %zu bytes is announced; at most %zu are allowed "
			"(see --max-record)",
			count, f->max_frame);
	out->taken = head + count;
	if (bytes.len < out->taken)
		return FRAMING_MORE;
	out->message = str_make(bytes.ptr + head, count);
	return FRAMING_MESSAGE;
}

const struct framing_ops framing_octets = {
	.name = "octets",
	.guess = guess,
	.next = next,
};
