/*
 * merge: a tournament of streams by their least record, and a watermark below which nothing is
 * expected any more. The watermark is computed once a step, not for every record.
 */
#include "merge/merge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "merge/pending.h"
#include "merge/tournament.h"

#define MARKS_EXACT 4096            /* more marks than this are kept to the millisecond */
#define MARK_STEP INT64_C(1000000) /* ns */

/* What had come by a time: after the window it goes out, whoever is still silent. */
struct mark {
	int64_t arrival;
	int64_t key;
};

struct merge {
	int64_t window;
	void (*freed)(void *context, const struct batch *b);
	void *context;
	struct stream **streams;     /* by slot, in the order of their origins; NULL: gone */
	size_t slots, slot_cap;
	size_t waiting;              /* streams that have records */
	struct tournament tournament;
	struct mark *marks;          /* a ring */
	size_t mark_first, mark_count, mark_cap;
	int64_t expired;             /* the greatest key that has waited for the window */
	int64_t bound;               /* the watermark: keys up to it may go ... */
	uint32_t bound_index;        /* ... of equal ones those of streams up to this */
	int64_t released;            /* the greatest key that went, but for the future's */
	int64_t newest;              /* the greatest key that came */
	int64_t settled;             /* monotonic time of the last settle */
	int64_t wall;                /* and the wall clock, INT64_MAX if nothing is live */
	struct stream *laggard;
	struct stream *dead;         /* those seen at the last settle, a list */
	struct stream *streak;       /* gave the last record */
	struct batch *used;          /* a list, freed at the next call */
	struct batch *last;          /* holds the records of the last merge_next */
	uint64_t late;
	bool arrival;                /* keys are arrivals */
};

struct merge *merge_new(int64_t window,
	void (*freed)(void *context, const struct batch *b), void *context)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	m->window = window;
	m->freed = freed;
	m->context = context;
	m->expired = m->bound = m->released = INT64_MIN;
	m->newest = m->settled = INT64_MIN;
	m->wall = INT64_MAX;
	return m;
}

static void free_batch(struct merge *m, struct batch *b)
{
	if (b->refs > 0)
		return;
	m->freed(m->context, b);
	batch_free(b);
}

static void free_used(struct merge *m)
{
	struct batch *next;

	for (struct batch *b = m->used; b != NULL; b = next) {
		next = b->next;
		b->used = false;
		free_batch(m, b);
	}
	m->used = NULL;
	m->last = NULL;
}

void merge_free(struct merge *m)
{
	if (m == NULL)
		return;
	free_used(m);
	for (size_t i = 0; i < m->slots; i++) {
		if (m->streams[i] != NULL)
			pending_clear(m->streams[i]);
		stream_free(m->streams[i]);
	}
	free(m->streams);
	tournament_free(&m->tournament);
	free(m->marks);
	free(m);
}

static struct stream *top_stream(const struct merge *m)
{
	return m->streams[tournament_top(&m->tournament)];
}

/* Says where S stands: the key of its least record. */
static void announce(struct merge *m, struct stream *s)
{
	const struct record *head = pending_head(s);

	if (s->waiting)
		m->waiting--;
	s->waiting = head != NULL;
	if (s->waiting)
		m->waiting++;
	tournament_set(&m->tournament, s->slot, head != NULL ? head->key : NO_KEY);
}

/* Gives out the slots anew, without gaps, in the order of the streams. */
static void renumber(struct merge *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->slots; i++) {
		if (m->streams[i] != NULL)
			m->streams[kept++] = m->streams[i];
	}
	for (size_t i = kept; i < m->slots; i++)
		tournament_set(&m->tournament, (uint32_t)i, NO_KEY);
	m->slots = kept;
	for (size_t i = 0; i < m->slots; i++) {
		m->streams[i]->slot = (uint32_t)i;
		announce(m, m->streams[i]);
	}
}

static void make_slot(struct merge *m)
{
	if (m->slots < m->slot_cap)
		return;
	renumber(m);
	if (m->slots < m->slot_cap - m->slot_cap / 4)
		return;
	m->slot_cap = m->slot_cap > 0 ? 2 * m->slot_cap : 16;
	m->streams = xrealloc(m->streams, m->slot_cap * sizeof(struct stream *));
	tournament_resize(&m->tournament, m->slot_cap);
}

