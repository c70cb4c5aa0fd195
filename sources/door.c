/*
 * door: counting for all of a listener's connections.
 */
#include "sources/door.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define BUFFERS_MAX 33554432  /* bytes of all buffers of a door ... */
#define BUFFERS_FRAMES 4      /* ... but at least so many greatest messages */
#define FRAME_MAX 1048576     /* where the options do not say */

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static struct reason *find_reason(struct door *door, const char *why)
{
	struct reason *reason = door->reasons;
	while (reason < door->reasons + DOOR_REASONS - 1 && reason->why[0] != '\0' &&
		strcmp(reason->why, why) != 0)
		reason++;
	memmove(reason->why, why, strlen(why) + 1);
	return reason;
}

size_t door_frame_max(const struct source_options *options)
{
	return options->max_frame > 0 ? options->max_frame : FRAME_MAX;
}

struct door *door_new(const struct source_options *options, const char *label)
{
	struct door *door = xcalloc(1, sizeof(*door));
	size_t most = BUFFERS_FRAMES * (door_frame_max(options) + FRAMING_HEAD);
	door->options = options;
	door->label = xstrdup(label);
	door->users = 1;
	door->bytes_max = most > BUFFERS_MAX ? most : BUFFERS_MAX;
	return door;
}

void door_leave(struct door *door)
{
	if (--door->users > 0)
		return;
	door_say(door, true);
	free(door->label);
	free(door);
}

void door_closed(struct door *door, const char *label, const char *why)
{
	struct reason *reason = find_reason(door, why);
	tally_add(&reason->closed, 1);
	if (reason->closed.total == 1 && tally_due(&reason->closed, false) == 1)
		notice_put(door->options->notices, "%s: closed: %s", label, why);
	else
		door_say(door, false);
}

void door_say(struct door *door, bool last)
{
	struct notices *notices = door->options->notices;
	const char *label = door->label;
	uint64_t n;
	for (size_t i = 0; i < DOOR_REASONS; i++) {
		struct reason *reason = &door->reasons[i];
		n = tally_due(&reason->closed, last);
		if (n > 0)
			notice_put(notices,
				"%s: closed %" PRIu64 " more connection%s (total %" PRIu64
				"): %s",
				label, n, plural(n), reason->closed.total, reason->why);
	}
	n = tally_due(&door->half, last);
	if (n > 0)
		notice_put(notices,
			"%s: lost %" PRIu64
			" message%s of which only a part came (total %" PRIu64 ")",
			label, n, plural(n), door->half.total);
	n = tally_due(&door->cut, last);
	if (n > 0)
		notice_put(notices,
			"%s: cut %" PRIu64
			" message%s longer than %zu bytes (total %" PRIu64 ")",
			label, n, plural(n), door_frame_max(door->options), door->cut.total);
	n = tally_due(&door->bad, last);
	if (n > 0)
		notice_put(notices,
			"%s: skipped %" PRIu64
			" message%s of no known kind (total %" PRIu64 ")",
			label, n, plural(n), door->bad.total);
	n = tally_due(&door->foreign, last);
	if (n > 0)
		notice_put(notices,
			"%s: took %" PRIu64
			" message%s of traces or metrics, which are no logs (total %" PRIu64
			")",
			label, n, plural(n), door->foreign.total);
}

int64_t door_due(const struct door *door)
{
	const struct tally *tallies[] = {
		&door->half, &door->cut, &door->bad, &door->foreign};
	int64_t due = INT64_MAX;
	for (size_t i = 0; i < sizeof(tallies) / sizeof(tallies[0]); i++) {
		int64_t at = tally_at(tallies[i]);
		due = at < due ? at : due;
	}
	for (size_t i = 0; i < DOOR_REASONS; i++) {
		int64_t at = tally_at(&door->reasons[i].closed);
		due = at < due ? at : due;
	}
	return due;
}
