/*
 * store_state: what the parts of the store share. For merge/store*.c only.
 *
 * Records are kept in chunks, each a set of arrays: what is scanned (severities, keys)
 * lies together. A late record moves what is behind it in its own chunk; a full chunk is
 * halved.
 */
#ifndef MERGE_STORE_STATE_H
#define MERGE_STORE_STATE_H

#include "core/intern.h"
#include "merge/store.h"
#include "merge/store_spool.h"

#define CHUNK_RECORDS 4096
#define CHUNK_WORDS (CHUNK_RECORDS / 64)

/* Besides enum record_flags, in the marks of a record. */
enum store_marks {
	MARK_SPOOLED = 1 << 7, /* its text is in the spool */
	MARK_ODD = 1 << 8,     /* a struct odd is before its text, in the spool */
	MARK_NO_TIME = 1 << 9,
	MARK_FORMAT = 10       /* from this bit on: its format */
};

/* A record's place: where its text is, from the bit PLACE_BITS on how long it is, and
 * from LEVEL_SHIFT on its level. So a file may have half a TiB, and the pieces of a
 * cut record, 1 MiB each, fit still. */
#define PLACE_BITS 39
#define LEVEL_SHIFT 60
#define PLACE_MASK ((UINT64_C(1) << PLACE_BITS) - 1)
#define LEN_MAX ((UINT32_C(1) << (LEVEL_SHIFT - PLACE_BITS)) - 1)

/* What does not fit elsewhere. */
struct odd {
	int64_t time;
	uint64_t offset;
	uint32_t len;
	uint32_t module;
};

struct chunk {
	uint32_t count;
	uint8_t worst;    /* the greatest severity of its records */
	uint64_t spooled; /* none of its texts is before it in the spool */
	int64_t key[CHUNK_RECORDS];
	uint64_t place[CHUNK_RECORDS];
	uint16_t source[CHUNK_RECORDS];
	uint16_t module[CHUNK_RECORDS];
	uint16_t marks[CHUNK_RECORDS];
	uint8_t severity[CHUNK_RECORDS];
};

/* A chunk, and the number of its first record. */
struct slot {
	struct chunk *chunk;
	uint64_t start;
};

/* A source, and how to read its text again. */
struct kept_source {
	struct store_source base;
	int fd;         /* of its file; -1: its text is spooled */
	uint64_t limit; /* the file's size at first: what is behind it may move away */
	uint32_t unchecked; /* records that may yet come before the file is looked at */
	uint32_t window;    /* that held its text last */
};

#define WINDOWS_LEAST 64
#define WINDOWS_MOST 1024 /* of many files each has its own */
#define WINDOW_BYTES 32768
#define WINDOW_SMALL 16384 /* where there are many */
#define WINDOW_SPOOL UINT32_MAX /* as a window's source */

/* Text that was read again. */
struct window {
	uint32_t source;
	uint64_t place; /* of its first byte, in the file or spool */
	size_t len, cap;
	char *bytes;   /* NULL: never used */
	uint64_t used; /* the store's clock then */
};

struct store {
	struct store_options options;
	struct slot *slots;
	size_t slot_count, slot_cap;
	uint64_t count;
	int64_t last_key;
	uint64_t late, evicted;
	uint64_t levels[LEVEL_COUNT];
	struct kept_source **sources; /* by origin index */
	uint32_t source_count;
	struct spool *spool;
	uint64_t purged; /* nothing before it in the spool is referred to */
	const char *complaint_said;
	uint32_t files;               /* sources that are read again */
	struct window *windows;
	uint32_t window_count;
	uint64_t clock;
	uint32_t spool_window;
	struct store_pin *pins;
	struct store_view *views;
};

/* The chunk of record I, which exists; *AT is its place there. */
size_t store_slot(const struct store *s, uint64_t i, uint32_t *at);

/* store_text.c */
/* The source of R's origin, which is made when it is new. */
struct kept_source *store_text_source(struct store *s, const struct record *r);
/* Whether R's text can be read again from its file. */
bool store_text_in_file(struct kept_source *source, const struct record *r);
/* N bytes from PLACE on of SOURCE's file or (NULL) the spool, or NULL. Valid as store_get
 * says. */
const char *store_text_read(
	struct store *s, struct kept_source *source, uint64_t place, size_t n);
void store_text_free(struct store *s);

/* store_evict.c */
/* Takes out records whose text the spool has given up, and the oldest beyond the
 * maximum. */
void store_evict(struct store *s);
void store_pins_inserted(struct store *s, uint64_t i);

/* store_view.c: the views follow what happens to the chunks. */
void store_views_slot(struct store *s, size_t slot);  /* a chunk was put in there */
void store_views_split(struct store *s, size_t slot); /* its second half is the next */
void store_views_append(struct store *s, const struct record *r);
void store_views_insert(
	struct store *s, size_t slot, uint32_t at, const struct record *r);
/* Those set in GONE, of the chunk's COUNT records, are about to go. */
void store_views_remove(struct store *s, size_t slot, const uint64_t gone[CHUNK_WORDS]);
void store_views_drop(struct store *s, size_t slot); /* an empty chunk goes */

/* Says anew how bad the worst record of C is. */
static inline void chunk_set_worst(struct chunk *c)
{
	c->worst = 0;
	for (uint32_t i = 0; i < c->count; i++)
		c->worst = c->severity[i] > c->worst ? c->severity[i] : c->worst;
}

static inline uint32_t place_len(uint64_t place)
{
	return (uint32_t)(place >> PLACE_BITS) & LEN_MAX;
}

static inline uint8_t place_level(uint64_t place)
{
	return (uint8_t)(place >> LEVEL_SHIFT);
}

#endif
