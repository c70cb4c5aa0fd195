/*
 * head_after: from the level to the message. A name counts as the module only where a
 * layout ends it: with a colon, a dash, a bracket, or with its function and line.
 */
#include "formats/head_parts.h"

#define TOKENS_MAX 8
#define SPAN_MAX 512

enum found {
	FOUND_MESSAGE, /* the token ended the head: the message follows */
	FOUND_MORE,    /* a part of the head, if its end is found after it */
	FOUND_NAME,    /* a part of the head for sure, but there may be more */
	FOUND_NOTHING  /* a word of the message */
};

static bool ends_with(struct str s, const char *end)
{
	size_t n = strlen(end);
	return s.len >= n && memcmp(s.ptr + s.len - n, end, n) == 0;
}

static void skip_blank(struct scan *s)
{
	if (s->at < s->line.len && head_is_blank(s->line.ptr[s->at]))
		s->at++;
}

/* Steps over WORD (a blank and what it says) if it is next. */
static bool skip_mark(struct scan *s, const char *word)
{
	if (!str_starts(str_skip(s->line, s->at), word))
		return false;
	s->at += strlen(word);
	return true;
}

/* "ValueError: text" is a message. */
static bool is_exception(struct str s)
{
	return ends_with(s, "Error") || ends_with(s, "Exception") || ends_with(s, "Warning");
}

/* nginx: pid#thread: *connection text. */
static bool take_nginx(struct scan *s, struct str word)
{
	const char *hash = memchr(word.ptr, '#', word.len);
	if (!hash)
		return false;
	struct str pid = {word.ptr, (size_t)(hash - word.ptr)};
	struct str thread = str_skip(word, pid.len + 1);
	if (!head_is_number(pid) || !head_is_number(thread))
		return false;
	s->h->pid = pid;
	s->h->thread = thread;
	struct str rest = str_skip(s->line, s->at);
	if (str_starts(rest, " *") && rest.len > 2 && head_is_digit(rest.ptr[2])) {
		s->at += 2;
		while (s->at < s->line.len && head_is_digit(s->line.ptr[s->at]))
			s->at++;
	}
	return true;
}

/* WORD, which a colon ends. */
static enum found with_colon(struct scan *s, struct str word)
{
	struct severity severity;
	struct str pid = {NULL, 0};
	struct str name = head_without_pid(word, &pid);
	if (head_is_place(word)) {
		head_take_place(s->h, word);
	} else if (head_is_name(name) && !is_exception(name) &&
		   !level_from_word(name, &severity)) {
		s->h->module = name;
		if (pid.ptr)
			s->h->pid = pid;
	} else if (!take_nginx(s, word)) {
		return FOUND_NOTHING;
	}
	skip_blank(s);
	return FOUND_MESSAGE;
}

/* Rust's tracing: request{id=7 path="/x"}:name{...}: before the module. */
static bool skip_span(struct scan *s, struct str word)
{
	const char *open = memchr(word.ptr, '{', word.len);
	if (!open || !head_is_name((struct str){word.ptr, (size_t)(open - word.ptr)}))
		return false;
	size_t start = (size_t)(word.ptr - s->line.ptr);
	struct str rest = str_skip(s->line, start);
	if (rest.len > SPAN_MAX)
		rest.len = SPAN_MAX;
	const char *end = memmem(rest.ptr, rest.len, "}: ", 3);
	if (!end)
		return false;
	s->at = (size_t)(end - s->line.ptr) + 2;
	return true;
}

/* A name before " - ", " : " or " -- ". */
static bool before_dash(struct scan *s, struct str word)
{
	static const char *const marks[] = {" - ", " -- ", " : "};
	if (!head_is_name(word))
		return false;
	/* Most words before a dash are words of a message. */
	bool sure = head_is_structured(word) || s->bracketed.ptr || s->mark == '-' ||
		    str_is(word, "root");
	struct str rest = str_skip(s->line, s->at);
	size_t blanks = 0;
	while (blanks + 1 < rest.len && rest.ptr[blanks] == ' ' && rest.ptr[blanks + 1] == ' ')
		blanks++; /* Spring pads names to 40 columns */
	rest = str_skip(rest, blanks);
	for (size_t i = 0; sure && i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!str_starts(rest, marks[i]))
			continue;
		s->at += blanks + strlen(marks[i]);
		s->h->module = word;
		return true;
	}
	return false;
}

/* Loguru's own {time}: 2026-11-20T17:58:55.120163+0100, and nobody else's. */
static bool is_loguru_time(struct str stamp)
{
	return stamp.len == 31 && stamp.ptr[10] == 'T' && stamp.ptr[19] == '.' &&
	       (stamp.ptr[26] == '+' || stamp.ptr[26] == '-');
}

