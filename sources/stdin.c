/*
 * stdin: whatever descriptor 0 is.
 *
 * O_NONBLOCK belongs to the open file, which other processes share (a terminal's shell
 * would get it, too), so it is never set on descriptor 0. A pipe is opened a second time
 * through /proc to read from; the first descriptor is what is waited for, because a FIFO
 * that is opened after its last writer has left reports no hang-up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/source.h"

struct standard {
	struct source source; /* first: a standard is its source */
	int fd;               /* of our own, kept out of programs that are started */
	int reading;          /* fd, or the same pipe opened O_NONBLOCK */
	bool ask_first;       /* a read of READING could block */
};

/* Whether FD can be waited for: regular files and /dev/null can't. */
static bool can_wait(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		return true;
	bool can = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 || errno != EPERM;
	close(epoll);
	return can;
}

static void choose_reading(struct standard *in, mode_t mode)
{
	in->reading = in->fd;
	in->ask_first = in->source.fd >= 0;
	if (!S_ISFIFO(mode))
		return;
	int fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return; /* another user's pipe, or no /proc */
	in->reading = fd;
	in->ask_first = false;
}

static struct source *open_stdin(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	struct stat st;
	(void)address;
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(err, "standard input: %s",
			errno == EBADF ? "it is closed" : strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (S_ISDIR(st.st_mode)) {
		err_set(err, "standard input: it is a directory");
		close(fd);
		return NULL;
	}
	struct source *s = source_new(&source_stdin, sizeof(struct standard), options,
		label != NULL ? label : "stdin");
	struct standard *in = (struct standard *)s;
	in->fd = fd;
	s->fd = can_wait(fd) ? fd : -1;
	s->live = options->follow && s->fd >= 0;
	choose_reading(in, st.st_mode);
	return s;
}

static bool nothing_there(const struct standard *in)
{
	struct pollfd p = {.fd = in->fd, .events = POLLIN};
	return in->ask_first && poll(&p, 1, 0) == 0;
}

static enum read_state read_stdin(struct source *s, char *buf, size_t cap, size_t *len)
{
	struct standard *in = (struct standard *)s;
	ssize_t n;
	do {
		if (nothing_there(in))
			return READ_AGAIN;
		n = read(in->reading, buf, cap);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		*len = (size_t)n;
		return READ_DATA;
	}
	/* EIO is a terminal that has hung up. */
	if (n == 0 || errno == ECONNRESET || errno == EIO)
		return READ_EOF;
	if (errno == EAGAIN)
		return READ_AGAIN;
	notice_put(
		s->options->notices, "standard input: cannot read: %s", strerror(errno));
	return READ_ERROR;
}

static void close_stdin(struct source *s)
{
	struct standard *in = (struct standard *)s;
	if (in->reading != in->fd)
		close(in->reading);
	close(in->fd);
}

const struct source_ops source_stdin = {
	.name = "stdin",
	.waits = true,
	.summary = "-  standard input",
	.open = open_stdin,
	.read = read_stdin,
	.close = close_stdin,
};
