/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the model: processes, threads, objects, and what the end of a trace settles. */
#include "analyzer/model_noise.h"
#include "tests/unit/small_trace.h"

Suite *suite_model(void);

START_TEST(generations)
{
	small_trace_apply(10, EVENT_object_name, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0);
	small_trace_apply(10, EVENT_mutex_destroy, M, 0, 0);
	ASSERT_STEPS(STEP_DESTROY);
	small_trace_apply(10, EVENT_mutex_destroy_failed, M, 0, EBUSY);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	ck_assert_uint_eq(small_trace_process()->objects->len, 1);
	small_trace_apply(10, EVENT_mutex_init, M, 0, 0);
	ASSERT_STEPS(STEP_INIT, STEP_RELEASE);
	ck_assert_uint_eq(small_trace_thread(0)->held_count, 0);
	small_trace_apply(10, EVENT_cond_signal, M, 0, 0);
	ck_assert_uint_eq(small_trace_process()->objects->len, 3);
	ck_assert_uint_eq(small_trace_object(1)->generation, 2);
	ck_assert_uint_eq(small_trace_object(2)->generation, 3);
	ck_assert_int_eq(small_trace_object(2)->kind, OBJECT_COND);
	ck_assert_uint_eq(small_trace_object(2)->index, 1);
	small_trace_apply(10, EVENT_mutex_destroy_failed, N, 0, EBUSY);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
}
END_TEST

static void name(uint64_t address, const char *text)
{
	struct event event = { .type = EVENT_object_name,
			       .pid = 10,
			       .tid = 10,
			       .text = text,
			       .object = address,
			       .time_ns = trace.now_ns };

	model_apply(trace.model, &event, small_trace_note, NULL);
}

START_TEST(names_before_and_after_first_use)
{
	name(M, "early");
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	ck_assert_str_eq(small_trace_object(0)->name, "early");
	name(M, "late");
	ck_assert_str_eq(small_trace_object(0)->name, "late");
	small_trace_apply(10, EVENT_mutex_init, M, 0, 0);
	ck_assert_ptr_null(small_trace_object(1)->name);
}
END_TEST

START_TEST(a_thread_from_creation_to_join)
{
	small_trace_apply(10, EVENT_thread_create_begin, 1, 0, 0x400);
	ck_assert_uint_eq(trace.count, 0);
	small_trace_apply(11, EVENT_thread_start, 1, 0x7000, 0x400);
	ASSERT_STEPS(STEP_THREAD_CREATE, STEP_THREAD_START);
	ck_assert_ptr_eq(trace.steps[0].thread, small_trace_thread(0));
	ck_assert_ptr_eq(trace.steps[1].other, small_trace_thread(0));
	ck_assert_uint_eq(small_trace_apply(10, EVENT_thread_create_end, 1, 0x7000, 0), 0);
	ck_assert_uint_eq(small_trace_process()->threads->len, 2);
	small_trace_apply(10, EVENT_thread_join_begin, 0x7000, 0, 0);
	ck_assert_ptr_eq(small_trace_thread(0)->wait.target, small_trace_thread(1));
	small_trace_apply(11, EVENT_thread_exit, 0x7000, 0, 0);
	ck_assert_int_eq(small_trace_thread(1)->state, THREAD_EXITING);
	small_trace_apply(10, EVENT_thread_join_end, 0x7000, 0, 0);
	ASSERT_STEPS(STEP_JOIN_END);
	ck_assert_ptr_eq(trace.steps[0].other, small_trace_thread(1));
	ck_assert_int_eq(small_trace_thread(1)->state, THREAD_EXITED);
	small_trace_apply(10, EVENT_thread_join_begin, 0x7000, 0, 0);
	ck_assert_ptr_null(small_trace_thread(0)->wait.target);
	small_trace_apply(10, EVENT_thread_join_end, 0x7000, 0, ESRCH);
	/* Handle and tid may be used again. */
	small_trace_apply(10, EVENT_thread_create_begin, 2, 0, 0x400);
	small_trace_apply(10, EVENT_thread_create_end, 2, 0x7000, 0);
	small_trace_apply(10, EVENT_thread_join_begin, 0x7000, 0, 0);
	ck_assert_ptr_eq(small_trace_thread(0)->wait.target, small_trace_thread(2));
	small_trace_apply(11, EVENT_thread_start, 2, 0x7000, 0x400);
	ck_assert_int_eq(small_trace_thread(2)->tid, 11);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(a_failed_creation_is_no_thread)
{
	small_trace_apply(10, EVENT_thread_create_begin, 1, 0, 0x400);
	small_trace_apply(10, EVENT_thread_create_end, 1, 0, EAGAIN);
	ck_assert_uint_eq(small_trace_process()->threads->len, 1);
}
END_TEST

START_TEST(events_after_the_end)
{
	small_trace_apply(10, EVENT_thread_create_begin, 1, 0, 0x400);
	small_trace_apply(11, EVENT_thread_start, 1, 0x7000, 0x400);
	small_trace_apply(10, EVENT_thread_join_end, 0x7000, 0, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->end_without_begin, 1);
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->after_exit, 1);
	small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->after_exit, 1);
	ck_assert_uint_eq(small_trace_process()->threads->len, 3);
	small_trace_apply(10, EVENT_thread_join_end, 0x9999, 0, 0);
	ck_assert_uint_eq(model_misfits(trace.model)->unknown_thread, 1);
}
END_TEST

