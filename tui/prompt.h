/*
 * prompt: the line that the user types in the last row, and what was typed before.
 */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include <stddef.h>
#include <stdint.h>

#include "tui/actions.h"

#define TUI_PROMPT_MAX 1024
#define TUI_HISTORY 32

struct tui;

enum prompt_kind {
	PROMPT_NONE,
	PROMPT_SEARCH,
	PROMPT_IN,
	PROMPT_OUT,
	PROMPT_TIME,
	PROMPT_SAVE,
	PROMPT_PALETTE,
	PROMPT_KINDS
};

struct prompt {
	enum prompt_kind kind;
	char text[TUI_PROMPT_MAX];
	size_t len;
	size_t at;                    /* of the cursor, in bytes */
	char *history[PROMPT_KINDS][TUI_HISTORY]; /* the newest first */
	int browsed;                  /* the one that is shown, -1: what is typed */
	enum action completed;        /* what Tab offered last */
	char stem[64];                /* and of what */
};

/* Begins a prompt, which gets the keys from then on. */
void prompt_open(struct tui *t, enum prompt_kind kind);
void prompt_key(struct tui *t, uint32_t key, int64_t now);
void prompt_draw(struct tui *t, int y);
void prompt_clear(struct prompt *p);

#endif
