/*
 * readerkit: for tests of the reader: bytes go in as a feed gives them, in pieces of any
 * size; the records that come out are kept with their text.
 */
#ifndef TESTS_READERKIT_H
#define TESTS_READERKIT_H

#include "core/buf.h"
#include "merge/reader.h"

#include "mergekit.h"

struct kept {
	struct record record; /* its text is an offset into texts */
	size_t text;
};

struct run {
	struct reader reader;
	struct reader_options options;
	struct fields fields;
	struct intern_cache modules;
	struct origin origin;
	struct stream *stream;
	struct moment now;
	struct kept *kept;
	size_t count, cap;
	struct buf texts;
	uint32_t scanned; /* as the batches say */
	uint64_t scanned_bytes;
	const char *fault;
};

/* How the bytes are given. */
struct way {
	size_t block_bytes;
	size_t record_max;
	size_t most; /* bytes at once; 0: all there is room for */
	bool copying;
	unsigned flush; /* percent of the pieces after which batches are taken whole */
	struct filter_set *filters;
};

static inline void run_init(struct run *run, const struct way *way)
{
	memset(run, 0, sizeof(*run));
	run->options = (struct reader_options){
		.block_bytes = way->block_bytes > 0 ? way->block_bytes : 65536,
		.record_max = way->record_max > 0 ? way->record_max : 1048576,
		.want = WANT_LEVEL | WANT_MODULE,
		.filters = way->filters,
		.fields = &run->fields,
		.modules = &run->modules,
	};
	run->origin.index = 7;
	run->now = (struct moment){SECOND, KIT_WALL};
	run->stream = kit_stream(&run->origin, STREAM_READING);
	reader_init(&run->reader, &run->options, run->stream);
	run->reader.copying = way->copying;
}

static inline void run_clear(struct run *run)
{
	reader_clear(&run->reader);
	fields_free(&run->fields);
	stream_free(run->stream);
	free(run->kept);
	buf_free(&run->texts);
}

static inline void keep(struct run *run, const struct record *r)
{
	const char *newline = r->len > 0 ? memchr(r->text, '\n', r->len) : NULL;

	if (!(r->flags & RECORD_WIRE) &&
		r->head != (newline != NULL ? (uint32_t)(newline - r->text) : r->len))
		run->fault = "head is not the first line";
	if (r->len > run->options.record_max)
		run->fault = "a record longer than the limit";
	if (r->origin != &run->origin)
		run->fault = "another origin";
	if (run->count == run->cap) {
		run->cap = run->cap > 0 ? 2 * run->cap : 64;
		run->kept = xrealloc(run->kept, run->cap * sizeof(*run->kept));
	}
	run->kept[run->count++] = (struct kept){*r, run->texts.len};
	buf_put(&run->texts, r->text, r->len);
}

static inline void check_batch(struct run *run, const struct batch *b)
{
	int64_t least = INT64_MAX;
	bool sorted = true;

	for (uint32_t i = 0; i < b->count; i++) {
		const struct record *r = &b->records[i];
		least = r->key < least ? r->key : least;
		sorted = sorted && (i == 0 || b->records[i - 1].key <= r->key);
		if (r->text < b->block->data ||
			r->text + r->len > b->block->data + b->block->cap)
			run->fault = "text outside of the batch's block";
	}
	if (b->least_key > least || b->sorted != sorted)
		run->fault = "a batch is not what it says";
	if (b->scanned < b->count || b->count > BATCH_RECORDS || b->scanned == 0)
		run->fault = "a batch has counted wrong";
}

static inline void run_take(struct run *run, bool flush)
{
	struct batch *b;

	while ((b = reader_take(&run->reader, flush)) != NULL) {
		check_batch(run, b);
		run->scanned += b->scanned;
		run->scanned_bytes += b->scanned_bytes;
		for (uint32_t i = 0; i < b->count; i++)
			keep(run, &b->records[i]);
		batch_free(b);
	}
}

