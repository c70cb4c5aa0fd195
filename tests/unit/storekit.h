/*
 * storekit: a store beside a simple model of it, a list in which everything is looked for
 * from the start. Records come from a file, which is read again, and from streams.
 */
#ifndef TESTS_STOREKIT_H
#define TESTS_STOREKIT_H

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/intern.h"
#include "core/mem.h"
#include "formats/format.h"
#include "merge/store.h"
#include "merge/store_view.h"
#include "tap.h"

#define SOURCES 5
#define FILES 2 /* the first of them are files */
#define KIT_PINS 8

/* What the model knows of a record. */
struct known {
	struct record r;
	uint32_t serial; /* the how-manieth that came */
	bool spooled;    /* its text is not read from its file */
	char *text;
};

struct kit {
	uint64_t seed;
	struct store *store;
	struct known **list; /* in order */
	struct known **came; /* as they came */
	size_t count, cap, came_count;
	struct origin origins[SOURCES];
	char labels[SOURCES][8], paths[FILES][64];
	FILE *files[FILES];
	uint64_t offsets[FILES];
	uint64_t limits[FILES]; /* their sizes when the store opened them */
	size_t longest;         /* bytes of a text; 0: it does not matter */
	int64_t clock;
	uint64_t late;
	uint32_t modules[4];
	struct store_pin pins[KIT_PINS];
	const struct known *pinned[KIT_PINS];
};

static inline uint32_t kit_random(struct kit *k, uint32_t below)
{
	k->seed = k->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((k->seed >> 33) % below);
}

static inline struct kit *kit_new(uint64_t seed, uint64_t spool, uint64_t most)
{
	static const char *const names[] = {"app", "app.db", "net.http", "main"};
	struct store_options options = {.spool_bytes = spool, .records_max = most};
	struct kit *k = xcalloc(1, sizeof(*k));
	struct intern_cache cache = {0};

	k->seed = seed;
	k->store = store_new(&options);
	k->clock = INT64_C(1700000000000000000);
	for (uint32_t i = 0; i < SOURCES; i++) {
		snprintf(k->labels[i], sizeof(k->labels[i]), "s%u", i);
		k->origins[i] = (struct origin){.label = k->labels[i], .index = i};
	}
	for (int i = 0; i < FILES; i++) {
		snprintf(k->paths[i], sizeof(k->paths[i]), "/tmp/t_store.%d.%d", getpid(),
			i);
		k->files[i] = fopen(k->paths[i], "w");
		k->origins[i].path = k->paths[i];
	}
	for (int i = 0; i < 4; i++)
		k->modules[i] = intern(&cache, str_from(names[i]));
	return k;
}

static inline void kit_free(struct kit *k)
{
	for (int i = 0; i < FILES; i++) {
		fclose(k->files[i]);
		unlink(k->paths[i]);
	}
	for (size_t i = 0; i < k->came_count; i++) {
		free(k->came[i]->text);
		free(k->came[i]);
	}
	store_free(k->store);
	free(k->list);
	free(k->came);
	free(k);
}

static inline size_t kit_length(struct kit *k)
{
	uint32_t kind = kit_random(k, 1000);
	size_t len = 20 + kit_random(k, 100);

	if (kind == 0)
		len = 20 + kit_random(k, 100000);
	if (kind == 1)
		len = 20 + kit_random(k, 6) * 60000;
	return k->longest > 0 && len > k->longest ? k->longest : len;
}

static inline char *kit_text(struct kit *k, uint32_t serial, size_t len)
{
	char *text = xcalloc(1, len + TEXT_PAD);
	int n = snprintf(
		text, len, "#%u %s\n", serial, kit_random(k, 7) == 0 ? "needle" : "hay");

	for (size_t i = (size_t)n; i < len; i++)
		text[i] = (char)('a' + (serial + i) % 26);
	return text;
}

/* Where the model puts a record of KEY. */
static inline size_t kit_place(const struct kit *k, int64_t key)
{
	size_t i = k->count;

	while (i > 0 && k->list[i - 1]->r.key > key)
		i--;
	return i;
}

