/*
 * pickle_flat, beside the machine that reads every pickle: both must find the same in
 * whatever both take, in every sample, where frames of several kinds come by turns, and in
 * frames of which one byte is another one, at each place. The machine is made to read a
 * frame by an opcode in front of it that pickle_flat does not take: N0 puts None on the
 * stack and takes it off. What comes behind the end of a pickle is not read.
 */
#include "formats/pickle_flat.h"
#include "picklekit.h"

#define FRAMES_MAX 400
#define FRAME_BYTES_MAX 4096 /* of those that are changed byte by byte */

static const char *const files[] = {
	"loguru-0.6-sockethandler-default",
	"loguru-recipe",
	"loguru-sockethandler-default",
	"loguru-sockethandler-enqueue",
	"loguru-sockethandler-msgonly",
	"python-datagramhandler-py311",
	"python-queuehandler-mpconnection",
	"python-sockethandler-odd-py27",
	"python-sockethandler-odd-py311",
	"python-sockethandler-py27",
	"python-sockethandler-py311",
	"python-sockethandler-py312",
	"python-sockethandler-py313",
	"python-sockethandler-py36",
	"python-sockethandler-py38",
};

#define FILES (sizeof(files) / sizeof(files[0]))

static struct str frames[FRAMES_MAX];
static size_t frame_count;
static struct buf bytes_of[FILES];

static void load(void)
{
	for (size_t i = 0; i < FILES; i++) {
		struct str rest;
		bytes_of[i] = pickle_file(files[i]);
		rest = buf_str(&bytes_of[i]);
		while (frame_count < FRAMES_MAX &&
			pickle_frame(&rest, &frames[frame_count]))
			frame_count++;
	}
}

static void put_str(struct buf *out, struct str s)
{
	buf_printf(out, "%d %zu ", s.ptr != NULL, s.len);
	buf_put_str(out, s);
	buf_put_char(out, '\n');
}

/* All that is found in FRAME, as bytes. */
static void put_found(struct buf *out, struct str frame)
{
	struct record r;
	const struct fields *f = &kit_fields;

	out->len = 0;
	if (!pickle_take(frame, &r)) {
		buf_puts(out, "none");
		return;
	}
	buf_printf(out, "%lld %u %u %u %zu\n", (long long)r.time, r.level, r.severity,
		r.module, f->left_out);
	for (int i = 0; i < FIELD_NAMED; i++)
		put_str(out, f->named[i]);
	for (size_t i = 0; i < f->extras; i++) {
		buf_printf(out, "%d ", f->extra[i].kind);
		put_str(out, f->extra[i].name);
		put_str(out, f->extra[i].value);
	}
	put_str(out, fields_text(&kit_fields, &r));
}

/* Whether both ways find the same in FRAME; *FLAT: whether pickle_flat took it. */
static bool agree(struct str frame, bool *flat)
{
	static struct buf one, other, copy;
	static struct pickle_flat read;
	bool same;

	copy.len = 0;
	buf_reserve(&copy, frame.len + 2 + TEXT_PAD);
	buf_put_str(&copy, frame);
	buf_puts(&copy, "qq");
	memset(copy.ptr + copy.len, 'q', TEXT_PAD);
	*flat = pickle_flat(&read, buf_str(&copy));
	put_found(&one, buf_str(&copy));
	copy.len = 0;
	buf_puts(&copy, "N0");
	buf_put_str(&copy, frame);
	if (pickle_flat(&read, buf_str(&copy)))
		return false;
	put_found(&other, buf_str(&copy));
	same = str_eq(buf_str(&one), buf_str(&other));
	if (frame.len == 0) {
		buf_free(&one);
		buf_free(&other);
		buf_free(&copy);
	}
	return same;
}

static void test_samples(void)
{
	size_t different = 0, taken = 0;
	bool flat;

	for (size_t i = 0; i < frame_count; i++) {
		different += !agree(frames[i], &flat);
		taken += flat;
	}
	ok(different == 0, "both find the same in %zu samples", frame_count);
	ok(taken > frame_count / 3 && taken < frame_count,
		"%zu of them are flat, and others are not", taken);
}

/* Each with one far from it, so that kinds and senders change with every frame. */
static void test_turns(void)
{
	size_t different = 0;
	bool flat;

	for (size_t i = 0; i < 2 * frame_count; i++)
		different += !agree(frames[i * 37 % frame_count], &flat);
	ok(different == 0, "likewise where they come by turns");
}

/* The first frame of each file that is flat, and one of Python's newer protocols. */
static size_t change(struct str frame, size_t *flats)
{
	static const unsigned char values[] = {0, 1, 'N', 'X', 'K', 'G', 'L', 'h', 'q',
		'u', '.', '}', '(', 'U', 0x88, 0x8a, 0x8c, 0x94, 0xff};
	struct buf b = {0};
	size_t different = 0;
	bool flat;

	buf_put_str(&b, frame);
	for (size_t at = 0; at < frame.len; at++) {
		for (size_t i = 0; i < 8 + sizeof(values); i++) {
			char was = b.ptr[at];
			b.ptr[at] = (char)(i < 8 ? (unsigned char)was ^ 1u << i
						 : values[i - 8]);
			different += !agree(buf_str(&b), &flat);
			*flats += flat;
			b.ptr[at] = was;
		}
	}
	buf_free(&b);
	return different;
}

