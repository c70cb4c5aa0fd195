/*
 * connection: one accepted (or made) stream, cut into messages by what arrives
 * (sources/framing.h). Plain lines go straight into the reader's memory; messages pass
 * through a buffer that grows with what has come, and are handed out one a read.
 *
 *	struct door *door = door_new(options, "tcp:9020");
 *	struct source *s = source_new(ops, sizeof(struct connection), options, label);
 *	connection_init((struct connection *)s, fd, door);
 *	while ((state = connection_read(s, buf, cap, &len)) ...)
 *	source_close(s); door_leave(door);
 *
 * What clients do wrong is counted by the door, for all of its connections.
 */
#ifndef SOURCES_CONNECTION_H
#define SOURCES_CONNECTION_H

#include "sources/door.h"
#include "sources/framing.h"
#include "sources/source.h"

struct connection {
	struct source source;  /* first: a connection is its source */
	struct door *door;
	struct framing framing;
	struct framed framed;  /* HELD: to be handed out */
	struct connection *next, **place; /* in door->buffers */
	char *bytes;
	size_t cap, start, end; /* of BYTES; START: what was not taken yet */
	size_t skip;           /* bytes still to be dropped */
	unsigned bad;          /* messages */
	int64_t came;          /* when the last bytes did; monotonic ns */
	int64_t began;         /* when the unfinished message did; 0: there is none */
	int64_t quiet_at;      /* when silence says something; 0: never */
	bool lines;            /* from here on */
	bool held;
	bool fresh;            /* nothing was handed out of the last bytes yet */
	bool received;         /* something, ever */
	bool replied;
	bool unfinished;       /* a message has begun */
	bool halted;           /* what is there is not enough */
	bool quiet;            /* nothing came for as long as was asked for */
	bool at_end;           /* the other side has closed */
	bool closing;          /* nothing more is taken from it */
};

/* C is zeroed but for its source. Takes FD; keeps DOOR. */
void connection_init(struct connection *c, int fd, struct door *door);
/* Closes its descriptor and forgets what has come; with FD the next connection's (a client
 * that connects again), or -1. */
void connection_again(struct connection *c, int fd);

/* The members of the connections' source_ops. */
enum read_state connection_read(struct source *s, char *buf, size_t cap, size_t *len);
int64_t connection_due(const struct source *s);
int connection_hand_over(struct source *s, struct str *unread);
void connection_close(struct source *s);

#endif
