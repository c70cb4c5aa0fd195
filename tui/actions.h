/*
 * actions: everything the viewer can be told to do, by key or by name. One table gives the
 * keys, the `?` help and the `:` palette.
 *
 *	enum action a = action_of_key(key, true);
 *	if (a == ACTION_NONE) ...
 */
#ifndef TUI_ACTIONS_H
#define TUI_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

enum action {
#define ACTION(id, name, keys, group, help) ACTION_##id,
#include "tui/actions_table.h"
#undef ACTION
	ACTION_COUNT,
	ACTION_NONE = ACTION_COUNT
};

enum action_group {
	ACTIONS_MOVE,
	ACTIONS_LIVE,
	ACTIONS_FIND,
	ACTIONS_FILTER,
	ACTIONS_SHOW,
	ACTIONS_KEEP,
	ACTIONS_PANE,
	ACTIONS_OTHER,
	ACTIONS_GROUPS
};

struct action_info {
	const char *name;
	const char *keys; /* separated by blanks: "j Down", "^D" */
	enum action_group group;
	const char *help;
};

extern const struct action_info actions[ACTION_COUNT];
extern const char *const action_groups[ACTIONS_GROUPS];

/* What KEY does; in a PANE its own keys go first. ACTION_NONE: nothing. */
enum action action_of_key(uint32_t key, bool pane);
/* The action of that name, or ACTION_NONE. */
enum action action_find(struct str name);
/* The first action from FROM on whose name begins with START, or ACTION_NONE. */
enum action action_complete(struct str start, enum action from);
/* The key of a name in a table ("PgDn", "^F", "j"), or 0. */
uint32_t action_key(struct str name);

#endif
