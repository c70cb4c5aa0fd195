/*
 * The order of many streams, for thousands of seeds: finite ones, live ones, and all that
 * can go wrong with them.
 */
#include "mergesim.h"
#include "tap.h"

static bool finite_is_sorted(uint64_t seed)
{
	static const uint32_t disorders[] = {0, 0, 3, 60, BATCH_RECORDS};
	struct rng r = {seed};
	struct sim sim;
	bool big = rng_percent(&r, 5), wild = rng_percent(&r, 30),
	     filter = rng_percent(&r, 30);
	int64_t step = rng_percent(&r, 20) ? 2 : rng_percent(&r, 50) ? MS : SECOND;

	sim_init(&sim, 1 + rng_below(&r, STREAMS_MAX));
	sim.wall = FOREVER;
	for (uint32_t i = 0; i < sim.stream_count; i++) {
		uint32_t count = rng_below(&r, big ? 9000 : 700);
		struct item *items = items_of(&sim, i, count);
		make_keys(&r, items, count, KIT_WALL + rng_span(&r, 0, SECOND), step,
			disorders[rng_below(&r, 5)]);
		if (wild)
			make_wild(&r, items, count);
		for (uint32_t k = 0; filter && k < count; k++)
			items[k].kept = rng_percent(&r, 30);
		sim_add_stream(&sim, i, STREAM_READING);
		push_reading(&sim, &r, i, count, rng_span(&r, 0, SECOND), BATCH_DONE);
	}
	sim_run(&sim);
	check_end(&sim);
	check_sorted(&sim);
	if (!merge_finished(sim.merge))
		blame(&sim, "all is over, but not finished");
	return finish(&sim);
}

/* What all live runs have in common. */
static bool run_live(struct sim *sim)
{
	sim_run(sim);
	check_end(sim);
	return sim->fault == NULL;
}

/* Anything goes: whatever the streams do, nothing is lost or waits too long. */
static void make_mixed(struct sim *sim, uint64_t seed)
{
	struct rng r = {seed};

	sim_init(sim, 1 + rng_below(&r, STREAMS_MAX));
	for (uint32_t i = 0; i < sim->stream_count; i++) {
		struct live live = {rng_span(&r, 0, 400 * MS), 0, 0, rng_percent(&r, 20)};
		uint32_t count = rng_percent(&r, 20) ? 0 : rng_below(&r, 300),
			 backlog = 0;
		int64_t at = rng_percent(&r, 60) ? 0 : rng_span(&r, 0, 5 * SECOND);
		struct item *items = items_of(sim, i, count);
		bool kept = rng_percent(&r, 80);
		live.disorder = rng_percent(&r, 50) ? 0 : rng_below(&r, 60);
		live.wild = rng_percent(&r, 70) ? 0 : rng_below(&r, 20);
		sim_add_stream(
			sim, i, rng_percent(&r, 30) ? STREAM_READING : STREAM_LIVE);
		sim->streams[i]->initial = at == 0;
		sim->streams[i]->slack_least = live.shared ? WINDOW / 5 : 0;
		if (sim->states[i] == STREAM_READING) {
			backlog = count == 0 ? 0 : rng_below(&r, count);
			make_keys(&r, items, backlog, KIT_WALL - SECOND, 10 * MS, 5);
			at = push_reading(sim, &r, i, backlog, at,
				rng_percent(&r, 80) ? BATCH_LIVE : BATCH_DONE);
			if (sim->pushes[sim->push_count - 1].event == BATCH_DONE) {
				sim->counts[i] = backlog;
				continue;
			}
		}
		at = make_live(sim, &r, i, count, backlog, at, &live);
		for (uint32_t k = backlog; !kept && k < count; k++)
			items[k].kept = rng_percent(&r, 50);
		if (rng_percent(&r, 50))
			push_later(
				sim, (struct push){at, at, i, count, 0, BATCH_DONE, 0});
		if (!sim->streams[i]->initial)
			sim->states[i] = STREAM_DONE; /* until it comes */
	}
}

