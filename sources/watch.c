/*
 * watch: what the kernel calls a watch descriptor, and who wants to hear of it. A file
 * and its folder have one each, which sources share.
 */
#include "sources/watch.h"

#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/source.h"

#define BUCKETS 256
#define EVENT_BYTES 65536
#define READS_MAX 64 /* a round: whoever makes events all the time must not hold us */
#define FILE_MASK (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF)
#define FOLDER_MASK (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR)

struct client {
	struct client *next;
	struct source *source;
	int file_wd; /* -1: none */
	bool told;   /* in the round of watch_read that is on */
};

/* One client's interest in one watch descriptor. */
struct interest {
	struct interest *next;
	struct client *client;
	int wd;
	char name[]; /* in the folder; empty: any */
};

struct watch {
	int fd;
	struct notices *notices;
	struct client *clients[BUCKETS];
	struct interest *interests[BUCKETS];
	struct client **told; /* those of this round, in order; NULL: forgotten since */
	size_t told_count;
	size_t told_cap;
	bool said_overflow;
	bool said_failure;
};

static struct interest **bucket(struct watch *w, int wd)
{
	return &w->interests[(unsigned)wd % BUCKETS];
}

static bool wanted(struct watch *w, int wd)
{
	for (const struct interest *i = *bucket(w, wd); i != NULL; i = i->next)
		if (i->wd == wd)
			return true;
	return false;
}

static struct client **find_client(struct watch *w, const struct source *source)
{
	size_t hash = (size_t)((uintptr_t)source / alignof(max_align_t)) % BUCKETS;
	struct client **at = &w->clients[hash];
	while (*at != NULL && (*at)->source != source)
		at = &(*at)->next;
	return at;
}

static struct client *get_client(struct watch *w, struct source *source)
{
	struct client **at = find_client(w, source);
	if (*at == NULL) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->source = source;
		(*at)->file_wd = -1;
	}
	return *at;
}

/* Removes from a bucket what CLIENT wants to hear of WD, or of anything if it is -1. */
static void drop_interests(
	struct watch *w, struct interest **at, const struct client *client, int wd)
{
	while (*at != NULL) {
		struct interest *i = *at;
		if (i->client != client || (wd >= 0 && i->wd != wd)) {
			at = &i->next;
			continue;
		}
		int dropped = i->wd;
		*at = i->next;
		free(i);
		if (!wanted(w, dropped))
			inotify_rm_watch(w->fd, dropped);
	}
}

/* The kernel has removed WD itself. */
static void drop_wd(struct watch *w, int wd)
{
	struct interest **at = bucket(w, wd);
	while (*at != NULL) {
		struct interest *i = *at;
		if (i->wd != wd) {
			at = &i->next;
			continue;
		}
		*at = i->next;
		free(i);
	}
}

static void add_interest(struct watch *w, struct client *client, int wd, const char *name)
{
	struct interest **at = bucket(w, wd);
	for (const struct interest *i = *at; i != NULL; i = i->next)
		if (i->wd == wd && i->client == client && strcmp(i->name, name) == 0)
			return;
	size_t size = strlen(name) + 1;
	struct interest *i = xcalloc(1, sizeof(*i) + size);
	i->client = client;
	i->wd = wd;
	memcpy(i->name, name, size);
	i->next = *at;
	*at = i;
}

static int add_watch(struct watch *w, const char *path, uint32_t mask)
{
	int wd = inotify_add_watch(w->fd, path, mask);
	bool lasting = wd < 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES &&
		       errno != ELOOP;
	if (lasting && !w->said_failure) {
		w->said_failure = true;
		notice_put(w->notices,
			"%s: can't be watched (%s); changes are found within a second instead",
			path,
			errno == ENOSPC ? "fs.inotify.max_user_watches is reached"
					: strerror(errno));
	}
	return wd;
}

/* Watches the folder for NAME, or for any if it is empty. */
static void watch_names(
	struct watch *w, struct client *client, const char *folder, const char *name)
{
	int wd = add_watch(w, folder, FOLDER_MASK);
	if (wd >= 0)
		add_interest(w, client, wd, name);
}

