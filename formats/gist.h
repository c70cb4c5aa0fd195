/*
 * gist: the time, the level and the module out of a record's named values, and no more
 * of them than are needed to know.
 *
 *	struct gist g;
 *	gist_begin(&g, want, &stamp_cache);
 *	while (g.need != 0 && next member m)
 *		if ((key = key_find(m.key)) != NULL)
 *			gist_take(&g, key, &m);
 *	gist_end(&g);
 *
 * Which of several is taken: the lowest rank (keys.c), then the first. So the walk may
 * end at the first time of rank 0, unless it is a whole second, which another time key of
 * the same second may refine. A level word of rank 0 ends the search, a number only where
 * its scale is sure: "level":30 is INFO from pino and WARNING from Python, and it takes a
 * pid and a hostname, or a v, to know pino. At the end it is judged by what was seen.
 */
#ifndef FORMATS_GIST_H
#define FORMATS_GIST_H

#include "formats/format.h"
#include "formats/json_read.h"
#include "formats/keys.h"

#define GIST_NEED_TIME 0x100 /* beside enum parse_want */
#define GIST_NONE 0xff	     /* a rank: nothing yet */

struct gist {
	unsigned need;	/* what is still looked for */
	unsigned marks; /* enum key_mark of all keys seen */
	struct stamp_cache *stamp;
	int64_t time;	      /* TIME_NONE until one is found */
	int64_t number;	      /* a level whose scale is not known yet */
	const char *time_key; /* the keys that were taken, where they stand; or NULL */
	const char *level_key;
	const char *module_key;
	const char *name_key; /* "name": a logger's or just anybody's */
	struct str module;    /* as written; ptr NULL until one is found */
	struct str name;
	struct severity level;
	uint8_t time_rank;
	uint8_t level_rank;
	uint8_t module_rank;
	bool number_waits;
	bool module_escaped;
};

/* Member by member, since this is done for every line and a memset is dear. */
static inline void gist_begin(struct gist *g, unsigned want, struct stamp_cache *stamp)
{
	g->need = (want & (WANT_LEVEL | WANT_MODULE)) | GIST_NEED_TIME;
	g->marks = 0;
	g->stamp = stamp;
	g->time = TIME_NONE;
	g->number = 0;
	g->time_key = NULL;
	g->level_key = NULL;
	g->module_key = NULL;
	g->name_key = NULL;
	g->module = (struct str){NULL, 0};
	g->name = (struct str){NULL, 0};
	g->level = (struct severity){LEVEL_UNKNOWN, 0};
	g->time_rank = GIST_NONE;
	g->level_rank = GIST_NONE;
	g->module_rank = GIST_NONE;
	g->number_waits = false;
	g->module_escaped = false;
}

/* M's own key may be another name than KEY's: the last piece of its path. */
void gist_take(struct gist *g, const struct key *key, const struct json_member *m);
void gist_end(struct gist *g);

/* Whether what was seen makes a log record. */
static inline bool gist_known(const struct gist *g)
{
	return (g->marks & KEY_KNOWN) != 0 || g->time != TIME_NONE;
}

/* Gives R what was found, of what P wants. */
void gist_store(const struct gist *g, struct parse *p, struct record *r);

#endif
