/*
 * spawn_keeper: reads what it is to hold from a pipe, whose end is our end.
 */
#include "sources/spawn_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/spawn.h"

#define LOOK_EVERY_MS 50
#define FILE_PATH_MAX 128 /* of a socket; they are shorter */

enum order { ORDER_HOLD, ORDER_LET_GO, ORDER_REMOVE, ORDER_HURRY };

/* Less than PIPE_BUF, so that it is written and read whole. */
struct message {
	enum order order;
	pid_t group;
	char path[FILE_PATH_MAX];
};

struct keeper {
	int pipe;
};

/* The keeper's own. */
struct held {
	pid_t groups[KEEPER_HELD];
	char paths[KEEPER_HELD][FILE_PATH_MAX];
	size_t path_count;
	bool hurry;
};

static void put_group(struct held *h, pid_t from, pid_t to)
{
	for (size_t i = 0; i < KEEPER_HELD; i++) {
		if (h->groups[i] == from) {
			h->groups[i] = to;
			return;
		}
	}
}

static void obey(struct held *h, const struct message *m)
{
	switch (m->order) {
	case ORDER_HOLD:
		put_group(h, 0, m->group);
		break;
	case ORDER_LET_GO:
		put_group(h, m->group, 0);
		break;
	case ORDER_REMOVE:
		if (h->path_count < KEEPER_HELD)
			memcpy(h->paths[h->path_count++], m->path, sizeof(m->path));
		break;
	case ORDER_HURRY:
		h->hurry = true;
		break;
	}
}

static void signal_all(const struct held *h, int number)
{
	for (size_t i = 0; i < KEEPER_HELD; i++) {
		if (h->groups[i] != 0)
			kill(-h->groups[i], number);
	}
}

/* Forgets the groups that have ended; false if none is left. */
static bool any_runs(struct held *h)
{
	bool any = false;
	for (size_t i = 0; i < KEEPER_HELD; i++) {
		if (h->groups[i] != 0 && !spawn_group_runs(h->groups[i]))
			h->groups[i] = 0;
		any |= h->groups[i] != 0;
	}
	return any;
}

static void end_all(struct held *h)
{
	struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	for (size_t i = 0; i < h->path_count; i++)
		unlink(h->paths[i]);
	signal_all(h, h->hurry ? SIGKILL : SIGTERM);
	/* Those that are stopped hear it when they go on. */
	signal_all(h, SIGCONT);
	for (int ms = 0; any_runs(h) && ms < KEEPER_GRACE_MS; ms += LOOK_EVERY_MS)
		nanosleep(&pause, NULL);
	signal_all(h, SIGKILL);
}

/* Keeps none of our descriptors open but FD, which becomes 3. */
static void let_go_of_files(int fd)
{
	int null = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	dup2(fd, 3);
	close_range(4, UINT_MAX, 0);
}

static void keep(int fd)
{
	struct held held = {0};
	struct message m;
	ssize_t n;
	setsid();
	prctl(PR_SET_NAME, "mplog-keeper");
	let_go_of_files(fd);
	if (chdir("/") != 0)
		_exit(1);
	while ((n = read(3, &m, sizeof(m))) != 0) {
		if (n == sizeof(m))
			obey(&held, &m);
		else if (n > 0 || errno != EINTR)
			break;
	}
	end_all(&held);
	_exit(0);
}

struct keeper *keeper_new(void)
{
	sigset_t all, before;
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) != 0)
		return NULL;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[1]);
		keep(fds[0]);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[0]);
	if (pid < 0) {
		close(fds[1]);
		return NULL;
	}
	struct keeper *k = xcalloc(1, sizeof(*k));
	k->pipe = fds[1];
	return k;
}

static void order(struct keeper *k, const struct message *m)
{
	ssize_t ignored = write(k->pipe, m, sizeof(*m));
	(void)ignored; /* it can only be gone */
}

void keeper_hold(struct keeper *k, pid_t group)
{
	struct message m = {.order = ORDER_HOLD, .group = group};
	if (k != NULL)
		order(k, &m);
}

void keeper_let_go(struct keeper *k, pid_t group)
{
	struct message m = {.order = ORDER_LET_GO, .group = group};
	if (k != NULL)
		order(k, &m);
}

void keeper_remove(struct keeper *k, const char *path)
{
	struct message m = {.order = ORDER_REMOVE};
	if (k == NULL || strlen(path) >= sizeof(m.path))
		return;
	memcpy(m.path, path, strlen(path));
	order(k, &m);
}

void keeper_hurry(struct keeper *k)
{
	struct message m = {.order = ORDER_HURRY};
	if (k != NULL)
		order(k, &m);
}

void keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	close(k->pipe);
	free(k);
}