/* name.function, as formats made for Loguru have it. */
static bool take_dotted(struct scan *s, struct str word)
{
	const char *dot = word.len ? memrchr(word.ptr, '.', word.len) : NULL;
	if (!dot || !head_is_name(word) || dot + 1 == word.ptr + word.len)
		return false;
	s->h->module = (struct str){word.ptr, (size_t)(dot - word.ptr)};
	s->h->function = str_skip(word, s->h->module.len + 1);
	return true;
}

/* A name that only what came before it tells from a word of the message. */
static enum found by_context(struct scan *s, struct str word)
{
	struct str rest = str_skip(s->line, s->at);
	if (is_loguru_time(s->stamp) && take_dotted(s, word)) {
		skip_blank(s);
		return FOUND_MESSAGE;
	}
	if (!head_is_name(word))
		return FOUND_NOTHING;
	if (rest.len > 1 && rest.ptr[0] == '\t') {
		s->h->module = word; /* zap's columns */
		return FOUND_NAME;
	}
	if (s->level_first && !s->h->module.ptr && rest.len > 1 &&
		head_is_digit(rest.ptr[1])) {
		s->h->module = word;
		return FOUND_MORE;
	}
	bool structured = head_is_structured(word);
	bool bracket = str_starts(rest, " [");
	if (s->bare_pid && (structured || bracket)) {
		s->h->module = word;
		skip_blank(s);
		return FOUND_MESSAGE;
	}
	if (structured && bracket) {
		s->h->module = word;
		return FOUND_NAME;
	}
	return FOUND_NOTHING;
}

static enum found bare(struct scan *s)
{
	struct str word = head_token(str_skip(s->line, s->at), ' ', false).text;
	if (word.len == 0)
		return FOUND_NOTHING;
	if (word.len > 1 && skip_span(s, word))
		return FOUND_MORE;
	s->at += word.len;
	if (word.len > 1 && word.ptr[word.len - 1] == ':')
		return s->mark == '-' ? FOUND_NOTHING :
					with_colon(s, (struct str){word.ptr, word.len - 1});
	if (head_is_place(word)) {
		head_take_place(s->h, word);
		if (!skip_mark(s, " - ") && !skip_mark(s, " -- "))
			skip_blank(s);
		return FOUND_MESSAGE;
	}
	if (head_is_number(word)) {
		head_add_number(s->h, word);
		return s->level_first ? FOUND_NAME : FOUND_MORE;
	}
	if (str_is(word, "---") || head_take_worker(s->h, word))
		return FOUND_MORE;
	if (before_dash(s, word))
		return FOUND_MESSAGE;
	struct str id = {NULL, 0};
	struct str name = head_without_pid(word, &id);
	if (s->mark == ':' && id.ptr && head_is_name(name)) {
		s->h->module = name; /* .NET: Category[event id] */
		skip_blank(s);
		return FOUND_MESSAGE;
	}
	if (str_is(word, "in"))
		return FOUND_MORE; /* Flask: ERROR in app: text */
	return by_context(s, word);
}

static enum found bracket(struct scan *s)
{
	struct str content;
	size_t n = head_bracket(str_skip(s->line, s->at), &content);
	content = n ? str_trim(content) : content;
	/* [-] and [req-...] are where OpenStack's messages begin. */
	if (n == 0 || content.len == 0 || str_starts(content, "-") ||
		str_starts(content, "req-"))
		return FOUND_NOTHING;
	if (head_is_number(content))
		head_add_number(s->h, content);
	else if (head_is_name(content))
		s->bracketed = content;
	else
		return FOUND_NOTHING;
	s->at += n;
	return FOUND_NAME;
}

/* Walks over the parts of a head; the message begins after the last of them. */
static void walk(struct scan *s)
{
	struct head known = *s->h;
	size_t at = s->at;
	for (int i = 0; i < TOKENS_MAX && s->at < s->line.len; i++) {
		enum found found = s->line.ptr[s->at] == '[' ? bracket(s) : bare(s);
		if (found == FOUND_MESSAGE)
			return;
		if (found == FOUND_NOTHING)
			break;
		while (s->at < s->line.len && head_is_blank(s->line.ptr[s->at]))
			s->at++;
		if (found == FOUND_NAME) {
			known = *s->h;
			at = s->at;
		}
	}
	*s->h = known;
	s->at = at;
}

