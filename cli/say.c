/*
 * say: messages may quote names and log bytes, so they go through the escape.
 */
#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/escape.h"

#define MESSAGE_MAX 2048

static void write_all(const struct buf *b)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(STDERR_FILENO, b->ptr + done, b->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void say(const char *format, ...)
{
	char text[MESSAGE_MAX];
	struct buf line = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_puts(&line, "mplog: ");
	escape_put(&line, str_from(text), ESCAPE_LINE);
	buf_put_char(&line, '\n');
	write_all(&line);
	buf_free(&line);
}

void say_place(const char *option, struct str text, const struct err *err)
{
	struct buf line = {0};
	struct str before = text;

	say("%s: %s", option, err->msg);
	if (!err->has_pos || err->pos > text.len)
		return;
	before.len = err->pos;
	buf_puts(&line, "  ");
	escape_put(&line, text, ESCAPE_LINE);
	buf_puts(&line, "\n  ");
	for (size_t i = escape_width(before); i > 0; i--)
		buf_put_char(&line, ' ');
	buf_puts(&line, "^\n");
	write_all(&line);
	buf_free(&line);
}
