/* core/fields.c */
#include "core/fields.h"
#include "tap.h"

static int parsed;

static void parse(const struct record *r, struct fields *f)
{
	static const struct str name = STR("user"), message = STR("message");
	parsed++;
	f->named[FIELD_MESSAGE] = record_text(r);
	fields_add(f, name, record_text(r), FIELD_TEXT);
	fields_add(f, message, name, FIELD_TEXT);
}

static void test_load(void)
{
	static struct fields f;
	struct record a = {.text = "a", .len = 1}, b = {.text = "bb", .len = 2};
	struct str v = {"", 0};

	fields_parse = parse;
	fields_load(&f, &a);
	fields_load(&f, &a);
	ok(parsed == 1, "a record is parsed once");
	ok(fields_find(&f, str_from("user"), &v), "an extra field");
	is_str(v.ptr, v.len, "a", "user");
	fields_load(&f, &b);
	ok(parsed == 2 && f.extras == 2, "another record replaces it");
	ok(fields_find(&f, str_from("message"), &v), "a named field");
	is_str(v.ptr, v.len, "bb", "message");
	ok(fields_find(&f, str_from("fields.message"), &v), "the extra of that name");
	is_str(v.ptr, v.len, "user", "fields.message");
	ok(!fields_find(&f, str_from("module"), &v), "not in the record");
	ok(!fields_find(&f, str_from("use"), &v), "no such name");
	ok(!fields_find(&f, str_from("fields."), &v), "no name at all");
	is_str(v.ptr, v.len, "user", "the value is untouched");
	fields_reset(&f);
	ok(f.extras == 0 && f.named[FIELD_MESSAGE].ptr == NULL, "empty after a reset");
	fields_load(&f, &b);
	ok(parsed == 3, "parsed again after a reset");
	fields_free(&f);
}

static void test_bounds(void)
{
	static struct fields f;
	static const struct str x = STR("x");
	for (int i = 0; i < FIELDS_MAX + 3; i++)
		fields_add(&f, x, x, FIELD_TEXT);
	ok(f.extras == FIELDS_MAX && f.left_out == 3,
		"extras beyond the most are counted");
	ok(fields_scratch(&f, 1) == NULL, "no scratch before it has begun");
	fields_scratch_begin(&f, 100);
	char *p = fields_scratch(&f, 60), *q = fields_scratch(&f, 40);
	ok(p != NULL && q == p + 60, "scratch is handed out in order");
	memset(p, 'x', 100 + TEXT_PAD);
	while (fields_scratch(&f, 1) != NULL)
		continue;
	ok(f.scratch.ptr == p, "scratch never moves");
	ok(fields_scratch(&f, SIZE_MAX) == NULL, "a wild size");
	fields_free(&f);
}

static void test_names(void)
{
	for (int i = 0; i < FIELD_NAMED; i++)
		ok(fields_id(str_from(fields_name((enum field_id)i))) == i, "id %d", i);
	ok(fields_id(str_from("user")) == -1, "not a named field");
	ok(fields_id((struct str){NULL, 0}) == -1, "no name");
	is_str(fields_name(FIELD_EXCEPTION), strlen(fields_name(FIELD_EXCEPTION)),
		"exception", "the name of FIELD_EXCEPTION");
}

int main(void)
{
	test_load();
	test_bounds();
	test_names();
	return done_testing();
}