/* Slots are in the order of the command line: of equal keys the lower slot goes first. */
void merge_add_stream(struct merge *m, struct stream *s)
{
	size_t at;

	if (s->registered)
		return;
	s->registered = true;
	s->last_key = INT64_MIN;
	s->slack = s->slack_least;
	make_slot(m);
	at = m->slots++;
	while (at > 0 && (m->streams[at - 1] == NULL ||
				 m->streams[at - 1]->origin->index > s->origin->index)) {
		m->streams[at] = m->streams[at - 1];
		at--;
	}
	m->streams[at] = s;
	s->slot = (uint32_t)at;
	if (at + 1 < m->slots)
		renumber(m);
}

void merge_drop_stream(struct merge *m, struct stream *s)
{
	assert(s->state == STREAM_DONE && !s->waiting);
	assert(m->dead == s);
	m->dead = s->next_dead;
	m->streams[s->slot] = NULL;
	s->registered = false;
}

static void mark_push(struct merge *m, int64_t arrival, int64_t key)
{
	struct mark *last;

	if (m->mark_count > MARKS_EXACT)
		arrival += MARK_STEP - 1 - (arrival - 1) % MARK_STEP;
	if (m->mark_count > 0) {
		last = &m->marks[(m->mark_first + m->mark_count - 1) % m->mark_cap];
		if (arrival == last->arrival) {
			last->key = key > last->key ? key : last->key;
			return;
		}
	}
	if (m->mark_count == m->mark_cap) {
		size_t cap = m->mark_cap > 0 ? 2 * m->mark_cap : 64;
		struct mark *marks = xmalloc(cap * sizeof(*marks));
		for (size_t i = 0; i < m->mark_count; i++)
			marks[i] = m->marks[(m->mark_first + i) % m->mark_cap];
		free(m->marks);
		m->marks = marks;
		m->mark_cap = cap;
		m->mark_first = 0;
	}
	m->marks[(m->mark_first + m->mark_count++) % m->mark_cap] = (struct mark){arrival, key};
}

/* How much a live stream is out of order decides how long it waits for itself. */
static void learn_slack(struct merge *m, struct stream *s, const struct batch *b)
{
	int64_t back = s->last_key != INT64_MIN && b->least_key < s->last_key
			       ? s->last_key - b->least_key : 0;

	if (back > m->window / 2)
		back = m->window / 2;
	if (2 * back > s->slack)
		s->slack = 2 * back;
	else
		s->slack -= (s->slack - s->slack_least) / 256;
}

/* Its past says nothing about what it will bring: that may even have had stamps of the
 * future. */
static void enter_live(struct stream *s)
{
	s->state = STREAM_LIVE;
	s->last_key = INT64_MIN;
}

static void take_event(struct stream *s, enum batch_event event)
{
	if (event == BATCH_READING)
		s->state = STREAM_READING;
	else if (event == BATCH_LIVE)
		enter_live(s);
	else if (event == BATCH_DONE)
		s->state = STREAM_DONE;
}

void merge_push(struct merge *m, struct batch *b)
{
	struct stream *s = b->stream;
	int64_t greatest;

	merge_add_stream(m, s);
	if (b->event == BATCH_READING)
		s->state = STREAM_READING;
	if (b->scanned > 0) {
		if (s->state == STREAM_READING)
			lookahead_add(&s->lookahead, b);
		else
			learn_slack(m, s, b);
		s->last_key = b->last_key;
		s->last_arrival = b->arrival;
	}
	take_event(s, b->event);
	if (b->count == 0) {
		free_batch(m, b);
		return;
	}
	b->past = s->initial && s->state == STREAM_READING;
	batch_sort(b);
	greatest = b->records[b->count - 1].key;
	m->newest = greatest > m->newest ? greatest : m->newest;
	mark_push(m, b->arrival, greatest);
	pending_push(s, b);
	announce(m, s);
}

