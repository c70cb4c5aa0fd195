/*
 * attach_heir: nobody listens any more, and this mplog does it from now on. Which of several
 * does is decided by the Unix socket, which one of them gets.
 */
#include <string.h>

#include "sources/attach_state.h"
#include "sources/sockpath.h"

bool attach_may_listen(const struct attach *a)
{
	return attach_sharing(a) != NULL && attach_sharing(a)->listener_count > 0 && a->ours;
}

void attach_decline(struct attach *a)
{
	struct sockpath path;
	sockpath_inherit(a->address.sun_path, &path);
	sockpath_remove(&path);
}

/* Opens the listener I. False if it is busy and may soon not be. */
static bool try_listener(struct attach *a, size_t i, bool last)
{
	struct err err = {0};
	struct source *list =
		source_open(attach_sharing(a)->listeners[i], a->source.options, &err);
	if (list == NULL && err.has_pos && !last)
		return false;
	if (list == NULL)
		notice_put(a->source.options->notices, "%s", err.msg);
	else
		a->opened |= 1u << i;
	a->settled |= 1u << i;
	attach_add(a, list);
	return true;
}

static void say_listening(struct attach *a)
{
	struct buf text = {0};
	for (size_t i = 0; i < attach_sharing(a)->listener_count; i++) {
		if ((a->opened & 1u << i) != 0)
			buf_printf(&text, "%s %s", text.len > 0 ? "," : " now on",
				attach_sharing(a)->listeners[i]);
	}
	notice_put(a->source.options->notices,
		"the mplog that listened (pid %d) has ended; listening%.*s",
		(int)a->before, (int)text.len, text.ptr);
	buf_free(&text);
}

/* Whoever gets the first address, a Unix socket, is the one that listens from now on. */
void attach_listen(struct attach *a, int64_t now)
{
	const struct sharing *sh = attach_sharing(a);
	int64_t elapsed = now - a->ended;
	if (a->state == ATTACH_SEEKING) {
		if (!try_listener(a, 0, elapsed > ATTACH_SLOW_NS))
			return;
		attach_link_end(a->link);
		sh->take_over(sh->context);
		attach_enter(a, ATTACH_LISTENING, 0);
	}
	for (size_t i = 1; i < sh->listener_count; i++) {
		if ((a->settled & 1u << i) == 0)
			try_listener(a, i, elapsed > ATTACH_SLOW_NS);
	}
	a->due = now + ATTACH_STEP_NS;
	if (a->settled != (1u << sh->listener_count) - 1)
		return;
	a->due = INT64_MAX;
	a->source.ended = true; /* what accepts from now on are the listeners */
	say_listening(a);
}
