/*
 * exec_program: forks, waits and tells. Whatever is said of a program goes into its own
 * output, where it has its place: before the first line, behind the last.
 */
#include "sources/exec_program.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/stamp.h"
#include "sources/spawn.h"

#define ASK_EVERY_NS (50 * NS_PER_MS)  /* for what no descriptor tells */
#define TELL_AFTER_NS (200 * NS_PER_MS) /* that it ended, though its outputs go on */
#define LEAVE_AFTER_NS (500 * NS_PER_MS)
#define GRACE_NS (CREW_GRACE_MS * NS_PER_MS)
#define DELAY_MOST_S 30 /* before it is started again; who ran so long begins anew */
#define TITLE_MAX 160
#define STATUS_MISSING 127 /* as shells have it */
#define STATUS_UNUSABLE 126
#define COLUMNS 132 /* of a terminal, when we have none */
#define ROWS 24

/* What is ours of its outputs (read) and the program's (write); -1: none. */
struct channels {
	int ours[2];
	int its[2];
};

/* Says something of P: in its output, or to the user. */
static void tell(const struct program *p, int64_t wall, enum level level, const char *format,
	...) __attribute__((format(printf, 4, 5)));

static void tell(
	const struct program *p, int64_t wall, enum level level, const char *format, ...)
{
	char text[OUTPUT_LINE_MAX / 2];
	struct buf line = {0};
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ')
			*c = ' ';
	}
	if (!p->how->records) {
		notice_put(p->options->notices, "%s: %s", p->name, text);
		return;
	}
	stamp_put_local(&line, wall, 6);
	stamp_put_offset(&line, wall);
	buf_printf(&line, " - mplog.run - %s - %.100s: %s", level_name(level), p->name, text);
	exec_output_say(p->news[0], line.ptr, line.len);
	buf_free(&line);
}

/* The command as the user wrote it, as far as that is known. */
static const char *title(const struct program *p, char text[TITLE_MAX])
{
	size_t n = 0;
	bool shell = strcmp(p->argv[0], "/bin/sh") == 0 && p->argv[1] != NULL &&
		     strcmp(p->argv[1], "-c") == 0;
	text[0] = '\0';
	for (char **a = p->argv + (shell ? 2 : 0); *a != NULL && n < TITLE_MAX - 2; a++) {
		int len = snprintf(text + n, TITLE_MAX - n, "%s%s", n > 0 ? " " : "", *a);
		n += len > 0 ? (size_t)len : 0;
	}
	return text;
}

static void close_all(int fds[2])
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* Lines come as the program wrote them: nothing is echoed or made CR LF. */
static void set_terminal(int fd)
{
	struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	struct termios t;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	ioctl(fd, TIOCSWINSZ, &size);
	if (tcgetattr(fd, &t) != 0)
		return;
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(fd, TCSANOW, &t);
}

static bool open_terminal(struct channels *c)
{
	char name[64];
	c->ours[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (c->ours[0] < 0 || grantpt(c->ours[0]) != 0 || unlockpt(c->ours[0]) != 0)
		return false;
	if (ptsname_r(c->ours[0], name, sizeof(name)) != 0)
		return false;
	c->its[0] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->its[0] < 0)
		return false;
	set_terminal(c->its[0]);
	return true;
}

static bool open_pipe(int *ours, int *its)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*ours = fds[0];
	*its = fds[1];
	return true;
}

static bool open_channels(const struct program *p, struct channels *c)
{
	*c = (struct channels){.ours = {-1, -1}, .its = {-1, -1}};
	if (p->how->terminal ? open_terminal(c)
			     : open_pipe(&c->ours[0], &c->its[0]) &&
				       open_pipe(&c->ours[1], &c->its[1]))
		return true;
	int failure = errno;
	close_all(c->ours);
	close_all(c->its);
	errno = failure;
	return false;
}

static pid_t spawn(const struct program *p, struct channels *c)
{
	if (!open_channels(p, c))
		return -1;
	struct spawn s = {.argv = p->argv, .variable = p->variable, .output = c->its[0],
		.errors = p->how->terminal ? c->its[0] : c->its[1],
		.terminal = p->how->terminal};
	pid_t pid = spawn_start(&s);
	int failure = errno;
	close_all(c->its);
	if (pid < 0)
		close_all(c->ours);
	errno = failure;
	return pid;
}

static void watch_process(struct program *p)
{
	struct epoll_event event = {.events = EPOLLIN};
	p->pidfd = pidfd_open(p->pid, 0);
	if (p->pidfd >= 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->pidfd, &event) != 0) {
		close(p->pidfd);
		p->pidfd = -1;
	}
}

