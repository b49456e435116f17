/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: which steps locks and conditions make, who holds and waits after them. */
#include "tests/unit/small_trace.h"

Suite *suite_model_wait(void);

START_TEST(lock_and_unlock)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	ck_assert_ptr_eq(small_trace_object(0)->holder->thread, small_trace_thread(0));
	ck_assert_uint_eq(small_trace_thread(0)->held_count, 1);
	small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_uint_eq(trace.holds[0].depth, 0);
	ck_assert_int_eq(trace.holds[0].since_ns, 1000);
	ck_assert_ptr_null(small_trace_object(0)->holder);
	ck_assert_ptr_null(small_trace_thread(0)->held);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_refused_lock_is_not_held)
{
	ck_assert_uint_eq(small_trace_apply(10, EVENT_mutex_lock, M, 0, EINVAL), 0);
	ck_assert_ptr_null(small_trace_object(0)->holder);
	small_trace_apply(10, EVENT_mutex_trylock, M, 0, EBUSY);
	ASSERT_STEPS(STEP_TRY_FAILED);
	small_trace_apply(10, EVENT_mutex_trylock, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	ck_assert(trace.steps[0].is_try);
}
END_TEST

START_TEST(contended_lock)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock_begin, M, 0, MUTEX_ERRORCHECK);
	ASSERT_STEPS(STEP_REQUEST);
	ck_assert_int_eq(small_trace_object(0)->mutex_kind, MUTEX_ERRORCHECK);
	ck_assert_int_eq(small_trace_thread(1)->state, THREAD_BLOCKED);
	ck_assert_ptr_eq(small_trace_object(0)->waiters, small_trace_thread(1));
	small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock_end, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	ck_assert_int_eq(trace.waits[0].since_ns, 2000);
	ck_assert_int_eq(small_trace_thread(1)->state, THREAD_RUNNING);
	ck_assert_ptr_null(small_trace_object(0)->waiters);
	small_trace_apply(10, EVENT_mutex_timedlock_begin, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock_end, M, 0, ETIMEDOUT);
	ASSERT_STEPS(STEP_REQUEST_FAILED);
	ck_assert(trace.steps[0].is_timed);
	ck_assert_int_eq(trace.steps[0].result, ETIMEDOUT);
}
END_TEST

START_TEST(recursion)
{
	small_trace_apply(10, EVENT_mutex_init, M, 0, MUTEX_RECURSIVE);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	ASSERT_STEPS(STEP_REACQUIRE);
	ck_assert_uint_eq(small_trace_object(0)->holder->depth, 2);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0), 0);
	ck_assert_uint_eq(small_trace_object(0)->holder->depth, 1);
	small_trace_apply(10, EVENT_mutex_unlock_failed, M, 0, EPERM);
	ASSERT_STEPS(STEP_RELEASE_FAILED);
	ck_assert_uint_eq(small_trace_object(0)->holder->depth, 2);
}
END_TEST

START_TEST(an_unlock_that_failed_is_undone)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_ptr_eq(trace.steps[0].thread, small_trace_thread(0));
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(1));
	small_trace_apply(11, EVENT_mutex_unlock_failed, M, 0, EPERM);
	ASSERT_STEPS(STEP_RELEASE_FAILED, STEP_RELEASE_UNDONE);
	ck_assert_int_eq(trace.steps[0].result, EPERM);
	ck_assert_ptr_eq(trace.steps[0].thread, small_trace_thread(1));
	ck_assert_ptr_eq(small_trace_object(0)->holder->thread, small_trace_thread(0));
	ck_assert_int_eq(small_trace_object(0)->holder->since_ns, 1000);
	small_trace_apply(11, EVENT_mutex_unlock, N, 0, 0);
	ASSERT_STEPS(STEP_RELEASE_UNHELD);
	ck_assert_uint_eq(model_misfits(trace.model)->release_unheld, 1);
	small_trace_apply(11, EVENT_mutex_unlock_failed, N, 0, EPERM);
	ck_assert_uint_eq(model_misfits(trace.model)->release_unheld, 0);
}
END_TEST

