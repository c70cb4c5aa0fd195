/*
 * The pickle format, by what real senders sent: tests/golden/pickle/NAME.bin and a row a
 * frame in expected.tsv: file, frame, time, level, number, module, pid, function, line,
 * thread, message, exception, extra fields. T_PICKLE_WRITE=1 writes the rows anew, for
 * review with git diff. Each frame is also cut at each byte and has each bit flipped.
 */
#include "picklekit.h"

#define SHOWN_MAX 400  /* bytes of a text in a row */
#define WHOLE_MAX 4096 /* longer frames are cut in fewer places: so many */
#define PLACES 160

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

static void put_shown(struct buf *out, struct str s)
{
	buf_put_char(out, '\t');
	if (s.ptr == NULL)
		buf_put_char(out, '-');
	else
		kit_escape(
			out, (struct str){s.ptr, s.len < SHOWN_MAX ? s.len : SHOWN_MAX});
}

static void put_row(struct buf *out, const char *file, int number, const struct record *r)
{
	static const enum field_id shown[] = {FIELD_PID, FIELD_FUNCTION, FIELD_LINE,
		FIELD_THREAD, FIELD_MESSAGE, FIELD_EXCEPTION};
	struct str module = intern_name(r->module);
	struct buf extras = {0};

	buf_printf(out, "%s\t%d\t", file, number);
	if (r->time == TIME_NONE)
		buf_put_char(out, '-');
	else
		buf_printf(out, "%lld", (long long)r->time);
	buf_printf(out, "\t%s\t%u", level_name(r->level), r->severity);
	put_shown(out, module.len > 0 ? module : (struct str){NULL, 0});
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		put_shown(out, kit_fields.named[shown[i]]);
	for (size_t i = 0; i < kit_fields.extras; i++) {
		const struct field *f = &kit_fields.extra[i];
		buf_printf(
			&extras, "%.*s%c", (int)f->name.len, f->name.ptr, ":#="[f->kind]);
		buf_put(&extras, f->value.ptr,
			f->value.len < SHOWN_MAX / 4 ? f->value.len : SHOWN_MAX / 4);
		buf_put_char(&extras, ' ');
	}
	put_shown(out, (struct str){extras.ptr, extras.len});
	buf_put_char(out, '\n');
	buf_free(&extras);
	ok(str_eq(module, kit_fields.named[FIELD_MODULE]),
		"%s %d: parse and fields find the same module", file, number);
}

static struct buf rows(void)
{
	struct buf out = {0};

	for (size_t i = 0; i < FILES; i++) {
		struct buf bytes = pickle_file(files[i]);
		struct str rest = buf_str(&bytes), frame;
		struct record r;
		for (int n = 1; pickle_frame(&rest, &frame); n++) {
			if (pickle_take(frame, &r))
				put_row(&out, files[i], n, &r);
			else
				buf_printf(&out, "%s\t%d\tno record\n", files[i], n);
		}
		buf_free(&bytes);
	}
	return out;
}

static void test_rows(const char *path)
{
	struct buf got = rows(), want = {0};
	struct str got_rest = buf_str(&got), want_rest, a, b;
	FILE *file = fopen(path, "r");
	int n = 0;

	if (!ok(file != NULL, "%s can be opened", path))
		return;
	buf_reserve(&want, 1 << 20);
	want.len = fread(want.ptr, 1, 1 << 20, file);
	fclose(file);
	want_rest = buf_str(&want);
	while (str_split(&want_rest, '\n', &b)) {
		char name[32], *text = xstrndup(b.ptr, b.len);
		if (!str_split(&got_rest, '\n', &a))
			a = (struct str){"", 0};
		snprintf(name, sizeof(name), "row %d", ++n);
		is_str(a.ptr, a.len, text, name);
		free(text);
	}
	ok(got_rest.ptr == NULL && n > 100, "as many rows as expected");
	buf_free(&got);
	buf_free(&want);
}

static void write_rows(const char *path)
{
	struct buf got = rows();
	FILE *file = fopen(path, "w");

	if (file != NULL) {
		fwrite(got.ptr, 1, got.len, file);
		fclose(file);
	}
	buf_free(&got);
}

static void try(struct str frame)
{
	struct record r;

	if (pickle_take(frame, &r))
		fields_text(&kit_fields, &r);
}

static void chop(struct str frame)
{
	size_t step = frame.len > WHOLE_MAX ? frame.len / PLACES : 1;
	struct record r;
	char *copy;

	for (size_t n = 0; n < frame.len; n += step) {
		if (pickle_take((struct str){frame.ptr, n}, &r))
			ok(false, "%zu of %zu bytes are no pickle", n, frame.len);
	}
	copy = kit_copy(frame, 'q');
	for (size_t bit = 0; bit < 8 * frame.len; bit += step) {
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		try((struct str){copy, frame.len});
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
	}
	free(copy);
}

static void test_chop(void)
{
	for (size_t i = 0; i < FILES; i++) {
		struct buf bytes = pickle_file(files[i]);
		struct str rest = buf_str(&bytes), frame;
		while (pickle_frame(&rest, &frame))
			chop(frame);
		ok(true, "%s: cut and flipped", files[i]);
		buf_free(&bytes);
	}
}

int main(void)
{
	static const char path[] = "tests/golden/pickle/expected.tsv";

	kit_begin();
	if (getenv("T_PICKLE_WRITE") != NULL)
		write_rows(path);
	test_rows(path);
	test_chop();
	pickle_end();
	return done_testing();
}
