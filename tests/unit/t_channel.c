/*
 * Batches between threads: none is lost, none is overlooked by a sleeper, and what a full
 * channel throws away is counted.
 */
#include "merge/channel.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "mergekit.h"
#include "tap.h"

#define PUSHERS 2

static struct channel *channel;
static struct stream *streams[PUSHERS];
static struct origin origins[PUSHERS];
static atomic_uint taken[PUSHERS];
static uint32_t rounds;

/* Pushes the next one as soon as the last one was taken: just when the taker is about to
 * sleep. */
static void *push_all(void *argument)
{
	uint32_t me = *(uint32_t *)argument;

	for (uint32_t i = 0; i < rounds; i++) {
		struct batch *b = kit_add(kit_batch(streams[me], 1, 0), i, i, true);
		channel_push(channel, b, false);
		for (int spin = 0; atomic_load(&taken[me]) <= i; spin++) {
			if (spin > 2000)
				sched_yield();
		}
	}
	return NULL;
}

/* Takes until all has come; false: nothing woke it for ten seconds. */
static bool take_all(void)
{
	struct pollfd fd = {.fd = channel_fd(channel), .events = POLLIN};
	struct batch *list, *next;
	uint32_t left = PUSHERS * rounds;
	bool in_order = true;

	while (left > 0) {
		while ((list = channel_take(channel)) != NULL) {
			for (struct batch *b = list; b != NULL; b = next, left--) {
				uint32_t who = b->stream->origin->index;
				next = b->next;
				in_order &= b->records[0].sequence ==
					    atomic_load(&taken[who]);
				channel_freed(channel, b);
				batch_free(b);
				atomic_fetch_add(&taken[who], 1);
			}
		}
		if (left > 0 && poll(&fd, 1, 10000) == 0)
			return false;
	}
	return in_order;
}

static void test_wakes(void)
{
	pthread_t threads[PUSHERS];
	uint32_t who[PUSHERS];
	bool good;

	rounds = getenv("SANITIZED") != NULL ? 20000 : 100000;
	channel = channel_new(SIZE_MAX);
	for (uint32_t i = 0; i < PUSHERS; i++) {
		who[i] = i;
		origins[i].index = i;
		streams[i] = kit_stream(&origins[i], STREAM_LIVE);
		pthread_create(&threads[i], NULL, push_all, &who[i]);
	}
	good = take_all();
	ok(good, "who sleeps on the channel is woken for each batch");
	if (!good) /* the pushers wait for ever */
		exit(1);
	for (uint32_t i = 0; i < PUSHERS; i++) {
		pthread_join(threads[i], NULL);
		ok(atomic_load(&streams[i]->in_flight) == 0, "stream %u has nothing left",
			i);
		stream_free(streams[i]);
	}
	ok(channel_bytes(channel) == 0, "nor has the channel");
	channel_free(channel);
}

static void test_drops(void)
{
	struct origin origin = {.index = 1};
	struct stream *s = kit_stream(&origin, STREAM_LIVE);
	struct batch *b, *list;
	uint32_t kept = 0, batches = 0;
	size_t one;

	b = kit_add(kit_batch(s, 1, 0), 0, 0, true);
	one = b->bytes;
	channel = channel_new(5 * one);
	channel_push(channel, b, false); /* may not be thrown away */
	for (uint32_t i = 1; i < 20; i++)
		channel_push(channel, kit_add(kit_batch(s, 1, 0), i, i, true), true);
	ok(channel_bytes(channel) == 5 * one, "a full channel has %zu batches of room",
		channel_bytes(channel) / one);
	list = channel_take(channel);
	for (b = list; b != NULL; b = list) {
		list = b->next;
		if (b->count > 0)
			ok(b->records[0].sequence == 0 || b->records[0].sequence > 15,
				"kept: %u", b->records[0].sequence);
		kept += b->count;
		batches++;
		channel_freed(channel, b);
		batch_free(b);
	}
	ok(kept == 5 && atomic_load(&s->dropped) == 15,
		"15 of 20 are thrown away, the oldest");
	ok(batches == 20, "what they say of their source stays: %u", batches);
	ok(channel_bytes(channel) == 0 && atomic_load(&s->in_flight) == 0,
		"all is counted");
	stream_free(s);
	channel_free(channel);
}

int main(void)
{
	test_wakes();
	test_drops();
	return done_testing();
}