START_TEST(a_late_release_is_swallowed)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE, STEP_ACQUIRE);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0), 0);
	ck_assert_ptr_eq(small_trace_object(0)->holder->thread, small_trace_thread(1));
	ck_assert_uint_eq(model_misfits(trace.model)->inverted, 1);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	trace.now_ns += 2000;
	ck_assert_uint_eq(small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0), 0);
	ck_assert_uint_eq(model_misfits(trace.model)->acquire_held, 1);
}
END_TEST

START_TEST(an_overtaken_holder_without_release_counts_at_the_end)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	model_finish(trace.model);
	ck_assert_uint_eq(model_misfits(trace.model)->acquire_held, 1);
}
END_TEST

START_TEST(condition_wait)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	ASSERT_STEPS(STEP_RELEASE, STEP_WAIT_BEGIN);
	ck_assert_ptr_null(small_trace_object(0)->holder);
	small_trace_apply(11, EVENT_cond_signal, C, 0, 0);
	ASSERT_STEPS(STEP_SIGNAL);
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(0));
	ck_assert(small_trace_thread(0)->wait.is_woken);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, 0);
	ASSERT_STEPS(STEP_WAIT_END, STEP_ACQUIRE);
	ck_assert_ptr_eq(trace.waits[0].waker, small_trace_thread(1));
	ck_assert_ptr_null(trace.steps[1].wait);
	ck_assert_ptr_eq(small_trace_object(0)->holder->thread, small_trace_thread(0));
}
END_TEST

START_TEST(a_condition_wait_that_did_not_wait)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, EINVAL);
	ASSERT_STEPS(STEP_WAIT_END, STEP_RELEASE_UNDONE);
	ck_assert_int_eq(small_trace_object(0)->holder->since_ns, 1000);
}
END_TEST

START_TEST(a_recursive_mutex_stays_held_while_waiting)
{
	small_trace_apply(10, EVENT_mutex_init, M, 0, MUTEX_RECURSIVE);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	ASSERT_STEPS(STEP_WAIT_BEGIN);
	ck_assert_uint_eq(small_trace_object(0)->holder->depth, 1);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, 0);
	ASSERT_STEPS(STEP_WAIT_END, STEP_REACQUIRE);
	ck_assert_uint_eq(small_trace_object(0)->holder->depth, 2);
}
END_TEST

/* Threads 10 and 11 wait, in this order. */
static void two_waiters(void)
{
	for (int32_t tid = 10; tid <= 11; tid++) {
		small_trace_apply(tid, EVENT_mutex_lock, M, 0, 0);
		small_trace_apply(tid, EVENT_cond_timedwait_begin, C, M, 0);
	}
}

START_TEST(a_signal_is_for_the_first_waiter_unless_another_returns)
{
	two_waiters();
	small_trace_apply(12, EVENT_cond_signal, C, 0, 0);
	ck_assert(small_trace_thread(0)->wait.is_woken && !small_trace_thread(1)->wait.is_woken);
	small_trace_apply(11, EVENT_cond_wait_end, C, M, 0);
	ck_assert_ptr_eq(trace.waits[0].waker, small_trace_thread(2));
	ck_assert(!small_trace_thread(0)->wait.is_woken);
	small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0);
	small_trace_apply(12, EVENT_cond_broadcast, C, 0, 0);
	ck_assert(small_trace_thread(0)->wait.is_woken);
}
END_TEST

START_TEST(a_timeout_gives_the_signal_back)
{
	two_waiters();
	small_trace_apply(12, EVENT_cond_signal, C, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, ETIMEDOUT);
	ck_assert_ptr_null(trace.waits[0].waker);
	ck_assert(small_trace_thread(1)->wait.is_woken);
	ck_assert_ptr_eq(small_trace_thread(1)->wait.waker, small_trace_thread(2));
}
END_TEST

START_TEST(a_wait_after_the_signal_does_not_get_it)
{
	small_trace_apply(12, EVENT_cond_signal, C, 0, 0);
	ck_assert_ptr_null(trace.steps[0].other);
	two_waiters();
	ck_assert(!small_trace_thread(1)->wait.is_woken && !small_trace_thread(2)->wait.is_woken);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, 0);
	ck_assert_ptr_null(trace.waits[0].waker);
}
END_TEST

