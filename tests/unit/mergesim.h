/*
 * mergesim: for tests of the merge: streams on simulated clocks. A test makes up what
 * each stream brings and when; sim_run drives the merge as the mux drives it and holds
 * each step against what design.md section 3 promises.
 */
#ifndef TESTS_MERGESIM_H
#define TESTS_MERGESIM_H

#include "merge/merge.h"

#include "mergekit.h"

#define STREAMS_MAX 8
#define WINDOW (250 * MS)

/* A record on its way. */
struct item {
	int64_t key;
	uint32_t stream;
	uint32_t place; /* in its stream */
	bool kept;      /* by the filters */
	bool wild;
	bool pushed, released, late;
	bool below; /* of what was released when it was pushed */
	int64_t pushed_at, released_at;
};

/* Items of one stream that come together, and what happens after them. */
struct push {
	int64_t at;
	int64_t arrival;
	uint32_t stream;
	uint32_t first, count; /* places in the stream */
	enum batch_event event;
	uint32_t order;
};

struct sim {
	struct merge *merge;
	struct origin origins[STREAMS_MAX];
	struct stream *streams[STREAMS_MAX];
	enum stream_state states[STREAMS_MAX];
	struct item *items[STREAMS_MAX];
	uint32_t counts[STREAMS_MAX];
	uint32_t stream_count;
	struct push *pushes;
	uint32_t push_count, push_cap;
	/* What came out. */
	struct item **out;
	uint32_t out_count;
	uint32_t waiting; /* pushed and not yet out */
	int64_t greatest; /* key so far */
	int64_t released; /* likewise, but for those of the future */
	int64_t wall;     /* wall clock minus monotonic clock; FOREVER: no live streams */
	uint64_t flags;
	size_t bytes;      /* pushed and not yet freed */
	uint32_t oldest;   /* the first push that may have something left */
	int64_t tick;      /* settles so often while something waits; 0: when it must */
	const char *fault; /* what went wrong first */
};

static inline void blame(struct sim *sim, const char *fault)
{
	if (sim->fault == NULL)
		sim->fault = fault;
}

static inline void freed(void *context, const struct batch *b)
{
	struct sim *sim = context;

	sim->bytes -= b->bytes;
}

static inline void sim_init(struct sim *sim, uint32_t streams)
{
	*sim = (struct sim){.stream_count = streams,
		.wall = KIT_WALL,
		.greatest = INT64_MIN,
		.released = INT64_MIN};
	sim->merge = merge_new(WINDOW, freed, sim);
	for (uint32_t i = 0; i < streams; i++)
		sim->origins[i].index = i;
}

static inline void sim_add_stream(struct sim *sim, uint32_t i, enum stream_state state)
{
	sim->streams[i] = kit_stream(&sim->origins[i], state);
	sim->streams[i]->initial = true;
	sim->states[i] = state;
}

static inline void sim_clear(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->stream_count; i++) {
		free(sim->items[i]);
		if (sim->streams[i] != NULL && !sim->streams[i]->registered)
			stream_free(sim->streams[i]); /* never came */
	}
	merge_free(sim->merge);
	free(sim->pushes);
	free(sim->out);
}

static inline struct item *items_of(struct sim *sim, uint32_t stream, uint32_t count)
{
	sim->items[stream] = xcalloc(count + 1, sizeof(struct item));
	sim->counts[stream] = count;
	for (uint32_t i = 0; i < count; i++) {
		sim->items[stream][i].stream = stream;
		sim->items[stream][i].place = i;
		sim->items[stream][i].kept = true;
	}
	return sim->items[stream];
}

static inline void push_later(struct sim *sim, struct push p)
{
	if (sim->push_count == sim->push_cap) {
		sim->push_cap = sim->push_cap > 0 ? 2 * sim->push_cap : 64;
		sim->pushes = xrealloc(sim->pushes, sim->push_cap * sizeof(p));
	}
	p.order = sim->push_count;
	sim->pushes[sim->push_count++] = p;
}

