/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: what a forked child begins with. */
#include "tests/unit/small_trace.h"

Suite *suite_model_fork(void);

static const struct process *child(void)
{
	const GPtrArray *processes = model_processes(trace.model);

	return processes->pdata[processes->len - 1];
}

/* An event of thread pid/pid. */
static unsigned apply_of(int32_t pid, enum event_type type, uint64_t object, int64_t value,
			 const char *text)
{
	struct event event = { .type = type,
			       .pid = pid,
			       .tid = pid,
			       .object = object,
			       .value = value,
			       .text = text,
			       .time_ns = trace.now_ns += 1000 };

	trace.count = 0;
	model_apply(trace.model, &event, small_trace_note, NULL);
	return trace.count;
}

START_TEST(what_others_hold_is_inherited)
{
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_init, N, 0, MUTEX_RECURSIVE);
	small_trace_apply(10, EVENT_mutex_lock, N, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, N, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	ASSERT_STEPS(STEP_FORK);
	apply_of(20, EVENT_process_fork, 0x7000, 10, "");
	ASSERT_STEPS(STEP_PROCESS_START, STEP_ACQUIRE);
	ck_assert(trace.steps[1].is_try);
	ck_assert_uint_eq(child()->inherited->len, 1);
	const struct inherited_hold *hold =
		&g_array_index(child()->inherited, struct inherited_hold, 0);
	ck_assert_uint_eq(hold->address, M);
	ck_assert_ptr_eq(hold->object, small_trace_object(0));
	ck_assert_ptr_eq(hold->holder, small_trace_thread(0));
	ck_assert_int_eq(hold->since_ns, 1000);
	ck_assert_ptr_eq(child()->fork_place.process, small_trace_process());
	ck_assert_uint_eq(child()->fork_place.site, 0x400);
	const struct thread *thread = child()->threads->pdata[0];
	ck_assert_uint_eq(thread->held_count, 1);
	ck_assert_uint_eq(thread->held->depth, 2);
	ck_assert_uint_eq(thread->held->object->address, N);
	ck_assert_int_eq(thread->held->object->mutex_kind, MUTEX_RECURSIVE);
	ck_assert_ptr_eq(thread->held->place.process, small_trace_process());
	ck_assert_uint_eq(apply_of(20, EVENT_mutex_unlock, N, 0, NULL), 0);
	apply_of(20, EVENT_mutex_unlock, N, 0, NULL);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_uint_eq(small_trace_thread(1)->held_count, 1);
	/* What may be inherited may be released. */
	ck_assert_uint_eq(apply_of(20, EVENT_mutex_unlock, M, 0, NULL), 0);
	apply_of(20, EVENT_mutex_unlock, N, 0, NULL);
	ASSERT_STEPS(STEP_RELEASE_UNHELD);
	ck_assert_uint_eq(model_misfits(trace.model)->release_unheld, 1);
}
END_TEST