START_TEST(exited_and_killed)
{
	small_trace_apply(10, EVENT_process_start, 0, 0, 1);
	small_trace_apply(11, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(12, EVENT_mutex_lock_begin, M, 0, 0);
	small_trace_apply(13, EVENT_mutex_lock, N, 0, 0);
	small_trace_apply(13, EVENT_thread_exit, 0x7000, 0, 0);
	small_trace_apply(10, EVENT_process_exit, 0, 0, 0);
	model_finish(trace.model);
	ck_assert(small_trace_process()->has_exited);
	ck_assert_int_eq(small_trace_thread(0)->state, THREAD_EXITED);
	ck_assert(!small_trace_thread(0)->is_killed);
	ck_assert_int_eq(small_trace_thread(1)->state, THREAD_RUNNING);
	ck_assert(small_trace_thread(1)->is_killed && small_trace_thread(2)->is_killed);
	ck_assert_int_eq(small_trace_thread(2)->state, THREAD_BLOCKED);
	ck_assert_int_eq(small_trace_thread(3)->state, THREAD_EXITED);
	ck_assert(small_trace_object(1)->owner_died && !small_trace_object(0)->owner_died);
}
END_TEST

START_TEST(an_exit_that_blocks_is_none)
{
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_process_exit, 0, 0, 0);
	small_trace_apply(10, EVENT_mutex_lock_begin, M, 0, 0);
	model_finish(trace.model);
	ck_assert(!small_trace_process()->has_exited);
	ck_assert_int_eq(small_trace_thread(0)->state, THREAD_BLOCKED);
}
END_TEST

START_TEST(exec_and_fork)
{
	struct event fork = { .type = EVENT_process_fork,
			      .pid = 20,
			      .tid = 20,
			      .value = 10,
			      .text = "child",
			      .time_ns = 5000 };
	size_t count;

	small_trace_apply(10, EVENT_process_stack, 7, 0, 0);
	small_trace_apply(10, EVENT_mutex_init, M, 0, MUTEX_RECURSIVE);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	model_apply(trace.model, &fork, small_trace_note, NULL);
	fork.type = EVENT_mutex_unlock;
	fork.object = M;
	model_apply(trace.model, &fork, small_trace_note, NULL);
	const struct process *child = model_processes(trace.model)->pdata[1];
	ck_assert_ptr_eq(child->parent, small_trace_process());
	ck_assert_int_eq(((struct object *)child->objects->pdata[0])->mutex_kind, MUTEX_RECURSIVE);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
	process_frames(child, 7, &count);
	ck_assert_uint_eq(count, 0);
	small_trace_apply(10, EVENT_process_exec, 0, 0, 0);
	small_trace_apply(10, EVENT_process_exec_failed, 0, 0, ENOENT);
	small_trace_apply(10, EVENT_process_exec, 0, 0, 0);
	small_trace_apply(10, EVENT_process_start, 0, 0, 1);
	ck_assert(small_trace_process()->has_exited);
	ck_assert_uint_eq(model_processes(trace.model)->len, 3);
	/* A child of vfork has nothing but a pid. */
	struct event exec = { .type = EVENT_process_exec, .pid = 30, .tid = 30, .time_ns = 9000 };
	model_apply(trace.model, &exec, small_trace_note, NULL);
	ck_assert_uint_eq(model_processes(trace.model)->len, 3);
}
END_TEST

