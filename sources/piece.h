/*
 * piece: one open regular file and how far it has been read. A name that is followed has
 * several of them while rotated files are still being written.
 *
 *	struct piece *p = piece_open(path, &status, seen);
 *	while (piece_peek(p, buf, cap, &len) == PIECE_DATA)
 *		piece_commit(p, buf, len);          // or not: peek gives the same again
 *	piece_close(p, seen);
 *
 * Peeking looks at the bytes before the place, too: a file that was truncated and has
 * grown past the place is found by them, at no cost of its own.
 */
#ifndef SOURCES_PIECE_H
#define SOURCES_PIECE_H

#include "sources/identity.h"

struct piece {
	struct piece *next; /* in a list that its owner keeps */
	struct identity identity;
	struct place place;
	int fd;
	bool midline;     /* the byte before the place is no newline */
	bool at_end;      /* the last peek found nothing */
	bool failing;     /* the last peek failed */
	uint64_t end;     /* how long it was seen to be */
	int64_t grown_ms; /* when that was, for the owner to keep */
	int64_t left_ms;  /* when its name went to another file, likewise; 0: it has it */
	/* After a truncation: a writer that kept its offset leaves a hole before its
	 * data. */
	bool skip_nul;
	bool say;         /* nobody was told yet */
	uint64_t skipped; /* NUL bytes */
	int64_t truncated_ms;
};

enum piece_state {
	PIECE_DATA,
	PIECE_END,       /* nothing now */
	PIECE_TRUNCATED, /* its bytes are not those that were read: use piece_rewind */
	PIECE_FAILED     /* errno says why */
};

/* The file PATH, of which STATUS was just found, from its start or from where reading it
 * stopped. NULL with errno: EEXIST somebody reads it, ESTALE the name changed meanwhile,
 * or why it can't be opened. */
struct piece *piece_open(
	const char *path, const struct file_status *status, struct identities *seen);
/* Lets the file go; how far it was read stays known unless no name is left of it. */
void piece_close(struct piece *p, struct identities *seen);

/* Goes on at OFFSET, or at the end if that is nearer. */
bool piece_seek(struct piece *p, uint64_t offset, uint64_t *size);
/* The next bytes, at most CAP; the place stays. */
enum piece_state piece_peek(struct piece *p, char *buf, size_t cap, size_t *len);
/* The next bytes of a file that nobody truncates; the place moves. */
enum piece_state piece_read(struct piece *p, char *buf, size_t cap, size_t *len);
/* Bytes at OFFSET, 0 at the end, -1 with errno; any thread, the place stays. */
ssize_t piece_read_at(const struct piece *p, char *buf, size_t cap, uint64_t offset);
/* The LEN bytes in BUF have been handed on. */
void piece_commit(struct piece *p, const char *buf, size_t len);
/* After a truncation: from the start, without the NUL bytes there. */
void piece_rewind(struct piece *p);

#endif
