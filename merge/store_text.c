/*
 * store_text: sources, and their text read again: a few windows into files and spool, the
 * one used longest ago given up for the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "merge/store_state.h"

#define CHECK_EVERY 256 /* records of a file of which one is compared with it */
#define CHECK_BYTES 256 /* at most of each */
#define SOURCES_FIRST 16

/* Opens the file that SOURCE's records are in, if it is one. */
static void open_file(struct kept_source *source, const char *path)
{
	struct stat st;

	source->fd = path != NULL
	                     ? open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
	                     : -1;
	if (source->fd < 0)
		return;
	if (fstat(source->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		source->limit = (uint64_t)st.st_size;
		return;
	}
	close(source->fd);
	source->fd = -1;
}

static struct kept_source *new_source(const struct origin *origin, uint32_t index)
{
	struct kept_source *source = xcalloc(1, sizeof(*source));
	bool others = index == STORE_SOURCES_MAX;

	source->base.origin.label = xstrdup(others ? "others" : origin->label);
	source->base.origin.index = index;
	source->base.last_key = INT64_MIN;
	source->fd = -1;
	if (!others)
		open_file(source, origin->path);
	return source;
}

/* Windows for one file more: each should keep its own while they are read in turn. */
static void add_windows(struct store *s)
{
	uint32_t count = s->window_count > 0 ? 2 * s->window_count : WINDOWS_LEAST;

	if (s->files + STORE_HELD < s->window_count || s->window_count >= WINDOWS_MOST)
		return;
	s->windows = xrealloc(s->windows, count * sizeof(*s->windows));
	memset(s->windows + s->window_count, 0,
		(count - s->window_count) * sizeof(*s->windows));
	s->window_count = count;
}

struct kept_source *store_text_source(struct store *s, const struct record *r)
{
	uint32_t index = r->origin->index;
	uint32_t count = s->source_count > 0 ? s->source_count : SOURCES_FIRST;

	if (index > STORE_SOURCES_MAX)
		index = STORE_SOURCES_MAX;
	if (index >= s->source_count) {
		while (count <= index)
			count *= 2;
		s->sources = xrealloc(s->sources, count * sizeof(*s->sources));
		memset(s->sources + s->source_count, 0,
			(count - s->source_count) * sizeof(*s->sources));
		s->source_count = count;
	}
	if (s->sources[index] == NULL) {
		s->sources[index] = new_source(r->origin, index);
		s->files += s->sources[index]->fd >= 0;
		add_windows(s);
	}
	return s->sources[index];
}

/* Whether the file has R where it says. */
static bool is_there(const struct kept_source *source, const struct record *r)
{
	char bytes[CHECK_BYTES];
	size_t n = r->len < CHECK_BYTES ? r->len : CHECK_BYTES;
	ssize_t got = pread(source->fd, bytes, n, (off_t)r->offset);

	return got == (ssize_t)n && memcmp(bytes, r->text, n) == 0;
}

static bool leave_file(struct kept_source *source)
{
	source->limit = 0; /* what is known to be in it is read from it still */
	return false;
}

bool store_text_in_file(struct kept_source *source, const struct record *r)
{
	uint64_t end = r->offset + r->len;

	if (source->limit == 0 || (r->flags & (RECORD_PART | RECORD_WIRE)) != 0)
		return false;
	if (end > source->limit || end > PLACE_MASK)
		return leave_file(source);
	if (source->unchecked > 0 && r->offset > 0) {
		source->unchecked--;
		return true;
	}
	source->unchecked = CHECK_EVERY;
	return is_there(source, r) || leave_file(source);
}

static struct window *oldest(struct store *s)
{
	struct window *w = &s->windows[0];

	for (uint32_t i = 1; i < s->window_count; i++) {
		if (s->windows[i].used < w->used)
			w = &s->windows[i];
	}
	return w;
}

static bool holds(const struct window *w, uint32_t index, uint64_t place, size_t n)
{
	return w->source == index && w->bytes != NULL && place >= w->place &&
	       place + n <= w->place + w->len;
}

/* Reads into W from FROM on; what it can get is its length. */
static void fill(struct store *s, struct window *w, const struct kept_source *source,
	uint64_t from, size_t n)
{
	ssize_t got;

	if (w->cap < n || w->cap > 4 * (n + WINDOW_BYTES)) {
		free(w->bytes);
		w->cap = n;
		w->bytes = xmalloc(n + TEXT_PAD);
	}
	w->place = from;
	w->len = 0;
	if (source == NULL) {
		w->len = spool_read(s->spool, from, w->bytes, n);
	} else {
		while (w->len < n) {
			got = pread(source->fd, w->bytes + w->len, n - w->len,
				(off_t)(from + w->len));
			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0)
				break;
			w->len += (size_t)got;
		}
	}
	memset(w->bytes + w->len, 0, TEXT_PAD);
}

static size_t window_bytes(const struct store *s)
{
	return s->window_count > WINDOWS_LEAST ? WINDOW_SMALL : WINDOW_BYTES;
}

/* Where to read from, so that the neighbours are there, too: whoever goes backward, as
 * the window LAST shows, gets those before it. */
static uint64_t window_start(const struct store *s, const struct window *last,
	uint32_t index, uint64_t place, size_t n)
{
	size_t bytes = window_bytes(s);
	bool back = last->source == index && place < last->place &&
	            last->place - place <= bytes && n < bytes;
	uint64_t least = index == WINDOW_SPOOL ? spool_valid(s->spool) : 0;
	uint64_t start = place + n > bytes ? place + n - bytes : 0;

	if (!back)
		return place;
	return start > least ? start : least;
}

const char *store_text_read(
	struct store *s, struct kept_source *source, uint64_t place, size_t n)
{
	uint32_t index = source != NULL ? source->base.origin.index : WINDOW_SPOOL;
	uint32_t *hint = source != NULL ? &source->window : &s->spool_window;
	struct window *w = &s->windows[*hint];
	uint64_t start, end;

	if (source == NULL && place < spool_valid(s->spool))
		return NULL;
	for (uint32_t i = 0; i < s->window_count && !holds(w, index, place, n); i++) {
		if (holds(&s->windows[i], index, place, n))
			w = &s->windows[i];
	}
	if (!holds(w, index, place, n)) {
		start = window_start(s, w, index, place, n);
		end = start + window_bytes(s);
		end = place + n > end ? place + n : end;
		w = oldest(s);
		w->source = index;
		fill(s, w, source, start, (size_t)(end - start));
	}
	w->used = ++s->clock;
	*hint = (uint32_t)(w - s->windows);
	return holds(w, index, place, n) ? w->bytes + (place - w->place) : NULL;
}

void store_text_free(struct store *s)
{
	for (uint32_t i = 0; i < s->source_count; i++) {
		struct kept_source *source = s->sources[i];
		if (source == NULL)
			continue;
		if (source->fd >= 0)
			close(source->fd);
		free(source->base.origin.label);
		free(source);
	}
	free(s->sources);
	for (uint32_t i = 0; i < s->window_count; i++)
		free(s->windows[i].bytes);
	free(s->windows);
}