static bool mixed_is_bounded(uint64_t seed)
{
	struct sim sim;

	make_mixed(&sim, seed);
	run_live(&sim);
	return finish(&sim);
}

/* The same again gives the same; and settling oftener gives nothing sooner, but for the
 * tick itself: the merge's deadlines are all that must be kept. */
static bool runs_are_equal(uint64_t seed)
{
	struct sim a, b, ticking;
	bool same;

	make_mixed(&a, seed);
	make_mixed(&b, seed);
	make_mixed(&ticking, seed);
	ticking.tick = MS;
	run_live(&a);
	run_live(&b);
	run_live(&ticking);
	same = a.out_count == b.out_count;
	for (uint32_t i = 0; same && i < a.out_count; i++) {
		same = a.out[i]->stream == b.out[i]->stream &&
		       a.out[i]->place == b.out[i]->place &&
		       a.out[i]->late == b.out[i]->late;
	}
	if (!same)
		blame(&a, "the same input gave another output");
	for (uint32_t i = 0; a.fault == NULL && i < a.stream_count; i++) {
		for (uint32_t k = 0; k < a.counts[i]; k++) {
			if (a.items[i][k].released_at > ticking.items[i][k].released_at)
				blame(&a, "slept past what could be released");
		}
	}
	finish(&b);
	finish(&ticking);
	return finish(&a);
}

/* Streams that are in order, or shared by writers that are quick, and that are there from
 * the start: nothing is late. */
static bool punctual_is_never_late(uint64_t seed)
{
	struct rng r = {seed};
	struct sim sim;

	sim_init(&sim, 1 + rng_below(&r, STREAMS_MAX));
	for (uint32_t i = 0; i < sim.stream_count; i++) {
		struct live live = {
			rng_span(&r, 0, WINDOW - 12 * MS), 0, 0, rng_percent(&r, 30)};
		uint32_t count = rng_below(&r, 300);
		int64_t at;
		if (live.shared)
			live.delay = rng_span(&r, 0, WINDOW / 5 - 12 * MS);
		items_of(&sim, i, count);
		sim_add_stream(&sim, i, STREAM_LIVE);
		sim.streams[i]->slack_least = live.shared ? WINDOW / 5 : 0;
		at = make_live(&sim, &r, i, count, 0, 0, &live);
		if (rng_percent(&r, 30))
			push_later(
				&sim, (struct push){at, at, i, count, 0, BATCH_DONE, 0});
	}
	run_live(&sim);
	if (sim.flags > 0)
		blame(&sim, "late, and need not be");
	return finish(&sim);
}

/* One live stream in order, beside others that have ended: each record goes at once. */
static bool alone_is_instant(uint64_t seed)
{
	struct rng r = {seed};
	struct sim sim;
	struct live live = {rng_span(&r, 0, SECOND), 0, 0, false};

	sim_init(&sim, 1 + rng_below(&r, 3));
	for (uint32_t i = 1; i < sim.stream_count; i++) {
		uint32_t count = rng_below(&r, 3);
		make_keys(&r, items_of(&sim, i, count), count, KIT_WALL, MS, 0);
		sim_add_stream(&sim, i, STREAM_READING);
		push_reading(&sim, &r, i, count, 0, BATCH_DONE);
	}
	items_of(&sim, 0, 200);
	sim_add_stream(&sim, 0, STREAM_LIVE);
	make_live(&sim, &r, 0, 200, 0, 10 * MS, &live);
	run_live(&sim);
	for (uint32_t k = 0; k < 200; k++) {
		if (sim.items[0][k].released_at != sim.items[0][k].pushed_at)
			blame(&sim, "alone, and yet it waited");
	}
	return finish(&sim);
}

/* Backlogs that have begun before the others gave anything: nobody is late, and what is
 * in order stays so, however long it takes. */
