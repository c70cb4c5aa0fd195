/* Messages that hold several records, through the reader: frames and lines. */
#include "readerkit.h"
#include "tap.h"

static const char body[] =
	"{\"resourceLogs\":[{\"scopeLogs\":[{\"scope\":{\"name\":\"m\"},\"logRecords\":["
	"{\"timeUnixNano\":\"1795194000000000001\",\"body\":{\"stringValue\":\"one\"}},"
	"{\"timeUnixNano\":\"1795194000000000002\",\"severityNumber\":17}]}]}]}";

#define PART(record) \
	"{\"resourceLogs\":[{\"scopeLogs\":[{\"scope\":{\"name\":\"m\"},\"logRecords\":[" \
	record "]}]}]}"
#define ONE PART("{\"timeUnixNano\":\"1795194000000000001\",\"body\":{\"stringValue\":\"one\"}}")
#define TWO PART("{\"timeUnixNano\":\"1795194000000000002\",\"severityNumber\":17}")

static void frame(struct run *run, const char *bytes, size_t len, enum frame_kind kind)
{
	size_t cap;
	char *room = reader_room(&run->reader, len, &cap);
	memcpy(room, bytes, len);
	reader_frame(&run->reader, len, kind, &run->now);
}

static void is_kept(const struct run *run, size_t i, const char *text, int64_t time,
	const char *format, unsigned flags)
{
	if (!ok(i < run->count, "there is a record %zu", i))
		return;
	struct str got = kept_text(run, i);
	is_str(got.ptr, got.len, text, "text");
	ok(run->kept[i].record.time == time, "time");
	ok(run->kept[i].record.flags == flags, "flags %u", run->kept[i].record.flags);
	ok(run->kept[i].record.sequence == i, "sequence");
	is_str(formats[run->kept[i].record.format]->name,
		strlen(formats[run->kept[i].record.format]->name), format, "format");
}

static void test_frames(bool copying)
{
	struct way way = {.copying = copying};
	struct run run;

	run_init(&run, &way);
	frame(&run, "plain", 5, FRAME_TEXT);
	frame(&run, body, sizeof(body) - 1, FRAME_OTLP);
	frame(&run, "A=1\n\nMESSAGE=2\n", 15, FRAME_JOURNAL);
	frame(&run, "MESSAGE=3\n", 10, FRAME_JOURNAL);
	frame(&run, "no body", 7, FRAME_OTLP);
	frame(&run, "plain", 5, FRAME_TEXT);
	reader_end(&run.reader);
	run_take(&run, true);
	ok(run.count == 8 && run.fault == NULL, "8 records: %zu %s", run.count,
		run.fault != NULL ? run.fault : "");
	unsigned whole = RECORD_NO_NEWLINE, wire = RECORD_NO_NEWLINE | RECORD_WIRE;
	is_kept(&run, 0, "plain", TIME_NONE, "raw", whole);
	is_kept(&run, 1, ONE, INT64_C(1795194000000000001), "otlp", wire | RECORD_PART);
	is_kept(&run, 2, TWO, INT64_C(1795194000000000002), "otlp", wire | RECORD_PART);
	is_kept(&run, 5, "MESSAGE=3\n", TIME_NONE, "journal", wire);
	is_kept(&run, 6, "no body", TIME_NONE, "raw", whole);
	is_kept(&run, 7, "plain", TIME_NONE, "raw", whole);
	run_clear(&run);
}

static void test_lines(bool copying, size_t most)
{
	struct way way = {.copying = copying, .most = most, .block_bytes = 512};
	struct rng rng = {1};
	struct run run;
	struct buf input = {0};

	buf_printf(&input, "first\n%s\r\nsecond\n%s", body, body);
	run_init(&run, &way);
	run_all(&run, buf_str(&input), &way, &rng);
	ok(run.count == 6 && run.fault == NULL, "6 records: %zu %s", run.count,
		run.fault != NULL ? run.fault : "");
	is_kept(&run, 0, "first", TIME_NONE, "raw", 0);
	is_kept(&run, 1, ONE, INT64_C(1795194000000000001), "otlp_line", RECORD_PART);
	is_kept(&run, 2, TWO, INT64_C(1795194000000000002), "otlp_line", RECORD_PART);
	is_kept(&run, 3, "second", TIME_NONE, "raw", 0);
	is_kept(&run, 4, ONE, INT64_C(1795194000000000001), "otlp_line", RECORD_PART);
	is_kept(&run, 5, TWO, INT64_C(1795194000000000002), "otlp_line", RECORD_PART);
	run_clear(&run);
	buf_free(&input);
}

int main(void)
{
	formats_init();
	test_frames(false);
	test_frames(true);
	for (size_t most = 0; most < 4; most++) {
		test_lines(false, most);
		test_lines(true, most);
	}
	return done_testing();
}
