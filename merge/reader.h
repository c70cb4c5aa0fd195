/*
 * reader: the bytes of one source become records. Splits lines, asks the formats, joins
 * continuation lines to their record, filters, and fills batches.
 *
 *	reader_init(&r, &options, stream);
 *	buf = reader_room(&r, &cap); n = read(fd, buf, cap);
 *	reader_feed(&r, n, &now);                  // or reader_frame for a datagram
 *	while ((b = reader_take(&r, false)) != NULL) hand over
 *	reader_end(&r); b = reader_take(&r, true);
 *	reader_clear(&r);
 *
 * It never fails: what no format knows is a raw record or the rest of one. Bytes are read
 * into a block and records point into it; only the unfinished record at a block's end is
 * copied to the next. Where a filter is at work on a finite source, kept records are
 * copied together and the block is used again.
 */
#ifndef MERGE_READER_H
#define MERGE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/block.h"
#include "core/fields.h"
#include "core/intern.h"
#include "core/record.h"
#include "filters/filter.h"
#include "formats/format.h"
#include "merge/batch.h"
#include "merge/stream.h"

enum reader_keys {
	KEYS_TIME,    /* the record's time; without one its predecessor's */
	KEYS_LIVE,    /* min(time, arrival) */
	KEYS_ARRIVAL, /* arrival */
	KEYS_SOURCE   /* the source's place on the command line */
};

/* The same for all readers of a thread. */
struct reader_options {
	size_t block_bytes;
	size_t record_max;          /* bytes of one record; longer ones are cut */
	unsigned want;              /* enum parse_want */
	struct filter_set *filters; /* NULL: keep all */
	uint8_t least_severity;     /* > 0: the filters are just this and need not be asked */
	struct fields *fields;      /* scratch for the filters */
	struct intern_cache *modules;
};

/* One moment on both clocks. */
struct moment {
	int64_t mono; /* CLOCK_MONOTONIC ns: windows are measured on it */
	int64_t wall; /* CLOCK_REALTIME ns: the arrival in sort keys */
};

struct reader {
	const struct reader_options *options;
	struct stream *stream;
	struct parse parse;
	enum reader_keys keys;
	bool copying;           /* kept records are copied to the batch's own block */
	struct block *block;
	size_t end;             /* bytes of the block that are filled */
	size_t line;            /* where the line being read begins */
	size_t searched;        /* no newline before this */
	size_t handed;          /* where text of the block that was handed over ends */
	uint64_t base;          /* offset in the source of the block's first byte */
	struct record slots[2]; /* the open record, and room for the one after it */
	unsigned slot;          /* the open one's */
	bool has_open;          /* it may still go on */
	size_t open_start, open_end; /* its bytes in the block, without the last newline */
	struct moment open_moment;   /* when its first byte came */
	struct moment fed;      /* when the last byte came */
	bool time_only;         /* nothing but the time of a record is wanted */
	unsigned format;        /* that took the last head */
	bool had_head;          /* some format has taken a line of this source */
	bool paused;            /* the last record went out while its source was silent */
	bool mid_line;          /* the line being read was already taken in part */
	bool in_traceback;      /* a traceback has begun and its last line has not come */
	bool kept;              /* the last record passed the filters */
	uint64_t stop;          /* a head from here on is not ours; UINT64_MAX: all are */
	bool stopped;           /* one has come */
	bool skipping;          /* what comes before the first head is not ours */
	struct step step;       /* of the look-ahead */
	int64_t last_key;
	bool has_timed;         /* live: some record had a time ... */
	bool timed_before;      /* ... and was in a batch that was handed over */
	int64_t first_timed_key;
	int64_t timed_key;      /* the last one's key ... */
	int64_t timed_at;       /* ... and when it came, monotonic */
	uint32_t sequence;
	struct batch *batch;
	struct batch *full, **full_last; /* batches to hand over */
	size_t copy_used;       /* of the batch's own block */
};

void reader_init(
	struct reader *r, const struct reader_options *options, struct stream *stream);
void reader_clear(struct reader *r);
/* Where the next bytes go; *CAP is at least LEAST. Valid until the next call. */
char *reader_room(struct reader *r, size_t least, size_t *cap);
/* N bytes have been put there. */
void reader_feed(struct reader *r, size_t n, const struct moment *now);
/* N bytes have been put there that are one whole message: one record. */
void reader_frame(
	struct reader *r, size_t n, enum frame_kind kind, const struct moment *now);
/* Begins a chunk of a file at OFFSET, in the middle of a line unless that is 0: what comes
 * before the first head is left out, and the first head at or behind STOP ends it. */
void reader_start(struct reader *r, uint64_t offset, uint64_t stop, uint32_t sequence);
/* Live sources: the source is silent; puts out what is open. A line without its end is
 * only put out, flagged partial, if LINE_TOO. */
void reader_pause(struct reader *r, bool line_too);
/* What comes next does not go on from what came: another file or writer, or another place
 * OFFSET in the file. */
void reader_boundary(struct reader *r, uint64_t offset);
/* The end: everything is put out. */
void reader_end(struct reader *r);
/* Something is open that reader_pause would put out. */
bool reader_is_open(const struct reader *r);
/* The next batch to hand over: a full one, or with FLUSH also the one being filled if it
 * has anything. NULL: none. */
struct batch *reader_take(struct reader *r, bool flush);
/* For reader_room.c and reader_parts.c: ends the batch being filled, if it has anything. */
void reader_hand_over(struct reader *r);
/* For reader.c: whether MESSAGE in the block, which FORMAT took, was several records; if so
 * they are taken, with FLAGS. */
bool reader_apart(struct reader *r, unsigned format, struct str message, unsigned flags,
	const struct moment *now);
/* For reader_parts.c: takes PART, whose key and origin are not set yet. */
void reader_part(struct reader *r, const struct record *part, const struct moment *now);

#endif
