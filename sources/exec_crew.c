/*
 * exec_crew: the turn of the crew, and how it is brought to its end.
 */
#include "sources/exec_crew.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/stamp.h"
#include "sources/exec_door.h"
#include "sources/exec_program.h"

#define GRACE_NS (CREW_GRACE_MS * NS_PER_MS)
#define CLOSE_WAIT_MS 300 /* for programs that end at once when told to */
#define CLOSE_LOOK_MS 10

struct crew {
	atomic_uint users; /* the source and its maker */
	const struct source_options *options;
	struct crew_options how;
	struct keeper *keeper;
	struct program programs[CREW_MAX];
	size_t count;
	int epoll; /* -1 once the source is closed */
	int event; /* an eventfd: somebody wants something */
	int timer;
	atomic_int asked; /* the signals that crew_stop was called with, the last one ... */
	atomic_uint asked_times;
	unsigned asked_done; /* ... and how many of them were dealt with */
	int stopping;        /* the signal sent last; 0: it goes on */
	int64_t escalate_at; /* to the next one */
	atomic_int status;
	atomic_bool over;
};

struct crew_source {
	struct source source; /* first: a crew_source is its source */
	struct crew *crew;
};

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;
	clock_gettime(clock, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

static struct program_time now_is(void)
{
	return (struct program_time){
		.mono = read_clock(CLOCK_MONOTONIC), .wall = read_clock(CLOCK_REALTIME)};
}

static void wake(struct crew *c)
{
	uint64_t one = 1;
	ssize_t ignored = write(c->event, &one, sizeof(one));
	(void)ignored;
}

struct crew *crew_new(
	const struct source_options *options, const struct crew_options *how)
{
	struct crew *c = xcalloc(1, sizeof(*c));
	struct epoll_event event = {.events = EPOLLIN};
	signal(SIGCHLD, SIG_DFL); /* ignored by who started us: nobody could be waited for */
	c->options = options;
	c->how = *how;
	c->keeper = keeper_new();
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->event = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->event, &event);
	epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->timer, &event);
	atomic_init(&c->users, 1);
	return c;
}

static char **copy_words(char *const *words)
{
	size_t n = 0;
	while (words[n] != NULL)
		n++;
	char **copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(words[i]);
	return copy;
}

bool crew_add(struct crew *c, const char *name, char *const *argv)
{
	if (c->count == CREW_MAX)
		return false;
	c->programs[c->count++] = (struct program){
		.how = &c->how,
		.options = c->options,
		.keeper = c->keeper,
		.epoll = c->epoll,
		.name = xstrdup(name),
		.argv = copy_words(argv),
		.door_end = -1,
		.news = {-1, -1},
		.pidfd = -1,
	};
	return true;
}

/* Sends NUMBER to all: INT and HUP are followed by TERM, and that by KILL. */
static void escalate(struct crew *c, int number, int64_t now)
{
	c->stopping = number;
	c->escalate_at = number == SIGKILL ? INT64_MAX : now + GRACE_NS;
	/* If we are ended now, they have been asked. */
	keeper_hurry(c->keeper);
	for (size_t i = 0; i < c->count; i++)
		program_signal(&c->programs[i], number);
}

static int next_signal(int number)
{
	return number == SIGINT || number == SIGHUP ? SIGTERM : SIGKILL;
}

static void obey(struct crew *c, int64_t now)
{
	unsigned times = atomic_load(&c->asked_times);
	if (times != c->asked_done) {
		int number = atomic_load(&c->asked);
		c->asked_done = times;
		escalate(c, c->stopping != 0 ? next_signal(c->stopping) : number, now);
	}
	if (c->stopping != 0 && now >= c->escalate_at)
		escalate(c, next_signal(c->stopping), now);
}

static void take_failure(struct crew *c, struct program *p, int64_t now)
{
	int none = 0;
	if (p->failure == 0 || !atomic_compare_exchange_strong(&c->status, &none, p->failure))
		return;
	if (c->how.fail_fast && c->stopping == 0)
		escalate(c, SIGTERM, now);
}

