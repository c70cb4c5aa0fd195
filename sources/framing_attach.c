/*
 * framing_attach: another mplog, which wants to see what this one gets (core/sharing.h). It
 * sends one line and no log; the connection goes to the engine.
 */
#include <string.h>

#include "core/sharing.h"
#include "sources/framing.h"

static enum framing_guess guess_attach(struct framing *f, struct str bytes)
{
	const struct str magic = STR(SHARING_MAGIC);
	(void)f;
	return framing_literal(bytes, 0, magic);
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	if (in->bytes.len == 0)
		return FRAMING_MORE;
	if (guess_attach(f, in->bytes) != GUESS_YES)
		return FRAMING_OTHER;
	if (memchr(in->bytes.ptr, '\n', in->bytes.len) != NULL)
		return FRAMING_HANDOVER;
	if (in->bytes.len > SHARING_HELLO_MAX)
		return framing_bad(out, "it begins like an mplog, and is none");
	return FRAMING_MORE;
}

const struct framing_ops framing_attach = {
	.name = "attach",
	.binary = true,
	.guess = guess_attach,
	.next = next,
};
