/*
 * framing: how the bytes of a connection are cut into messages. One .c a way, ending in
 * `const struct framing_ops framing_x = {...}`, and one row in framing_table.h. A
 * connection is asked about its first bytes once, and again where one way ends and
 * another may begin: frames of several kinds may come through one connection.
 *
 *	struct framing f = {.max_frame = 1 << 20};
 *	struct framing_input in = {.bytes = what has come and was not taken yet};
 *	switch (framing_next(&f, &in, &out)) {
 *	case FRAMING_MESSAGE: use out.message; then take out.taken bytes away ...
 *	}
 *	framing_clear(&f);
 *
 * It knows nothing of sockets and clocks: sources/connection.c receives, keeps what is
 * not whole yet, replies, waits and closes.
 */
#ifndef SOURCES_FRAMING_H
#define SOURCES_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/frame.h"
#include "core/str.h"

#define FRAMING_WHY 200      /* bytes of a reason, for people */
#define FRAMING_HEAD 65536   /* bytes besides max_frame that may wait: lengths, headers */
#define FRAMING_QUIET_MS 200 /* silence after a line end that ends a syslog message */
#define FRAMING_GUESS_MS 1000 /* silence after which undecided bytes are lines */

enum framing_guess {
	GUESS_NO,
	GUESS_YES,
	GUESS_MORE /* too few bytes to say */
};

enum framing_step {
	FRAMING_MESSAGE, /* out->message is one; out->taken bytes are used up */
	FRAMING_MORE,    /* it is not whole yet */
	FRAMING_SKIP,    /* out->taken bytes hold no message (they may want a reply) */
	FRAMING_OTHER,   /* what comes is not of this way: ask the other rows */
	FRAMING_LINES,   /* plain lines, from here to the end of the connection */
	FRAMING_BAD,     /* nothing can be read from here on; out->why says why: close */
	FRAMING_HANDOVER /* no log, but somebody for the engine (READ_HANDOVER): the
	                  * connection goes away whole, with the bytes not yet taken */
};

struct framing_input {
	struct str bytes; /* from the start of a message; empty only at the end */
	bool quiet;       /* nothing came for the out->quiet_ms that was asked for */
	bool end;         /* nothing will come any more */
};

/* Zeroed before each call. */
struct framed {
	enum frame_kind kind;
	struct str message; /* in the input or in the row's own memory; until the next call */
	size_t taken;       /* may go beyond the input: the rest is dropped as it comes */
	struct str reply;   /* to be sent back, if not empty; until the next call. A peer
	                     * that does not take it at once is disconnected */
	bool last;          /* close behind this (and the reply) */
	bool half;          /* SKIP, MORE: the row keeps a part of a message in its memory */
	bool bad;           /* SKIP: a message that nobody can read; a few are forgiven */
	bool foreign;       /* SKIP: it was well, but is no log: traces, metrics */
	bool torn;          /* the message's end was not seen: the rest may follow ... */
	bool cut;           /* ... since it is longer than max_frame */
	unsigned quiet_ms;  /* MORE: ask again with quiet set after this much silence; 0: no */
	char why[FRAMING_WHY]; /* BAD: what it is and what to do; goes behind "closed: " */
};

/* Of one connection. The last three are a row's own state, which is zero when it begins;
 * SEARCHED is so after each step but MORE. */
struct framing {
	const struct framing_ops *ops; /* whose turn it is; NULL: not decided */
	size_t max_frame;   /* bytes of a message, but for one whose end came with them */
	bool local;         /* a Unix socket */
	bool torn;          /* what comes may go on with the last message */
	size_t searched;    /* bytes of the message in which its end is not */
	unsigned seen;
	void *own;          /* one allocation, of ops->clear */
};

struct framing_ops {
	const char *name;
	/* It is no text: what follows that nobody knows is an error, not lines. */
	bool binary;
	/* Whether a message of this way begins with BYTES, which are not empty. Rows are asked
	 * in their order. Must be quick. */
	enum framing_guess (*guess)(struct framing *f, struct str bytes);
	/* The next message. It is asked again with the same bytes and more after MORE. At the
	 * end of the connection, when it says MORE, what is there is lost and counted. A SKIP
	 * takes bytes or replies. */
	enum framing_step (*next)(
		struct framing *f, const struct framing_input *in, struct framed *out);
	/* Frees f->own. NULL: there is none. */
	void (*clear)(struct framing *f);
};

#define FRAMING(name) extern const struct framing_ops framing_##name;
#include "sources/framing_table.h"
#undef FRAMING

/* Sets *OUT. LINES where no row knows the bytes, after FRAMING_GUESS_MS at the latest. */
enum framing_step framing_next(
	struct framing *f, const struct framing_input *in, struct framed *out);
void framing_clear(struct framing *f);

/* For the rows. */
enum framing_step framing_bad(struct framed *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* BYTES from FROM on are LITERAL, or may become it. */
enum framing_guess framing_literal(struct str bytes, size_t from, struct str literal);
/* Whether a syslog priority (<14>) begins at AT. */
enum framing_guess framing_priority(struct str bytes, size_t at);
/* Whether an octet count and a priority (92 <13>) begin at AT; *COUNT, *HEAD (bytes before
 * the message) are set if so. */
enum framing_guess framing_count(
	struct str bytes, size_t at, size_t *count, size_t *head);
/* Whether a Python pickle may begin with this byte. */
bool framing_pickle_begins(char c);
/* Whether what comes before the next message is there, or may be: line feeds and NULs that
 * some senders put behind a whole one. *STEP is what to do about them. */
bool framing_stray(struct framing *f, const struct framing_input *in, struct framed *out,
	enum framing_step *step);
/* MORE, or where BYTES are as long as a message may be, all of them as one that is cut. */
enum framing_step framing_more(
	struct framing *f, struct str bytes, unsigned quiet_ms, struct framed *out);

#endif
