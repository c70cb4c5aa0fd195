/*
 * http_body: a request's body: put together from its chunks, and cut into messages.
 *
 *	struct http_chunks chunks = {0};
 *	int status = http_chunks_read(&chunks, bytes, max);
 *	...
 *	struct http_cut cut = {0};
 *	while (http_json_next(body, &cut, &message)) ...
 */
#ifndef SOURCES_HTTP_BODY_H
#define SOURCES_HTTP_BODY_H

#include "core/buf.h"
#include "sources/http_head.h"

/* How far a chunked body (RFC 9112, 7.1) has been looked through. Zeroed is its start. */
struct http_chunks {
	size_t at;   /* where the next chunk begins; behind the body once it is FINE */
	size_t data; /* bytes of the body so far */
	bool last;   /* the last chunk has come: what follows are trailers */
};

/* BYTES begin with a chunked body, and have grown since the last call. HTTP_UNFINISHED,
 * HTTP_FINE or the status of the error: 400, 413 where it is longer than MAX. */
int http_chunks_read(struct http_chunks *c, struct str bytes, size_t max);
/* What is in the chunks of BYTES, all of which http_chunks_read has seen, onto OUT. */
void http_chunks_join(struct str bytes, struct buf *out);

/* How far a body has been cut. Zeroed is its start. */
struct http_cut {
	size_t at;
	bool broken; /* some value did not end: the others end with their lines */
};

/* The next value of a body that is an object, a list of them, or one a line; what is
 * none is given line by line. False at the end. */
bool http_json_next(struct str body, struct http_cut *cut, struct str *message);
/* The next line that is not empty, with indented ones and a traceback that follow it. */
bool http_text_next(struct str body, struct http_cut *cut, struct str *message);

#endif