static inline int by_time(const void *a, const void *b)
{
	const struct push *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Sorts and makes room for what comes out. */
static inline void sim_prepare(struct sim *sim)
{
	uint32_t total = 0;

	if (sim->push_count > 0)
		qsort(sim->pushes, sim->push_count, sizeof(*sim->pushes), by_time);
	for (uint32_t i = 0; i < sim->stream_count; i++)
		total += sim->counts[i];
	sim->out = xcalloc(total + 1, sizeof(*sim->out));
}

static inline void note_event(struct sim *sim, uint32_t stream, enum batch_event event)
{
	static const enum stream_state states[] = {[BATCH_READING] = STREAM_READING,
		[BATCH_LIVE] = STREAM_LIVE,
		[BATCH_DONE] = STREAM_DONE};

	if (event != BATCH_MORE)
		sim->states[stream] = states[event];
}

static inline bool any_stream(const struct sim *sim, enum stream_state state)
{
	for (uint32_t i = 0; i < sim->stream_count; i++) {
		if (sim->states[i] == state)
			return true;
	}
	return false;
}

static inline void push_now(struct sim *sim, const struct push *p)
{
	struct item *items = sim->items[p->stream] + p->first;
	struct batch *b = kit_batch(sim->streams[p->stream], p->count, p->arrival);

	if (!b->stream->registered)
		sim->states[p->stream] = b->stream->state;
	for (uint32_t i = 0; i < p->count; i++) {
		b = kit_add(b, items[i].place, items[i].key, items[i].kept);
		items[i].pushed = true;
		items[i].pushed_at = p->at;
		sim->waiting += items[i].kept;
		items[i].below = items[i].key < sim->released;
	}
	b->event = p->event;
	sim->bytes += b->bytes;
	note_event(sim, p->stream, p->event);
	merge_push(sim->merge, b);
}

static inline void take(struct sim *sim, const struct record *r, int64_t now)
{
	struct item *item;
	bool late = r->flags & RECORD_LATE;

	if (!kit_text_good(r) || r->sequence >= sim->counts[r->origin->index]) {
		blame(sim, "a record is not what it was");
		return;
	}
	item = &sim->items[r->origin->index][r->sequence];
	if (item->released || !item->pushed || !item->kept || r->key != item->key)
		blame(sim, "a record came twice, unasked or with another key");
	if (late && r->key >= sim->greatest)
		blame(sim, "flagged late and is not");
	if (!late && r->key < sim->released)
		blame(sim, "goes behind a later one unflagged");
	if (r->key > sim->greatest)
		sim->greatest = r->key;
	if (r->key > sim->released && r->key <= sim->wall + now)
		sim->released = r->key;
	sim->flags += late;
	item->late = late;
	item->released = true;
	item->released_at = now;
	sim->out[sim->out_count++] = item;
	sim->waiting--;
}

/* What must have gone by NOW has gone: what waited for the window, and what came late. */
static inline void check_left(struct sim *sim, uint32_t pushed, int64_t now)
{
	bool reading = any_stream(sim, STREAM_READING);
	bool left = false;

	for (uint32_t i = sim->oldest; i < pushed; i++) {
		const struct push *p = &sim->pushes[i];
		bool old = now > p->at + WINDOW + MS;
		if (!old && p->at != now && left)
			continue;
		for (uint32_t k = 0; k < p->count; k++) {
			const struct item *item = &sim->items[p->stream][p->first + k];
			if (!item->kept || item->released)
				continue;
			left = true;
			if (old && !reading)
				blame(sim, "a live record waited longer than the window");
			if (item->below)
				blame(sim, "a late record had to wait");
		}
		if (!left)
			sim->oldest = i + 1;
	}
}

static inline void settle(struct sim *sim, uint32_t pushed, int64_t now)
{
	const struct record *list[7];
	struct stream *dead;
	size_t n;

	merge_settle(sim->merge, now, KIT_WALL + now, false);
	while ((n = merge_next(sim->merge, list, 7)) > 0) {
		for (size_t i = 0; i < n; i++)
			take(sim, list[i], now);
	}
	if (merge_ready(sim->merge))
		blame(sim, "ready, but gives nothing");
	merge_settle(sim->merge, now, KIT_WALL + now, false);
	if (merge_ready(sim->merge))
		blame(sim, "settling again without news gives more");
	while ((dead = merge_dead_stream(sim->merge)) != NULL) {
		if (sim->states[dead->origin->index] != STREAM_DONE)
			blame(sim, "a stream is dead that is not done");
		sim->streams[dead->origin->index] = NULL;
		merge_drop_stream(sim->merge, dead);
		stream_free(dead);
		merge_settle(sim->merge, now, KIT_WALL + now, false);
	}
	if (merge_deadline(sim->merge) <= now)
		blame(sim, "a deadline that has passed: a busy loop");
	check_left(sim, pushed, now);
}

/* Everything in time order, as the mux does it: settle after each push and at each
 * deadline. */
static inline void sim_run(struct sim *sim)
{
	int64_t now = 0, at;
	uint32_t next = 0;

	sim_prepare(sim);
	for (uint32_t i = 0; i < sim->stream_count; i++) {
		if (sim->streams[i] != NULL && sim->streams[i]->initial)
			merge_add_stream(sim->merge, sim->streams[i]);
	}
	settle(sim, 0, now);
	while (sim->fault == NULL) {
		at = merge_deadline(sim->merge);
		if (sim->tick > 0 && sim->waiting > 0 && now + sim->tick < at)
			at = now + sim->tick;
		if (next < sim->push_count && sim->pushes[next].at < at)
			at = sim->pushes[next].at;
		if (at == INT64_MAX)
			break;
		now = at;
		while (next < sim->push_count && sim->pushes[next].at == now)
			push_now(sim, &sim->pushes[next++]);
		settle(sim, next, now);
	}
}

/* What holds at the end of each run. */
static inline void check_end(struct sim *sim)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < sim->stream_count; i++) {
		for (uint32_t k = 0; k < sim->counts[i]; k++)
			kept += sim->items[i][k].kept;
	}
	if (sim->out_count != kept)
		blame(sim, "something is lost");
	if (merge_late(sim->merge) != sim->flags)
		blame(sim, "late records are counted wrong");
	if (sim->bytes != 0)
		blame(sim, "batches were not given back");
}

