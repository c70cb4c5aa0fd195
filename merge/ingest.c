/*
 * ingest: the loop of a thread. Descriptors are edge-triggered: a feed is ready from when
 * the kernel says so until its read says READ_AGAIN. Files have no descriptor to wait on:
 * they are ready when inotify or the slow rescan says so.
 */
#include "merge/ingest.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/stamp.h"
#include "merge/feed.h"
#include "merge/split.h"
#include "sources/watch.h"

#define RESCAN_NS NS_PER_SECOND
#define EVENTS 64
#define TURN_READS 4    /* reads of one source before the next one's turn */
#define TURN_FRAMES 64  /* likewise of datagrams */
#define TURN_ACCEPTS 64
#define TICK_NS (10 * NS_PER_MS) /* between looks at what is due while there is always work */
#define RUSH_NS (10 * NS_PER_MS)
#define RUSH_WAKES 20   /* in that time: it is better to let a little more come together */
#define REST_NS 250000
#define YIELDS 200      /* looks for room before who lends sleeps */
#define HELP_LOOKS 16   /* feeds that a helper looks at before it waits */

struct ingest {
	struct ingest_shared *shared;
	pthread_t thread;
	bool started;
	bool lends;                /* some feeds are lent */
	int starter;               /* the processor of who started it */
	atomic_bool stop;
	atomic_bool sleeping;
	int wake_fd, epoll_fd;
	struct watch *watch;
	bool rescans;              /* some source wants to be looked at every second */
	int64_t rescan_at;
	int64_t ticked_at;
	int64_t rush_began;
	unsigned wakes;            /* since then */
	bool patient;              /* those that woke it last can all wait a moment */
	struct feed *feeds, **last_feed;
	struct filter_set *filters;
	struct reader_options reader_options;
	struct fields fields;
	struct intern_cache modules;
	struct feed **lent;        /* a helper's: the feeds of others that it may read */
	size_t lent_count, lent_next;
	struct feed *retired;      /* finished, but the merging thread may still look at them */
	atomic_bool removed;       /* some feed is finished */
};

static void now_is(struct moment *now)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now->mono = ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
	clock_gettime(CLOCK_REALTIME, &ts);
	now->wall = ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

static bool wait_for(struct ingest *t, int fd, void *data)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = data};

	return epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct ingest *ingest_new(struct ingest_shared *shared)
{
	const struct mux_options *options = shared->options;
	struct ingest *t = xcalloc(1, sizeof(*t));

	t->shared = shared;
	t->last_feed = &t->feeds;
	t->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	wait_for(t, t->wake_fd, NULL);
	if (options->filter_count > 0)
		t->filters = filter_set_new(options->filters, options->filter_count, NULL, NULL);
	t->reader_options = (struct reader_options){
		.block_bytes = shared->block_bytes,
		.record_max = options->record_max,
		.want = options->want,
		.filters = t->filters,
		.fields = &t->fields,
		.modules = &t->modules,
	};
	if (t->filters != NULL) {
		t->reader_options.want |= filter_set_wants(t->filters);
		t->reader_options.least_severity = filter_set_least_severity(t->filters);
	}
	for (size_t i = 0; i < options->filter_count; i++) {
		if (strcmp(options->filters[i].kind, "expr") == 0)
			t->reader_options.want |= WANT_FIELDS;
	}
	return t;
}

static void add_feed(struct ingest *t, struct source *source, struct stream *stream)
{
	struct feed *f = xcalloc(1, sizeof(*f));

	feed_init(f, t->shared, source, stream, &t->reader_options);
	if (stream != NULL && stream->split != NULL)
		split_join(stream->split, f);
	source->owner = f;
	*t->last_feed = f;
	t->last_feed = &f->next;
}

void ingest_add(struct ingest *t, struct source *source, struct stream *stream)
{
	add_feed(t, source, stream);
	atomic_fetch_add(&t->shared->active, 1);
}

