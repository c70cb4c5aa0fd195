/*
 * err: why something failed, in words for the user.
 *
 *	if (!level_parse(word, &level, err))
 *		return false;
 *	return err_set(err, "no such level '%.*s'", ...);
 *
 * Functions that can fail take a struct err and return bool. On failure their outputs are
 * untouched. core to merge never print: only cli/ and tui/ speak.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include <stdbool.h>
#include <stddef.h>

struct err {
	char msg[512]; /* one line, no final dot, no "mplog: " */
	size_t pos;    /* byte offset of the fault in the text that was parsed */
	bool has_pos;  /* pos means something: show the text with a caret under it */
};

/* Always false, so that `return err_set(err, ...)` reads well. ERR may be NULL. */
bool err_set(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same with the place of the fault. */
bool err_set_at(struct err *err, size_t pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
