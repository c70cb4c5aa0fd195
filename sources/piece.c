/*
 * piece: positioned reads only, so that several looks at the same bytes cost nothing but
 * the reading.
 */
#include "sources/piece.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/mem.h"

static ssize_t read_at(int fd, char *buf, size_t cap, uint64_t offset)
{
	ssize_t n;
	do {
		n = pread(fd, buf, cap, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Until CAP bytes are read or there are no more: some file systems give a part only. */
static ssize_t read_whole(int fd, char *buf, size_t cap, uint64_t offset)
{
	size_t len = 0;
	while (len < cap) {
		ssize_t n = read_at(fd, buf + len, cap - len, offset + len);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* The bytes before the place go to MARK, those behind it to BUF. */
static ssize_t read_with_mark(const struct piece *p, char *mark, char *buf, size_t cap)
{
	struct iovec parts[2] = {{mark, p->place.mark_len}, {buf, cap}};
	uint64_t from = p->place.offset - p->place.mark_len;
	ssize_t n;
	do {
		n = preadv(p->fd, parts, 2, (off_t)from);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* The same in two reads, for a file system that gives a part of the mark only. */
static ssize_t read_apart(const struct piece *p, char *mark, char *buf, size_t cap)
{
	size_t mark_len = p->place.mark_len;
	ssize_t n = read_whole(p->fd, mark, mark_len, p->place.offset - mark_len);
	ssize_t more;
	if (n < 0 || (size_t)n < mark_len)
		return n;
	more = read_at(p->fd, buf, cap, p->place.offset);
	return more < 0 ? -1 : n + more;
}

static enum piece_state peek(struct piece *p, char *buf, size_t cap, size_t *len)
{
	char mark[MARK_MAX];
	size_t mark_len = p->place.mark_len;
	ssize_t n = read_with_mark(p, mark, buf, cap);
	if (n >= 0 && (size_t)n < mark_len)
		n = read_apart(p, mark, buf, cap);
	if (n < 0)
		return PIECE_FAILED;
	if ((size_t)n < mark_len || memcmp(mark, p->place.mark, mark_len) != 0)
		return PIECE_TRUNCATED;
	*len = (size_t)n - mark_len;
	return *len > 0 ? PIECE_DATA : PIECE_END;
}

/* Over N bytes that are all NUL, as everything before them is. */
static void skip(struct piece *p, uint64_t n)
{
	p->skipped += n;
	p->place.offset += n;
	p->place.mark_len =
		p->place.offset < MARK_MAX ? (size_t)p->place.offset : MARK_MAX;
	memset(p->place.mark, 0, p->place.mark_len);
}

/* A hole may be as long as the log was before: only its end is looked for. */
static void skip_hole(struct piece *p)
{
	off_t data = lseek(p->fd, (off_t)p->place.offset, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		data = lseek(p->fd, 0, SEEK_END);
	if (data > 0 && (uint64_t)data > p->place.offset)
		skip(p, (uint64_t)data - p->place.offset);
}

static size_t count_nul(const char *buf, size_t len)
{
	size_t n = 0;
	while (n < len && buf[n] == '\0')
		n++;
	return n;
}

static enum piece_state peek_behind_nul(
	struct piece *p, char *buf, size_t cap, size_t *len)
{
	for (;;) {
		skip_hole(p);
		enum piece_state state = peek(p, buf, cap, len);
		if (state != PIECE_DATA)
			return state;
		size_t nul = count_nul(buf, *len);
		if (nul > 0)
			skip(p, nul);
		if (nul < *len) {
			memmove(buf, buf + nul, *len - nul);
			*len -= nul;
			p->skip_nul = false;
			return PIECE_DATA;
		}
	}
}

static void note_midline(struct piece *p)
{
	size_t n = p->place.mark_len;
	p->midline = n > 0 && p->place.mark[n - 1] != '\n';
}

struct piece *piece_open(
	const char *path, const struct file_status *status, struct identities *seen)
{
	struct piece *p = xcalloc(1, sizeof(*p));
	struct file_status opened;
	p->fd = -1;
	p->identity = status->identity;
	enum claim claim = identity_claim(seen, &p->identity, &p->place);
	int error = claim == CLAIM_TAKEN ? EEXIST : 0;
	if (error == 0) {
		p->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (p->fd < 0 || !file_status_of_fd(p->fd, &opened))
			error = errno;
		else if (!identity_eq(&opened.identity, &p->identity))
			error = ESTALE;
		if (error != 0)
			identity_release(seen, &p->identity,
				claim == CLAIM_RESUMED ? &p->place : NULL);
	}
	if (error != 0) {
		if (p->fd >= 0)
			close(p->fd);
		free(p);
		errno = error;
		return NULL;
	}
	posix_fadvise(p->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	note_midline(p);
	return p;
}

void piece_close(struct piece *p, struct identities *seen)
{
	struct file_status status;
	bool unlinked = file_status_of_fd(p->fd, &status) && status.links == 0;
	identity_release(seen, &p->identity, unlinked ? NULL : &p->place);
	close(p->fd);
	free(p);
}

bool piece_seek(struct piece *p, uint64_t offset, uint64_t *size)
{
	struct file_status status;
	if (!file_status_of_fd(p->fd, &status))
		return false;
	if (offset > status.size)
		offset = status.size;
	char mark[MARK_MAX];
	size_t want = offset < MARK_MAX ? (size_t)offset : MARK_MAX;
	ssize_t n = want > 0 ? read_whole(p->fd, mark, want, offset - want) : 0;
	if (n < 0)
		return false;
	memcpy(p->place.mark, mark, (size_t)n);
	p->place.offset = offset - want + (uint64_t)n;
	p->place.mark_len = (size_t)n;
	p->skip_nul = false;
	note_midline(p);
	*size = status.size;
	return true;
}

enum piece_state piece_peek(struct piece *p, char *buf, size_t cap, size_t *len)
{
	enum piece_state state =
		p->skip_nul ? peek_behind_nul(p, buf, cap, len) : peek(p, buf, cap, len);
	p->at_end = state != PIECE_DATA;
	return state;
}

ssize_t piece_read_at(const struct piece *p, char *buf, size_t cap, uint64_t offset)
{
	return read_at(p->fd, buf, cap, offset);
}

enum piece_state piece_read(struct piece *p, char *buf, size_t cap, size_t *len)
{
	ssize_t n = read_at(p->fd, buf, cap, p->place.offset);
	if (n < 0)
		return PIECE_FAILED;
	p->place.offset += (uint64_t)n;
	p->place.mark_len = 0;
	*len = (size_t)n;
	return n > 0 ? PIECE_DATA : PIECE_END;
}

void piece_commit(struct piece *p, const char *buf, size_t len)
{
	struct place *place = &p->place;
	if (len >= MARK_MAX) {
		memcpy(place->mark, buf + len - MARK_MAX, MARK_MAX);
		place->mark_len = MARK_MAX;
	} else {
		size_t room = MARK_MAX - len;
		size_t keep = place->mark_len < room ? place->mark_len : room;
		memmove(place->mark, place->mark + place->mark_len - keep, keep);
		memcpy(place->mark + keep, buf, len);
		place->mark_len = keep + len;
	}
	place->offset += len;
	p->midline = len > 0 ? buf[len - 1] != '\n' : p->midline;
}

void piece_rewind(struct piece *p)
{
	p->place.offset = 0;
	p->place.mark_len = 0;
	p->midline = false;
	p->end = 0;
	p->skip_nul = true;
	p->skipped = 0;
}