static void begin_call(enum event_type type, uint64_t object, const char *text)
{
	struct event event = { .type = type,
			       .pid = 10,
			       .tid = 10,
			       .object = object,
			       .text = text,
			       .time_ns = trace.now_ns += 1000 };

	trace.count = 0;
	model_apply(trace.model, &event, small_trace_note, NULL);
}

START_TEST(a_call_that_blocks)
{
	char name[] = "read";

	begin_call(EVENT_io_begin, 4, name);
	ASSERT_STEPS(STEP_CALL_BEGIN);
	name[0] = 'x';
	ck_assert_int_eq(small_trace_thread(0)->wait.kind, WAIT_IO);
	ck_assert_str_eq(small_trace_thread(0)->wait.call, "read");
	ck_assert_int_eq(small_trace_thread(0)->state, THREAD_BLOCKED);
	small_trace_apply(10, EVENT_io_end, 4, 0, EPIPE);
	ASSERT_STEPS(STEP_CALL_END);
	ck_assert_int_eq(trace.steps[0].result, EPIPE);
	ck_assert_uint_eq(trace.waits[0].handle, 4);
	begin_call(EVENT_sleep_begin, 0, "usleep");
	ck_assert_int_eq(small_trace_thread(0)->wait.kind, WAIT_SLEEP);
	small_trace_apply(10, EVENT_sleep_end, 0, 0, 0);
	ASSERT_STEPS(STEP_CALL_END);
	begin_call(EVENT_sleep_begin, 0, NULL);
	ck_assert_str_eq(small_trace_thread(0)->wait.call, "");
	ck_assert_uint_eq(small_trace_process()->objects->len, 0);
	small_trace_apply(10, EVENT_sleep_end, 0, 0, 0);
	small_trace_apply(10, EVENT_sleep_end, 0, 0, 0);
	ck_assert_uint_eq(trace.count, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
}
END_TEST

START_TEST(a_second_lock_ends_the_wait_for_the_first)
{
	small_trace_apply(10, EVENT_mutex_lock_begin, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock_begin, N, 0, 0);
	ASSERT_STEPS(STEP_REQUEST_FAILED, STEP_REQUEST);
	ck_assert_int_eq(trace.steps[0].result, EINTR);
	small_trace_apply(10, EVENT_mutex_lock_begin, N, 0, 0);
	ASSERT_STEPS(STEP_REQUEST_FAILED, STEP_REQUEST);
	ck_assert_uint_eq(model_misfits(trace.model)->begin_while_blocked, 2);
}
END_TEST

START_TEST(a_handler_waits_within_a_wait)
{
	const struct thread *thread;

	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	begin_call(EVENT_io_begin, 2, "write");
	ASSERT_STEPS(STEP_CALL_BEGIN);
	thread = small_trace_thread(0);
	ck_assert_ptr_null(small_trace_object(1)->waiters);
	/* It is woken meanwhile. */
	small_trace_apply(11, EVENT_cond_signal, C, 0, 0);
	ck_assert_ptr_eq(trace.steps[0].other, thread);
	small_trace_apply(10, EVENT_io_end, 2, 0, 0);
	ASSERT_STEPS(STEP_CALL_END);
	ck_assert_int_eq(thread->wait.kind, WAIT_COND);
	ck_assert_int_eq(thread->state, THREAD_BLOCKED);
	ck_assert_int_eq(thread->wait.since_ns, 2000);
	ck_assert(thread->wait.is_woken);
	ck_assert_ptr_eq(small_trace_object(1)->waiters, thread);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, 0);
	ASSERT_STEPS(STEP_WAIT_END, STEP_ACQUIRE);
	ck_assert_ptr_eq(trace.waits[0].waker, small_trace_thread(1));
	ck_assert_int_eq(thread->state, THREAD_RUNNING);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(an_end_of_the_outer_wait_ends_the_inner)
{
	small_trace_apply(10, EVENT_sem_wait_begin, M, 0, 0);
	begin_call(EVENT_io_begin, 2, "write");
	begin_call(EVENT_io_begin, 2, "write");
	small_trace_apply(10, EVENT_sem_wait_end, M, 0, 0);
	ASSERT_STEPS(STEP_CALL_END, STEP_CALL_END, STEP_WAIT_END, STEP_TAKE);
	ck_assert_int_eq(trace.steps[0].result, EINTR);
	ck_assert_uint_eq(model_misfits(trace.model)->begin_while_blocked, 2);
	ck_assert_int_eq(small_trace_thread(0)->wait.kind, WAIT_NONE);
}
END_TEST

START_TEST(a_wait_that_was_left)
{
	small_trace_apply(10, EVENT_mutex_lock_begin, M, 0, 0);
	begin_call(EVENT_sleep_begin, 0, "sleep");
	small_trace_apply(10, EVENT_thread_wait_left, 0, 0, 0);
	ASSERT_STEPS(STEP_CALL_END);
	ck_assert_int_eq(trace.steps[0].result, EINTR);
	ck_assert_int_eq(small_trace_thread(0)->wait.kind, WAIT_LOCK);
	small_trace_apply(10, EVENT_thread_wait_left, 0, 0, 0);
	ASSERT_STEPS(STEP_REQUEST_FAILED);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_thread_wait_left, 0, 0, 0), 0);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
}
END_TEST

