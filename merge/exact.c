/*
 * exact: an index of all records, sorted, and a window into each source's text, since
 * records of one source are mostly asked for one behind the other.
 */
#include "merge/exact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "merge/stream.h"
#include "sources/source.h"

#define WINDOW_BYTES 65536

struct place {
	int64_t key;
	uint64_t offset;  /* in the source, or in the spool */
	struct stream *stream;
	uint32_t len;
	uint32_t sequence;
	uint32_t module;
	uint8_t level, severity, format, flags;
	/* Whether the record has a time of its own; then it is the key. */
	bool timed;
};

/* What was read last of a source or of the spool. */
struct window {
	char *bytes;
	size_t cap, len;
	uint64_t offset;
};

struct exact {
	struct notices *notices;
	struct place *places;
	size_t count, cap, next;
	FILE *spool;
	uint64_t spooled;
	struct window spool_window;
	struct record record;
	bool failed;
};

struct exact *exact_new(struct notices *notices)
{
	struct exact *e = xcalloc(1, sizeof(*e));

	e->notices = notices;
	return e;
}

static void fail(struct exact *e, const char *what)
{
	if (!e->failed)
		notice_put(e->notices, "--order exact: %s: %s", what, strerror(errno));
	e->failed = true;
}

/* Keeps TEXT for a source that cannot be read twice; returns where. */
static uint64_t spool(struct exact *e, const struct record *r)
{
	uint64_t at = e->spooled;

	if (e->spool == NULL)
		e->spool = tmpfile();
	if (e->spool == NULL || fwrite(r->text, 1, r->len, e->spool) != r->len)
		fail(e, "cannot write a temporary file");
	e->spooled += r->len;
	return at;
}

/* Whether the text can be read again where it came from. */
static bool is_kept(const struct stream *s, unsigned flags)
{
	return s->seekable && (flags & RECORD_PART) == 0;
}

void exact_add(struct exact *e, const struct batch *b)
{
	for (uint32_t i = 0; i < b->count; i++) {
		const struct record *r = &b->records[i];
		if (e->count == e->cap) {
			e->cap = e->cap > 0 ? 2 * e->cap : 1024;
			e->places = xrealloc(e->places, e->cap * sizeof(*e->places));
		}
		e->places[e->count++] = (struct place){
			.key = r->key,
			.offset = is_kept(b->stream, r->flags) ? r->offset : spool(e, r),
			.stream = b->stream,
			.len = r->len,
			.sequence = r->sequence,
			.module = r->module,
			.level = r->level,
			.severity = r->severity,
			.format = r->format,
			.flags = r->flags,
			.timed = r->time != TIME_NONE,
		};
	}
}

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	uint32_t xi = x->stream->origin->index, yi = y->stream->origin->index;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (xi != yi)
		return xi < yi ? -1 : 1;
	return (int32_t)(x->sequence - y->sequence) < 0 ? -1 : 1;
}

void exact_sort(struct exact *e, uint64_t most)
{
	if (e->spool != NULL && fflush(e->spool) != 0)
		fail(e, "cannot write a temporary file");
	if (e->count > 1)
		qsort(e->places, e->count, sizeof(*e->places), compare);
	e->next = e->count > most ? e->count - most : 0;
}

/* Fills W from OFFSET on with at least LEN bytes if they are still there. */
static void read_window(
	struct exact *e, struct window *w, struct source *source, uint64_t offset, size_t len)
{
	size_t want = len > WINDOW_BYTES ? len : WINDOW_BYTES, n;
	uint64_t size;
	ssize_t got;

	if (w->cap < want + TEXT_PAD) {
		w->cap = want + TEXT_PAD;
		w->bytes = xrealloc(w->bytes, w->cap);
	}
	w->offset = offset;
	w->len = 0;
	if (source != NULL && !source->ops->seek(source, offset, &size))
		return;
	while (w->len < len) {
		if (source == NULL) {
			got = pread(fileno(e->spool), w->bytes + w->len, want - w->len,
				(off_t)(offset + w->len));
			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0)
				break;
			w->len += (size_t)got;
		} else {
			n = 0;
			if (source->ops->read(source, w->bytes + w->len, want - w->len, &n) !=
				READ_DATA)
				break;
			w->len += n;
		}
	}
	memset(w->bytes + w->len, 0, TEXT_PAD);
}

static const char *text_of(struct exact *e, const struct place *p)
{
	struct window *w = &e->spool_window;
	struct source *source = NULL;

	if (is_kept(p->stream, p->flags)) {
		if (p->stream->window == NULL)
			p->stream->window = xcalloc(1, sizeof(struct window));
		w = p->stream->window;
		source = p->stream->source;
	}
	if (w->bytes == NULL || p->offset < w->offset ||
		p->offset + p->len > w->offset + w->len)
		read_window(e, w, source, p->offset, p->len);
	if (p->offset + p->len > w->offset + w->len) {
		errno = EIO;
		fail(e, p->stream->origin->label);
		return NULL;
	}
	return w->bytes + (p->offset - w->offset);
}

bool exact_next(struct exact *e, const struct record **record)
{
	const struct place *p;
	const char *newline;

	while (e->next < e->count) {
		p = &e->places[e->next++];
		e->record = (struct record){
			.time = p->timed ? p->key : TIME_NONE,
			.key = p->key,
			.text = text_of(e, p),
			.origin = p->stream->origin,
			.offset = p->offset,
			.len = p->len,
			.head = p->len,
			.sequence = p->sequence,
			.module = p->module,
			.level = p->level,
			.severity = p->severity,
			.format = p->format,
			/* What follows the text in the window is not its newline for sure. */
			.flags = p->flags | RECORD_NO_NEWLINE,
		};
		if (e->record.text == NULL)
			continue;
		newline = p->len > 0 ? memchr(e->record.text, '\n', p->len) : NULL;
		if (newline != NULL)
			e->record.head = (uint32_t)(newline - e->record.text);
		*record = &e->record;
		return true;
	}
	return false;
}

bool exact_failed(const struct exact *e)
{
	return e->failed;
}

void exact_window_free(struct window *w)
{
	if (w != NULL)
		free(w->bytes);
	free(w);
}

void exact_free(struct exact *e)
{
	if (e == NULL)
		return;
	if (e->spool != NULL)
		fclose(e->spool);
	free(e->spool_window.bytes);
	free(e->places);
	free(e);
}
