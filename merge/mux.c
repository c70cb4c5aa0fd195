/*
 * mux: opens the sources, spreads them over the threads, and feeds the merge.
 */
#include "merge/mux.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/stamp.h"
#include "merge/exact.h"
#include "merge/history.h"
#include "merge/ingest.h"
#include "merge/merge.h"
#include "merge/rest.h"
#include "merge/share.h"
#include "merge/split.h"

#define THREADS_MAX 16
#define SHARE_PART 4           /* of --memory, at most, is for what is shared */
#define BLOCKS_TOTAL 1048576   /* bytes of read blocks of all sources: what a cache holds */
#define BLOCK_LEAST 16384
#define BLOCK_MOST 262144
#define FLIGHT_TOTAL 8388608   /* bytes that sources which can wait may run ahead, in all */
#define FLIGHT_MOST 2097152    /* and each */
#define ALLOWANCE_BLOCKS 2     /* that the one all wait for may read beyond its share */
#define YIELDS 32               /* looks at the channel before sleeping */
#define DEAD_MAX 1024          /* ended sources whose origin stays readable */
#define FRAME_LEAST 1048576    /* a message may be so long, however short its records */
#define FLIGHT_LEAST 393216    /* which the look-ahead takes, where memory allows */
#define FLIGHT_BLOCKS 6        /* but at least so many blocks each */

struct mux {
	struct mux_options options;
	struct source_options source_options;
	struct ingest_shared shared;
	struct source *sources, **last_source;
	size_t source_count;
	struct ingest *threads[THREADS_MAX];
	unsigned thread_count;
	struct ingest *helper;    /* this thread's: reads files while it would wait for them */
	struct merge *merge;
	struct history *history;  /* the last records of the past, until the past is over */
	struct exact *exact;      /* --order exact: everything goes there first */
	bool sorted;
	struct rest rest;
	uint64_t dropped;         /* records thrown away for lack of room */
	struct stream *dead[DEAD_MAX]; /* ended ones, a ring */
	size_t dead_next;
};

static int64_t clock_now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

static void wake_all(struct mux *mux)
{
	for (unsigned i = 0; i < mux->thread_count; i++)
		ingest_wake(mux->threads[i]);
}

/* Wakes who reads S. */
static void wake_reader(struct mux *mux, struct stream *s)
{
	if (s->split != NULL)
		wake_all(mux);
	else if (mux->thread_count > 0) /* else they have ended */
		ingest_wake(s->thread);
}

static void batch_freed(void *context, const struct batch *b)
{
	struct mux *mux = context;
	struct stream *s = b->stream;
	size_t half = mux->shared.stream_bytes / 2;
	size_t before = atomic_load(&s->in_flight);
	size_t low = mux->options.memory / 4 * 3;
	size_t total = channel_freed(mux->shared.channel, b);

	if (s->split != NULL || (before >= half && before - b->bytes < half))
		wake_reader(mux, s);
	if (total >= low && total - b->bytes < low)
		wake_all(mux);
}

static void open_share(struct mux *mux)
{
	const struct mux_options *o = &mux->options;
	size_t bytes = o->memory / SHARE_PART;

	mux->shared.share = share_new(bytes < SHARE_BYTES ? bytes : SHARE_BYTES, o->listeners,
		o->listener_count);
	mux->source_options.sharing = share_sharing(mux->shared.share);
}

/* Another mplog came through a connection, if it is one. */
static void greet(void *context, int fd, struct str hello)
{
	struct mux *mux = context;

	share_greet(mux->shared.share, fd, hello);
}

struct mux *mux_new(const struct mux_options *options)
{
	struct mux *mux = xcalloc(1, sizeof(*mux));

