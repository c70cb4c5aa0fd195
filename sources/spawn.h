/*
 * spawn: starting a program so that it feels nothing of us: the environment, limits and
 * signals that mplog itself was given, standard input from /dev/null, a process group (or,
 * on a terminal of its own, a session) of its own, and SIGTERM if mplog dies.
 *
 *	spawn_remember();                    // in main, before anything is changed
 *	struct spawn s = {.argv = argv, .output = fd, .errors = fd};
 *	pid_t pid = spawn_start(&s);         // -1: errno says why, as exec(3) would
 *
 * None of our descriptors get through, since all of them are O_CLOEXEC. May be called in
 * any thread: between fork and exec nothing is used that another thread could hold.
 */
#ifndef SOURCES_SPAWN_H
#define SOURCES_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct spawn {
	char *const *argv;    /* argv[0]: a path if it has a slash, else looked up on PATH */
	const char *variable; /* NULL, or one more NAME=value of the environment */
	int output;           /* become descriptors 1 and 2 */
	int errors;
	bool terminal;        /* OUTPUT is a terminal: its session is the program's own */
};

/* Keeps what programs are to be given: the environment and limits of this moment. */
void spawn_remember(void);

/* The pid, which is also the process group, once the program runs; -1 if it does not. The
 * caller waits for it. */
pid_t spawn_start(const struct spawn *s);

/* Whether any process of GROUP still runs. The dead that nobody has waited for do not:
 * in a container there may be nobody. */
bool spawn_group_runs(pid_t group);

#endif
