/* formats/journal_native.c: what programs send to journald, and what it exports. */
#include "formatkit.h"

/* TEXT may hold any bytes; nothing is a head. */
static bool read_entry(struct str text, struct record *r)
{
	static char *copy;
	fields_reset(&kit_fields);
	free(copy);
	copy = kit_copy(text, '=');
	*r = kit_record(str_make(copy, text.len));
	r->head = r->len;
	if (!kit_parse(&format_journal, WANT_LEVEL | WANT_MODULE, r))
		return false;
	format_journal.fields(r, &kit_fields);
	return true;
}

#define ENTRY(literal) ((struct str){(literal), sizeof(literal) - 1})

static void check(struct str text, int64_t time, const char *level, const char *module)
{
	struct record r;
	if (!ok(read_entry(text, &r), "an entry: %.*s", (int)text.len, text.ptr))
		return;
	struct str name = intern_name(r.module);
	ok(r.time == time, "time %lld", (long long)r.time);
	is_str(level_name(r.level), strlen(level_name(r.level)), level, "level");
	is_str(name.ptr, name.len, module, "module");
	ok(str_eq(name, kit_fields.named[FIELD_MODULE]),
		"parse and fields find the same module");
}

static void test_native(void)
{
	check(ENTRY("MESSAGE=hello\nPRIORITY=4\nSYSLOG_IDENTIFIER=app\nCODE_FILE=a.py\n"
		    "CODE_LINE=7\nCODE_FUNC=f\nUSER=nora\n"),
		TIME_NONE, "WARNING", "app");
	kit_is("message", "hello");
	kit_is("file", "a.py");
	kit_is("line", "7");
	kit_is("function", "f");
	kit_is("USER", "nora");
	kit_is("PRIORITY", NULL);
	check(ENTRY("PRIORITY=9\nMESSAGE=x=y\nLOGGER=app.db\nSYSLOG_IDENTIFIER=a.py\n"
		    "THREAD_NAME=T\nPROCESS_NAME=P\n_PID=12\nSYSLOG_PID=13"),
		TIME_NONE, "-", "app.db");
	kit_is("message", "x=y");
	kit_is("PRIORITY", "9");
	kit_is("SYSLOG_IDENTIFIER", "a.py");
	kit_is("thread", "T");
	kit_is("process", "P");
	kit_is("pid", "12");
	kit_is("SYSLOG_PID", "13");
	check(ENTRY("MESSAGE\n\x10\0\0\0\0\0\0\0two\nline message\nPRIORITY=6\n"
		    "SYSLOG_TIMESTAMP=2026-11-20T17:00:00.5Z\n"),
		INT64_C(1795194000500000000), "INFO", "");
	kit_is("message", "two\nline message");
	check(ENTRY("MESSAGE\n\x0a\0\0\0\0\0\0\0M\nTracebac\n"), TIME_NONE, "-", "");
	check(ENTRY("MESSAGE\n\x29\0\0\0\0\0\0\0m\nTraceback (most recent call last):\nE: "
		    "x\nEXCEPTION_TEXT=other\n"),
		TIME_NONE, "-", "");
	kit_is("message", "m");
	kit_is("exception", "Traceback (most recent call last):\nE: x");
}

static void test_hostile(void)
{
	struct record r;
	ok(!read_entry(ENTRY(""), &r), "nothing");
	ok(!read_entry(ENTRY("\n\n\n"), &r), "empty lines");
	ok(!read_entry(ENTRY("message=x\n"), &r), "small letters");
	ok(!read_entry(ENTRY("=x\n"), &r), "no name");
	ok(!read_entry(ENTRY("MESSAGE"), &r), "no value");
	ok(!read_entry(ENTRY("MESSAGE\n\5\0\0"), &r), "half a length");
	ok(!read_entry(ENTRY("MESSAGE\n\6\0\0\0\0\0\0\0hello"), &r), "half a value");
	ok(!read_entry(ENTRY("MESSAGE\n\4\0\0\0\0\0\0\0hello\n"), &r), "no line feed behind");
	ok(!read_entry(ENTRY("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffhello\n"), &r),
		"2^64-1");
	ok(read_entry(ENTRY("MESSAGE=x\nMESSAGE2\n\xff\xff\xff\xff\xff\xff\xff\x7f"), &r),
		"what came before stays");
	kit_is("message", "x");
}

