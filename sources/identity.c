/*
 * identity: statx, and a hash table behind a lock. The list of tables is the one global
 * of sources/: a back end is given no place of its own in struct source_options.
 */
#include "sources/identity.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/mem.h"

#define BUCKETS 1024

struct known {
	struct known *next;
	struct identity id;
	bool claimed;
	struct place *place; /* where reading stopped; NULL while it is claimed */
	uint64_t round;      /* when it was finished: the oldest is forgotten first */
};

struct name {
	struct name *next;
	char path[];
};

struct identities {
	struct identities *next;
	const struct origins *key;
	unsigned users;
	unsigned finished;
	uint64_t round;
	pthread_mutex_t lock;
	struct known *known[BUCKETS];
	struct name *names[BUCKETS];
};

static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;
static struct identities *sets;

static void status_from(const struct statx *x, struct file_status *status)
{
	status->identity.device = makedev(x->stx_dev_major, x->stx_dev_minor);
	status->identity.inode = x->stx_ino;
	status->identity.birth_ns = 0;
	if ((x->stx_mask & STATX_BTIME) != 0)
		status->identity.birth_ns =
			x->stx_btime.tv_sec * INT64_C(1000000000) + x->stx_btime.tv_nsec;
	status->size = x->stx_size;
	status->links = x->stx_nlink;
	status->mode = x->stx_mode;
}

static size_t hash_id(const struct identity *id)
{
	uint64_t h = (id->inode ^ id->device << 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 54);
}

static size_t hash_name(const char *path)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (const char *p = path; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return (size_t)(h >> 54);
}

static_assert(BUCKETS == 1 << (64 - 54), "hashes are as wide as the tables");

static struct known **find_known(struct identities *seen, const struct identity *id)
{
	struct known **at = &seen->known[hash_id(id)];
	while (*at != NULL && !identity_eq(&(*at)->id, id))
		at = &(*at)->next;
	return at;
}

static struct name **find_name(struct identities *seen, const char *path)
{
	struct name **at = &seen->names[hash_name(path)];
	while (*at != NULL && strcmp((*at)->path, path) != 0)
		at = &(*at)->next;
	return at;
}

static void remove_known(struct known **at)
{
	struct known *k = *at;
	*at = k->next;
	free(k->place);
	free(k);
}

static void forget_oldest(struct identities *seen)
{
	struct known **oldest = NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct known **at = &seen->known[i]; *at != NULL; at = &(*at)->next)
			if (!(*at)->claimed &&
				(oldest == NULL || (*at)->round < (*oldest)->round))
				oldest = at;
	assert(oldest != NULL);
	remove_known(oldest);
	seen->finished--;
}

static void free_set(struct identities *seen)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (seen->known[i] != NULL)
			remove_known(&seen->known[i]);
		for (struct name *n = seen->names[i], *next; n != NULL; n = next) {
			next = n->next;
			free(n);
		}
	}
	pthread_mutex_destroy(&seen->lock);
	free(seen);
}

bool file_status_of_name(const char *path, struct file_status *status)
{
	struct statx x;
	if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &x) != 0)
		return false;
	status_from(&x, status);
	return true;
}

bool file_status_of_fd(int fd, struct file_status *status)
{
	struct statx x;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &x) != 0)
		return false;
	status_from(&x, status);
	return true;
}

struct identities *identities_join(const struct origins *key)
{
	pthread_mutex_lock(&sets_lock);
	struct identities *seen = sets;
	while (seen != NULL && seen->key != key)
		seen = seen->next;
	if (seen == NULL) {
		seen = xcalloc(1, sizeof(*seen));
		pthread_mutex_init(&seen->lock, NULL);
		seen->key = key;
		seen->next = sets;
		sets = seen;
	}
	seen->users++;
	pthread_mutex_unlock(&sets_lock);
	return seen;
}

void identities_leave(struct identities *seen)
{
	pthread_mutex_lock(&sets_lock);
	bool last = --seen->users == 0;
	if (last) {
		struct identities **at = &sets;
		while (*at != seen)
			at = &(*at)->next;
		*at = seen->next;
	}
	pthread_mutex_unlock(&sets_lock);
	if (last)
		free_set(seen);
}

enum claim identity_claim(
	struct identities *seen, const struct identity *id, struct place *place)
{
	enum claim claim = CLAIM_NEW;
	pthread_mutex_lock(&seen->lock);
	struct known **at = find_known(seen, id);
	if (*at == NULL) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->id = *id;
		(*at)->claimed = true;
	} else if ((*at)->claimed) {
		claim = CLAIM_TAKEN;
	} else {
		claim = CLAIM_RESUMED;
		if (place != NULL)
			*place = *(*at)->place;
		free((*at)->place);
		(*at)->place = NULL;
		(*at)->claimed = true;
		seen->finished--;
	}
	pthread_mutex_unlock(&seen->lock);
	return claim;
}

void identity_release(
	struct identities *seen, const struct identity *id, const struct place *place)
{
	pthread_mutex_lock(&seen->lock);
	struct known **at = find_known(seen, id);
	assert(*at != NULL && (*at)->claimed);
	if (place == NULL) {
		remove_known(at);
	} else {
		(*at)->claimed = false;
		(*at)->place = xmalloc(sizeof(*place));
		*(*at)->place = *place;
		(*at)->round = seen->round++;
		if (++seen->finished > FINISHED_MAX)
			forget_oldest(seen);
	}
	pthread_mutex_unlock(&seen->lock);
}

bool identity_finished(struct identities *seen, const struct identity *id, uint64_t size)
{
	pthread_mutex_lock(&seen->lock);
	const struct known *k = *find_known(seen, id);
	bool finished = k != NULL && !k->claimed && k->place->offset == size;
	pthread_mutex_unlock(&seen->lock);
	return finished;
}

bool name_claim(struct identities *seen, const char *path)
{
	pthread_mutex_lock(&seen->lock);
	struct name **at = find_name(seen, path);
	bool free_name = *at == NULL;
	if (free_name) {
		size_t size = strlen(path) + 1;
		*at = xcalloc(1, sizeof(**at) + size);
		memcpy((*at)->path, path, size);
	}
	pthread_mutex_unlock(&seen->lock);
	return free_name;
}

void name_release(struct identities *seen, const char *path)
{
	pthread_mutex_lock(&seen->lock);
	struct name **at = find_name(seen, path);
	assert(*at != NULL);
	struct name *n = *at;
	*at = n->next;
	free(n);
	pthread_mutex_unlock(&seen->lock);
}

bool name_claimed(struct identities *seen, const char *path)
{
	pthread_mutex_lock(&seen->lock);
	bool claimed = *find_name(seen, path) != NULL;
	pthread_mutex_unlock(&seen->lock);
	return claimed;
}
