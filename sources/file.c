/*
 * file: regular files, read once or followed; the way in for globs and folders.
 */
#include "sources/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/stamp.h"
#include "sources/follow.h"
#include "sources/glob.h"
#include "sources/piece.h"

struct file {
	struct source source;
	struct identities *seen;
	char *path;
	bool named;            /* holds its name among the identities */
	struct follow *follow; /* NULL: read once */
	struct piece *once;
};

struct magic {
	const char *bytes;
	size_t len;
	const char *name;
};

static const struct magic magics[] = {
	{"\x1f\x8b", 2, "gzip"},
	{"BZh", 3, "bzip2"},
	{"\xfd"
	 "7zXZ\0",
		6, "xz"},
	{"\x28\xb5\x2f\xfd", 4, "zstd"},
	{"\x04\x22\x4d\x18", 4, "lz4"},
	{"PK\3\4", 4, "zip"},
};

static void say_compressed(
	const struct piece *p, const char *path, struct notices *notices)
{
	char head[8] = {0};
	if (pread(p->fd, head, sizeof(head), 0) <= 0)
		return;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (memcmp(head, magics[i].bytes, magics[i].len) == 0)
			notice_put(notices,
				"%s: is %s-compressed; this version reads it as it is",
				path, magics[i].name);
}

static bool set_why(struct err *err, const char *path, int error,
	const struct source_options *options)
{
	if (error == ENOENT)
		return err_set(err, "%s: no such file; %s", path,
			options->follow ? "check the name, or use --wait to wait for it"
					: "check the name");
	if (error == EACCES)
		return err_set(err,
			"%s: permission denied; run mplog as a user who may read it",
			path);
	if (error == EMFILE || error == ENFILE)
		return err_set(err,
			"%s: too many open files; raise the limit (ulimit -n)", path);
	return err_set(err, "%s: %s", path, strerror(error));
}

bool file_is_output(
	const struct file_status *status, const struct source_options *options)
{
	struct file_status output;
	return options->output_fd > 0 &&
	       file_status_of_fd(options->output_fd, &output) &&
	       identity_eq(&output.identity, &status->identity);
}

/* Log lines mostly do not say the year: it is that of the last write, or the one before. */
static int64_t written(const struct piece *p)
{
	struct stat st;
	if (fstat(p->fd, &st) != 0)
		return 0;
	return st.st_mtim.tv_sec * NS_PER_SECOND + st.st_mtim.tv_nsec;
}

/* The source for PATH. FIRST is the file, or NULL: there is none (followed only). */
static struct source *make(const char *path, const char *label, struct piece *first,
	struct identities *seen, const struct source_options *options)
{
	struct source *s = source_new(&source_file, sizeof(struct file), options, label);
	struct file *f = (struct file *)s;
	if (label == NULL)
		s->origin = origin_new_path(options->origins, path);
	s->origin->path = xstrdup(path);
	s->live = options->follow;
	f->seen = seen;
	f->path = xstrdup(path);
	f->named = name_claim(seen, path);
	if (options->follow)
		f->follow = follow_new(s, path, seen, first);
	else
		f->once = first;
	if (first != NULL) {
		s->written = written(first);
		say_compressed(first, path, options->notices);
	}
	return s;
}

static struct piece *open_first(const char *path, const struct file_status *status,
	bool from_start, struct identities *seen, const struct source_options *options)
{
	uint64_t size;
	struct piece *p = piece_open(path, status, seen);
	if (p != NULL && !options->follow && p->place.offset > 0) {
		piece_close(p, seen);
		errno = EEXIST;
		return NULL;
	}
	if (p != NULL && !from_start)
		piece_seek(p, status->size, &size);
	return p;
}

/* A file that is named itself. */
static struct source *open_named(const char *path, const char *label,
	const struct file_status *status, const struct source_options *options,
	struct err *err)
{
	struct identities *seen = identities_join(options->origins);
	bool from_start = !options->follow || options->from_start;
	struct piece *p = open_first(path, status, from_start, seen, options);
	if (p != NULL)
		return make(path, label, p, seen, options);
	int error = errno;
	if (error == EEXIST && options->follow && !name_claimed(seen, path)) {
		/* Two names of one file now; they may part later. */
		notice_put(options->notices,
			"%s: is followed under another name; read here once it is another file",
			path);
		return make(path, label, NULL, seen, options);
	}
	identities_leave(seen);
	if (error == EEXIST)
		err_set(err, "%s", "");
	else
		set_why(err, path, error, options);
	return NULL;
}