/* Puts a feed under the descriptors that wake it; in the thread, before its first read. */
static void attach(struct ingest *t, struct feed *f)
{
	struct source *s = f->source;

	/* Where the kernel has no room for it, it is looked at every second. */
	f->unwatched = s->fd >= 0 && !wait_for(t, s->fd, f);
	t->rescans |= f->unwatched;
	if (s->ops->attach == NULL || !t->shared->options->follow)
		return;
	if (t->watch == NULL) {
		t->watch = t->shared->options->rescan_only ? watch_new_disabled()
							   : watch_new(t->shared->notices);
		if (watch_fd(t->watch) >= 0)
			wait_for(t, watch_fd(t->watch), t->watch);
	}
	t->rescans = true;
	s->ops->attach(s, t->watch);
}

/* A feed that is lent: whoever has taken it may use it. False: somebody else has. */
static bool take(struct ingest *t, struct feed *f)
{
	if (atomic_load_explicit(&f->busy, memory_order_relaxed) ||
		atomic_exchange_explicit(&f->busy, true, memory_order_acquire))
		return false;
	f->reader.options = &t->reader_options;
	f->reader.parse.modules = t->reader_options.modules;
	return true;
}

static void give(struct feed *f)
{
	atomic_store_explicit(&f->busy, false, memory_order_release);
}

static void start_feed(struct ingest *t, struct feed *f)
{
	attach(t, f);
	/* What is sorted wholly must be read wholly. */
	if (f->stream != NULL && f->stream->initial && f->source->fd < 0 &&
		t->shared->options->history != HISTORY_ALL && !f->stream->seekable)
		feed_history(f, t->shared->options->history);
	if (f->lent)
		give(f);
}

/* New connections, files that a glob has found, or listeners. */
static bool accept_all(struct ingest *t, struct feed *f)
{
	struct source *s = NULL;
	struct stream *stream;
	unsigned n = 0;

	while (n < TURN_ACCEPTS && (s = f->source->ops->accept(f->source)) != NULL) {
		n++;
		stream = s->ops->read != NULL ? stream_new(s->origin, t) : NULL;
		atomic_fetch_add(&t->shared->active, 1);
		add_feed(t, s, stream);
		if (stream != NULL)
			channel_push(t->shared->channel, batch_new(stream, 1), false);
		start_feed(t, s->owner);
	}
	f->ready = s != NULL;
	if (s == NULL && f->source->ended) {
		f->finished = true;
		t->removed = true;
	}
	return n > 0;
}

/* A connection that is not for logs. */
static void hand_over(struct ingest *t, struct feed *f)
{
	struct str unread;
	int fd = f->source->ops->hand_over(f->source, &unread);

	epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	if (t->shared->visitor != NULL)
		t->shared->visitor(t->shared->visitor_context, fd, unread);
	else
		close(fd);
	feed_end(f);
}

static bool turn(struct ingest *t, struct feed *f)
{
	int reads = TURN_READS;
	enum feed_result result = FEED_PROGRESS;
	bool progress = false;

	if (f->stream == NULL)
		return accept_all(t, f);
	if (f->lent && !take(t, f))
		return false;
	if (f->finished) { /* and not yet removed */
		give(f);
		return false;
	}
	if (f->source->ops->frames)
		reads = TURN_FRAMES;
	while (reads > 0 && f->ready && result == FEED_PROGRESS) {
		result = feed_read(f, now_is);
		progress |= result != FEED_NOTHING;
		/* Messages that came together are one read. */
		reads -= result != FEED_PROGRESS || !f->source->buffered;
	}
	if (result == FEED_HANDOVER)
		hand_over(t, f);
	if (f->finished)
		atomic_store(&t->removed, true);
	feed_flush(f);
	if (f->lent)
		give(f);
	return progress;
}

static void free_feed(struct ingest *t, struct feed *f)
{
	if (f->source != NULL) {
		if (t->watch != NULL)
			watch_forget(t->watch, f->source);
		atomic_fetch_add(&t->shared->kernel_dropped, f->source->dropped);
	}
	feed_clear(f);
	free(f);
}

/* A feed that is lent may be looked at until the end: its memory stays. */
static void retire(struct ingest *t, struct feed *f)
{
	if (!f->lent) {
		free_feed(t, f);
		return;
	}
	while (!take(t, f))
		sched_yield();
	feed_clear(f);
	f->source = NULL;
	f->stream = NULL;
	give(f);
	f->next = t->retired;
	t->retired = f;
}

