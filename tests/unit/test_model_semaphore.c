/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: semaphores, as counters and as locks. */
#include "tests/unit/small_trace.h"

Suite *suite_model_semaphore(void);

#define S 0x4000

START_TEST(a_semaphore_counts)
{
	const struct object *semaphore;

	small_trace_apply(10, EVENT_sem_init, S, 0, 2);
	ASSERT_STEPS(STEP_INIT);
	semaphore = small_trace_object(0);
	ck_assert_int_eq(semaphore->count, 2);
	ck_assert(!semaphore->is_lock_like && !semaphore->is_shared);
	small_trace_apply(10, EVENT_sem_wait, S, 0, 0);
	ASSERT_STEPS(STEP_TAKE);
	ck_assert_ptr_null(trace.steps[0].wait);
	ck_assert_int_eq(semaphore->count, 1);
	small_trace_apply(11, EVENT_sem_trywait, S, 0, 0);
	ASSERT_STEPS(STEP_TAKE);
	ck_assert(trace.steps[0].is_try);
	small_trace_apply(11, EVENT_sem_trywait, S, 0, EAGAIN);
	ASSERT_STEPS(STEP_TRY_FAILED);
	ck_assert_int_eq(semaphore->count, 0);
	small_trace_apply(11, EVENT_sem_post, S, 0, 0);
	ASSERT_STEPS(STEP_SIGNAL);
	ck_assert_ptr_null(trace.steps[0].other);
	ck_assert_int_eq(semaphore->count, 1);
	ck_assert_ptr_null(semaphore->owner);
}
END_TEST

START_TEST(a_post_is_for_the_first_waiter)
{
	small_trace_apply(10, EVENT_sem_init, S, MUTEX_SHARED, 0);
	ck_assert(small_trace_object(0)->is_shared);
	small_trace_apply(10, EVENT_sem_wait_begin, S, 0, 0);
	ASSERT_STEPS(STEP_WAIT_BEGIN);
	ck_assert_int_eq(small_trace_thread(0)->wait.kind, WAIT_SEMAPHORE);
	small_trace_apply(11, EVENT_sem_timedwait_begin, S, 0, 0);
	ck_assert(trace.steps[0].is_timed);
	small_trace_apply(12, EVENT_sem_post, S, 0, 0);
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(0));
	ck_assert_int_eq(small_trace_object(0)->count, 1);
	/* But the other one was faster. */
	small_trace_apply(11, EVENT_sem_wait_end, S, 0, 0);
	ASSERT_STEPS(STEP_WAIT_END, STEP_TAKE);
	ck_assert_ptr_eq(trace.waits[0].waker, small_trace_thread(2));
	ck_assert_int_eq(trace.waits[1].since_ns, 3000);
	ck_assert(!small_trace_thread(0)->wait.is_woken);
	ck_assert_int_eq(small_trace_object(0)->count, 0);
	small_trace_apply(10, EVENT_sem_wait_end, S, 0, EINTR);
	ASSERT_STEPS(STEP_WAIT_END);
	ck_assert_int_eq(trace.steps[0].result, EINTR);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(what_was_posted_may_be_stolen)
{
	small_trace_apply(10, EVENT_sem_wait_begin, S, 0, 0);
	ck_assert_int_eq(small_trace_object(0)->count, -1);
	small_trace_apply(11, EVENT_sem_post, S, 0, 0);
	ck_assert(small_trace_thread(0)->wait.is_woken);
	small_trace_apply(11, EVENT_sem_wait, S, 0, 0);
	ck_assert(!small_trace_thread(0)->wait.is_woken);
	small_trace_apply(11, EVENT_sem_init, N, 0, 0);
	small_trace_apply(12, EVENT_sem_wait_begin, N, 0, 0);
	small_trace_apply(11, EVENT_sem_post, N, 0, 0);
	small_trace_apply(11, EVENT_sem_post, N, 0, 0);
	small_trace_apply(11, EVENT_sem_wait, N, 0, 0);
	ck_assert(small_trace_thread(2)->wait.is_woken);
	small_trace_apply(11, EVENT_sem_wait, N, 0, 0);
	ck_assert(!small_trace_thread(2)->wait.is_woken);
}
END_TEST

START_TEST(a_post_that_failed)
{
	small_trace_apply(10, EVENT_sem_init, S, 0, 0);
	small_trace_apply(10, EVENT_sem_wait_begin, S, 0, 0);
	small_trace_apply(11, EVENT_sem_post, S, 0, 0);
	small_trace_apply(11, EVENT_sem_post_failed, S, 0, EOVERFLOW);
	ASSERT_STEPS(STEP_POST_FAILED);
	ck_assert_int_eq(trace.steps[0].result, EOVERFLOW);
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(0));
	ck_assert(!small_trace_thread(0)->wait.is_woken);
	ck_assert_int_eq(small_trace_object(0)->count, 0);
}
END_TEST

