/*
 * level: the words. A word of up to eight letters is put into one number, lower case, and
 * looked up with a switch: that is a few comparisons for any word, and no table to walk.
 */
#include "core/level.h"

#include <assert.h>
#include <endian.h>

#define LETTERS_MAX 8
#define NUMBER_MAX 255

#define K4(a, b, c, d) \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24)
#define K8(a, b, c, d, e, f, g, h) (K4(a, b, c, d) | K4(e, f, g, h) << 32)

struct named {
	const char *name;
	char letter;
	uint8_t number;
};

static const struct named levels[LEVEL_COUNT] = {
	[LEVEL_UNKNOWN] = {"-", '-', 0},
	[LEVEL_TRACE] = {"TRACE", 'T', 5},
	[LEVEL_DEBUG] = {"DEBUG", 'D', 10},
	[LEVEL_INFO] = {"INFO", 'I', 20},
	[LEVEL_SUCCESS] = {"SUCCESS", 'S', 25},
	[LEVEL_NOTICE] = {"NOTICE", 'N', 25},
	[LEVEL_WARNING] = {"WARNING", 'W', 30},
	[LEVEL_ERROR] = {"ERROR", 'E', 40},
	[LEVEL_CRITICAL] = {"CRITICAL", 'C', 50},
	[LEVEL_ALERT] = {"ALERT", 'A', 60},
	[LEVEL_EMERGENCY] = {"EMERGENCY", 'M', 70},
};

/* The word's letters in lower case as a number; LEN is 2 to 8. */
static inline uint64_t word_key(const char *p, size_t len)
{
	uint64_t key;
	if (len == LETTERS_MAX) {
		memcpy(&key, p, 8);
		key = le64toh(key);
	} else if (len >= 4) {
		uint32_t low, high;
		memcpy(&low, p, 4);
		memcpy(&high, p + len - 4, 4);
		key = le32toh(low) | (uint64_t)le32toh(high) << (8 * (len - 4));
	} else {
		uint16_t low, high;
		memcpy(&low, p, 2);
		memcpy(&high, p + len - 2, 2);
		key = le16toh(low) | (uint64_t)le16toh(high) << (8 * (len - 2));
	}
	return key | UINT64_C(0x2020202020202020) >> (8 * (LETTERS_MAX - len));
}

