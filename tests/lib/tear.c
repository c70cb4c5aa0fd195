/*
 * tear: preloaded, it makes every call that moves bytes move few of them, and now and then
 * fail with EINTR, as the kernel may at any time. TEAR is the seed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_uint calls;

/* The next number of a sequence that the seed decides. */
static unsigned chance(void)
{
	const char *seed = getenv("TEAR");
	unsigned n = atomic_fetch_add(&calls, 1) + (seed != NULL ? (unsigned)atoi(seed) * 7919 : 0);

	n = (n ^ n >> 16) * 0x45d9f3bu;
	n = (n ^ n >> 16) * 0x45d9f3bu;
	return n ^ n >> 16;
}

static int interrupted(void)
{
	if (chance() % 5 != 0)
		return 0;
	errno = EINTR;
	return 1;
}

/* How many of N bytes; all where the kernel moves all or nothing (inotify, eventfd). */
static size_t few(int fd, size_t n)
{
	size_t most = chance() % 4 == 0 ? 1 : 1 + chance() % 97;
	struct stat st;

	if (fstat(fd, &st) != 0 ||
		!(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return n;
	return n < most ? n : most;
}

ssize_t read(int fd, void *buf, size_t n)
{
	return interrupted() ? -1 : syscall(SYS_read, fd, buf, few(fd, n));
}

ssize_t pread(int fd, void *buf, size_t n, off_t at)
{
	return interrupted() ? -1 : syscall(SYS_pread64, fd, buf, few(fd, n), at);
}

ssize_t pread64(int fd, void *buf, size_t n, off_t at)
{
	return pread(fd, buf, n, at);
}

ssize_t preadv(int fd, const struct iovec *parts, int count, off_t at)
{
	struct iovec some[2];
	size_t n = 0, left;
	int used = 0;

	if (interrupted())
		return -1;
	for (int i = 0; i < count; i++)
		n += parts[i].iov_len;
	for (left = few(fd, n); used < count && used < 2 && left > 0; used++) {
		some[used] = parts[used];
		if (some[used].iov_len > left)
			some[used].iov_len = left;
		left -= some[used].iov_len;
	}
	return syscall(SYS_preadv, fd, some, used, (long)at, 0L);
}

ssize_t preadv64(int fd, const struct iovec *parts, int count, off_t at)
{
	return preadv(fd, parts, count, at);
}

ssize_t recv(int fd, void *buf, size_t n, int flags)
{
	return interrupted() ? -1 : syscall(SYS_recvfrom, fd, buf, few(fd, n), flags, NULL, NULL);
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	return interrupted() ? -1 : syscall(SYS_recvmsg, fd, m, flags);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	/* A byte or a number never waits, and so is never interrupted. */
	return n > 8 && interrupted() ? -1 : syscall(SYS_write, fd, buf, few(fd, n));
}

int accept4(int fd, struct sockaddr *a, socklen_t *len, int flags)
{
	return interrupted() ? -1 : (int)syscall(SYS_accept4, fd, a, len, flags);
}

int epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	return interrupted() ? -1 : (int)syscall(SYS_epoll_wait, fd, events, n, timeout);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return interrupted() ? -1 : (int)syscall(SYS_poll, fds, n, timeout);
}
