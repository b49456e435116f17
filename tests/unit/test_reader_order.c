/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of stamps of two CPUs that are out of order, of any parts, and of ticks as ns. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/reader_batches.h"
#include "libtrace/reader_clock.h"
#include "tests/unit/packed_writer.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader_order(void);

static struct reader_batches *batches;
static uint64_t unknown;
static struct packed_writer chunks[2];

static void collected(uint64_t ticks, int64_t ns)
{
	const struct arena_clock clock = { ticks, ns };

	ck_assert_int_eq(reader_batches_collected(batches, &clock), 0);
}

static void setup(void)
{
	unknown = 0;
	batches = reader_batches_new(0, &unknown);
	ck_assert_ptr_nonnull(batches);
	for (uint32_t i = 0; i < 2; i++)
		packed_writer_begin(&chunks[i], i + 1, 1, 0);
}

static void teardown(void)
{
	reader_batches_free(batches);
}

static void put(int thread, uint64_t ticks, enum event_type type, uint64_t object)
{
	packed_writer_event(&chunks[thread], ticks, type, object);
}

/* 1 tick is 1 ns. */
static void finish(void)
{
	ck_assert_int_eq(reader_batches_layout(batches, true, packed_writer_names()), 0);
	collected(1, 1);
	collected(1000000000, 1000000000);
	for (int i = 0; i < 2; i++) {
		struct batch part = packed_writer_whole(&chunks[i], true);

		ck_assert_int_eq(reader_batches_part(batches, &part, READER_EMITTED), 0);
	}
	reader_batches_end(batches);
}

static void expect(int thread, int64_t time_ns, enum event_type type, uint64_t object)
{
	const struct event *event;

	ck_assert_int_eq(reader_batches_next(batches, &event), 1);
	ck_assert_str_eq(event_info(event->type)->name, event_info(type)->name);
	ck_assert_int_eq(event->tid, 101 + thread);
	ck_assert_int_eq(event->time_ns, time_ns);
	ck_assert_uint_eq(event->object ? event->object : event->other, object);
}

static void expect_end(void)
{
	const struct event *event;

	ck_assert_int_eq(reader_batches_next(batches, &event), 0);
}

static const struct pair {
	enum event_type acquire, release, next;
} pairs[] = {
	{ EVENT_mutex_lock, EVENT_mutex_unlock, EVENT_mutex_lock },
	{ EVENT_mutex_trylock, EVENT_mutex_unlock, EVENT_mutex_lock_end },
	{ EVENT_spin_lock, EVENT_spin_unlock, EVENT_spin_trylock },
	{ EVENT_rwlock_wrlock, EVENT_rwlock_unlock, EVENT_rwlock_rdlock },
	{ EVENT_rwlock_rdlock, EVENT_rwlock_unlock, EVENT_rwlock_wrlock },
	{ EVENT_rwlock_wrlock, EVENT_rwlock_unlock, EVENT_rwlock_wrlock_end },
	{ EVENT_once_run, EVENT_once_ran, EVENT_once_run },
};

START_TEST(puts_a_release_before_the_next_acquire)
{
	const struct pair *pair = &pairs[_i];

	put(0, 1000, pair->acquire, 8);
	put(0, 1100, pair->acquire, 9);
	put(0, 2100, pair->release, 8);
	put(0, 2200, pair->release, 9);
	put(1, 1500, EVENT_cond_signal, 5);
	put(1, 2000, pair->next, 8);
	put(1, 2050, EVENT_cond_signal, 5);
	put(1, 2150, pair->next, 9);
	finish();
	expect(0, 1000, pair->acquire, 8);
	expect(0, 1100, pair->acquire, 9);
	expect(1, 1500, EVENT_cond_signal, 5);
	expect(0, 2000, pair->release, 8);
	expect(1, 2000, pair->next, 8);
	expect(1, 2050, EVENT_cond_signal, 5);
	expect(0, 2150, pair->release, 9);
	expect(1, 2150, pair->next, 9);
	expect_end();
}
END_TEST