static bool backlog_is_waited_for(uint64_t seed)
{
	struct rng r = {seed};
	struct sim sim;
	bool end = rng_percent(&r, 50);

	sim_init(&sim, 2 + rng_below(&r, STREAMS_MAX - 1));
	for (uint32_t i = 0; i < sim.stream_count; i++) {
		struct live live = {rng_span(&r, 0, 100 * MS), 0, 0, false};
		uint32_t count = rng_below(&r, 3000), backlog = i % 2 == 0 ? count : 0;
		int64_t at = 0;
		struct item *items = items_of(&sim, i, count);
		sim_add_stream(&sim, i, i % 2 == 0 ? STREAM_READING : STREAM_LIVE);
		if (i % 2 == 0) {
			make_keys(&r, items, backlog, KIT_WALL - 4 * SECOND, MS,
				rng_percent(&r, 50) ? 0 : BATCH_RECORDS);
			push_reading(
				&sim, &r, i, backlog, 0, end ? BATCH_DONE : BATCH_LIVE);
		} else {
			make_live(&sim, &r, i, count, 0, at, &live);
		}
	}
	run_live(&sim);
	if (sim.flags > 0)
		blame(&sim, "late, and need not be");
	return finish(&sim);
}

/*
 * Single cases.
 */

/* So many pushes that their times are only kept to the millisecond. */
static void test_many_marks(void)
{
	struct sim sim;
	struct item *items;
	int64_t longest = 0;

	sim_init(&sim, 2);
	items = items_of(&sim, 0, 30000);
	items_of(&sim, 1, 0);
	sim_add_stream(&sim, 0, STREAM_LIVE);
	sim_add_stream(&sim, 1, STREAM_LIVE); /* silent */
	for (uint32_t i = 0; i < 30000; i++) {
		int64_t at = i * (MS / 25);
		items[i].key = KIT_WALL + at;
		push_later(&sim, (struct push){at, at, 0, i, 1, BATCH_MORE, 0});
	}
	run_live(&sim);
	for (uint32_t i = 0; i < 30000; i++) {
		int64_t waited = items[i].released_at - items[i].pushed_at;
		longest = waited > longest ? waited : longest;
	}
	ok(longest <= WINDOW + MS && longest >= WINDOW,
		"beside a silent stream 30,000 pushes wait %lld us at most",
		(long long)(longest / 1000));
	ok(finish(&sim), "and nothing is wrong with them");
}

/* The merge has nobody to wait for, and then streams join that must be put in order. */
static void test_late_comers(void)
{
	struct sim sim;

	sim_init(&sim, 3);
	for (uint32_t i = 0; i < 3; i++) {
		struct item *items = items_of(&sim, i, 50);
		sim_add_stream(&sim, i, STREAM_LIVE);
		sim.streams[i]->initial = false;
		push_later(&sim, (struct push){SECOND, SECOND, i, 0, 0, BATCH_MORE, 0});
		for (uint32_t k = 0; k < 50; k++) {
			/* The later a stream, the earlier its stamps. */
			int64_t at = 2 * SECOND + k * 10 * MS + i * MS;
			items[k].key = KIT_WALL + at - i * 2 * MS;
			push_later(&sim, (struct push){at, at, i, k, 1, BATCH_MORE, 0});
		}
	}
	run_live(&sim);
	ok(sim.flags == 0, "streams that join an idle merge are put in order: %d late",
		(int)sim.flags);
	check_sorted(&sim);
	ok(finish(&sim), "and sorted");
}

/* One ends, all have ended for a while, others come: the same. */
static void test_after_the_last(void)
{
	struct sim sim;
	struct item *items;

	sim_init(&sim, 3);
	items_of(&sim, 0, 1)[0].key = KIT_WALL;
	sim_add_stream(&sim, 0, STREAM_LIVE);
	push_later(&sim, (struct push){MS, MS, 0, 0, 1, BATCH_DONE, 0});
	for (uint32_t i = 1; i < 3; i++) {
		items = items_of(&sim, i, 1);
		items[0].key = KIT_WALL + SECOND - i * MS;
		sim_add_stream(&sim, i, STREAM_LIVE);
		sim.streams[i]->initial = false;
		push_later(&sim, (struct push){SECOND, SECOND, i, 0, 0, BATCH_MORE, 0});
		push_later(&sim,
			(struct push){SECOND + i * MS, SECOND, i, 0, 1, BATCH_MORE, 0});
	}
	run_live(&sim);
	ok(sim.flags == 0,
		"streams that come after all others have ended are put in order");
	ok(finish(&sim), "and nothing is wrong with them");
}

