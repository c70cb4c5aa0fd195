/*
 * attach_link: the sources of an attached mplog, one for each origin of the one that
 * listens. Whoever receives (sources/attach.c) puts messages in; each source has its own
 * queue and descriptor and may be read by another thread.
 *
 *	struct attach_link *l = attach_link_new(options);
 *	struct source *s = attach_link_origin(l, &head, label);  // NULL: not a new one
 *	attach_link_put(l, &head, payload);
 *	if (attach_link_full(l)) wait until its descriptor is readable
 *	attach_link_end(l); attach_link_drop(l);
 *
 * Sources hold on to the link, and may outlive who made it.
 */
#ifndef SOURCES_ATTACH_LINK_H
#define SOURCES_ATTACH_LINK_H

#include "core/sharing.h"
#include "sources/source.h"

struct attach_link;

struct attach_link *attach_link_new(const struct source_options *options);
void attach_link_drop(struct attach_link *l);
/* Readable when there is room again, or after attach_link_poke. */
int attach_link_fd(const struct attach_link *l);
void attach_link_poke(struct attach_link *l);
/* So much waits in the queues that no more should be received. */
bool attach_link_full(struct attach_link *l);

/* A source for the origin that HEAD announces; NULL if there is one, or no descriptor for
 * it. HISTORY: what it gets before attach_link_live is its past. */
struct source *attach_link_origin(struct attach_link *l, const struct share_head *head,
	const char *label, bool history);
/* A numbered message, but for SHARE_ORIGIN. Returns the records in it that are of no use,
 * since their start is lost. */
uint64_t attach_link_put(
	struct attach_link *l, const struct share_head *head, const char *payload);
/* The history is over, for all sources. */
void attach_link_live(struct attach_link *l);

/* All origins are announced again, and those that are not have ended meanwhile. For each
 * of these, GONE is called. */
void attach_link_begin_list(struct attach_link *l);
void attach_link_end_list(
	struct attach_link *l, void (*gone)(void *context, uint64_t origin), void *context);
/* All sources end, once they have been read. */
void attach_link_end(struct attach_link *l);

#endif
