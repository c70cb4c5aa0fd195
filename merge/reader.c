/*
 * reader: lines to records to batches. The hot path is reader_feed -> take_line ->
 * find_head -> close_open -> add_record, once for each line.
 */
#include "merge/reader.h"

#include <assert.h>
#include <string.h>

#include "core/level.h"

#define SCANNED_MAX 1048576 /* bytes behind one batch: the merge waits for it */
#define SILENCE_NS INT64_C(1000000000) /* after it a line stands for itself */
#define NEAR_NS (2 * SILENCE_NS) /* an untimed record belongs to a timed one so near */

void reader_init(
	struct reader *r, const struct reader_options *options, struct stream *stream)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->stream = stream;
	r->parse.want = options->want;
	r->parse.modules = options->modules;
	r->time_only = options->want == 0;
	r->last_key = INT64_MIN;
	r->parse.year.now = stream->written;
	r->parse.year.forward = stream->written != 0;
	r->stop = UINT64_MAX;
	r->full_last = &r->full;
	r->kept = true;
}

void reader_clear(struct reader *r)
{
	struct batch *b;

	while ((b = reader_take(r, true)) != NULL)
		batch_free(b);
	block_drop(r->block);
	buf_free(&r->parse.plain);
	buf_free(&r->parse.part);
	r->block = NULL;
}

/* Records that a batch has room for at first: those of a block of short lines. */
static uint32_t first_cap(const struct reader *r)
{
	size_t cap = r->options->block_bytes / 64;

	if (r->keys == KEYS_LIVE)
		return 2;
	return cap < BATCH_RECORDS ? (uint32_t)cap : BATCH_RECORDS;
}

static struct batch *current_batch(struct reader *r)
{
	if (r->batch == NULL)
		r->batch = batch_new(r->stream, first_cap(r));
	return r->batch;
}

/* Live, what comes together with the first record that has a time stays in front of it. */
static void keep_in_front(struct reader *r, struct batch *b)
{
	if (!r->has_timed || r->timed_before)
		return;
	r->timed_before = true;
	for (uint32_t i = 0; i < b->count && b->records[i].time == TIME_NONE; i++) {
		if (b->records[i].key > r->first_timed_key)
			b->records[i].key = r->first_timed_key;
	}
	b->sorted = true;
	for (uint32_t i = 1; i < b->count && b->sorted; i++)
		b->sorted = b->records[i - 1].key <= b->records[i].key;
	if (b->least_key > r->first_timed_key)
		b->least_key = r->first_timed_key;
	if (b->count > 0 && b->records[b->count - 1].time == TIME_NONE)
		b->last_key = b->least_key;
}

void reader_hand_over(struct reader *r)
{
	struct batch *b = r->batch;

	if (b == NULL || b->scanned == 0)
		return;
	keep_in_front(r, b);
	if (b->count > 0 && b->block == NULL) {
		const struct record *last = &b->records[b->count - 1];
		b->block = block_keep(r->block);
		r->handed = (size_t)(last->text - r->block->data) + last->len + 1;
	}
	b->bytes += sizeof(*b) + b->cap * sizeof(b->records[0]);
	*r->full_last = b;
	r->full_last = &b->next;
	r->batch = NULL;
	r->copy_used = 0;
}

struct batch *reader_take(struct reader *r, bool flush)
{
	struct batch *b;

	if (r->full == NULL && flush)
		reader_hand_over(r);
	b = r->full;
	if (b == NULL)
		return NULL;
	r->full = b->next;
	if (r->full == NULL)
		r->full_last = &r->full;
	b->next = NULL;
	return b;
}

/* Copies the text of REC into the batch's own block, which may hand over a full batch. */
static void copy_text(struct reader *r, struct record *rec)
{
	size_t need = rec->len + 1;
	struct batch *b = current_batch(r);

	if (b->block != NULL && b->block->cap - r->copy_used < need) {
		reader_hand_over(r);
		b = current_batch(r);
	}
	if (b->block == NULL) {
		b->block = block_new(need > r->options->block_bytes ? need
								   : r->options->block_bytes);
		r->copy_used = 0;
	}
	memcpy(b->block->data + r->copy_used, rec->text, rec->len);
	rec->text = b->block->data + r->copy_used;
	b->block->data[r->copy_used + rec->len] = '\n';
	r->copy_used += need;
}

static bool passes(struct reader *r, const struct record *rec)
{
	if (r->options->filters == NULL)
		return true;
	if (rec->flags & RECORD_CONTINUED)
		return r->kept;
	if (r->options->least_severity > 0)
		return rec->severity >= r->options->least_severity;
	fields_forget(r->options->fields);
	return filter_set_match(r->options->filters, rec, r->options->fields);
}