static void hand_over(struct program *p, struct channels *c)
{
	for (int i = 0; i < 2; i++) {
		if (c->ours[i] < 0)
			continue;
		atomic_fetch_add(&p->meter->reading, 1);
		if (!exec_output_open(p->news[i], c->ours[i], p->how->terminal))
			atomic_fetch_sub(&p->meter->reading, 1);
	}
}

/* How long to wait before the next start: 1, 2, 4 ... seconds. */
static unsigned next_delay(const struct program *p, int64_t now)
{
	if (p->delay_s == 0 || now - p->began >= DELAY_MOST_S * NS_PER_SECOND)
		return 1;
	return p->delay_s * 2 < DELAY_MOST_S ? p->delay_s * 2 : DELAY_MOST_S;
}

/* Settles what becomes of P now that it has ended with STATUS, as a shell has it, and
 * writes what to add to the message. */
static const char *settle(
	struct program *p, int64_t now, int status, bool stopping, char text[32])
{
	enum crew_restart restart = p->how->restart;
	p->told = true;
	p->again = !stopping &&
		   (restart == CREW_ALWAYS || (restart == CREW_FAILED && status != 0));
	if (status != 0 && !p->again && !stopping)
		p->failure = status;
	text[0] = '\0';
	if (p->again) {
		p->delay_s = next_delay(p, now);
		p->due = now + p->delay_s * NS_PER_SECOND;
		snprintf(text, 32, "; again in %u s", p->delay_s);
	}
	return text;
}

static void cannot_start(struct program *p, const struct program_time *now)
{
	char more[32];
	int failure = errno;
	int status = failure == ENOENT ? STATUS_MISSING : STATUS_UNUSABLE;
	p->state = PROGRAM_ENDED;
	p->began = p->ended = now->mono;
	settle(p, now->mono, status, false, more);
	tell(p, now->wall, LEVEL_ERROR, "cannot start %.100s: %s%s", p->argv[0],
		failure == ENOENT && strchr(p->argv[0], '/') == NULL
			? "no such program"
			: strerror(failure),
		more);
}

static void start(struct program *p, const struct program_time *now)
{
	struct channels channels;
	struct timespec ts;
	char text[TITLE_MAX];
	clock_gettime(CLOCK_REALTIME, &ts);
	int64_t wall = ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
	p->told = p->again = p->left = false;
	p->kill_at = 0;
	p->pid = spawn(p, &channels);
	if (p->pid < 0) {
		cannot_start(p, now);
		return;
	}
	p->state = PROGRAM_RUNNING;
	p->group = p->pid;
	p->began = now->mono;
	keeper_hold(p->keeper, p->group);
	watch_process(p);
	if (p->how->records)
		tell(p, wall, LEVEL_INFO, "started, pid %d: %s", (int)p->pid,
			title(p, text));
	hand_over(p, &channels);
}

