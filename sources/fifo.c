/*
 * fifo: named pipes, whose writers come, go and come back.
 *
 * Opened O_RDONLY | O_NONBLOCK, which blocks neither side. When the last writer leaves,
 * read() says so with 0 and poll() reports a hang-up for ever; so a followed FIFO is
 * opened anew, before the old descriptor is closed, and is quiet until the next writer.
 * That way the end of a writer is seen (half a line of a killed one is not glued to the
 * next one's), and no permission to write is needed, both unlike O_RDWR. The descriptor
 * to wait for is an epoll instance that stays the same through all of this.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/source.h"
#include "sources/watch.h"

#define PIPE_BYTES (1 << 20)
#define CHECK_EVERY_NS INT64_C(100000000) /* whether the name is a new FIFO's */

struct fifo {
	struct source source; /* first: a fifo is its source */
	char *path;
	int fd; /* -1: the FIFO is gone, and its name has not come back yet */
	dev_t dev;
	ino_t ino;
	struct watch *watch; /* NULL: not attached */
	bool finite;   /* ends when its writers have left */
	bool made;     /* by us: removed at the end */
	bool received; /* something, since it was opened last */
	bool complained;
	int64_t checked_ns;
};

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void complain(struct fifo *f, const char *what)
{
	if (!f->complained)
		notice_put(f->source.options->notices, "%s: %s", f->path, what);
	f->complained = true;
}

/* An open FIFO and what it is, or -1 with errno; ENOSTR if it is none. */
static int open_path(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISFIFO(st->st_mode))
		return fd;
	close(fd);
	errno = ENOSTR;
	return -1;
}

static void close_pipe(struct fifo *f)
{
	if (f->fd < 0)
		return;
	epoll_ctl(f->source.fd, EPOLL_CTL_DEL, f->fd, NULL);
	close(f->fd);
	f->fd = -1;
}

