/* formats/form.c and what it is made of: forms as Python's HTTPHandler sends them. */
#include "formatkit.h"
#include "formats/form_args.h"

/* MESSAGE % ARGS is WANT; NULL: odd. */
static void merge_is(const char *message, const char *args, const char *want)
{
	struct percent_arg list[PERCENT_ARGS_MAX];
	char space[512], out[2048];
	struct form_args read = {.args = list, .space = space};
	size_t len = PERCENT_ODD;

	if (form_args_read(&read, str_from(args)))
		len = percent_format(str_from(message), list, read.count, read.dict, out,
			sizeof(out));
	if (want == NULL)
		ok(len == PERCENT_ODD, "odd: %s %% %s", message, args);
	else if (ok(len != PERCENT_ODD, "not odd: %s %% %s", message, args))
		is_str(out, len, want, message);
}

static void test_percent(void)
{
	merge_is("hi %s Malm\xc3\xb6", "('you',)", "hi you Malm\xc3\xb6");
	merge_is("%d of %i, %u", "(3, -4, 99999999999999999999999)",
		"3 of -4, 99999999999999999999999");
	merge_is("%5d|%-5d|%05d|%+d|% d|%.3d", "(42, 42, -42, 42, 42, 7)",
		"   42|42   |-0042|+42| 42|007");
	merge_is("%x %X %o %#x %#o %08x", "(255, 255, 8, 255, 8, 255)",
		"ff FF 10 0xff 0o10 000000ff");
	merge_is("%f %.2f %e %g %G", "(1.5, 2.675, 12345.678, 1e-07, 1e+20)",
		"1.500000 2.67 1.234568e+04 1e-07 1E+20");
	merge_is("%f %F %d", "(inf, nan, 2.9)", "inf NAN 2");
	merge_is("%s %r %a", "('a\\'b', 'x', 'y')", "a'b 'x' 'y'");
	merge_is("%s", "(\"it's\",)", "it's");
	merge_is("%s", "('a\\n\\t\\\\\\xe9\\u20ac\\U0001f600',)",
		"a\n\t\\\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	merge_is("%s %s %s", "(None, True, False)", "None True False");
	merge_is("%d%%", "(5,)", "5%");
	merge_is("%d", "(True,)", "1");
	merge_is("%s %s", "([1, 'a)'], {'k': (1,)})", "[1, 'a)'] {'k': (1,)}");
	merge_is("%s", "(b'\\x00a',)", "b'\\x00a'");
	merge_is("%*d|%-*s|%.*f", "(5, 42, 4, 'ab', 1, 2.55)", "   42|ab  |2.5");
	merge_is("%(name)s is %(n)03d", "{'name': 'nora', 'n': 7}", "nora is 007");
	merge_is("%(a(b)c)s", "{'a(b)c': 1}", "1");
	merge_is("%10s|%-6s|%.2s", "('\xc3\xb6', '\xc3\xb6\xc3\xb6', '\xc3\xb6\xc3\xb6x')",
		"         \xc3\xb6|\xc3\xb6\xc3\xb6    |\xc3\xb6\xc3\xb6");
	merge_is("%c%c", "('x', 65)", "xA");
	merge_is("no args", "()", "no args");
}

static void test_odd(void)
{
	merge_is("%s %s", "('one',)", NULL);
	merge_is("%s", "('one', 'two')", NULL);
	merge_is("%d", "('text',)", NULL);
	merge_is("%q", "(1,)", NULL);
	merge_is("100%", "(1,)", NULL);
	merge_is("%(name)s", "('x',)", NULL);
	merge_is("%(other)s", "{'name': 1}", NULL);
	merge_is("%(name", "{'name': 1}", NULL);
	merge_is("%s", "(<object object at 0x7f>,)", NULL);
	merge_is("%s", "(datetime.datetime(2026, 1, 1),)", NULL);
	merge_is("%s", "('open", NULL);
	merge_is("%s", "(1", NULL);
	merge_is("%s", "([1, 2)", NULL);
	merge_is("%s", "1", NULL);
	merge_is("%s", "", NULL);
	merge_is("%999999999999999999999d", "(1,)", NULL);
	merge_is("%1025d", "(1,)", NULL);
	merge_is("%.1025f", "(1.0,)", NULL);
	merge_is("%1024d%1024d%d", "(1, 1, 1)", NULL);
	merge_is("%x", "(1.5,)", NULL);
	merge_is("%s", "([[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]],)", NULL);
}

static void is_form(const char *text, int64_t time, const char *level, int number,
	const char *module)
{
	struct record r;
	if (!ok(kit_read(&format_form, text, &r), "a form: %s", text))
		return;
	struct str name = intern_name(r.module);
	ok(r.time == time, "time %lld of %s", (long long)r.time, text);
	is_str(level_name(r.level), strlen(level_name(r.level)), level, text);
	ok(r.severity == number, "severity %d of %s", r.severity, text);
	is_str(name.ptr, name.len, module, "module");
	struct str shown = kit_fields.named[FIELD_MODULE];
	ok(str_eq(name, shown), "parse and fields find the same module");
}

/* samples/python-httphandler-get.bin and -post.bin, as they came. */
static void test_samples(void)
{
	is_form("name=app.http&msg=hi+%25s+Malm%C3%B6&args=%28%27you%27%2C%29&levelname="
		"WARNING&levelno=30&pathname=%2Ftmp%2Ffw%2Fcap%2Fcaphttp.py&filename="
		"caphttp.py&module=caphttp&exc_info=None&exc_text=None&stack_info=None&"
		"lineno=19&funcName=%3Cmodule%3E&created=1795193890.6127753&msecs=612.0&"
		"relativeCreated=103.45792770385742&thread=140681725741952&threadName="
		"MainThread&processName=MainProcess&process=3095&req_id=abc",
		INT64_C(1795193890612775300), "WARNING", 30, "app.http");
	kit_is("message", "hi you Malm\xc3\xb6");
	kit_is("pid", "3095");
	kit_is("process", "MainProcess");
	kit_is("thread", "MainThread");
	kit_is("function", "<module>");
	kit_is("file", "/tmp/fw/cap/caphttp.py");
	kit_is("line", "19");
	kit_is("level", "WARNING");
	kit_is("req_id", "abc");
	kit_is("exception", NULL);
	ok(kit_fields.extras == 1, "nothing else is a field");
	is_form("name=app.http&msg=boom+%25d&args=%283%2C%29&levelname=ERROR&levelno=40&"
		"pathname=%2Ftmp%2Ffw%2Fcap%2Fcaphttp.py&filename=caphttp.py&module="
		"caphttp&exc_info=%28%3Cclass+%27ZeroDivisionError%27%3E%2C+"
		"ZeroDivisionError%28%27division+by+zero%27%29%2C+%3Ctraceback+object+at+"
		"0x7ff3036a3640%3E%29&exc_text=None&stack_info=None&lineno=22&funcName="
		"%3Cmodule%3E&created=1795193890.8578737&msecs=857.0&relativeCreated="
		"348.5562801361084&thread=140681725741952&threadName=MainThread&"
		"processName=MainProcess&process=3095",
		INT64_C(1795193890857873700), "ERROR", 40, "app.http");
	kit_is("message", "boom 3");
	kit_is("exception", "ZeroDivisionError('division by zero')");
}

static void test_forms(void)
{
	struct record r;
	is_form("name=a%20b&levelname=AUDIT&levelno=33&created=1795193890&msg=x&args=None",
		INT64_C(1795193890000000000), "WARNING", 33, "a b");
	kit_is("level", "AUDIT");
	is_form("created=1795193890.5&levelno=25&levelname=SUCCESS&msg=%25s&args=%28%3Cx%3E"
		"%2C%29",
		INT64_C(1795193890500000000), "SUCCESS", 25, "");
	kit_is("message", "%s");
	kit_is("args", "(<x>,)");
	is_form("level=error&message=disk+full&time=2026-11-20T17:00:00Z&logger=app&disk=1",
		INT64_C(1795194000000000000), "ERROR", 40, "app");
	kit_is("message", "disk full");
	kit_is("disk", "1");
	is_form("a=1&b=%zz%4&&=x&c&d=", TIME_NONE, "-", 0, "");
	kit_is("message", "a=1&b=%zz%4&&=x&c&d=");
	kit_is("a", "1");
	kit_is("b", "%zz%4");
	kit_is("d", "");
	is_form("msg=100%25&args=None&levelno=20&created=1795193890", 
		INT64_C(1795193890000000000), "INFO", 20, "");
	kit_is("message", "100%");
	ok(!kit_read(&format_form, "just words", &r), "words are no form");
	ok(!kit_read(&format_form, "", &r), "nothing is no form");
}

/* Every prefix and every flipped bit of a form, as a sanitizer sees it. */
static void test_broken(void)
{
	static const char text[] =
		"name=app.http&msg=hi+%25-5s+%2a.%25f+Malm%C3%B6&args=%28%27y%5cx41ou%27"
		"%2C+%5b1%2c%282%2c%29%5d%2C3.5%29&levelname=WARNING&levelno=30&created="
		"1795193890.6127753&exc_info=%28%3Cclass+%27E%27%3E%2C+E%28%29%2C+%3C"
		"traceback+object+at+0x7f%3E%29";
	struct str s = str_from(text);

	for (size_t n = 0; n <= s.len; n++) {
		char *copy = kit_copy(str_make(s.ptr, n), '%');
		kit_try(&format_form, str_make(copy, n));
		free(copy);
	}
	char *copy = kit_copy(s, '%');
	for (size_t bit = 0; bit < 8 * s.len; bit++) {
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		kit_try(&format_form, str_make(copy, s.len));
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
	}
	free(copy);
	fields_reset(&kit_fields);
	ok(true, "forms survive prefixes and bit flips");
}

int main(void)
{
	kit_begin();
	test_percent();
	test_odd();
	test_samples();
	test_forms();
	test_broken();
	kit_end();
	return done_testing();
}