static size_t cut(struct str frame, size_t *flats)
{
	size_t different = 0;
	bool flat;

	for (size_t len = 0; len < frame.len; len++) {
		different += !agree((struct str){frame.ptr, len}, &flat);
		*flats += flat;
	}
	return different;
}

static void test_changes(void)
{
	size_t flats = 0, cuts = 0;
	bool flat;

	for (size_t i = 0; i < FILES; i++) {
		struct str rest = buf_str(&bytes_of[i]), frame;
		while (pickle_frame(&rest, &frame)) {
			agree(frame, &flat);
			if (flat && frame.len < FRAME_BYTES_MAX)
				break;
		}
		if (!flat)
			continue;
		ok(change(frame, &flats) == 0, "%s: both read any byte alike", files[i]);
		ok(cut(frame, &cuts) == 0, "%s: and any part", files[i]);
	}
	ok(flats > 1000, "%zu changed frames were flat", flats);
	ok(cuts == 0, "a part never is");
}

/* A record as a newer protocol writes it, a short one, one with what flat frames seldom
 * have, and such as must not be taken for flat. */
static void test_made(void)
{
#define HEAD "}q\x00(X\x07\0\0\0createdq\x01G\x41\xda\x80\0\0\0\0\0"
#define LEVEL "X\x07\0\0\0levelnoK\x14"
#define MSG "X\x03\0\0\0msgX\x01\0\0\0m"
	static const struct {
		struct str frame;
		bool flat;
		const char *name;
	} made[] = {
		{STR(HEAD LEVEL MSG "u."), true, "the least"},
		{STR("\x80\x04\x95\x50\0\0\0\0\0\0\0}\x94(\x8c\x07"
		     "created\x94G\x41\xda\x80\0\0\0\0\0\x8c\x07levelno\x94K\x14\x8c\x03"
		     "msg\x94\x8c\x01m\x94\x8c\x04name\x94h\x04u."),
			true, "protocol 4, and a value of the memo"},
		{STR(HEAD LEVEL MSG "X\x04\0\0\0nameh\x01u."), true, "a key as a value"},
		{STR(HEAD LEVEL MSG "X\x04\0\0\0nameh\x00u."), false, "the dict itself"},
		{STR(HEAD LEVEL MSG "X\x04\0\0\0nameh\x02u."), false, "an empty slot"},
		{STR(HEAD LEVEL MSG "X\x04\0\0\0nameq\x03X\x01\0\0\0aq\x04u."), false,
			"slots that are left out"},
		{STR(HEAD LEVEL MSG "X\x01\0\0\0t\x88X\x01\0\0\0f\x89u."), true, "bools"},
		{STR(HEAD LEVEL MSG
			 "X\x01\0\0\0a\x8a\x02\xff\xff"
			 "X\x01\0\0\0b\x8a\0X\x01\0\0\0c\x8a\x08\1\2\3\4\5\6\7\x88u."),
			true, "long numbers"},
		{STR(HEAD LEVEL MSG "X\x01\0\0\0aL123456789012345678L\nu."), true,
			"a long line"},
		{STR(HEAD LEVEL MSG "X\x01\0\0\0aL1234567890123456789L\nu."), false,
			"a longer line"},
		{STR(HEAD LEVEL MSG "X\x01\0\0\0aL-1L\nu."), false, "a negative line"},
		{STR(HEAD LEVEL MSG "X\x03\0\0\0msgX\x01\0\0\0nu."), true, "a key twice"},
		{STR(HEAD LEVEL MSG "X\x04\0\0\0lineK\x01X\x04\0\0\0timeNu."), true,
			"the user's own, which Loguru has"},
		{STR(HEAD LEVEL MSG "X\x08\0\0\0taskNameNX\x05\0\0\0extraK\x01u."), true,
			"no task"},
		{STR(HEAD LEVEL MSG "X\x04\0\0\0argsX\x01\0\0\0au."), false, "arguments"},
		{STR(HEAD LEVEL "u."), false, "no message"},
		{STR(HEAD MSG "u."), false, "no level"},
		{STR(HEAD LEVEL MSG
			 "X\0\0\0\0K\x01X\x15\0\0\0twenty_bytes_of_a_keyK\x02u."),
			true, "keys of any length"},
		{STR(HEAD LEVEL MSG "X\x01\0\0\0a]u."), false, "a list"},
		{STR(HEAD LEVEL MSG "K\x01K\x01u."), false, "a key that is no string"},
		{STR(HEAD LEVEL MSG "u"), false, "no end"},
	};
	bool flat;

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		ok(agree(made[i].frame, &flat), "%s: both find the same", made[i].name);
		ok(flat == made[i].flat, "%s: %s flat", made[i].name,
			made[i].flat ? "is" : "is not");
	}
}

int main(void)
{
	bool flat;

	setenv("TZ", "UTC", 1);
	formats_init();
	load();
	test_samples();
	test_turns();
	test_changes();
	test_made();
	ok(agree((struct str){"", 0}, &flat), "nothing is nothing");
	for (size_t i = 0; i < FILES; i++)
		buf_free(&bytes_of[i]);
	pickle_end();
	return done_testing();
}
