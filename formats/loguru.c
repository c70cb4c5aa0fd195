/*
 * loguru: "time | LEVEL    | name:function:line - message", Loguru's default layout, with
 * or without a zone and with or without colours; also "time | LEVEL | message", which is
 * the most common layout of those that people make themselves.
 */
#include "formats/format.h"

#include "formats/head.h"

#define LEVEL_WIDTH 8 /* names are padded to it */
#define LEVEL_MAX 40
#define NAME_MAX_BYTES 256
#define HEAD_MAX 256 /* where colours would be in the way */

/* Where the parts of a line are. */
struct parts {
	struct str level;
	struct str name; /* ptr NULL: no location */
	struct str function;
	struct str line;
	size_t message;
};

static inline bool is_bar(const char *p)
{
	return p[0] == ' ' && p[1] == '|' && p[2] == ' ';
}

/* The level field at AT, which follows a bar; the place after the bar that ends it, or 0.
 * Reads at most TEXT_PAD behind the line. */
static inline size_t level_field(struct str line, size_t at, struct str *level)
{
	size_t n = LEVEL_WIDTH;
	if (at + LEVEL_WIDTH + 3 > line.len || !is_bar(line.ptr + at + LEVEL_WIDTH)) {
		size_t most = at + LEVEL_MAX + 3 < line.len ? LEVEL_MAX + 3 : line.len - at;
		const char *bar = memmem(line.ptr + at, most, " | ", 3);
		if (!bar)
			return 0;
		n = (size_t)(bar - line.ptr) - at;
	}
	size_t len = n;
	while (len > 0 && line.ptr[at + len - 1] == ' ')
		len--;
	*level = (struct str){line.ptr + at, len};
	return len > 0 ? at + n + 3 : 0;
}

/* The bytes of a name at the start of S, up to a colon. */
static inline size_t name_len(struct str s)
{
	size_t n = 0;
	size_t most = s.len < NAME_MAX_BYTES ? s.len : NAME_MAX_BYTES;
	while (n < most && s.ptr[n] != ':' && s.ptr[n] != ' ')
		n++;
	return n < most && s.ptr[n] == ':' ? n : 0;
}

/* name:function:line - at AT. */
static inline bool location(struct str line, size_t at, struct parts *parts)
{
	struct str rest = str_skip(line, at);
	size_t name = name_len(rest);
	if (name == 0)
		return false;
	struct str after = str_skip(rest, name + 1);
	size_t function = name_len(after);
	if (function == 0)
		return false;
	struct str number = str_skip(after, function + 1);
	size_t digits = 0;
	while (digits < number.len && head_is_digit(number.ptr[digits]))
		digits++;
	/* An empty message may have lost its blank. */
	if (digits == 0 || digits + 2 > number.len ||
		memcmp(number.ptr + digits, " -", 2) != 0)
		return false;
	size_t end = digits + 2;
	if (end < number.len && number.ptr[end] == ' ')
		end++;
	else if (end < number.len && number.ptr[end] != '\r' && number.ptr[end] != '\n')
		return false;
	parts->name = (struct str){rest.ptr, name};
	parts->function = (struct str){after.ptr, function};
	parts->line = (struct str){number.ptr, digits};
	parts->message = (size_t)(number.ptr - line.ptr) + end;
	return true;
}

/* AUDIT=33, as formats/line.c writes a level that the scale has no word for; LEVEL becomes
 * the word. */
static bool level_numbered(struct str *level, struct severity *severity)
{
	const char *equals = memrchr(level->ptr, '=', level->len);
	uint64_t number;
	if (!equals || equals == level->ptr ||
		!str_to_u64(str_skip(*level, (size_t)(equals - level->ptr) + 1), &number) ||
		number == 0 || number > 255)
		return false;
	*severity = level_from_number((int64_t)number);
	level->len = (size_t)(equals - level->ptr);
	return true;
}

/* The severity of a level field; its last word if an icon stands before it. */
static inline bool level_known(struct str *level, struct severity *severity)
{
	if (level_from_word(*level, severity))
		return true;
	const char *blank = memrchr(level->ptr, ' ', level->len);
	if (!blank || (unsigned char)level->ptr[0] < 0x80)
		return false;
	struct str word = str_skip(*level, (size_t)(blank - level->ptr) + 1);
	if (!level_from_word(word, severity))
		return false;
	*level = word;
	return true;
}

/* A name that says that there is none: None is Loguru's, - is that of formats/line.c. */
static inline bool is_none(struct str name)
{
	return str_is(name, "None") || str_is(name, "-");
}

static inline bool coloured(struct str line)
{
	return memchr(line.ptr, '\x1b', line.len < HEAD_MAX ? line.len : HEAD_MAX) != NULL;
}