static inline void kit_model(struct kit *k, struct known *known)
{
	size_t at = kit_place(k, known->r.key);

	if (k->came_count == k->cap) {
		k->cap = k->cap > 0 ? 2 * k->cap : 1024;
		k->list = xrealloc(k->list, k->cap * sizeof(struct known *));
		k->came = xrealloc(k->came, k->cap * sizeof(struct known *));
	}
	k->late += at < k->count;
	memmove(k->list + at + 1, k->list + at, (k->count - at) * sizeof(struct known *));
	k->list[at] = known;
	k->count++;
	k->came[k->came_count++] = known;
}

/* A record of SOURCE; of what comes one in LATE is late (0: none). */
static inline struct known *kit_make(struct kit *k, uint32_t source, uint32_t late)
{
	static const uint8_t numbers[] = {0, 5, 10, 20, 20, 20, 25, 30, 37, 40, 50, 70};
	struct known *known = xcalloc(1, sizeof(*known));
	struct severity severity =
		level_from_number(numbers[kit_random(k, sizeof(numbers))]);
	struct record *r = &known->r;

	known->serial = (uint32_t)k->came_count;
	r->len = (uint32_t)kit_length(k);
	known->text = kit_text(k, known->serial, r->len);
	r->text = known->text;
	k->clock += kit_random(k, 3) * 1000;
	r->key = k->clock;
	if (late > 0 && kit_random(k, late) == 0)
		r->key -= kit_random(k, 40000000);
	r->time = kit_random(k, 50) == 0 ? TIME_NONE : r->key;
	if (kit_random(k, 60) == 0)
		r->time = r->key + 77;
	r->origin = &k->origins[source];
	r->level = severity.level;
	r->severity = severity.number;
	if (r->severity == 25 && kit_random(k, 2) == 0)
		r->level = kit_random(k, 2) == 0 ? LEVEL_NOTICE : LEVEL_INFO;
	r->module = kit_random(k, 5) == 0 ? 0 : k->modules[kit_random(k, 4)];
	if (kit_random(k, 150) == 0)
		r->module = INTERN_OTHER;
	r->format = FORMAT_raw;
	r->flags = (uint8_t)(kit_random(k, 100) == 0 ? RECORD_LATE | RECORD_PARTIAL : 0);
	r->head = (uint32_t)((char *)memchr(r->text, '\n', r->len) - r->text);
	if (source < FILES) {
		r->offset = k->offsets[source];
		fwrite(r->text, 1, r->len, k->files[source]);
		fputc('\n', k->files[source]);
		k->offsets[source] += r->len + 1;
		known->spooled = r->module == INTERN_OTHER ||
				 (r->time != r->key && r->time != TIME_NONE);
		if (k->limits[source] > 0 && r->offset + r->len > k->limits[source])
			known->spooled = true;
	} else {
		known->spooled = true;
	}
	return known;
}

/* N more records. The files are written before the store may look at them. */
static inline void kit_grow(struct kit *k, size_t n, uint32_t late)
{
	const struct record **list = xcalloc(n, sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		struct known *known = kit_make(k, kit_random(k, SOURCES), late);
		kit_model(k, known);
		list[i] = &known->r;
	}
	for (int i = 0; i < FILES; i++) {
		fflush(k->files[i]);
		if (k->limits[i] == 0)
			k->limits[i] = k->offsets[i];
	}
	for (size_t i = 0; i < n;) {
		size_t some = 1 + kit_random(k, 256);
		some = some < n - i ? some : n - i;
		store_append(k->store, list + i, some);
		i += some;
	}
	free(list);
}

static inline bool kit_same(const struct known *known, const struct record *r)
{
	const struct record *want = &known->r;

	return r->key == want->key && r->time == want->time && r->len == want->len &&
	       r->head == want->head && memcmp(r->text, want->text, want->len) == 0 &&
	       r->origin->index == want->origin->index &&
	       strcmp(r->origin->label, want->origin->label) == 0 &&
	       r->module == want->module && r->level == want->level &&
	       r->severity == want->severity && r->format == want->format &&
	       (r->flags & ~RECORD_NO_NEWLINE) == want->flags;
}

#endif
