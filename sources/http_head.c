/*
 * Strict where two readers could understand something else (RFC 9112, 11.2): lengths,
 * transfer codings, folded fields. Lines may end with a bare line feed.
 */
#include "sources/http_head.h"

#define VERSION_BYTES 8 /* HTTP/1.1 */

struct method {
	struct str name; /* with the blank behind it */
	enum http_method method;
};

static const struct method methods[] = {
	{STR("GET "), HTTP_GET},
	{STR("POST "), HTTP_POST},
	{STR("PUT "), HTTP_POST},
	{STR("HEAD "), HTTP_HEAD},
	{STR("OPTIONS "), HTTP_OPTIONS},
	{STR("PATCH "), HTTP_POST},
	{STR("DELETE "), HTTP_ANOTHER},
	{STR("TRACE "), HTTP_ANOTHER},
	{STR("CONNECT "), HTTP_ANOTHER},
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* LINE without the CR at its end. */
static struct str without_cr(struct str line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool is_version(struct str s)
{
	return s.len == VERSION_BYTES && str_starts(s, "HTTP/") && is_digit(s.ptr[5]) &&
	       s.ptr[6] == '.' && is_digit(s.ptr[7]);
}

/* The method that LINE begins with, or may become: at most all but one of its bytes. */
static const struct method *find_method(struct str line)
{
	for (size_t i = 0; i < METHODS; i++) {
		struct str name = methods[i].name;
		size_t n = line.len < name.len ? line.len : name.len;
		if (memcmp(line.ptr, name.ptr, n) == 0)
			return &methods[i];
	}
	return NULL;
}

/* Splits a whole request line into its target and its version. */
static bool split_line(struct str line, struct str *target, struct str *version)
{
	const struct method *m = find_method(line);
	const char *blank;

	line = without_cr(line);
	if (m == NULL || line.len < m->name.len + 2 + VERSION_BYTES)
		return false;
	line = str_skip(line, m->name.len);
	*version = str_skip(line, line.len - VERSION_BYTES);
	blank = version->ptr - 1;
	*target = str_make(line.ptr, (size_t)(blank - line.ptr));
	return *blank == ' ' && is_version(*version) && target->len > 0 &&
	       memchr(target->ptr, ' ', target->len) == NULL;
}

bool http_head_begins(struct str bytes, bool *whole)
{
	struct str target, version;
	const char *end;

	*whole = false;
	if (bytes.len == 0 || find_method(bytes) == NULL)
		return false;
	end = memchr(bytes.ptr, '\n', bytes.len < HTTP_HEAD_MAX ? bytes.len : HTTP_HEAD_MAX);
	if (end == NULL) {
		*whole = bytes.len >= HTTP_HEAD_MAX;
		return true;
	}
	/* A line of an access log may begin with a method, too. */
	*whole = split_line(str_make(bytes.ptr, (size_t)(end - bytes.ptr)), &target, &version);
	return *whole;
}

static enum http_type read_type(struct str value)
{
	static const struct {
		struct str name;
		enum http_type type;
	} types[] = {
		{STR("application/x-www-form-urlencoded"), HTTP_FORM},
		{STR("application/json"), HTTP_JSON},
		{STR("application/x-ndjson"), HTTP_JSON},
		{STR("application/ndjson"), HTTP_JSON},
		{STR("application/jsonl"), HTTP_JSON},
		{STR("application/json-lines"), HTTP_JSON},
		{STR("text/json"), HTTP_JSON},
		{STR("text/plain"), HTTP_TEXT},
		{STR("application/x-protobuf"), HTTP_PROTOBUF},
		{STR("application/protobuf"), HTTP_PROTOBUF},
		{STR("application/grpc"), HTTP_PROTOBUF},
		{STR("multipart/form-data"), HTTP_MULTIPART},
	};
	static const struct str json = STR("json");
	const char *end = value.len > 0 ? memchr(value.ptr, ';', value.len) : NULL;

	if (end != NULL)
		value.len = (size_t)(end - value.ptr);
	value = str_trim(value);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (str_eq_nocase(types[i].name, value))
			return types[i].type;
	}
	/* "application/vnd.kafka.v2+json" and the like. */
	if (value.len > json.len &&
		str_eq_nocase(str_skip(value, value.len - json.len), json))
		return HTTP_JSON;
	return HTTP_UNTYPED;
}

static enum http_coding read_coding(struct str value)
{
	static const struct {
		struct str name;
		enum http_coding coding;
	} codings[] = {
		{STR("identity"), HTTP_IDENTITY},
		{STR("gzip"), HTTP_GZIP},
		{STR("x-gzip"), HTTP_GZIP},
		{STR("deflate"), HTTP_DEFLATE},
	};

	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		if (str_eq_nocase(codings[i].name, value))
			return codings[i].coding;
	}
	return HTTP_UNKNOWN_CODING;
}

