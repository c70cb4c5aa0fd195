/*
 * http: an HTTP/1.x server, as little of one as it takes to be logged to: Python's
 * HTTPHandler, curl, OpenTelemetry's exporters and whatever else posts JSON or text. A
 * request is taken when it is whole, and answered at once.
 *
 * https://www.rfc-editor.org/rfc/rfc9110, rfc9112 (HTTP)
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
#include <stdlib.h>

#include "core/mem.h"
#include "sources/framing.h"
#include "sources/http_body.h"
#include "sources/inflate.h"

#define KEPT_BYTES 65536 /* of memory that stays with a connection between requests */

static const char protobuf_why[] =
	"it sends OpenTelemetry's protobuf, and mplog reads its JSON; "
	"set OTEL_EXPORTER_OTLP_PROTOCOL=http/json, or the exporter's encoding to json";

/* How a body is cut. */
enum shape {
	SHAPE_NOTHING,
	SHAPE_WHOLE, /* one message of the kind */
	SHAPE_JSON,
	SHAPE_BULK, /* Elasticsearch's: an action and a document by turns */
	SHAPE_TEXT
};

struct http {
	struct http_head head;
	struct http_chunks chunks;
	bool has_head;
	bool continued; /* the client was told to go on */
	bool has_body;
	bool own;       /* the body is in BODY, not in the request */
	enum shape shape;
	enum frame_kind kind;
	size_t start, len; /* of the body in the request */
	size_t taken;   /* bytes of the whole request */
	struct http_cut cut;
	struct buf body, message, reply;
	struct inflate inflate;
};

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{200, "OK"}, {204, "No Content"}, {400, "Bad Request"},
		{405, "Method Not Allowed"}, {411, "Length Required"},
		{413, "Content Too Large"}, {415, "Unsupported Media Type"},
		{431, "Request Header Fields Too Large"}, {501, "Not Implemented"},
		{505, "HTTP Version Not Supported"}};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Error";
}

/* The answer with TEXT for a body, of the content type TYPE. */
static struct str answer(struct http *h, int status, const char *type, const char *text)
{
	const char *go_on = !h->head.keep ? "Connection: close\r\n" :
			    h->head.newer ? "" : "Connection: keep-alive\r\n";
	const char *allow = status == 405 || h->head.method == HTTP_OPTIONS ?
		"Allow: GET, HEAD, OPTIONS, POST, PUT, PATCH\r\n" : "";

	h->reply.len = 0;
	buf_printf(&h->reply, "HTTP/1.%d %d %s\r\n%s%s", h->head.newer, status,
		reason(status), go_on, allow);
	if (type != NULL)
		buf_printf(&h->reply, "Content-Type: %s\r\n", type);
	buf_printf(&h->reply, "Content-Length: %zu\r\n\r\n", strlen(text));
	if (h->head.method != HTTP_HEAD)
		buf_puts(&h->reply, text);
	return buf_str(&h->reply);
}

/* Nothing more can be read of this connection. */
static enum framing_step refuse(
	struct http *h, int status, const char *why, struct framed *out)
{
	h->head.keep = false;
	h->head.newer = true;
	out->reply = answer(h, status, "text/plain", "");
	return framing_bad(out, "%s", why);
}

static enum framing_step refuse_status(struct http *h, int status, struct framed *out)
{
	switch (status) {
	case 411:
		return refuse(h, status, "an HTTP POST without Content-Length", out);
	case 413:
		return refuse(h, status, "an HTTP body longer than --max-record allows", out);
	case 431:
		return refuse(h, status, "an HTTP head longer than 16 KiB", out);
	case 501:
		return refuse(h, status, "an HTTP transfer coding other than chunked", out);
	case 505:
		return refuse(h, status, "a version of HTTP that is not 1.x", out);
	default:
		return refuse(h, status, "a malformed HTTP request", out);
	}
}

