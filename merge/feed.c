/*
 * feed: reading one source. A live one is never stopped unless the user said block; a
 * file waits where it is.
 */
#include "merge/feed.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/stamp.h"
#include "merge/share.h"
#include "merge/split.h"

#define HISTORY_FIRST 65536 /* bytes of the end of a file looked at first */
#define HISTORY_SPARE 64    /* records before the last ones: some may be newer than those */
#define FRAME_ROOM 65536    /* the greatest datagram */
#define SHARED_SLACK INT64_C(50000000) /* ns that a FIFO waits for itself, at most */

void feed_init(struct feed *f, struct ingest_shared *shared, struct source *source,
	struct stream *stream, const struct reader_options *options)
{
	bool arrival = shared->options->order == ORDER_ARRIVAL;
	bool exact = shared->options->order == ORDER_EXACT && !shared->options->follow;
	bool live = source->live || (shared->options->any_order && source->fd >= 0);

	*f = (struct feed){.source = source, .stream = stream, .shared = shared,
		.ready = true, .live = live};
	if (stream == NULL)
		return;
	stream->written = source->live ? 0 : source->written;
	reader_init(&f->reader, options, stream);
	f->replays = source->replays;
	f->reading = !live || source->fd < 0 || f->replays;
	/* One that ends has no present to be caught up with. */
	f->judged = f->reading || !source->live;
	stream->passing = live && source->fd >= 0;
	stream->state = f->reading ? STREAM_READING : STREAM_LIVE;
	f->reader.copying = options->filters != NULL && !live;
	stream->seekable = exact && source->ops->seek != NULL;
	if (arrival)
		f->reader.keys = live ? KEYS_ARRIVAL : KEYS_SOURCE;
	else
		f->reader.keys = f->reading && !f->replays ? KEYS_TIME : KEYS_LIVE;
	if (source->ops->shared) {
		stream->slack_least = shared->options->window_ns / 5;
		if (stream->slack_least > SHARED_SLACK)
			stream->slack_least = SHARED_SLACK;
	}
}

void feed_clear(struct feed *f)
{
	if (f->stream != NULL)
		reader_clear(&f->reader);
	if (f->split != NULL && !split_leave(f->split))
		return; /* another feed has the source still */
	if (f->source != NULL)
		source_close(f->source);
}

/* Files wait where they are. Who writes to the others must not feel that it is watched. */
static bool keeps_up(const struct feed *f)
{
	return f->live && f->source->fd >= 0;
}

static bool droppable(const struct feed *f)
{
	return keeps_up(f) && f->source->live && !f->source->ops->waits &&
	       f->shared->options->drop;
}

bool feed_allowed(const struct feed *f)
{
	size_t in_flight, most;

	if (f->split != NULL)
		return split_allowed(f);
	if (f->stream == NULL || droppable(f))
		return true;
	if (keeps_up(f))
		return channel_bytes(f->shared->channel) < f->shared->options->memory;
	in_flight = atomic_load(&f->stream->in_flight);
	most = f->reading ? f->shared->stream_bytes : f->shared->live_bytes;
	return in_flight < most ||
	       in_flight < atomic_load(&f->stream->allowance);
}

static void push_all(struct feed *f, bool flush)
{
	struct batch *b;

	while ((b = reader_take(&f->reader, flush)) != NULL)
		channel_push(f->shared->channel, b, droppable(f));
}

/* Tells the merge what became of the source after all that was pushed. */
static void push_event(struct feed *f, enum batch_event event)
{
	struct batch *b;

	push_all(f, true);
	b = batch_new(f->stream, 1);
	b->event = event;
	channel_push(f->shared->channel, b, false);
}

static void caught_up(struct feed *f)
{
	if (!f->reading)
		return;
	reader_pause(&f->reader, false);
	f->reading = false;
	if (f->reader.keys == KEYS_TIME)
		f->reader.keys = KEYS_LIVE;
	push_event(f, BATCH_LIVE);
}

/* A past that is replayed comes faster than it was. What stays behind has another clock,
 * and others must not wait for that. */
static bool comes_closer(const struct feed *f, int64_t behind, const struct moment *now)
{
	int64_t elapsed = now->mono - f->behind_since;

	return elapsed < f->shared->options->window_ns || f->behind_by - behind >= elapsed;
}

/* A pipe or connection may bring its past before its present: see whether its newest
 * record is older than the window. */
