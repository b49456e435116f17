/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether anything moves, by looks and clocks that are made up. */
#include "analyzer/stall.h"

#include <check.h>

#define MS INT64_C(1000000)
#define LIMIT (800 * MS)
#define PERIOD (100 * MS)
#define BEGIN (5000 * MS)

Suite *suite_stall(void);

static struct stall stall;
static struct stall_sample sample;
static int64_t now;

static void setup(void)
{
	now = BEGIN;
	stall_init(&stall, LIMIT, now);
	sample = (struct stall_sample){ .movement = 7, .waiting = 1 };
}

/* Look for that long, as often as is wanted. True: it stalled, and now is when. */
static bool stalls_within(int64_t ns)
{
	int64_t end = now + ns;

	for (; now < end; now = stall.look_ns)
		if (stall_take(&stall, &sample, now))
			return true;
	return false;
}

START_TEST(looks_often_enough)
{
	ck_assert_int_eq(stall.look_ns, BEGIN);
	ck_assert_int_eq(stall.period_ns, PERIOD);
	stall_take(&stall, &sample, now);
	ck_assert_int_eq(stall.look_ns, BEGIN + PERIOD);
	stall_init(&stall, 1, 0);
	ck_assert_int_eq(stall.period_ns, 20 * MS);
	stall_init(&stall, 3600000 * MS, 0);
	ck_assert_int_eq(stall.period_ns, 1000 * MS);
}
END_TEST

START_TEST(tells_when_nothing_moves)
{
	ck_assert(stalls_within(10 * LIMIT));
	ck_assert_int_eq(now, BEGIN + LIMIT);
	ck_assert_int_eq(stall_idle_ns(&stall, now), LIMIT);
}
END_TEST

START_TEST(counts_from_the_latest_movement)
{
	ck_assert(!stalls_within(LIMIT));
	sample.movement = 8;
	int64_t moved = now;
	ck_assert(stalls_within(10 * LIMIT));
	ck_assert_int_eq(now, moved + LIMIT);
}
END_TEST

START_TEST(needs_somebody_who_waits)
{
	sample.waiting = 0;
	ck_assert(!stalls_within(10 * LIMIT));
	sample.waiting = 1;
	ck_assert(!stalls_within(LIMIT - PERIOD));
	sample.waiting = 0;
	ck_assert(!stalls_within(PERIOD));
	sample.waiting = 1;
	ck_assert(!stalls_within(LIMIT - PERIOD));
	ck_assert(stalls_within(2 * PERIOD));
}
END_TEST

START_TEST(gives_who_runs_ten_times_as_long)
{
	sample.is_running = true;
	ck_assert(!stalls_within(10 * LIMIT));
	ck_assert(stalls_within(2 * PERIOD));
	ck_assert_int_eq(now, BEGIN + 10 * LIMIT);
}
END_TEST

START_TEST(knows_who_computes_by_the_time_used)
{
	/* More than a tenth of the time, though none runs at the moments of the looks. */
	for (int i = 0; i < 20; i++) {
		ck_assert(!stalls_within(PERIOD));
		sample.cpu_ns += PERIOD / 9;
	}
	/* Since when it is less. */
	ck_assert(stalls_within(LIMIT));
}
END_TEST

START_TEST(does_not_mind_a_little_time_used)
{
	for (int i = 0; i < 8; i++) {
		ck_assert(!stalls_within(PERIOD));
		sample.cpu_ns += PERIOD / 11;
	}
	ck_assert(stalls_within(PERIOD));
}
END_TEST

START_TEST(begins_anew_after_a_stop)
{
	ck_assert(!stalls_within(LIMIT));
	/* All was stopped from the terminal. */
	now += 3600000 * MS;
	ck_assert(!stalls_within(LIMIT));
	ck_assert(stalls_within(2 * PERIOD));
}
END_TEST

/* Of processes that are gone the time is not there any more. */
START_TEST(takes_times_that_shrink)
{
	sample.cpu_ns = INT64_MAX / 2;
	ck_assert(!stalls_within(PERIOD));
	sample.cpu_ns = 0;
	ck_assert(stalls_within(10 * LIMIT));
	ck_assert_int_eq(now, BEGIN + LIMIT);
}
END_TEST

START_TEST(takes_any_limit)
{
	stall_init(&stall, INT64_MAX, 0);
	now = 0;
	sample.is_running = true;
	ck_assert(!stalls_within(5000 * MS));
}
END_TEST

Suite *suite_stall(void)
{
	Suite *suite = suite_create("stall");
	TCase *all = tcase_create("stall");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, looks_often_enough);
	tcase_add_test(all, tells_when_nothing_moves);
	tcase_add_test(all, counts_from_the_latest_movement);
	tcase_add_test(all, needs_somebody_who_waits);
	tcase_add_test(all, gives_who_runs_ten_times_as_long);
	tcase_add_test(all, knows_who_computes_by_the_time_used);
	tcase_add_test(all, does_not_mind_a_little_time_used);
	tcase_add_test(all, begins_anew_after_a_stop);
	tcase_add_test(all, takes_times_that_shrink);
	tcase_add_test(all, takes_any_limit);
	suite_add_tcase(suite, all);
	return suite;
}