static struct source *open_missing(const char *path, const char *label, int error,
	const struct source_options *options, struct err *err)
{
	bool missing = error == ENOENT || error == ENOTDIR;
	if (!missing || !options->follow || !options->wait) {
		set_why(err, path, error, options);
		return NULL;
	}
	struct identities *seen = identities_join(options->origins);
	if (name_claimed(seen, path)) {
		identities_leave(seen);
		err_set(err, "%s", "");
		return NULL;
	}
	notice_put(options->notices, "%s: does not exist yet, waiting for it", path);
	return make(path, label, NULL, seen, options);
}

static struct source *file_open(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct file_status status;
	if (!file_status_of_name(address, &status)) {
		int error = errno;
		if (error == ENOENT && strpbrk(address, "*?[") != NULL)
			return glob_open(address, label, options, err);
		return open_missing(address, label, error, options, err);
	}
	if (S_ISDIR(status.mode))
		return glob_open_folder(address, label, options, err);
	if (file_is_output(&status, options)) {
		err_set(err, "%s: is where the output goes; write to another file", address);
		return NULL;
	}
	if (S_ISREG(status.mode))
		return open_named(address, label, &status, options, err);
	err_set(err, "%s: is %s; mplog reads regular files, FIFOs and what it listens on",
		address, file_kind(status.mode));
	return NULL;
}

static enum read_state file_read(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct file *f = (struct file *)s;
	if (f->follow != NULL)
		return follow_read(f->follow, buf, cap, len);
	switch (piece_read(f->once, buf, cap, len)) {
	case PIECE_DATA:
		return READ_DATA;
	case PIECE_FAILED:
		notice_put(s->options->notices,
			"%s: %s while reading; the rest is left out", f->path,
			strerror(errno));
		return READ_ERROR;
	default:
		return READ_EOF;
	}
}

static bool file_seek(struct source *s, uint64_t offset, uint64_t *size)
{
	struct file *f = (struct file *)s;
	if (f->follow != NULL)
		return follow_seek(f->follow, offset, size);
	return piece_seek(f->once, offset, size);
}

static ssize_t file_read_at(struct source *s, char *buf, size_t cap, uint64_t offset)
{
	struct file *f = (struct file *)s;
	return piece_read_at(f->once, buf, cap, offset);
}

static void file_attach(struct source *s, struct watch *watch)
{
	struct file *f = (struct file *)s;
	if (f->follow != NULL)
		follow_attach(f->follow, watch);
}

static void file_close(struct source *s)
{
	struct file *f = (struct file *)s;
	if (f->follow != NULL)
		follow_free(f->follow);
	if (f->once != NULL)
		piece_close(f->once, f->seen);
	if (f->named)
		name_release(f->seen, f->path);
	identities_leave(f->seen);
	free(f->path);
}

const char *file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	case S_IFDIR:
		return "a folder";
	default:
		return "no regular file";
	}
}

struct source *file_open_match(const char *path, const char *label, bool from_start,
	const struct source_options *options, struct err *err)
{
	struct file_status status;
	err_set(err, "%s", "");
	if (!file_status_of_name(path, &status) || !S_ISREG(status.mode))
		return NULL;
	struct identities *seen = identities_join(options->origins);
	struct piece *p = open_first(path, &status, from_start, seen, options);
	int error = p == NULL ? errno : 0;
	bool wait = options->follow && error != 0 && error != EEXIST && error != ENOENT &&
		    error != ESTALE;
	if (p != NULL || wait) {
		struct source *s = make(path, label, p, seen, options);
		struct file *f = (struct file *)s;
		if (f->follow != NULL)
			follow_until_gone(f->follow);
		return s;
	}
	identities_leave(seen);
	if (error != EEXIST && error != ENOENT && error != ESTALE)
		set_why(err, path, error, options);
	return NULL;
}

const struct source_ops source_file = {
	.name = "file",
	.summary = "PATH, 'GLOB', FOLDER  a file, the files that match, a folder's *.log",
	.open = file_open,
	.read = file_read,
	.seek = file_seek,
	.read_at = file_read_at,
	.attach = file_attach,
	.close = file_close,
};
