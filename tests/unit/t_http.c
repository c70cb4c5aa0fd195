/* sources/http*.c: requests in one piece and in every two, and hostile ones. */
#include <stdlib.h>

#include "core/buf.h"
#include "core/mem.h"
#include "sources/framing.h"
#include "sources/http_body.h"
#include "tap.h"

#define MAX_FRAME 4096

/* What came of the bytes: kinds and messages, replies, and how it ended. */
struct outcome {
	struct buf messages; /* each as "KIND text|" */
	struct buf replies;
	char why[FRAMING_WHY];
	bool bad, other, last, foreign;
	size_t left; /* bytes not taken */
};

static void outcome_free(struct outcome *o)
{
	buf_free(&o->messages);
	buf_free(&o->replies);
}

static const char *kind_name(enum frame_kind kind)
{
	return kind == FRAME_FORM ? "form" : kind == FRAME_OTLP ? "otlp" : "text";
}

/* One step as a connection takes it; false: no more can be done with these bytes. */
static bool step(struct framing *f, struct str *bytes, bool end, struct outcome *o)
{
	struct framing_input in = {.bytes = *bytes, .end = end};
	struct framed out;
	enum framing_step what = framing_next(f, &in, &out);

	buf_put_str(&o->replies, out.reply);
	o->last |= out.last;
	o->foreign |= out.foreign;
	switch (what) {
	case FRAMING_MESSAGE:
		buf_printf(&o->messages, "%s ", kind_name(out.kind));
		buf_put_str(&o->messages, out.message);
		buf_put_char(&o->messages, '|');
		break;
	case FRAMING_SKIP:
		if (out.taken == 0 && out.reply.len == 0)
			return ok(false, "a skip takes or replies");
		break;
	case FRAMING_MORE:
		return false;
	case FRAMING_BAD:
		o->bad = true;
		memcpy(o->why, out.why, sizeof(o->why));
		return false;
	default:
		o->other = true;
		return false;
	}
	*bytes = str_skip(*bytes, out.taken < bytes->len ? out.taken : bytes->len);
	return bytes->len > 0 && !out.last;
}

/* BYTES come in two pieces, the first of AT bytes. Each piece is memory of its own. */
static void feed(struct str bytes, size_t at, struct outcome *o)
{
	struct framing f = {.max_frame = MAX_FRAME};
	size_t taken = 0;

	*o = (struct outcome){0};
	for (int piece = 0; piece < 2 && !o->bad && !o->other && !o->last; piece++) {
		size_t have = piece == 0 ? at : bytes.len;
		if (have == taken)
			continue;
		char *copy = xmalloc(have - taken);
		memcpy(copy, bytes.ptr + taken, have - taken);
		struct str rest = {copy, have - taken};
		while (step(&f, &rest, false, o))
			;
		taken = have - rest.len;
		free(copy);
	}
	o->left = bytes.len - taken;
	framing_clear(&f);
}

/* The same whatever the split. */
static void check(const char *name, struct str bytes, const char *messages, const char *status)
{
	struct outcome o;

	for (size_t at = 1; at <= bytes.len; at++) {
		feed(bytes, at, &o);
		bool good = str_is(buf_str(&o.messages), messages) && !o.bad && !o.other &&
			    o.left == 0 && str_starts(buf_str(&o.replies), status);
		if (!good) {
			ok(false, "%s split at %zu", name, at);
			printf("# messages %.*s replies %.*s why %s left %zu\n",
				(int)o.messages.len, o.messages.ptr, (int)o.replies.len,
				o.replies.ptr, o.why, o.left);
			at = bytes.len;
		} else if (at == bytes.len) {
			ok(true, "%s, whatever the split", name);
		}
		outcome_free(&o);
	}
}

