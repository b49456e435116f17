/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any sequence of events, through the model and all analyses: no crash, nothing inconsistent. */
#include <stdlib.h>

#include "analyzer/model.h"
#include "analyzer/moment.h"
#include "analyzer/names.h"
#include "analyzer/registry.h"
#include "analyzer/report.h"

#include <check.h>

#define ANALYSES_MAX 32
#define EVENTS 20000
#define ROUNDS 24

Suite *suite_model_fuzz(void);

struct fuzz {
	uint64_t seed;
	struct model *model;
	struct moment *moment; /* in the midst, NULL: the end */
	void *states[ANALYSES_MAX];
	int64_t now_ns;
	bool is_wild;	    /* stamps, too, may be anything */
	bool is_mixed;	    /* objects of all kinds, not mostly mutexes and conditions */
	unsigned addresses; /* how many; few collide often */
};

static uint64_t next(struct fuzz *fuzz)
{
	fuzz->seed ^= fuzz->seed << 13;
	fuzz->seed ^= fuzz->seed >> 7;
	fuzz->seed ^= fuzz->seed << 17;
	return fuzz->seed;
}

static unsigned below(struct fuzz *fuzz, unsigned limit)
{
	return (unsigned)(next(fuzz) >> 33) % limit;
}

static int64_t value(struct fuzz *fuzz)
{
	static const int64_t values[] = { 0,   3,  128, 0,   0,	  0,  0,  0,  1,	 100,
					  101, 16, 110, 125, 130, 35, 22, -1, INT64_MAX, INT64_MIN };

	return values[below(fuzz, sizeof(values) / sizeof(values[0]))];
}

static int64_t stamp(struct fuzz *fuzz)
{
	static const int64_t extremes[] = { 0, -1, INT64_MAX, INT64_MIN, INT64_MAX / 2 };

	if (fuzz->is_wild && below(fuzz, 50) == 0)
		fuzz->now_ns = extremes[below(fuzz, 5)];
	else if (fuzz->now_ns < INT64_MAX - 5000)
		fuzz->now_ns += below(fuzz, 5000);
	return fuzz->now_ns - (fuzz->now_ns > INT64_MIN + 3000 ? below(fuzz, 3000) : 0);
}

/* Mostly locks, waits and signals; everything else now and then. */
static enum event_type type(struct fuzz *fuzz)
{
	static const enum event_type common[] = { EVENT_mutex_lock,
						  EVENT_mutex_lock_begin,
						  EVENT_mutex_lock_end,
						  EVENT_mutex_unlock,
						  EVENT_mutex_unlock,
						  EVENT_mutex_trylock,
						  EVENT_cond_wait_begin,
						  EVENT_cond_timedwait_begin,
						  EVENT_cond_wait_end,
						  EVENT_cond_signal,
						  EVENT_cond_broadcast,
						  EVENT_mutex_unlock_failed,
						  EVENT_mutex_timedlock_begin,
						  EVENT_thread_join_begin,
						  EVENT_thread_join_end };
	static const enum event_type others[] = { EVENT_rwlock_rdlock,
						  EVENT_rwlock_rdlock,
						  EVENT_rwlock_rdlock_begin,
						  EVENT_rwlock_rdlock_end,
						  EVENT_rwlock_wrlock,
						  EVENT_rwlock_wrlock_begin,
						  EVENT_rwlock_wrlock_end,
						  EVENT_rwlock_unlock,
						  EVENT_rwlock_unlock,
						  EVENT_sem_wait,
						  EVENT_sem_wait_begin,
						  EVENT_sem_wait_end,
						  EVENT_sem_post,
						  EVENT_barrier_wait_begin,
						  EVENT_barrier_wait_end,
						  EVENT_futex_wait_begin,
						  EVENT_futex_wait_end,
						  EVENT_futex_wake,
						  EVENT_io_begin,
						  EVENT_io_end,
						  EVENT_process_fork_begin,
						  EVENT_process_fork };

