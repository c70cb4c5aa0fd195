/*
 * source: where bytes come from. One .c a kind, one row in table.h. A source knows bytes,
 * framing where its transport has it, identity and state; nothing of lines or time.
 *
 *	struct source *list = source_open(spec, &options, &err);   // NULL: err says why
 *	for each s in list (s->next): wait for s->fd, then
 *		while ((state = s->ops->read(s, buf, cap, &len)) == READ_DATA) ...
 *	source_close(s);
 *
 * To add one: write sources/x.c ending in `const struct source_ops source_x = {...}`, add
 * SOURCE(x) to table.h and a test. Nothing else.
 *
 * Nothing here blocks: every descriptor is opened O_NONBLOCK | O_CLOEXEC. A source is used
 * by one thread at a time: opened in the main thread, then given to an ingest thread.
 */
#ifndef SOURCES_SOURCE_H
#define SOURCES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/frame.h"
#include "core/notice.h"
#include "core/record.h"
#include "core/str.h"

enum read_state {
	READ_DATA,  /* *len > 0 bytes of a stream */
	READ_FRAME, /* *len bytes that are one whole message; s->frame says of what kind */
	READ_AGAIN, /* nothing now; more may come */
	READ_EOF,   /* the end, for good */
	READ_ROOM,  /* nothing yet: read again with room for *len bytes, which the next message
	             * takes */
	READ_HANDOVER, /* no source of logs, but somebody for the engine, who has said hello:
	             * take the descriptor by ops->hand_over, then close the source */
	READ_RESET, /* what comes next does not go on from what came: a new file behind the
	             * name, a truncated one, a new writer of a FIFO */
	READ_ERROR  /* failed, for good; a notice has said why */
};

struct watch;
struct origins;
struct sharing;

struct source_options {
	bool follow;              /* tail: files are followed, globs get new matches */
	bool from_start;          /* a followed file is read from its start */
	bool wait;                /* a path that does not exist yet is waited for */
	bool restart;             /* a followed command that has ended is started again */
	unsigned max_connections; /* of one listener */
	size_t max_frame;         /* bytes of a datagram or frame that are kept; 0: 1 MiB */
	unsigned frame_wait_ms;   /* a message that began must be whole by then; 0: 30 s */
	int output_fd;            /* a file behind it is not read: records go there; 0: none */
	unsigned rotate_wait_ms;  /* a rotated file is read until silent so long; 0: 30 s */
	struct notices *notices;
	struct origins *origins;
	const struct sharing *sharing; /* core/sharing.h; NULL: with no other mplog */
};

struct source {
	const struct source_ops *ops;
	struct source *next;      /* in the list of source_open; later the owner's business */
	struct origin *origin;
	enum frame_kind frame;    /* of the message read last */
	bool buffered;            /* it came from the kernel with the one before it */
	int fd;                   /* readable when there is something; -1: a regular file */
	bool live;                /* may have more after what is there now */
	bool replays;             /* a live one: what comes now is its past */
	int64_t arrived;          /* what was read last had come earlier than now: ns; 0: no */
	bool ended;               /* one that accepts: it gives no more, and is closed */
	int64_t written;          /* a regular file: when it was, as it was opened (ns); or 0 */
	uint64_t dropped;         /* messages the kernel threw away, as far as it says */
	const struct source_options *options; /* outlives the source */
	void *owner;              /* whoever waits for it */
};

