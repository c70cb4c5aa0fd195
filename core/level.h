/*
 * level: one ordered scale for everybody's words (formats.md section 7, after Python's
 * and Loguru's numbers).
 *
 *	struct severity s;
 *	if (level_from_word(word, &s)) ... s.level, s.number
 *
 * A record without a level is LEVEL_UNKNOWN, which is below nothing and above nothing.
 */
#ifndef CORE_LEVEL_H
#define CORE_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

enum level {
	LEVEL_UNKNOWN,
	LEVEL_TRACE,
	LEVEL_DEBUG,
	LEVEL_INFO,
	LEVEL_SUCCESS,
	LEVEL_NOTICE,
	LEVEL_WARNING,
	LEVEL_ERROR,
	LEVEL_CRITICAL,
	LEVEL_ALERT,
	LEVEL_EMERGENCY,
	LEVEL_COUNT
};

/* A level and its place on the scale: 5 TRACE, 10 DEBUG, 20 INFO, 25 SUCCESS and NOTICE,
 * 30 WARNING, 40 ERROR, 50 CRITICAL, 60 ALERT, 70 EMERGENCY; 0 unknown. A custom level
 * ("Level 37") keeps its number and has the level below it. */
struct severity {
	uint8_t level;
	uint8_t number;
};

/* TRACE ... EMERGENCY; "-" for unknown. */
const char *level_name(enum level level);
/* T D I S N W E C A M; '-' for unknown. */
char level_letter(enum level level);
/* The number of a named level. */
uint8_t level_number(enum level level);
/* The severity of a number on Python's scale; numbers above 255 count as 255. */
struct severity level_from_number(int64_t number);
/* The severity of syslog's numbers, 0 EMERGENCY to 7 DEBUG (RFC 5424, table 2); unknown for
 * any other. */
struct severity level_from_syslog(uint64_t number);
/* The severity of a whole word in any of the spellings of formats.md section 7, in upper
 * or lower case ("WARN", "warning", "Level 37"); false if it is none. Single letters are
 * taken in upper case only. */
bool level_from_word(struct str word, struct severity *severity);

#endif