START_TEST(stacks_and_modules)
{
	static const uint64_t frames[] = { 0x11, 0x22 };
	struct event event = { .type = EVENT_process_stack,
			       .pid = 10,
			       .tid = 10,
			       .object = 5,
			       .frames = frames,
			       .frame_count = 2 };
	size_t count;

	model_apply(trace.model, &event, small_trace_note, NULL);
	ck_assert_mem_eq(process_frames(small_trace_process(), 5, &count), frames, sizeof(frames));
	ck_assert_uint_eq(count, 2);
	ck_assert_ptr_null(process_frames(small_trace_process(), 6, &count));
	event = (struct event){ .type = EVENT_process_module,
				.pid = 10,
				.tid = 10,
				.text = "old",
				.object = 0x1000,
				.other = 0x1000 };
	model_apply(trace.model, &event, small_trace_note, NULL);
	event.text = "new";
	event.object = 0x1800;
	event.other = UINT64_MAX;
	model_apply(trace.model, &event, small_trace_note, NULL);
	ck_assert_str_eq(process_module(small_trace_process(), 0x17ff)->path, "old");
	ck_assert_str_eq(process_module(small_trace_process(), 0x1800)->path, "new");
	ck_assert_str_eq(process_module(small_trace_process(), UINT64_MAX)->path, "new");
	ck_assert_ptr_null(process_module(small_trace_process(), 0xfff));
}
END_TEST

START_TEST(facts_of_the_recorder)
{
	struct event event = {
		.type = EVENT_recording_end, .value = 9, .text = "timeout", .time_ns = 70
	};

	ck_assert_int_eq(model_status(trace.model), -1);
	ck_assert_ptr_null(model_ending(trace.model));
	model_apply(trace.model, &event, small_trace_note, NULL);
	event.type = EVENT_events_lost;
	event.time_ns = 50;
	model_apply(trace.model, &event, small_trace_note, NULL);
	ck_assert_int_eq(model_status(trace.model), 9);
	ck_assert_str_eq(model_ending(trace.model), "timeout");
	ck_assert_uint_eq(model_lost(trace.model), 9);
	ck_assert_uint_eq(model_processes(trace.model)->len, 0);
	ck_assert_int_eq(model_start_ns(trace.model), 50);
	ck_assert_int_eq(model_end_ns(trace.model), 70);
	ck_assert_uint_eq(model_misfits(trace.model)->backward, 1);
}
END_TEST

static void note_of_recorder(enum event_type type, const char *text, int64_t value)
{
	struct event event = { .type = type, .text = text, .value = value, .time_ns = trace.now_ns };

	trace.count = 0;
	model_apply(trace.model, &event, small_trace_note, NULL);
}

START_TEST(what_recording_took)
{
	const struct recording_cost *cost = model_cost(trace.model);

	ck_assert_int_eq(cost->events, -1);
	ck_assert_int_eq(cost->blocked_ns, -1);
	note_of_recorder(EVENT_recording_cost, "events", 5);
	note_of_recorder(EVENT_recording_cost, "events", 7);
	note_of_recorder(EVENT_recording_cost, "blocked_ns", 0);
	note_of_recorder(EVENT_recording_cost, "cpu_ns", INT64_MIN);
	note_of_recorder(EVENT_recording_cost, "else", 9);
	note_of_recorder(EVENT_recording_cost, NULL, 9);
	ck_assert_int_eq(cost->events, 7);
	ck_assert_int_eq(cost->blocked_ns, 0);
	ck_assert_int_eq(cost->cpu_ns, -1);
	ck_assert_int_eq(cost->bytes, -1);
	ck_assert_int_eq(cost->flushes, -1);
	ck_assert_int_eq(cost->event_ps, -1);
}
END_TEST

START_TEST(what_noise_did)
{
	const struct noise_told *noise = model_noise(trace.model);

	ck_assert_int_eq(noise->seed, -1);
	small_trace_apply(10, EVENT_thread_pause, 0, 0, 5);
	small_trace_apply(11, EVENT_thread_pause, 0, 0, 7);
	ck_assert_uint_eq(trace.count, 0);
	note_of_recorder(EVENT_recording_noise, NULL, 9);
	ck_assert_int_eq(noise->seed, 9);
	ck_assert_uint_eq(noise->pauses, 2);
	ck_assert_int_eq(noise->paused_ns, 12);
	small_trace_apply(10, EVENT_thread_pause, 0, 0, INT64_MAX);
	small_trace_apply(10, EVENT_thread_pause, 0, 0, INT64_MIN);
	ck_assert_int_eq(noise->paused_ns, 12);
	note_of_recorder(EVENT_recording_noise, NULL, INT64_MIN);
	ck_assert_int_eq(noise->seed, -1);
}
END_TEST

