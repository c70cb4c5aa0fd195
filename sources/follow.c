/*
 * follow: a list of pieces, oldest first. One of them may be the one that has the name
 * now; the others were rotated away and are drained.
 */
#include "sources/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "sources/watch.h"

#define LOOK_EVERY_MS                                                                    \
	50 /* at the name, while there is so much to read that no end comes */
#define NOT_REGULAR (-1) /* beside errno values */

struct follow {
	struct source *source;
	struct watch *watch;
	struct identities *seen;
	struct notices *notices;
	char *path;
	int64_t rotate_wait_ms;
	int64_t looked_ms; /* at the name */
	bool until_gone;
	bool gone;     /* no file has the name */
	bool busy;     /* the last read gave something */
	bool began;    /* some bytes were handed on */
	int complaint; /* what was said of the name and still holds; 0: nothing */
	unsigned count;
	struct piece *oldest;
	struct piece *now;  /* has the name, or had it last and nobody has it since */
	struct piece *last; /* gave the last bytes; NULL: it is closed */
};

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void complain(struct follow *f, int why)
{
	if (why == f->complaint)
		return;
	f->complaint = why;
	notice_put(f->notices, "%s: %s; looking again every second", f->path,
		why == NOT_REGULAR ? "is no regular file now" : strerror(why));
}

static void say_truncated(struct follow *f, struct piece *p)
{
	if (p->say && p->skipped > 0)
		notice_put(f->notices,
			"%s: truncated, reading from its start, skipped %llu NUL bytes",
			f->path, (unsigned long long)p->skipped);
	else if (p->say)
		notice_put(f->notices, "%s: truncated, reading from its start", f->path);
	else if (p->skipped > 0)
		notice_put(f->notices, "%s: skipped %llu NUL bytes", f->path,
			(unsigned long long)p->skipped);
	p->say = false;
	p->skipped = 0;
}

static void append(struct follow *f, struct piece *p)
{
	struct piece **at = &f->oldest;
	while (*at != NULL)
		at = &(*at)->next;
	*at = p;
	f->count++;
}

static void let_go(struct follow *f, struct piece *p)
{
	struct piece **at = &f->oldest;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	f->count--;
	if (f->now == p)
		f->now = NULL;
	if (f->last == p)
		f->last = NULL;
	if (p->say)
		say_truncated(f, p);
	piece_close(p, f->seen);
}

static void leave_name(struct follow *f, int64_t now)
{
	if (f->now != NULL && f->now->left_ms == 0)
		f->now->left_ms = now;
}

static void rewatch(struct follow *f)
{
	if (f->watch != NULL)
		watch_file(f->watch, f->source, f->path);
}

/* A file that was rotated away has its name back. */
static bool take_back(struct follow *f, const struct identity *id)
{
	struct piece *p = f->oldest;
	while (p != NULL && !identity_eq(&p->identity, id))
		p = p->next;
	if (p == NULL)
		return false;
	p->left_ms = 0;
	f->now = p;
	rewatch(f);
	return true;
}

static bool open_new(struct follow *f, const struct file_status *status, int64_t now)
{
	struct piece *p = piece_open(f->path, status, f->seen);
	if (p == NULL && errno == EEXIST) {
		/* Somebody else reads what has the name now; ours is rotated all the
		 * same. */
		f->now = NULL;
		return false;
	}
	if (p == NULL) {
		if (errno != ENOENT && errno != ESTALE)
			complain(f, errno);
		return false;
	}
	f->complaint = 0;
	p->grown_ms = now;
	append(f, p);
	f->now = p;
	rewatch(f);
	if (f->count > ROTATED_MAX + 1) {
		notice_put(f->notices,
			"%s: more than %d rotated files are still written; left the oldest one",
			f->path, ROTATED_MAX);
		let_go(f, f->oldest);
	}
	return true;
}

/* Looks which file has the name. True if that is another one than before. */
static bool look(struct follow *f, int64_t now)
{
	struct file_status status;
	f->looked_ms = now;
	f->gone = false;
	if (!file_status_of_name(f->path, &status)) {
		f->gone = errno == ENOENT || errno == ENOTDIR;
		if (!f->gone)
			complain(f, errno);
		leave_name(f, now);
		return false;
	}
	if (f->now != NULL && identity_eq(&f->now->identity, &status.identity)) {
		f->now->left_ms = 0;
		f->complaint = 0;
		return false;
	}
	leave_name(f, now);
	if (!S_ISREG(status.mode)) {
		complain(f, NOT_REGULAR);
		return false;
	}
	return take_back(f, &status.identity) || open_new(f, &status, now);
}

/* With nobody else at the name, a file that still exists costs nothing and may go on. */
static bool worth_keeping(const struct follow *f, const struct piece *p)
{
	struct file_status status;
	return p == f->now && !f->until_gone && file_status_of_fd(p->fd, &status) &&
	       status.links > 0;
}

static void let_silent_ones_go(struct follow *f, int64_t now)
{
	for (struct piece *p = f->oldest, *next; p != NULL; p = next) {
		int64_t since = p->grown_ms > p->left_ms ? p->grown_ms : p->left_ms;
		next = p->next;
		if (p->left_ms != 0 && p->at_end && now - since >= f->rotate_wait_ms &&
			!worth_keeping(f, p))
			let_go(f, p);
	}
}