bool merge_ready(const struct merge *m)
{
	int64_t key = tournament_key(&m->tournament);

	if (m->waiting == 0 || key > m->bound)
		return false;
	return key < m->bound || top_stream(m)->origin->index <= m->bound_index;
}

/* A past may have stamps of the future, and the wall clock may be set back: once such
 * records have gone, what comes live is neither late nor to be let through for that. */
static void forget_future(struct merge *m)
{
	if (m->released > m->wall)
		m->released = m->wall - m->window;
	if (m->bound <= m->wall)
		return;
	if (m->expired <= m->bound)
		m->expired = m->released;
	m->bound = m->released;
	m->bound_index = UINT32_MAX;
}

static int64_t live_frontier(const struct stream *s, int64_t now)
{
	if (s->last_key == INT64_MIN || s->slack == 0 || now - s->last_arrival >= s->slack)
		return s->last_key;
	return s->last_key - s->slack;
}

static void expire_marks(struct merge *m, int64_t now)
{
	while (m->mark_count > 0 && m->marks[m->mark_first].arrival <= now - m->window) {
		if (m->marks[m->mark_first].key > m->expired)
			m->expired = m->marks[m->mark_first].key;
		m->mark_first = (m->mark_first + 1) % m->mark_cap;
		m->mark_count--;
	}
}

/* Raises the watermark to (KEY, INDEX) if that is higher; it never goes back. */
static void raise_bound(struct merge *m, int64_t key, uint32_t index)
{
	if (key > m->bound || (key == m->bound && index > m->bound_index)) {
		m->bound = key;
		m->bound_index = index;
	}
}

void merge_settle(struct merge *m, int64_t now, int64_t wall, bool hurry)
{
	int64_t live = INT64_MAX, reading = INT64_MAX;
	uint32_t reading_index = UINT32_MAX;

	m->settled = now;
	m->laggard = m->dead = NULL;
	for (size_t i = 0; i < m->slots; i++) {
		struct stream *s = m->streams[i];
		int64_t key;
		if (s == NULL)
			continue;
		if (s->state == STREAM_LIVE) {
			key = live_frontier(s, now);
			live = key < live ? key : live;
		} else if (s->state == STREAM_READING && !(hurry && s->passing)) {
			key = lookahead_frontier(&s->lookahead);
			if (m->laggard == NULL || key < reading ||
				(key == reading && s->origin->index < reading_index)) {
				reading = key;
				reading_index = s->origin->index;
				m->laggard = s;
			}
		} else if (s->state == STREAM_DONE && !s->waiting && m->used == NULL) {
			s->next_dead = m->dead;
			m->dead = s;
		}
	}
	m->wall = live != INT64_MAX ? wall : INT64_MAX;
	if (!merge_ready(m))
		forget_future(m);
	expire_marks(m, now);
	/* Where nobody is waited for, what is there may go, and no more: others may join. */
	if (m->arrival || live == INT64_MAX)
		live = m->newest;
	if (live < m->expired)
		live = m->expired;
	if (reading <= live)
		raise_bound(m, reading, reading_index);
	else
		raise_bound(m, live, UINT32_MAX);
}

void merge_flush(struct merge *m)
{
	raise_bound(m, m->newest, UINT32_MAX);
}

void merge_set_arrival(struct merge *m)
{
	m->arrival = true;
}

/* The greatest key that S, which is at the top, may go up to. */
static int64_t run_limit(const struct merge *m, const struct stream *s)
{
	int64_t limit = tournament_limit(&m->tournament);
	int64_t most = s->origin->index <= m->bound_index ? m->bound : m->bound - 1;
	int64_t rival = s->chain_count > 1 ? pending_rival(s) : INT64_MAX;

	limit = most < limit ? most : limit;
	if (rival != INT64_MAX && rival > INT64_MIN && rival - 1 < limit)
		limit = rival - 1;
	return limit;
}

