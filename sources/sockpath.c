/*
 * sockpath: making and removing a Unix socket without taking anybody else's place.
 */
#include "sources/sockpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"

#define BACKLOG 1024 /* the kernel cuts it to somaxconn */
#define LOCK_STEPS 50
#define LOCK_STEP_NS 2000000

/* 0 if somebody listens at ADDRESS, or the errno that says why not. */
static int try_connect(int type, const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	const struct sockaddr *a = (const struct sockaddr *)address;
	int failure = connect(fd, a, sizeof(*address)) == 0 ? 0 : errno;
	close(fd);
	/* A full backlog and the other type of socket are signs of life, too. */
	return failure == EAGAIN || failure == EPROTOTYPE ? 0 : failure;
}

/* Makes room at ADDRESS if what is there is a dead socket of ours. */
static bool make_room(
	const char *kind, int type, const struct sockaddr_un *address, struct err *err)
{
	struct stat st;
	const char *path = address->sun_path;
	if (lstat(path, &st) != 0)
		return true; /* whatever is wrong with the path, bind will say */
	if (S_ISLNK(st.st_mode))
		return err_set_at(err, 0, "%s:%s: is a symbolic link; name another path",
			kind, path);
	if (!S_ISSOCK(st.st_mode))
		return err_set_at(err, 0,
			"%s:%s: exists and is no socket; name another path", kind, path);
	int failure = try_connect(type, address);
	if (failure == 0)
		return err_set_at(err, 0,
			"%s:%s: in use by another program; name another path", kind,
			path);
	if (failure != ECONNREFUSED && failure != ENOENT)
		return err_set_at(err, 0,
			"%s:%s: exists and cannot be asked who uses it: %s", kind, path,
			strerror(failure));
	if (st.st_uid != geteuid())
		return err_set_at(err, 0,
			"%s:%s: is another user's; remove it or name another path", kind,
			path);
	unlink(path);
	return true;
}

static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t old = umask(0177);
	int failure = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0
			      ? 0
			      : errno;
	umask(old);
	return failure;
}

/* The bound socket, or -1. */
static int bind_there(const char *kind, int type, const struct sockaddr_un *address,
	struct sockpath *made, struct err *err)
{
	struct stat st;
	const char *path = address->sun_path;
	if (!make_room(kind, type, address, err))
		return -1;
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failure = fd < 0 ? errno : bind_private(fd, address);
	if (failure == 0 && type == SOCK_STREAM && listen(fd, BACKLOG) != 0)
		failure = errno;
	if (failure == 0 && lstat(path, &st) != 0)
		failure = errno;
	if (failure != 0) {
		err_set(err, "%s:%s: cannot listen: %s", kind, path,
			failure == ENOENT ? "its folder does not exist; make it first"
					  : strerror(failure));
		if (err != NULL && failure == EADDRINUSE)
			err->has_pos = true;
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*made = (struct sockpath){xstrdup(path), st.st_dev, st.st_ino};
	return fd;
}

/* Of two processes that find a dead socket at the same time, one must not remove what the
 * other has just made: only one looks at a time. The folder's lock is asked for, for a
 * moment; who has it for longer is none of us, and nothing is waited for. */
static int lock_folder(const char *path)
{
	const struct timespec moment = {.tv_nsec = LOCK_STEP_NS};
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? xstrdup(".") : xstrndup(path, (size_t)(slash - path) + 1);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	for (int i = 0; fd >= 0 && i < LOCK_STEPS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			break;
		nanosleep(&moment, NULL);
	}
	return fd;
}

int sockpath_bind(const char *kind, int type, const char *path, struct sockpath *made,
	struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	if (len == 0) {
		err_set_at(err, 0, "%s: needs a path, as in %s:/tmp/app.sock", kind, kind);
		return -1;
	}
	if (len >= sizeof(address.sun_path)) {
		err_set_at(err, 0,
			"%s:%s: a socket's path has 1 to %zu bytes, this one has %zu",
			kind, path, sizeof(address.sun_path) - 1, len);
		return -1;
	}
	memcpy(address.sun_path, path, len + 1);
	int alone = lock_folder(path);
	int fd = bind_there(kind, type, &address, made, err);
	if (alone >= 0)
		close(alone);
	return fd;
}

void sockpath_remove(struct sockpath *made)
{
	struct stat st;
	if (made->path == NULL)
		return;
	if (lstat(made->path, &st) == 0 && S_ISSOCK(st.st_mode) &&
		st.st_dev == made->dev && st.st_ino == made->ino)
		unlink(made->path);
	free(made->path);
	made->path = NULL;
}

void sockpath_inherit(const char *path, struct sockpath *made)
{
	struct stat st;
	*made = (struct sockpath){.path = NULL};
	if (lstat(path, &st) == 0)
		*made = (struct sockpath){xstrdup(path), st.st_dev, st.st_ino};
}

void sockpath_leave(struct sockpath *made)
{
	free(made->path);
	made->path = NULL;
}

char *sockpath_label(const char *kind, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
	size_t size = strlen(kind) + strlen(name) + 2;
	char *label = xmalloc(size);
	snprintf(label, size, "%s:%s", kind, name);
	return label;
}
