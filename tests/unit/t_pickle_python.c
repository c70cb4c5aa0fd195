/*
 * The pickle format beside Python itself: tests/lib/pickle_cases.py writes pickles of every
 * protocol and what str(), repr(), json.dumps() and % make of what is in them. PYTHON names
 * another interpreter than python3.
 */
#include "picklekit.h"

#define CASE_MAX 1048576
#define FAILURES_SHOWN 20

static const char *const kinds[] = {
	[FIELD_TEXT] = "text", [FIELD_NUMBER] = "number", [FIELD_JSON] = "json"};

static bool read_piece(FILE *from, struct buf *piece)
{
	unsigned char head[4];
	size_t len;

	if (fread(head, 1, sizeof(head), from) != sizeof(head))
		return false;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
	      head[3];
	if (len > CASE_MAX)
		return false;
	piece->len = 0;
	buf_reserve(piece, len + 1);
	piece->len = fread(piece->ptr, 1, len, from);
	return piece->len == len;
}

/* The kind and text of the field called NAME in kit_fields. */
static const char *find(struct str name, struct str *value)
{
	for (size_t i = 0; i < kit_fields.extras; i++) {
		if (str_eq(kit_fields.extra[i].name, name)) {
			*value = kit_fields.extra[i].value;
			return kinds[kit_fields.extra[i].kind];
		}
	}
	*value = kit_fields.named[FIELD_MESSAGE];
	return str_is(name, "message") ? kinds[FIELD_TEXT] : "nothing";
}

static bool test_case(struct str frame, struct str want)
{
	struct str name, kind, got = {"", 0};
	struct record r;
	const char *found;

	str_split(&want, '\t', &name);
	str_split(&want, '\t', &kind);
	if (want.ptr == NULL)
		want = (struct str){"", 0};
	if (!pickle_take(frame, &r)) {
		printf("# no record of '%.*s'\n", (int)want.len, want.ptr);
		return false;
	}
	found = find(name, &got);
	if (str_is(kind, found) && str_eq(got, want) && r.severity == 20 &&
		r.time == INT64_C(1795193105830918000))
		return true;
	printf("# want %.*s '%.*s'\n# got  %s '%.*s'\n", (int)kind.len, kind.ptr,
		(int)(want.len < 300 ? want.len : 300), want.ptr, found,
		(int)(got.len < 300 ? got.len : 300), got.ptr);
	return false;
}

int main(void)
{
	const char *python = getenv("PYTHON") != NULL ? getenv("PYTHON") : "python3";
	struct buf frame = {0}, want = {0};
	unsigned cases = 0, failed = 0;
	char command[300];
	FILE *from;

	kit_begin();
	snprintf(command, sizeof(command), "%s tests/lib/pickle_cases.py", python);
	from = popen(command, "r");
	if (!ok(from != NULL, "%s starts", command))
		return done_testing();
	while (failed < FAILURES_SHOWN && read_piece(from, &frame) &&
		read_piece(from, &want)) {
		failed += !test_case(buf_str(&frame), buf_str(&want));
		cases++;
	}
	ok(pclose(from) == 0 || failed > 0, "%s ends well", command);
	ok(failed == 0, "%u cases are as Python has them", cases);
	ok(cases > 500, "there are many");
	buf_free(&frame);
	buf_free(&want);
	pickle_end();
	return done_testing();
}