static bool use_pipe(struct fifo *f, int fd, const struct stat *st)
{
	struct epoll_event event = {.events = EPOLLIN};
	if (epoll_ctl(f->source.fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(fd);
		return false;
	}
	close_pipe(f);
	if (st->st_dev != f->dev || st->st_ino != f->ino)
		fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	f->fd = fd;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->received = false;
	f->complained = false;
	return true;
}

static bool same_pipe(const struct fifo *f, const struct stat *st)
{
	return st->st_dev == f->dev && st->st_ino == f->ino;
}

/* Opens the FIFO that has the name now, in place of the one that is open or is gone. */
static enum read_state take_new(struct fifo *f)
{
	struct stat st;
	const char *what =
		f->fd < 0 ? "the FIFO is back" : "a new FIFO has taken its place";
	int fd = open_path(f->path, &st);
	if (fd >= 0 && use_pipe(f, fd, &st)) {
		notice_put(f->source.options->notices, "%s: %s", f->path, what);
		return READ_RESET;
	}
	if (errno != ENOENT)
		complain(f, errno == ENOSTR ? "is no FIFO any more" : strerror(errno));
	return READ_AGAIN;
}

/* Nothing to read: perhaps because everybody has gone over to a new FIFO of that name. */
static enum read_state look_for_new(struct fifo *f)
{
	struct stat st;
	int64_t now = now_ns();
	if (now - f->checked_ns < CHECK_EVERY_NS)
		return READ_AGAIN;
	f->checked_ns = now;
	if (stat(f->path, &st) != 0)
		return READ_AGAIN;
	if (f->fd >= 0 && (same_pipe(f, &st) || !S_ISFIFO(st.st_mode)))
		return READ_AGAIN;
	return take_new(f);
}

static bool hung_up(const struct fifo *f)
{
	struct pollfd p = {.fd = f->fd, .events = POLLIN};
	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

/* The last writer has left. */
static enum read_state writers_gone(struct fifo *f)
{
	struct stat st;
	bool received = f->received;
	if (f->finite)
		return READ_EOF;
	int fd = open_path(f->path, &st);
	if (fd >= 0 && same_pipe(f, &st)) {
		use_pipe(f, fd, &st);
		return received ? READ_RESET : READ_AGAIN;
	}
	/* Its name is gone or another's: nobody can open it to write any more. */
	if (fd >= 0)
		close(fd);
	notice_put(f->source.options->notices,
		"%s: the FIFO is gone, waiting for a new one", f->path);
	close_pipe(f);
	f->received = false;
	f->checked_ns = 0;
	enum read_state state = look_for_new(f);
	return received ? READ_RESET : state;
}

/* A pipe that a shell hands over as /dev/fd/N: nobody can open it by name to write, so it
 * ends with the writers that it has. */
static bool is_anonymous(int fd)
{
	struct statfs fs;
	return fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
}

/* Opens the FIFO PATH, made first if need be; -1 on failure. */
static int open_or_make(const char *path, bool *made, struct stat *st, struct err *err)
{
	*made = false;
	int fd = open_path(path, st);
	if (fd < 0 && errno == ENOENT) {
		*made = mkfifo(path, 0600) == 0;
		if (*made)
			fd = open_path(path, st);
	}
	if (fd >= 0)
		return fd;
	int failure = errno;
	if (*made)
		unlink(path);
	if (failure == ENOSTR)
		err_set_at(err, 0, "%s: exists and is no FIFO; name another path", path);
	else
		err_set(err, "%s: %s", path,
			failure == ENOENT ? "its folder does not exist; make it first"
					  : strerror(failure));
	return -1;
}

static void close_fifo(struct source *s)
{
	struct fifo *f = (struct fifo *)s;
	struct stat st;
	if (f->watch != NULL)
		watch_forget(f->watch, s);
	if (f->made && lstat(f->path, &st) == 0 && S_ISFIFO(st.st_mode) &&
		same_pipe(f, &st))
		unlink(f->path);
	if (f->fd >= 0)
		close(f->fd);
	if (s->fd >= 0)
		close(s->fd);
	free(f->path);
}

static struct source *open_fifo(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct stat st;
	bool made;
	if (address[0] == '\0') {
		err_set_at(err, 0, "fifo: needs a path, as in fifo:/tmp/app.fifo");
		return NULL;
	}
	int fd = open_or_make(address, &made, &st, err);
	if (fd < 0)
		return NULL;
	bool anonymous = is_anonymous(fd);
	struct source *s = source_new(&source_fifo, sizeof(struct fifo), options,
		label == NULL && anonymous ? address : label);
	struct fifo *f = (struct fifo *)s;
	f->path = xstrdup(address);
	f->made = made;
	f->finite = !options->follow || anonymous;
	f->fd = -1;
	s->live = options->follow;
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	if (use_pipe(f, fd, &st)) {
		if (s->origin == NULL)
			s->origin = origin_new_path(options->origins, address);
		return s;
	}
	err_set(err, "%s: cannot wait for it: %s", address, strerror(errno));
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options->origins, origin);
	return NULL;
}

static enum read_state read_fifo(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct fifo *f = (struct fifo *)s;
	ssize_t n;
	if (f->fd < 0)
		return look_for_new(f);
	do
		n = read(f->fd, buf, cap);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		f->received = true;
		*len = (size_t)n;
		return READ_DATA;
	}
	if (n < 0 && errno == EAGAIN)
		return look_for_new(f);
	if (n < 0) {
		notice_put(s->options->notices, "%s: cannot read: %s", f->path,
			strerror(errno));
		return READ_ERROR;
	}
	/* 0 is also what is read before the first writer comes. */
	if (f->received || hung_up(f))
		return writers_gone(f);
	return look_for_new(f);
}

static void attach_fifo(struct source *s, struct watch *watch)
{
	struct fifo *f = (struct fifo *)s;
	f->watch = watch;
	watch_file(watch, s, f->path);
}

const struct source_ops source_fifo = {
	.name = "fifo",
	.prefix = "fifo:",
	.summary = "fifo:PATH  a FIFO, made if it is missing and removed at the end then",
	.open = open_fifo,
	.read = read_fifo,
	.shared = true,
	.attach = attach_fifo,
	.close = close_fifo,
};
