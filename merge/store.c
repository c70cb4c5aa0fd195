/*
 * store: records put into chunks, and got out of them.
 */
#include "merge/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "formats/format.h"
#include "merge/store_state.h"

static_assert(offsetof(struct chunk, key) <= 32, "a chunk has next to nothing besides");
static_assert(LEVEL_COUNT <= 1 << (64 - LEVEL_SHIFT), "a level fits");
static_assert(FORMAT_COUNT <= 1 << (16 - MARK_FORMAT), "a format fits");

struct store *store_new(const struct store_options *options)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->options = *options;
	s->last_key = INT64_MIN;
	s->spool = spool_new(
		options->spool_bytes > 0 ? options->spool_bytes : STORE_SPOOL_BYTES,
		options->folder);
	return s;
}

void store_free(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->slot_count; i++)
		free(s->slots[i].chunk);
	free(s->slots);
	store_text_free(s);
	spool_free(s->spool);
	free(s);
}

/* Puts an empty chunk at SLOT. */
static struct chunk *add_slot(struct store *s, size_t slot, uint64_t start)
{
	struct chunk *c = xmalloc(sizeof(*c));

	c->count = 0;
	c->worst = 0;
	c->spooled = UINT64_MAX;
	if (s->slot_count == s->slot_cap) {
		s->slot_cap = s->slot_cap > 0 ? 2 * s->slot_cap : 64;
		s->slots = xrealloc(s->slots, s->slot_cap * sizeof(*s->slots));
	}
	memmove(s->slots + slot + 1, s->slots + slot,
		(s->slot_count - slot) * sizeof(*s->slots));
	s->slots[slot] = (struct slot){c, start};
	s->slot_count++;
	store_views_slot(s, slot);
	return c;
}

size_t store_slot(const struct store *s, uint64_t i, uint32_t *at)
{
	size_t low = 0, high = s->slot_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (s->slots[middle].start <= i)
			low = middle;
		else
			high = middle;
	}
	*at = (uint32_t)(i - s->slots[low].start);
	return low;
}

