/*
 * datagram_kind: pickles behind their length, as Python's DatagramHandler sends them, and
 * fields as sd_journal_send(3) does (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
 */
#include "sources/datagram_kind.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sources/framing.h"

#define LENGTH_BYTES 4
#define COUNT_BYTES 8 /* of a journal field's value that has line feeds */
#define NAME_MAX_BYTES 64

static bool is_pickle(const char *buf, size_t len)
{
	const unsigned char *p = (const unsigned char *)buf;
	if (len <= LENGTH_BYTES || !framing_pickle_begins(buf[LENGTH_BYTES]))
		return false;
	uint32_t announced = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			     (uint32_t)p[2] << 8 | p[3];
	return announced == len - LENGTH_BYTES;
}

static size_t name_length(const char *buf, size_t len)
{
	size_t n = 0;
	while (n < len && n < NAME_MAX_BYTES &&
		(buf[n] == '_' || (buf[n] >= 'A' && buf[n] <= 'Z') ||
			(n > 0 && buf[n] >= '0' && buf[n] <= '9')))
		n++;
	return n;
}

/* The bytes of the field that BUF begins with, or 0. */
static size_t field_length(const char *buf, size_t len)
{
	size_t n = name_length(buf, len);
	uint64_t count = 0;
	if (n == 0 || n == len)
		return 0;
	if (buf[n] == '=') {
		const char *newline = memchr(buf + n, '\n', len - n);
		return newline != NULL ? (size_t)(newline - buf) + 1 : len;
	}
	if (buf[n] != '\n' || len - n < 1 + COUNT_BYTES)
		return 0;
	for (size_t i = 0; i < COUNT_BYTES; i++)
		count |= (uint64_t)(unsigned char)buf[n + 1 + i] << 8 * i;
	n += 1 + COUNT_BYTES;
	if (count >= len - n || buf[n + count] != '\n')
		return 0;
	return n + (size_t)count + 1;
}

/* Fields from its first byte to its last, one of them the message: a line of text that
 * happens to begin like one (PATH=/bin is not set) has none. */
static bool is_journal(const char *buf, size_t len)
{
	bool message = false;
	for (size_t at = 0; at < len;) {
		size_t n = field_length(buf + at, len - at);
		if (n == 0)
			return false;
		message |= n > 8 && memcmp(buf + at, "MESSAGE", 7) == 0 &&
			   (buf[at + 7] == '=' || buf[at + 7] == '\n');
		at += n;
	}
	return message;
}

enum frame_kind datagram_kind(char *buf, size_t *len)
{
	if (is_pickle(buf, *len)) {
		*len -= LENGTH_BYTES;
		memmove(buf, buf + LENGTH_BYTES, *len);
		return FRAME_PICKLE;
	}
	if (is_journal(buf, *len))
		return FRAME_JOURNAL;
	return FRAME_TEXT;
}
