/*
 * glob: a pattern is matched anew at each look; what is read already is known by name and
 * by identity, so that a file that rotation renamed into the pattern is no new one.
 */
#include "sources/glob.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "sources/file.h"
#include "sources/identity.h"
#include "sources/watch.h"

struct matcher {
	struct source source;
	struct identities *seen;
	struct watch *watch;
	char *pattern;
	char *folder;         /* in front of the first wildcard: new names come there */
	char *label;          /* NULL: each match is called by its path */
	struct source *found; /* by the last look, not yet accepted */
	bool said_too_many;
	struct identity *refused; /* claimed here: they were said once */
	size_t refused_count;
};

static const struct source_ops ops_matches;

static void refuse(struct matcher *m, const char *path, const struct file_status *status)
{
	if (S_ISDIR(status->mode) || m->refused_count >= GLOB_MATCHES_MAX ||
		identity_claim(m->seen, &status->identity, NULL) != CLAIM_NEW)
		return;
	size_t size = (m->refused_count + 1) * sizeof(*m->refused);
	m->refused = xrealloc(m->refused, size);
	m->refused[m->refused_count++] = status->identity;
	notice_put(m->source.options->notices, "%s: is %s; left out%s", path,
		S_ISREG(status->mode) ? "where the output goes" : file_kind(status->mode),
		S_ISFIFO(status->mode) ? ", name it itself to read it" : "");
}

/* The source of a match, or NULL. */
static struct source *open_match(struct matcher *m, const char *path, bool from_start)
{
	struct file_status status;
	struct err err;
	if (name_claimed(m->seen, path) || !file_status_of_name(path, &status))
		return NULL;
	if (!S_ISREG(status.mode) || file_is_output(&status, m->source.options)) {
		refuse(m, path, &status);
		return NULL;
	}
	if (identity_finished(m->seen, &status.identity, status.size))
		return NULL;
	struct source *s =
		file_open_match(path, m->label, from_start, m->source.options, &err);
	if (s == NULL && err.msg[0] != '\0')
		notice_put(m->source.options->notices, "%s", err.msg);
	return s;
}

/* The new matches, in order of their names. *COUNT: of all that match. */
static struct source *look(struct matcher *m, bool from_start, size_t *count)
{
	glob_t matches;
	struct source *list = NULL, **end = &list;
	*count = 0;
	if (glob(m->pattern, 0, NULL, &matches) != 0)
		return NULL;
	*count = matches.gl_pathc;
	if (*count > GLOB_MATCHES_MAX && !m->said_too_many) {
		m->said_too_many = true;
		notice_put(m->source.options->notices,
			"%s: matches %zu files, of which only the first %d are read",
			m->pattern, *count, GLOB_MATCHES_MAX);
	}
	for (size_t i = 0; i < *count && i < GLOB_MATCHES_MAX; i++) {
		*end = open_match(m, matches.gl_pathv[i], from_start);
		if (*end != NULL)
			end = &(*end)->next;
	}
	globfree(&matches);
	return list;
}

static char *fixed_folder(const char *pattern)
{
	size_t len = strcspn(pattern, "*?[\\");
	while (len > 0 && pattern[len - 1] != '/')
		len--;
	return len > 0 ? xstrndup(pattern, len) : xstrdup(".");
}

static struct source *matcher_new(const char *name, const char *pattern,
	const char *label, const struct source_options *options)
{
	struct source *s =
		source_new(&ops_matches, sizeof(struct matcher), options, name);
	struct matcher *m = (struct matcher *)s;
	s->live = true;
	m->seen = identities_join(options->origins);
	m->pattern = xstrdup(pattern);
	m->folder = fixed_folder(pattern);
	m->label = label != NULL ? xstrdup(label) : NULL;
	return s;
}

static void matcher_close(struct source *s)
{
	struct matcher *m = (struct matcher *)s;
	while (m->found != NULL) {
		struct source *next = m->found->next;
		source_close(m->found);
		m->found = next;
	}
	for (size_t i = 0; i < m->refused_count; i++)
		identity_release(m->seen, &m->refused[i], NULL);
	identities_leave(m->seen);
	free(m->refused);
	free(m->pattern);
	free(m->folder);
	free(m->label);
}

static void matcher_attach(struct source *s, struct watch *watch)
{
	struct matcher *m = (struct matcher *)s;
	m->watch = watch;
	watch_folder(watch, s, m->folder);
}

static struct source *matcher_accept(struct source *s)
{
	struct matcher *m = (struct matcher *)s;
	size_t count;
	if (m->found == NULL) {
		/* The folder may be another one by now. */
		if (m->watch != NULL)
			watch_folder(m->watch, s, m->folder);
		m->found = look(m, true, &count);
	}
	struct source *first = m->found;
	if (first != NULL) {
		m->found = first->next;
		first->next = NULL;
	}
	return first;
}

static struct source *open_pattern(const char *name, const char *pattern,
	const char *label, const struct source_options *options, const char *none,
	struct err *err)
{
	size_t count;
	struct source *s = matcher_new(name, pattern, label, options);
	bool from_start = !options->follow || options->from_start;
	struct source *list = look((struct matcher *)s, from_start, &count);
	if (options->follow) {
		struct source **end = &list;
		while (*end != NULL)
			end = &(*end)->next;
		*end = s;
		if (count == 0)
			notice_put(options->notices, "%s, waiting for some", none);
		return list;
	}
	origin_free(options->origins, s->origin);
	source_close(s);
	if (list == NULL)
		err_set(err, "%s%s", count == 0 ? none : "",
			count == 0 ? "; name files or another glob" : "");
	return list;
}

struct source *glob_open(const char *pattern, const char *label,
	const struct source_options *options, struct err *err)
{
	struct buf none = {0};
	buf_printf(&none, "no file matches '%s'", pattern);
	buf_put_char(&none, '\0');
	struct source *list =
		open_pattern(pattern, pattern, label, options, none.ptr, err);
	buf_free(&none);
	return list;
}

struct source *glob_open_folder(const char *folder, const char *label,
	const struct source_options *options, struct err *err)
{
	struct buf none = {0}, pattern = {0};
	if (access(folder, R_OK | X_OK) != 0) {
		err_set(err, "%s: %s", folder,
			errno == EACCES
				? "permission denied; run mplog as a user who may read it"
				: strerror(errno));
		return NULL;
	}
	buf_printf(&none, "%s: no *.log files in it", folder);
	buf_put_char(&none, '\0');
	for (const char *p = folder; *p != '\0'; p++) {
		if (strchr("*?[\\", *p) != NULL)
			buf_put_char(&pattern, '\\');
		buf_put_char(&pattern, *p);
	}
	buf_puts(&pattern, folder[strlen(folder) - 1] == '/' ? "*.log" : "/*.log");
	buf_put_char(&pattern, '\0');
	struct source *list =
		open_pattern(folder, pattern.ptr, label, options, none.ptr, err);
	buf_free(&pattern);
	buf_free(&none);
	return list;
}

static const struct source_ops ops_matches = {
	.name = "glob",
	.accept = matcher_accept,
	.attach = matcher_attach,
	.close = matcher_close,
};
