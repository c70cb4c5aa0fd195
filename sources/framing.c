/*
 * framing: which way a connection's bytes are cut, and what several ways share.
 */
#include "sources/framing.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/mem.h"

#define COUNT_DIGITS 9 /* of an octet count: more would be more than any frame */
#define PRIORITY_DIGITS 3

static const struct framing_ops *const rows[] = {
#define FRAMING(name) &framing_##name,
#include "sources/framing_table.h"
#undef FRAMING
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first row that knows BYTES, unless one before it may once more have come. */
static enum framing_guess ask_rows(
	struct framing *f, struct str bytes, const struct framing_ops **row)
{
	for (size_t i = 0; i < ROWS; i++) {
		enum framing_guess guess = rows[i]->guess(f, bytes);
		if (guess == GUESS_NO)
			continue;
		*row = rows[i];
		return guess;
	}
	return GUESS_NO;
}

static enum framing_step decide(
	struct framing *f, const struct framing_input *in, bool binary, struct framed *out)
{
	const struct framing_ops *row = NULL;
	enum framing_guess guess = GUESS_NO;
	if (in->bytes.len == 0)
		return FRAMING_MORE;
	guess = ask_rows(f, in->bytes, &row);
	if (guess == GUESS_MORE && !in->quiet && !in->end) {
		out->quiet_ms = FRAMING_GUESS_MS;
		return FRAMING_MORE;
	}
	f->searched = 0;
	if (guess == GUESS_YES) {
		f->ops = row;
		return row->next(f, in, out);
	}
	if (binary)
		return framing_bad(out,
			"what follows its messages is neither one more nor text");
	return FRAMING_LINES;
}

enum framing_step framing_next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	enum framing_step step = FRAMING_OTHER;
	bool binary = false;
	*out = (struct framed){.kind = FRAME_TEXT};
	if (f->ops != NULL) {
		binary = f->ops->binary;
		step = f->ops->next(f, in, out);
		if (step == FRAMING_OTHER)
			framing_clear(f);
	}
	if (step == FRAMING_OTHER)
		step = decide(f, in, binary, out);
	if (step != FRAMING_MORE) {
		f->searched = 0;
		f->torn = out->torn;
	}
	return step == FRAMING_OTHER ? FRAMING_LINES : step;
}

void framing_clear(struct framing *f)
{
	if (f->ops != NULL && f->ops->clear != NULL)
		f->ops->clear(f);
	f->ops = NULL;
	f->own = NULL;
	f->seen = 0;
	f->searched = 0;
}

enum framing_step framing_bad(struct framed *out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(out->why, sizeof(out->why), format, args);
	va_end(args);
	return FRAMING_BAD;
}

enum framing_guess framing_literal(struct str bytes, size_t from, struct str literal)
{
	size_t len = bytes.len > from ? bytes.len - from : 0;
	if (len > literal.len)
		len = literal.len;
	if (len > 0 && memcmp(bytes.ptr + from, literal.ptr, len) != 0)
		return GUESS_NO;
	return len == literal.len ? GUESS_YES : GUESS_MORE;
}

enum framing_guess framing_priority(struct str bytes, size_t at)
{
	size_t i = at + 1;
	if (at < bytes.len && bytes.ptr[at] != '<')
		return GUESS_NO;
	while (i < bytes.len && i <= at + PRIORITY_DIGITS && is_digit(bytes.ptr[i]))
		i++;
	if (i >= bytes.len)
		return GUESS_MORE;
	return bytes.ptr[i] == '>' && i > at + 1 ? GUESS_YES : GUESS_NO;
}

enum framing_guess framing_count(
	struct str bytes, size_t at, size_t *count, size_t *head)
{
	size_t i = at, n = 0;
	while (i < bytes.len && i < at + COUNT_DIGITS && is_digit(bytes.ptr[i]))
		n = n * 10 + (size_t)(bytes.ptr[i++] - '0');
	if (i > at && bytes.ptr[at] == '0')
		return GUESS_NO;
	if (i == bytes.len)
		return GUESS_MORE;
	if (i == at || bytes.ptr[i] != ' ')
		return GUESS_NO;
	enum framing_guess guess = framing_priority(bytes, i + 1);
	if (guess == GUESS_YES) {
		*count = n;
		*head = i + 1 - at;
	}
	return guess;
}

bool framing_pickle_begins(char c)
{
	/* A dictionary (protocol 0 and 1), any later protocol, or what older picklers may
	 * write for an object. */
	return c == '}' || c == '\x80' || c == '(' || c == 'c';
}

bool framing_stray(struct framing *f, const struct framing_input *in, struct framed *out,
	enum framing_step *step)
{
	static const struct str none = STR("\0\0\0\0");
	struct str bytes = in->bytes;
	if (bytes.ptr[0] != '\n' && bytes.ptr[0] != '\0')
		return false;
	*step = FRAMING_SKIP;
	out->taken = 1;
	if (bytes.ptr[0] == '\n' || framing_literal(bytes, 0, none) == GUESS_YES)
		return true;
	/* The length of a pickle begins with a NUL, too. */
	if (bytes.len > none.len && framing_pickle.guess(f, bytes) == GUESS_YES) {
		*step = FRAMING_OTHER;
	} else if (bytes.len <= none.len && !in->quiet && !in->end) {
		*step = FRAMING_MORE;
		out->quiet_ms = FRAMING_GUESS_MS;
	}
	return true;
}

enum framing_step framing_more(
	struct framing *f, struct str bytes, unsigned quiet_ms, struct framed *out)
{
	if (bytes.len >= f->max_frame) {
		out->message = str_make(bytes.ptr, f->max_frame);
		out->taken = f->max_frame;
		out->torn = out->cut = true;
		return FRAMING_MESSAGE;
	}
	out->quiet_ms = quiet_ms;
	return FRAMING_MORE;
}
