/*
 * inherit: see inherit.h.
 */
#include "sources/inherit.h"

#include <stdio.h>

#include "core/sharing.h"

/* "tcp:9020"; false if that is too long, or nothing is shared. */
static bool name(const struct source_options *options, const char *kind,
	const char *address, char text[SHARE_ADDRESS_MAX])
{
	int len = snprintf(text, SHARE_ADDRESS_MAX, "%s:%s", kind, address);
	return options->sharing != NULL && len > 0 && len < SHARE_ADDRESS_MAX;
}

size_t inherit_sockets(const struct source_options *options, const char *kind,
	const char *address, int *fds, size_t most)
{
	char text[SHARE_ADDRESS_MAX];
	if (!name(options, kind, address, text))
		return 0;
	return options->sharing->inherit(options->sharing->context, text, fds, most);
}

void inherit_keep(const struct source_options *options, const char *kind,
	const char *address, const int *fds, size_t count)
{
	char text[SHARE_ADDRESS_MAX];
	if (name(options, kind, address, text))
		options->sharing->keep(options->sharing->context, text, fds, count);
}

bool inherit_left(const struct source_options *options)
{
	return options->sharing != NULL &&
	       options->sharing->handed_over(options->sharing->context);
}
