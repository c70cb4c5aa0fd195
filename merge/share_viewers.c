/*
 * The attached mplogs of a listening one: a thread that writes to each what it can take.
 * Messages are copied out of the ring under the lock, some at a time, and written without
 * it: neither a slow one nor many of them hold up whoever reads the sources.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "merge/share_state.h"

#define CHUNK 65536     /* bytes that are copied out of the ring in one go, or one message */
#define EVENTS 64
#define CLOSE_MS 500    /* for the last words to all of them */

struct viewer {
	struct viewer *next;
	int fd;
	uint64_t pos;       /* of the next message in the ring */
	uint64_t records;   /* before it */
	uint64_t live_at;   /* the history lies before this place */
	bool live;          /* it was told */
	uint32_t rank, rank_said;
	bool blocked;       /* its socket is full */
	bool gone;
	struct buf out;     /* whole messages, of which SENT bytes are written */
	size_t sent;
};

struct viewers {
	struct share *share;
	pthread_t thread;
	bool started;
	bool sleeping;         /* under the share's lock */
	bool closing;          /* likewise */
	struct viewer *arrivals; /* likewise */
	uint32_t count;        /* likewise: of those the thread has */
	struct viewer *first, **last; /* the thread's own */
	int wake_fd, epoll_fd;
};

static void put_message(
	struct buf *out, enum share_kind kind, const void *payload, size_t size)
{
	struct share_head head = {.kind = (uint8_t)kind, .size = (uint32_t)size};
	buf_put(out, (const char *)&head, sizeof(head));
	buf_put(out, payload, size);
}

/* What lies before M is lost for V, as far as it has not had it. */
static void put_lost(struct viewer *v, const struct share *sh, const struct share_head *m)
{
	struct share_lost lost = {
		.records = m->records > v->records ? m->records - v->records : 0,
		.origins = share_count_origins(sh, m->sequence)};
	put_message(&v->out, SHARE_LOST, &lost, sizeof(lost));
	share_put_origins(sh, m->sequence, &v->out);
	v->records = m->records;
}

static void end_history(struct viewer *v)
{
	if (v->live || v->pos < v->live_at)
		return;
	put_message(&v->out, SHARE_LIVE, NULL, 0);
	v->live = true;
}

/* Under the lock: copies out what comes next for V. */
static void fill(struct viewer *v, const struct share *sh)
{
	const struct share_head *m;
	bool overtaken = v->pos < sh->ring.tail;
	if (v->rank != v->rank_said)
		put_message(&v->out, SHARE_RANK, &v->rank, sizeof(v->rank));
	v->rank_said = v->rank;
	if (overtaken)
		v->pos = sh->ring.tail;
	while (v->out.len < CHUNK && (m = share_ring_at(&sh->ring, &v->pos)) != NULL) {
		if (overtaken || m->records != v->records)
			put_lost(v, sh, m);
		overtaken = false;
		end_history(v);
		buf_put(&v->out, (const char *)m, sizeof(*m) + m->size);
		v->records += m->lines;
		v->pos += share_ring_size(m);
	}
	end_history(v);
}

/* Writes what there is for V, once. */
static void write_some(struct viewer *v)
{
	ssize_t n = send(v->fd, v->out.ptr + v->sent, v->out.len - v->sent,
		MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		v->blocked = errno == EAGAIN;
		v->gone = !v->blocked && errno != EINTR && errno != ENOMEM && errno != ENOBUFS;
		return;
	}
	v->sent += (size_t)n;
	if (v->sent < v->out.len)
		return;
	v->out.len = v->sent = 0;
	if (v->out.cap > 4 * CHUNK)
		buf_free(&v->out);
}

/* A turn for V. */
static void serve(struct viewers *all, struct viewer *v)
{
	if (v->gone || v->blocked)
		return;
	if (v->out.len == 0) {
		pthread_mutex_lock(&all->share->lock);
		fill(v, all->share);
		pthread_mutex_unlock(&all->share->lock);
	}
	if (v->out.len > 0)
		write_some(v);
}

/* An attached one says nothing: what can be read is its end. */
static void look_at(struct viewer *v, uint32_t events)
{
	char rest[64];
	if ((events & EPOLLOUT) != 0)
		v->blocked = false;
	if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
		return;
	ssize_t n = recv(v->fd, rest, sizeof(rest), MSG_DONTWAIT);
	v->gone |= n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Removes those that have gone; the rest moves up. */
static void remove_gone(struct viewers *all)
{
	uint32_t rank = 0;
	struct viewer **at = &all->first;
	struct viewer *v;
	while ((v = *at) != NULL) {
		v->rank = rank;
		if (!v->gone) {
			rank++;
			at = &v->next;
			continue;
		}
		*at = v->next;
		close(v->fd);
		buf_free(&v->out);
		free(v);
	}
	all->last = at;
	all->count = rank;
}

/* Under the lock: takes in who came. */
static void take_arrivals(struct viewers *all)
{
	for (struct viewer *v = all->arrivals; v != NULL; v = v->next) {
		struct epoll_event event = {.data.ptr = v,
			.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
		v->gone = epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, v->fd, &event) != 0;
	}
	*all->last = all->arrivals;
	all->arrivals = NULL;
	remove_gone(all);
}

static bool anything_for(const struct viewers *all)
{
	for (const struct viewer *v = all->first; v != NULL; v = v->next) {
		bool behind = v->pos < all->share->ring.head || v->rank != v->rank_said ||
			      !v->live || v->out.len > 0;
		if (v->gone || (behind && !v->blocked))
			return true;
	}
	return false;
}

/* What is to be done under the lock before the next turn; false: this is the end. *IDLE:
 * there is nothing to do before somebody wakes the thread. */
static bool prepare(struct viewers *all, bool *idle)
{
	pthread_mutex_lock(&all->share->lock);
	take_arrivals(all);
	*idle = all->sleeping = !anything_for(all) && !all->closing;
	bool goes_on = !all->closing;
	pthread_mutex_unlock(&all->share->lock);
	return goes_on;
}

static void wait_for_events(struct viewers *all, int timeout)
{
	struct epoll_event events[EVENTS];
	uint64_t ignored;
	int n = epoll_wait(all->epoll_fd, events, EVENTS, timeout);
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr != NULL) {
			look_at(events[i].data.ptr, events[i].events);
		} else {
			ssize_t got = read(all->wake_fd, &ignored, sizeof(ignored));
			(void)got;
		}
	}
}

