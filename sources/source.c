/*
 * source: finds the back end for what the user named, by prefix or by what a path is.
 */
#include "sources/source.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/mem.h"

static const struct source_ops *const rows[] = {
#define SOURCE(name) &source_##name,
#include "sources/table.h"
#undef SOURCE
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define PREFIXES_MAX 200 /* bytes of the list of prefixes in a message */

static bool exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* The bytes of the LABEL in front of "=" in SPEC, or 0. */
static size_t label_length(const char *spec)
{
	size_t n = 0;
	while (word_char(spec[n]))
		n++;
	return n > 0 && spec[n] == '=' && !exists(spec) ? n : 0;
}

static const struct source_ops *find_prefix(const char *spec)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i]->prefix != NULL &&
			strncmp(spec, rows[i]->prefix, strlen(rows[i]->prefix)) == 0)
			return rows[i];
	return NULL;
}

/* The word and colon that SPEC begins with if it reads like a prefix, or nothing. */
static struct str prefix_word(const char *spec)
{
	size_t n = 0;
	while (word_char(spec[n]))
		n++;
	return n >= 2 && spec[n] == ':' ? str_make(spec, n + 1) : str_make(spec, 0);
}

static const char *nearest_prefix(struct str word)
{
	const char *best = NULL;
	unsigned best_distance = 3;
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i]->prefix == NULL)
			continue;
		unsigned distance = str_distance(word, str_from(rows[i]->prefix));
		if (distance < best_distance && distance + 1 < word.len) {
			best = rows[i]->prefix;
			best_distance = distance;
		}
	}
	return best;
}

static const char *list_prefixes(char text[PREFIXES_MAX])
{
	size_t len = 0;
	text[0] = '\0';
	for (size_t i = 0; i < ROWS; i++) {
		const char *prefix = rows[i]->prefix;
		if (prefix == NULL || len + strlen(prefix) + 2 > PREFIXES_MAX)
			continue;
		if (len > 0)
			text[len++] = ' ';
		memcpy(text + len, prefix, strlen(prefix) + 1);
		len += strlen(prefix);
	}
	return text;
}

/* Whether mplog is to have sources of this prefix, and has none yet. */
static bool is_planned(struct str word)
{
	static const char *const planned[] = {
		"journal:", "ssh:", "kafka:"};
	for (size_t i = 0; i < sizeof(planned) / sizeof(*planned); i++) {
		if (str_is(word, planned[i]))
			return true;
	}
	return false;
}

/* False, with a message, if SPEC can only be a misspelt prefix, or one not built yet. */
static bool check_prefix(const char *spec, size_t pos, struct err *err)
{
	char prefixes[PREFIXES_MAX];
	struct str word = prefix_word(spec);
	if (word.len == 0 || exists(spec))
		return true;
	if (is_planned(word))
		return err_set_at(err, pos, "%s: '%.*s' is not in this version", spec,
			(int)word.len, word.ptr);
	const char *nearest = nearest_prefix(word);
	if (nearest != NULL)
		return err_set_at(err, pos,
			"%s: no such file, and no source begins with '%.*s'; did you "
			"mean %s%s?",
			spec, (int)word.len, word.ptr, nearest, spec + word.len);
	if (strncmp(spec + word.len, "//", 2) == 0)
		return err_set_at(err, pos,
			"%s: no source begins with '%.*s'; there are %s", spec,
			(int)word.len, word.ptr, list_prefixes(prefixes));
	return true;
}

/* The back end for a path; NULL, with a message, if there is none. */
static const struct source_ops *find_kind(const char *path, size_t pos, struct err *err)
{
	struct stat st;
	if (strcmp(path, "-") == 0)
		return &source_stdin;
	if (stat(path, &st) != 0)
		return check_prefix(path, pos, err) ? &source_file : NULL;
	if (S_ISFIFO(st.st_mode))
		return &source_fifo;
	if (S_ISSOCK(st.st_mode)) {
		err_set_at(err, pos,
			"%s is a socket; to listen there, write unix:%s (or unixgram:%s)",
			path, path, path);
		return NULL;
	}
	return &source_file;
}

struct source *source_open(
	const char *spec, const struct source_options *options, struct err *err)
{
	size_t label_len = label_length(spec);
	size_t pos = label_len > 0 ? label_len + 1 : 0;
	const char *address = spec + pos;
	if (address[0] == '\0') {
		err_set_at(err, pos, "'%s' names no source", spec);
		return NULL;
	}
	const struct source_ops *ops = find_prefix(address);
	if (ops != NULL)
		address += strlen(ops->prefix);
	else
		ops = find_kind(address, pos, err);
	if (ops == NULL)
		return NULL;
	char *label = label_len > 0 ? xstrndup(spec, label_len) : NULL;
	struct source *list = ops->open(address, label, options, err);
	free(label);
	return list;
}

void source_close(struct source *s)
{
	if (s == NULL)
		return;
	s->ops->close(s);
	free(s);
}

bool source_looks_like(const char *spec)
{
	if (strcmp(spec, "-") == 0 || label_length(spec) > 0 || find_prefix(spec) != NULL)
		return true;
	return strpbrk(spec, "*?[") != NULL || exists(spec);
}

struct source *source_new(const struct source_ops *ops, size_t size,
	const struct source_options *options, const char *label)
{
	assert(size >= sizeof(struct source));
	struct source *s = xcalloc(1, size);
	s->ops = ops;
	s->fd = -1;
	s->options = options;
	if (label != NULL)
		s->origin = origin_new(options->origins, label);
	return s;
}