/* What looks like it, and is not: the order of stamps stays. */
static const struct near_miss {
	enum event_type acquire, release, next;
	uint64_t late, object, next_object;
} near_misses[] = {
	/* Too far away. */
	{ EVENT_mutex_lock, EVENT_mutex_unlock, EVENT_mutex_lock, 1001, 8, 8 },
	/* Another lock. */
	{ EVENT_mutex_lock, EVENT_mutex_unlock, EVENT_mutex_lock, 100, 8, 9 },
	/* Readers go together. */
	{ EVENT_rwlock_rdlock, EVENT_rwlock_unlock, EVENT_rwlock_rdlock, 100, 8, 8 },
	/* Waits on. */
	{ EVENT_mutex_lock, EVENT_mutex_unlock, EVENT_mutex_lock_begin, 100, 8, 8 },
	/* The thread that releases does not hold it. */
	{ EVENT_mutex_destroy, EVENT_mutex_unlock, EVENT_mutex_lock, 100, 8, 8 },
};

START_TEST(leaves_others_in_their_order)
{
	const struct near_miss *miss = &near_misses[_i];

	put(0, 1000, miss->acquire, miss->object);
	put(0, 2000 + miss->late, miss->release, miss->object);
	put(1, 2000, miss->next, miss->next_object);
	finish();
	expect(0, 1000, miss->acquire, miss->object);
	expect(1, 2000, miss->next, miss->next_object);
	expect(0, 2000 + (int64_t)miss->late, miss->release, miss->object);
	expect_end();
}
END_TEST

START_TEST(a_failed_attempt_takes_nothing)
{
	const struct event busy = { .type = EVENT_mutex_trylock, .object = 8, .value = EBUSY };
	struct packed_writer *other = &chunks[1];

	put(0, 1000, EVENT_mutex_lock, 8);
	put(0, 2100, EVENT_mutex_unlock, 8);
	other->chunk.count += (uint32_t)packed_put_event(other->words, 2000, &busy);
	finish();
	expect(0, 1000, EVENT_mutex_lock, 8);
	expect(1, 2000, EVENT_mutex_trylock, 8);
	expect(0, 2100, EVENT_mutex_unlock, 8);
	expect_end();
}
END_TEST

START_TEST(a_wait_releases_its_mutex)
{
	const struct event wait = { .type = EVENT_cond_wait_begin, .object = 0, .other = 8 };
	struct packed_writer *first = &chunks[0];

	put(0, 1000, EVENT_mutex_lock, 8);
	first->chunk.count +=
		(uint32_t)packed_put_event(first->words + first->chunk.count, 1100, &wait);
	put(1, 2000, EVENT_mutex_lock, 8);
	finish();
	expect(0, 1000, EVENT_mutex_lock, 8);
	expect(0, 2000, EVENT_cond_wait_begin, 8);
	expect(1, 2000, EVENT_mutex_lock, 8);
	expect_end();
}
END_TEST

START_TEST(survives_any_parts)
{
	const struct event *event;
	uint32_t words[64];

	srand48(_i);
	ck_assert_int_eq(reader_batches_layout(batches, true, packed_writer_names()), 0);
	for (int i = 0; i < 2000; i++) {
		struct batch part = {
			.writer = 1 + (uint32_t)lrand48() % 5,
			.sequence = 1 + (uint32_t)lrand48() % 8,
			.offset = (uint32_t)lrand48() % 100,
			.count = (uint32_t)lrand48() % 64,
			.is_last = lrand48() % 8 == 0,
			.begin = { (uint64_t)lrand48() % 1000, lrand48() },
			.words = words,
		};
		for (int w = 0; w < 64; w++)
			words[w] = (uint32_t)mrand48() | (lrand48() % 2 ? 0xffc00000 : 0);
		ck_assert_int_eq(reader_batches_part(batches, &part,
						     (enum reader_origin)(lrand48() % 2 * 2)),
				 0);
		if (lrand48() % 16 == 0)
			collected((uint64_t)lrand48() * 1000, lrand48());
		for (int n = 0; n < 3 && reader_batches_next(batches, &event) > 0; n++)
			ck_assert_int_lt((int)event->type, EVENT_COUNT);
	}
	reader_batches_end(batches);
	while (reader_batches_next(batches, &event) > 0)
		ck_assert_int_lt((int)event->type, EVENT_COUNT);
}
END_TEST

/* Clocks. */

static struct reader_clock reader_clock;

static void clock_teardown(void)
{
	reader_clock_done(&reader_clock);
}

static void clock_add(uint64_t ticks, int64_t ns)
{
	const struct arena_clock at = { ticks, ns };

	ck_assert_int_eq(reader_clock_add(&reader_clock, &at), 0);
}