	formats_init();
	mux->options = *options;
	mux->last_source = &mux->sources;
	mux->shared.options = &mux->options;
	mux->shared.notices = notices_new();
	mux->shared.origins = origins_new();
	mux->shared.channel = channel_new(options->memory);
	mux->source_options = (struct source_options){
		.follow = options->follow,
		.from_start = options->history == HISTORY_ALL,
		.wait = options->wait,
		.restart = options->restart,
		.max_connections = options->max_connections,
		.max_frame = options->record_max > FRAME_LEAST ? options->record_max : FRAME_LEAST,
		.output_fd = options->output_fd,
		.notices = mux->shared.notices,
		.origins = mux->shared.origins,
	};
	if (options->listener_count > 0)
		open_share(mux);
	mux->shared.visitor = greet;
	mux->shared.visitor_context = mux;
	mux->merge = merge_new(options->window_ns, batch_freed, mux);
	if (options->order == ORDER_ARRIVAL)
		merge_set_arrival(mux->merge);
	if (options->order == ORDER_EXACT && !options->follow)
		mux->exact = exact_new(mux->shared.notices);
	return mux;
}

/* False if there is none. */
static bool take_list(struct mux *mux, struct source *list)
{
	*mux->last_source = list;
	while (*mux->last_source != NULL) {
		mux->source_count++;
		mux->last_source = &(*mux->last_source)->next;
	}
	return list != NULL;
}

bool mux_add(struct mux *mux, const char *spec, struct err *err)
{
	return take_list(mux, source_open(spec, &mux->source_options, err));
}

bool mux_add_list(struct mux *mux,
	struct source *(*open)(
		void *data, const struct source_options *options, struct err *err),
	void *data, struct err *err)
{
	return take_list(mux, open(data, &mux->source_options, err));
}

void mux_set_wait(struct mux *mux)
{
	mux->source_options.wait = true;
}

size_t mux_sources(const struct mux *mux)
{
	return mux->source_count;
}

size_t mux_label_width(const struct mux *mux)
{
	size_t width = 0;

	for (const struct source *s = mux->sources; s != NULL; s = s->next) {
		size_t len = strlen(s->origin->label);
		if (s->ops->read != NULL && len > width)
			width = len;
	}
	return width;
}

static size_t clamp(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return (unsigned)clamp(n > 0 ? (size_t)n : 1, 1, THREADS_MAX);
}

/* How many threads may read. Where nothing is filtered out, merging and writing is as much
 * work as reading, and has a processor to itself. */
static unsigned readers(const struct mux *mux)
{
	unsigned n = processors();

	return mux->options.filter_count == 0 && !mux->options.follow && n > 1 ? n - 1 : n;
}

/* Which thread reads the N-th source. Followed files share the first one, since a file may
 * be renamed into another's glob; the rest is spread. */
static unsigned thread_for(const struct mux *mux, const struct source *s, unsigned n)
{
	if (mux->options.follow && s->fd < 0)
		return 0;
	return (n + (mux->options.follow ? 1 : 0)) % mux->thread_count;
}

/* Closes the files of which no record can pass the filters: they need not be read. What
 * others write to is read all the same, lest they wait. */
static void drop_unwanted(struct mux *mux)
{
	const struct mux_options *o = &mux->options;
	struct filter_set *set = filter_set_new(o->filters, o->filter_count, NULL, NULL);
	struct source **at = &mux->sources;
	struct source *s;

	while ((s = *at) != NULL) {
		if (s->fd >= 0 || s->ops->read == NULL || filter_set_match_origin(set, s->origin)) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		mux->source_count--;
		source_close(s);
	}
	filter_set_free(set);
}

/* Whether the only source is a file that is worth being read by several threads. */
static bool is_big_file(struct mux *mux, struct source *s, uint64_t *size)
{
	const struct mux_options *o = &mux->options;

	return s != NULL && mux->source_count == 1 && s->ops->read_at != NULL && !o->follow &&
	       o->history == HISTORY_ALL && o->order != ORDER_EXACT && readers(mux) > 1 &&
	       s->ops->seek(s, 0, size) && *size >= SPLIT_LEAST;
}

