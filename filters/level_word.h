/*
 * level_word: a level as a user types it, for the level filter and for expressions.
 *
 *	struct level_word w;
 *	if (!level_word_parse(str, pos, &w, err))
 *		return false;
 *	if (level_word_is(&w, r)) ...
 */
#ifndef FILTERS_LEVEL_WORD_H
#define FILTERS_LEVEL_WORD_H

#include <stdbool.h>

#include "core/err.h"
#include "core/level.h"
#include "core/record.h"
#include "core/str.h"

struct level_word {
	struct severity severity; /* its number is at least 1 */
	bool number;              /* written as a number ("25", "Level 37"): no name */
};

/* Any spelling that records may have, or a number from 0 (as 1) to 255. The error, with
 * the nearest name, is at POS, the word's place in the text that the user wrote. */
bool level_word_parse(struct str word, size_t pos, struct level_word *w, struct err *err);

/* Whether the record has just this level: by name, or by number where W is one, so that
 * SUCCESS is not NOTICE though both are 25. */
static inline bool level_word_is(const struct level_word *w, const struct record *r)
{
	if (w->number)
		return r->severity == w->severity.number;
	return r->level == w->severity.level;
}

#endif
