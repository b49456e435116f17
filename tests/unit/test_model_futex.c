/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: futexes and barriers. */
#include "tests/unit/small_trace.h"

Suite *suite_model_futex(void);

#define F 0x5000

static void three_waiters(void)
{
	for (int32_t tid = 10; tid < 13; tid++)
		small_trace_apply(tid, EVENT_futex_wait_begin, F, 0, MUTEX_SHARED);
}

START_TEST(a_wake_of_one)
{
	three_waiters();
	ASSERT_STEPS(STEP_WAIT_BEGIN);
	ck_assert_int_eq(small_trace_thread(2)->wait.kind, WAIT_FUTEX);
	ck_assert_int_eq(small_trace_object(0)->kind, OBJECT_FUTEX);
	ck_assert(small_trace_object(0)->is_shared);
	small_trace_apply(13, EVENT_futex_wake, F, 0, 1);
	ASSERT_STEPS(STEP_SIGNAL);
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(0));
	ck_assert_int_eq(trace.steps[0].result, 0);
	small_trace_apply(10, EVENT_futex_wait_end, F, 0, 0);
	ASSERT_STEPS(STEP_WAIT_END);
	ck_assert_ptr_eq(trace.waits[0].waker, small_trace_thread(3));
	small_trace_apply(11, EVENT_futex_wait_end, F, 0, EAGAIN);
	ASSERT_STEPS(STEP_WAIT_END);
	ck_assert_ptr_null(trace.waits[0].waker);
}
END_TEST

START_TEST(a_wake_of_several)
{
	three_waiters();
	small_trace_apply(13, EVENT_futex_wake, F, 0, 2);
	ASSERT_STEPS(STEP_BROADCAST);
	ck_assert(small_trace_thread(1)->wait.is_woken && !small_trace_thread(2)->wait.is_woken);
	small_trace_apply(13, EVENT_futex_wake, F, 0, INT32_MAX);
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(2));
	small_trace_apply(13, EVENT_futex_wake, F, 0, INT64_MIN);
	ASSERT_STEPS(STEP_BROADCAST);
	ck_assert_ptr_null(trace.steps[0].other);
	small_trace_apply(13, EVENT_futex_wait_end, F, 0, 0);
	ck_assert_uint_eq(trace.count, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
}
END_TEST

START_TEST(a_lock_may_begin_with_a_futex)
{
	small_trace_apply(10, EVENT_mutex_lock, F, 0, 0);
	three_waiters();
	small_trace_apply(10, EVENT_thread_wait_left, 0, 0, 0);
	small_trace_apply(13, EVENT_futex_wake, F, 0, 1);
	ck_assert_uint_eq(small_trace_process()->objects->len, 2);
	small_trace_apply(10, EVENT_mutex_unlock, F, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	small_trace_apply(10, EVENT_object_gone, F, 0, 0);
	ck_assert(small_trace_object(0)->is_gone && small_trace_object(1)->is_gone);
	small_trace_apply(13, EVENT_futex_wake, F, 0, 1);
	ck_assert_uint_eq(small_trace_object(2)->generation, 2);
	ck_assert_ptr_eq(small_trace_object(2)->previous, small_trace_object(1));
}
END_TEST

START_TEST(the_last_to_arrive_wakes_the_others)
{
	small_trace_apply(10, EVENT_barrier_init, F, MUTEX_SHARED, 2);
	ASSERT_STEPS(STEP_INIT);
	ck_assert_int_eq(small_trace_object(0)->count, 2);
	ck_assert(small_trace_object(0)->is_shared);
	for (unsigned round = 0; round < 2; round++) {
		small_trace_apply(10, EVENT_barrier_wait_begin, F, 0, 0);
		ASSERT_STEPS(STEP_WAIT_BEGIN);
		ck_assert(!small_trace_thread(0)->wait.is_woken);
		small_trace_apply(11, EVENT_barrier_wait_begin, F, 0, 0);
		ck_assert(small_trace_thread(0)->wait.is_woken);
		ck_assert(small_trace_thread(1)->wait.is_woken);
		ck_assert_ptr_eq(small_trace_thread(0)->wait.waker, small_trace_thread(1));
		small_trace_apply(11, EVENT_barrier_wait_end, F, 0, -1);
		ASSERT_STEPS(STEP_WAIT_END);
		ck_assert_int_eq(trace.steps[0].result, -1);
		/* Who is fast may come again before the slow one has left. */
		if (round == 0)
			small_trace_apply(10, EVENT_barrier_wait_end, F, 0, 0);
	}
	small_trace_apply(11, EVENT_barrier_wait_begin, F, 0, 0);
	ck_assert(!small_trace_thread(1)->wait.is_woken);
	small_trace_apply(10, EVENT_barrier_wait_end, F, 0, 0);
	ck_assert_ptr_eq(trace.waits[0].waker, small_trace_thread(1));
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(who_leaves_before_the_last_has_come)
{
	small_trace_apply(10, EVENT_barrier_init, F, 0, 3);
	for (int32_t tid = 10; tid < 12; tid++)
		small_trace_apply(tid, EVENT_barrier_wait_begin, F, 0, 0);
	small_trace_apply(10, EVENT_barrier_wait_end, F, 0, 0);
	small_trace_apply(12, EVENT_barrier_wait_begin, F, 0, 0);
	ck_assert(small_trace_thread(1)->wait.is_woken && small_trace_thread(2)->wait.is_woken);
	ck_assert_uint_eq(model_misfits(trace.model)->inverted, 1);
	/* Long after, it is another matter. */
	small_trace_apply(11, EVENT_barrier_wait_end, F, 0, 0);
	small_trace_apply(12, EVENT_barrier_wait_end, F, 0, 0);
	for (int32_t tid = 10; tid < 12; tid++)
		small_trace_apply(tid, EVENT_barrier_wait_begin, F, 0, 0);
	small_trace_apply(10, EVENT_barrier_wait_end, F, 0, 0);
	trace.now_ns += 2000;
	small_trace_apply(12, EVENT_barrier_wait_begin, F, 0, 0);
	ck_assert(!small_trace_thread(2)->wait.is_woken);
}
END_TEST

START_TEST(a_barrier_of_unknown_count)
{
	for (int32_t tid = 10; tid < 14; tid++)
		small_trace_apply(tid, EVENT_barrier_wait_begin, F, 0, 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert(!small_trace_thread(i)->wait.is_woken);
	small_trace_apply(10, EVENT_barrier_init, N, 0, -5);
	ck_assert_int_eq(small_trace_object(1)->count, -1);
	small_trace_apply(14, EVENT_barrier_wait_end, F, 0, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
}
END_TEST

Suite *suite_model_futex(void)
{
	Suite *suite = suite_create("model_futex");
	TCase *tests = tcase_create("model_futex");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, a_wake_of_one);
	tcase_add_test(tests, a_wake_of_several);
	tcase_add_test(tests, a_lock_may_begin_with_a_futex);
	tcase_add_test(tests, the_last_to_arrive_wakes_the_others);
	tcase_add_test(tests, who_leaves_before_the_last_has_come);
	tcase_add_test(tests, a_barrier_of_unknown_count);
	suite_add_tcase(suite, tests);
	return suite;
}
