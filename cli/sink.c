/*
 * sink: writing stdout. Signals write a byte into a pipe that is polled beside stdout; a
 * second one ends the process at once.
 */
#include "cli/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"

#define PIPE_BYTES 1048576

static int signal_pipe[2] = {-1, -1};

/* sink_share_signals; NULL: nobody else wants to know. */
static void (*signal_told)(int number);
static bool (*signal_waits)(void);

static void on_signal(int number)
{
	int saved = errno;
	ssize_t ignored = write(signal_pipe[1], "", 1);

	(void)ignored;
	if (signal_told != NULL)
		signal_told(number);
	alarm(1);
	errno = saved;
}

/* Gets a write that began too early to see the signal out of its wait. */
static void on_alarm(int number)
{
	(void)number;
	alarm(1);
}

/* A descriptor below 3 that is closed would be taken by the next file that is opened. */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
			int null = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
			if (null >= 0 && null != fd)
				close(null);
		}
	}
}

static void watch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	struct sigaction again = {.sa_handler = on_alarm};

	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction before;
		sigaction(numbers[i], NULL, &before);
		if (before.sa_handler != SIG_IGN) /* nohup keeps its word */
			sigaction(numbers[i], &action, NULL);
	}
	sigaction(SIGALRM, &again, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void sink_init(struct sink *s)
{
	struct stat st;

	*s = (struct sink){.state = SINK_OPEN};
	fill_standard_descriptors();
	watch_signals();
	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))
		fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_BYTES);
	s->polled[0] = (struct pollfd){.fd = STDOUT_FILENO};
	s->polled[1] = (struct pollfd){.fd = signal_pipe[0], .events = POLLIN};
}

/* Whether others have the time to end that a signal asked them to. */
static bool others_wait(void)
{
	return signal_waits != NULL && signal_waits();
}

static bool signalled(struct sink *s)
{
	struct pollfd p = s->polled[1];

	return (s->shared || poll(&p, 1, 0) > 0) && !others_wait();
}

/* Waits until a non-blocking stdout takes more, or a signal comes. */
static void wait_writable(struct sink *s)
{
	struct pollfd p[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT}, s->polled[1]};

	poll(p, 2, -1);
}

static void write_failed(struct sink *s)
{
	if (errno == EPIPE || errno == ECONNRESET) {
		s->state = SINK_GONE;
		return;
	}
	say("cannot write to standard output: %s", strerror(errno));
	s->state = SINK_FAILED;
}

void sink_flush(struct sink *s)
{
	size_t done = 0;

	while (done < s->out.len && s->state == SINK_OPEN) {
		ssize_t n = write(STDOUT_FILENO, s->out.ptr + done, s->out.len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			wait_writable(s);
		else if (errno != EINTR)
			write_failed(s);
		if (done < s->out.len && s->state == SINK_OPEN && signalled(s))
			s->state = SINK_GONE;
	}
	s->out.len = 0;
}

void sink_share_signals(struct sink *s, void (*told)(int number), bool (*waits)(void))
{
	(void)s;
	signal_waits = waits;
	signal_told = told;
}

/* A signal came. It is the end, unless others were told and have not ended yet. */
static void take_signal(struct sink *s)
{
	char byte;
	ssize_t ignored;

	if (!others_wait()) {
		s->asked = true;
		return;
	}
	s->shared = true;
	ignored = read(signal_pipe[0], &byte, 1);
	(void)ignored;
}

void sink_check(struct sink *s)
{
	if (s->state != SINK_OPEN)
		return;
	if (s->polled[1].revents != 0)
		take_signal(s);
	if (s->polled[0].revents & (POLLERR | POLLHUP))
		s->state = SINK_GONE;
}

void sink_free(struct sink *s)
{
	buf_free(&s->out);
}
