/*
 * origins: the labels of the sources, each of them once. A hash table behind a mutex,
 * since listeners name their connections in whatever thread they are in.
 */
#include "sources/source.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

#define LABEL_MAX 4096 /* bytes of a label that are kept */
#define BUCKETS_MIN 64

struct entry {
	struct origin origin; /* first: an origin is its entry */
	struct entry *next;
	char label[];
};

struct origins {
	pthread_mutex_t lock;
	struct entry **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	uint32_t next_index;
};

static size_t hash(struct str label)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < label.len; i++)
		h = (h ^ (unsigned char)label.ptr[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ (h >> 32));
}

static struct entry **bucket(const struct origins *o, struct str label)
{
	return &o->buckets[hash(label) & (o->bucket_count - 1)];
}

static bool taken(const struct origins *o, struct str label)
{
	for (const struct entry *e = *bucket(o, label); e != NULL; e = e->next)
		if (str_is(label, e->label))
			return true;
	return false;
}

static void grow(struct origins *o)
{
	struct entry **old = o->buckets;
	size_t old_count = o->bucket_count;
	o->bucket_count = old_count * 2;
	o->buckets = xcalloc(o->bucket_count, sizeof(*o->buckets));
	for (size_t i = 0; i < old_count; i++) {
		for (struct entry *e = old[i], *next; e != NULL; e = next) {
			next = e->next;
			struct entry **to = bucket(o, str_from(e->label));
			e->next = *to;
			*to = e;
		}
	}
	free(old);
}

static struct origin *insert(struct origins *o, struct str label)
{
	if (o->count >= o->bucket_count)
		grow(o);
	struct entry *e = xcalloc(1, sizeof(*e) + label.len + 1);
	memcpy(e->label, label.ptr, label.len);
	e->origin.label = e->label;
	e->origin.index = o->next_index++;
	struct entry **to = bucket(o, label);
	e->next = *to;
	*to = e;
	o->count++;
	return &e->origin;
}

/* LABEL, or LABEL#2, #3... if it is taken. */
static struct origin *insert_numbered(struct origins *o, struct str label)
{
	char text[LABEL_MAX + 16];
	if (label.len > LABEL_MAX)
		label.len = LABEL_MAX;
	if (!taken(o, label))
		return insert(o, label);
	for (unsigned n = 2;; n++) {
		int len = snprintf(
			text, sizeof(text), "%.*s#%u", (int)label.len, label.ptr, n);
		struct str numbered = {text, (size_t)len};
		if (!taken(o, numbered))
			return insert(o, numbered);
	}
}

/* The tail of PATH that is one component longer than the one at FROM; in the end PATH. */
static struct str longer_tail(struct str path, size_t from)
{
	while (from > 0 && path.ptr[from - 1] == '/')
		from--;
	while (from > 0 && path.ptr[from - 1] != '/')
		from--;
	return from > 0 ? str_skip(path, from) : path;
}

struct origins *origins_new(void)
{
	struct origins *o = xcalloc(1, sizeof(*o));
	pthread_mutex_init(&o->lock, NULL);
	o->bucket_count = BUCKETS_MIN;
	o->buckets = xcalloc(o->bucket_count, sizeof(*o->buckets));
	return o;
}

void origins_free(struct origins *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->bucket_count; i++) {
		for (struct entry *e = o->buckets[i], *next; e != NULL; e = next) {
			next = e->next;
			free(e->origin.path);
			free(e);
		}
	}
	free(o->buckets);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

struct origin *origin_new(struct origins *o, const char *label)
{
	assert(o != NULL);
	pthread_mutex_lock(&o->lock);
	struct origin *origin = insert_numbered(o, str_from(label));
	pthread_mutex_unlock(&o->lock);
	return origin;
}

struct origin *origin_new_path(struct origins *o, const char *path)
{
	assert(o != NULL);
	struct str whole = str_from(path);
	struct str tail = longer_tail(whole, whole.len);
	pthread_mutex_lock(&o->lock);
	while (tail.len < whole.len && taken(o, tail))
		tail = longer_tail(whole, whole.len - tail.len);
	struct origin *origin = insert_numbered(o, tail);
	pthread_mutex_unlock(&o->lock);
	return origin;
}

void origin_free(struct origins *o, struct origin *origin)
{
	if (origin == NULL)
		return;
	pthread_mutex_lock(&o->lock);
	struct entry **at = bucket(o, str_from(origin->label));
	while (*at != NULL && &(*at)->origin != origin)
		at = &(*at)->next;
	struct entry *e = *at;
	assert(e != NULL);
	*at = e->next;
	o->count--;
	pthread_mutex_unlock(&o->lock);
	free(e->origin.path);
	free(e);
}
