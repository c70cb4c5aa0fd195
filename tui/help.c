/*
 * help: every action with its keys, from the table.
 */
#include <stdio.h>

#include "tui/state.h"

#define KEYS_COLUMNS 15

/* Row N of the help: a group's name (ACTION_NONE), a blank row before it, or an action. */
struct help_row {
	enum action action;
	int group;
	bool blank;
};

static size_t rows_of(struct help_row *rows, size_t most)
{
	size_t n = 0;

	for (int group = 0; group < ACTIONS_GROUPS; group++) {
		if (n > 0 && n < most)
			rows[n++] = (struct help_row){ACTION_NONE, group, true};
		if (n < most)
			rows[n++] = (struct help_row){ACTION_NONE, group, false};
		for (int a = 0; a < ACTION_COUNT; a++) {
			if ((int)actions[a].group == group && n < most)
				rows[n++] = (struct help_row){(enum action)a, group, false};
		}
	}
	return n;
}

static void draw_action(int y, enum action a)
{
	int columns = screen_columns();
	char line[256];

	screen_put(y, 2, KEYS_COLUMNS - 1, 0, str_from(actions[a].keys), STYLE_BOLD);
	snprintf(line, sizeof(line), "%s", actions[a].help);
	screen_put(y, 2 + KEYS_COLUMNS, columns, 0, str_from(line), STYLE_NORMAL);
}

static void help_draw(struct tui *t, struct area area)
{
	struct help_row rows[ACTION_COUNT + 2 * ACTIONS_GROUPS];
	size_t total = rows_of(rows, sizeof(rows) / sizeof(rows[0]));
	struct scroll *s = tui_scroll(t);

	pane_title(t, area.row, "Keys and actions");
	/* It is read, not chosen from: the cursor is the top. */
	if (s->cursor + (size_t)area.rows > total + 1)
		s->cursor = total + 1 > (size_t)area.rows ? total + 1 - (size_t)area.rows : 0;
	for (int y = 1; y < area.rows && s->cursor + (size_t)y - 1 < total; y++) {
		const struct help_row *r = &rows[s->cursor + (size_t)y - 1];
		if (r->action != ACTION_NONE)
			draw_action(area.row + y, r->action);
		else if (!r->blank)
			screen_put(area.row + y, 1, screen_columns(), 0,
				str_from(action_groups[r->group]), STYLE_BOLD);
	}
}

static bool help_act(struct tui *t, enum action action, uint64_t count)
{
	return pane_act(t, action, count, ACTION_COUNT + 2 * ACTIONS_GROUPS, t->log_rows);
}

const struct view view_help = {
	.name = "help",
	.hint = "j k PgDn PgUp move  q back",
	.draw = help_draw,
	.act = help_act,
};
