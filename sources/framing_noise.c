/*
 * framing_noise: bytes that are neither text nor anything known. A program that sends
 * them is not logging, and pages of nonsense help nobody. Text of any encoding has few
 * control characters, but for UTF-16, which says so at its start.
 */
#include "sources/framing.h"

#define LOOKED_AT 1024 /* bytes */
#define ENOUGH 256     /* that must be there to judge */

static enum framing_guess guess(struct framing *f, struct str bytes)
{
	size_t controls = 0, high = 0;
	size_t len = bytes.len < LOOKED_AT ? bytes.len : LOOKED_AT;
	(void)f;
	if (len < ENOUGH || memcmp(bytes.ptr, "\xff\xfe", 2) == 0 ||
		memcmp(bytes.ptr, "\xfe\xff", 2) == 0)
		return GUESS_NO;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];
		controls += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b;
		high += c >= 0x80;
	}
	return controls * 20 > len && high * 5 > len ? GUESS_YES : GUESS_NO;
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	(void)f;
	(void)in;
	return framing_bad(out, "it sends neither text nor messages that mplog can read");
}

const struct framing_ops framing_noise = {
	.name = "noise",
	.guess = guess,
	.next = next,
};