/* Loguru's own levels as they stand in a line, by the low bits of their first letter. */
static const struct own_level {
	char padded[LEVEL_WIDTH + 1];
	struct severity severity;
} own_levels[32] = {
	['C' & 31] = {"CRITICAL", {LEVEL_CRITICAL, 50}},
	['D' & 31] = {"DEBUG   ", {LEVEL_DEBUG, 10}},
	['E' & 31] = {"ERROR   ", {LEVEL_ERROR, 40}},
	['I' & 31] = {"INFO    ", {LEVEL_INFO, 20}},
	['S' & 31] = {"SUCCESS ", {LEVEL_SUCCESS, 25}},
	['T' & 31] = {"TRACE   ", {LEVEL_TRACE, 5}},
	['W' & 31] = {"WARNING ", {LEVEL_WARNING, 30}},
};

/* The commonest lines by two compares: " | ", one of Loguru's own levels, " | ". */
static inline bool quick(struct parse *p, struct str line, size_t stamp, struct record *r)
{
	const char *at = line.ptr + stamp;
	const struct own_level *own = &own_levels[at[3] & 31];
	if (stamp + LEVEL_WIDTH + 6 > line.len || !is_bar(at) || !is_bar(at + 3 + LEVEL_WIDTH) ||
		memcmp(at + 3, own->padded, LEVEL_WIDTH) != 0 || (p->want & WANT_MODULE))
		return false;
	if (p->want & WANT_LEVEL) {
		r->level = own->severity.level;
		r->severity = own->severity.number;
	}
	return true;
}

/* Parses LINE, whose time takes STAMP bytes. A line that is not PLAIN yet and has colours
 * is refused if more than a level of Loguru's own must be found. */
static bool parse_parts(
	struct str line, size_t stamp, bool plain, struct parse *p, struct record *r)
{
	struct parts parts = {0};
	struct severity severity = {LEVEL_UNKNOWN, 0};
	if (stamp + 3 > line.len || !is_bar(line.ptr + stamp))
		return false;
	size_t at = level_field(line, stamp + 3, &parts.level);
	if (at == 0)
		return false;
	/* A line with a level of the user's own must have Loguru's location. */
	bool known = level_known(&parts.level, &severity);
	if (!known || (p->want & WANT_MODULE)) {
		if ((!plain && coloured(line)) || (!location(line, at, &parts) && !known))
			return false;
	}
	if (!known)
		level_numbered(&parts.level, &severity);
	if (p->want & WANT_LEVEL) {
		r->level = severity.level;
		r->severity = severity.number;
	}
	if (p->want & WANT_MODULE)
		r->module = parts.name.ptr && !is_none(parts.name) ?
				    intern(p->modules, parts.name) :
				    0;
	return true;
}

static bool parse(struct parse *p, struct str line, struct record *r)
{
	int64_t ns;
	size_t n = stamp_parse(&p->stamp, line, &ns);
	if (n != 0 && quick(p, line, n, r)) {
		r->time = ns;
		return true;
	}
	if (n == 0 || !parse_parts(line, n, false, p, r)) {
		/* A colour before the message, or no line of ours. */
		struct str plain = head_plain(line, &p->plain);
		if (plain.ptr == line.ptr)
			return false;
		n = stamp_parse(&p->stamp, plain, &ns);
		if (n == 0 || !parse_parts(plain, n, true, p, r))
			return false;
	}
	r->time = ns;
	return true;
}

static void fields(const struct record *r, struct fields *f)
{
	struct str text = head_record_plain(r, f), level;
	struct severity severity;
	struct parts parts = {0};
	size_t stamp = stamp_skip(text);
	size_t at = 0;
	if (stamp != 0 && stamp + 3 <= text.len)
		at = level_field(text, stamp + 3, &parts.level);
	level = parts.level;
	if (at != 0 && level_known(&level, &severity))
		parts.level = level;
	parts.message = at;
	if (at != 0 && location(text, at, &parts))
		level_numbered(&parts.level, &severity);
	if (!str_is(parts.level, "-"))
		f->named[FIELD_LEVEL] = parts.level;
	if (parts.name.ptr && !is_none(parts.name))
		f->named[FIELD_MODULE] = parts.name;
	if (parts.function.ptr && !str_is(parts.function, "-")) {
		f->named[FIELD_FUNCTION] = parts.function;
		f->named[FIELD_LINE] = parts.line;
	}
	fields_set_message(f, str_skip(text, parts.message));
}

bool head_is_loguru(struct str plain, const struct head *h)
{
	struct parse p = {.want = 0};
	struct record r;
	return head_is_digit(plain.ptr[0]) && parse_parts(plain, h->stamp_end, true, &p, &r);
}

const struct format format_loguru = {
	.name = "loguru",
	.summary = "Loguru's default layout",
	.example = "2026-11-20 16:58:54.539 | SUCCESS  | app.db:load:23 - done",
	.first = "0~",
	.parse = parse,
	.fields = fields,
};