static void remove_finished(struct ingest *t)
{
	struct feed **at = &t->feeds;
	struct feed *f;

	atomic_store(&t->removed, false);
	while ((f = *at) != NULL) {
		if (!f->finished) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		if (*at == NULL)
			t->last_feed = at;
		retire(t, f);
		atomic_fetch_sub(&t->shared->active, 1);
	}
	channel_wake(t->shared->channel);
}

static void wake_source(struct source *source, void *context)
{
	struct feed *f = source->owner;

	(void)context;
	if (f != NULL)
		f->ready = true;
}

static void rescan(struct ingest *t, int64_t now)
{
	if (!t->rescans || now < t->rescan_at)
		return;
	t->rescan_at = now + RESCAN_NS;
	for (struct feed *f = t->feeds; f != NULL; f = f->next) {
		if (f->source->ops->attach == NULL && f->stream != NULL && !f->unwatched)
			continue;
		f->ready = true;
		/* One that is held back must still see that its file was replaced. */
		if (f->stream != NULL && f->source->fd < 0 && !feed_allowed(f)) {
			size_t none;
			f->source->ops->read(f->source, NULL, 0, &none);
		}
	}
}

/* Whether some feed could go on without waiting. */
static bool can_go_on(struct ingest *t)
{
	for (struct feed *f = t->feeds; f != NULL; f = f->next) {
		if (f->ready && feed_allowed(f))
			return true;
	}
	return false;
}

static int timeout_ms(int64_t now, int64_t due)
{
	if (due == INT64_MAX)
		return -1;
	return due <= now ? 0 : (int)((due - now + NS_PER_MS - 1) / NS_PER_MS);
}

static void take_events(struct ingest *t, struct epoll_event *events, int n)
{
	uint64_t ignored;

	t->patient = n > 0;
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL) {
			ssize_t got = read(t->wake_fd, &ignored, sizeof(ignored));
			(void)got;
		} else if (events[i].data.ptr == t->watch) {
			watch_read(t->watch, wake_source, NULL);
			t->patient = false;
		} else {
			struct feed *f = events[i].data.ptr;
			f->ready = true;
			t->patient &= f->source->ops->patient;
		}
	}
}

/* Where messages come one by one and fast, waking up for each costs more than reading
 * it. The kernel holds them meanwhile. */
static void rest(struct ingest *t, int64_t now)
{
	if (now - t->rush_began > RUSH_NS) {
		t->rush_began = now;
		t->wakes = 0;
	}
	if (t->patient && ++t->wakes > RUSH_WAKES)
		nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
}

static void sleep_until(struct ingest *t, int64_t due)
{
	struct epoll_event events[EVENTS];
	struct moment now;
	int n, timeout;

	atomic_store(&t->sleeping, true);
	now_is(&now);
	rest(t, now.mono);
	timeout = timeout_ms(now.mono, due);
	if (atomic_load(&t->stop) || atomic_load(&t->removed) || can_go_on(t))
		timeout = 0;
	/* Woken up it might be put on the processor of who merges, and wait there. */
	for (int i = 0; i < YIELDS && t->lends && timeout != 0; i++) {
		sched_yield();
		if (atomic_load(&t->stop) || atomic_load(&t->removed) || can_go_on(t))
			timeout = 0;
	}
	n = epoll_wait(t->epoll_fd, events, EVENTS, timeout);
	atomic_store(&t->sleeping, false);
	take_events(t, events, n);
}

/* Puts out what has lingered; returns when to come again. */
static int64_t tick_all(struct ingest *t)
{
	int64_t due = t->rescans ? t->rescan_at : INT64_MAX;
	struct moment now;

	now_is(&now);
	t->ticked_at = now.mono;
	for (struct feed *f = t->feeds; f != NULL; f = f->next) {
		int64_t at = feed_tick(f, &now);
		if (at < due)
			due = at;
	}
	return due;
}

/* Those who always have something must not keep the others' from going out. */
static void tick_at_times(struct ingest *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	if (ts.tv_sec * NS_PER_SECOND + ts.tv_nsec - t->ticked_at > TICK_NS)
		tick_all(t);
}

/* What waits in the kernel unread is lost to nobody; what it has thrown away is counted. */
static void count_cut_off(struct ingest *t)
{
	if (t->filters != NULL)
		atomic_fetch_add(&t->shared->cut_off, filter_set_cut_off(t->filters));
}

