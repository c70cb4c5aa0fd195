/*
 * tap: a test is a main that says ok(...) and ends with return done_testing().
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5))) static inline bool tap_ok(
	bool condition, const char *file, int line, const char *name, ...)
{
	char text[512];
	__builtin_va_list args;
	__builtin_va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	__builtin_va_end(args);
	tap_count++;
	printf("%sok %d - %s\n", condition ? "" : "not ", tap_count, text);
	if (!condition) {
		tap_failed++;
		printf("#   at %s:%d\n", file, line);
	}
	return condition;
}

#define is_str(got, got_len, want, name) \
	do { \
		size_t want_len_ = strlen(want); \
		bool same_ = (size_t)(got_len) == want_len_ && \
			     memcmp((got), (want), want_len_) == 0; \
		if (!ok(same_, "%s", (name))) \
			printf("#   got  '%.*s'\n#   want '%s'\n", (int)(got_len), \
				(const char *)(got), (want)); \
	} while (0)

static inline int done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