static void tell(struct watch *w, struct client *client)
{
	if (client->told)
		return;
	client->told = true;
	if (w->told_count == w->told_cap) {
		w->told_cap = w->told_cap > 0 ? w->told_cap * 2 : 16;
		w->told = xrealloc(w->told, w->told_cap * sizeof(struct client *));
	}
	w->told[w->told_count++] = client;
}

static void take_overflow(struct watch *w)
{
	if (!w->said_overflow)
		notice_put(w->notices,
			"more file events than the kernel keeps; looking at every file again");
	w->said_overflow = true;
	for (size_t b = 0; b < BUCKETS; b++)
		for (struct client *c = w->clients[b]; c != NULL; c = c->next)
			tell(w, c);
}

static void take_event(struct watch *w, const struct inotify_event *event)
{
	const char *name = event->len > 0 ? event->name : "";
	if ((event->mask & IN_Q_OVERFLOW) != 0) {
		take_overflow(w);
		return;
	}
	for (struct interest *i = *bucket(w, event->wd); i != NULL; i = i->next)
		if (i->wd == event->wd && (i->name[0] == '\0' || name[0] == '\0' ||
						  strcmp(i->name, name) == 0))
			tell(w, i->client);
	if ((event->mask & IN_IGNORED) != 0)
		drop_wd(w, event->wd);
}

static void take_events(struct watch *w, const char *bytes, size_t len)
{
	size_t at = 0;
	while (at + sizeof(struct inotify_event) <= len) {
		const struct inotify_event *event =
			(const struct inotify_event *)(const void *)(bytes + at);
		take_event(w, event);
		at += sizeof(*event) + event->len;
	}
}

struct watch *watch_new_disabled(void)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	w->fd = -1;
	return w;
}

struct watch *watch_new(struct notices *notices)
{
	struct watch *w = watch_new_disabled();
	w->notices = notices;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0)
		notice_put(notices,
			"no inotify (%s); changes of files are found within a second instead",
			strerror(errno));
	return w;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0)
		close(w->fd);
	for (size_t b = 0; b < BUCKETS; b++) {
		for (struct interest *i = w->interests[b], *next; i != NULL; i = next) {
			next = i->next;
			free(i);
		}
		for (struct client *c = w->clients[b], *next; c != NULL; c = next) {
			next = c->next;
			free(c);
		}
	}
	free(w->told);
	free(w);
}

int watch_fd(const struct watch *w)
{
	return w->fd;
}

void watch_file(struct watch *w, struct source *source, const char *path)
{
	if (w->fd < 0)
		return;
	struct client *client = get_client(w, source);
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	/* The new watch first: a file that stays the same keeps its own. */
	int wd = add_watch(w, path, FILE_MASK);
	if (client->file_wd >= 0 && client->file_wd != wd)
		drop_interests(w, bucket(w, client->file_wd), client, client->file_wd);
	client->file_wd = wd;
	if (wd >= 0)
		add_interest(w, client, wd, "");
	char *folder =
		slash == NULL ? xstrdup(".") : xstrndup(path, (size_t)(slash - path) + 1);
	watch_names(w, client, folder, name);
	free(folder);
}

void watch_folder(struct watch *w, struct source *source, const char *path)
{
	if (w->fd >= 0)
		watch_names(w, get_client(w, source), path, "");
}

void watch_forget(struct watch *w, struct source *source)
{
	struct client **at = find_client(w, source);
	struct client *c = *at;
	if (c == NULL)
		return;
	for (size_t b = 0; b < BUCKETS; b++)
		drop_interests(w, &w->interests[b], c, -1);
	for (size_t i = 0; i < w->told_count; i++)
		if (w->told[i] == c)
			w->told[i] = NULL;
	*at = c->next;
	free(c);
}

void watch_read(struct watch *w, void (*wake)(struct source *source, void *context),
	void *context)
{
	alignas(struct inotify_event) char bytes[EVENT_BYTES];
	if (w->fd < 0)
		return;
	for (unsigned reads = 0; reads < READS_MAX; reads++) {
		ssize_t n = read(w->fd, bytes, sizeof(bytes));
		if (n > 0)
			take_events(w, bytes, (size_t)n);
		else if (n == 0 || errno != EINTR)
			break;
	}
	for (size_t i = 0; i < w->told_count; i++) {
		struct client *c = w->told[i];
		if (c == NULL)
			continue;
		c->told = false;
		wake(c->source, context);
	}
	w->told_count = 0;
}