static void count_scanned(struct reader *r, const struct record *rec)
{
	struct batch *b = current_batch(r);

	if (b->scanned == 0)
		b->arrival = r->open_moment.mono;
	b->scanned++;
	b->scanned_bytes += rec->len + 1;
	b->last_key = rec->key;
	if (rec->key < b->least_key)
		b->least_key = rec->key;
	step_add(&r->step, rec->key, rec->len + 1, b);
}

static void add_record(struct reader *r, struct record *rec)
{
	rec->sequence = r->sequence++;
	r->last_key = rec->key;
	r->kept = passes(r, rec);
	if (r->kept && r->copying)
		copy_text(r, rec);
	count_scanned(r, rec);
	if (r->kept) {
		r->batch = batch_add(r->batch, rec);
		r->batch->bytes += rec->len + 1;
	}
	if (r->batch->count == BATCH_RECORDS || r->batch->scanned_bytes >= SCANNED_MAX)
		reader_hand_over(r);
}

/* The open record ends at END of the block. */
static void close_at(struct reader *r, size_t end, unsigned flags)
{
	struct record *rec = &r->slots[r->slot];
	const char *newline;

	if (!r->has_open)
		return;
	rec->text = r->block->data + r->open_start;
	rec->len = (uint32_t)(end - r->open_start);
	rec->flags |= (uint8_t)flags;
	if (rec->head == 0 || rec->head > rec->len) {
		newline = rec->len > 0 ? memchr(rec->text, '\n', rec->len) : NULL;
		rec->head = newline != NULL ? (uint32_t)(newline - rec->text) : rec->len;
	}
	r->has_open = false;
	r->paused = false;
	add_record(r, rec);
}

static void close_open(struct reader *r)
{
	close_at(r, r->open_end, 0);
}

/* A record without a time goes right behind the one before it that has one, if that came
 * just now: with its arrival for a key it would change places with all that follows it in
 * the same moment, since stamps are rounded down, and with a whole backlog. */
static int64_t live_key(struct reader *r, int64_t time, const struct moment *now)
{
	if (time == TIME_NONE) {
		return r->has_timed && now->mono - r->timed_at < NEAR_NS ? r->timed_key
									 : now->wall;
	}
	r->timed_at = now->mono;
	r->timed_key = time < now->wall ? time : now->wall;
	if (!r->has_timed)
		r->first_timed_key = r->timed_key;
	r->has_timed = true;
	return r->timed_key;
}

static int64_t key_of(struct reader *r, int64_t time, const struct moment *now)
{
	switch (r->keys) {
	case KEYS_LIVE:
		return live_key(r, time, now);
	case KEYS_ARRIVAL:
		return now->wall;
	case KEYS_SOURCE:
		return r->stream->origin->index;
	case KEYS_TIME:
		break;
	}
	return time != TIME_NONE ? time : r->last_key;
}

/* Asks the formats that are set in CANDIDATES, in their order. */
static bool try_formats(
	struct reader *r, uint32_t candidates, struct str line, struct record *rec)
{
	for (; candidates != 0; candidates &= candidates - 1) {
		unsigned id = (unsigned)__builtin_ctz(candidates);
		if (formats[id]->parse(&r->parse, line, rec)) {
			rec->format = (uint8_t)id;
			r->format = id;
			return true;
		}
	}
	return false;
}

/* Whether LINE begins a record of some format; fills REC if so. */
static bool find_head(struct reader *r, struct str line, struct record *rec)
{
	uint32_t candidates;
	unsigned id = r->format;

	if (line.len == 0)
		return false;
	candidates = formats_by_first[(unsigned char)line.ptr[0]];
	if (r->time_only && format_stamped(&r->parse, line, rec)) {
		rec->format = FORMAT_iso;
		return true;
	}
	if ((candidates >> id & 1) && !formats[id]->in_turn) {
		if (formats[id]->parse(&r->parse, line, rec)) {
			rec->format = (uint8_t)id;
			return true;
		}
		candidates &= ~(1u << id);
	}
	return try_formats(r, candidates, line, rec);
}

/* Room for the record after the open one, empty. */
static struct record *fresh_record(struct reader *r)
{
	struct record *rec = &r->slots[r->slot ^ 1];

	rec->time = TIME_NONE;
	rec->module = 0;
	rec->level = LEVEL_UNKNOWN;
	rec->severity = 0;
	rec->flags = 0;
	return rec;
}

/* The fresh record becomes the open one. */
static void open_fresh(struct reader *r, size_t start, size_t end, const struct moment *now)
{
	struct record *rec = &r->slots[r->slot ^= 1];

	rec->key = key_of(r, rec->time, now);
	rec->origin = r->stream->origin;
	rec->offset = r->base + start;
	rec->head = (uint32_t)(end - start);
	r->has_open = true;
	r->open_start = start;
	r->open_end = end;
	r->open_moment = *now;
}