static void make_threads(struct mux *mux, bool split)
{
	size_t count = mux->source_count > 0 ? mux->source_count : 1;
	unsigned most = readers(mux);

	mux->thread_count = count < most && !split ? (unsigned)count : most;
	mux->shared.block_bytes = clamp(BLOCKS_TOTAL / count, BLOCK_LEAST, BLOCK_MOST);
	mux->shared.stream_bytes = clamp(clamp(mux->options.memory / 2, 1, FLIGHT_TOTAL) / count,
		clamp(mux->options.memory / 2 / count, FLIGHT_BLOCKS * mux->shared.block_bytes,
			FLIGHT_LEAST), FLIGHT_MOST);
	mux->shared.live_bytes = mux->options.memory / 2 / count;
	if (mux->shared.live_bytes < mux->shared.stream_bytes)
		mux->shared.live_bytes = mux->shared.stream_bytes;
	for (unsigned i = 0; i < mux->thread_count; i++)
		mux->threads[i] = ingest_new(&mux->shared);
}

/* Where merging leaves time, this thread reads, too. */
static void lend_files(struct mux *mux)
{
	mux->helper = ingest_new(&mux->shared);
	for (unsigned i = 0; i < mux->thread_count; i++)
		ingest_lend(mux->threads[i], mux->helper);
}

void mux_start(struct mux *mux)
{
	struct source *next;
	struct stream *stream;
	unsigned n = 0;
	uint64_t size;
	bool split;

	drop_unwanted(mux);
	split = is_big_file(mux, mux->sources, &size);
	make_threads(mux, split);
	for (struct source *s = mux->sources; s != NULL; s = next) {
		struct ingest *t = mux->threads[thread_for(mux, s, n++)];
		next = s->next;
		s->next = NULL;
		stream = NULL;
		if (s->ops->read != NULL) {
			stream = stream_new(s->origin, t);
			stream->initial = true;
		}
		if (split)
			stream->split = split_new(s, stream, size);
		for (unsigned i = 0; i < (split ? mux->thread_count : 1); i++)
			ingest_add(split ? mux->threads[i] : t, s, stream);
		if (stream != NULL)
			merge_add_stream(mux->merge, stream);
	}
	mux->sources = NULL;
	if (mux->options.history != HISTORY_ALL && mux->exact == NULL)
		mux->history = history_new(mux->merge, mux->options.history);
	if (!mux->options.follow && !split && mux->thread_count < processors())
		lend_files(mux);
	for (unsigned i = 0; i < mux->thread_count; i++)
		ingest_start(mux->threads[i]);
}

/* Counts what was thrown away since the last time; says so at most once a second. */
static void count_dropped(struct mux *mux, struct stream *s)
{
	uint64_t total = atomic_load(&s->dropped);
	int64_t now = clock_now(CLOCK_MONOTONIC);

	mux->dropped += total - s->dropped_counted;
	s->dropped_counted = total;
	if (now - s->dropped_at < NS_PER_SECOND)
		return;
	notice_put(mux->shared.notices, "%s: dropped %llu records (total %llu)",
		s->origin->label, (unsigned long long)(total - s->dropped_said),
		(unsigned long long)total);
	s->dropped_said = total;
	s->dropped_at = now;
}

/* A stream that has ended and is used up is of no more use; its origin stays for a while,
 * since the driver may hold records of it. */
static void forget(struct mux *mux, struct stream *s)
{
	struct stream **place = &mux->dead[mux->dead_next++ % DEAD_MAX];

	merge_drop_stream(mux->merge, s);
	if (*place != NULL) {
		origin_free(mux->shared.origins, (*place)->origin);
		stream_free(*place);
	}
	*place = s;
}

