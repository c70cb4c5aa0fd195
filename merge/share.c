/*
 * share: the origins, the numbers and the epochs of the shared stream.
 */
#include "merge/share.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "merge/share_state.h"

#define PIECE 32768 /* bytes of one message with lines: a late one loses no more */

static void list_init(struct origin_list *l)
{
	*l = (struct origin_list){.last = &l->first};
}

static void list_add(struct origin_list *l, struct share_origin *o)
{
	o->next = NULL;
	*l->last = o;
	l->last = &o->next;
	l->count++;
}

/* Takes the one with ID out of the list; NULL if there is none. */
static struct share_origin *list_take(struct origin_list *l, uint64_t id)
{
	for (struct share_origin **at = &l->first; *at != NULL; at = &(*at)->next) {
		struct share_origin *o = *at;
		if (o->id != id)
			continue;
		*at = o->next;
		if (o->next == NULL)
			l->last = at;
		l->count--;
		return o;
	}
	return NULL;
}

static bool list_has(const struct origin_list *l, uint64_t id)
{
	for (const struct share_origin *o = l->first; o != NULL; o = o->next) {
		if (o->id == id)
			return true;
	}
	return false;
}

static void list_clear(struct origin_list *l)
{
	for (struct share_origin *o = l->first, *next; o != NULL; o = next) {
		next = o->next;
		free(o);
	}
	list_init(l);
}

/* An origin stays known as long as the end of it is in the history. */
static void evicted(void *context, const struct share_head *head)
{
	struct share *sh = context;
	if (head->kind == SHARE_END)
		free(list_take(&sh->ended, head->origin));
}

static struct share_origin *origin_make(uint64_t id, const char *label, size_t len)
{
	struct share_origin *o = xcalloc(1, sizeof(*o) + len + 1);
	memcpy(o->label, label, len);
	o->id = id;
	return o;
}

/* The origin goes from the living to the ended. */
static void bury(struct share *sh, uint64_t id, uint64_t sequence)
{
	struct share_origin *o = list_take(&sh->live, id);
	if (o == NULL)
		return;
	o->end = sequence;
	list_add(&sh->ended, o);
	if (sh->ended.count > ENDED_MAX)
		free(list_take(&sh->ended, sh->ended.first->id));
}

/* Numbers the message and puts it in. */
static void append(struct share *sh, struct share_origin *o, struct share_head *head,
	const char *payload)
{
	head->origin = o->id;
	head->index = o->index++;
	head->sequence = sh->sequence++;
	head->records = sh->records;
	sh->records += head->lines;
	share_ring_put(&sh->ring, head, payload);
}

static uint32_t count_lines(const char *bytes, size_t n)
{
	uint32_t lines = 0;
	for (size_t at = 0; at < n; lines++) {
		const char *newline = memchr(bytes + at, '\n', n - at);
		if (newline == NULL)
			break;
		at = (size_t)(newline - bytes) + 1;
	}
	return lines;
}

/* How much of N bytes goes into one message: whole lines, where they are short. */
static size_t piece_length(const char *bytes, size_t n)
{
	if (n <= PIECE)
		return n;
	const char *newline = memrchr(bytes, '\n', PIECE);
	return newline != NULL ? (size_t)(newline - bytes) + 1 : PIECE;
}

static void append_lines(struct share *sh, struct share_origin *o, struct share_head *head,
	const char *bytes, size_t n)
{
	while (n > 0) {
		size_t piece = piece_length(bytes, n);
		head->size = (uint32_t)piece;
		head->lines = count_lines(bytes, piece);
		head->flags = o->flags | (o->mid_line ? SHARE_MID_LINE : 0);
		append(sh, o, head, bytes);
		o->mid_line = bytes[piece - 1] != '\n';
		bytes += piece;
		n -= piece;
	}
}

static void append_number(struct share *sh, struct share_origin *o, struct share_head *head,
	enum share_kind kind, uint64_t number)
{
	head->kind = (uint8_t)kind;
	head->size = sizeof(number);
	head->lines = 0;
	append(sh, o, head, (const char *)&number);
}

static struct share_origin *announce(
	struct share *sh, const struct source *s, const struct share_head *when)
{
	size_t len = strnlen(s->origin->label, SHARE_LABEL_MAX);
	uint64_t id = sh->generation << 32 | ++sh->next_origin;
	struct share_origin *o = origin_make(id, s->origin->label, len);
	o->flags = s->ops->shared ? SHARE_MANY : 0;
	struct share_head head = {.kind = SHARE_ORIGIN, .flags = o->flags,
		.size = (uint32_t)len, .arrived = when->arrived};
	list_add(&sh->live, o);
	append(sh, o, &head, o->label);
	return o;
}

/* What the kernel threw away since the last time. */
static void append_loss(struct share *sh, struct share_origin *o, const struct source *s,
	struct share_head head)
{
	uint64_t more = s->dropped - o->dropped;
	o->dropped = s->dropped;
	if (more > 0)
		append_number(sh, o, &head, SHARE_LOSS, more);
}

