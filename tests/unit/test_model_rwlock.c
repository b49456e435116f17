/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: read-write locks, spin locks, once. */
#include "tests/unit/small_trace.h"

Suite *suite_model_rwlock(void);

START_TEST(several_readers)
{
	const struct object *lock;

	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	ck_assert(trace.steps[0].is_read && trace.holds[0].is_read);
	small_trace_apply(11, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(12, EVENT_rwlock_tryrdlock, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	ck_assert(trace.steps[0].is_try);
	lock = small_trace_object(0);
	ck_assert_uint_eq(lock->holder_count, 3);
	ck_assert_ptr_eq(lock->holder->thread, small_trace_thread(0));
	ck_assert_ptr_eq(lock->holder->next_holder->thread, small_trace_thread(1));
	small_trace_apply(11, EVENT_rwlock_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_ptr_eq(trace.steps[0].thread, small_trace_thread(1));
	ck_assert_ptr_null(trace.steps[0].other);
	ck_assert(trace.steps[0].is_read);
	ck_assert_ptr_eq(lock->holder->next_holder->thread, small_trace_thread(2));
	small_trace_apply(10, EVENT_rwlock_unlock, M, 0, 0);
	ck_assert_ptr_eq(lock->holder->thread, small_trace_thread(2));
	small_trace_apply(12, EVENT_rwlock_unlock, M, 0, 0);
	ck_assert_ptr_null(lock->holder);
	ck_assert_uint_eq(lock->holder_count, 0);
	ck_assert_uint_eq(small_trace_thread(2)->held_count, 0);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_reader_may_read_again)
{
	small_trace_apply(11, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	ASSERT_STEPS(STEP_REACQUIRE);
	ck_assert(trace.steps[0].is_read);
	ck_assert_uint_eq(trace.holds[0].depth, 2);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_rwlock_unlock, M, 0, 0), 0);
	small_trace_apply(10, EVENT_rwlock_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_uint_eq(small_trace_object(0)->holder_count, 1);
}
END_TEST

START_TEST(a_writer_waits_for_readers)
{
	const struct object *lock;

	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_wrlock_begin, M, 0, RWLOCK_PREFER_WRITER | MUTEX_SHARED);
	ASSERT_STEPS(STEP_REQUEST);
	lock = small_trace_object(0);
	ck_assert_int_eq(lock->rwlock_kind, RWLOCK_PREFER_WRITER);
	ck_assert(lock->is_shared);
	ck_assert(!small_trace_thread(1)->wait.is_read && !trace.steps[0].is_read);
	small_trace_apply(12, EVENT_rwlock_timedrdlock_begin, M, 0, 0);
	ASSERT_STEPS(STEP_REQUEST);
	ck_assert(small_trace_thread(2)->wait.is_read && trace.steps[0].is_read);
	ck_assert(trace.steps[0].is_timed);
	small_trace_apply(10, EVENT_rwlock_unlock, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_wrlock_end, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	ck_assert(!lock->holder->is_read && trace.steps[0].wait);
	small_trace_apply(12, EVENT_rwlock_rdlock_end, M, 0, ETIMEDOUT);
	ASSERT_STEPS(STEP_REQUEST_FAILED);
	ck_assert(trace.steps[0].is_read && trace.steps[0].is_timed);
	small_trace_apply(12, EVENT_rwlock_tryrdlock, M, 0, EBUSY);
	ASSERT_STEPS(STEP_TRY_FAILED);
	ck_assert(trace.steps[0].is_read);
	small_trace_apply(12, EVENT_rwlock_rdlock_begin, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert(!trace.steps[0].is_read);
	small_trace_apply(12, EVENT_rwlock_rdlock_end, M, 0, 0);
	ck_assert(lock->holder->is_read);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_release_by_a_stranger)
{
	small_trace_apply(10, EVENT_rwlock_wrlock, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_ptr_eq(trace.steps[0].thread, small_trace_thread(0));
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(1));
	small_trace_apply(12, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_ptr_eq(trace.steps[0].thread, small_trace_thread(2));
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(1));
	ck_assert_ptr_eq(small_trace_object(0)->holder->thread, small_trace_thread(0));
}
END_TEST

START_TEST(late_releases_of_readers_are_swallowed)
{
	for (int32_t tid = 10; tid < 12; tid++)
		small_trace_apply(tid, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_rdlock, M, 0, 0);
	trace.now_ns -= 1000;
	small_trace_apply(12, EVENT_rwlock_wrlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE, STEP_RELEASE, STEP_ACQUIRE);
	for (int32_t tid = 10; tid < 12; tid++) {
		trace.now_ns -= 900;
		ck_assert_uint_eq(small_trace_apply(tid, EVENT_rwlock_unlock, M, 0, 0), 0);
	}
	ck_assert_uint_eq(small_trace_apply(11, EVENT_rwlock_unlock, M, 0, 0), 0);
	ck_assert_uint_eq(model_misfits(trace.model)->inverted, 3);
	ck_assert_ptr_eq(small_trace_object(0)->holder->thread, small_trace_thread(2));
	/* A reader that seems to read while the writer still writes. */
	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE, STEP_ACQUIRE);
	small_trace_apply(11, EVENT_rwlock_rdlock, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	trace.now_ns += 2000;
	ck_assert_uint_eq(small_trace_apply(12, EVENT_rwlock_unlock, M, 0, 0), 0);
	ck_assert_uint_eq(model_misfits(trace.model)->acquire_held, 1);
	ck_assert_uint_eq(small_trace_object(0)->holder_count, 2);
}
END_TEST

START_TEST(a_rwlock_gone_ends_all_holds)
{
	small_trace_apply(10, EVENT_rwlock_init, M, 0, RWLOCK_PREFER_WRITER);
	ck_assert_int_eq(small_trace_object(0)->rwlock_kind, RWLOCK_PREFER_WRITER);
	ck_assert(!small_trace_object(0)->is_shared);
	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(11, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(10, EVENT_rwlock_init, M, 0, MUTEX_SHARED);
	ASSERT_STEPS(STEP_INIT, STEP_RELEASE, STEP_RELEASE);
	ck_assert(small_trace_object(1)->is_shared);
	ck_assert_int_eq(small_trace_object(1)->rwlock_kind, RWLOCK_PREFER_READER);
}
END_TEST

START_TEST(a_spin_lock)
{
	small_trace_apply(10, EVENT_spin_init, M, 0, MUTEX_SHARED);
	ck_assert(small_trace_object(0)->is_shared);
	small_trace_apply(10, EVENT_spin_lock, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	small_trace_apply(11, EVENT_spin_lock_begin, M, 0, 0);
	ASSERT_STEPS(STEP_REQUEST);
	ck_assert_int_eq(small_trace_thread(1)->wait.kind, WAIT_LOCK);
	small_trace_apply(10, EVENT_spin_unlock, M, 0, 0);
	small_trace_apply(11, EVENT_spin_lock_end, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	small_trace_apply(11, EVENT_spin_trylock, M, 0, EBUSY);
	ASSERT_STEPS(STEP_TRY_FAILED);
	/* It is never recursive. */
	small_trace_apply(11, EVENT_spin_lock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE, STEP_ACQUIRE);
}
END_TEST

START_TEST(once)
{
	small_trace_apply(10, EVENT_once_begin, M, 0, 0);
	ASSERT_STEPS(STEP_REQUEST);
	small_trace_apply(10, EVENT_once_run, M, 0, 0);
	ASSERT_STEPS(STEP_ACQUIRE);
	small_trace_apply(11, EVENT_once_begin, M, 0, 0);
	small_trace_apply(10, EVENT_once_ran, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	small_trace_apply(11, EVENT_once_end, M, 0, EALREADY);
	ASSERT_STEPS(STEP_REQUEST_FAILED);
	ck_assert_int_eq(trace.steps[0].result, EALREADY);
	ck_assert_ptr_null(small_trace_object(0)->holder);
	ck_assert_int_eq(small_trace_object(0)->kind, OBJECT_ONCE);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_once_that_calls_itself)
{
	small_trace_apply(10, EVENT_once_begin, M, 0, 0);
	small_trace_apply(10, EVENT_once_run, M, 0, 0);
	small_trace_apply(10, EVENT_once_begin, M, 0, 0);
	ck_assert_ptr_eq(small_trace_thread(0)->wait.object->holder->thread, small_trace_thread(0));
}
END_TEST

Suite *suite_model_rwlock(void)
{
	Suite *suite = suite_create("model_rwlock");
	TCase *tests = tcase_create("model_rwlock");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, several_readers);
	tcase_add_test(tests, a_reader_may_read_again);
	tcase_add_test(tests, a_writer_waits_for_readers);
	tcase_add_test(tests, a_release_by_a_stranger);
	tcase_add_test(tests, late_releases_of_readers_are_swallowed);
	tcase_add_test(tests, a_rwlock_gone_ends_all_holds);
	tcase_add_test(tests, a_spin_lock);
	tcase_add_test(tests, once);
	tcase_add_test(tests, a_once_that_calls_itself);
	suite_add_tcase(suite, tests);
	return suite;
}
