/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the log of waits and wake-ups, and of sums of holds: read back, cut, put right. */
#include <stdlib.h>

#include "analyzer/analyses/holdsums.h"
#include "analyzer/analyses/wakelog.h"

#include <check.h>

Suite *suite_wakelog(void);

static struct wake_record mark(uint32_t thread, int64_t end_ns)
{
	return (struct wake_record){ .kind = WAKE_MARK, .thread = thread, .end_ns = end_ns };
}

START_TEST(records_come_back_backwards)
{
	struct wakelog log = { .max_bytes = 1 << 20 };
	struct wakelog_cursor cursor = { 0 };
	static const uint64_t held[] = { 7, 100, 9, 200 };
	struct wake_record first = { .kind = WAKE_WAIT,
				     .thread = 3,
				     .end_ns = -5,
				     .held = held,
				     .held_count = 2,
				     .wait = WAIT_COND,
				     .is_timeout = true,
				     .waker = WAKELOG_NOBODY,
				     .begin_ns = INT64_MIN,
				     .wake_ns = INT64_MAX,
				     .object = 12,
				     .place = 4,
				     .wake_place = UINT32_MAX };
	struct wake_record call = first, got;

	call.wait = WAIT_IO;
	call.call = "read";
	call.held_count = 0;
	wakelog_add(&log, &first);
	wakelog_add(&log, &call);
	struct wake_record last = mark(UINT32_MAX, 9);
	wakelog_add(&log, &last);
	ck_assert(wakelog_previous(&log, &cursor, &got));
	ck_assert_int_eq(got.kind, WAKE_MARK);
	ck_assert_uint_eq(got.thread, UINT32_MAX);
	ck_assert_uint_eq(got.held_count, 0);
	ck_assert(wakelog_previous(&log, &cursor, &got));
	ck_assert_str_eq(got.call, "read");
	ck_assert_uint_eq(got.wake_place, 0);
	ck_assert(wakelog_previous(&log, &cursor, &got));
	ck_assert_int_eq(got.kind, WAKE_WAIT);
	ck_assert_int_eq(got.wait, WAIT_COND);
	ck_assert(got.is_timeout);
	ck_assert_int_eq(got.end_ns, -5);
	ck_assert(got.begin_ns == INT64_MIN && got.wake_ns == INT64_MAX);
	ck_assert(got.waker == WAKELOG_NOBODY && got.object == 12 && got.place == 4);
	ck_assert(got.wake_place == UINT32_MAX && !got.call);
	ck_assert_uint_eq(got.held_count, 2);
	ck_assert(got.held[0] == 7 && got.held[1] == 100 && got.held[3] == 200);
	ck_assert(!wakelog_previous(&log, &cursor, &got));
	ck_assert(!wakelog_previous(&log, &cursor, &got));
	wakelog_done(&log);
}
END_TEST

START_TEST(nothing_comes_from_an_empty_log)
{
	struct wakelog log = { .max_bytes = 0 };
	struct wakelog_cursor cursor = { 0 };
	struct wake_record got;

	ck_assert(!wakelog_previous(&log, &cursor, &got));
	wakelog_done(&log);
}
END_TEST

/* count marks, 1 to count ns; how many are kept, and that they are the latest. */
static uint64_t keep(struct wakelog *log, int64_t count)
{
	struct wakelog_cursor cursor = { 0 };
	struct wake_record record;
	int64_t next = count;

	for (int64_t i = 1; i <= count; i++) {
		record = mark(0, i);
		wakelog_add(log, &record);
	}
	while (wakelog_previous(log, &cursor, &record))
		ck_assert_int_eq(record.end_ns, next--);
	ck_assert_uint_eq(log->records, (uint64_t)(count - next));
	if (log->is_cut)
		ck_assert_int_eq(log->cut_ns, next);
	return log->records;
}