static void take_batch(struct mux *mux, struct batch *b)
{
	struct stream *s = b->stream;
	struct batch *next;

	if (atomic_load(&s->dropped) != s->dropped_said)
		count_dropped(mux, s);
	if (mux->exact != NULL) {
		exact_add(mux->exact, b);
		b->count = 0; /* what it says of its source is left */
	}
	if (s->split == NULL) {
		merge_push(mux->merge, b);
		return;
	}
	for (b = split_order(s->split, b); b != NULL; b = next) {
		next = b->next;
		merge_push(mux->merge, b);
	}
	wake_all(mux);
}

static void push_waiting(struct mux *mux)
{
	struct batch *list, *next;

	while ((list = channel_take(mux->shared.channel)) != NULL) {
		for (struct batch *b = list; b != NULL; b = next) {
			next = b->next;
			take_batch(mux, b);
		}
	}
}

static void settle(struct mux *mux)
{
	struct stream *s;
	bool hurry = channel_bytes(mux->shared.channel) > mux->options.memory / 4 * 3;

	push_waiting(mux);
	merge_settle(mux->merge, clock_now(CLOCK_MONOTONIC), clock_now(CLOCK_REALTIME), hurry);
	if (mux->exact != NULL || mux->history != NULL) /* their records are needed still */
		return;
	while ((s = merge_dead_stream(mux->merge)) != NULL)
		forget(mux, s);
}

static bool something_to_do(struct mux *mux)
{
	if (notice_waiting(mux->shared.notices) || merge_ready(mux->merge))
		return true;
	return mux->history != NULL && !merge_reading_initial(mux->merge);
}

static bool at_end(struct mux *mux)
{
	if (atomic_load(&mux->shared.active) > 0)
		return false;
	settle(mux); /* what was pushed before the last source went */
	if (mux->exact != NULL && !mux->sorted) {
		exact_sort(mux->exact, mux->options.history);
		mux->sorted = true;
		return false;
	}
	return merge_finished(mux->merge) && !something_to_do(mux);
}

/* The sooner of TIMEOUT ms and when the merge can go on. */
static struct timespec *wait_time(const struct mux *mux, int timeout, struct timespec *ts)
{
	int64_t deadline = merge_deadline(mux->merge);
	int64_t now = clock_now(CLOCK_MONOTONIC);
	int64_t ns = timeout >= 0 ? timeout * NS_PER_MS : INT64_MAX;

	if (deadline != INT64_MAX && deadline - now < ns)
		ns = deadline > now ? deadline - now : 0;
	if (ns == INT64_MAX)
		return NULL;
	*ts = (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
	return ts;
}

/* The one that all wait for may read beyond its share. */
static void allow(struct mux *mux, struct stream *laggard)
{
	atomic_store(&laggard->allowance, atomic_load(&laggard->in_flight) +
		ALLOWANCE_BLOCKS * mux->shared.block_bytes);
}

static void wait_for_more(
	struct mux *mux, struct pollfd *extra, size_t extras, int timeout)
{
	struct pollfd fds[1 + MUX_EXTRAS_MAX];
	struct stream *laggard = merge_laggard(mux->merge);
	struct timespec ts;

