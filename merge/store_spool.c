/*
 * store_spool: a ring in a file behind a buffer, so that a record costs a memcpy and the
 * kernel is asked for large pieces only.
 */
#include "merge/store_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

#define BUFFER_BYTES 262144
#define SLACK 64     /* a part of the ring so big is given up at once */
#define PUT_LEAST 32 /* bytes that any record counts for: it takes memory, too */

struct spool {
	char *folder;
	char *buffer;     /* what was put from FLUSHED on */
	size_t used, cap; /* bytes of the buffer */
	uint64_t size;    /* of the ring */
	uint64_t flushed;
	uint64_t valid;
	int fd;     /* -1: none */
	bool tried; /* to make the file */
	char complaint[256];
};

struct spool *spool_new(uint64_t bytes, const char *folder)
{
	struct spool *p = xcalloc(1, sizeof(*p));

	p->folder = folder != NULL ? xstrdup(folder) : NULL;
	p->size = bytes < SPOOL_LEAST ? SPOOL_LEAST : bytes;
	p->cap = BUFFER_BYTES;
	p->fd = -1;
	return p;
}

void spool_free(struct spool *p)
{
	if (p == NULL)
		return;
	if (p->fd >= 0)
		close(p->fd);
	free(p->folder);
	free(p->buffer);
	free(p);
}

size_t spool_record_max(const struct spool *p)
{
	return p->size / 4 < UINT32_MAX ? (size_t)(p->size / 4) : UINT32_MAX;
}

uint64_t spool_valid(const struct spool *p)
{
	return p->valid;
}

uint64_t spool_end(const struct spool *p)
{
	return p->flushed + p->used;
}

const char *spool_complaint(const struct spool *p)
{
	return p->complaint[0] != '\0' ? p->complaint : NULL;
}

static void complain(struct spool *p)
{
	if (p->complaint[0] == '\0')
		snprintf(p->complaint, sizeof(p->complaint),
			"cannot keep the text of streams in a temporary file: %s; "
			"set TMPDIR to a folder with room",
			strerror(errno));
}

static int make_file(const char *folder)
{
	char name[4096];
	int fd; /* -1: none */

	if (folder == NULL || *folder != '/')
		return -1;
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (snprintf(name, sizeof(name), "%s/mplog-XXXXXX", folder) >= (int)sizeof(name))
		return -1;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

static void open_file(struct spool *p)
{
	const char *const folders[] = {
		p->folder != NULL ? p->folder : getenv("TMPDIR"),
		p->folder != NULL ? NULL : "/tmp",
		p->folder != NULL ? NULL : getenv("XDG_RUNTIME_DIR"),
	};

	p->tried = true;
	errno = ENOENT;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && p->fd < 0; i++)
		p->fd = make_file(folders[i]);
}

/* Gives up what is older than PLACE. */
static void give_up(struct spool *p, uint64_t place)
{
	if (place > p->valid)
		p->valid = place;
}

/* Writes N bytes at PLACE, of which a part may be at the ring's end. */
static bool write_at(const struct spool *p, uint64_t place, const char *from, size_t n)
{
	while (n > 0) {
		uint64_t at = place % p->size;
		size_t step = n < p->size - at ? n : (size_t)(p->size - at);
		ssize_t done = pwrite(p->fd, from, step, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		from += done;
		place += (uint64_t)done;
		n -= (size_t)done;
	}
	return true;
}

/* Gives the oldest bytes back to the disk. */
static void shrink(struct spool *p)
{
	uint64_t step = BUFFER_BYTES + (p->flushed - p->valid) / SLACK;
	uint64_t from = p->valid % p->size;

	if (step > p->flushed - p->valid)
		step = p->flushed - p->valid;
	if (step > p->size - from)
		step = p->size - from;
	if (fallocate(p->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		    (off_t)step) != 0)
		step = p->flushed - p->valid;
	give_up(p, p->valid + step);
}

/* Puts N bytes into the file. Where there is no room the oldest goes, in the end all. */
static void put_out(struct spool *p, const char *from, size_t n)
{
	bool written;

	if (!p->tried)
		open_file(p);
	written = p->fd >= 0 && write_at(p, p->flushed, from, n);
	while (!written && p->fd >= 0 && p->valid < p->flushed) {
		complain(p);
		shrink(p);
		written = write_at(p, p->flushed, from, n);
	}
	p->flushed += n;
	if (!written) {
		complain(p);
		give_up(p, p->flushed);
	}
}

/* Makes room in the ring for N bytes more. */
static void make_room(struct spool *p, size_t n)
{
	uint64_t end = spool_end(p) + n;

	if (end - p->valid > p->size)
		give_up(p, end - p->size + p->size / SLACK);
}

static void add(struct spool *p, const char *from, size_t n)
{
	if (n > p->cap - p->used) {
		size_t used = p->used;
		p->used = 0;
		put_out(p, p->buffer, used);
	}
	if (n > p->cap) {
		put_out(p, from, n);
		return;
	}
	if (n > 0)
		memcpy(p->buffer + p->used, from, n);
	p->used += n;
}

uint64_t spool_put(
	struct spool *p, const void *head, size_t head_len, const char *text, size_t len)
{
	static const char zeros[PUT_LEAST];
	size_t all = head_len + len;
	uint64_t place = spool_end(p);

	if (p->buffer == NULL)
		p->buffer = xmalloc(p->cap);
	make_room(p, all < PUT_LEAST ? PUT_LEAST : all);
	if (head_len > 0)
		add(p, head, head_len);
	add(p, text, len);
	if (all < PUT_LEAST)
		add(p, zeros, PUT_LEAST - all);
	return place;
}

size_t spool_read(const struct spool *p, uint64_t place, char *to, size_t cap)
{
	size_t got = 0;

	if (place < p->valid)
		return 0;
	while (got < cap && place < p->flushed) {
		uint64_t at = place % p->size;
		size_t step = cap - got;
		if (step > p->flushed - place)
			step = (size_t)(p->flushed - place);
		if (step > p->size - at)
			step = (size_t)(p->size - at);
		ssize_t n = pread(p->fd, to + got, step, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return got;
		got += (size_t)n;
		place += (uint64_t)n;
	}
	if (got < cap && place < p->flushed + p->used) {
		size_t from = (size_t)(place - p->flushed), step = cap - got;
		if (step > p->used - from)
			step = p->used - from;
		memcpy(to + got, p->buffer + from, step);
		got += step;
	}
	return got;
}