/* Flags what comes after a later one. */
static void flag_late(struct merge *m, struct record *records, uint32_t n)
{
	for (uint32_t i = 0; i < n && records[i].key < m->released; i++) {
		if (records[i].time == TIME_NONE || records[i].flags & RECORD_CONTINUED)
			continue; /* it is where it came */
		records[i].flags |= RECORD_LATE;
		m->late++;
	}
}

static void raise_released(struct merge *m, const struct record *records, uint32_t n)
{
	while (n > 0 && records[n - 1].key > m->wall)
		n--;
	if (n > 0 && records[n - 1].key > m->released)
		m->released = records[n - 1].key;
}

/* N records of S, of LEFT in its batch, have gone. What its next turn will read is loaded
 * meanwhile: another processor wrote it. */
static void advance(struct merge *m, struct stream *s, const struct record *next, uint32_t n,
	uint32_t left)
{
	struct batch *used;

	if (n == left || s->chain_count > 1) {
		used = pending_pop(s, n);
		if (used != NULL) {
			used->used = true;
			used->next = m->used;
			m->used = used;
		}
		announce(m, s);
		return;
	}
	m->last->cursor += n;
	__builtin_prefetch(next->text);
	__builtin_prefetch(next->text + 64);
	if (n + 2 < left)
		__builtin_prefetch(next + 2);
	tournament_set(&m->tournament, s->slot, next->key);
}

/* Takes the top stream's next records, at most MOST: how far it may go is only asked once
 * it has had two turns together. */
static uint32_t take_run(struct merge *m, const struct record **list, size_t most)
{
	struct stream *s = top_stream(m);
	struct batch *b = pending_batch(s);
	struct record *first = &b->records[b->cursor];
	uint32_t left = b->count - b->cursor;
	uint32_t n = 1;
	int64_t limit;

	if (s == m->streak && left > 1) {
		limit = run_limit(m, s);
		while (n < left && n < most && first[n].key <= limit)
			n++;
	}
	m->streak = s;
	m->last = b;
	if (first->key < m->released && !m->arrival)
		flag_late(m, first, n);
	raise_released(m, first, n);
	for (uint32_t i = 0; i < n; i++)
		list[i] = &first[i];
	advance(m, s, first + n, n, left);
	return n;
}

size_t merge_next(struct merge *m, const struct record **list, size_t most)
{
	size_t n = 0;

	free_used(m);
	while (n < most && merge_ready(m))
		n += take_run(m, list + n, most - n);
	if (n == 0)
		forget_future(m);
	return n;
}

struct batch *merge_keep(struct merge *m)
{
	m->last->refs++;
	return m->last;
}

void merge_release(struct merge *m, struct batch *b)
{
	assert(b->refs > 0);
	b->refs--;
	if (b->refs == 0 && b->cursor == b->count && !b->used)
		free_batch(m, b);
}

int64_t merge_deadline(const struct merge *m)
{
	int64_t deadline = INT64_MAX;

	if (m->waiting == 0)
		return INT64_MAX;
	if (m->mark_count > 0)
		deadline = m->marks[m->mark_first].arrival + m->window;
	for (size_t i = 0; i < m->slots; i++) {
		const struct stream *s = m->streams[i];
		int64_t due;
		if (s == NULL)
			continue;
		due = s->last_arrival + s->slack;
		if (s->state != STREAM_LIVE || s->last_key == INT64_MIN)
			continue;
		if (due > m->settled && due < deadline)
			deadline = due;
	}
	return deadline;
}

struct stream *merge_laggard(const struct merge *m)
{
	return m->laggard;
}

bool merge_finished(const struct merge *m)
{
	for (size_t i = 0; i < m->slots; i++) {
		if (m->streams[i] != NULL && m->streams[i]->state != STREAM_DONE)
			return false;
	}
	return m->waiting == 0;
}

bool merge_reading_initial(const struct merge *m)
{
	for (size_t i = 0; i < m->slots; i++) {
		const struct stream *s = m->streams[i];
		if (s != NULL && s->initial && s->state == STREAM_READING)
			return true;
	}
	return false;
}

struct stream *merge_dead_stream(const struct merge *m)
{
	return m->dead;
}

uint64_t merge_late(const struct merge *m)
{
	return m->late;
}