/* Where several files take turns they do so at line ends: shortens *LEN to whole lines.
 * False if there is none and the rest of it may still come. */
static bool keep_whole_lines(const struct follow *f, const struct piece *p,
	const char *buf, size_t cap, size_t *len, int64_t now)
{
	const char *newline = memrchr(buf, '\n', *len);
	if (newline != NULL) {
		*len = (size_t)(newline - buf) + 1;
		return true;
	}
	return *len == cap || (p == f->last && p->midline) ||
	       now - p->grown_ms >= LINE_WAIT_MS;
}

static enum read_state read_failed(struct follow *f, struct piece *p)
{
	if (errno == ESTALE) {
		let_go(f, p);
	} else if (!p->failing) {
		p->failing = true;
		notice_put(f->notices, "%s: %s while reading; trying again every second",
			f->path, strerror(errno));
	}
	return READ_AGAIN;
}

static enum read_state restart(struct follow *f, struct piece *p, int64_t now)
{
	if (p->say)
		say_truncated(f, p);
	piece_rewind(p);
	p->say = true;
	p->truncated_ms = now;
	p->grown_ms = now;
	f->last = p;
	f->began = true;
	return READ_RESET;
}

static enum read_state read_piece(struct follow *f, struct piece *p, char *buf,
	size_t cap, size_t *len, int64_t now)
{
	switch (piece_peek(p, buf, cap, len)) {
	case PIECE_FAILED:
		return read_failed(f, p);
	case PIECE_TRUNCATED:
		return restart(f, p, now);
	case PIECE_END:
		/* The bytes that follow a truncation mostly come at once, and tell how
		 * many NULs were skipped. */
		if (p->say && now - p->truncated_ms >= LINE_WAIT_MS)
			say_truncated(f, p);
		return READ_AGAIN;
	case PIECE_DATA:
		break;
	}
	p->failing = false;
	if (p->place.offset + *len > p->end) {
		p->end = p->place.offset + *len;
		p->grown_ms = now;
	}
	if (p->say || p->skipped > 0)
		say_truncated(f, p);
	if (f->count > 1 && !keep_whole_lines(f, p, buf, cap, len, now))
		return READ_AGAIN;
	if (f->began && p != f->last) {
		f->last = p;
		return READ_RESET;
	}
	piece_commit(p, buf, *len);
	f->last = p;
	f->began = true;
	return READ_DATA;
}

static enum read_state read_pieces(
	struct follow *f, char *buf, size_t cap, size_t *len, int64_t now)
{
	enum read_state state = READ_AGAIN;
	struct piece *last = f->last;
	if (last != NULL && last->midline && f->count > 1 &&
		now - last->grown_ms < LINE_WAIT_MS)
		return read_piece(f, last, buf, cap, len, now);
	for (struct piece *p = f->oldest, *next; p != NULL; p = next) {
		next = p->next;
		state = read_piece(f, p, buf, cap, len, now);
		if (state != READ_AGAIN)
			break;
	}
	return state;
}

struct follow *follow_new(struct source *source, const char *path,
	struct identities *seen, struct piece *first)
{
	const struct source_options *options = source->options;
	struct follow *f = xcalloc(1, sizeof(*f));
	f->source = source;
	f->seen = seen;
	f->notices = options->notices;
	f->path = xstrdup(path);
	f->rotate_wait_ms = options->rotate_wait_ms;
	if (f->rotate_wait_ms == 0)
		f->rotate_wait_ms = ROTATE_WAIT_MS;
	if (first != NULL) {
		first->grown_ms = now_ms();
		append(f, first);
		f->now = first;
	}
	return f;
}

void follow_free(struct follow *f)
{
	while (f->oldest != NULL)
		let_go(f, f->oldest);
	free(f->path);
	free(f);
}

void follow_until_gone(struct follow *f)
{
	f->until_gone = true;
}

enum read_state follow_read(struct follow *f, char *buf, size_t cap, size_t *len)
{
	int64_t now = now_ms();
	if (cap == 0) {
		look(f, now);
		return READ_AGAIN;
	}
	/* A rotated file can only be read if it is opened while it has the name: also
	 * while there is much left to read of the one before. */
	if (f->busy && now - f->looked_ms >= LOOK_EVERY_MS)
		look(f, now);
	enum read_state state = read_pieces(f, buf, cap, len, now);
	if (state == READ_AGAIN && look(f, now))
		state = read_pieces(f, buf, cap, len, now);
	f->busy = state != READ_AGAIN;
	if (f->busy)
		return state;
	let_silent_ones_go(f, now);
	if (f->until_gone && f->gone && f->oldest == NULL)
		return READ_EOF;
	return READ_AGAIN;
}

bool follow_seek(struct follow *f, uint64_t offset, uint64_t *size)
{
	return f->now != NULL && piece_seek(f->now, offset, size);
}

void follow_attach(struct follow *f, struct watch *watch)
{
	f->watch = watch;
	rewatch(f);
}
