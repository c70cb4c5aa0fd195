/*
 * send_layout: the layouts. Names and values come from a command line and may hold
 * anything; what has no place in a layout becomes '_', or is an error if it is a whole
 * field.
 */
#include "cli/send_layout.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/json_put.h"
#include "core/level.h"
#include "core/stamp.h"
#include "filters/level_word.h"
#include "formats/format.h"
#include "formats/json_read.h"

#define HOST_BYTES 256
#define NAME_BYTES 256
#define NUMBER_BYTES 15 /* longer ones are no numbers to everybody */
#define FACILITY 1      /* user */

/* What the records of this run have in common. */
struct common {
	struct str level;
	enum level rank;
	char word[16];     /* behind level, if it is a number */
	struct str module; /* empty: none */
	char host[HOST_BYTES];
	char process[NAME_BYTES];
	char pid[16];
	const struct option_list *fields;
};

struct pair {
	struct str key;
	struct str value;
};

static bool read_level(struct common *c, const char *text, struct err *err)
{
	struct level_word w;
	struct err why;

	if (text == NULL)
		text = "INFO";
	if (!level_word_parse(str_from(text), 0, &w, &why))
		return err_set(err, "option '--level': %s", why.msg);
	c->rank = (enum level)w.severity.level;
	c->level = str_from(level_name(c->rank));
	if (w.severity.number != level_number(c->rank)) {
		snprintf(c->word, sizeof(c->word), "Level %u", w.severity.number);
		c->level = str_from(c->word);
	}
	return true;
}

/* The name of the process that has started this one; empty if it cannot be told. */
static void read_parent(struct common *c)
{
	char path[64];
	pid_t parent = getppid();
	ssize_t n = -1;
	int fd;

	/* Started from outside of a container it has none. */
	snprintf(c->pid, sizeof(c->pid), "%d", (int)(parent > 0 ? parent : getpid()));
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)parent);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, c->process, sizeof(c->process) - 1);
		close(fd);
	}
	c->process[n > 0 ? n - 1 : 0] = '\0'; /* it ends in a newline */
	if (gethostname(c->host, sizeof(c->host)) != 0)
		c->host[0] = '\0';
	c->host[sizeof(c->host) - 1] = '\0';
}

static struct pair pair_of(const char *field)
{
	const char *equals = strchr(field, '=');

	return (struct pair){
		str_make(field, (size_t)(equals - field)), str_from(equals + 1)};
}

/* Fields that options of their own say, and mplog would take for these. */
static bool check_field(const char *field, struct err *err)
{
	static const char *const taken[] = {
		"time", "level", "message", "logger", "module"};
	const char *equals = strchr(field, '=');

	if (equals == NULL || equals == field)
		return err_set(err, "option '--field': '%s' is not KEY=VALUE", field);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (!str_eq_nocase(pair_of(field).key, str_from(taken[i])))
			continue;
		if (strcmp(taken[i], "message") == 0)
			return err_set(err,
				"option '--field': the message is what follows "
				"the options");
		return err_set(err, "option '--field': for '%s' there is --%s", field,
			strcmp(taken[i], "logger") == 0 ? "module" : taken[i]);
	}
	return true;
}

static bool check(const struct options *o, struct err *err)
{
	for (size_t i = 0; i < o->send.fields.count; i++) {
		if (!check_field(o->send.fields.items[i], err))
			return false;
	}
	if (o->send.as == SEND_LOGURU && o->send.fields.count > 0)
		return err_set(
			err, "Loguru's layout has no place for --field; use --as json");
	if (o->send.as == SEND_TEXT &&
		(o->send.fields.count > 0 || o->send.level != NULL ||
			o->send.module != NULL || o->send.time != NULL))
		return err_set(err,
			"--as text sends the message alone; --level, --module, "
			"--field and --time want --as json");
	return true;
}

static bool has_field(const struct common *c, const char *key)
{
	for (size_t i = 0; i < c->fields->count; i++) {
		if (str_is(pair_of(c->fields->items[i]).key, key))
			return true;
	}
	return false;
}

static void json_member(struct buf *out, struct str key, struct str value)
{
	static const char *const words[] = {"true", "false", "null"};
	bool plain = value.len <= NUMBER_BYTES && json_is_number(value) &&
	             memchr(value.ptr, 'e', value.len) == NULL &&
	             memchr(value.ptr, 'E', value.len) == NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		plain = plain || str_is(value, words[i]);
	buf_put_char(out, ',');
	json_put_string(out, key, 0);
	buf_put_char(out, ':');
	if (plain)
		buf_put_str(out, value);
	else
		json_put_string(out, value, 0);
}

/* A member of our own, unless the user has said it or it is not known. */
static void json_own(
	struct buf *out, const struct common *c, const char *key, const char *value)
{
	if (*value != '\0' && !has_field(c, key))
		json_member(out, str_from(key), str_from(value));
}

static void json_init(struct layout *l, const struct common *c)
{
	buf_puts(&l->before, "{\"time\":\"");
	buf_puts(&l->between, "\",\"level\":");
	json_put_string(&l->between, c->level, 0);
	if (c->module.len > 0) {
		buf_puts(&l->between, ",\"logger\":");
		json_put_string(&l->between, c->module, 0);
	}
	buf_puts(&l->between, ",\"message\":");
	json_own(&l->after, c, "pid", c->pid);
	json_own(&l->after, c, "process", c->process);
	json_own(&l->after, c, "host", c->host);
	for (size_t i = 0; i < c->fields->count; i++) {
		struct pair pair = pair_of(c->fields->items[i]);
		json_member(&l->after, pair.key, pair.value);
	}
	buf_put_char(&l->after, '}');
}