static enum level level_from_key(uint64_t key)
{
	switch (key) {
	case K8('t', 'r', 'a', 'c', 'e', 0, 0, 0):
	case K4('t', 'r', 'c', 'e'):
	case K4('t', 'r', 'a', 'c'):
	case K4('t', 'r', 'c', 0):
	case K8('f', 'i', 'n', 'e', 's', 't', 0, 0):
	case K8('f', 'i', 'n', 'e', 'r', 0, 0, 0):
	case K8('s', 'i', 'l', 'l', 'y', 0, 0, 0):
	case K8('v', 'e', 'r', 'b', 'o', 's', 'e', 0):
	case K4('v', 'r', 'b', 0):
	case K4('s', 'p', 'a', 'm'):
	case K4('a', 'l', 'l', 0):
		return LEVEL_TRACE;
	case K8('d', 'e', 'b', 'u', 'g', 0, 0, 0):
	case K8('d', 'e', 'b', 'u', 'g', '1', 0, 0):
	case K8('d', 'e', 'b', 'u', 'g', '2', 0, 0):
	case K8('d', 'e', 'b', 'u', 'g', '3', 0, 0):
	case K8('d', 'e', 'b', 'u', 'g', '4', 0, 0):
	case K8('d', 'e', 'b', 'u', 'g', '5', 0, 0):
	case K4('d', 'b', 'u', 'g'):
	case K4('d', 'e', 'b', 'u'):
	case K4('d', 'b', 'g', 0):
	case K4('d', '1', 0, 0):
	case K4('d', '2', 0, 0):
	case K4('d', '3', 0, 0):
	case K4('d', '4', 0, 0):
	case K4('d', '5', 0, 0):
	case K4('f', 'i', 'n', 'e'):
	case K4('h', 't', 't', 'p'):
		return LEVEL_DEBUG;
	case K4('i', 'n', 'f', 'o'):
	case K4('i', 'n', 'f', 0):
	case K4('l', 'o', 'g', 0):
	case K4('n', 'o', 't', 'e'):
	case K8('c', 'o', 'n', 'f', 'i', 'g', 0, 0):
	case K8('s', 'y', 's', 't', 'e', 'm', 0, 0):
		return LEVEL_INFO;
	case K8('s', 'u', 'c', 'c', 'e', 's', 's', 0):
		return LEVEL_SUCCESS;
	case K8('n', 'o', 't', 'i', 'c', 'e', 0, 0):
		return LEVEL_NOTICE;
	case K8('w', 'a', 'r', 'n', 'i', 'n', 'g', 0):
	case K4('w', 'a', 'r', 'n'):
	case K4('w', 'r', 'n', 0):
		return LEVEL_WARNING;
	case K8('e', 'r', 'r', 'o', 'r', 0, 0, 0):
	case K4('e', 'r', 'r', 'o'):
	case K4('e', 'r', 'o', 'r'):
	case K4('e', 'r', 'r', 0):
	case K4('f', 'a', 'i', 'l'):
	case K8('f', 'a', 'i', 'l', 'u', 'r', 'e', 0):
	case K8('s', 'e', 'v', 'e', 'r', 'e', 0, 0):
		return LEVEL_ERROR;
	case K8('c', 'r', 'i', 't', 'i', 'c', 'a', 'l'):
	case K4('c', 'r', 'i', 't'):
	case K8('f', 'a', 't', 'a', 'l', 0, 0, 0):
	case K4('f', 'a', 't', 'a'):
	case K4('f', 't', 'l', 0):
	case K8('p', 'a', 'n', 'i', 'c', 0, 0, 0):
	case K4('p', 'a', 'n', 'i'):
	case K4('p', 'n', 'c', 0):
	case K8('d', 'p', 'a', 'n', 'i', 'c', 0, 0):
	case K8('a', 's', 's', 'e', 'r', 't', 0, 0):
		return LEVEL_CRITICAL;
	case K8('a', 'l', 'e', 'r', 't', 0, 0, 0):
		return LEVEL_ALERT;
	case K8('e', 'm', 'e', 'r', 'g', 0, 0, 0):
		return LEVEL_EMERGENCY;
	default:
		return LEVEL_UNKNOWN;
	}
}

static enum level level_from_letter(char letter)
{
	switch (letter) {
	case 'T':
	case 'V':
		return LEVEL_TRACE;
	case 'D':
		return LEVEL_DEBUG;
	case 'I':
		return LEVEL_INFO;
	case 'S':
		return LEVEL_SUCCESS;
	case 'N':
		return LEVEL_NOTICE;
	case 'W':
		return LEVEL_WARNING;
	case 'E':
		return LEVEL_ERROR;
	case 'C':
	case 'F':
	case 'A':
		return LEVEL_CRITICAL;
	default:
		return LEVEL_UNKNOWN;
	}
}

static enum level level_from_long_word(struct str word)
{
	static const struct {
		struct str word;
		enum level level;
	} words[] = {
		{STR("information"), LEVEL_INFO},
		{STR("informational"), LEVEL_INFO},
		{STR("deprecated"), LEVEL_WARNING},
		{STR("fatal error"), LEVEL_CRITICAL},
		{STR("emergency"), LEVEL_EMERGENCY},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq_nocase(word, words[i].word))
			return words[i].level;
	}
	return LEVEL_UNKNOWN;
}

static struct severity severity_of(enum level level)
{
	return (struct severity){(uint8_t)level, levels[level].number};
}