	if (below(fuzz, 4) == 0)
		return below(fuzz, EVENT_COUNT);
	if (fuzz->is_mixed && below(fuzz, 2))
		return others[below(fuzz, sizeof(others) / sizeof(others[0]))];
	return common[below(fuzz, sizeof(common) / sizeof(common[0]))];
}

static void step(void *context, const struct step *step)
{
	struct fuzz *fuzz = context;
	const struct analysis *const *analyses = registry_analyses();

	for (unsigned i = 0; analyses[i]; i++)
		analyses[i]->step(fuzz->states[i], step);
}

static void apply_one(struct fuzz *fuzz)
{
	static const uint64_t frames[] = { 1, 2, 3 };
	struct event event = { .type = type(fuzz),
			       .pid = (int32_t)below(fuzz, 3),
			       .tid = (int32_t)below(fuzz, 12),
			       .time_ns = stamp(fuzz),
			       .site = below(fuzz, 20),
			       .value = value(fuzz),
			       .object = below(fuzz, fuzz->addresses),
			       .other = below(fuzz, fuzz->addresses),
			       .stack = below(fuzz, 5),
			       .text = below(fuzz, 2) ? "text" : NULL,
			       .build_id = NULL,
			       .frames = frames,
			       .frame_count = below(fuzz, 4) };

	if (event.type == EVENT_process_start || event.type == EVENT_process_fork)
		event.value = below(fuzz, 4);
	if (!fuzz->moment || moment_includes(fuzz->moment, &event))
		model_apply(fuzz->model, &event, step, fuzz);
	if (fuzz->moment)
		moment_follow(fuzz->moment, &event);
}

static void go_over_to_summary(struct fuzz *fuzz)
{
	struct event event = { .type = EVENT_recording_detail,
			       .time_ns = stamp(fuzz),
			       .text = "summary" };

	model_apply(fuzz->model, &event, step, fuzz);
}

static void check_is_holder(const struct hold *hold)
{
	const struct hold *holder = hold->object->holder;

	while (holder && holder != hold)
		holder = holder->next_holder;
	ck_assert_ptr_eq(holder, hold);
}

static void check_thread(const struct thread *thread)
{
	unsigned count = 0;

	for (const struct hold *hold = thread->held; hold; hold = hold->next) {
		check_is_holder(hold);
		ck_assert_ptr_eq(hold->thread, thread);
		ck_assert_uint_ge(hold->depth, 1);
		ck_assert_ptr_eq(hold->next ? hold->next->previous : thread->held_last, hold);
		count++;
	}
	ck_assert_uint_eq(count, thread->held_count);
	if (thread->state == THREAD_BLOCKED)
		ck_assert_int_ne(thread->wait.kind, WAIT_NONE);
	if (thread->state == THREAD_EXITED)
		ck_assert_int_eq(thread->wait.kind, WAIT_NONE);
}

/* Several hold only where all of them read. */
static void check_holders(const struct object *object)
{
	const struct hold *last = NULL;
	unsigned count = 0;

	for (const struct hold *hold = object->holder; hold; hold = hold->next_holder) {
		ck_assert_ptr_eq(hold->object, object);
		ck_assert_ptr_eq(hold->previous_holder, last);
		ck_assert(hold->is_read || object->holder_count == 1);
		last = hold;
		count++;
	}
	ck_assert_uint_eq(count, object->holder_count);
}

static void check_object(const struct object *object)
{
	const struct thread *last = NULL;

	check_holders(object);
	ck_assert_int_ge(object->count, -1);
	ck_assert(!object->is_gone || object->is_destroyed);

	for (const struct thread *thread = object->waiters; thread; thread = thread->next_waiter) {
		ck_assert_ptr_eq(thread->wait.object, object);
		ck_assert_ptr_eq(thread->previous_waiter, last);
		last = thread;
	}
	ck_assert_ptr_eq(object->waiters_last, last);
}

