/*
 * store: the records that the viewer keeps, in order, at 23 bytes each besides their
 * text. The text of regular files is read again where it came from; the text of streams
 * goes to a bounded, unlinked spool file, whose oldest is given up for the newest.
 *
 *	struct store *s = store_new(&options);
 *	while ((n = mux_next(mux, list, 256)) > 0)
 *		store_append(s, list, n);           // a late one goes where it belongs
 *	for (uint64_t i = top; i < store_count(s); i++)
 *		if (store_get(s, i, &record)) ...
 *	store_free(s);
 *
 * Records are numbered from 0 to store_count - 1, without gaps. A late record moves
 * those behind it up, one that is given up moves them down: who must stay with a record
 * keeps a pin on it. Filtered lists of it are merge/store_view.h. Draws nothing, decides
 * nothing on what is shown.
 */
#ifndef MERGE_STORE_H
#define MERGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/level.h"
#include "core/record.h"

#define STORE_HELD 8             /* texts of the last so many gets are valid */
#define STORE_SPOOL_BYTES (UINT64_C(1) << 30)
#define STORE_SOURCES_MAX 65535  /* sources told apart; those beyond count as one */

struct store;

struct store_options {
	uint64_t spool_bytes; /* of text of streams; 0: STORE_SPOOL_BYTES */
	uint64_t records_max; /* the oldest go beyond it; 0: as many as come */
	const char *folder;   /* of the spool file; NULL: see store_spool.h */
};

struct store *store_new(const struct store_options *options);
/* NULL is allowed. Views and pins of it must be gone. */
void store_free(struct store *s);

/* Takes the N records of LIST, as mux_next gives them; copies what it needs. */
void store_append(struct store *s, const struct record *const *list, size_t n);

uint64_t store_count(const struct store *s);
/* Makes *OUT the record I, whose text is followed by TEXT_PAD readable bytes and is
 * valid for STORE_HELD - 1 more gets and until the next append. Its origin lives as long
 * as S; its sequence is 0. False: its text can no longer be read (the file was
 * truncated, the disk is full); the rest of OUT is right, and its text is empty. */
bool store_get(struct store *s, uint64_t i, struct record *out);
/* The same without the text, which is NULL though len is right: cheap. */
void store_peek(struct store *s, uint64_t i, struct record *out);
/* The first record whose key is KEY or later; store_count if there is none. */
uint64_t store_find(const struct store *s, int64_t key);

/* Late records that were inserted before others; records given up; bytes in memory. */
uint64_t store_late(const struct store *s);
uint64_t store_evicted(const struct store *s);
size_t store_memory(const struct store *s);
/* Why the text of streams cannot be kept, once; NULL: all is well, or it was said. */
const char *store_complaint(struct store *s);

/* Stays with a record while others come and go. Gone records leave it at the next one. */
struct store_pin {
	uint64_t at;
	bool gone;
	struct store_pin *next; /* the store's */
};

void store_pin(struct store *s, struct store_pin *pin, uint64_t at);
void store_unpin(struct store *s, struct store_pin *pin);

/* What is kept of one source. */
struct store_source {
	struct origin origin;            /* its index is that of the source's own */
	uint64_t count;
	uint64_t by_level[LEVEL_COUNT];
	uint64_t late;                   /* came late, and were inserted */
	int64_t last_key;                /* the latest that ever came; INT64_MIN: none */
};

/* Numbers below it may be sources. */
uint32_t store_sources(const struct store *s);
/* The source of that origin index, or NULL if nothing of it ever came. Lives as S. */
const struct store_source *store_source(const struct store *s, uint32_t index);
/* Of all records kept, by enum level. */
const uint64_t *store_levels(const struct store *s);

/* What is in one part of a range of time. */
struct store_bucket {
	uint64_t count;
	uint8_t severity; /* the worst one */
};

struct store_view;

/* Divides FROM <= key < TO into N buckets of equal length. VIEW: just of what it has
 * found, or NULL. Takes time for few records, however many there are. */
void store_histogram(struct store *s, struct store_view *view, int64_t from, int64_t to,
	struct store_bucket *buckets, size_t n);

#endif
