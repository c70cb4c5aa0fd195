/*
 * framing_syslog: syslog messages that begin with their priority and end with a NUL
 * (Python's SysLogHandler) or a line feed (RFC 6587, 3.4.2). Python's may hold line feeds,
 * those of tracebacks above all, so that a line feed only ends a message if another one
 * begins behind it, or after a silence. Once a message has ended with a NUL, and as long
 * as none ends otherwise, only NULs end messages: a text cannot forge one.
 */
#include "sources/framing.h"

#define TORN_MS 2000 /* silence after which a message without an end is taken for whole */

enum seen {
	SEEN_NUL = 1, /* messages have ended with a NUL ... */
	SEEN_LINE = 2 /* ... and with a line feed */
};

static enum framing_guess guess(struct framing *f, struct str bytes)
{
	(void)f;
	return framing_priority(bytes, 0);
}

/* Whether a message begins behind the line feed at AT. */
static enum framing_guess begins_behind(struct str bytes, size_t at)
{
	size_t count, head;
	enum framing_guess plain = framing_priority(bytes, at + 1);
	return plain != GUESS_NO ? plain : framing_count(bytes, at + 1, &count, &head);
}

static enum framing_step end_at(struct framing *f, struct str bytes, size_t at,
	unsigned seen, struct framed *out)
{
	f->seen |= seen;
	out->message = str_make(bytes.ptr, at);
	out->taken = at < bytes.len ? at + 1 : at;
	out->torn = seen == 0;
	return FRAMING_MESSAGE;
}

/* The bytes came to an end or a halt without an end of the message in them. */
static enum framing_step halt(struct framing *f, const struct framing_input *in,
	struct str bytes, struct framed *out)
{
	bool line = bytes.ptr[bytes.len - 1] == '\n';
	if (in->quiet || in->end)
		return end_at(f, bytes, line ? bytes.len - 1 : bytes.len,
			line ? SEEN_LINE : 0, out);
	return framing_more(f, bytes, line ? FRAMING_QUIET_MS : TORN_MS, out);
}

/* Where both ends may come: whichever is first. */
static enum framing_step next_mixed(struct framing *f, const struct framing_input *in,
	struct str bytes, struct framed *out)
{
	bool final = in->quiet || in->end;
	for (size_t at = f->searched;;) {
		const char *p = memchr(bytes.ptr + at, '\n', bytes.len - at);
		size_t stop = p != NULL ? (size_t)(p - bytes.ptr) : bytes.len;
		const char *nul = memchr(bytes.ptr + at, '\0', stop - at);
		if (nul != NULL)
			return end_at(f, bytes, (size_t)(nul - bytes.ptr), SEEN_NUL, out);
		f->searched = stop;
		if (p == NULL || stop + 1 == bytes.len)
			break;
		enum framing_guess begins = begins_behind(bytes, stop);
		if (begins == GUESS_YES)
			return end_at(f, bytes, stop, SEEN_LINE, out);
		if (begins == GUESS_MORE && !final)
			return framing_more(f, bytes, TORN_MS, out);
		at = stop + 1;
	}
	return halt(f, in, bytes, out);
}

static enum framing_step next_nul(struct framing *f, const struct framing_input *in,
	struct str bytes, struct framed *out)
{
	const char *nul = memchr(bytes.ptr + f->searched, '\0', bytes.len - f->searched);
	if (nul != NULL)
		return end_at(f, bytes, (size_t)(nul - bytes.ptr), SEEN_NUL, out);
	f->searched = bytes.len;
	if (!in->quiet && !in->end)
		return halt(f, in, bytes, out);
	/* No NUL: these are not of the kind before. */
	f->searched = 0;
	return next_mixed(f, in, bytes, out);
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	struct str bytes = in->bytes;
	enum framing_step step;
	if (bytes.len == 0)
		return FRAMING_MORE;
	if (f->searched == 0 && !f->torn) {
		if (framing_stray(f, in, out, &step))
			return step;
		enum framing_guess begins = framing_priority(bytes, 0);
		if (begins == GUESS_NO)
			return FRAMING_OTHER;
	}
	if ((f->seen & SEEN_NUL) && !(f->seen & SEEN_LINE))
		return next_nul(f, in, bytes, out);
	return next_mixed(f, in, bytes, out);
}

const struct framing_ops framing_syslog = {
	.name = "syslog",
	.guess = guess,
	.next = next,
};