struct parts {
	char *at[16];
	size_t len[16];
	size_t count;
};

static void keep(void *owner, struct str text)
{
	struct parts *p = owner;
	p->at[p->count] = kit_copy(text, '=');
	p->len[p->count++] = text.len;
}

/* The sample of journalctl -o export, as one message. */
static void test_export(void)
{
	static const struct {
		int64_t time;
		const char *level, *module, *pid, *message;
	} want[] = {
		{1795194300123456000, "INFO", "myapp", "1234", "service started Malm\xc3\xb6"},
		{1795194301622456000, "WARNING", "myapp", "1234", "two\nline message"},
		{1795194303123456000, "ERROR", "kernel", NULL,
			"usb 1-1: device descriptor read error"},
		{1795194304623456000, "CRITICAL", "python3", "4321", NULL},
		{1795194306123456000, "-", "noprio", NULL, "no priority field"},
		{1795194307623456000, "DEBUG", "dbg", "77", "\x1b[31mred\x1b[0m text"},
	};
	struct buf file = kit_file("journal", "export.bin");
	struct parse p = {.modules = &kit_modules};
	struct parts parts = {0};
	struct str message;

	ok(format_journal.split(&p, buf_str(&file), keep, &parts) == 6, "6 entries");
	for (size_t i = 0; i < parts.count && i < 6; i++) {
		check(str_make(parts.at[i], parts.len[i]), want[i].time, want[i].level,
			want[i].module);
		kit_is("pid", want[i].pid);
		if (want[i].message != NULL)
			kit_is("message", want[i].message);
		fields_find(&kit_fields, (struct str)STR("message"), &message);
		if (i == 3)
			ok(message.len == 22 && memcmp(message.ptr, "binary \xff\1 payload\n\0end",
						       22) == 0,
				"bytes stay as they are");
	}
	for (size_t i = 0; i < parts.count; i++)
		free(parts.at[i]);
	parts.count = 0;
	ok(format_journal.split(&p, ENTRY("A=1\nB=2\n"), keep, &parts) == 0 &&
			format_journal.split(&p, ENTRY("A=1\n\n\n"), keep, &parts) <= 1,
		"one entry is the message as it is");
	for (size_t i = 0; i < parts.count; i++)
		free(parts.at[i]);
	parts.count = 0;
	ok(format_journal.split(&p, ENTRY("A=1\n\nB=2\nrest"), keep, &parts) == 2,
		"what makes no sense stays with its entry");
	if (parts.count == 2)
		is_str(parts.at[1], parts.len[1], "B=2\nrest", "the second entry");
	for (size_t i = 0; i < parts.count; i++)
		free(parts.at[i]);
	buf_free(&file);
}

static void ignore(void *owner, struct str text)
{
	(void)text;
	++*(size_t *)owner;
}

static void test_broken(void)
{
	struct buf file = kit_file("journal", "export.bin");
	struct parse p = {.modules = &kit_modules};
	struct record r;
	size_t count = 0;

	for (size_t n = 0; n <= file.len; n++) {
		char *copy = kit_copy(str_make(file.ptr, n), '=');
		format_journal.split(&p, str_make(copy, n), ignore, &count);
		free(copy);
		read_entry(str_make(file.ptr, n), &r);
	}
	for (size_t bit = 0; bit < 8 * file.len; bit++) {
		file.ptr[bit / 8] = (char)(file.ptr[bit / 8] ^ 1 << bit % 8);
		format_journal.split(&p, buf_str(&file), ignore, &count);
		read_entry(buf_str(&file), &r);
		file.ptr[bit / 8] = (char)(file.ptr[bit / 8] ^ 1 << bit % 8);
	}
	read_entry(ENTRY(""), &r);
	ok(count > 0, "entries survive prefixes and bit flips");
	buf_free(&file);
}

int main(void)
{
	kit_begin();
	test_native();
	test_hostile();
	test_export();
	test_broken();
	kit_end();
	return done_testing();
}
