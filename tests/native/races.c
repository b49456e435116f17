/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may race, again and again. A thread that waits for ever makes the whole test time out. */
#include "tests/native/rules.h"

#define THREADS 4

static void start_all(struct task *tasks, heddle_thread_function *function, void *argument)
{
	for (int i = 0; i < THREADS; i++)
		task_start(&tasks[i], function, argument);
}

/* The sum of what they returned, or the first error. */
static int end_all(struct task *tasks)
{
	int sum = 0;

	for (int i = 0; i < THREADS; i++) {
		int result = task_end(&tasks[i]);
		sum = result < 0 || sum < 0 ? -1 : sum + result;
	}
	return sum;
}

static struct heddle_lock lock = HEDDLE_LOCK_INIT(NULL);
static struct heddle_rlock rlock = HEDDLE_RLOCK_INIT(NULL);
static long counter;

static int count_locked(void *unused)
{
	(void)unused;
	for (int i = 0; i < rules_rounds; i++) {
		if (i % 4 == 3 && heddle_lock_acquire_within(&lock, HEDDLE_US(i % 16))) {
			heddle_lock_acquire(&lock);
		} else if (i % 4 != 3) {
			heddle_lock_acquire(&lock);
		}
		counter++;
		heddle_lock_release(&lock);
	}
	return 0;
}

static int count_owned(void *unused)
{
	(void)unused;
	for (int i = 0; i < rules_rounds; i++) {
		while (heddle_rlock_acquire_within(&rlock, HEDDLE_US(i % 16)))
			;
		heddle_rlock_acquire(&rlock);
		counter++;
		heddle_rlock_release(&rlock);
		heddle_rlock_release(&rlock);
	}
	return 0;
}

static void locks(void)
{
	struct task tasks[THREADS];

	counter = 0;
	start_all(tasks, count_locked, NULL);
	end_all(tasks);
	RULE(counter == (long)THREADS * rules_rounds,
	     "Lock: one thread at a time, with timeouts between");
	RULE(heddle_lock_destroy(&lock) == 0, "Lock: free in the end, and nobody waits");
	counter = 0;
	start_all(tasks, count_owned, NULL);
	end_all(tasks);
	RULE(counter == (long)THREADS * rules_rounds,
	     "RLock: one thread at a time, with timeouts between");
	RULE(heddle_rlock_destroy(&rlock) == 0, "RLock: free in the end, and nobody waits");
}

static struct heddle_semaphore pool = HEDDLE_BOUNDED_SEMAPHORE_INIT(2, NULL);
static int inside, most;

static int use_pool(void *unused)
{
	int errors = 0;

	(void)unused;
	for (int i = 0; i < rules_rounds; i++) {
		while (heddle_semaphore_acquire_within(&pool, HEDDLE_US(i % 32)))
			;
		int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		if (now > 2)
			__atomic_store_n(&most, now, __ATOMIC_SEQ_CST);
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		errors += heddle_semaphore_release(&pool, 1) != 0;
	}
	return errors;
}

/* Each destroyed by who was let go on, at once. */
static int release_one(void *semaphore)
{
	return heddle_semaphore_release(semaphore, 1);
}

static int set_one(void *event)
{
	return heddle_event_set(event);
}

static void short_lives(void)
{
	int errors = 0;

	for (int i = 0; i < rules_rounds; i++) {
		struct heddle_semaphore semaphore = HEDDLE_SEMAPHORE_INIT(0, NULL);
		struct heddle_event event = HEDDLE_EVENT_INIT(NULL);
		struct task poster, setter;

		task_start(&poster, release_one, &semaphore);
		errors += heddle_semaphore_acquire(&semaphore) != 0;
		errors += heddle_semaphore_destroy(&semaphore) != 0;
		task_start(&setter, set_one, &event);
		errors += heddle_event_wait(&event) != 0;
		errors += heddle_event_destroy(&event) != 0;
		errors += task_end(&poster) != 0;
		errors += task_end(&setter) != 0;
	}
	RULE(errors == 0, "Semaphore, Event: who was let go on may destroy it at once");
}

static void semaphores(void)
{
	struct task tasks[THREADS];

	start_all(tasks, use_pool, NULL);
	RULE(end_all(tasks) == 0, "BoundedSemaphore: never released too often");
	RULE(most == 0, "BoundedSemaphore: never more than its value at once");
	RULE(heddle_semaphore_release(&pool, 1) == HEDDLE_TOO_MANY,
	     "BoundedSemaphore: full in the end");
}

/* A queue of one place, between as many producers as consumers. */
static struct heddle_lock queue_lock = HEDDLE_LOCK_INIT("queue");
static struct heddle_condition not_empty = HEDDLE_CONDITION_INIT_LOCK(&queue_lock, "not_empty");
static struct heddle_condition not_full = HEDDLE_CONDITION_INIT_LOCK(&queue_lock, "not_full");
static int item;

static bool is_full(void *unused)
{
	(void)unused;
	return item != 0;
}

static bool is_empty(void *unused)
{
	(void)unused;
	return item == 0;
}

static int produce(void *unused)
{
	(void)unused;
	for (int i = 0; i < rules_rounds; i++) {
		HEDDLE_WITH(&queue_lock) {
			heddle_condition_wait_for(&not_full, is_empty, NULL);
			item = 1;
			heddle_condition_notify(&not_empty, 1);
		}
	}
	return 0;
}

static int consume(void *unused)
{
	int taken = 0;

	(void)unused;
	while (taken < rules_rounds) {
		HEDDLE_WITH(&not_empty) {
			if (heddle_condition_wait_for_within(&not_empty, is_full, NULL,
							     HEDDLE_US(taken % 64)))
				continue;
			taken += item;
			item = 0;
			heddle_condition_notify(&not_full, 1);
		}
	}
	return taken;
}

