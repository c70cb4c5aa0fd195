/*
 * intern: one table of names for the process behind a small cache for each reader. The
 * caches are hit nearly always; the table is behind a lock.
 */
#include "core/intern.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/mem.h"

#define SLOTS 131072 /* twice INTERN_MAX, a power of two */
#define CHUNK 1024
#define NAME_MAX_BYTES 4096 /* longer names are INTERN_OTHER */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t *slots;                                /* id by hash */
static struct str *chunks[INTERN_MAX / CHUNK + 1];     /* names by id, never moved */
static atomic_uint count;

static uint32_t hash(struct str s)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ s.len;
	uint64_t word;
	size_t i = 0;

	for (; i + 8 <= s.len; i += 8) {
		memcpy(&word, s.ptr + i, 8);
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	word = 0;
	if (i < s.len)
		memcpy(&word, s.ptr + i, s.len - i);
	h = (h ^ word) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h ^ (h >> 29));
}

struct str intern_name(uint32_t id)
{
	if (id == 0 || id > atomic_load_explicit(&count, memory_order_acquire))
		return (struct str){"", 0};
	return chunks[id / CHUNK][id % CHUNK];
}

static uint32_t add(struct str name)
{
	uint32_t id = atomic_load_explicit(&count, memory_order_relaxed) + 1;

	if (id > INTERN_MAX)
		return INTERN_OTHER;
	if (chunks[id / CHUNK] == NULL)
		chunks[id / CHUNK] = xcalloc(CHUNK, sizeof(struct str));
	chunks[id / CHUNK][id % CHUNK] =
		(struct str){xstrndup(name.ptr, name.len), name.len};
	atomic_store_explicit(&count, id, memory_order_release);
	return id;
}

static uint32_t find_or_add(struct str name, uint32_t h)
{
	uint32_t id;

	pthread_mutex_lock(&lock);
	if (slots == NULL)
		slots = xcalloc(SLOTS, sizeof(*slots));
	for (uint32_t i = h % SLOTS;; i = (i + 1) % SLOTS) {
		id = slots[i];
		if (id == 0) {
			id = add(name);
			if (id != INTERN_OTHER)
				slots[i] = id;
			break;
		}
		if (str_eq(chunks[id / CHUNK][id % CHUNK], name))
			break;
	}
	pthread_mutex_unlock(&lock);
	return id;
}

uint32_t intern(struct intern_cache *cache, struct str name)
{
	uint32_t h, slot, id;

	if (name.len == 0)
		return 0;
	if (name.len > NAME_MAX_BYTES)
		return INTERN_OTHER;
	h = hash(name);
	slot = h % INTERN_CACHE;
	if (cache->id[slot] != 0 && str_eq(cache->name[slot], name))
		return cache->id[slot];
	id = find_or_add(name, h);
	if (id != INTERN_OTHER) {
		cache->id[slot] = id;
		cache->name[slot] = intern_name(id);
	}
	return id;
}