static void put(struct share *sh, struct share_origin *o, struct share_head *head,
	const struct source *s, const char *bytes, size_t n)
{
	head->flags = o->flags;
	append_loss(sh, o, s, *head);
	if (head->kind == SHARE_DATA) {
		append_lines(sh, o, head, bytes, n);
	} else if (!share_ring_fits(&sh->ring, n)) {
		append_number(sh, o, head, SHARE_LOSS, 1);
	} else {
		o->mid_line = false;
		head->size = (uint32_t)n;
		head->lines = head->kind == SHARE_FRAME ? 1 : 0;
		head->frame = (uint8_t)s->frame;
		append(sh, o, head, bytes);
	}
}

void share_put(struct share *sh, struct share_origin **origin, const struct source *s,
	enum share_kind kind, const char *bytes, size_t n, const struct moment *now)
{
	struct share_head head = {.kind = (uint8_t)kind, .arrived = now->wall};
	if (*origin == NULL && kind != SHARE_DATA && kind != SHARE_FRAME)
		return;
	pthread_mutex_lock(&sh->lock);
	if (*origin == NULL)
		*origin = announce(sh, s, &head);
	put(sh, *origin, &head, s, bytes, n);
	bool wake = viewers_must_wake(sh->viewers);
	pthread_mutex_unlock(&sh->lock);
	if (wake)
		viewers_wake(sh->viewers);
}

static void end(struct share *sh, struct share_origin *o, int64_t now)
{
	struct share_head head = {.kind = SHARE_END, .arrived = now};
	append(sh, o, &head, NULL);
	bury(sh, o->id, head.sequence);
}

void share_end(struct share *sh, struct share_origin **origin, const struct moment *now)
{
	if (*origin == NULL)
		return;
	pthread_mutex_lock(&sh->lock);
	end(sh, *origin, now->wall);
	bool wake = viewers_must_wake(sh->viewers);
	pthread_mutex_unlock(&sh->lock);
	*origin = NULL;
	if (wake)
		viewers_wake(sh->viewers);
}

static void put_origin(struct buf *out, const struct share_origin *o)
{
	struct share_head head = {.kind = SHARE_ORIGIN, .flags = o->flags, .origin = o->id,
		.size = (uint32_t)strlen(o->label)};
	buf_put(out, (const char *)&head, sizeof(head));
	buf_put(out, o->label, head.size);
}

uint32_t share_count_origins(const struct share *sh, uint64_t from)
{
	uint32_t count = (uint32_t)sh->live.count;
	for (const struct share_origin *o = sh->ended.first; o != NULL; o = o->next)
		count += o->end >= from;
	return count;
}

void share_put_origins(const struct share *sh, uint64_t from, struct buf *out)
{
	for (const struct share_origin *o = sh->ended.first; o != NULL; o = o->next) {
		if (o->end >= from)
			put_origin(out, o);
	}
	for (const struct share_origin *o = sh->live.first; o != NULL; o = o->next)
		put_origin(out, o);
}

bool share_resume(const struct share *sh, const struct share_place *place,
	uint64_t *sequence)
{
	for (uint32_t i = 0; i < sh->epochs; i++) {
		if (sh->chain[i].id != place->epoch)
			continue;
		*sequence = place->sequence;
		/* What it got after that epoch was over here is not known here. */
		if (i + 1 < sh->epochs && sh->chain[i + 1].first < *sequence)
			*sequence = sh->chain[i + 1].first;
		if (*sequence > sh->sequence)
			*sequence = sh->sequence;
		return true;
	}
	return false;
}

static void begin_epoch(struct share *sh)
{
	uint64_t id = 0;
	while (id == 0) {
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	}
	if (sh->epochs == SHARE_EPOCHS_MAX) {
		sh->epochs--;
		memmove(sh->chain, sh->chain + 1, sh->epochs * sizeof(*sh->chain));
	}
	sh->chain[sh->epochs++] = (struct share_epoch){id, sh->sequence};
}

void share_admit(struct share *sh, int fd, const struct share_place *place)
{
	pthread_mutex_lock(&sh->lock);
	if (sh->epochs == 0)
		begin_epoch(sh);
	bool good = viewers_admit(sh->viewers, fd, place);
	pthread_mutex_unlock(&sh->lock);
	if (good)
		viewers_wake(sh->viewers);
	else
		close(fd); /* which says it, too */
}

/*
 * The calls of an attached mplog's source.
 */
static void begin(void *context, const struct share_welcome *w)
{
	struct share *sh = context;
	pthread_mutex_lock(&sh->lock);
	if (w->resumed != 0) {
		share_ring_cut(&sh->ring, w->sequence);
	} else {
		share_ring_reset(&sh->ring);
		list_clear(&sh->live);
		list_clear(&sh->ended);
	}
	sh->sequence = w->sequence;
	sh->records = w->records;
	sh->epochs = w->epochs;
	memcpy(sh->chain, w->chain, sizeof(sh->chain));
	pthread_mutex_unlock(&sh->lock);
}