static inline bool in_place(const struct item *a, const struct item *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	if (a->stream != b->stream)
		return a->stream < b->stream;
	return a->place < b->place;
}

/* Whether the output is sorted by key, stream and place, but for wild ones. */
static inline void check_sorted(struct sim *sim)
{
	const struct item *before = NULL;

	for (uint32_t i = 0; i < sim->out_count; i++) {
		if (sim->out[i]->wild)
			continue;
		if (sim->out[i]->late)
			blame(sim, "late, and need not be");
		if (before != NULL && !in_place(before, sim->out[i]))
			blame(sim, "not the stable order");
		before = sim->out[i];
	}
}

static inline bool finish(struct sim *sim)
{
	const char *fault = sim->fault;

	if (fault != NULL)
		printf("# %s\n", fault);
	sim_clear(sim);
	return fault == NULL;
}

/*
 * What streams bring.
 */

struct sortable {
	int64_t by;
	int64_t key;
};

static inline int by_by(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	return x->by < y->by ? -1 : x->by > y->by;
}

/* Keys that rise by STEP at most and are then moved by MOST places at most. */
static inline void make_keys(struct rng *r, struct item *items, uint32_t count,
	int64_t from, int64_t step, uint32_t most)
{
	struct sortable *all = xcalloc(count + 1, sizeof(*all));

	for (uint32_t i = 0; i < count; i++) {
		from += rng_span(r, 0, step);
		all[i] = (struct sortable){
			((int64_t)i + rng_below(r, most + 1)) * count + i, from};
	}
	qsort(all, count, sizeof(*all), by_by);
	for (uint32_t i = 0; i < count; i++)
		items[i].key = all[i].key;
	free(all);
}

/* Pushes the items from FIRST on in batches, from time AT on, with EVENT last. */
static inline int64_t push_reading(struct sim *sim, struct rng *r, uint32_t stream,
	uint32_t count, int64_t at, enum batch_event event)
{
	uint32_t place = 0,
		 most = rng_percent(r, 50) ? BATCH_RECORDS : 1 + rng_below(r, 50);
	int64_t pause = rng_percent(r, 50) ? 0 : 1 + rng_below(r, 3 * MS);

	while (place < count) {
		uint32_t n = 1 + rng_below(r, most);
		n = n > count - place ? count - place : n;
		at += rng_span(r, 0, pause);
		push_later(sim, (struct push){at, at, stream, place, n, BATCH_MORE, 0});
		place += n;
	}
	push_later(sim, (struct push){at, at, stream, place, 0, event, 0});
	return at;
}

/* One of fifty lies, never two in a row. */
static inline void make_wild(struct rng *r, struct item *items, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		if (items[i - 1].wild || !rng_percent(r, 2))
			continue;
		items[i].wild = true;
		items[i].key = rng_percent(r, 50) ? rng_below(r, 1000) : 2 * KIT_WALL;
	}
}

struct live {
	int64_t delay;     /* from stamp to arrival, at most */
	unsigned disorder; /* percent of records that overtake others of their stream */
	unsigned wild;     /* percent */
	bool shared;       /* many write it: their delays differ */
};

/* A stream with records from AT on; returns when its last one came. */
static inline int64_t make_live(struct sim *sim, struct rng *r, uint32_t stream,
	uint32_t count, uint32_t first, int64_t at, const struct live *live)
{
	struct item *items = sim->items[stream];
	int64_t gap = rng_percent(r, 30)   ? 400 * MS
		      : rng_percent(r, 50) ? 20 * MS
					   : MS / 10;
	int64_t lag = rng_percent(r, 50) ? 0 : rng_span(r, 0, live->delay);
	int64_t arrived = at, stamp = at;
	uint32_t place = first;

	while (place < count) {
		uint32_t n = rng_percent(r, 70) ? 1 : 1 + rng_below(r, 30);
		struct push p = {0, 0, stream, place, 0, BATCH_MORE, 0};
		for (; p.count < n && place < count; p.count++, place++) {
			int64_t late =
				rng_percent(r, 10) ? rng_span(r, 0, live->delay) : lag;
			stamp += rng_span(r, 0, p.count == 0 ? gap : MS / 50);
			items[place].key = stamp;
			if (live->shared || live->disorder > 0)
				late = 0;
			if (live->shared || rng_percent(r, live->disorder))
				items[place].key -= rng_span(r, 0, live->delay);
			if (stamp + late > arrived)
				arrived = stamp + late;
		}
		for (uint32_t i = p.first; i < place; i++) {
			int64_t key = items[i].key;
			if (rng_percent(r, live->wild)) {
				items[i].wild = true;
				key = rng_percent(r, 50) ? -KIT_WALL + 5 : INT64_MAX;
			}
			items[i].key = KIT_WALL + (key < arrived ? key : arrived);
		}
		p.at = arrived;
		p.arrival =
			rng_percent(r, 80) ? arrived : arrived - rng_span(r, 0, 10 * MS);
		push_later(sim, p);
	}
	return arrived;
}

/* What all live runs have in common. */

#endif