/* A record that goes on from the one before it has that one's everything but text. */
static void open_rest(struct reader *r, size_t start, size_t end, const struct moment *now)
{
	struct record *rec = &r->slots[r->slot ^ 1];

	*rec = r->slots[r->slot];
	rec->flags = RECORD_CONTINUED;
	open_fresh(r, start, end, now);
	rec->key = r->last_key; /* what follows in its source must stay behind it */
	rec->head = 0; /* it may have several lines */
}

static void open_raw(struct reader *r, enum level level, size_t start, size_t end,
	const struct moment *now)
{
	struct record *rec = fresh_record(r);

	rec->format = FORMAT_raw;
	rec->level = (uint8_t)level;
	rec->severity = level_number(level);
	open_fresh(r, start, end, now);
}

/* Whether a line that no format takes belongs to the record before it. In a source that has
 * had heads every such line does; elsewhere it must look like it. */
static bool line_belongs(struct reader *r, struct str line)
{
	bool indented = line.len == 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t';

	if (format_orphan_block(line))
		return false;
	if (r->in_traceback && !indented) {
		r->in_traceback = false;
		return r->had_head || format_ends_traceback(line);
	}
	if (str_starts(line, "Traceback (most recent call last):"))
		r->in_traceback = true;
	return r->had_head || format_continues(line);
}

static void take_other(struct reader *r, struct str line, size_t start, size_t end,
	const struct moment *now)
{
	bool belongs = line_belongs(r, line);

	if (belongs && r->has_open) {
		r->open_end = end;
		return;
	}
	if (belongs && r->paused && now->mono - r->open_moment.mono < SILENCE_NS) {
		open_rest(r, start, end, now);
		return;
	}
	close_open(r);
	open_raw(r, format_orphan_block(line) ? LEVEL_ERROR : LEVEL_UNKNOWN, start, end, now);
}

void reader_part(struct reader *r, const struct record *part, const struct moment *now)
{
	struct record *rec = &r->slots[r->slot ^ 1];

	*rec = *part;
	rec->key = key_of(r, rec->time, now);
	rec->origin = r->stream->origin;
	r->open_moment = *now;
	add_record(r, rec);
}

static void take_line(struct reader *r, size_t start, size_t end, const struct moment *now)
{
	size_t len = end - start, max = r->options->record_max;
	/* A long one may not be there yet: it is always judged by as much of its start. */
	struct str line = {r->block->data + start, len < max ? len : max};
	struct str text = line;
	struct record *rec = fresh_record(r);

	if (r->base + start == 0 && len >= 3 && memcmp(line.ptr, "\xef\xbb\xbf", 3) == 0)
		text = str_skip(line, line.len < 3 ? line.len : 3);
	if (find_head(r, text, rec)) {
		close_open(r);
		r->stopped = r->base + start >= r->stop;
		if (r->stopped)
			return;
		r->had_head = true;
		r->in_traceback = r->skipping = false;
		if (formats[rec->format]->split != NULL &&
			reader_apart(r, rec->format, line, 0, now))
			return;
		open_fresh(r, start, end, now);
	} else if (!r->skipping) {
		take_other(r, line, start, end, now);
	}
}

/* The line from r->line to END goes on with one that was already taken in part. */
static void extend(struct reader *r, size_t end, const struct moment *now)
{
	if (r->has_open)
		r->open_end = end;
	else if (!r->skipping)
		open_rest(r, r->line, end, now);
}

/* Cuts the open record, whose bytes are known up to LIMIT, into pieces of the greatest
 * length. */
static void cut_open(struct reader *r, size_t limit, const struct moment *now)
{
	size_t max = r->options->record_max;
	size_t at, end;

	while (r->has_open && limit - r->open_start > max) {
		at = r->open_start + max;
		end = r->mid_line ? limit : r->open_end;
		close_at(r, at, RECORD_CUT);
		open_rest(r, at, end, now);
		if (r->line < at)
			r->line = at;
	}
}

/* Stamps without a year are read by their arrival, unless a file says when it was written. */
static inline void set_year(struct reader *r, const struct moment *now)
{
	if (!r->parse.year.forward)
		r->parse.year.now = now->wall;
}

/* Takes what there is of a long line whose end has not come yet; it is judged by its
 * start. */
static void take_long(struct reader *r, const struct moment *now)
{
	if (r->mid_line) {
		if (r->line < r->end)
			extend(r, r->end, now);
	} else {
		take_line(r, r->line, r->end, now);
		r->mid_line = true;
	}
	cut_open(r, r->end, now);
}

