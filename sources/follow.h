/*
 * follow: the bytes behind a name, whatever happens to the file that has it: it is
 * renamed and made anew, truncated, removed, comes back, can't be read for a while.
 *
 *	struct follow *f = follow_new(source, path, seen, first);
 *	state = follow_read(f, buf, cap, &len);      // again after READ_AGAIN when woken,
 *	follow_free(f);                              // and once a second anyhow
 *
 * A rotated file is read beside the new one until it has not grown for a while. Bytes of
 * two files are never put together in one line: READ_RESET is between them.
 */
#ifndef SOURCES_FOLLOW_H
#define SOURCES_FOLLOW_H

#include "sources/piece.h"
#include "sources/source.h"

#define ROTATED_MAX 64       /* files that are read beside the one that has the name */
#define ROTATE_WAIT_MS 30000 /* a rotated file is let go after that much silence */
#define LINE_WAIT_MS 1000    /* for the rest of a line, before another file's bytes */

struct follow;

/* Follows PATH for SOURCE. FIRST is the file that has the name now, and becomes F's;
 * NULL: none has, or somebody else reads it. */
struct follow *follow_new(struct source *source, const char *path,
	struct identities *seen, struct piece *first);
void follow_free(struct follow *f);

/* The source ends when its name is gone, since a glob looks for such names. */
void follow_until_gone(struct follow *f);
/* CAP 0: reads nothing, but opens the file that has the name now, before it has it no more. */
enum read_state follow_read(struct follow *f, char *buf, size_t cap, size_t *len);
/* Within the file that has the name. */
bool follow_seek(struct follow *f, uint64_t offset, uint64_t *size);
void follow_attach(struct follow *f, struct watch *watch);

#endif
