/*
 * Messages that hold several records. The text of each is written by its format and is not
 * in the block, so that it is copied to the batch's own.
 */
#include <string.h>

#include "merge/reader.h"

/* A message that is taken apart. */
struct parts {
	struct reader *reader;
	const struct moment *now;
	uint64_t offset; /* of the message in its source */
	unsigned format, flags;
	bool copying; /* as it was before */
};

static void take_part(void *owner, struct str text)
{
	struct parts *parts = owner;
	struct reader *r = parts->reader;
	const char *newline = memchr(text.ptr, '\n', text.len);
	struct record part = {.time = TIME_NONE, .flags = (uint8_t)parts->flags};
	bool taken = formats[parts->format]->parse(&r->parse, text, &part);

	if (!r->copying)
		reader_hand_over(r);
	r->copying = true;
	part.format = (uint8_t)(taken ? parts->format : FORMAT_raw);
	part.text = text.ptr;
	part.len = (uint32_t)text.len;
	part.head = newline != NULL ? (uint32_t)(newline - text.ptr) : part.len;
	part.offset = parts->offset;
	reader_part(r, &part, parts->now);
}

bool reader_apart(struct reader *r, unsigned format, struct str message, unsigned flags,
	const struct moment *now)
{
	struct parts parts = {.reader = r,
		.now = now,
		.offset = r->base + (uint64_t)(message.ptr - r->block->data),
		.format = format,
		.flags = RECORD_PART | flags,
		.copying = r->copying};

	if (formats[format]->split(&r->parse, message, take_part, &parts) == 0)
		return false;
	if (!parts.copying)
		reader_hand_over(r);
	r->copying = parts.copying;
	return true;
}