static void replicate_origin(
	struct share *sh, const struct share_head *head, const char *payload)
{
	if (list_has(&sh->live, head->origin) || list_has(&sh->ended, head->origin))
		return;
	struct share_origin *o = origin_make(head->origin, payload, head->size);
	o->flags = head->flags;
	list_add(&sh->live, o);
	if (head->origin >> 32 > sh->generation)
		sh->generation = head->origin >> 32;
}

static void replicate(void *context, const struct share_head *head, const char *payload)
{
	struct share *sh = context;
	pthread_mutex_lock(&sh->lock);
	if (head->kind == SHARE_ORIGIN)
		replicate_origin(sh, head, payload);
	if (head->sequence > 0) {
		if (share_ring_fits(&sh->ring, head->size))
			share_ring_put(&sh->ring, head, payload);
		sh->sequence = head->sequence + 1;
		sh->records = head->records + head->lines;
	}
	if (head->kind == SHARE_END)
		bury(sh, head->origin, head->sequence);
	pthread_mutex_unlock(&sh->lock);
}

static void forget(void *context, uint64_t origin)
{
	struct share *sh = context;
	pthread_mutex_lock(&sh->lock);
	free(list_take(&sh->live, origin));
	pthread_mutex_unlock(&sh->lock);
}

static void take_over(void *context)
{
	struct share *sh = context;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	pthread_mutex_lock(&sh->lock);
	sh->generation++;
	begin_epoch(sh);
	while (sh->live.first != NULL)
		end(sh, sh->live.first, now.tv_sec * NS_PER_SECOND + now.tv_nsec);
	pthread_mutex_unlock(&sh->lock);
}

static struct kept *find_kept(struct share *sh, const char *address)
{
	for (size_t i = 0; i < sh->kept_count; i++) {
		if (strcmp(sh->kept[i].address, address) == 0)
			return &sh->kept[i];
	}
	return NULL;
}

static void keep(void *context, const char *address, const int *fds, size_t count)
{
	struct share *sh = context;
	pthread_mutex_lock(&sh->lock);
	if (find_kept(sh, address) == NULL && sh->kept_count < SHARE_SOCKETS_MAX &&
		count <= SHARE_SOCKETS_MAX) {
		struct kept *k = &sh->kept[sh->kept_count++];
		*k = (struct kept){.address = xstrdup(address)};
		for (size_t i = 0; i < count; i++) {
			k->fds[k->count] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
			k->count += k->fds[k->count] >= 0;
		}
	}
	pthread_mutex_unlock(&sh->lock);
}

static size_t inherit(void *context, const char *address, int *fds, size_t most)
{
	struct share *sh = context;
	size_t n = 0;
	pthread_mutex_lock(&sh->lock);
	const struct kept *k = find_kept(sh, address);
	for (size_t i = 0; k != NULL && i < k->count && n < most; i++) {
		fds[n] = fcntl(k->fds[i], F_DUPFD_CLOEXEC, 0);
		n += fds[n] >= 0;
	}
	pthread_mutex_unlock(&sh->lock);
	return n;
}

static bool handed_over(void *context)
{
	struct share *sh = context;
	pthread_mutex_lock(&sh->lock);
	bool answer = sh->handed_over;
	pthread_mutex_unlock(&sh->lock);
	return answer;
}

struct share *share_new(size_t bytes, const char *const *listeners, size_t count)
{
	struct share *sh = xcalloc(1, sizeof(*sh));
	pthread_mutex_init(&sh->lock, NULL);
	if (bytes < SHARE_RING_LEAST)
		bytes = SHARE_RING_LEAST;
	share_ring_init(&sh->ring, bytes, evicted, sh);
	list_init(&sh->live);
	list_init(&sh->ended);
	sh->sequence = 1;
	sh->sharing = (struct sharing){
		.context = sh,
		.listeners = listeners,
		.listener_count = count,
		.begin = begin,
		.replicate = replicate,
		.forget = forget,
		.take_over = take_over,
		.keep = keep,
		.inherit = inherit,
		.handed_over = handed_over,
	};
	sh->viewers = viewers_new(sh);
	return sh;
}

const struct sharing *share_sharing(struct share *sh)
{
	return &sh->sharing;
}

void share_close(struct share *sh)
{
	viewers_close(sh->viewers);
}

void share_free(struct share *sh)
{
	if (sh == NULL)
		return;
	viewers_free(sh->viewers);
	for (size_t i = 0; i < sh->kept_count; i++) {
		for (size_t k = 0; k < sh->kept[i].count; k++)
			close(sh->kept[i].fds[k]);
		free(sh->kept[i].address);
	}
	list_clear(&sh->live);
	list_clear(&sh->ended);
	share_ring_clear(&sh->ring);
	pthread_mutex_destroy(&sh->lock);
	free(sh);
}
