/*
 * stream: making and freeing; the merge and the ingest threads do the rest.
 */
#include "merge/stream.h"

#include <stdlib.h>

#include "core/mem.h"
#include "merge/exact.h"
#include "merge/split.h"
#include "sources/source.h"

struct stream *stream_new(struct origin *origin, struct ingest *thread)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->origin = origin;
	s->thread = thread;
	return s;
}

void stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->source != NULL)
		source_close(s->source);
	exact_window_free(s->window);
	split_free(s->split);
	free(s);
}