START_TEST(a_semaphore_as_a_lock)
{
	const struct object *semaphore;

	small_trace_apply(10, EVENT_sem_init, S, 0, 1);
	semaphore = small_trace_object(0);
	ck_assert(semaphore->is_lock_like);
	small_trace_apply(10, EVENT_sem_wait, S, 0, 0);
	ck_assert_ptr_eq(semaphore->owner, small_trace_thread(0));
	ck_assert_int_eq(semaphore->owner_since_ns, 2000);
	ck_assert_uint_eq(semaphore->owner_place.site, 0x400);
	/* As CPython does it. */
	small_trace_apply(11, EVENT_sem_trywait, S, 0, EAGAIN);
	small_trace_apply(11, EVENT_sem_wait_begin, S, 0, 0);
	small_trace_apply(10, EVENT_sem_post, S, 0, 0);
	small_trace_apply(11, EVENT_sem_wait_end, S, 0, 0);
	ck_assert(semaphore->is_lock_like);
	ck_assert_ptr_eq(semaphore->owner, small_trace_thread(1));
	small_trace_apply(10, EVENT_sem_post, S, 0, 0);
	/* By one who does not own it. */
	ck_assert(!semaphore->is_lock_like);
	ck_assert_ptr_null(semaphore->owner);
}
END_TEST

START_TEST(a_post_that_is_stamped_too_late)
{
	const struct object *semaphore;

	small_trace_apply(10, EVENT_sem_init, S, 0, 1);
	semaphore = small_trace_object(0);
	small_trace_apply(10, EVENT_sem_wait, S, 0, 0);
	small_trace_apply(11, EVENT_sem_wait, S, 0, 0);
	ck_assert_int_eq(semaphore->count, 0);
	small_trace_apply(10, EVENT_sem_post, S, 0, 0);
	ck_assert_int_eq(semaphore->count, 0);
	ck_assert_ptr_eq(semaphore->owner, small_trace_thread(1));
	ck_assert(semaphore->is_lock_like);
	small_trace_apply(11, EVENT_sem_post, S, 0, 0);
	ck_assert_int_eq(semaphore->count, 1);
	ck_assert(semaphore->is_lock_like);
	ck_assert_uint_eq(model_misfits(trace.model)->inverted, 1);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(more_than_one_is_no_lock)
{
	small_trace_apply(10, EVENT_sem_init, S, 0, 1);
	small_trace_apply(10, EVENT_sem_post, S, 0, 0);
	ck_assert(!small_trace_object(0)->is_lock_like);
	small_trace_apply(10, EVENT_sem_wait, S, 0, 0);
	small_trace_apply(10, EVENT_sem_wait, S, 0, 0);
	ck_assert(!small_trace_object(0)->is_lock_like);
}
END_TEST

static void open_named(uint64_t address, int64_t count)
{
	struct event event = { .type = EVENT_sem_open,
			       .pid = 10,
			       .tid = 10,
			       .object = address,
			       .value = count,
			       .text = "/jobs",
			       .time_ns = trace.now_ns += 1000 };

	trace.count = 0;
	model_apply(trace.model, &event, small_trace_note, NULL);
}

START_TEST(a_named_semaphore_is_opened_twice)
{
	open_named(S, 3);
	ASSERT_STEPS(STEP_INIT);
	ck_assert_str_eq(small_trace_object(0)->name, "/jobs");
	ck_assert(small_trace_object(0)->is_shared);
	ck_assert_int_eq(small_trace_object(0)->count, 3);
	small_trace_apply(10, EVENT_sem_wait, S, 0, 0);
	open_named(S, 3);
	ck_assert_uint_eq(trace.count, 0);
	ck_assert_int_eq(small_trace_object(0)->count, 2);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_sem_close, S, 0, 0), 0);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_sem_unlink, 0, 0, 0), 0);
	ck_assert_uint_eq(small_trace_process()->objects->len, 1);
}
END_TEST

START_TEST(an_end_without_begin_takes)
{
	small_trace_apply(10, EVENT_sem_init, S, 0, INT64_MIN);
	ck_assert_int_eq(small_trace_object(0)->count, -1);
	small_trace_apply(10, EVENT_sem_wait_end, S, 0, 0);
	ASSERT_STEPS(STEP_TAKE);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
	small_trace_apply(10, EVENT_sem_init, S, 0, INT64_MAX);
	small_trace_apply(10, EVENT_sem_post, S, 0, 0);
	ck_assert_int_eq(small_trace_object(1)->count, INT64_MAX);
}
END_TEST

Suite *suite_model_semaphore(void)
{
	Suite *suite = suite_create("model_semaphore");
	TCase *tests = tcase_create("model_semaphore");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, a_semaphore_counts);
	tcase_add_test(tests, a_post_is_for_the_first_waiter);
	tcase_add_test(tests, what_was_posted_may_be_stolen);
	tcase_add_test(tests, a_post_that_failed);
	tcase_add_test(tests, a_semaphore_as_a_lock);
	tcase_add_test(tests, a_post_that_is_stamped_too_late);
	tcase_add_test(tests, more_than_one_is_no_lock);
	tcase_add_test(tests, a_named_semaphore_is_opened_twice);
	tcase_add_test(tests, an_end_without_begin_takes);
	suite_add_tcase(suite, tests);
	return suite;
}
