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
	ok(batches == 6, "of these one batch stays, to say so: %u", batches);
	ok(channel_bytes(channel) == 0 && atomic_load(&s->in_flight) == 0,
		"all is counted");
	stream_free(s);
	channel_free(channel);
}

/* Nobody takes for a minute: neither memory nor time may go with what is thrown away. */
static void test_drops_many(void)
{
	enum { SOURCES = 3, PUSHES = 300000 };
	struct origin many[SOURCES] = {{.index = 1}, {.index = 2}, {.index = 3}};
	struct stream *s[SOURCES];
	struct batch *b, *list;
	uint32_t kept = 0, batches = 0;
	uint64_t dropped = 0;

	for (uint32_t i = 0; i < SOURCES; i++)
		s[i] = kit_stream(&many[i], STREAM_LIVE);
	b = kit_add(kit_batch(s[0], 1, 0), 0, 0, true);
	channel = channel_new(10 * b->bytes);
	batch_free(b);
	for (uint32_t i = 0; i < PUSHES; i++)
		channel_push(channel, kit_add(kit_batch(s[i % SOURCES], 1, 0), i, i, true), true);
	list = channel_take(channel);
	for (b = list; b != NULL; b = list) {
		list = b->next;
		kept += b->count;
		batches++;
		channel_freed(channel, b);
		batch_free(b);
	}
	for (uint32_t i = 0; i < SOURCES; i++)
		dropped += atomic_load(&s[i]->dropped);
	ok(kept == 10 && dropped == PUSHES - 10, "of %d batches 10 are left", PUSHES);
	ok(batches == 10 + SOURCES, "and one of each source to say so: %u", batches);
	b = kit_add(kit_batch(s[0], 1, 0), 1, 1, true);
	channel_push(channel, b, true);
	ok(channel_take(channel) == b, "then it goes on");
	channel_freed(channel, b);
	batch_free(b);
	channel_free(channel);
	for (uint32_t i = 0; i < SOURCES; i++)
		stream_free(s[i]);
}

int main(void)
{
	test_wakes();
	test_drops();
	test_drops_many();
	return done_testing();
}