static void check_model(const struct model *model)
{
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->threads->len; j++)
			check_thread(process->threads->pdata[j]);
		for (unsigned j = 0; j < process->objects->len; j++)
			check_object(process->objects->pdata[j]);
	}
}

static void finish(struct fuzz *fuzz)
{
	const struct analysis *const *analyses = registry_analyses();
	struct report *report = report_new();
	struct names *names = names_new(report);
	struct error err;

	/* Where stamps are wild it may lie outside. */
	if (fuzz->moment && moment_finish(fuzz->moment, &err) == 0)
		report_state(report, moment_since_start_ns(fuzz->moment));
	model_finish(fuzz->model);
	check_model(fuzz->model);
	for (unsigned i = 0; analyses[i]; i++)
		analyses[i]->finish(fuzz->states[i], fuzz->model, names, report);
	report_finish(report, LEVEL_WARNING);
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];
		ck_assert_ptr_nonnull(finding->message);
		ck_assert_uint_gt(finding->steps->len, 0);
		ck_assert_uint_gt(finding->identity->len, 0);
	}
	names_free(names);
	report_free(report);
	moment_free(fuzz->moment);
	model_free(fuzz->model);
}

START_TEST(any_events_do_no_harm)
{
	const struct analysis *const *analyses = registry_analyses();
	struct fuzz fuzz = { .seed = UINT64_C(0x9e3779b97f4a7c15) * (unsigned)(_i + 1),
			     .is_wild = _i % 2,
			     .is_mixed = _i >= ROUNDS / 2,
			     .addresses = _i % 3 ? 8 : 200 };

	const struct moment_time middle = { .is_given = true, .ns = EVENTS / 2 * 2500 };

	fuzz.model = model_new();
	if (_i % 3 == 1)
		fuzz.moment = moment_new(fuzz.model, &middle);
	for (unsigned i = 0; analyses[i]; i++)
		fuzz.states[i] = analyses[i]->start();
	for (unsigned i = 0; i < EVENTS; i++) {
		apply_one(&fuzz);
		if (i == EVENTS / 2 && _i % 4 == 3)
			go_over_to_summary(&fuzz);
		if (i % 1000 == 0)
			check_model(fuzz.model);
	}
	finish(&fuzz);
}
END_TEST

/* Many threads, many locks, chains and rings of any length: the end must come soon. */
START_TEST(large_deadlocks_end_in_time)
{
	enum { THREADS = 20000 };
	const struct analysis *const *analyses = registry_analyses();
	struct fuzz fuzz = { .seed = 1, .model = model_new() };

	for (unsigned i = 0; analyses[i]; i++)
		fuzz.states[i] = analyses[i]->start();
	for (unsigned i = 0; i < 2 * THREADS; i++) {
		unsigned thread = i % THREADS;
		/* A half in one ring, a quarter in a chain behind it, the rest on a condition. */
		unsigned next_lock = thread < THREADS / 2 ? (thread + 1) % (THREADS / 2)
							  : thread - 1;
		struct event event = { .pid = 1, .tid = (int32_t)thread + 1, .time_ns = i };

		event.type = i < THREADS ? EVENT_mutex_lock : EVENT_mutex_lock_begin;
		event.object = 0x1000 + (i < THREADS ? thread : next_lock);
		if (i >= THREADS && thread >= THREADS * 3 / 4) {
			event.type = EVENT_cond_wait_begin;
			event.other = event.object;
			event.object = 1;
		}
		model_apply(fuzz.model, &event, step, &fuzz);
	}
	finish(&fuzz);
}
END_TEST

Suite *suite_model_fuzz(void)
{
	Suite *suite = suite_create("model_fuzz");
	TCase *tests = tcase_create("model_fuzz");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, any_events_do_no_harm, 0, ROUNDS);
	tcase_add_test(tests, large_deadlocks_end_in_time);
	suite_add_tcase(suite, tests);
	return suite;
}
