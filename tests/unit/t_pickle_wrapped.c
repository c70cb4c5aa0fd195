/*
 * A Loguru line that a handler of the standard library was given: what the line says counts,
 * and where it names no zone it is in the one of the time around it.
 */
#include "picklekit.h"

#define SECOND INT64_C(1000000000)
#define AT (INT64_C(1795193934) * SECOND) /* 2026-11-20 16:58:54 UTC */

static const char head[] = "app.db:load:23 - done";

static void take(struct buf *b, const char *message, double created, struct record *r)
{
	unsigned char real[8];
	uint64_t bits;
	size_t len = strlen(message);
	char length[4] = {(char)len, (char)(len >> 8), 0, 0};

	memcpy(&bits, &created, sizeof(bits));
	for (size_t i = 0; i < 8; i++)
		real[i] = (unsigned char)(bits >> (56 - 8 * i));
	b->len = 0;
	buf_puts(b, "}(U\x03msgX");
	buf_put(b, length, sizeof(length));
	buf_puts(b, message);
	buf_puts(b, "U\x07levelnoK\x0aU\x09levelnameU\x05"
		    "DEBUGU\x04nameU\x05outerU\x06linenoK"
		    "\x07U\x08"
		    "funcNameU\x04"
		    "emitU\x07processK\x05U\x08pathnameU\x02/x");
	buf_puts(b, "U\x08"
		    "exc_textU\x01\nU\x07"
		    "createdG");
	buf_put(b, (const char *)real, sizeof(real));
	buf_puts(b, "U\x05"
		    "extra}(U\x02idK\x07uu.");
	ok(pickle_take(buf_str(b), r), "'%s' is a record", message);
}

static void check(const struct record *r, int64_t time)
{
	ok(r->time == time, "its own time: %lld", (long long)r->time);
	ok(r->level == LEVEL_SUCCESS, "its own level");
	is_str(intern_name(r->module).ptr, intern_name(r->module).len, "app.db",
		"module");
	kit_is("message", "done");
	kit_is("module", "app.db");
	kit_is("function", "load");
	kit_is("line", "23");
	kit_is("level", "SUCCESS");
	kit_is("file", "/x");
	kit_is("pid", "5");
	kit_is("exception", NULL);
	kit_is("id", "7");
}

static void test(const char *stamp, double created, int64_t time)
{
	struct buf b = {0};
	struct record r;
	char line[200];

	snprintf(line, sizeof(line), "%s | SUCCESS  | %s", stamp, head);
	take(&b, line, created, &r);
	check(&r, time);
	snprintf(line, sizeof(line), "\x1b[32m%s\x1b[0m | \x1b[1mSUCCESS \x1b[0m | %s",
		stamp, head);
	take(&b, line, created, &r);
	check(&r, time);
	buf_free(&b);
}

static void test_other_text(void)
{
	struct buf b = {0};
	struct record r;

	take(&b, "2026-11-20 16:58:54 something that only begins so", 1795193934.0, &r);
	ok(r.level == LEVEL_DEBUG && r.time == AT, "any other text is the message");
	kit_is("message", "2026-11-20 16:58:54 something that only begins so");
	kit_is("module", "outer");
	kit_is("function", "emit");
	buf_free(&b);
}

int main(void)
{
	kit_begin();
	test("2026-11-20 16:58:54.539", 1795193934.6, AT + 539 * SECOND / 1000);
	/* The sender is in another zone than this process. */
	test("2026-11-20 17:58:54.539", 1795193934.6, AT + 539 * SECOND / 1000);
	test("2026-11-20 11:28:54.539", 1795193934.6, AT + 539 * SECOND / 1000);
	test("2026-11-20 22:43:54.539", 1795193934.6, AT + 539 * SECOND / 1000);
	/* Its zone is written, or it is not near in any. */
	test("2026-11-20 17:58:54.539 +01:00", 1795193934.6, AT + 539 * SECOND / 1000);
	test("2026-11-20 16:51:54.539", 1795193934.6,
		AT - 420 * SECOND + 539 * SECOND / 1000);
	test("2026-11-18 16:58:54.539", 1795193934.6,
		AT - 172800 * SECOND + 539 * SECOND / 1000);
	test_other_text();
	pickle_end();
	return done_testing();
}