static void set_timer(struct crew *c, int64_t due)
{
	struct itimerspec when = {0};
	if (due != INT64_MAX) {
		when.it_value.tv_sec = due / NS_PER_SECOND;
		when.it_value.tv_nsec = due % NS_PER_SECOND;
	}
	timerfd_settime(c->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Tends everybody once; returns when to come again. */
static int64_t tend_all(struct crew *c)
{
	struct program_time now = now_is();
	int64_t due = INT64_MAX;
	size_t done = 0;
	obey(c, now.mono);
	if (c->stopping != 0)
		due = c->escalate_at;
	for (size_t i = 0; i < c->count; i++) {
		struct program *p = &c->programs[i];
		int64_t at = program_tend(p, &now, c->stopping != 0);
		take_failure(c, p, now.mono);
		if (at < due)
			due = at;
		done += p->state == PROGRAM_DONE;
	}
	if (done == c->count) {
		atomic_store(&c->over, true);
		due = INT64_MAX;
	}
	return due;
}

/* The crew's turn. It never gives a source. */
static struct source *take_turn(struct source *s)
{
	struct crew *c = ((struct crew_source *)s)->crew;
	uint64_t ignored;
	ssize_t n = read(c->event, &ignored, sizeof(ignored));
	n = read(c->timer, &ignored, sizeof(ignored));
	(void)n;
	int64_t due;
	do
		due = tend_all(c);
	while (due != INT64_MAX && due <= read_clock(CLOCK_MONOTONIC));
	set_timer(c, due);
	s->ended = atomic_load(&c->over);
	return NULL;
}

static bool any_group(struct crew *c)
{
	bool any = false;
	struct program_time now = now_is();
	for (size_t i = 0; i < c->count; i++) {
		struct program *p = &c->programs[i];
		if (p->state == PROGRAM_RUNNING)
			program_tend(p, &now, true);
		any |= program_has_group(p);
	}
	return any;
}

/* Mplog ends: whoever runs is told to, and is waited for a moment. The keeper sees to
 * those who take longer. */
static void end_now(struct crew *c)
{
	struct timespec pause = {.tv_nsec = CLOSE_LOOK_MS * NS_PER_MS};
	if (!any_group(c))
		return;
	for (size_t i = 0; i < c->count; i++)
		program_signal(&c->programs[i], SIGTERM);
	for (int ms = 0; ms < CLOSE_WAIT_MS && any_group(c); ms += CLOSE_LOOK_MS)
		nanosleep(&pause, NULL);
}

static void close_crew(struct source *s)
{
	struct crew *c = ((struct crew_source *)s)->crew;
	end_now(c);
	keeper_free(c->keeper);
	c->keeper = NULL;
	for (size_t i = 0; i < c->count; i++)
		program_clear(&c->programs[i]);
	c->count = 0;
	close(c->epoll);
	c->epoll = -1;
	atomic_store(&c->over, true);
	crew_release(c);
}

/* Its socket, and the variable that names it. Without one it runs all the same. */
static struct source *open_door(struct crew *c, struct program *p)
{
	char path[DOOR_PATH_MAX], label[256], variable[DOOR_PATH_MAX + 16];
	struct err err;
	snprintf(label, sizeof(label), "%s:log", p->name);
	struct source *s = door_open(c->options, label, path, &p->door_end, &err);
	if (s == NULL) {
		notice_put(c->options->notices, "%s: has no MPLOG_SOCKET: %s", p->name,
			err.msg);
		return NULL;
	}
	keeper_remove(c->keeper, path);
	snprintf(variable, sizeof(variable), "MPLOG_SOCKET=%s", path);
	p->variable = xstrdup(variable);
	return s;
}

static void close_list(struct source *list, struct origins *origins)
{
	for (struct source *next; list != NULL; list = next) {
		struct origin *origin = list->origin;
		next = list->next;
		source_close(list);
		origin_free(origins, origin);
	}
}

static struct source *new_source(struct crew *c)
{
	static const struct source_ops ops = {
		.name = "exec", .accept = take_turn, .close = close_crew};
	char label[256];
	snprintf(label, sizeof(label), "%s:run", c->programs[0].name);
	struct source *s =
		source_new(&ops, sizeof(struct crew_source), c->options, label);
	s->fd = c->epoll;
	s->live = true;
	((struct crew_source *)s)->crew = c;
	atomic_fetch_add(&c->users, 1);
	return s;
}

struct source *crew_open(struct crew *c, struct err *err)
{
	assert(c->count > 0);
	struct source *list = NULL, **last = &list;
	for (size_t i = 0; i < c->count; i++) {
		struct source *outputs = program_open(&c->programs[i], err);
		if (outputs == NULL) {
			close_list(list, c->options->origins);
			return NULL;
		}
		*last = outputs;
		while (*last != NULL)
			last = &(*last)->next;
		*last = c->how.doors ? open_door(c, &c->programs[i]) : NULL;
		if (*last != NULL)
			last = &(*last)->next;
	}
	*last = new_source(c);
	return list;
}

void crew_stop(struct crew *c, int number)
{
	atomic_store(&c->asked, number);
	atomic_fetch_add(&c->asked_times, 1);
	wake(c);
}

bool crew_over(const struct crew *c)
{
	return atomic_load(&c->over);
}

int crew_status(const struct crew *c)
{
	return atomic_load(&c->status);
}

void crew_release(struct crew *c)
{
	if (c == NULL || atomic_fetch_sub(&c->users, 1) > 1)
		return;
	for (size_t i = 0; i < c->count; i++)
		program_clear(&c->programs[i]);
	keeper_free(c->keeper);
	if (c->epoll >= 0)
		close(c->epoll);
	close(c->event);
	close(c->timer);
	free(c);
}