/* After "INFO:" without a blank: name:text. After "|": name|text. */
static void marked(struct scan *s, char mark)
{
	struct str rest = str_skip(s->line, s->at);
	struct str name = head_token(rest, mark, false).text;
	size_t n = name.len;
	if (mark == '|') {
		const char *end = memchr(rest.ptr, '|', rest.len < 128 ? rest.len : 128);
		if (!end)
			return;
		n = (size_t)(end - rest.ptr);
		name = str_trim((struct str){rest.ptr, n});
	}
	if (n >= rest.len || rest.ptr[n] != mark)
		return;
	if (head_is_place(name))
		head_take_place(s->h, name);
	else if (head_is_name(name))
		s->h->module = name;
	else
		return;
	s->at += n + 1;
	if (mark == '|')
		skip_blank(s);
}

/* [time INFO name] text and [time: INFO/process] text. */
static void in_bracket(struct scan *s)
{
	struct str rest = str_skip(s->line, s->at);
	const char *end = memchr(rest.ptr, ']', rest.len);
	if (!end)
		return;
	struct str content = {rest.ptr, (size_t)(end - rest.ptr)};
	s->at += content.len + 1;
	skip_blank(s);
	if (content.len > 0 && content.ptr[0] == '/') {
		s->h->process = str_skip(content, 1);
		return;
	}
	content = str_trim(content);
	if (head_is_place(content))
		head_take_place(s->h, content);
	else if (head_is_name(content))
		s->h->module = content;
}

/* "vm app[123]: text" of syslog and the journal. */
static bool syslog_tag(struct scan *s)
{
	size_t at = s->at;
	struct str host = head_token(str_skip(s->line, at), ' ', false).text;
	at += host.len + 1;
	if (host.len == 0 || at >= s->line.len || !head_is_name(host))
		return false;
	struct str tag = head_token(str_skip(s->line, at), ' ', false).text, pid = {NULL, 0};
	if (tag.len < 2 || tag.ptr[tag.len - 1] != ':')
		return false;
	at += tag.len;
	tag.len--;
	struct str name = head_without_pid(tag, &pid);
	bool zoned = s->stamp.len > 19 && s->stamp.ptr[10] == 'T';
	if (!head_is_name(name) || (!pid.ptr && !zoned))
		return false;
	s->h->host = host;
	s->h->module = name;
	s->h->pid = pid;
	s->at = at;
	skip_blank(s);
	return true;
}

/* A level of the user's own in a line with Loguru's time: "AUDIT name.function text". */
static bool custom_level(struct scan *s)
{
	struct str word = head_token(str_skip(s->line, s->at), ' ', false).text;
	if (!is_loguru_time(s->stamp) || !head_is_name(word) || word.len > 32)
		return false;
	size_t at = s->at + word.len + 1;
	if (at >= s->line.len)
		return false;
	struct str next = head_token(str_skip(s->line, at), ' ', false).text;
	if (!take_dotted(s, next))
		return false;
	s->h->level = word;
	s->at = at + next.len;
	skip_blank(s);
	return true;
}

/* No level: whatever is there without one. */
static void unleveled(struct scan *s)
{
	head_step(s);
	struct str rest = str_skip(s->line, s->at);
	/* The container runtime's own head. */
	if (str_starts(rest, "stdout F ") || str_starts(rest, "stderr F ") ||
		str_starts(rest, "stdout P ") || str_starts(rest, "stderr P ")) {
		s->at += 9;
		return;
	}
	if (custom_level(s) || syslog_tag(s))
		return;
	struct str content;
	size_t n = rest.len > 0 && rest.ptr[0] == '[' ? head_bracket(rest, &content) : 0;
	if (n > 0 && head_is_number(content)) {
		s->h->pid = content;
		s->at += n;
		skip_blank(s);
		return;
	}
	struct str word = head_token(rest, ' ', false).text;
	if (word.len > 1 && word.ptr[word.len - 1] == ':') {
		struct str place = {word.ptr, word.len - 1};
		if (!head_is_place(place))
			return;
		head_take_place(s->h, place);
		s->at += word.len;
		skip_blank(s);
	}
}

void head_after(struct scan *s)
{
	struct str rest = str_skip(s->line, s->at);
	bool tight = rest.len > 1 && rest.ptr[0] == ':' && !head_is_blank(rest.ptr[1]);
	bool postgres = str_starts(rest, ":  "); /* "LOG:  statement: ..." */
	if (s->inside) {
		in_bracket(s);
	} else if (!s->h->leveled) {
		unleveled(s);
	} else {
		head_step(s);
		bool known = s->h->module.ptr && !s->level_first;
		if (!known && tight)
			marked(s, ':');
		else if (!known && s->mark == '|')
			marked(s, '|');
		else if (!known && !postgres)
			walk(s);
	}
	struct head *h = s->h;
	if (s->bracketed.ptr && !h->module.ptr && head_is_name(s->bracketed))
		h->module = s->bracketed;
	else if (s->bracketed.ptr && !h->thread.ptr)
		h->thread = s->bracketed;
	h->message = s->at;
}