/* "Level 37" and "Lvl 37". */
static bool parse_numbered(struct str word, struct severity *severity)
{
	uint64_t number;
	size_t n = 0;
	if (word.len > 6 && strncasecmp(word.ptr, "level ", 6) == 0)
		n = 6;
	else if (word.len > 4 && strncasecmp(word.ptr, "lvl ", 4) == 0)
		n = 4;
	if (n == 0 || !str_to_u64(str_skip(word, n), &number))
		return false;
	*severity = level_from_number(number > NUMBER_MAX ? NUMBER_MAX : (int64_t)number);
	return true;
}

/* Go's slog: "INFO+2", "DEBUG-4". */
static bool parse_slog(struct str word, struct severity *severity)
{
	size_t sign = 0;
	uint64_t step;
	while (sign < word.len && word.ptr[sign] != '+' && word.ptr[sign] != '-')
		sign++;
	if (sign < 4 || sign + 1 >= word.len || word.len > 12 ||
		!str_to_u64(str_skip(word, sign + 1), &step) || step > NUMBER_MAX)
		return false;
	int value = word.ptr[sign] == '-' ? -(int)step : (int)step;
	word.len = sign;
	if (str_eq_nocase(word, (struct str)STR("DEBUG")))
		value -= 4;
	else if (str_eq_nocase(word, (struct str)STR("WARN")))
		value += 4;
	else if (str_eq_nocase(word, (struct str)STR("ERROR")))
		value += 8;
	else if (!str_eq_nocase(word, (struct str)STR("INFO")))
		return false;
	static const enum level steps[] = {LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO,
		LEVEL_WARNING, LEVEL_ERROR, LEVEL_CRITICAL};
	int index = value < -4 ? 0 : value >= 12 ? 5 : (value + 8) / 4;
	*severity = severity_of(steps[index]);
	return true;
}

const char *level_name(enum level level)
{
	assert(level < LEVEL_COUNT);
	return levels[level].name;
}

char level_letter(enum level level)
{
	assert(level < LEVEL_COUNT);
	return levels[level].letter;
}

uint8_t level_number(enum level level)
{
	assert(level < LEVEL_COUNT);
	return levels[level].number;
}

struct severity level_from_number(int64_t number)
{
	if (number <= 0)
		return (struct severity){LEVEL_UNKNOWN, 0};
	if (number > NUMBER_MAX)
		number = NUMBER_MAX;
	enum level level = LEVEL_TRACE;
	for (enum level l = LEVEL_DEBUG; l < LEVEL_COUNT; l++) {
		if (levels[l].number <= number && l != LEVEL_NOTICE)
			level = l;
	}
	return (struct severity){(uint8_t)level, (uint8_t)number};
}

struct severity level_from_syslog(uint64_t number)
{
	static const enum level syslog[] = {
		LEVEL_EMERGENCY,
		LEVEL_ALERT,
		LEVEL_CRITICAL,
		LEVEL_ERROR,
		LEVEL_WARNING,
		LEVEL_NOTICE,
		LEVEL_INFO,
		LEVEL_DEBUG,
	};
	if (number >= sizeof(syslog) / sizeof(syslog[0]))
		return (struct severity){LEVEL_UNKNOWN, 0};
	return severity_of(syslog[number]);
}

bool level_from_word(struct str word, struct severity *severity)
{
	enum level level;
	if (word.len == 0)
		return false;
	if (word.len == 1)
		level = level_from_letter(word.ptr[0]);
	else if (word.len <= LETTERS_MAX)
		level = level_from_key(word_key(word.ptr, word.len));
	else
		level = level_from_long_word(word);
	if (level == LEVEL_UNKNOWN) {
		/* Most words asked about are no levels at all. */
		char last = word.ptr[word.len - 1];
		return last >= '0' && last <= '9' &&
		       (parse_numbered(word, severity) || parse_slog(word, severity));
	}
	/* .NET and Android say Verbose for their lowest level, winston says verbose for
	 * one above debug's neighbour http: that is debugging. */
	if (level == LEVEL_TRACE && word.len == 7 && memcmp(word.ptr, "verbose", 7) == 0)
		level = LEVEL_DEBUG;
	*severity = severity_of(level);
	return true;
}