static void refuse(const char *name, const char *text, int status)
{
	char want[64];
	struct outcome o;
	struct str bytes = str_from(text);

	snprintf(want, sizeof(want), "HTTP/1.1 %d ", status);
	feed(bytes, bytes.len, &o);
	bool good = o.bad && o.messages.len == 0 && o.why[0] != '\0' &&
		    str_starts(buf_str(&o.replies), want) &&
		    memmem(o.replies.ptr, o.replies.len, "\r\nConnection: close\r\n", 21);
	if (!ok(good, "%s: %d", name, status))
		printf("# replies %.*s why %s\n", (int)o.replies.len, o.replies.ptr, o.why);
	outcome_free(&o);
}

#define POST(type, body_len, body) \
	"POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: " type \
	"\r\nContent-Length: " body_len "\r\n\r\n" body
#define OK "HTTP/1.1 200 OK\r\n"

#define BYTES(literal) ((struct str){(literal), sizeof(literal) - 1})

static void test_bodies(void)
{
	check("a form", BYTES(POST("application/x-www-form-urlencoded", "9", "a=1&b=%20")),
		"form a=1&b=%20|", OK);
	check("a query", BYTES("GET /log?name=a&msg=b HTTP/1.1\r\nHost: h\r\n\r\n"),
		"form name=a&msg=b|", OK "Content-Length: 0\r\n\r\n");
	check("an object", BYTES(POST("application/json; charset=utf-8", "7", "{\"a\":1}")),
		"text {\"a\":1}|", OK "Content-Length: 0\r\n\r\n");
	check("an object on several lines",
		BYTES(POST("application/json", "12", "{\n \"a\":\r\n 1}")),
		"text {  \"a\":\r  1}|", OK);
	check("a list", BYTES(POST("application/json", "28",
				"[{\"a\":\"}]\\\"\"}, {\"b\":[{}]} ]\n")),
		"text {\"a\":\"}]\\\"\"}|text {\"b\":[{}]}|", OK);
	check("an object a line",
		BYTES(POST("application/x-ndjson", "16", "{\"a\":1}\n\n{\"b\":2}")),
		"text {\"a\":1}|text {\"b\":2}|", OK);
	check("no JSON", BYTES(POST("application/json", "23", "{\"a\":1}\n{broken\n\"x\"\n{} ")),
		"text {\"a\":1}|text {broken|text \"x\"|text {}|", OK);
	check("lines", BYTES(POST("text/plain", "14", "one\r\n\ntwo\n in\n")),
		"text one|text two\n in|", OK);
	check("a traceback",
		BYTES(POST("text/plain", "53",
			"a\nTraceback (most recent call last):\n  x\nE: y\nnext\n\n\n")),
		"text a\nTraceback (most recent call last):\n  x\nE: y|text next|", OK);
	check("nothing", BYTES(POST("text/plain", "0", "")), "", OK);
	check("JSON called a form",
		BYTES(POST("application/x-www-form-urlencoded", "7", "{\"a\":1}")),
		"text {\"a\":1}|", OK);
	check("text called a form",
		BYTES(POST("application/x-www-form-urlencoded", "2", "hi")), "text hi|", OK);
	check("an unknown type", BYTES(POST("application/octet-stream", "2", "[]")), "", OK);
	check("no type", BYTES("PUT / HTTP/1.1\nContent-Length: 2\n\nhi"), "text hi|", OK);
}