START_TEST(the_oldest_go_when_there_is_no_room)
{
	struct wakelog roomy = { .max_bytes = 16 << 20 }, small = { .max_bytes = 1 << 20 },
		       least = { 0 };

	ck_assert_uint_eq(keep(&roomy, 500000), 500000);
	ck_assert(!roomy.is_cut);
	uint64_t kept = keep(&small, 500000);
	ck_assert(kept > 40000 && kept <= (1 << 20) / 16);
	ck_assert(small.is_cut && small.bytes <= 1 << 20);
	ck_assert_uint_ge(keep(&least, 500000), 1);
	ck_assert(least.is_cut);
	wakelog_done(&roomy);
	wakelog_done(&small);
	wakelog_done(&least);
}
END_TEST

static uint64_t words[2 * HOLDSUMS_MAX];

/* A hold of the object with this id, of [from_ns, to_ns). */
static void add_hold(struct holdsums *sums, unsigned id, int64_t from_ns, int64_t to_ns)
{
	struct object object = { .id = id };
	struct hold hold = { .object = &object, .since_ns = from_ns };

	holdsums_add(sums, &hold, to_ns);
}

START_TEST(a_hold_is_shared_out_to_both_sides_of_a_mark)
{
	struct holdsums sums = { 0 };
	struct object lock = { .id = 5 };
	struct hold hold = { .object = &lock, .since_ns = 10 };
	struct thread thread = { .held = &hold };
	struct thread idle = { 0 };

	add_hold(&sums, 3, 20, 25);
	add_hold(&sums, 3, 26, 30);
	ck_assert_uint_eq(holdsums_take(&sums, &thread, 40, words), 2);
	ck_assert(words[0] == 3 && words[1] == 9 && words[2] == 5 && words[3] == 30);
	holdsums_add(&sums, &hold, 47);
	ck_assert_uint_eq(holdsums_take(&sums, &idle, 50, words), 1);
	ck_assert(words[0] == 5 && words[1] == 7);
	ck_assert_uint_eq(holdsums_take(&sums, &idle, 60, words), 0);
	holdsums_done(&sums);
}
END_TEST

START_TEST(a_hold_that_did_not_end_is_taken_back)
{
	struct holdsums sums = { 0 };
	struct object lock = { .id = 3 };
	struct thread idle = { 0 };

	add_hold(&sums, 3, 20, 25);
	add_hold(&sums, 3, 26, 30);
	holdsums_undo(&sums, &lock);
	holdsums_undo(&sums, &lock);
	ck_assert_uint_eq(holdsums_take(&sums, &idle, 40, words), 1);
	ck_assert_uint_eq(words[1], 5);
	holdsums_undo(&sums, &lock);
	holdsums_done(&sums);
}
END_TEST

START_TEST(locks_that_are_too_many_are_left_out)
{
	struct holdsums sums = { 0 };
	struct thread idle = { 0 };

	for (unsigned id = 0; id < 2 * HOLDSUMS_MAX; id++)
		add_hold(&sums, id * 7, 0, 1);
	for (unsigned id = 0; id < 10; id++)
		add_hold(&sums, id * 7, 0, 1);
	ck_assert_uint_eq(holdsums_take(&sums, &idle, 1, words), HOLDSUMS_MAX);
	add_hold(&sums, UINT32_MAX - 1, 1, 2);
	ck_assert_uint_eq(holdsums_take(&sums, &idle, 2, words), 1);
	ck_assert(words[0] == UINT32_MAX - 1 && words[1] == 1);
	holdsums_done(&sums);
}
END_TEST

Suite *suite_wakelog(void)
{
	Suite *suite = suite_create("wakelog");
	TCase *tests = tcase_create("log and sums");

	tcase_add_test(tests, records_come_back_backwards);
	tcase_add_test(tests, nothing_comes_from_an_empty_log);
	tcase_add_test(tests, the_oldest_go_when_there_is_no_room);
	tcase_add_test(tests, a_hold_is_shared_out_to_both_sides_of_a_mark);
	tcase_add_test(tests, a_hold_that_did_not_end_is_taken_back);
	tcase_add_test(tests, locks_that_are_too_many_are_left_out);
	suite_add_tcase(suite, tests);
	return suite;
}
