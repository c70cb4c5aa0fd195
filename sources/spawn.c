/*
 * spawn: everything that needs memory is got ready before the fork. What went wrong after
 * it comes back through a pipe that exec closes.
 */
#include "sources/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

#define PATH_PRESET "/usr/local/bin:/usr/bin:/bin"

/* What exec needs. */
struct image {
	char path[PATH_MAX];
	char **environment;
	int null;
};

static char **remembered; /* the environment, its strings not copied: none is ever freed */
static struct rlimit descriptors;
static bool knows_descriptors;

static size_t count_strings(char *const *list)
{
	size_t n = 0;
	while (list[n] != NULL)
		n++;
	return n;
}

static char *const *given_environment(void)
{
	return remembered != NULL ? remembered : environ;
}

void spawn_remember(void)
{
	size_t n = count_strings(environ) + 1;
	free(remembered);
	remembered = xcalloc(n, sizeof(*remembered));
	memcpy(remembered, environ, n * sizeof(*remembered));
	knows_descriptors = getrlimit(RLIMIT_NOFILE, &descriptors) == 0;
}

/* The environment with VARIABLE, if there is one, in place of another of its name. */
static char **make_environment(const char *variable)
{
	char *const *given = given_environment();
	char **made = xcalloc(count_strings(given) + 2, sizeof(*made));
	size_t n = 0;
	size_t name = variable != NULL ? strcspn(variable, "=") + 1 : 0;
	for (; *given != NULL; given++) {
		if (name == 0 || strncmp(*given, variable, name) != 0)
			made[n++] = *given;
	}
	if (name > 0)
		made[n++] = xstrdup(variable);
	return made;
}

static void free_environment(char **made, const char *variable)
{
	if (variable != NULL)
		free(made[count_strings(made) - 1]);
	free(made);
}

static const char *search_path(void)
{
	for (char *const *e = given_environment(); *e != NULL; e++) {
		if (strncmp(*e, "PATH=", 5) == 0)
			return *e + 5;
	}
	return PATH_PRESET;
}

static bool is_program(const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return false;
	if (S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		return true;
	errno = EACCES;
	return false;
}

/* The file that NAME stands for; false with errno if there is none that can be run. */
static bool find_program(const char *name, char path[PATH_MAX])
{
	int failure = ENOENT;
	if (strchr(name, '/') != NULL || name[0] == '\0') {
		snprintf(path, PATH_MAX, "%s", name);
		return name[0] != '\0' || (errno = ENOENT, false);
	}
	for (const char *dir = search_path();; dir++) {
		size_t len = strcspn(dir, ":");
		int n = len == 0 ? snprintf(path, PATH_MAX, "./%s", name)
				 : snprintf(path, PATH_MAX, "%.*s/%s", (int)len, dir, name);
		if (n < PATH_MAX && is_program(path))
			return true;
		if (n < PATH_MAX && errno == EACCES)
			failure = EACCES;
		dir += len;
		if (*dir == '\0')
			break;
	}
	errno = failure;
	return false;
}

/* In the child: signals as a program expects them. Ours are blocked until here, so that
 * none of our handlers can run in it. */
static void reset_signals(void)
{
	static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGCONT, SIGTSTP};
	sigset_t none;
	signal(SIGPIPE, SIG_DFL);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		struct sigaction before;
		sigaction(ours[i], NULL, &before);
		if (before.sa_handler != SIG_IGN)
			signal(ours[i], SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Its group is its own, so that it can be ended with all it has started,
 * and a ^C on our terminal is ours alone to hand on. */
static bool leave_our_group(const struct spawn *s, pid_t parent)
{
	if (s->terminal) {
		if (setsid() < 0 || ioctl(s->output, TIOCSCTTY, 0) != 0)
			return false;
	} else if (setpgid(0, 0) != 0) {
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it died before it could be heard */
		_exit(1);
	return true;
}

static void become(const struct spawn *s, const struct image *image, pid_t parent)
{
	if (!leave_our_group(s, parent))
		return;
	if (dup2(image->null, STDIN_FILENO) < 0 || dup2(s->output, STDOUT_FILENO) < 0 ||
		dup2(s->errors, STDERR_FILENO) < 0)
		return;
	if (knows_descriptors)
		setrlimit(RLIMIT_NOFILE, &descriptors);
	reset_signals();
	execve(image->path, s->argv, image->environment);
}

/* What the child has to say: 0 when the program runs. */
static int read_report(int fd)
{
	int failure = 0;
	ssize_t n;
	do
		n = read(fd, &failure, sizeof(failure));
	while (n < 0 && errno == EINTR);
	return n == sizeof(failure) ? failure : 0;
}

static pid_t start(const struct spawn *s, const struct image *image)
{
	sigset_t all, before;
	int report[2];
	pid_t parent = getpid();
	if (pipe2(report, O_CLOEXEC) != 0)
		return -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0) {
		become(s, image, parent);
		int failure = errno;
		ssize_t ignored = write(report[1], &failure, sizeof(failure));
		(void)ignored;
		_exit(127);
	}
	int failure = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(report[1]);
	if (pid > 0)
		failure = read_report(report[0]);
	close(report[0]);
	if (pid > 0 && failure == 0)
		return pid;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	errno = failure;
	return -1;
}

/* What /proc/PID/stat says: whether the process is of GROUP, and alive. */
static bool runs_in(int proc, const char *pid, pid_t group)
{
	char path[64], text[512], state;
	int parent, its_group;
	snprintf(path, sizeof(path), "%.40s/stat", pid);
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* The name before it, in brackets, may hold anything. */
	const char *end = strrchr(text, ')');
	if (end == NULL || sscanf(end + 1, " %c %d %d", &state, &parent, &its_group) != 3)
		return false;
	return its_group == group && state != 'Z' && state != 'X';
}

bool spawn_group_runs(pid_t group)
{
	if (kill(-group, 0) != 0 && errno == ESRCH)
		return false;
	DIR *proc = opendir("/proc");
	if (proc == NULL)
		return true;
	bool runs = false, any = false;
	const struct dirent *entry;
	while (!runs && (entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		any = true;
		runs = runs_in(dirfd(proc), entry->d_name, group);
	}
	closedir(proc);
	return runs || !any;
}

pid_t spawn_start(const struct spawn *s)
{
	struct image image;
	if (!find_program(s->argv[0], image.path))
		return -1;
	image.null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (image.null < 0)
		return -1;
	image.environment = make_environment(s->variable);
	pid_t pid = start(s, &image);
	int failure = errno;
	free_environment(image.environment, s->variable);
	close(image.null);
	errno = failure;
	return pid;
}