START_TEST(draws_lines_between_clocks)
{
	clock_add(1000, 100);
	clock_add(2000, 600);
	clock_add(4000, 800);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 1000), 100);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 1500), 350);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 2000), 600);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 3000), 700);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 5000), 900);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 900), 50);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 1200), 200);
	clock_add(5000, 10000);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 4500), 5400);
}
END_TEST

/* 50 days at 3.1 GHz: exact to 1 ns, and monotone over the clocks. */
START_TEST(is_exact_for_long)
{
	const uint64_t second = 3100000000;
	int64_t last = 0;

	for (uint64_t at = 0; at < 4320000; at += 2700) {
		clock_add(at * second, (int64_t)at * 1000000000);
		if (!at)
			continue;
		for (uint64_t ticks = (at - 3) * second; ticks <= at * second;
		     ticks += second / 7) {
			int64_t ns = reader_clock_ns(&reader_clock, ticks);
			double exact = (double)ticks / 3.1;

			ck_assert_double_lt(exact - (double)ns, 1.5);
			ck_assert_double_lt((double)ns - exact, 1.5);
			ck_assert_int_ge(ns, last);
			last = ns;
		}
	}
	ck_assert_uint_lt(reader_clock.size, 1000);
}
END_TEST

START_TEST(uses_spare_clocks)
{
	const struct arena_clock first = { 1000, 500 }, second = { 9000, 4500 };
	const struct arena_clock nonsense = { UINT64_MAX, 1 }, past = { 2000, -1 };

	ck_assert_int_eq(reader_clock_ns(&reader_clock, 77), 77);
	reader_clock_spare(&reader_clock, &second);
	reader_clock_spare(&reader_clock, &nonsense);
	reader_clock_spare(&reader_clock, &past);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 9010), 4510);
	reader_clock_spare(&reader_clock, &first);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 5000), 2500);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 0), 0);
	ck_assert_uint_eq(reader_clock_span(&reader_clock, 1000), UINT64_MAX);
	clock_add(11000, 6500);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 6000), 3500);
	clock_add(12000, 6600);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 11500), 6550);
	ck_assert_uint_eq(reader_clock_span(&reader_clock, 1000), 10000);
}
END_TEST

START_TEST(ticks_may_be_ns)
{
	reader_clock.is_ns = true;
	reader_clock.offset_ns = 1000;
	clock_add(1000, 100);
	clock_add(2000, 600);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, 1500), 2500);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, UINT64_MAX), INT64_MAX);
	ck_assert_int_eq(reader_clock_ns(&reader_clock, INT64_MAX), INT64_MAX);
	ck_assert_uint_eq(reader_clock_span(&reader_clock, 1000), 1000);
}
END_TEST

START_TEST(survives_any_clocks)
{
	srand48(_i);
	reader_clock.offset_ns = mrand48() * (INT64_C(1) << 31);
	for (int i = 0; i < 1000; i++) {
		unsigned shift = (unsigned)lrand48() % 48;
		struct arena_clock at = { (uint64_t)lrand48() << shift,
					  (int64_t)((uint64_t)mrand48() << shift % 32) };

		if (lrand48() % 4)
			ck_assert_int_eq(reader_clock_add(&reader_clock, &at), 0);
		else
			reader_clock_spare(&reader_clock, &at);
		(void)reader_clock_ns(&reader_clock, (uint64_t)mrand48() << shift);
		(void)reader_clock_span(&reader_clock, 1000);
	}
}
END_TEST

Suite *suite_reader_order(void)
{
	Suite *suite = suite_create("reader_order");
	TCase *order = tcase_create("order"), *clock = tcase_create("clock");

	tcase_add_checked_fixture(order, setup, teardown);
	tcase_add_loop_test(order, puts_a_release_before_the_next_acquire, 0,
			    sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_loop_test(order, leaves_others_in_their_order, 0,
			    sizeof(near_misses) / sizeof(near_misses[0]));
	tcase_add_test(order, a_failed_attempt_takes_nothing);
	tcase_add_test(order, a_wait_releases_its_mutex);
	tcase_add_loop_test(order, survives_any_parts, 0, 50);
	suite_add_tcase(suite, order);
	tcase_add_checked_fixture(clock, NULL, clock_teardown);
	tcase_add_test(clock, draws_lines_between_clocks);
	tcase_add_test(clock, is_exact_for_long);
	tcase_add_test(clock, uses_spare_clocks);
	tcase_add_test(clock, ticks_may_be_ns);
	tcase_add_loop_test(clock, survives_any_clocks, 0, 50);
	suite_add_tcase(suite, clock);
	return suite;
}
