/*
 * Nothing here trusts the sender: what is no JSON comes out all the same, as text.
 */
#include "sources/http_body.h"

#define SIZE_DIGITS 8   /* of a chunk, hexadecimal */
#define SIZE_LINE 256   /* bytes of its line, with extensions */
#define NESTED_MAX 1024 /* brackets inside each other; deeper is no JSON here */

static int hex(char c)
{
	char low = (char)(c | 0x20);

	if (c >= '0' && c <= '9')
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The size at the start of LINE; false if it is none. */
static bool read_size(struct str line, size_t *size)
{
	size_t i = 0;

	*size = 0;
	while (i < line.len && i <= SIZE_DIGITS && hex(line.ptr[i]) >= 0)
		*size = *size << 4 | (size_t)hex(line.ptr[i++]);
	if (i == 0 || i > SIZE_DIGITS)
		return false;
	return i == line.len || strchr("; \t\r", line.ptr[i]) != NULL;
}

/* The line at the start of BYTES, without its end; *TAKEN is with it. */
static bool read_line(struct str bytes, struct str *line, size_t *taken)
{
	const char *end = bytes.len > 0 ? memchr(bytes.ptr, '\n', bytes.len) : NULL;

	if (end == NULL)
		return false;
	*line = str_make(bytes.ptr, (size_t)(end - bytes.ptr));
	*taken = line->len + 1;
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* The bytes of the line end at the start of BYTES; 0: there is none, or not yet. */
static size_t line_end(struct str bytes)
{
	if (bytes.len > 0 && bytes.ptr[0] == '\n')
		return 1;
	return bytes.len > 1 && bytes.ptr[0] == '\r' && bytes.ptr[1] == '\n' ? 2 : 0;
}

/* One chunk, as http_chunks_read. */
static int read_chunk(struct http_chunks *c, struct str bytes, size_t max)
{
	struct str rest = str_skip(bytes, c->at), line;
	size_t taken, size, end;

	if (!read_line(rest, &line, &taken))
		return rest.len > SIZE_LINE ? 400 : HTTP_UNFINISHED;
	if (line.len > SIZE_LINE || !read_size(line, &size))
		return 400;
	if (size > max - c->data)
		return 413;
	c->last = size == 0;
	if (!c->last) {
		rest = str_skip(rest, taken);
		if (rest.len < size + 2 && (rest.len <= size || rest.ptr[size] == '\r'))
			return HTTP_UNFINISHED;
		end = line_end(str_skip(rest, size));
		if (end == 0)
			return 400;
		taken += size + end;
	}
	c->data += size;
	c->at += taken;
	return HTTP_FINE;
}

int http_chunks_read(struct http_chunks *c, struct str bytes, size_t max)
{
	struct str line;
	size_t taken;

	while (!c->last) {
		int status = read_chunk(c, bytes, max);
		if (status != HTTP_FINE)
			return status;
	}
	for (;;) {
		if (!read_line(str_skip(bytes, c->at), &line, &taken))
			return bytes.len - c->at > HTTP_HEAD_MAX ? 400 : HTTP_UNFINISHED;
		c->at += taken;
		if (line.len == 0)
			return HTTP_FINE;
	}
}

void http_chunks_join(struct str bytes, struct buf *out)
{
	struct str line;
	size_t taken, size;

	out->len = 0;
	while (read_line(bytes, &line, &taken) && read_size(line, &size) && size > 0) {
		bytes = str_skip(bytes, taken);
		buf_put(out, bytes.ptr, size);
		bytes = str_skip(bytes, size);
		bytes = str_skip(bytes, line_end(bytes));
	}
}

/* The bytes of the object or list that begins S, or 0 if it does not end in it. */
static size_t value_len(struct str s)
{
	size_t depth = 0;
	bool inside = false; /* a string */

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (inside) {
			if (c == '\\')
				i++;
			inside = c != '"';
		} else if (c == '"') {
			inside = true;
		} else if (c == '{' || c == '[') {
			if (++depth > NESTED_MAX)
				return 0;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

static size_t line_len(struct str s)
{
	const char *end = memchr(s.ptr, '\n', s.len);

	return end != NULL ? (size_t)(end - s.ptr) : s.len;
}

/* Where the next value or its line begins: what is between two is skipped. */
static size_t skip_between(struct str body, size_t at)
{
	static const char between[] = " \t\r\n,]\x1e";

	while (at < body.len &&
		(body.ptr[at] == '\0' || strchr(between, body.ptr[at]) != NULL))
		at++;
	return at;
}

/* Whether the list at AT holds objects: its values are the messages then. */
static bool opens_list(struct str body, size_t at)
{
	if (at >= body.len || body.ptr[at] != '[')
		return false;
	at = skip_between(body, at + 1);
	return at == body.len || body.ptr[at] == '{';
}

bool http_json_next(struct str body, struct http_cut *cut, struct str *message)
{
	size_t i = cut->at, n = 0;

	if (i == 0 && body.len >= 3 && memcmp(body.ptr, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	i = skip_between(body, i);
	if (opens_list(body, i))
		i = skip_between(body, i + 1);
	cut->at = i;
	if (i == body.len)
		return false;
	struct str rest = str_skip(body, i), line = {rest.ptr, line_len(rest)};
	if (rest.ptr[0] == '{' || rest.ptr[0] == '[') {
		n = value_len(cut->broken ? line : rest);
		cut->broken = cut->broken || n == 0;
	}
	*message = str_make(rest.ptr, n > 0 ? n : line.len);
	cut->at = i + message->len;
	return true;
}

static bool is_indented(struct str line)
{
	return line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
}

bool http_text_next(struct str body, struct http_cut *cut, struct str *message)
{
	static const char traceback_head[] = "Traceback (most recent call last):";
	size_t i = cut->at, start, end;

	while (i < body.len && (body.ptr[i] == '\n' || body.ptr[i] == '\r' ||
				       body.ptr[i] == '\0'))
		i++;
	cut->at = start = i;
	if (i == body.len)
		return false;
	bool traceback = str_starts(str_skip(body, i), traceback_head);
	end = i + line_len(str_skip(body, i));
	for (i = end; i < body.len; i = end) {
		struct str next = str_skip(body, i + 1);
		next.len = next.len > 0 ? line_len(next) : 0;
		bool begins = str_starts(next, traceback_head);
		if (!is_indented(next) && !begins && !traceback)
			break;
		/* The line behind the indented ones says what it was. */
		traceback = begins || (traceback && is_indented(next));
		end = i + 1 + next.len;
	}
	cut->at = end;
	while (end > start && body.ptr[end - 1] == '\r')
		end--;
	*message = str_make(body.ptr + start, end - start);
	return true;
}