/* The first record of C whose key is KEY or later, or, with BEHIND, later than KEY. */
static uint32_t find_in(const struct chunk *c, int64_t key, bool behind)
{
	uint32_t low = 0, high = c->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (c->key[middle] < key || (behind && c->key[middle] == key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The last chunk that has a record before KEY (with BEHIND also one at KEY); or 0. */
static size_t find_slot(const struct store *s, int64_t key, bool behind)
{
	size_t low = 0, high = s->slot_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		int64_t first = s->slots[middle].chunk->key[0];
		if (first < key || (behind && first == key))
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint64_t store_find(const struct store *s, int64_t key)
{
	size_t slot;

	if (s->count == 0)
		return 0;
	slot = find_slot(s, key, false);
	return s->slots[slot].start + find_in(s->slots[slot].chunk, key, false);
}

/* What is kept of one record. */
struct entry {
	uint64_t place;
	uint64_t spooled; /* where in the spool; UINT64_MAX: it is not there */
	uint16_t module;
	uint16_t marks;
};

/* Puts R's text into the spool, with what does not fit into E. */
static void spool_text(
	struct store *s, const struct record *r, bool with_odd, struct entry *e)
{
	size_t max = spool_record_max(s->spool) - sizeof(struct odd);
	size_t len = r->len < max ? r->len : max;
	struct odd odd = {r->time, r->offset, (uint32_t)len, r->module};

	e->spooled = spool_put(s->spool, &odd, with_odd ? sizeof(odd) : 0, r->text, len);
	e->place = e->spooled & PLACE_MASK;
	e->marks |= MARK_SPOOLED | (with_odd ? MARK_ODD : 0);
	e->marks |= len < r->len ? RECORD_CUT : 0;
	if (!with_odd)
		e->place |= (uint64_t)len << PLACE_BITS;
}

static bool has_mark(const struct record *r)
{
	return r->offset == 0 && r->len >= 3 && memcmp(r->text, "\xef\xbb\xbf", 3) == 0;
}

/* Whether R says more than fits. */
static bool is_odd(const struct record *r)
{
	return r->len > LEN_MAX || r->module >= INTERN_OTHER ||
	       (r->time != r->key && r->time != TIME_NONE);
}

static struct entry make_entry(
	struct store *s, struct kept_source *source, const struct record *r)
{
	struct entry e = {.spooled = UINT64_MAX, .module = (uint16_t)r->module};
	bool odd = is_odd(r);

	e.marks = (uint16_t)(r->flags | r->format << MARK_FORMAT);
	e.marks |= r->time == TIME_NONE ? MARK_NO_TIME : 0;
	if (!odd && store_text_in_file(source, r))
		e.place = r->offset | (uint64_t)r->len << PLACE_BITS;
	else
		spool_text(s, r, odd || has_mark(r), &e);
	return e;
}

static void put(struct chunk *c, uint32_t at, const struct record *r,
	const struct kept_source *source, const struct entry *e)
{
	c->key[at] = r->key;
	c->place[at] = e->place | (uint64_t)r->level << LEVEL_SHIFT;
	c->source[at] = (uint16_t)source->base.origin.index;
	c->module[at] = e->module;
	c->marks[at] = e->marks;
	c->severity[at] = r->severity;
	c->worst = r->severity > c->worst ? r->severity : c->worst;
	c->spooled = e->spooled < c->spooled ? e->spooled : c->spooled;
	c->count++;
}

/* The records of C from AT on move up by one. */
static void open_gap(struct chunk *c, uint32_t at)
{
	uint32_t n = c->count - at;

	memmove(c->key + at + 1, c->key + at, n * sizeof(c->key[0]));
	memmove(c->place + at + 1, c->place + at, n * sizeof(c->place[0]));
	memmove(c->source + at + 1, c->source + at, n * sizeof(c->source[0]));
	memmove(c->module + at + 1, c->module + at, n * sizeof(c->module[0]));
	memmove(c->marks + at + 1, c->marks + at, n * sizeof(c->marks[0]));
	memmove(c->severity + at + 1, c->severity + at, n * sizeof(c->severity[0]));
}

/* Moves the second half of SLOT's chunk into a new one behind it. */
static void split(struct store *s, size_t slot)
{
	struct chunk *from = s->slots[slot].chunk;
	uint32_t half = from->count / 2, n = from->count - half;
	struct chunk *to = add_slot(s, slot + 1, s->slots[slot].start + half);

	memcpy(to->key, from->key + half, n * sizeof(to->key[0]));
	memcpy(to->place, from->place + half, n * sizeof(to->place[0]));
	memcpy(to->source, from->source + half, n * sizeof(to->source[0]));
	memcpy(to->module, from->module + half, n * sizeof(to->module[0]));
	memcpy(to->marks, from->marks + half, n * sizeof(to->marks[0]));
	memcpy(to->severity, from->severity + half, n * sizeof(to->severity[0]));
	to->count = n;
	to->spooled = from->spooled;
	from->count = half;
	chunk_set_worst(to);
	chunk_set_worst(from);
	store_views_split(s, slot);
}

static void insert(struct store *s, const struct record *r, struct kept_source *source,
	const struct entry *e)
{
	size_t slot = find_slot(s, r->key, true);
	uint32_t at = find_in(s->slots[slot].chunk, r->key, true);
	struct chunk *c = s->slots[slot].chunk;

	if (c->count == CHUNK_RECORDS) {
		split(s, slot);
		if (at > c->count) {
			at -= c->count;
			c = s->slots[++slot].chunk;
		}
	}
	open_gap(c, at);
	put(c, at, r, source, e);
	for (size_t i = slot + 1; i < s->slot_count; i++)
		s->slots[i].start++;
	s->count++;
	s->late++;
	source->base.late++;
	store_pins_inserted(s, s->slots[slot].start + at);
	store_views_insert(s, slot, at, r);
}

static void append(struct store *s, const struct record *r, struct kept_source *source,
	const struct entry *e)
{
	struct chunk *c = s->slot_count > 0 ? s->slots[s->slot_count - 1].chunk : NULL;

	if (c == NULL || c->count == CHUNK_RECORDS)
		c = add_slot(s, s->slot_count, s->count);
	put(c, c->count, r, source, e);
	s->count++;
	s->last_key = r->key;
	if (s->views != NULL)
		store_views_append(s, r);
}

static void take(struct store *s, const struct record *r)
{
	struct kept_source *source = store_text_source(s, r);
	struct entry e = make_entry(s, source, r);

	source->base.count++;
	source->base.by_level[r->level]++;
	s->levels[r->level]++;
	if (r->key > source->base.last_key)
		source->base.last_key = r->key;
	if (s->count == 0 || r->key >= s->last_key)
		append(s, r, source, &e);
	else
		insert(s, r, source, &e);
	if (spool_valid(s->spool) > s->purged ||
		(s->options.records_max > 0 && s->count > s->options.records_max))
		store_evict(s);
}

void store_append(struct store *s, const struct record *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		take(s, list[i]);
}

/* The whole place in the spool of what is kept of it. */
static uint64_t whole_place(const struct store *s, uint64_t place)
{
	uint64_t end = spool_end(s->spool);

	return end - ((end - place) & PLACE_MASK);
}

/* Reads what did not fit of record OUT, whose text is behind *PLACE. */
static bool read_odd(struct store *s, uint64_t *place, struct record *out)
{
	struct odd odd;
	const char *bytes = store_text_read(s, NULL, *place, sizeof(odd));

	if (bytes == NULL)
		return false;
	memcpy(&odd, bytes, sizeof(odd));
	*place += sizeof(odd);
	out->time = odd.time;
	out->offset = odd.offset;
	out->len = odd.len;
	out->module = odd.module;
	return true;
}

/* Makes OUT the record AT of C but for its text, whose place is returned in *PLACE. */
static bool load(struct store *s, const struct chunk *c, uint32_t at, struct record *out,
	uint64_t *place)
{
	unsigned marks = c->marks[at];

	*place = c->place[at] & PLACE_MASK;
	*out = (struct record){
		.time = marks & MARK_NO_TIME ? TIME_NONE : c->key[at],
		.key = c->key[at],
		.origin = &s->sources[c->source[at]]->base.origin,
		.offset = *place,
		.len = place_len(c->place[at]),
		.module = c->module[at],
		.level = place_level(c->place[at]),
		.severity = c->severity[at],
		.format = (uint8_t)(marks >> MARK_FORMAT),
		.flags = marks & (MARK_SPOOLED - 1),
	};
	if (!(marks & MARK_SPOOLED))
		return true;
	*place = whole_place(s, *place);
	out->offset = *place + 1; /* not a file's first byte */
	return !(marks & MARK_ODD) || read_odd(s, place, out);
}

void store_peek(struct store *s, uint64_t i, struct record *out)
{
	uint32_t at;
	size_t slot = store_slot(s, i, &at);
	uint64_t place;

	load(s, s->slots[slot].chunk, at, out, &place);
}

/* The bytes of the first line, as the reader counts them. */
static uint32_t head_of(const struct record *r)
{
	const char *newline;

	if (r->flags & RECORD_CONTINUED)
		return 0;
	if ((r->flags & RECORD_WIRE) && !(r->flags & RECORD_PART))
		return r->len;
	newline = memchr(r->text, '\n', r->len);
	return newline != NULL ? (uint32_t)(newline - r->text) : r->len;
}

bool store_get(struct store *s, uint64_t i, struct record *out)
{
	static const char nothing[TEXT_PAD];
	uint32_t at;
	size_t slot = store_slot(s, i, &at);
	struct chunk *c = s->slots[slot].chunk;
	struct kept_source *source = s->sources[c->source[at]];
	uint64_t place;
	bool there = load(s, c, at, out, &place);

	if (there)
		out->text = store_text_read(
			s, c->marks[at] & MARK_SPOOLED ? NULL : source, place, out->len);
	if (!there || out->text == NULL) {
		out->text = nothing;
		out->len = 0;
		return false;
	}
	out->head = head_of(out);
	out->flags |= RECORD_NO_NEWLINE; /* what follows it here is anything */
	return true;
}

uint64_t store_count(const struct store *s)
{
	return s->count;
}

uint64_t store_late(const struct store *s)
{
	return s->late;
}

uint64_t store_evicted(const struct store *s)
{
	return s->evicted;
}

const char *store_complaint(struct store *s)
{
	const char *complaint = spool_complaint(s->spool);

	if (complaint == s->complaint_said)
		return NULL;
	s->complaint_said = complaint;
	return complaint;
}

uint32_t store_sources(const struct store *s)
{
	return s->source_count;
}

const struct store_source *store_source(const struct store *s, uint32_t index)
{
	if (index > STORE_SOURCES_MAX)
		index = STORE_SOURCES_MAX;
	if (index >= s->source_count || s->sources[index] == NULL)
		return NULL;
	return &s->sources[index]->base;
}

const uint64_t *store_levels(const struct store *s)
{
	return s->levels;
}

size_t store_memory(const struct store *s)
{
	size_t bytes = sizeof(*s) + s->slot_count * sizeof(struct chunk) +
	               s->slot_cap * sizeof(struct slot) +
	               s->source_count * sizeof(*s->sources);

	for (uint32_t i = 0; i < s->window_count; i++)
		bytes += s->windows[i].cap;
	return bytes;
}
