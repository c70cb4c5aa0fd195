/*
 * datagram_kind: what one datagram is. Its bounds are those of the message; what it holds
 * is told by its first bytes.
 *
 *	s->frame = datagram_kind(buf, &len);
 */
#ifndef SOURCES_DATAGRAM_KIND_H
#define SOURCES_DATAGRAM_KIND_H

#include <stddef.h>

#include "core/frame.h"

/* The kind of the *LEN > 0 bytes in BUF. A pickle's length, which DatagramHandler leaves
 * in front of it, is taken away (BUF moves down). */
enum frame_kind datagram_kind(char *buf, size_t *len);

#endif
