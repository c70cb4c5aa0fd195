/*
 * http_head: the head of an HTTP/1.x request: its first line and its header fields, as far
 * as they decide how its body is read (RFC 9112).
 *
 *	struct http_head head;
 *	int status = http_head_read(bytes, &head);
 *	if (status == HTTP_UNFINISHED) ... more bytes are needed
 *	else if (status != HTTP_FINE) ... the answer is that status, and the end
 */
#ifndef SOURCES_HTTP_HEAD_H
#define SOURCES_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

#define HTTP_HEAD_MAX 16384

#define HTTP_UNFINISHED 0
#define HTTP_FINE 200

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OPTIONS,
	HTTP_POST, /* and PUT and PATCH */
	HTTP_ANOTHER
};

/* What the body is said to be. */
enum http_type {
	HTTP_UNTYPED, /* nothing is said, or nothing that is known */
	HTTP_FORM,
	HTTP_JSON,
	HTTP_TEXT,
	HTTP_PROTOBUF,
	HTTP_MULTIPART
};

enum http_coding {
	HTTP_IDENTITY,
	HTTP_GZIP,
	HTTP_DEFLATE,
	HTTP_UNKNOWN_CODING
};

/* Strings are offsets into the bytes that were read. */
struct http_head {
	size_t len; /* with the empty line at its end */
	size_t path, path_len;
	size_t query, query_len; /* behind the question mark; 0: none */
	enum http_method method;
	enum http_type type;
	enum http_coding coding;
	bool newer;     /* HTTP/1.1 */
	bool keep;      /* the connection goes on behind this request */
	bool chunked;
	bool expects;   /* 100-continue */
	bool has_length;
	uint64_t length;
};

/* Whether BYTES begin with a request line, or may: false only if they do not. *WHOLE: the
 * line is there and is one. */
bool http_head_begins(struct str bytes, bool *whole);

/* HTTP_UNFINISHED, HTTP_FINE, or the status of the error. */
int http_head_read(struct str bytes, struct http_head *head);

#endif