static bool path_ends(struct str path, const char *with)
{
	size_t n = strlen(with);

	if (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	return path.len >= n && memcmp(path.ptr + path.len - n, with, n) == 0;
}

static bool is_otlp(struct str path)
{
	return path_ends(path, "/v1/logs");
}

/* Others of OpenTelemetry's signals, which are no logs. */
static bool is_other_signal(struct str path)
{
	return path_ends(path, "/v1/traces") || path_ends(path, "/v1/metrics") ||
	       path_ends(path, "/v1development/profiles");
}

/* What BODY looks like, whatever it is said to be. */
static enum http_type guess_type(struct str body, enum http_type said)
{
	size_t i = 0;

	while (i < body.len && strchr(" \t\r\n\xef\xbb\xbf", body.ptr[i]) != NULL &&
		body.ptr[i] != '\0')
		i++;
	if (i < body.len && (body.ptr[i] == '{' || body.ptr[i] == '['))
		return HTTP_JSON;
	/* What curl -d sends is called a form, whatever it is. */
	if (said == HTTP_FORM && body.len > 0 && memchr(body.ptr, '=', body.len) != NULL)
		return HTTP_FORM;
	if (body.len > 0 && memchr(body.ptr, '\0', body.len) != NULL)
		return HTTP_PROTOBUF;
	return HTTP_TEXT;
}

/* How BODY is to be cut; 200 or the status of the error. */
static int choose_shape(struct http *h, struct str path, struct str body)
{
	enum http_type type = h->head.type;

	h->kind = FRAME_TEXT;
	h->shape = SHAPE_NOTHING;
	if (is_other_signal(path))
		return HTTP_FINE;
	if (type == HTTP_UNTYPED || type == HTTP_FORM)
		type = guess_type(body, type);
	switch (type) {
	case HTTP_FORM:
		h->shape = SHAPE_WHOLE;
		h->kind = FRAME_FORM;
		break;
	case HTTP_JSON:
		h->shape = path_ends(path, "/_bulk") ? SHAPE_BULK : SHAPE_JSON;
		if (is_otlp(path)) {
			h->shape = SHAPE_WHOLE;
			h->kind = FRAME_OTLP;
		}
		break;
	case HTTP_TEXT:
		h->shape = SHAPE_TEXT;
		break;
	default:
		return 415;
	}
	return HTTP_FINE;
}

/* Takes the body's compression away; 200 or the status of the error. */
static int unpack(struct http *h, struct str *body, size_t max)
{
	struct buf plain = {0};
	enum inflate_result result = INFLATE_BROKEN;

	if (h->head.coding == HTTP_UNKNOWN_CODING)
		return 415;
	if (h->head.coding == HTTP_IDENTITY)
		return HTTP_FINE;
	result = inflate_all(&h->inflate, INFLATE_MARKED, *body, max, &plain);
	/* "deflate" is zlib's format, but some send it without what is around it. */
	if (result == INFLATE_BROKEN && h->head.coding == HTTP_DEFLATE)
		result = inflate_all(&h->inflate, INFLATE_BARE, *body, max, &plain);
	if (result != INFLATE_WHOLE) {
		buf_free(&plain);
		return result == INFLATE_LONG    ? 413 :
		       result == INFLATE_MISSING ? 415 : 400;
	}
	buf_free(&h->body);
	h->body = plain;
	h->own = true;
	*body = buf_str(&h->body);
	return HTTP_FINE;
}

static struct str body_of(const struct http *h, struct str request)
{
	if (h->own)
		return buf_str(&h->body);
	return str_make(request.ptr + h->start, h->len);
}

/* The answer that a request gets which was well, and closes it. */
static struct str answer_fine(struct http *h, struct str request)
{
	static const char about[] =
		"This is mplog " MPLOG_VERSION ", which shows logs: POST them here.\n";
	struct str path = {request.ptr + h->head.path, h->head.path_len};

	if (h->head.method != HTTP_POST && h->head.query_len == 0)
		return answer(h, 200, "text/plain", about);
	if (is_otlp(path) || is_other_signal(path))
		return answer(h, 200, "application/json", "{}");
	if (h->shape == SHAPE_BULK)
		return answer(h, 200, "application/json",
			"{\"took\":0,\"errors\":false,\"items\":[]}");
	return answer(h, 200, NULL, "");
}

/* Ready for the next request. */
static void forget(struct http *h)
{
	struct http kept = {.inflate = h->inflate, .reply = h->reply};

	if (h->body.cap > KEPT_BYTES)
		buf_free(&h->body);
	if (h->message.cap > KEPT_BYTES)
		buf_free(&h->message);
	kept.body = h->body;
	kept.message = h->message;
	kept.body.len = 0;
	*h = kept;
}

/* An object laid out on several lines as one line: its line feeds are between its words. */
static struct str on_one_line(struct http *h, struct str message)
{
	char *at;

	if (message.ptr[0] != '{' || memchr(message.ptr, '\n', message.len) == NULL)
		return message;
	h->message.len = 0;
	buf_put_str(&h->message, message);
	while ((at = memchr(h->message.ptr, '\n', h->message.len)) != NULL)
		*at = ' ';
	return buf_str(&h->message);
}

/* {"index":{..}} says what to do with the document that follows. */
static bool is_action(struct str s)
{
	static const char *const names[] = {"index", "create", "update", "delete"};

	s = str_trim(str_skip(s, s.len > 0));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);
		if (s.len > n + 2 && s.ptr[0] == '"' &&
			memcmp(s.ptr + 1, names[i], n) == 0 && s.ptr[n + 1] == '"')
			return true;
	}
	return false;
}

static bool next_message(struct http *h, struct str body, struct str *message)
{
	switch (h->shape) {
	case SHAPE_WHOLE:
		*message = body;
		return h->cut.at++ == 0 && body.len > 0;
	case SHAPE_JSON:
		return http_json_next(body, &h->cut, message);
	case SHAPE_BULK:
		do {
			if (!http_json_next(body, &h->cut, message))
				return false;
		} while (is_action(*message));
		return true;
	case SHAPE_TEXT:
		return http_text_next(body, &h->cut, message);
	default:
		return false;
	}
}

/* The next message of the request that begins REQUEST, or its answer and its end. */
static enum framing_step give(struct http *h, struct str request, struct framed *out)
{
	struct str message;

