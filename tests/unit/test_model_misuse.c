/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: what the analysis of misuse needs to know. */
#include "tests/unit/small_trace.h"

Suite *suite_model_misuse(void);

START_TEST(a_second_init_shows_the_old_object)
{
	const struct step *step = &trace.steps[0];

	small_trace_apply(10, EVENT_mutex_init, M, 0, 0);
	ASSERT_STEPS(STEP_INIT);
	ck_assert_ptr_null(step->old);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_init, M, 0, MUTEX_SHARED);
	ASSERT_STEPS(STEP_INIT, STEP_RELEASE);
	ck_assert_ptr_eq(step->old, small_trace_object(0));
	ck_assert_ptr_eq(step->object, small_trace_object(1));
	ck_assert_ptr_eq(small_trace_object(1)->previous, small_trace_object(0));
	ck_assert(small_trace_object(1)->is_shared && !small_trace_object(0)->is_shared);
	small_trace_apply(10, EVENT_mutex_destroy, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_init, M, 0, 0);
	ASSERT_STEPS(STEP_INIT);
	ck_assert_ptr_null(step->old);
	ck_assert_ptr_eq(small_trace_object(2)->previous, small_trace_object(1));
}
END_TEST

/* What STEP_INIT and STEP_DESTROY show. */
struct seen {
	unsigned inits, destroys;
};

static void see(void *context, const struct step *step)
{
	struct seen *seen = context;

	if (step->kind == STEP_INIT && step->old) {
		ck_assert_ptr_nonnull(step->old->holder);
		ck_assert_ptr_nonnull(step->old->waiters);
		ck_assert(!step->old->is_destroyed);
		seen->inits++;
	} else if (step->kind == STEP_DESTROY) {
		ck_assert_ptr_nonnull(step->object->holder);
		ck_assert_ptr_nonnull(step->object->waiters);
		seen->destroys++;
	}
}

START_TEST(holders_and_waiters_are_seen)
{
	struct event event = { .pid = 10, .tid = 10, .object = M, .type = EVENT_mutex_init };
	struct seen seen = { 0 };

	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock_begin, M, 0, 0);
	event.time_ns = trace.now_ns;
	model_apply(trace.model, &event, see, &seen);
	small_trace_apply(12, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(13, EVENT_mutex_lock_begin, M, 0, 0);
	event.type = EVENT_mutex_destroy;
	event.time_ns = trace.now_ns;
	model_apply(trace.model, &event, see, &seen);
	ck_assert_uint_eq(seen.inits, 1);
	ck_assert_uint_eq(seen.destroys, 1);
}
END_TEST

START_TEST(a_use_after_destroy)
{
	small_trace_apply(10, EVENT_cond_init, C, 0, 0);
	small_trace_apply(10, EVENT_cond_destroy, C, 0, 0);
	small_trace_apply(10, EVENT_cond_signal, C, 0, EINVAL);
	ASSERT_STEPS(STEP_SIGNAL);
	ck_assert_int_eq(trace.steps[0].result, EINVAL);
	ck_assert_ptr_eq(trace.steps[0].object->previous, small_trace_object(0));
	ck_assert(small_trace_object(0)->is_destroyed && !small_trace_object(0)->is_gone);
}
END_TEST

START_TEST(an_object_that_is_gone)
{
	small_trace_apply(10, EVENT_mutex_init, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_object_gone, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert(small_trace_object(0)->is_gone && small_trace_object(0)->is_destroyed);
	ck_assert_uint_eq(small_trace_thread(0)->held_count, 0);
	small_trace_apply(10, EVENT_mutex_init, M, 0, 0);
	ASSERT_STEPS(STEP_INIT);
	ck_assert_ptr_null(trace.steps[0].old);
	ck_assert(trace.steps[0].object->previous->is_gone);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_object_gone, N, 0, 0), 0);
	ck_assert_uint_eq(small_trace_process()->objects->len, 2);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_wait_without_the_mutex)
{
	/* Nobody can know what the trace does not have from its start. */
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	ck_assert(small_trace_thread(0)->wait.had_mutex);
	small_trace_apply(10, EVENT_process_start, 0, 0, 1);
	const struct process *process = model_processes(trace.model)->pdata[1];
	const struct thread *thread = process->threads->pdata[0];
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	ck_assert(!thread->wait.had_mutex);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	ck_assert(thread->wait.had_mutex);
	small_trace_apply(10, EVENT_cond_wait_end, C, M, 0);
	/* Its release is stamped after the next acquire. */
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_cond_wait_begin, C, M, 0);
	ck_assert(thread->wait.had_mutex);
	ck_assert_uint_eq(model_misfits(trace.model)->inverted, 1);
	small_trace_apply(10, EVENT_cond_wait_end, C, N, EINVAL);
	small_trace_apply(10, EVENT_events_lost, 0, 0, 3);
	small_trace_apply(10, EVENT_cond_wait_begin, C, N, 0);
	ck_assert(thread->wait.had_mutex);
}
END_TEST

START_TEST(a_dead_owner)
{
	const struct object *mutex;

	small_trace_apply(10, EVENT_mutex_init, M, 0, MUTEX_ROBUST);
	mutex = small_trace_object(0);
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, EOWNERDEAD);
	ASSERT_STEPS(STEP_RELEASE, STEP_ACQUIRE);
	ck_assert(mutex->is_inconsistent);
	small_trace_apply(10, EVENT_mutex_consistent, M, 0, EINVAL);
	ASSERT_STEPS(STEP_CONSISTENT);
	ck_assert_int_eq(trace.steps[0].result, EINVAL);
	ck_assert(mutex->is_inconsistent);
	small_trace_apply(10, EVENT_mutex_consistent, M, 0, 0);
	ck_assert(!mutex->is_inconsistent);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_release_of_what_nobody_holds)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE_UNHELD);
	ck_assert_ptr_eq(trace.steps[0].object->last_holder, small_trace_thread(0));
	small_trace_apply(11, EVENT_mutex_unlock_failed, M, 0, EPERM);
	ASSERT_STEPS(STEP_RELEASE_FAILED);
	ck_assert_uint_eq(small_trace_apply(11, EVENT_thread_kill, 0x7000, 0, 9), 0);
}
END_TEST

Suite *suite_model_misuse(void)
{
	Suite *suite = suite_create("model_misuse");
	TCase *tests = tcase_create("model_misuse");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, a_second_init_shows_the_old_object);
	tcase_add_test(tests, holders_and_waiters_are_seen);
	tcase_add_test(tests, a_use_after_destroy);
	tcase_add_test(tests, an_object_that_is_gone);
	tcase_add_test(tests, a_wait_without_the_mutex);
	tcase_add_test(tests, a_dead_owner);
	tcase_add_test(tests, a_release_of_what_nobody_holds);
	suite_add_tcase(suite, tests);
	return suite;
}
