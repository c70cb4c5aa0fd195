/*
 * buf: growth by doubling.
 */
#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

void buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : 256;

	while (cap - b->len < n)
		cap *= 2;
	b->ptr = xrealloc(b->ptr, cap);
	b->cap = cap;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		buf_reserve(b, (size_t)n + 1);
		vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_free(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){0};
}