/* One read of at most MOST bytes; returns how many. */
static inline size_t run_read(struct run *run, struct str input, size_t most)
{
	size_t cap;
	char *room = reader_room(&run->reader, 1, &cap);
	size_t n = most > 0 && most < cap ? most : cap;

	n = n < input.len ? n : input.len;
	memcpy(room, input.ptr, n);
	reader_feed(&run->reader, n, &run->now);
	return n;
}

/* All of INPUT and its end. */
static inline void run_all(
	struct run *run, struct str input, const struct way *way, struct rng *r)
{
	while (input.len > 0) {
		size_t most = way->most > 1 ? 1 + rng_below(r, way->most) : way->most;
		input = str_skip(input, run_read(run, input, most));
		run_take(run, rng_percent(r, way->flush));
	}
	reader_end(&run->reader);
	run_take(run, true);
}

static inline struct str kept_text(const struct run *run, size_t i)
{
	return (struct str){run->texts.ptr + run->kept[i].text, run->kept[i].record.len};
}

/* What the records say that their source's bytes were. */
static inline void put_bytes(const struct run *run, struct buf *out)
{
	for (size_t i = 0; i < run->count; i++) {
		unsigned flags = run->kept[i].record.flags;
		buf_put_str(out, kept_text(run, i));
		if (!(flags & (RECORD_CUT | RECORD_PARTIAL | RECORD_NO_NEWLINE)))
			buf_put_char(out, '\n');
	}
}

/* Whether the records are all of INPUT, byte for byte, each where it says. */
static inline const char *check_bytes(const struct run *run, struct str input)
{
	struct buf out = {0};
	const char *fault = run->fault;

	put_bytes(run, &out);
	if (out.len != input.len ||
		(out.len > 0 && memcmp(out.ptr, input.ptr, out.len) != 0))
		fault = "the records are not the input";
	for (size_t i = 0; i < run->count && fault == NULL; i++) {
		const struct record *r = &run->kept[i].record;
		struct str text = kept_text(run, i);
		if (r->offset + r->len > input.len ||
			(r->len > 0 &&
				memcmp(input.ptr + r->offset, text.ptr, r->len) != 0))
			fault = "a record is not at its offset";
		if (r->sequence != i)
			fault = "sequences have gaps";
		if (i > 0 && (r->flags & RECORD_CONTINUED) == 0 &&
			run->kept[i - 1].record.flags & (RECORD_CUT | RECORD_PARTIAL))
			fault = "cut, and does not go on";
	}
	buf_free(&out);
	return fault;
}

static inline bool same_record(const struct run *a, const struct run *b, size_t i)
{
	const struct record *x = &a->kept[i].record, *y = &b->kept[i].record;

	return x->time == y->time && x->key == y->key && x->offset == y->offset &&
	       x->len == y->len && x->head == y->head && x->sequence == y->sequence &&
	       x->module == y->module && x->level == y->level &&
	       x->severity == y->severity && x->format == y->format &&
	       x->flags == y->flags && str_eq(kept_text(a, i), kept_text(b, i));
}

/* The first record that differs, or SIZE_MAX. */
static inline size_t first_difference(const struct run *a, const struct run *b)
{
	size_t both = a->count < b->count ? a->count : b->count;

	for (size_t i = 0; i < both; i++) {
		if (!same_record(a, b, i))
			return i;
	}
	return a->count == b->count ? SIZE_MAX : both;
}

static inline void show(const char *name, const struct run *run, size_t i)
{
	const struct record *r;

	if (i >= run->count) {
		printf("# %s: only %zu records\n", name, run->count);
		return;
	}
	r = &run->kept[i].record;
	printf("# %s %zu: key %lld level %u format %u flags %u head %u offset %llu "
	       "'%.*s'\n",
		name, i, (long long)r->key, r->level, r->format, r->flags, r->head,
		(unsigned long long)r->offset, (int)(r->len < 60 ? r->len : 60),
		run->texts.ptr + run->kept[i].text);
}

#endif
