/* sources/gelf_chunks.c and sources/inflate.c: the datagrams of GELF, real and hostile. */
#include <stdlib.h>

#include "core/mem.h"
#include "sources/gelf_chunks.h"
#include "tap.h"

#define SECOND INT64_C(1000000000)
#define FILE_MAX 65536

#define DATAGRAM(literal) ((struct str){(literal), sizeof(literal) - 1})

static struct str load(const char *name)
{
	char path[256];
	char *bytes = xmalloc(FILE_MAX);
	snprintf(path, sizeof(path), "tests/golden/formats/gelf/%s", name);
	FILE *file = fopen(path, "r");
	if (!ok(file != NULL, "%s can be opened", path))
		exit(done_testing());
	size_t n = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	return str_make(bytes, n);
}

static bool has_zlib(void)
{
	struct inflate z = {0};
	struct buf out = {0};
	bool has = inflate_all(&z, INFLATE_MARKED, DATAGRAM(""), 1, &out) !=
		   INFLATE_MISSING;
	inflate_clear(&z);
	buf_free(&out);
	return has;
}

static bool holds(struct str s, const char *what)
{
	return memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

/* The datagrams of samples/, as a real sender sent them. */
static void test_samples(void)
{
	static const char *const names[] = {"udp-gzip.bin", "udp-zlib.bin"};
	static const char *const texts[] = {"hello gzip", "hello zlib"};
	struct gelf_chunks g = {.max = 1 << 20};
	struct str message, plain = load("udp-none.bin");

	ok(!gelf_begins(plain) && gelf_take(&g, plain, 0, &message) == GELF_AS_IT_IS &&
			str_eq(message, plain),
		"plain is as it is");
	free((void *)(uintptr_t)plain.ptr);
	for (size_t i = 0; has_zlib() && i < 2; i++) {
		struct str s = load(names[i]);
		ok(gelf_begins(s), "%s is something", names[i]);
		ok(gelf_take(&g, s, 0, &message) == GELF_MESSAGE &&
				message.ptr[0] == '{' && message.ptr[message.len - 1] == '}' &&
				holds(message, texts[i]),
			"%s is unpacked", names[i]);
		/* Cut at any byte, it is shown as it is. */
		size_t shown = 0;
		for (size_t n = 2; n < s.len; n++)
			shown += gelf_take(&g, str_make(s.ptr, n), 0, &message) == GELF_AS_IT_IS;
		ok(shown == s.len - 2, "%s cut: %zu of %zu", names[i], shown, s.len - 2);
		free((void *)(uintptr_t)s.ptr);
	}
	ok(g.bad.total == 0 && g.half.total == 0, "nothing was wrong");
	gelf_clear(&g);
}

static size_t unhex(struct str line, char *out)
{
	for (size_t i = 0; i + 1 < line.len; i += 2) {
		char two[3] = {line.ptr[i], line.ptr[i + 1], 0};
		out[i / 2] = (char)strtoul(two, NULL, 16);
	}
	return line.len / 2;
}

static void test_chunked(void)
{
	static char bytes[FILE_MAX];
	struct gelf_chunks g = {.max = 1 << 20};
	struct str file = load("udp-chunked.hexl"), rest = file, line, message = {NULL, 0};
	size_t chunks = 0, whole = 0;

	while (str_split(&rest, '\n', &line)) {
		if (line.len == 0)
			continue;
		size_t n = unhex(line, bytes);
		chunks++;
		enum gelf_result r = gelf_take(&g, str_make(bytes, n), SECOND, &message);
		whole += r == GELF_MESSAGE;
		if (r == GELF_MESSAGE)
			break;
		/* Once more is the same. */
		ok(gelf_take(&g, str_make(bytes, n), SECOND, &message) == GELF_KEPT,
			"a chunk that comes twice");
	}
	ok(chunks == 11 && whole == 1, "11 chunks, 1 message");
	ok(message.len > 10000 && message.ptr[0] == '{' &&
			message.ptr[message.len - 1] == '}' &&
			holds(message, "\"short_message\": \"big\"") + holds(message,
				"\"short_message\":\"big\"") == 1,
		"it is whole");
	ok(g.waiting == 0 && g.bytes == 0 && gelf_due(&g) == INT64_MAX, "nothing is left");
	gelf_clear(&g);
	ok(g.half.total == 0, "and nothing was lost");
	free((void *)(uintptr_t)file.ptr);
}

static struct str chunk(char *out, uint64_t id, int number, int count, const char *text)
{
	out[0] = 0x1e;
	out[1] = 0x0f;
	memcpy(out + 2, &id, 8);
	out[10] = (char)number;
	out[11] = (char)count;
	memcpy(out + 12, text, strlen(text));
	return str_make(out, 12 + strlen(text));
}

static void test_orders(void)
{
	struct gelf_chunks g = {.max = 100};
	struct str message;
	char a[64], b[64];

	ok(gelf_take(&g, chunk(a, 1, 0, 1, "{one}"), 0, &message) == GELF_MESSAGE,
		"a message in one chunk");
	is_str(message.ptr, message.len, "{one}", "it is its chunk");
	gelf_take(&g, chunk(a, 1, 2, 3, "C"), 0, &message);
	gelf_take(&g, chunk(b, 2, 1, 2, "Z"), 0, &message);
	gelf_take(&g, chunk(a, 1, 0, 3, "A"), 0, &message);
	ok(gelf_take(&g, chunk(b, 2, 0, 2, "Y"), 0, &message) == GELF_MESSAGE, "the second");
	is_str(message.ptr, message.len, "YZ", "in order");
	ok(gelf_take(&g, chunk(a, 1, 1, 3, "B"), 0, &message) == GELF_MESSAGE, "the first");
	is_str(message.ptr, message.len, "ABC", "in order, too");
	ok(g.waiting == 0 && g.bad.total == 0, "nothing is left");
	gelf_clear(&g);
}

static void test_hostile(void)
{
	struct gelf_chunks g = {.max = 100};
	struct str message;
	char a[256];

	ok(gelf_take(&g, DATAGRAM("\x1e\x0f"), 0, &message) == GELF_KEPT, "a bare head");
	ok(gelf_take(&g, DATAGRAM("\x1e\x0f" "12345678\0"), 0, &message) == GELF_KEPT,
		"half a head");
	ok(gelf_take(&g, DATAGRAM("\x1e\x0f" "12345678\0\1"), 0, &message) == GELF_KEPT,
		"no bytes");
	gelf_take(&g, chunk(a, 1, 0, 0, "x"), 0, &message);
	gelf_take(&g, chunk(a, 1, 5, 5, "x"), 0, &message);
	gelf_take(&g, chunk(a, 1, 0, 129, "x"), 0, &message);
	gelf_take(&g, chunk(a, 1, 200, 255, "x"), 0, &message);
	ok(g.bad.total == 7 && g.waiting == 0, "7 that make no sense: %d", (int)g.bad.total);
	gelf_take(&g, chunk(a, 1, 0, 3, "x"), 0, &message);
	gelf_take(&g, chunk(a, 1, 1, 2, "x"), 0, &message);
	ok(g.bad.total == 8 && g.waiting == 1, "another count of chunks");
	memset(a + 12, 'x', 200);
	ok(gelf_take(&g, str_make(chunk(a, 1, 1, 3, "").ptr, 12 + 100), 0, &message) ==
			GELF_KEPT && g.waiting == 0 && g.bad.total == 9,
		"longer than a message may be");
	gelf_clear(&g);
	ok(gelf_take(&g, DATAGRAM("x^2 + y"), 0, &message) == GELF_AS_IT_IS || !has_zlib(),
		"text that begins like zlib");
	ok(gelf_take(&g, DATAGRAM("\x1e{\"a\":1}"), 0, &message) == GELF_AS_IT_IS,
		"JSON behind an RS");
	gelf_clear(&g);
}

static void test_bounds(void)
{
	struct gelf_chunks g = {.max = 1 << 20};
	static char big[60000];
	struct str message;
	char a[64];

	gelf_take(&g, chunk(a, 1, 0, 2, "x"), SECOND, &message);
	ok(gelf_due(&g) == 6 * SECOND, "5 s");
	gelf_expire(&g, 6 * SECOND - 1);
	ok(g.waiting == 1, "not yet");
	gelf_take(&g, chunk(a, 2, 0, 2, "x"), 6 * SECOND, &message);
	ok(g.waiting == 1 && g.half.total == 1, "given up after 5 s");
	for (uint64_t id = 10; id < 10 + 2 * GELF_MESSAGES; id++)
		gelf_take(&g, chunk(a, id, 0, 2, "x"), 7 * SECOND + (int64_t)id, &message);
	ok(g.waiting == GELF_MESSAGES && g.half.total == 2 + GELF_MESSAGES,
		"at most %d wait, the oldest goes", GELF_MESSAGES);
	for (uint64_t id = 10000; id < 10400; id++) {
		chunk(big, id, 0, 2, "x");
		gelf_take(&g, str_make(big, sizeof(big)), 8 * SECOND, &message);
	}
	ok(g.bytes <= GELF_BYTES && g.waiting <= GELF_BYTES / 50000, "%zu bytes wait",
		g.bytes);
	size_t waiting = g.waiting;
	uint64_t half = g.half.total;
	gelf_clear(&g);
	ok(g.half.total == half + waiting && g.bytes == 0, "the end counts what waits");
}

/* 10 MB of zeros, made of zlib's own block for them. */
static void test_bomb(void)
{
	struct gelf_chunks g = {.max = 1 << 20};
	struct inflate z = {0};
	struct buf out = {0}, bomb = {0};
	struct str message;

	if (!has_zlib())
		return;
	/* A fixed block: literal 0, then matches of 258 bytes at distance 1 (RFC 1951). */
	static const unsigned char head[] = {0x78, 0x9c, 0xed, 0xc1, 0x01, 0x01, 0x00, 0x00,
		0x00, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a};
	buf_put(&bomb, (const char *)head, sizeof(head));
	for (int i = 0; i < 10000; i++)
		buf_put_char(&bomb, 0);
	enum inflate_result r = inflate_all(&z, INFLATE_MARKED, buf_str(&bomb), 1 << 20,
		&out);
	ok(r == INFLATE_LONG || r == INFLATE_BROKEN, "a bomb is refused");
	ok(out.cap <= 4 << 20, "memory stays small: %zu", out.cap);
	ok(inflate_all(&z, INFLATE_MARKED, DATAGRAM("\x78\x9c\x03\x00\x00\x00\x00\x01"), 10,
		   &out) == INFLATE_WHOLE && out.len == 0,
		"the same stream again, with nothing in it");
	ok(gelf_take(&g, DATAGRAM("\x78\x9c\x03\x00\x00\x00\x00\x01"), 0, &message) ==
			GELF_KEPT,
		"nothing is no message");
	/* "aaaaaaaaaa", of which 10, 9 and 0 bytes may be. */
	static const char tens[] = "\x78\x9c\x4b\x84\x03\x00\x14\xe1\x03\xcb";
	ok(inflate_all(&z, INFLATE_MARKED, DATAGRAM(tens), 10, &out) == INFLATE_WHOLE &&
			out.len == 10,
		"as much as may be");
	ok(inflate_all(&z, INFLATE_MARKED, DATAGRAM(tens), 9, &out) == INFLATE_LONG,
		"one more");
	ok(inflate_all(&z, INFLATE_BARE,
		   str_make(tens + 2, sizeof(tens) - 1 - 6), 10, &out) == INFLATE_WHOLE,
		"bare");
	inflate_clear(&z);
	gelf_clear(&g);
	buf_free(&out);
	buf_free(&bomb);
}

int main(void)
{
	test_samples();
	test_chunked();
	test_orders();
	test_hostile();
	test_bounds();
	test_bomb();
	return done_testing();
}