static void serve_all(struct viewers *all)
{
	for (struct viewer *v = all->first; v != NULL; v = v->next)
		serve(all, v);
}

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* What is there still goes to all that take it soon. */
static void last_words(struct viewers *all)
{
	int64_t until = now_ms() + CLOSE_MS;
	bool idle;
	while (anything_for(all) && now_ms() < until) {
		serve_all(all);
		wait_for_events(all, 0);
		prepare(all, &idle);
	}
}

static void *run(void *argument)
{
	struct viewers *all = argument;
	bool idle;
	while (prepare(all, &idle)) {
		/* While there is work, who goes is looked for all the same. */
		wait_for_events(all, idle ? -1 : 0);
		serve_all(all);
	}
	last_words(all);
	return NULL;
}

struct viewers *viewers_new(struct share *share)
{
	struct viewers *all = xcalloc(1, sizeof(*all));
	all->share = share;
	all->last = &all->first;
	all->wake_fd = all->epoll_fd = -1;
	return all;
}

/* Under the lock: the thread, from the first one on. */
static bool start(struct viewers *all)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	sigset_t every, before;
	if (all->started)
		return true;
	all->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	all->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, all->wake_fd, &event) == 0) {
		/* Signals are the main thread's. */
		sigfillset(&every);
		pthread_sigmask(SIG_SETMASK, &every, &before);
		all->started = pthread_create(&all->thread, NULL, run, all) == 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (!all->started) {
		close(all->wake_fd);
		close(all->epoll_fd);
	}
	return all->started;
}

/* Under the lock: where V begins, and what it is told of it. */
static void welcome(const struct share *sh, struct viewer *v, const struct share_place *place)
{
	struct share_welcome w;
	memset(&w, 0, sizeof(w)); /* no holes with what lay there */
	memcpy(w.magic, SHARING_MAGIC, sizeof(w.magic));
	w.pid = (int32_t)getpid();
	w.rank = v->rank_said = v->rank;
	w.resumed = share_resume(sh, place, &w.sequence) ? 1 : 0;
	v->pos = w.resumed != 0 ? share_ring_find(&sh->ring, w.sequence) : sh->ring.tail;
	const struct share_head *m = share_ring_at(&sh->ring, &v->pos);
	w.sequence = m != NULL ? m->sequence : sh->sequence;
	w.records = v->records = m != NULL ? m->records : sh->records;
	w.origins = share_count_origins(sh, w.sequence);
	w.epochs = sh->epochs;
	memcpy(w.chain, sh->chain, sizeof(w.chain));
	v->live_at = sh->ring.head;
	put_message(&v->out, SHARE_WELCOME, &w, sizeof(w));
	share_put_origins(sh, w.sequence, &v->out);
}

bool viewers_admit(struct viewers *all, int fd, const struct share_place *place)
{
	uint32_t count = all->count;
	for (const struct viewer *v = all->arrivals; v != NULL; v = v->next)
		count++;
	if (count >= VIEWERS_MAX || all->closing || !start(all))
		return false;
	struct viewer *v = xcalloc(1, sizeof(*v));
	struct viewer **last = &all->arrivals;
	v->fd = fd;
	v->rank = count;
	welcome(all->share, v, place);
	while (*last != NULL)
		last = &(*last)->next;
	*last = v;
	return true;
}

bool viewers_must_wake(struct viewers *all)
{
	bool sleeping = all->sleeping;
	all->sleeping = false;
	return sleeping;
}

void viewers_wake(struct viewers *all)
{
	uint64_t one = 1;
	ssize_t ignored = write(all->wake_fd, &one, sizeof(one));
	(void)ignored;
}

/* The one that has been attached longest of those that are there to take it. */
static void leave_listening(struct viewers *all)
{
	int asked = 0;
	for (struct viewer *v = all->first; v != NULL && asked < HANDOVERS_MAX; v = v->next) {
		if (v->gone || v->blocked || v->out.len > 0)
			continue;
		if (share_hand_over(all->share, v->fd))
			break;
		asked++;
	}
}

void viewers_close(struct viewers *all)
{
	pthread_mutex_lock(&all->share->lock);
	all->closing = true;
	bool started = all->started;
	all->started = false;
	pthread_mutex_unlock(&all->share->lock);
	if (!started)
		return;
	viewers_wake(all);
	pthread_join(all->thread, NULL);
	leave_listening(all);
	for (struct viewer *v = all->first; v != NULL; v = v->next)
		v->gone = true;
	remove_gone(all);
	close(all->wake_fd);
	close(all->epoll_fd);
}

void viewers_free(struct viewers *all)
{
	viewers_close(all);
	free(all);
}
