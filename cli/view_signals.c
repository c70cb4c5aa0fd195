/*
 * view_signals: handlers write the number of their signal into a pipe. Crashes (and a
 * failed assert) write what puts the terminal back, and then are what they were.
 */
#include "cli/view_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "tui/screen.h"

static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
	int saved = errno;
	char byte = (char)number;
	ssize_t ignored = write(signal_pipe[1], &byte, 1);

	(void)ignored;
	errno = saved;
}

static void on_crash(int number)
{
	screen_restore();
	signal(number, SIG_DFL);
	raise(number);
}

/* What was ignored stays so: nohup keeps its word. */
static void handle(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;

	sigemptyset(&action.sa_mask);
	sigaction(number, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

bool view_signals_open(void)
{
	static const int told[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS};

	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		handle(told[i], on_signal, SA_RESTART);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		handle(crashes[i], on_crash, (int)SA_RESETHAND);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

int view_signals_fd(void)
{
	return signal_pipe[0];
}

int view_signals_next(void)
{
	char byte;

	return read(signal_pipe[0], &byte, 1) == 1 ? byte : 0;
}

void view_signals_stop(void)
{
	signal(SIGTSTP, SIG_DFL);
	kill(0, SIGTSTP);
	handle(SIGTSTP, on_signal, SA_RESTART);
}
