/*
 * identity: which file a name stands for, and which files are read already, so that one
 * with two names, or one that a rotation renamed, is read once.
 *
 *	struct identities *seen = identities_join(options->origins);
 *	if (file_status_of_name(path, &st) && S_ISREG(st.mode) &&
 *		identity_claim(seen, &st.identity, &place) == CLAIM_NEW)
 *		... read it, then identity_release(seen, &st.identity, &place);
 *	identities_leave(seen);
 *
 * An inode number alone is no identity: ext4 gives the number of a removed file to the
 * next one at once. The time of birth tells them apart, and where a file system has none,
 * the bytes before the place where reading stopped do.
 *
 * Thread-safe: the sources of one program are read by several threads. There is one set
 * of identities per set of origins, from the first join to the last leave.
 */
#ifndef SOURCES_IDENTITY_H
#define SOURCES_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MARK_MAX 256      /* bytes before a place that are remembered */
#define FINISHED_MAX 4096 /* finished files that are remembered */

struct identities;
struct origins;

struct identity {
	uint64_t device;
	uint64_t inode;
	int64_t birth_ns; /* 0: the file system does not say */
};

struct file_status {
	struct identity identity;
	uint64_t size;
	uint32_t links;
	mode_t mode;
};

/* How far a file has been read, and the last bytes before that. */
struct place {
	uint64_t offset;
	size_t mark_len; /* at most MARK_MAX, at most offset */
	char mark[MARK_MAX];
};

enum claim {
	CLAIM_NEW,     /* nobody has read it; it is the caller's now */
	CLAIM_RESUMED, /* it was read up to *place before; it is the caller's now */
	CLAIM_TAKEN    /* somebody reads it */
};

/* False with errno set. Names are followed through symbolic links. */
bool file_status_of_name(const char *path, struct file_status *status);
bool file_status_of_fd(int fd, struct file_status *status);

static inline bool identity_eq(const struct identity *a, const struct identity *b)
{
	return a->inode == b->inode && a->device == b->device &&
	       a->birth_ns == b->birth_ns;
}

/* The set that belongs to KEY, which is made for the first and freed with the last. */
struct identities *identities_join(const struct origins *key);
void identities_leave(struct identities *seen);

/* PLACE may be NULL if the caller does not go on where reading stopped. */
enum claim identity_claim(
	struct identities *seen, const struct identity *id, struct place *place);
/* Gives a claim back: the file was read up to PLACE; NULL: as if it never was claimed. */
void identity_release(
	struct identities *seen, const struct identity *id, const struct place *place);
/* Whether the file was read up to its end, SIZE, and nobody reads it now. */
bool identity_finished(struct identities *seen, const struct identity *id, uint64_t size);

/* A name that a source follows: no other source may be made for it. False if one was. */
bool name_claim(struct identities *seen, const char *path);
void name_release(struct identities *seen, const char *path);
bool name_claimed(struct identities *seen, const char *path);

#endif