struct source_ops {
	const char *name;    /* "tcp" */
	const char *prefix;  /* "tcp:"; NULL: recognised by what the path is */
	bool frames;         /* read gives READ_FRAME: whole datagrams */
	bool waits;          /* its writer expects that it may have to wait: a pipeline */
	bool patient;        /* much fits into the kernel: its writers do not wait for us */
	bool shared;         /* many programs write it at once: a FIFO, datagrams */
	bool replica;        /* it comes from an mplog; others get it from there */
	const char *summary; /* for help: "tcp:[HOST:]PORT  listen for TCP connections" */
	/* Opens ADDRESS (the spec behind label and prefix; NUL-terminated). Returns one source
	 * or a list of them, or NULL with the reason in ERR. LABEL is NULL if the user gave
	 * none. */
	struct source *(*open)(const char *address, const char *label,
		const struct source_options *options, struct err *err);
	/* At most CAP bytes into BUF; never blocks. A datagram that is longer than CAP is cut
	 * and that is counted and said. NULL for a listener of streams. A followed file with
	 * CAP 0 gives READ_AGAIN, but sees rotations: for an owner without room. */
	enum read_state (*read)(struct source *s, char *buf, size_t cap, size_t *len);
	/* When read must be called even if nothing comes: CLOCK_MONOTONIC ns, or INT64_MAX. For
	 * listeners: accept. NULL: never. */
	int64_t (*due)(const struct source *s);
	/* After READ_HANDOVER: its descriptor, which is the caller's then, and the bytes that
	 * have come through it, from the hello on; they live until source_close. */
	int (*hand_over)(struct source *s, struct str *unread);
	/* Regular files: read goes on at OFFSET; the size of the file is set. False if it can't
	 * be done. NULL: not seekable. */
	bool (*seek)(struct source *s, uint64_t offset, uint64_t *size);
	/* Regular files that are not followed: up to CAP bytes at OFFSET, 0 at the end, -1 with
	 * errno. Moves nothing: several threads may call it. NULL: it can't. */
	ssize_t (*read_at)(struct source *s, char *buf, size_t cap, uint64_t offset);
	/* Listeners of streams: the next connection as a new source, or NULL if none waits.
	 * Failures that pass (EMFILE, ECONNABORTED) are dealt with inside. Followed globs and
	 * folders: the next file that is new since the last time. */
	struct source *(*accept)(struct source *s);
	/* Followed files, and globs waiting for matches: puts itself under inotify; called once
	 * by the owning thread, before the first read; WATCH must be there until
	 * source_close, which has it forget the source. NULL: nothing to watch. */
	void (*attach)(struct source *s, struct watch *watch);
	/* Lets go of what it holds, its descriptors, too. S itself is freed by source_close,
	 * its origin by whoever owns the records. */
	void (*close)(struct source *s);
};

#define SOURCE(name) extern const struct source_ops source_##name;
#include "sources/table.h"
#undef SOURCE

/* Opens what SPEC ([LABEL=]SOURCE, design.md section 1) names: one source, or several for
 * a glob, a folder, or a listener on two addresses. NULL on failure, and err->has_pos is
 * set if the words are wrong or a named address is busy (status 2) rather than the thing
 * missing or unreadable (status 1). NULL with an empty err->msg is no failure: everything
 * that SPEC names is read already, under another name. */
struct source *source_open(
	const char *spec, const struct source_options *options, struct err *err);
/* Closes S and frees it; not its origin, which its records still point to. */
void source_close(struct source *s);

/* Whether SPEC begins with a known prefix or a label, or names an existing path or holds
 * glob characters: whether a first word is a source rather than a misspelt command. */
bool source_looks_like(const char *spec);

/* For the back ends: a zeroed source of SIZE bytes (its first member is a struct source)
 * with fd -1 and an origin labelled LABEL; with LABEL NULL the caller sets the origin. */
struct source *source_new(const struct source_ops *ops, size_t size,
	const struct source_options *options, const char *label);

/* Labels are unique: a path gets as many of its last components as it takes. Thread-safe. */
struct origins *origins_new(void);
void origins_free(struct origins *o);
/* LABEL is taken as it is, with #2, #3... behind it if it is taken. */
struct origin *origin_new(struct origins *o, const char *label);
struct origin *origin_new_path(struct origins *o, const char *path);
/* The owner has no record of it any more; its memory and label may be used again. */
void origin_free(struct origins *o, struct origin *origin);

#endif
