/*
 * door: what the connections of one listener have in common: how many there are, the
 * memory that their unfinished messages take, and what clients do wrong, which is said
 * once a second at most.
 *
 *	struct door *door = door_new(options, "tcp:9020");
 *	connection_init(c, fd, door);            // each connection keeps it
 *	door_say(door, false);                   // at door_due(door) at the latest
 *	door_leave(door);
 *
 * A door and its connections belong to one thread.
 */
#ifndef SOURCES_DOOR_H
#define SOURCES_DOOR_H

#include "sources/framing.h"
#include "sources/source.h"
#include "sources/tally.h"

#define DOOR_REASONS 16

/* Connections that were closed for the same reason. */
struct reason {
	char why[FRAMING_WHY];
	struct tally closed;
};

struct door {
	const struct source_options *options;
	char *label;
	unsigned users;
	unsigned open;        /* connections */
	struct connection *buffers; /* those that hold a buffer */
	size_t bytes;         /* of all of them ... */
	size_t bytes_max;     /* ... and what they may be */
	struct reason reasons[DOOR_REASONS]; /* that could not be read; the last: all others */
	struct tally half;    /* messages of which only a part came */
	struct tally cut;     /* messages longer than max_frame */
	struct tally bad;     /* messages that nobody could read */
	struct tally foreign; /* messages that are no logs */
};

/* OPTIONS outlives it. */
struct door *door_new(const struct source_options *options, const char *label);
/* The last one to leave frees it. */
void door_leave(struct door *door);
/* A connection labelled LABEL was closed for the reason WHY (shorter than FRAMING_WHY): the
 * first one for it is said at once. */
void door_closed(struct door *door, const char *label, const char *why);
/* Says what has been counted, if it is time; LAST: in any case. */
void door_say(struct door *door, bool last);
/* Bytes of the longest message. */
size_t door_frame_max(const struct source_options *options);
/* When door_say has something to say: monotonic ns, or INT64_MAX. */
int64_t door_due(const struct door *door);

#endif