START_TEST(detail_from_a_moment_on)
{
	int64_t since_ns = 7;

	ck_assert_int_eq(model_detail(trace.model, &since_ns), MODEL_DETAIL_NOT_TOLD);
	note_of_recorder(EVENT_recording_detail, "full", 0);
	ck_assert_int_eq(model_detail(trace.model, &since_ns), MODEL_DETAIL_FULL);
	ck_assert_int_eq(since_ns, 7);
	ck_assert_uint_eq(trace.count, 0);
	note_of_recorder(EVENT_recording_detail, "summary", 0);
	ASSERT_STEPS(STEP_SUMMARY);
	ck_assert_int_eq(model_detail(trace.model, &since_ns), MODEL_DETAIL_SUMMARY);
	ck_assert_int_eq(since_ns, trace.now_ns);
	/* What was not told is not told later. */
	note_of_recorder(EVENT_recording_detail, "full", 0);
	note_of_recorder(EVENT_recording_detail, "summary", 0);
	ck_assert_uint_eq(trace.count, 0);
	ck_assert_int_eq(model_detail(trace.model, &since_ns), MODEL_DETAIL_SUMMARY);
}
END_TEST

START_TEST(a_summary_has_gaps)
{
	small_trace_apply(10, EVENT_process_start, 0, 0, 1);
	note_of_recorder(EVENT_recording_detail, "summary", 0);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_mutex_unlock, M, 0, 0), 0);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(11, EVENT_mutex_unlock, M, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	ck_assert_ptr_null(trace.steps[0].other);
	small_trace_apply(10, EVENT_rwlock_rdlock, N, 0, 0);
	ck_assert_uint_eq(small_trace_apply(11, EVENT_rwlock_unlock, N, 0, 0), 0);
	ck_assert_uint_eq(small_trace_thread(0)->held_count, 1);
	small_trace_apply(10, EVENT_rwlock_unlock, N, 0, 0);
	ASSERT_STEPS(STEP_RELEASE);
	small_trace_apply(11, EVENT_cond_wait_begin, 0x3000, M, 0);
	ASSERT_STEPS(STEP_WAIT_BEGIN);
	ck_assert(small_trace_thread(1)->wait.had_mutex);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

START_TEST(counts_of_what_was_not_told)
{
	small_trace_apply(10, EVENT_rwlock_rdlock_count, M, 5, 30);
	ASSERT_STEPS(STEP_TALLY);
	ck_assert(trace.steps[0].is_read);
	ck_assert_uint_eq(trace.steps[0].count, 5);
	ck_assert_int_eq(trace.steps[0].result, 30);
	ck_assert_ptr_null(small_trace_object(0)->holder);
	small_trace_apply(10, EVENT_rwlock_destroy, M, 0, 0);
	/* Told late, it does not bring the lock back, nor end what is there now. */
	small_trace_apply(10, EVENT_rwlock_wrlock_count, M, 5, -7);
	ASSERT_STEPS(STEP_TALLY);
	ck_assert(!trace.steps[0].is_read);
	ck_assert_int_eq(trace.steps[0].result, -1);
	small_trace_apply(10, EVENT_mutex_lock, M, 0, 0);
	small_trace_apply(10, EVENT_rwlock_wrlock_count, M, 5, 0);
	ck_assert_ptr_eq(trace.steps[0].object, small_trace_object(0));
	ck_assert_uint_eq(small_trace_thread(0)->held_count, 1);
	ck_assert_uint_eq(small_trace_process()->objects->len, 2);
	ck_assert_uint_eq(small_trace_apply(10, EVENT_spin_count, M, 5, 0), 0);
	ck_assert_uint_eq(misfits_total(model_misfits(trace.model)), 0);
}
END_TEST

Suite *suite_model(void)
{
	Suite *suite = suite_create("model");
	TCase *tests = tcase_create("model");

	tcase_add_checked_fixture(tests, small_trace_setup, small_trace_teardown);
	tcase_add_test(tests, generations);
	tcase_add_test(tests, names_before_and_after_first_use);
	tcase_add_test(tests, a_thread_from_creation_to_join);
	tcase_add_test(tests, a_failed_creation_is_no_thread);
	tcase_add_test(tests, events_after_the_end);
	tcase_add_test(tests, exited_and_killed);
	tcase_add_test(tests, an_exit_that_blocks_is_none);
	tcase_add_test(tests, exec_and_fork);
	tcase_add_test(tests, stacks_and_modules);
	tcase_add_test(tests, facts_of_the_recorder);
	tcase_add_test(tests, what_recording_took);
	tcase_add_test(tests, what_noise_did);
	tcase_add_test(tests, detail_from_a_moment_on);
	tcase_add_test(tests, a_summary_has_gaps);
	tcase_add_test(tests, counts_of_what_was_not_told);
	suite_add_tcase(suite, tests);
	return suite;
}