	if (next_message(h, body_of(h, request), &message)) {
		out->message = on_one_line(h, message);
		out->kind = h->kind;
		return FRAMING_MESSAGE;
	}
	out->reply = answer_fine(h, request);
	out->taken = h->taken;
	out->last = !h->head.keep;
	out->foreign = h->shape == SHAPE_NOTHING && h->head.method == HTTP_POST;
	/* The answer stays where it is until the next call. */
	forget(h);
	return FRAMING_SKIP;
}

/* The request is whole; its body, still as it came, is at START. */
static enum framing_step begin(
	struct http *h, struct str request, size_t max, struct framed *out)
{
	struct str path = {request.ptr + h->head.path, h->head.path_len};
	struct str body = {request.ptr + h->start, h->len};
	int status = HTTP_FINE;

	h->has_body = true;
	if (h->head.method == HTTP_ANOTHER)
		return refuse(h, 405, "an HTTP method that nobody logs with", out);
	if (h->head.method != HTTP_POST) {
		h->start = h->head.query;
		h->len = h->head.query_len;
		h->shape = h->len > 0 && h->head.method == HTTP_GET ? SHAPE_WHOLE
								    : SHAPE_NOTHING;
		h->kind = FRAME_FORM;
		return give(h, request, out);
	}
	if (h->head.type == HTTP_PROTOBUF && !is_other_signal(path))
		return refuse(h, 415, protobuf_why, out);
	if (h->head.chunked) {
		http_chunks_join(body, &h->body);
		h->own = true;
		body = buf_str(&h->body);
	}
	if (!is_other_signal(path))
		status = unpack(h, &body, max);
	if (status == HTTP_FINE)
		status = choose_shape(h, path, body);
	if (status == 415)
		return refuse(h, status,
			h->head.coding != HTTP_IDENTITY
				? "an HTTP body in a compression that mplog cannot undo "
				  "(see mplog --version)"
				: "an HTTP body that is neither JSON, text nor a form",
			out);
	return status == HTTP_FINE ? give(h, request, out) : refuse_status(h, status, out);
}

/* Waits for the rest of a body; who asked whether to send it is told to. */
static enum framing_step wait_for_body(struct http *h, struct framed *out)
{
	static const struct str go_on = STR("HTTP/1.1 100 Continue\r\n\r\n");

	if (!h->head.expects || h->continued)
		return FRAMING_MORE;
	h->continued = true;
	out->reply = go_on;
	out->half = true;
	return FRAMING_SKIP;
}

static enum framing_step read_body(
	struct http *h, struct str request, size_t max, struct framed *out)
{
	struct str rest = str_skip(request, h->head.len);
	int status;

	h->start = h->head.len;
	if (h->head.chunked) {
		status = http_chunks_read(&h->chunks, rest, max);
		if (status == HTTP_UNFINISHED)
			return wait_for_body(h, out);
		if (status != HTTP_FINE)
			return refuse_status(h, status, out);
		h->len = h->chunks.at;
	} else {
		if (h->head.length > max)
			return refuse_status(h, 413, out);
		h->len = (size_t)h->head.length;
		if (rest.len < h->len)
			return wait_for_body(h, out);
	}
	h->taken = h->head.len + h->len;
	return begin(h, request, max, out);
}

static enum framing_guess guess(struct framing *f, struct str bytes)
{
	bool whole;

	(void)f;
	if (!http_head_begins(bytes, &whole))
		return GUESS_NO;
	return whole ? GUESS_YES : GUESS_MORE;
}

/* Line ends between two requests (RFC 9112, 2.2). */
static size_t stray(struct str bytes)
{
	size_t n = 0;

	while (n < bytes.len && (bytes.ptr[n] == '\r' || bytes.ptr[n] == '\n'))
		n++;
	return n;
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	struct http *h = f->own;
	bool whole;
	int status;

	if (h == NULL)
		h = f->own = xcalloc(1, sizeof(*h));
	if (in->bytes.len == 0)
		return FRAMING_MORE;
	if (h->has_body)
		return give(h, in->bytes, out);
	if (!h->has_head) {
		out->taken = stray(in->bytes);
		if (out->taken > 0)
			return FRAMING_SKIP;
		if (!http_head_begins(in->bytes, &whole))
			return FRAMING_OTHER;
		status = http_head_read(in->bytes, &h->head);
		if (status == HTTP_UNFINISHED)
			return FRAMING_MORE;
		if (status != HTTP_FINE)
			return refuse_status(h, status, out);
		h->has_head = true;
	}
	return read_body(h, in->bytes, f->max_frame, out);
}

static void clear(struct framing *f)
{
	struct http *h = f->own;

	if (h == NULL)
		return;
	buf_free(&h->body);
	buf_free(&h->message);
	buf_free(&h->reply);
	inflate_clear(&h->inflate);
	free(h);
}

const struct framing_ops framing_http = {
	.name = "http",
	.binary = true,
	.guess = guess,
	.next = next,
	.clear = clear,
};
