/*
 * exec_program: one program of a crew (exec_crew.h) through its life: to be started,
 * running, ended, and so again or done with.
 *
 *	list = program_open(&p, err);              // the sources of its outputs
 *	due = program_tend(&p, &now, stopping);    // whenever something may have happened
 *	program_signal(&p, SIGTERM);
 */
#ifndef SOURCES_EXEC_PROGRAM_H
#define SOURCES_EXEC_PROGRAM_H

#include "sources/exec_crew.h"
#include "sources/exec_output.h"
#include "sources/spawn_keeper.h"

enum program_state {
	PROGRAM_WAITING, /* to be started when it is due */
	PROGRAM_RUNNING,
	PROGRAM_ENDED, /* its outputs or others of its group may go on */
	PROGRAM_DONE
};

struct program {
	/* Set by the crew. */
	const struct crew_options *how;
	const struct source_options *options;
	struct keeper *keeper;
	int epoll;      /* the crew's: what is in it wakes the crew */
	char *name;
	char **argv;
	char *variable; /* NULL or MPLOG_SOCKET=... */
	int door_end;   /* -1, or what is closed to end its door (exec_door.h) */
	/* The program's own. */
	struct meter *meter;
	int news[2];    /* to its outputs; -1: there is none */
	enum program_state state;
	pid_t pid;
	pid_t group;    /* 0: nothing is left of it */
	int pidfd;      /* -1: asked after every so often */
	int64_t due;    /* monotonic: when to start it */
	int64_t began;  /* monotonic */
	int64_t ended;  /* monotonic */
	int64_t kill_at; /* what is left of its group; 0: was not asked yet */
	unsigned delay_s; /* before it was started last */
	int status;     /* as waitpid has it */
	int failure;    /* its exit status if it failed, and for good; else 0 */
	bool told;      /* that it has ended */
	bool again;     /* it is to be started again */
	bool left;      /* its outputs were told to end */
};

/* One moment on both clocks. */
struct program_time {
	int64_t mono;
	int64_t wall;
};

/* Its outputs; NULL on failure. The names and ends above must be set. */
struct source *program_open(struct program *p, struct err *err);
/* Does what there is to do; returns when to come again (monotonic), or INT64_MAX.
 * STOPPING: it was asked to end, and is not started any more. */
int64_t program_tend(struct program *p, const struct program_time *now, bool stopping);
/* To the whole group, if there is any left. */
void program_signal(struct program *p, int number);
/* Whether something of its group is left, which it then asks the kernel. */
bool program_has_group(struct program *p);
/* Frees what it holds; whatever runs goes on. */
void program_clear(struct program *p);

#endif
