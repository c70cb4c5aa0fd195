/*
 * formats: the table, and what all text formats share: where a message ends and its
 * traceback begins, and which lines belong together where there are no heads.
 */
#include "formats/format.h"

#include <assert.h>

#include "formats/line.h"

static_assert(FORMAT_COUNT <= 32, "formats_by_first holds a bit for each format");

const struct format *const formats[FORMAT_COUNT] = {
#define FORMAT(name) &format_##name,
#include "formats/table.h"
#undef FORMAT
};

uint32_t formats_by_first[256];
uint32_t formats_by_frame[FRAME_KINDS];

static bool starts_with(struct str s, struct str prefix)
{
	return s.len >= prefix.len && memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

static bool ends_with(struct str s, struct str end)
{
	return s.len >= end.len && memcmp(s.ptr + s.len - end.len, end.ptr, end.len) == 0;
}

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static struct str without_cr(struct str line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* "    at f (x.js:3)" of Java, .NET and JavaScript. */
static bool is_stack_line(struct str line)
{
	size_t n = 0;
	while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
		n++;
	return n > 0 && starts_with(str_skip(line, n), (struct str)STR("at "));
}

static bool begins_traceback(struct str line)
{
	static const struct str starts[] = {STR("Traceback (most recent call last):"),
		STR("Stack (most recent call last):"),
		STR("  + Exception Group Traceback (most recent call last):"),
		STR("goroutine "), STR("stack backtrace:")};
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (starts_with(line, starts[i]))
			return true;
	}
	return ends_with(line, (struct str)STR(".RemoteTraceback:")) ||
	       ends_with(line, (struct str)STR("._RemoteTraceback:"));
}

static void parse_fields(const struct record *r, struct fields *f)
{
	assert(r->format < FORMAT_COUNT);
	formats[r->format]->fields(r, f);
}

static void add_first(uint32_t bit, const char *first)
{
	for (unsigned c = 0; c < 256; c++) {
		char byte = (char)c;
		bool good = !first;
		for (const char *p = first; p && *p; p++) {
			good = good || (*p == '0' ? byte >= '0' && byte <= '9' :
					*p == 'A' ? is_letter(byte) :
					*p == '~' ? byte == '\x1b' :
						    byte == *p);
		}
		if (good)
			formats_by_first[c] |= bit;
	}
}

void formats_init(void)
{
	memset(formats_by_first, 0, sizeof(formats_by_first));
	memset(formats_by_frame, 0, sizeof(formats_by_frame));
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		if (formats[i]->frame == FRAME_TEXT)
			add_first(UINT32_C(1) << i, formats[i]->first);
		else
			formats_by_frame[formats[i]->frame] |= UINT32_C(1) << i;
	}
	fields_parse = parse_fields;
	fields_render = format_line_render;
}

const struct format *formats_find(struct str name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (str_is(name, formats[i]->name))
			return formats[i];
	}
	return NULL;
}

void fields_set_message(struct fields *f, struct str text)
{
	size_t start = 0, before = 0, exception = text.len;
	for (bool first = true; start < text.len; first = false) {
		const char *newline = memchr(text.ptr + start, '\n', text.len - start);
		size_t end = newline ? (size_t)(newline - text.ptr) : text.len;
		struct str line = without_cr((struct str){text.ptr + start, end - start});
		if ((!first || newline) && begins_traceback(line)) {
			exception = start;
			break;
		}
		if (!first && is_stack_line(line)) {
			/* The line before the stack names the exception. */
			exception = before > 0 ? before : start;
			break;
		}
		before = start;
		start = end + 1;
	}
	struct str message = {text.ptr, exception};
	if (exception < text.len) {
		struct str trace = str_skip(text, exception);
		while (trace.len > 0 && strchr("\r\n", trace.ptr[trace.len - 1]))
			trace.len--;
		f->named[FIELD_EXCEPTION] = trace;
	}
	if (message.len > 0 && message.ptr[message.len - 1] == '\n')
		message.len--;
	f->named[FIELD_MESSAGE] = without_cr(message);
}

bool format_orphan_block(struct str line)
{
	static const struct str starts[] = {STR("Exception in thread "),
		STR("Exception ignored in"), STR("--- Logging error "),
		STR("Fatal Python error:"), STR("panic: "), STR("fatal error: ")};
	line = without_cr(line);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (starts_with(line, starts[i]))
			return true;
	}
	struct str end = STR(":");
	if (starts_with(line, (struct str)STR("Process ")) && ends_with(line, end))
		return !memchr(line.ptr + 8, ' ', line.len - 8);
	return starts_with(line, (struct str)STR("thread '")) &&
	       memmem(line.ptr, line.len, "' panicked at ", 14) != NULL;
}

bool format_continues(struct str line)
{
	static const struct str starts[] = {STR("Traceback (most recent call last):"),
		STR("During handling of the above exception, another"),
		STR("The above exception was the direct cause of"), STR("Caused by: "),
		STR("Call stack:"), STR("Message: "), STR("Arguments: ")};
	line = without_cr(line);
	if (line.len == 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (starts_with(line, starts[i]))
			return true;
	}
	return false;
}

bool format_ends_traceback(struct str line)
{
	static const struct str endings[] = {STR("Error"), STR("Exception"), STR("Warning"),
		STR("Interrupt"), STR("Exit"), STR("Group"), STR("StopIteration"),
		STR("Empty"), STR("Full"), STR("Cancelled")};
	line = without_cr(line);
	size_t n = 0;
	while (n < line.len && (is_letter(line.ptr[n]) || strchr("_.0123456789", line.ptr[n])))
		n++;
	if (n == 0 || (n < line.len && line.ptr[n] != ':'))
		return false;
	struct str name = {line.ptr, n};
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (ends_with(name, endings[i]))
			return true;
	}
	return memchr(name.ptr, '.', name.len) != NULL;
}
