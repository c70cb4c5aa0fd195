/*
 * watch: inotify as a wake-up. It says that something may have changed at a source; the
 * source looks for itself. A slow rescan by the ingest thread runs beside it, so that an
 * overflow, a full watch table or a network file system only makes things slower.
 *
 *	struct watch *w = watch_new(notices);      // never fails: fd -1 means rescan only
 *	watch_file(w, source, path);               // the file and the folder it is in
 *	poll w's fd, then: watch_read(w, wake, context);
 *
 * One watch a thread; not thread-safe.
 */
#ifndef SOURCES_WATCH_H
#define SOURCES_WATCH_H

#include <stdbool.h>

#include "core/notice.h"

struct source;
struct watch;

struct watch *watch_new(struct notices *notices);
/* One that watches nothing: every change is found by the rescan. */
struct watch *watch_new_disabled(void);
void watch_free(struct watch *w);
/* To poll for input; -1 where there is no inotify. */
int watch_fd(const struct watch *w);
/* Wakes SOURCE when the file or its name in the folder changes. Calling it again for the
 * same source replaces its file. A failure is said once and leaves the rescan. */
void watch_file(struct watch *w, struct source *source, const char *path);
/* Wakes SOURCE when a name appears in or goes from the folder. */
void watch_folder(struct watch *w, struct source *source, const char *path);
void watch_forget(struct watch *w, struct source *source);
/* Calls wake for each source that something was said of (each at most once a call), or
 * for all of them after an overflow. */
void watch_read(
	struct watch *w, void (*wake)(struct source *source, void *context), void *context);

#endif
