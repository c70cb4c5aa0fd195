/*
 * json_put: JSON values written to a buf. What comes out is valid UTF-8 JSON on one line,
 * whatever went in: bytes that are no UTF-8 become U+FFFD.
 *
 *	json_put_string(out, message, JSON_ESCAPE | JSON_PLAIN);   // with its quotes
 *	if (!json_put_value(out, text, JSON_ESCAPE)) ...            // TEXT was no JSON
 */
#ifndef CLI_JSON_PUT_H
#define CLI_JSON_PUT_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

enum json_flags {
	JSON_ESCAPE = 1, /* \u for what escape_hides */
	JSON_PLAIN = 2   /* without colour sequences */
};

#define JSON_PUT_DEPTH_MAX 64

void json_put_string(struct buf *out, struct str s, unsigned flags);
/* Copies the JSON text S if it is valid and not deeper than JSON_PUT_DEPTH_MAX; else returns
 * false and leaves OUT as it is. */
bool json_put_value(struct buf *out, struct str s, unsigned flags);

#endif
