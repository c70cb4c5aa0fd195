/*
 * spawn_keeper: a small process beside us that ends the process groups we have started if
 * we are gone, in whatever way: also after SIGKILL, and also what a program has started
 * itself, which a death signal does not reach.
 *
 *	struct keeper *k = keeper_new();        // before any thread is made
 *	keeper_hold(k, group); ... keeper_let_go(k, group);
 *	keeper_free(k);                         // what it still holds is ended: TERM, and
 *	                                        // KILL after 5 seconds
 *
 * It holds none of our descriptors, and hears no signal of our terminal.
 */
#ifndef SOURCES_SPAWN_KEEPER_H
#define SOURCES_SPAWN_KEEPER_H

#include <sys/types.h>

#define KEEPER_GRACE_MS 5000 /* between TERM and KILL */
#define KEEPER_HELD 256      /* groups and files of one keeper */

struct keeper;

/* NULL if there can't be one; then only a death signal is left. */
struct keeper *keeper_new(void);
/* All of these do nothing when K is NULL. */
void keeper_hold(struct keeper *k, pid_t group);
void keeper_let_go(struct keeper *k, pid_t group);
/* A file to be removed if we do not live to do it; before the first hold. */
void keeper_remove(struct keeper *k, const char *path);
/* From now on KILL at once: they have been asked already. */
void keeper_hurry(struct keeper *k);
void keeper_free(struct keeper *k);

#endif
