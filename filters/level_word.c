/*
 * What the formats take for a level a user may type, too; only the error is ours.
 */
#include "filters/level_word.h"

#define NUMBER_MAX 255
#define SHOWN_MAX 64
#define NAMES "TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY"

/* The name that was probably meant or NULL. */
static const char *nearest(struct str word)
{
	const char *best = NULL;
	unsigned least = 3;
	char upper[16];
	if (word.len > sizeof(upper))
		return NULL;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];
		upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	for (int i = LEVEL_TRACE; i < LEVEL_COUNT; i++) {
		const char *name = level_name((enum level)i);
		unsigned d = str_distance((struct str){upper, word.len}, str_from(name));
		if (d < least && d < word.len) {
			least = d;
			best = name;
		}
	}
	return best;
}

static bool set_error(struct str word, size_t pos, struct err *err)
{
	if (word.len == 0)
		return err_set_at(err, pos, "a level is missing here (%s)", NAMES);
	int shown = word.len < SHOWN_MAX ? (int)word.len : SHOWN_MAX;
	const char *near = nearest(word);
	if (near != NULL)
		return err_set_at(err, pos, "no such level '%.*s'; did you mean %s? (%s)",
			shown, word.ptr, near, NAMES);
	return err_set_at(err, pos, "no such level '%.*s' (%s)", shown, word.ptr, NAMES);
}

bool level_word_parse(struct str word, size_t pos, struct level_word *w, struct err *err)
{
	struct level_word found = {.number = true};
	uint64_t n;
	if (str_to_u64(word, &n)) {
		if (n > NUMBER_MAX)
			return err_set_at(
				err, pos, "a level's number is at most %d", NUMBER_MAX);
		found.severity = level_from_number(n > 0 ? (int64_t)n : 1);
	} else if (word.len > 0 && level_from_word(word, &found.severity)) {
		enum level level = (enum level)found.severity.level;
		found.number = found.severity.number != level_number(level);
	} else {
		return set_error(word, pos, err);
	}
	*w = found;
	return true;
}