	assert(extras <= MUX_EXTRAS_MAX);
	fds[0] = (struct pollfd){.fd = channel_fd(mux->shared.channel), .events = POLLIN};
	if (extras > 0)
		memcpy(fds + 1, extra, extras * sizeof(*extra));
	if (laggard != NULL) {
		allow(mux, laggard);
		wake_reader(mux, laggard);
		/* What is waited for is mostly there before one could fall asleep. */
		for (int i = 0; i < YIELDS && timeout != 0; i++) {
			if (!channel_await(mux->shared.channel, laggard))
				timeout = 0;
			else
				sched_yield();
		}
	}
	if (ppoll(fds, 1 + extras, wait_time(mux, timeout, &ts), NULL) < 0) {
		for (size_t i = 0; i < extras; i++)
			extra[i].revents = 0;
	} else if (extras > 0) {
		memcpy(extra, fds + 1, extras * sizeof(*extra));
	}
	if (laggard != NULL)
		atomic_store(&laggard->allowance, 0);
	else if (mux->options.follow)
		rest_after(&mux->rest, clock_now(CLOCK_MONOTONIC));
}

/* Reads what the merge waits for, rather than wait. False: others are at it. */
static bool help(struct mux *mux)
{
	struct stream *laggard = merge_laggard(mux->merge);
	bool helped;

	if (mux->helper == NULL || laggard == NULL)
		return false;
	channel_stay(mux->shared.channel);
	allow(mux, laggard);
	helped = ingest_help(mux->helper, laggard);
	atomic_store(&laggard->allowance, 0);
	return helped;
}

enum mux_state mux_wait(struct mux *mux, struct pollfd *extra, size_t extras, int timeout)
{
	settle(mux);
	/* The driver's descriptors are looked at even if there is always something to do. */
	if (something_to_do(mux)) {
		poll(extra, extras, 0);
		return MUX_READY;
	}
	if (at_end(mux))
		return MUX_END;
	if (mux->sorted)
		return MUX_READY;
	if (help(mux))
		poll(extra, extras, 0);
	else
		wait_for_more(mux, extra, extras, timeout);
	settle(mux);
	if (something_to_do(mux))
		return MUX_READY;
	return at_end(mux) ? MUX_END : MUX_IDLE;
}

/* The past, once all of it is there. */
static size_t next_of_past(struct mux *mux, const struct record **list, size_t most)
{
	history_fill(mux->history);
	if (merge_reading_initial(mux->merge))
		return 0;
	merge_flush(mux->merge);
	history_fill(mux->history);
	*list = history_next(mux->history);
	if (*list != NULL)
		return 1;
	history_free(mux->history);
	mux->history = NULL;
	return merge_next(mux->merge, list, most);
}

size_t mux_next(struct mux *mux, const struct record **list, size_t most)
{
	if (mux->exact != NULL)
		return mux->sorted && exact_next(mux->exact, list) ? 1 : 0;
	if (mux->history != NULL)
		return next_of_past(mux, list, most);
	return merge_next(mux->merge, list, most);
}

void mux_flush(struct mux *mux)
{
	settle(mux);
	merge_flush(mux->merge);
}

char *mux_notice(struct mux *mux)
{
	return notice_next(mux->shared.notices);
}

uint64_t mux_late(const struct mux *mux)
{
	return merge_late(mux->merge);
}

uint64_t mux_dropped(const struct mux *mux)
{
	return mux->dropped + atomic_load(&mux->shared.kernel_dropped);
}

uint64_t mux_cut_off(const struct mux *mux)
{
	return atomic_load(&mux->shared.cut_off);
}

bool mux_failed(const struct mux *mux)
{
	return atomic_load(&mux->shared.failed) ||
	       (mux->exact != NULL && exact_failed(mux->exact));
}

void mux_stop(struct mux *mux)
{
	for (unsigned i = 0; i < mux->thread_count; i++)
		ingest_stop(mux->threads[i]);
	/* Before the listeners are closed: others may take them. */
	if (mux->thread_count > 0 && mux->shared.share != NULL)
		share_close(mux->shared.share);
	for (unsigned i = 0; i < mux->thread_count; i++)
		ingest_free(mux->threads[i]);
	mux->thread_count = 0;
	ingest_free(mux->helper);
	mux->helper = NULL;
}

void mux_free(struct mux *mux)
{
	struct source *next;

	if (mux == NULL)
		return;
	mux_stop(mux);
	for (struct source *s = mux->sources; s != NULL; s = next) {
		next = s->next;
		source_close(s);
	}
	push_waiting(mux);
	exact_free(mux->exact);
	history_free(mux->history);
	merge_free(mux->merge);
	channel_free(mux->shared.channel);
	share_free(mux->shared.share);
	for (size_t i = 0; i < DEAD_MAX; i++)
		stream_free(mux->dead[i]);
	notices_free(mux->shared.notices);
	origins_free(mux->shared.origins);
	free(mux);
}