static void judge(struct feed *f, const struct moment *now)
{
	int64_t time = f->reader.slots[f->reader.slot].time;
	int64_t behind = time != TIME_NONE ? now->wall - time : 0;
	bool past = behind > f->shared->options->window_ns;

	if (f->reader.sequence == 0 && !f->reader.has_open)
		return;
	if (past && !f->judged) {
		f->reading = true;
		f->behind_since = now->mono;
		f->behind_by = behind;
		push_event(f, BATCH_READING);
		if (atomic_load(&f->shared->active) > 1) /* others wait for it */
			notice_put(f->shared->notices, "catching up: %s", f->stream->origin->label);
	} else if (f->reading && !(past && comes_closer(f, behind, now))) {
		caught_up(f);
	}
	f->judged = true;
}

/* When a past that does not go on is over. */
static int64_t silent_at(const struct feed *f)
{
	int64_t window = f->shared->options->window_ns;

	return f->reader.fed.mono + (window < PARTIAL_NS ? window : PARTIAL_NS);
}

void feed_end(struct feed *f)
{
	reader_end(&f->reader);
	f->finished = true;
	if (f->shared_as != NULL)
		share_end(f->shared->share, &f->shared_as, &f->reader.fed);
	if (f->stream->seekable) { /* its text is read again */
		f->stream->source = f->source;
		f->source = NULL;
	}
	push_event(f, BATCH_DONE);
}

static enum feed_result finish(struct feed *f)
{
	feed_end(f);
	return FEED_FINISHED;
}

/* Room for the next read. */
static char *make_room(struct feed *f, size_t *cap)
{
	size_t least = f->source->ops->frames ? FRAME_ROOM : 1;

	return reader_room(&f->reader, f->room > least ? f->room : least, cap);
}

/* One clock for all the messages that one call of the kernel brought. */
static void ask_clock(const struct feed *f, bool message,
	void (*clock)(struct moment *now), struct moment *now)
{
	const struct source *s = f->source;

	if (message && s->buffered)
		*now = f->reader.fed;
	else
		clock(now);
	if (s->arrived == 0)
		return;
	/* Of the past all is there; whom the present waits for counts from now. */
	if (f->replays && now->wall > s->arrived)
		now->mono -= now->wall - s->arrived;
	now->wall = s->arrived;
}

/* For the mplogs that are attached to this one. */
static void share(struct feed *f, enum share_kind kind, const char *bytes, size_t n,
	const struct moment *now)
{
	if (f->shared->share != NULL && !f->source->ops->replica)
		share_put(f->shared->share, &f->shared_as, f->source, kind, bytes, n, now);
}

static void fed(struct feed *f, const struct moment *now)
{
	if (f->live && f->source->fd >= 0 && !f->replays)
		judge(f, now);
	push_all(f, false);
}

void feed_flush(struct feed *f)
{
	if (f->live && !f->finished)
		push_all(f, true);
}

enum feed_result feed_read(struct feed *f, void (*clock)(struct moment *now))
{
	struct moment now;
	size_t cap, n = 0;
	char *room;

	if (f->split != NULL)
		return split_read(f, clock);
	if (!feed_allowed(f))
		return FEED_NOTHING;
	room = make_room(f, &cap);
	f->room = 0;
	switch (f->source->ops->read(f->source, room, cap, &n)) {
	case READ_DATA:
		ask_clock(f, false, clock, &now);
		share(f, SHARE_DATA, room, n, &now);
		reader_feed(&f->reader, n, &now);
		fed(f, &now);
		return FEED_PROGRESS;
	case READ_FRAME:
		ask_clock(f, true, clock, &now);
		share(f, SHARE_FRAME, room, n, &now);
		reader_frame(&f->reader, n, f->source->frame, &now);
		fed(f, &now);
		return FEED_PROGRESS;
	case READ_ROOM:
		f->room = n;
		return FEED_PROGRESS;
	case READ_HANDOVER:
		return FEED_HANDOVER;
	case READ_RESET:
		clock(&now);
		share(f, SHARE_RESET, NULL, 0, &now);
		reader_boundary(&f->reader, 0);
		push_all(f, true);
		return FEED_PROGRESS;
	case READ_AGAIN:
		f->ready = false;
		if (f->source->fd < 0 || (f->replays && !f->source->replays)) {
			f->replays = false;
			caught_up(f);
		}
		return FEED_NOTHING;
	case READ_ERROR:
		atomic_store(&f->shared->failed, true);
		return finish(f);
	case READ_EOF:
		break;
	}
	return finish(f);
}

