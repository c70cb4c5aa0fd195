/*
 * sharing: what a listening mplog and the ones attached to it say to each other, and the
 * calls by which sources reach who does it (merge/share.h).
 *
 * An attached mplog connects to the Unix socket, sends the hello, one line of text:
 *	"\177MPLOG attach VERSION EPOCH SEQUENCE\n"      numbers in hex
 * and then only listens. It gets messages, each a struct share_head and its payload: first
 * SHARE_WELCOME or SHARE_REFUSED, then the origins that are known, the history, SHARE_LIVE,
 * and what comes from then on. Both ends are the same program on the same machine, so that
 * numbers are as they lie in memory.
 *
 * Messages have numbers that go on when another mplog takes the listening over: so who was
 * attached before goes on where it was. Each time of one listener is an epoch; whoever
 * knows when the epochs began knows what somebody else has seen.
 */
#ifndef CORE_SHARING_H
#define CORE_SHARING_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARING_MAGIC "\177MPLOG attach " /* no program's first words */
#define SHARING_VERSION 1
#define SHARING_HELLO_MAX 80   /* bytes of a hello */
#define SHARE_PAYLOAD_MAX (4 << 20) /* bytes of one message; a longer one is counted as lost */
#define SHARE_LABEL_MAX 4096
#define SHARE_EPOCHS_MAX 16    /* listeners one after the other that are remembered */
#define SHARE_SOCKETS_MAX 16   /* that are handed over */
#define SHARE_ADDRESS_MAX 124

enum share_kind {
	/* In the history: numbered. */
	SHARE_ORIGIN,  /* a new origin: its label */
	SHARE_DATA,    /* bytes of a line stream */
	SHARE_FRAME,   /* one whole message; head.frame says of what kind */
	SHARE_RESET,   /* what comes next does not go on from what came */
	SHARE_LOSS,    /* the kernel threw away so many of its messages: a uint64_t */
	SHARE_END,     /* of the origin */
	SHARE_NUMBERED,
	/* To one of the attached. */
	SHARE_WELCOME = 16, /* struct share_welcome */
	SHARE_REFUSED,  /* the reason */
	SHARE_LOST,     /* it was too slow: struct share_lost */
	SHARE_RANK,     /* how many have been attached for longer: a uint32_t */
	SHARE_LIVE,     /* the history is over */
	SHARE_ASK,      /* "take it over?": a byte y comes back at once, or not */
	SHARE_HANDOVER, /* take it over: some struct share_listener, and all their sockets,
	                 * by SCM_RIGHTS on its first byte */
	SHARE_SKIP      /* inside the history only: the rest of the ring is empty */
};

enum share_flags {
	SHARE_MID_LINE = 1, /* the data begins inside a line */
	SHARE_MANY = 2      /* of an origin: many programs write it at once */
};

struct share_head {
	uint32_t size;     /* of the payload */
	uint8_t kind;      /* enum share_kind */
	uint8_t frame;     /* enum frame_kind */
	uint8_t flags;     /* enum share_flags */
	uint8_t unused;
	uint32_t index;    /* of the message among those of its origin */
	uint32_t lines;    /* records, as far as one can tell: ends of lines, or one frame */
	uint64_t origin;
	uint64_t sequence; /* of the message */
	uint64_t records;  /* that were in the messages before it */
	int64_t arrived;   /* CLOCK_REALTIME ns */
};

static_assert(sizeof(struct share_head) == 48, "no holes");

struct share_epoch {
	uint64_t id;
	uint64_t first; /* sequence of its first message */
};

struct share_welcome {
	char magic[sizeof(SHARING_MAGIC)];
	int32_t pid;
	uint32_t rank;
	uint32_t origins;  /* messages SHARE_ORIGIN that follow, not numbered */
	uint32_t resumed;  /* not 0: goes on where the hello said */
	uint64_t sequence; /* of the first numbered message that follows ... */
	uint64_t records;  /* ... and the records before it */
	uint32_t epochs;
	uint32_t unused;
	struct share_epoch chain[SHARE_EPOCHS_MAX]; /* the last one is the present one */
};

struct share_lost {
	uint64_t records;
	uint32_t origins; /* messages SHARE_ORIGIN that follow: all that are known */
	uint32_t unused;
};

struct share_listener {
	uint32_t sockets;
	char address[SHARE_ADDRESS_MAX];
};

/* Where an attached mplog is. */
struct share_place {
	uint64_t epoch; /* 0: nowhere yet */
	uint64_t sequence;
};

/* The calls; thread-safe. */
struct sharing {
	void *context;
	const char *const *listeners; /* addresses to listen on once nobody does */
	size_t listener_count;
	/* This mplog is attached: what follows begins as WELCOME says. */
	void (*begin)(void *context, const struct share_welcome *welcome);
	/* A message of the history, or an origin in a list, came from there. */
	void (*replicate)(void *context, const struct share_head *head, const char *payload);
	/* An origin that ended without a word, since that was lost. */
	void (*forget)(void *context, uint64_t origin);
	/* This mplog listens from now on: everything that lived there has ended. */
	void (*take_over)(void *context);
	/* Duplicates of the COUNT listening sockets of ADDRESS are kept, unless there are
	 * some: to be handed over, or as they were ... */
	void (*keep)(void *context, const char *address, const int *fds, size_t count);
	/* ... and these are duplicates of them, at most MOST. */
	size_t (*inherit)(void *context, const char *address, int *fds, size_t most);
	/* Whether the sockets were handed over: then their paths must stay. */
	bool (*handed_over)(void *context);
};

#endif
