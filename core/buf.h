/*
 * buf: bytes that grow; what output is built in.
 *
 *	struct buf b = {0};
 *	buf_put(&b, "x", 1); buf_printf(&b, "%d", 7);
 *	write(fd, b.ptr, b.len); b.len = 0;
 *	buf_free(&b);
 *
 * A zeroed buf is empty and valid. Setting len to 0 empties it and keeps the memory.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stddef.h>
#include <string.h>

#include "core/str.h"

struct buf {
	char *ptr;
	size_t len;
	size_t cap;
};

/* Room for N more bytes at ptr + len. */
void buf_grow(struct buf *b, size_t n);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

static inline void buf_reserve(struct buf *b, size_t n)
{
	if (b->cap - b->len < n)
		buf_grow(b, n);
}

static inline void buf_put(struct buf *b, const char *ptr, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->ptr + b->len, ptr, len);
	b->len += len;
}

static inline void buf_put_char(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->ptr[b->len++] = c;
}

static inline void buf_put_str(struct buf *b, struct str s)
{
	buf_put(b, s.ptr, s.len);
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){b->ptr, b->len};
}

#endif