static void test_protocol(void)
{
	check("HTTP/1.0", BYTES("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"), "text hi|",
		"HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	check("HTTP/1.0 kept", BYTES("POST / HTTP/1.0\r\nConnection: Keep-Alive\r\n"
				     "Content-Length: 2\r\n\r\nhi"),
		"text hi|",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
	check("closed", BYTES("POST / HTTP/1.1\r\nConnection: a, close\r\n"
			      "Content-Length: 2\r\n\r\nhi"),
		"text hi|",
		OK "Connection: close\r\nContent-Length: 0\r\n\r\n");
	check("several", BYTES(POST("text/plain", "2", "hi") "\r\n" POST("text/plain", "2",
				"ho") "GET / HTTP/1.1\r\n\r\n"),
		"text hi|text ho|",
		OK "Content-Length: 0\r\n\r\n" OK "Content-Length: 0\r\n\r\n" OK
		   "Content-Type: text/plain\r\n");
	check("HEAD", BYTES("HEAD / HTTP/1.1\r\n\r\n"), "",
		OK "Content-Type: text/plain\r\nContent-Length: 55\r\n\r\n");
	check("OPTIONS", BYTES("OPTIONS * HTTP/1.1\r\n\r\n"), "", OK "Allow: GET");
	check("chunks", BYTES("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
			      "1;x=y\r\nh\r\nA\r\ni\r\nthere\r\n\r\n0\r\nX: y\r\n\r\n"),
		"text hi|text there|", OK);
	check("OTLP", BYTES("POST /v1/logs HTTP/1.1\r\nContent-Type: application/json\r\n"
			    "Content-Length: 18\r\n\r\n{\"resourceLogs\":1}"),
		"otlp {\"resourceLogs\":1}|", OK "Content-Type: application/json\r\n"
					    "Content-Length: 2\r\n\r\n{}");
	check("_bulk", BYTES("POST /i/_bulk HTTP/1.1\r\nContent-Type: application/json\r\n"
			     "Content-Length: 36\r\n\r\n{\"index\":{}}\n{\"a\":1}\n{ "
			     "\"create\" :{}}"),
		"text {\"a\":1}|", OK "Content-Type: application/json\r\n");
}

static void test_foreign(void)
{
	struct outcome o;
	static const char traces[] =
		"POST /v1/traces HTTP/1.1\r\nContent-Type: application/x-protobuf\r\n"
		"Content-Length: 3\r\n\r\n\1\2\3";

	feed(BYTES(traces), sizeof(traces) - 1, &o);
	ok(o.foreign && !o.bad && o.messages.len == 0 && o.left == 0 &&
			str_starts(buf_str(&o.replies), OK),
		"traces are answered, and are no logs");
	outcome_free(&o);
	feed(BYTES("GET /x 200 0.003\n"), 17, &o);
	ok(o.other && o.replies.len == 0, "a line of an access log is no request");
	outcome_free(&o);
	feed(BYTES(POST("text/plain", "2", "hi") "\1\2\3"), 30, &o);
	ok(o.bad && str_is(buf_str(&o.messages), "text hi|"), "nonsense behind a request");
	outcome_free(&o);
}

static void test_continue(void)
{
	struct framing f = {.max_frame = MAX_FRAME};
	struct outcome o = {0};
	struct str head = BYTES("POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
				"Content-Length: 2\r\n\r\n");

	while (step(&f, &head, false, &o))
		;
	is_str(o.replies.ptr, o.replies.len, "HTTP/1.1 100 Continue\r\n\r\n",
		"it is told to go on, once");
	ok(head.len > 0 && o.messages.len == 0, "and nothing is taken");
	framing_clear(&f);
	outcome_free(&o);
}