/* Who helps never sleeps. Where the kernel has put both on one processor they may stay
 * there for a hundred milliseconds, with the other one idle. */
static void leave_starter(const struct ingest *t)
{
	cpu_set_t all, others;

	if (!t->lends || t->starter < 0 || sched_getaffinity(0, sizeof(all), &all) != 0)
		return;
	others = all;
	CPU_CLR((size_t)t->starter, &others);
	if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof(others), &others) == 0)
		sched_setaffinity(0, sizeof(all), &all);
}

static void *run(void *argument)
{
	struct ingest *t = argument;
	struct moment now;
	bool progress;

	leave_starter(t);
	for (struct feed *f = t->feeds; f != NULL; f = f->next)
		start_feed(t, f);
	now_is(&now);
	t->rescan_at = now.mono + RESCAN_NS;
	while (!atomic_load(&t->stop) && t->feeds != NULL) {
		progress = false;
		for (struct feed *f = t->feeds; f != NULL && !atomic_load(&t->stop); f = f->next) {
			if (f->ready)
				progress |= turn(t, f);
		}
		if (atomic_load(&t->removed))
			remove_finished(t);
		if (notice_waiting(t->shared->notices))
			channel_wake(t->shared->channel);
		if (!progress) {
			sleep_until(t, tick_all(t));
			now_is(&now);
			rescan(t, now.mono);
		} else {
			tick_at_times(t);
		}
	}
	count_cut_off(t);
	return NULL;
}

void ingest_start(struct ingest *t)
{
	sigset_t all, before;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	t->starter = sched_getcpu();
	t->started = pthread_create(&t->thread, NULL, run, t) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!t->started)
		notice_put(t->shared->notices, "cannot start a thread; try fewer sources");
}

void ingest_wake(struct ingest *t)
{
	uint64_t one = 1;

	if (atomic_exchange(&t->sleeping, false)) {
		ssize_t ignored = write(t->wake_fd, &one, sizeof(one));
		(void)ignored;
	}
}

void ingest_stop(struct ingest *t)
{
	atomic_store(&t->stop, true);
	atomic_store(&t->sleeping, true);
	ingest_wake(t);
	if (t->started)
		pthread_join(t->thread, NULL);
	t->started = false;
}

void ingest_lend(struct ingest *t, struct ingest *helper)
{
	for (struct feed *f = t->feeds; f != NULL; f = f->next) {
		if (f->stream == NULL || f->split != NULL || f->source->fd >= 0)
			continue;
		t->lends = f->lent = true;
		f->busy = true; /* until it is started */
		f->stream->feed = f;
		helper->lent = xrealloc(
			helper->lent, (helper->lent_count + 1) * sizeof(struct feed *));
		helper->lent[helper->lent_count++] = f;
	}
}

/* Reads F once. False: it may not go on now. */
static bool help_with(struct ingest *helper, struct feed *f)
{
	enum feed_result result = FEED_NOTHING;
	struct ingest *t = NULL;

	if (!take(helper, f))
		return false;
	if (!f->finished) {
		t = f->stream->thread;
		result = feed_read(f, now_is);
	}
	give(f);
	if (result == FEED_FINISHED) {
		atomic_store(&t->removed, true);
		ingest_wake(t);
	}
	return result != FEED_NOTHING;
}

bool ingest_help(struct ingest *helper, struct stream *s)
{
	if (s->feed == NULL)
		return false;
	if (help_with(helper, s->feed))
		return true;
	for (size_t i = 0; i < helper->lent_count && i < HELP_LOOKS; i++) {
		if (help_with(helper, helper->lent[helper->lent_next++ % helper->lent_count]))
			return true;
	}
	return false;
}

static void free_feeds(struct ingest *t, struct feed *list)
{
	struct feed *next;

	for (struct feed *f = list; f != NULL; f = next) {
		next = f->next;
		free_feed(t, f);
	}
}

void ingest_free(struct ingest *t)
{
	if (t == NULL)
		return;
	ingest_stop(t);
	free_feeds(t, t->feeds);
	free_feeds(t, t->retired);
	free(t->lent);
	watch_free(t->watch);
	filter_set_free(t->filters);
	fields_free(&t->fields);
	close(t->wake_fd);
	close(t->epoll_fd);
	free(t);
}