START_TEST(the_parent_may_end_first)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	small_trace_apply(10, EVENT_process_fork_end, 20, 0, 0);
	small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0);
	/* Another fork, meanwhile. */
	small_trace_apply(10, EVENT_mutex_lock, N, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	apply_of(20, EVENT_process_fork, 0x7000, 10, "");
	ASSERT_STEPS(STEP_PROCESS_START, STEP_ACQUIRE);
	ck_assert_uint_eq(trace.steps[1].object->address, M);
	ck_assert_ptr_null(child()->inherited);
	/* Its parent is gone: the pid of the fork tells. */
	small_trace_apply(10, EVENT_process_fork_end, 21, 0, 0);
	apply_of(21, EVENT_process_fork, 0x7000, 1, "");
	ASSERT_STEPS(STEP_PROCESS_START, STEP_ACQUIRE);
	ck_assert_uint_eq(trace.steps[1].object->address, N);
	ck_assert_ptr_eq(child()->parent, small_trace_process());
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(handlers_lock_before_a_fork)
{
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock_begin, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock_end, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, N, 0, 0);
	/* The parent's handlers after it. */
	small_trace_apply(10, EVENT_mutex_unlock, N, 0, 0);
	small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	apply_of(20, EVENT_process_fork, 0x7000, 10, "");
	ASSERT_STEPS(STEP_PROCESS_START, STEP_ACQUIRE, STEP_ACQUIRE);
	ck_assert_ptr_null(child()->inherited);
	apply_of(20, EVENT_mutex_unlock, N, 0, NULL);
	ASSERT_STEPS(STEP_RELEASE);
	apply_of(20, EVENT_mutex_unlock, M, 0, NULL);
	ASSERT_STEPS(STEP_RELEASE);
	/* The child tells again, with its command line. */
	ck_assert_uint_eq(apply_of(20, EVENT_process_fork, 0x7000, 10, "./program"), 0);
	ck_assert_uint_eq(model_processes(trace.model)->len, 2);
	ck_assert_str_eq(child()->command, "./program");
	small_trace_apply(10, EVENT_process_fork_end, 20, 0, 0);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_child_that_tells_late_has_run_the_handlers)
{
	small_trace_apply(10, EVENT_rwlock_rdlock, M, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, N, 0, 0);
	small_trace_apply(10, EVENT_process_exit, 0, 0, 0);
	/* As daemon() does it: its parent has left. */
	apply_of(20, EVENT_process_fork, 0x7000, 1, "./program");
	ASSERT_STEPS(STEP_PROCESS_START, STEP_ACQUIRE);
	ck_assert_uint_eq(trace.steps[1].object->address, M);
	ck_assert(trace.steps[1].is_read && trace.holds[1].is_read);
	ck_assert_ptr_eq(child()->parent, small_trace_process());
}
END_TEST

START_TEST(a_fork_that_failed)
{
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_process_fork_end, 0, 0, EAGAIN), 0);
	apply_of(20, EVENT_process_fork, 0x7000, 10, "");
	ASSERT_STEPS(STEP_PROCESS_START);
	ck_assert_ptr_null(child()->inherited);
	ck_assert_ptr_null(child()->fork_place.process);
	small_trace_apply(10, EVENT_process_fork_end, 21, 0, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
}
END_TEST

START_TEST(a_grandchild_inherits_too)
{
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_lock, N, 0, 0);
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	apply_of(20, EVENT_process_fork, 0x7000, 10, "");
	ck_assert_uint_eq(child()->inherited->len, 2);
	apply_of(20, EVENT_mutex_init, N, 0, NULL);
	ASSERT_STEPS(STEP_INIT);
	ck_assert_ptr_null(trace.steps[0].old);
	apply_of(20, EVENT_process_fork_begin, 0, 0, NULL);
	apply_of(30, EVENT_process_fork, 0x7000, 20, "");
	ck_assert_uint_eq(child()->inherited->len, 1);
	ck_assert_uint_eq(g_array_index(child()->inherited, struct inherited_hold, 0).address, M);
}
END_TEST

START_TEST(forks_without_children_are_forgotten)
{
	for (unsigned i = 0; i < 1000; i++) {
		small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
		small_trace_apply(10, EVENT_process_fork_end, 1000 + i, 0, 0);
	}
	small_trace_apply(10, EVENT_process_fork_begin, 0, 0, 0);
	for (unsigned i = 0; i < 100; i++)
		small_trace_apply(10, EVENT_mutex_lock, M + 8 * (uint64_t)i, 0, 0);
	apply_of(1500, EVENT_process_fork, 0x7000, 1, "");
	ck_assert_ptr_null(child()->parent);
	apply_of(1999, EVENT_process_fork, 0x7000, 1, "");
	ck_assert_ptr_eq(child()->parent, small_trace_process());
	ck_assert_uint_eq(((struct thread *)child()->threads->pdata[0])->held_count, 0);
}
END_TEST

Suite *suite_model_fork(void)
{
	Suite *suite = suite_create("model_fork");
	TCase *tests = tcase_create("model_fork");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, what_others_hold_is_inherited);
	tcase_add_test(tests, the_parent_may_end_first);
	tcase_add_test(tests, handlers_lock_before_a_fork);
	tcase_add_test(tests, a_child_that_tells_late_has_run_the_handlers);
	tcase_add_test(tests, a_fork_that_failed);
	tcase_add_test(tests, a_grandchild_inherits_too);
	tcase_add_test(tests, forks_without_children_are_forgotten);
	suite_add_tcase(suite, tests);
	return suite;
}