static void test_refused(void)
{
	static char long_head[HTTP_HEAD_MAX + 100];
	static const char get[] = "GET /";

	refuse("no length", "POST / HTTP/1.1\r\n\r\n", 411);
	refuse("too long", "POST / HTTP/1.1\r\nContent-Length: 4097\r\n\r\n", 413);
	refuse("2^64", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n", 400);
	refuse("2^64-1", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n",
		413);
	refuse("negative", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400);
	refuse("hexadecimal", "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", 400);
	refuse("two lengths",
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400);
	refuse("a length and chunks",
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: "
		"chunked\r\n\r\n0\r\n\r\n", 400);
	refuse("another coding",
		"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501);
	refuse("a blank before the colon", "GET / HTTP/1.1\r\nA : b\r\n\r\n", 400);
	refuse("a folded field", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400);
	refuse("no colon", "GET / HTTP/1.1\r\nabc\r\n\r\n", 400);
	refuse("HTTP/2.0", "GET / HTTP/2.0\r\n\r\n", 505);
	refuse("DELETE", "DELETE / HTTP/1.1\r\n\r\n", 405);
	refuse("protobuf", POST("application/x-protobuf", "1", "x"), 415);
	refuse("multipart", POST("multipart/form-data; boundary=x", "1", "x"), 415);
	refuse("brotli", "POST / HTTP/1.1\r\nContent-Encoding: br\r\nContent-Length: "
			 "1\r\n\r\nx", 415);
	refuse("broken gzip", "POST / HTTP/1.1\r\nContent-Encoding: "
			      "gzip\r\nContent-Length: 1\r\n\r\nx", 400);
	refuse("a chunk's size", "POST / HTTP/1.1\r\nTransfer-Encoding: "
				 "chunked\r\n\r\nx\r\n", 400);
	refuse("a chunk of 2^36", "POST / HTTP/1.1\r\nTransfer-Encoding: "
				  "chunked\r\n\r\n1000000000\r\n", 400);
	refuse("a chunk of 2^32-1", "POST / HTTP/1.1\r\nTransfer-Encoding: "
				    "chunked\r\n\r\nffffffff\r\n", 413);
	refuse("a chunk that goes on", "POST / HTTP/1.1\r\nTransfer-Encoding: "
				       "chunked\r\n\r\n1\r\nxx\r\n", 400);
	memset(long_head, 'x', sizeof(long_head) - 1);
	memcpy(long_head, get, sizeof(get) - 1);
	refuse("a long line", long_head, 431);
	memcpy(long_head, "GET / HTTP/1.1\r\n", 16);
	refuse("a long field", long_head, 431);
}

static void chunk_sum(size_t each, int status)
{
	struct buf b = {0};
	char name[64];

	buf_puts(&b, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t sum = 0; sum < MAX_FRAME + each; sum += each) {
		buf_printf(&b, "%zx\r\n", each);
		for (size_t i = 0; i < each; i++)
			buf_put_char(&b, 'x');
		buf_puts(&b, "\r\n");
	}
	buf_put_char(&b, '\0');
	snprintf(name, sizeof(name), "chunks of %zu that are too much", each);
	refuse(name, b.ptr, status);
	buf_free(&b);
}

/* What does not end does not cost the square of its length. */
static void test_long(void)
{
	struct buf b = {0};
	struct http_cut cut = {0};
	struct str message;
	size_t count = 0;

	for (int i = 0; i < 300000; i++)
		buf_puts(&b, i % 3 == 0 ? "{\n" : i % 3 == 1 ? "{\"\n" : "{}\n");
	while (http_json_next(buf_str(&b), &cut, &message))
		count++;
	ok(count == 300000, "a body of broken lines: %zu", count);
	buf_free(&b);
}

/* Every cut and every flipped bit of requests: no crash, no endless loop. */
static void test_broken(void)
{
	static const char text[] =
		"POST /a?b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
		"Content-Type: application/json\r\n\r\n1b\r\n[{\"a\":\"\\\"]\"},{\"b\":1}]"
		"\n\r\n3;x\r\n{}\n\r\n0\r\nT: x\r\n\r\n"
		"GET /log?a=1 HTTP/1.0\r\n\r\n";
	struct str s = BYTES(text);
	char *copy = xmalloc(s.len);
	struct outcome o;

	for (size_t n = 1; n <= s.len; n++) {
		feed(str_make(s.ptr, n), n, &o);
		outcome_free(&o);
	}
	memcpy(copy, s.ptr, s.len);
	for (size_t bit = 0; bit < 8 * s.len; bit++) {
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		feed(str_make(copy, s.len), s.len / 2, &o);
		outcome_free(&o);
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
	}
	free(copy);
	ok(true, "requests survive cuts and bit flips");
}

int main(void)
{
	test_bodies();
	test_protocol();
	test_foreign();
	test_continue();
	test_refused();
	chunk_sum(1, 413);
	chunk_sum(1000, 413);
	test_long();
	test_broken();
	return done_testing();
}