/* A stamp of the future in the past of a followed file. */
static void test_future_past(void)
{
	struct sim sim;
	struct item *items;

	sim_init(&sim, 3);
	items = items_of(&sim, 0, 100);
	make_keys(&(struct rng){1}, items, 100, KIT_WALL - SECOND, MS, 0);
	items[98].key = KIT_WALL + 3600 * SECOND;
	items[98].wild = true;
	sim_add_stream(&sim, 0, STREAM_READING);
	push_reading(&sim, &(struct rng){2}, 0, 100, 0, BATCH_LIVE);
	for (uint32_t i = 1; i < 3; i++) {
		items = items_of(&sim, i, 300);
		sim_add_stream(&sim, i, STREAM_LIVE);
		for (uint32_t k = 0; k < 300; k++) {
			int64_t at = SECOND + k * 20 * MS + i * MS;
			items[k].key = KIT_WALL + at - (i - 1) * 2 * MS;
			push_later(&sim, (struct push){at, at, i, k, 1, BATCH_MORE, 0});
		}
	}
	run_live(&sim);
	ok(sim.flags == 0, "a stamp of the future makes nobody late: %d", (int)sim.flags);
	check_sorted(&sim);
	ok(finish(&sim), "and the others stay sorted");
}

static void test_flush(void)
{
	struct sim sim;
	const struct record *list[7];
	size_t n, total = 0;

	sim_init(&sim, 2);
	for (uint32_t i = 0; i < 2; i++) {
		struct item *items = items_of(&sim, i, 2);
		items[0].key = 10 - 5 * i;
		items[1].key = 20 - 5 * i;
		sim_add_stream(&sim, i, STREAM_READING);
	}
	merge_add_stream(sim.merge, sim.streams[0]);
	merge_add_stream(sim.merge, sim.streams[1]);
	sim_prepare(&sim);
	push_now(&sim, &(struct push){0, 0, 0, 0, 2, BATCH_MORE, 0});
	merge_settle(sim.merge, WINDOW, KIT_WALL, false);
	ok(!merge_ready(sim.merge) && merge_reading_initial(sim.merge),
		"streams that read hold the others");
	ok(merge_laggard(sim.merge) != NULL, "and are known");
	push_now(&sim, &(struct push){WINDOW, WINDOW, 1, 0, 2, BATCH_MORE, 0});
	merge_flush(sim.merge);
	while ((n = merge_next(sim.merge, list, 7)) > 0) {
		for (size_t i = 0; i < n; i++)
			take(&sim, list[i], 0);
		total += n;
	}
	ok(total == 4, "a flush gives all that has come: %zu", total);
	ok(finish(&sim), "in order");
}

int main(void)
{
	ok(kit_seeds("finite", 1500, finite_is_sorted) == 0,
		"finite streams come out in the stable order");
	ok(kit_seeds("mixed", 1500, mixed_is_bounded) == 0,
		"streams of all kinds: nothing lost, nothing waits too long");
	ok(kit_seeds("equal", 200, runs_are_equal) == 0,
		"the same again, and no sleep past what could go");
	ok(kit_seeds("punctual", 800, punctual_is_never_late) == 0,
		"what comes within the window is not late");
	ok(kit_seeds("alone", 500, alone_is_instant) == 0,
		"one stream alone waits for nothing");
	ok(kit_seeds("backlog", 300, backlog_is_waited_for) == 0,
		"a stream that replays its past is waited for");
	test_many_marks();
	test_late_comers();
	test_after_the_last();
	test_future_past();
	test_flush();
	return done_testing();
}
