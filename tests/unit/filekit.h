/*
 * filekit: a folder of its own for a test of file sources, and what was read from them.
 */
#ifndef TESTS_FILEKIT_H
#define TESTS_FILEKIT_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "sources/source.h"
#include "tap.h"

struct kit {
	char dir[64];
	struct source_options options;
	struct buf got;  /* what read_all gave since kit_clear */
	unsigned resets; /* READ_RESETs since then */
	struct buf said; /* notices, a line each */
	struct err err;
};

static inline int kit_remove(
	const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

/* A new empty folder, which is the current one from now on. */
static inline struct kit kit_new(bool follow)
{
	struct kit k = {.dir = "/tmp/mplog-test-XXXXXX"};
	if (mkdtemp(k.dir) == NULL || chdir(k.dir) != 0)
		abort();
	k.options = (struct source_options){
		.follow = follow,
		.from_start = true,
		.notices = notices_new(),
		.origins = origins_new(),
	};
	return k;
}

static inline void kit_free(struct kit *k)
{
	notices_free(k->options.notices);
	origins_free(k->options.origins);
	buf_free(&k->got);
	buf_free(&k->said);
	if (chdir("/") != 0 || nftw(k->dir, kit_remove, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
}

static inline struct source *kit_open(struct kit *k, const char *spec)
{
	memset(&k->err, 'x', sizeof(k->err));
	k->err.msg[sizeof(k->err.msg) - 1] = '\0';
	return source_file.open(spec, NULL, &k->options, &k->err);
}

static inline void kit_clear(struct kit *k)
{
	k->got.len = 0;
	k->resets = 0;
}

/* Reads with a buffer of CAP bytes until nothing more comes; the last state. */
static inline enum read_state kit_read(struct kit *k, struct source *s, size_t cap)
{
	char *buf = xmalloc(cap);
	enum read_state state;
	size_t len = 0;
	while ((state = s->ops->read(s, buf, cap, &len)) == READ_DATA ||
		state == READ_RESET) {
		if (state == READ_RESET)
			k->resets++;
		else
			buf_put(&k->got, buf, len);
	}
	free(buf);
	return state;
}

/* The notices since the last call, a line each. */
static inline const char *kit_said(struct kit *k)
{
	char *line;
	k->said.len = 0;
	while ((line = notice_next(k->options.notices)) != NULL) {
		buf_printf(&k->said, "%s\n", line);
		free(line);
	}
	buf_put_char(&k->said, '\0');
	return k->said.ptr;
}

static inline void nap_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&ts, NULL);
}

static inline int64_t clock_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Reads until N bytes have come or the time is over. */
static inline void kit_read_until(struct kit *k, struct source *s, size_t n, long ms)
{
	int64_t end = clock_ms() + ms;
	while (kit_read(k, s, 65536) == READ_AGAIN && k->got.len < n && clock_ms() < end)
		nap_ms(5);
}

static inline void put_fd(int fd, const char *text)
{
	size_t len = strlen(text);
	if (write(fd, text, len) != (ssize_t)len)
		abort();
}

static inline int open_append(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		abort();
	return fd;
}

/* Appends TEXT to the file PATH, which is made if it is missing. */
static inline void put(const char *path, const char *text)
{
	int fd = open_append(path);
	put_fd(fd, text);
	close(fd);
}

static inline void must(bool condition)
{
	if (!condition) {
		perror("test set-up");
		abort();
	}
}

#define got_is(k, want, name) is_str((k)->got.ptr, (k)->got.len, (want), (name))
#define said_is(k, want, name)                                                           \
	do {                                                                             \
		const char *said_ = kit_said(k);                                         \
		is_str(said_, strlen(said_), (want), (name));                            \
	} while (0)

#endif