/* Puts out what has lingered. */
static int64_t tick_reader(struct feed *f, const struct moment *now)
{
	struct reader *r = &f->reader;
	int64_t due;

	if (f->stream == NULL || !f->live || f->replays)
		return INT64_MAX;
	if (f->reading && f->source->fd >= 0) {
		if (now->mono < silent_at(f))
			return silent_at(f);
		caught_up(f);
	}
	if (!reader_is_open(r))
		return INT64_MAX;
	due = r->fed.mono + (r->line < r->end ? PARTIAL_NS : LINGER_NS);
	if (now->mono < due)
		return due;
	reader_pause(r, true);
	push_all(f, true);
	return INT64_MAX;
}

int64_t feed_tick(struct feed *f, const struct moment *now)
{
	int64_t due = tick_reader(f, now), read;

	if (f->source->ops->due == NULL)
		return due;
	read = f->source->ops->due(f->source);
	if (read > now->mono)
		return read < due ? read : due;
	f->ready = true;
	return due;
}

/* Offsets of the last records kept, in a ring. */
struct tail {
	uint64_t *offsets;
	uint64_t max, count;
	bool had_head;
};

static void note_batches(struct tail *tail, struct reader *r)
{
	struct batch *b;

	while ((b = reader_take(r, true)) != NULL) {
		for (uint32_t i = 0; i < b->count; i++) {
			bool raw = b->records[i].format == FORMAT_raw;
			/* What comes before the first head is the end of a cut record. */
			if (!raw && !tail->had_head) {
				tail->had_head = true;
				tail->count = 0;
			}
			if (b->records[i].flags & RECORD_CONTINUED)
				continue;
			tail->offsets[tail->count++ % tail->max] = b->records[i].offset;
		}
		batch_free(b);
	}
}

/* Reads the file from OFFSET to its end and notes where records begin. */
static void read_tail(struct feed *f, uint64_t offset, struct tail *tail)
{
	struct reader r;
	struct moment now = {0};
	size_t cap, n;
	char *room;
	bool skip = offset > 0;

	reader_init(&r, f->reader.options, f->stream);
	reader_boundary(&r, offset);
	tail->count = 0;
	tail->had_head = offset == 0;
	for (;;) {
		room = reader_room(&r, 1, &cap);
		n = 0;
		if (f->source->ops->read(f->source, room, cap, &n) != READ_DATA)
			break;
		if (skip) { /* the first line began before OFFSET */
			const char *newline = memchr(room, '\n', n);
			size_t gone = newline != NULL ? (size_t)(newline - room) + 1 : n;
			memmove(room, room + gone, n - gone);
			n -= gone;
			reader_boundary(&r, offset += gone);
			skip = newline == NULL;
			if (n == 0)
				continue;
		}
		reader_feed(&r, n, &now);
		note_batches(tail, &r);
	}
	reader_end(&r);
	note_batches(tail, &r);
	reader_clear(&r);
}

void feed_history(struct feed *f, uint64_t n)
{
	struct tail tail = {0};
	uint64_t size = 0, back = HISTORY_FIRST, offset;
	uint64_t most_of_one = f->reader.options->record_max;

	if (f->source->ops->seek == NULL || !f->source->ops->seek(f->source, 0, &size))
		return;
	if (n == 0) {
		f->source->ops->seek(f->source, size, &size);
		reader_boundary(&f->reader, size);
		return;
	}
	n += n < UINT64_MAX - HISTORY_SPARE ? HISTORY_SPARE : 0;
	tail.offsets = xcalloc(n < size ? n : size + 1, sizeof(*tail.offsets));
	tail.max = n < size ? n : size + 1;
	for (;; back *= 4) {
		offset = back < size ? size - back : 0;
		if (!f->source->ops->seek(f->source, offset, &size))
			break;
		read_tail(f, offset, &tail);
		/* Without any head this may all be the rest of one long record. */
		if (offset == 0 ||
			(tail.count >= n && (tail.had_head || back > 2 * most_of_one)))
			break;
	}
	offset = tail.count == 0 ? size
		 : tail.count <= tail.max ? tail.offsets[0]
					  : tail.offsets[tail.count % tail.max];
	f->source->ops->seek(f->source, offset, &size);
	reader_boundary(&f->reader, offset);
	free(tail.offsets);
}