START_TEST(an_exit_ends_all_waits)
{
	small_trace_apply(10, EVENT_mutex_lock_begin, M, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, N, 0);
	small_trace_apply(10, EVENT_thread_join_begin, 0x7000, 0, 0);
	ASSERT_STEPS(STEP_JOIN_BEGIN);
	small_trace_apply(10, EVENT_thread_exit, 0x6000, 0, 0);
	ASSERT_STEPS(STEP_JOIN_END, STEP_WAIT_END, STEP_REQUEST_FAILED, STEP_THREAD_EXIT);
}
END_TEST

START_TEST(waits_within_waits_have_a_bound)
{
	for (unsigned i = 0; i < 40; i++)
		begin_call(EVENT_io_begin, i, "read");
	ASSERT_STEPS(STEP_CALL_END, STEP_CALL_BEGIN);
	ck_assert_uint_eq(model_misfits(trace.model)->begin_while_blocked, 23);
	small_trace_apply(10, EVENT_io_end, 0, 0, 0);
	ck_assert_uint_eq(trace.count, 17);
	ck_assert_int_eq(small_trace_thread(0)->wait.kind, WAIT_NONE);
}
END_TEST

Suite *suite_model_wait(void)
{
	Suite *suite = suite_create("model_wait");
	TCase *tests = tcase_create("model_wait");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, lock_and_unlock);
	tcase_add_test(tests, a_refused_lock_is_not_held);
	tcase_add_test(tests, contended_lock);
	tcase_add_test(tests, recursion);
	tcase_add_test(tests, an_unlock_that_failed_is_undone);
	tcase_add_test(tests, a_late_release_is_swallowed);
	tcase_add_test(tests, an_overtaken_holder_without_release_counts_at_the_end);
	tcase_add_test(tests, condition_wait);
	tcase_add_test(tests, a_condition_wait_that_did_not_wait);
	tcase_add_test(tests, a_recursive_mutex_stays_held_while_waiting);
	tcase_add_test(tests, a_signal_is_for_the_first_waiter_unless_another_returns);
	tcase_add_test(tests, a_timeout_gives_the_signal_back);
	tcase_add_test(tests, a_wait_after_the_signal_does_not_get_it);
	tcase_add_test(tests, a_call_that_blocks);
	tcase_add_test(tests, a_second_lock_ends_the_wait_for_the_first);
	tcase_add_test(tests, a_handler_waits_within_a_wait);
	tcase_add_test(tests, an_end_of_the_outer_wait_ends_the_inner);
	tcase_add_test(tests, a_wait_that_was_left);
	tcase_add_test(tests, an_exit_ends_all_waits);
	tcase_add_test(tests, waits_within_waits_have_a_bound);
	suite_add_tcase(suite, tests);
	return suite;
}