static bool has_word(struct str value, struct str word)
{
	struct str piece;

	while (str_split(&value, ',', &piece)) {
		if (str_eq_nocase(str_trim(piece), word))
			return true;
	}
	return false;
}

static int read_length(struct http_head *head, struct str value)
{
	uint64_t length;

	if (!str_to_u64(value, &length))
		return 400;
	if (head->has_length && head->length != length)
		return 400;
	head->has_length = true;
	head->length = length;
	return HTTP_FINE;
}

/* HTTP_FINE or an error. */
static int read_field(struct http_head *head, struct str name, struct str value)
{
	static const struct str chunked = STR("chunked"), close = STR("close"),
				alive = STR("keep-alive"), go_on = STR("100-continue");

	if (str_eq_nocase(name, (struct str)STR("Content-Length")))
		return read_length(head, value);
	if (str_eq_nocase(name, (struct str)STR("Transfer-Encoding"))) {
		if (head->chunked || !str_eq_nocase(value, chunked))
			return 501;
		head->chunked = true;
	} else if (str_eq_nocase(name, (struct str)STR("Content-Type"))) {
		head->type = read_type(value);
	} else if (str_eq_nocase(name, (struct str)STR("Content-Encoding"))) {
		head->coding = read_coding(value);
	} else if (str_eq_nocase(name, (struct str)STR("Connection"))) {
		head->keep = head->newer ? !has_word(value, close) : has_word(value, alive);
	} else if (str_eq_nocase(name, (struct str)STR("Expect"))) {
		head->expects = head->newer && str_eq_nocase(value, go_on);
	}
	return HTTP_FINE;
}

static int read_first(struct http_head *head, struct str line, const char *start)
{
	struct str target, version;
	const char *mark;

	if (!split_line(line, &target, &version))
		return 400;
	if (version.ptr[5] != '1')
		return 505;
	head->method = find_method(line)->method;
	head->newer = version.ptr[7] != '0';
	head->keep = head->newer;
	mark = memchr(target.ptr, '?', target.len);
	head->path = (size_t)(target.ptr - start);
	head->path_len = mark != NULL ? (size_t)(mark - target.ptr) : target.len;
	if (mark != NULL) {
		head->query = head->path + head->path_len + 1;
		head->query_len = target.len - head->path_len - 1;
	}
	return HTTP_FINE;
}

static int read_line(struct http_head *head, struct str line)
{
	const char *colon = memchr(line.ptr, ':', line.len);

	if (colon == NULL || colon == line.ptr || memchr(line.ptr, '\0', line.len) != NULL ||
		line.ptr[0] == ' ' || line.ptr[0] == '\t' || colon[-1] == ' ' ||
		colon[-1] == '\t')
		return 400;
	struct str name = {line.ptr, (size_t)(colon - line.ptr)};
	return read_field(head, name, str_trim(str_skip(line, name.len + 1)));
}

/* What the fields say together. */
static int judge(const struct http_head *head)
{
	if (head->chunked && (head->has_length || !head->newer))
		return 400;
	if (head->method == HTTP_POST && !head->chunked && !head->has_length)
		return 411;
	return HTTP_FINE;
}

int http_head_read(struct str bytes, struct http_head *head)
{
	size_t cap = bytes.len < HTTP_HEAD_MAX ? bytes.len : HTTP_HEAD_MAX;
	struct str rest = {bytes.ptr, cap}, line;
	int status = HTTP_UNFINISHED;
	const char *end;

	*head = (struct http_head){0};
	while ((end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL) != NULL) {
		line = without_cr(str_make(rest.ptr, (size_t)(end - rest.ptr)));
		rest = str_skip(rest, (size_t)(end - rest.ptr) + 1);
		if (status == HTTP_UNFINISHED) {
			status = read_first(head, line, bytes.ptr);
		} else if (line.len == 0) {
			head->len = (size_t)(rest.ptr - bytes.ptr);
			return judge(head);
		} else {
			status = read_line(head, line);
		}
		if (status != HTTP_FINE)
			return status;
	}
	return bytes.len >= HTTP_HEAD_MAX ? 431 : HTTP_UNFINISHED;
}
