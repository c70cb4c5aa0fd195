/*
 * actions: the table, and keys by their names.
 */
#include "tui/actions.h"

#include "core/escape.h"
#include "tui/screen.h"

static const struct {
	const char *name;
	uint32_t key;
} key_names[] = {
	{"Up", SCREEN_UP},
	{"Down", SCREEN_DOWN},
	{"Left", SCREEN_LEFT},
	{"Right", SCREEN_RIGHT},
	{"PgUp", SCREEN_PAGE_UP},
	{"PgDn", SCREEN_PAGE_DOWN},
	{"Home", SCREEN_HOME},
	{"End", SCREEN_END},
	{"Enter", SCREEN_ENTER},
	{"Del", SCREEN_DELETE},
	{"Tab", '\t'},
	{"Space", ' '},
	{"Esc", 27},
	{"F1", SCREEN_F1},
	{"F2", SCREEN_F2},
};

uint32_t action_key(struct str name)
{
	uint32_t code;

	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		if (str_is(name, key_names[i].name))
			return key_names[i].key;
	}
	if (name.len == 2 && name.ptr[0] == '^')
		return (uint32_t)name.ptr[1] & 0x1f;
	return utf8_next(name, &code) == name.len ? code : 0;
}

static bool has_key(const struct action_info *a, uint32_t key)
{
	struct str rest = str_from(a->keys), name;

	while (str_split(&rest, ' ', &name)) {
		if (action_key(name) == key)
			return true;
	}
	return false;
}

enum action action_of_key(uint32_t key, bool pane)
{
	for (int i = 0; i < ACTION_COUNT && pane; i++) {
		if (actions[i].group == ACTIONS_PANE && has_key(&actions[i], key))
			return (enum action)i;
	}
	for (int i = 0; i < ACTION_COUNT; i++) {
		if (actions[i].group != ACTIONS_PANE && has_key(&actions[i], key))
			return (enum action)i;
	}
	return ACTION_NONE;
}

enum action action_find(struct str name)
{
	for (int i = 0; i < ACTION_COUNT; i++) {
		if (str_is(name, actions[i].name))
			return (enum action)i;
	}
	return ACTION_NONE;
}

enum action action_complete(struct str start, enum action from)
{
	for (int i = (int)from; i < ACTION_COUNT; i++) {
		struct str name = str_from(actions[i].name);
		if (name.len >= start.len && memcmp(name.ptr, start.ptr, start.len) == 0)
			return (enum action)i;
	}
	return ACTION_NONE;
}

const struct action_info actions[ACTION_COUNT] = {
#define ACTION(id, name, keys, group, help) \
	[ACTION_##id] = {name, keys, ACTIONS_##group, help},
#include "tui/actions_table.h"
#undef ACTION
};

const char *const action_groups[ACTIONS_GROUPS] = {
	[ACTIONS_MOVE] = "Moving",
	[ACTIONS_LIVE] = "Live",
	[ACTIONS_FIND] = "Finding",
	[ACTIONS_FILTER] = "Choosing records",
	[ACTIONS_SHOW] = "Showing",
	[ACTIONS_KEEP] = "Keeping",
	[ACTIONS_PANE] = "In lists",
	[ACTIONS_OTHER] = "Other",
};