static void conditions(void)
{
	struct task producers[THREADS], consumers[THREADS];

	start_all(consumers, consume, NULL);
	start_all(producers, produce, NULL);
	RULE(end_all(producers) == 0, "Condition: all that was produced found room");
	RULE(end_all(consumers) == THREADS * rules_rounds,
	     "Condition: all was consumed, though waits timed out between");
	RULE(heddle_condition_destroy(&not_empty) == 0 && heddle_condition_destroy(&not_full) == 0,
	     "Condition: nobody waits in the end");
}

static int phases, phase_errors;

static int next_phase(void *unused)
{
	(void)unused;
	phases++;
	return 0;
}

static int go_through(void *barrier)
{
	int lasts = 0;

	for (int i = 0; i < rules_rounds; i++) {
		int index = heddle_barrier_wait(barrier);
		/* Nobody ends the next round before all have looked. */
		if (phases != 2 * i + 1)
			__atomic_add_fetch(&phase_errors, 1, __ATOMIC_SEQ_CST);
		if (index < 0)
			return index;
		lasts += index == THREADS - 1;
		index = heddle_barrier_wait(barrier);
		if (index < 0)
			return index;
	}
	return lasts;
}

/* Any mix of arrivals, timeouts, resets and aborts: all threads come back, and it is whole after a reset. */
static int disturb(void *barrier)
{
	for (int i = 0; i < rules_rounds; i++) {
		int result = heddle_barrier_wait_within(barrier, HEDDLE_US(i % 128));
		if (result != HEDDLE_BROKEN && result < 0)
			return -1;
		if (result == HEDDLE_BROKEN && i % 3 == 0)
			heddle_barrier_reset(barrier);
		if (i % 97 == 5)
			heddle_barrier_abort(barrier);
	}
	return 0;
}

static void barriers(void)
{
	struct heddle_barrier barrier;
	struct task tasks[THREADS];

	heddle_barrier_init(&barrier, THREADS, next_phase, NULL, HEDDLE_FOREVER, NULL);
	start_all(tasks, go_through, &barrier);
	RULE(end_all(tasks) == rules_rounds, "Barrier.wait: one thread a round is the last");
	RULE(phases == 2 * rules_rounds, "Barrier(action): once a round");
	RULE(phase_errors == 0, "Barrier(action): before any of the threads goes on");
	RULE(heddle_barrier_destroy(&barrier) == 0, "Barrier: empty in the end");
	heddle_barrier_init(&barrier, THREADS, NULL, NULL, HEDDLE_FOREVER, NULL);
	start_all(tasks, disturb, &barrier);
	RULE(end_all(tasks) == 0, "Barrier: breaks and is reset at any moment");
	RULE(heddle_barrier_reset(&barrier) == 0 && !heddle_barrier_broken(&barrier) &&
		     heddle_barrier_waiting(&barrier) == 0,
	     "Barrier.reset: whole and empty afterwards");
}

static int join_it(void *thread)
{
	return heddle_thread_join(thread);
}

static int join_patiently(void *thread)
{
	int error;

	do
		error = heddle_thread_join_within(thread, HEDDLE_US(1));
	while (error == HEDDLE_TIMED_OUT);
	return error;
}

static int nothing(void *unused)
{
	(void)unused;
	return 0;
}

static void joins(void)
{
	int errors = 0;

	for (int i = 0; i < rules_rounds; i++) {
		struct heddle_thread thread;
		struct task first, second;

		heddle_thread_init(&thread, NULL, nothing, NULL);
		errors += heddle_thread_start(&thread) != 0;
		task_start(&first, join_it, &thread);
		task_start(&second, join_patiently, &thread);
		errors += heddle_thread_join(&thread) != 0;
		errors += task_end(&first) != 0;
		errors += task_end(&second) != 0;
	}
	RULE(errors == 0, "Thread.join: by several threads at once, one of them with timeouts");
	RULE(heddle_thread_count() == 1, "active_count: main alone in the end");
}

static int set_and_clear(void *events)
{
	struct heddle_event *event = events;

	for (int i = 0; i < rules_rounds; i++) {
		heddle_event_set(&event[0]);
		heddle_event_wait(&event[1]);
		heddle_event_clear(&event[1]);
	}
	return 0;
}

static void events(void)
{
	struct heddle_event event[2] = { HEDDLE_EVENT_INIT("ping"), HEDDLE_EVENT_INIT("pong") };
	struct task task;
	int errors = 0;

	task_start(&task, set_and_clear, event);
	for (int i = 0; i < rules_rounds; i++) {
		errors += heddle_event_wait(&event[0]) != 0;
		heddle_event_clear(&event[0]);
		heddle_event_set(&event[1]);
	}
	RULE(task_end(&task) == 0 && errors == 0, "Event: no set is lost between two threads");
}

static int count_timer(void *calls)
{
	__atomic_add_fetch((int *)calls, 1, __ATOMIC_SEQ_CST);
	return 1;
}

static void timers(void)
{
	int calls = 0, called = 0;

	for (int i = 0; i < rules_rounds; i++) {
		struct heddle_timer timer;

		heddle_timer_init(&timer, NULL, HEDDLE_US(i % 50), count_timer, &calls);
		heddle_timer_start(&timer);
		heddle_timer_cancel(&timer);
		heddle_thread_join(&timer.thread);
		called += heddle_thread_status(&timer.thread);
	}
	RULE(called == calls, "Timer.cancel: the function is called once, or not at all");
}

void suite_races(void)
{
	locks();
	semaphores();
	short_lives();
	conditions();
	events();
	barriers();
	joins();
	timers();
}