/* Looks whether the process has ended. */
static void ask(struct program *p, const struct program_time *now)
{
	pid_t pid;
	do
		pid = waitpid(p->pid, &p->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return;
	if (pid < 0) /* somebody else has waited for it: how it ended nobody knows */
		p->status = 0;
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
	p->pid = 0;
	p->ended = now->mono;
	p->state = PROGRAM_ENDED;
}

/* After its last line, unless that does not come. */
static void tell_end(struct program *p, const struct program_time *now, bool stopping)
{
	char more[32];
	double ran = (double)(p->ended - p->began) / 1e9;
	if (WIFSIGNALED(p->status)) {
		int number = WTERMSIG(p->status);
		const char *name = sigabbrev_np(number);
		settle(p, now->mono, 128 + number, stopping, more);
		tell(p, now->wall, LEVEL_WARNING, "ended by signal %d (SIG%s) after %.1f s%s",
			number, name != NULL ? name : "?", ran, more);
		return;
	}
	int status = WEXITSTATUS(p->status);
	settle(p, now->mono, status, stopping, more);
	if (p->how->records || status != 0 || p->how->live)
		tell(p, now->wall, status == 0 ? LEVEL_INFO : LEVEL_ERROR,
			"ended with status %d after %.1f s%s", status, ran, more);
}

bool program_has_group(struct program *p)
{
	if (p->group == 0)
		return false;
	/* While any process is in the group its number is not given to another one. */
	if (p->pid != 0 || spawn_group_runs(p->group))
		return true;
	keeper_let_go(p->keeper, p->group);
	p->group = 0;
	return false;
}

void program_signal(struct program *p, int number)
{
	if (p->group == 0)
		return;
	kill(-p->group, number);
	if (number != SIGKILL)
		kill(-p->group, SIGCONT);
}

/* Ends what the program has left running in its group. True once nothing is left. */
static bool end_rest(struct program *p, int64_t now)
{
	if (!program_has_group(p))
		return true;
	if (p->kill_at == 0) {
		program_signal(p, SIGTERM);
		p->kill_at = p->again ? p->due : now + GRACE_NS;
	} else if (now >= p->kill_at) {
		program_signal(p, SIGKILL);
	}
	return false;
}

static void be_done(struct program *p)
{
	p->state = PROGRAM_DONE;
	for (int i = 0; i < 2; i++) {
		if (p->news[i] >= 0)
			exec_output_end(p->news[i], i == 0 && p->how->failing && p->failure != 0);
		p->news[i] = -1;
	}
	if (p->door_end >= 0)
		close(p->door_end);
	p->door_end = -1;
}

/* Its process is gone: waits for the rest. Returns when to come again. */
static int64_t wind_up(struct program *p, const struct program_time *now, bool stopping)
{
	bool reading = atomic_load(&p->meter->reading) > 0;
	bool hurry = stopping || p->again;
	if (!p->told && reading && now->mono < p->ended + TELL_AFTER_NS)
		return p->ended + TELL_AFTER_NS;
	if (!p->told)
		tell_end(p, now, stopping);
	if (stopping)
		p->again = false;
	if ((hurry || !reading) && !end_rest(p, now->mono))
		return now->mono + ASK_EVERY_NS;
	if (hurry && reading && !p->left) {
		if (now->mono < p->ended + LEAVE_AFTER_NS)
			return p->ended + LEAVE_AFTER_NS;
		p->left = true;
		for (int i = 0; i < 2 && p->news[i] >= 0; i++)
			exec_output_leave(p->news[i]);
	}
	if (reading)
		return INT64_MAX;
	if (p->again)
		p->state = PROGRAM_WAITING;
	else
		be_done(p);
	return now->mono;
}

int64_t program_tend(struct program *p, const struct program_time *now, bool stopping)
{
	uint64_t ignored;
	ssize_t n = read(p->meter->event, &ignored, sizeof(ignored));
	(void)n;
	switch (p->state) {
	case PROGRAM_WAITING:
		if (stopping)
			be_done(p);
		else if (now->mono >= p->due)
			start(p, now);
		else
			return p->due;
		return now->mono;
	case PROGRAM_RUNNING:
		ask(p, now);
		if (p->state != PROGRAM_RUNNING)
			return now->mono;
		return p->pidfd >= 0 ? INT64_MAX : now->mono + ASK_EVERY_NS;
	case PROGRAM_ENDED:
		return wind_up(p, now, stopping);
	case PROGRAM_DONE:
		break;
	}
	return INT64_MAX;
}

static struct source *open_output(struct program *p, int i, struct err *err)
{
	static const struct source_ops ops = {
		.name = "exec", .read = exec_output_read, .close = exec_output_close};
	char label[256];
	snprintf(label, sizeof(label), "%s%s", p->name, i == 0 ? "" : ":err");
	/* Errors are live in any case: a program that waits for room in one pipe says
	 * nothing in the other, which must not be waited for. */
	return exec_output_new(&ops, p->options, label, p->meter, i == 1 || p->how->live,
		&p->news[i], err);
}

struct source *program_open(struct program *p, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN};
	p->news[0] = p->news[1] = p->pidfd = -1;
	p->meter = meter_new();
	epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->meter->event, &event);
	struct source *first = open_output(p, 0, err);
	if (first == NULL)
		return NULL;
	/* Of two that are called the same the second one has a number. */
	free(p->name);
	p->name = xstrdup(first->origin->label);
	if (p->how->terminal)
		return first;
	first->next = open_output(p, 1, err);
	if (first->next != NULL)
		return first;
	struct origin *origin = first->origin;
	source_close(first);
	origin_free(p->options->origins, origin);
	return NULL;
}

void program_clear(struct program *p)
{
	be_done(p);
	if (p->pidfd >= 0)
		close(p->pidfd);
	if (p->meter != NULL)
		meter_release(p->meter);
	for (char **a = p->argv; a != NULL && *a != NULL; a++)
		free(*a);
	free(p->argv);
	free(p->name);
	free(p->variable);
}
