/*
 * intern: module names as small ids, so that a filter looks up a table where it would
 * run a regex.
 *
 *	struct intern_cache cache = {0};             // one a reader
 *	uint32_t id = intern(&cache, name);
 *	struct str s = intern_name(id);
 *
 * Ids are the same in all threads, count up from 1 and never change; names live as long
 * as the process. 0 is no name. At most INTERN_MAX names are kept: later ones all get
 * INTERN_OTHER, whose name must be read from the record itself.
 */
#ifndef CORE_INTERN_H
#define CORE_INTERN_H

#include <stdint.h>

#include "core/str.h"

#define INTERN_MAX 65535
#define INTERN_OTHER 65536
#define INTERN_CACHE 256

struct intern_cache {
	struct str name[INTERN_CACHE];
	uint32_t id[INTERN_CACHE];
};

uint32_t intern(struct intern_cache *cache, struct str name);
/* The name of an id below INTERN_OTHER; empty for 0. Thread-safe. */
struct str intern_name(uint32_t id);

#endif