/* At most MOST bytes of S as one word without the bytes of SPECIAL; "-" if it is empty. */
static void put_word(struct buf *out, struct str s, size_t most, const char *special)
{
	if (s.len == 0)
		buf_put_char(out, '-');
	for (size_t i = 0; i < s.len && i < most; i++) {
		char c = s.ptr[i];
		bool good = c > ' ' && c < 0x7f && strchr(special, c) == NULL;
		buf_put_char(out, good ? c : '_');
	}
}

/* RFC 5424 section 6.3.3 escapes three characters. */
static void put_param(struct buf *out, const struct pair *pair)
{
	buf_put_char(out, ' ');
	put_word(out, pair->key, 32, "=]\"");
	buf_puts(out, "=\"");
	for (size_t i = 0; i < pair->value.len; i++) {
		if (strchr("\"\\]", pair->value.ptr[i]) != NULL)
			buf_put_char(out, '\\');
		buf_put_char(out, pair->value.ptr[i]);
	}
	buf_put_char(out, '"');
}

static unsigned syslog_severity(enum level level)
{
	static const unsigned char severities[LEVEL_COUNT] = {
		[LEVEL_UNKNOWN] = 6,
		[LEVEL_TRACE] = 7,
		[LEVEL_DEBUG] = 7,
		[LEVEL_INFO] = 6,
		[LEVEL_SUCCESS] = 5,
		[LEVEL_NOTICE] = 5,
		[LEVEL_WARNING] = 4,
		[LEVEL_ERROR] = 3,
		[LEVEL_CRITICAL] = 2,
		[LEVEL_ALERT] = 1,
		[LEVEL_EMERGENCY] = 0,
	};

	return severities[level];
}

static void syslog_init(struct layout *l, const struct common *c)
{
	struct str process = str_from(c->process);

	buf_printf(&l->before, "<%u>1 ", FACILITY << 3 | syslog_severity(c->rank));
	buf_put_char(&l->between, ' ');
	put_word(&l->between, str_from(c->host), 255, "");
	buf_put_char(&l->between, ' ');
	put_word(&l->between, c->module.len > 0 ? c->module : process, 48, "");
	buf_printf(&l->between, " %s - ", c->pid);
	/* 32473 is the enterprise number for whom none is assigned (RFC 5612). */
	if (c->fields->count > 0)
		buf_puts(&l->between, "[mplog@32473");
	for (size_t i = 0; i < c->fields->count; i++) {
		struct pair pair = pair_of(c->fields->items[i]);
		put_param(&l->between, &pair);
	}
	buf_puts(&l->between, c->fields->count > 0 ? "] " : "- ");
}

static void loguru_init(struct layout *l, const struct common *c)
{
	buf_puts(&l->between, " | ");
	buf_put_str(&l->between, c->level);
	for (size_t width = c->level.len; width < 8; width++)
		buf_put_char(&l->between, ' ');
	buf_puts(&l->between, " | ");
	put_word(&l->between, c->module, NAME_BYTES, ":");
	buf_puts(&l->between, ":-:0 - ");
}

bool layout_init(struct layout *l, const struct options *o, struct err *err)
{
	struct common c = {.fields = &o->send.fields};

	*l = (struct layout){.as = (enum send_as)o->send.as};
	if (!check(o, err) || !read_level(&c, o->send.level, err))
		return false;
	if (o->send.module != NULL)
		c.module = str_from(o->send.module);
	read_parent(&c);
	if (l->as == SEND_JSON)
		json_init(l, &c);
	else if (l->as == SEND_SYSLOG)
		syslog_init(l, &c);
	else if (l->as == SEND_LOGURU)
		loguru_init(l, &c);
	return true;
}

void layout_free(struct layout *l)
{
	buf_free(&l->before);
	buf_free(&l->between);
	buf_free(&l->after);
	buf_free(&l->padded);
}

/* Whether mplog would take LINE for the beginning of a record. */
static bool begins_record(struct str line)
{
	struct parse p = {0};
	bool begins = format_orphan_block(line);

	for (int i = 0; i < FORMAT_COUNT && !begins; i++) {
		struct record r = {0};
		begins = i != FORMAT_raw && formats[i]->frame == FRAME_TEXT &&
		         formats[i]->parse(&p, line, &r);
	}
	buf_free(&p.plain);
	return begins;
}

static void put_text(struct layout *l, struct str message, bool lines, struct buf *out)
{
	bool first = true;
	struct str line;

	if (!lines || memchr(message.ptr, '\n', message.len) == NULL) {
		buf_put_str(out, message);
		return;
	}
	l->padded.len = 0;
	buf_put_str(&l->padded, message);
	buf_reserve(&l->padded, TEXT_PAD);
	memset(l->padded.ptr + l->padded.len, 0, TEXT_PAD);
	for (struct str rest = buf_str(&l->padded); str_split(&rest, '\n', &line);) {
		if (!first)
			buf_puts(out, begins_record(line) ? "\n| " : "\n");
		buf_put_str(out, line);
		first = false;
	}
}

void layout_put(
	struct layout *l, int64_t time, struct str message, bool lines, struct buf *out)
{
	buf_put_str(out, buf_str(&l->before));
	if (l->as == SEND_LOGURU) {
		stamp_put_local(out, time, 6);
		buf_put_char(out, ' ');
		stamp_put_offset(out, time);
	} else if (l->as != SEND_TEXT) {
		stamp_put_rfc3339(out, time);
	}
	buf_put_str(out, buf_str(&l->between));
	if (l->as == SEND_JSON)
		json_put_string(out, message, 0);
	else
		put_text(l, message, lines && l->as != SEND_TEXT, out);
	buf_put_str(out, buf_str(&l->after));
}