void reader_feed(struct reader *r, size_t n, const struct moment *now)
{
	const char *data = r->block->data;
	const char *newline;
	size_t at;

	r->end += n;
	r->fed = *now;
	set_year(r, now);
	while ((newline = memchr(data + r->searched, '\n', r->end - r->searched)) != NULL) {
		at = (size_t)(newline - data);
		if (r->mid_line)
			extend(r, at, now);
		else
			take_line(r, r->line, at, now);
		if (r->stopped)
			return;
		r->mid_line = false;
		r->line = at + 1;
		r->searched = at + 1;
		if (r->open_end - r->open_start > r->options->record_max)
			cut_open(r, r->open_end, now);
	}
	r->searched = r->end;
	if (r->mid_line || r->end - r->line > r->options->record_max)
		take_long(r, now);
	if (r->skipping) {
		if (r->mid_line)
			r->line = r->end;
		r->stopped = r->base + r->line >= r->stop;
	}
}

/* A message whose kind its framing knows: the formats of that kind get it whole. */
static void take_whole(struct reader *r, size_t start, size_t end, enum frame_kind kind,
	const struct moment *now)
{
	struct str all = {r->block->data + start, end - start};

	if (!try_formats(r, formats_by_frame[kind], all, fresh_record(r)))
		open_raw(r, LEVEL_UNKNOWN, start, end, now);
	else if (formats[r->format]->split == NULL ||
		 !reader_apart(r, r->format, all, RECORD_WIRE | RECORD_NO_NEWLINE, now))
		open_fresh(r, start, end, now);
}

static void take_message(struct reader *r, size_t start, size_t end, const struct moment *now)
{
	const char *newline = memchr(r->block->data + start, '\n', end - start);

	take_line(r, start, newline != NULL ? (size_t)(newline - r->block->data) : end, now);
	r->open_end = end;
}

/* Takes the line whose end has not come. */
static void take_rest(struct reader *r, const struct moment *now)
{
	if (r->mid_line)
		extend(r, r->end, now);
	else
		take_line(r, r->line, r->end, now);
	cut_open(r, r->end, now);
	r->line = r->searched = r->end;
}

void reader_frame(
	struct reader *r, size_t n, enum frame_kind kind, const struct moment *now)
{
	unsigned flags = RECORD_NO_NEWLINE;
	size_t start = r->end, end = r->end + n;
	bool had_head = r->had_head;

	if (r->line < r->end) { /* a line that nobody will end */
		take_rest(r, now);
		close_at(r, r->open_end, RECORD_NO_NEWLINE);
	}
	close_open(r);
	r->mid_line = false;
	r->parse.want |= WANT_LEVEL; /* what came as no text is written with its level */
	r->fed = *now;
	r->paused = false;
	set_year(r, now);
	if (kind != FRAME_TEXT) {
		take_whole(r, start, end, kind, now);
	} else {
		while (end > start && (r->block->data[end - 1] == '\n' ||
					      r->block->data[end - 1] == '\0'))
			end--;
		take_message(r, start, end, now);
		cut_open(r, end, now);
	}
	if (formats[r->slots[r->slot].format]->wire)
		flags |= RECORD_WIRE;
	close_at(r, end, flags);
	r->end = r->line = r->searched = start + n;
	r->had_head = had_head; /* a message says nothing of the lines around it */
}

bool reader_is_open(const struct reader *r)
{
	return r->has_open || r->line < r->end;
}

void reader_pause(struct reader *r, bool line_too)
{
	if (line_too && r->line < r->end) {
		take_rest(r, &r->fed);
		close_at(r, r->open_end, RECORD_PARTIAL);
		r->mid_line = true;
		r->paused = true;
	} else if (r->has_open && r->line == r->end) {
		close_open(r);
		r->paused = true;
	}
}

void reader_end(struct reader *r)
{
	if (r->block == NULL)
		return;
	if (r->line < r->end) {
		take_rest(r, &r->fed);
		close_at(r, r->open_end, RECORD_NO_NEWLINE);
	}
	close_open(r);
	r->mid_line = false;
}

void reader_start(struct reader *r, uint64_t offset, uint64_t stop, uint32_t sequence)
{
	r->has_open = false;
	r->line = r->searched = r->end;
	r->base = offset - r->end;
	r->stop = stop;
	r->stopped = false;
	r->mid_line = r->skipping = offset > 0;
	r->had_head = offset > 0;
	r->in_traceback = false;
	r->sequence = sequence;
	r->last_key = INT64_MIN;
	r->parse.year.last = 0;
	r->parse.year.date[0] = 0;
}

void reader_boundary(struct reader *r, uint64_t offset)
{
	reader_end(r);
	r->paused = false;
	r->in_traceback = false;
	r->base = offset - r->end;
}
