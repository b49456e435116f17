/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each operation of the native library, with marks between; in main alone but where it takes two.
 * native_kinds misuse: what the library refuses.
 */
#include <heddle.h>
#include <string.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static struct heddle_lock fixed = HEDDLE_LOCK_INIT("fixed");
static struct heddle_event go = HEDDLE_EVENT_INIT(NULL);

static void locks(void)
{
	struct heddle_lock lock;
	struct heddle_rlock rlock;

	heddle_mark("lock");
	EXPECT(heddle_lock_init(&lock, "plain"), 0);
	EXPECT(heddle_lock_acquire(&lock), 0);
	EXPECT(heddle_lock_try_acquire(&lock), HEDDLE_BUSY);
	EXPECT(heddle_lock_acquire_within(&lock, HEDDLE_MS(1)), HEDDLE_TIMED_OUT);
	EXPECT(heddle_lock_release(&lock), 0);
	EXPECT(heddle_lock_destroy(&lock), 0);
	HEDDLE_WITH(&fixed) {
		heddle_mark("rlock");
	}
	EXPECT(heddle_rlock_init(&rlock, "reentrant"), 0);
	EXPECT(heddle_rlock_acquire(&rlock), 0);
	EXPECT(heddle_rlock_acquire_within(&rlock, HEDDLE_S(1)), 0);
	EXPECT(heddle_rlock_release(&rlock), 0);
	EXPECT(heddle_rlock_release(&rlock), 0);
	EXPECT(heddle_rlock_destroy(&rlock), 0);
}

static void conditions(void)
{
	struct heddle_condition condition;

	heddle_mark("condition");
	EXPECT(heddle_condition_init_lock(&condition, &fixed, "changed"), 0);
	EXPECT(heddle_condition_acquire(&condition), 0);
	EXPECT(heddle_condition_wait_within(&condition, HEDDLE_MS(1)), HEDDLE_TIMED_OUT);
	EXPECT(heddle_condition_notify(&condition, 1), 0);
	EXPECT(heddle_condition_notify(&condition, 3), 0);
	EXPECT(heddle_condition_notify_all(&condition), 0);
	EXPECT(heddle_condition_release(&condition), 0);
	EXPECT(heddle_condition_destroy(&condition), 0);
}

static void semaphores(void)
{
	struct heddle_semaphore semaphore;

	heddle_mark("semaphore");
	EXPECT(heddle_bounded_semaphore_init(&semaphore, 2, "pool"), 0);
	EXPECT(heddle_semaphore_acquire(&semaphore), 0);
	EXPECT(heddle_semaphore_try_acquire(&semaphore), 0);
	EXPECT(heddle_semaphore_acquire_within(&semaphore, HEDDLE_MS(1)), HEDDLE_TIMED_OUT);
	EXPECT(heddle_semaphore_release(&semaphore, 2), 0);
	EXPECT(heddle_semaphore_destroy(&semaphore), 0);
}

static void events(void)
{
	heddle_mark("event");
	EXPECT(heddle_event_wait_within(&go, HEDDLE_MS(1)), HEDDLE_TIMED_OUT);
	EXPECT(heddle_event_set(&go), 0);
	EXPECT(heddle_event_wait(&go), 0);
	EXPECT(heddle_event_clear(&go), 0);
}

static void barriers(void)
{
	struct heddle_barrier barrier;

	heddle_mark("barrier");
	EXPECT(heddle_barrier_init(&barrier, 1, NULL, NULL, HEDDLE_FOREVER, "phase"), 0);
	EXPECT(heddle_barrier_wait(&barrier), 0);
	EXPECT(heddle_barrier_wait_within(&barrier, HEDDLE_S(1)), 0);
	EXPECT(heddle_barrier_abort(&barrier), 0);
	EXPECT(heddle_barrier_reset(&barrier), 0);
	EXPECT(heddle_barrier_destroy(&barrier), 0);
}

static int work(void *unused)
{
	(void)unused;
	EXPECT(usleep(1000), 0);
	return heddle_event_wait(&go);
}

static void threads(void)
{
	struct heddle_thread thread;
	struct heddle_timer timer;

	heddle_mark("thread");
	EXPECT(heddle_thread_init(&thread, "a worker with a long name", work, NULL), 0);
	EXPECT(heddle_thread_start(&thread), 0);
	while (heddle_thread_state(&thread) != HEDDLE_THREAD_BLOCKED)
		;
	EXPECT(heddle_event_set(&go), 0);
	while (heddle_thread_is_alive(&thread))
		;
	EXPECT(heddle_thread_join(&thread), 0);
	EXPECT(heddle_timer_init(&timer, "watchdog", HEDDLE_MS(2), work, NULL), 0);
	EXPECT(heddle_timer_start(&timer), 0);
	EXPECT(heddle_thread_join(&timer.thread), 0);
}

static void misuse(void)
{
	static struct heddle_lock lock = HEDDLE_LOCK_INIT("wronged");
	struct heddle_condition condition;
	struct heddle_semaphore semaphore;
	struct heddle_barrier barrier;

	EXPECT(heddle_lock_release(&lock), HEDDLE_NOT_HELD);
	EXPECT(heddle_lock_acquire(&lock), 0);
	EXPECT(heddle_lock_destroy(&lock), HEDDLE_BUSY);
	EXPECT(heddle_lock_release(&lock), 0);
	EXPECT(heddle_lock_destroy(&lock), 0);
	EXPECT(heddle_lock_acquire(&lock), HEDDLE_INVALID);
	EXPECT(heddle_condition_init(&condition, "unlocked"), 0);
	EXPECT(heddle_condition_notify(&condition, 1), HEDDLE_NOT_HELD);
	EXPECT(heddle_bounded_semaphore_init(&semaphore, 1, "full"), 0);
	EXPECT(heddle_semaphore_release(&semaphore, 1), HEDDLE_TOO_MANY);
	EXPECT(heddle_barrier_init(&barrier, 2, NULL, NULL, HEDDLE_FOREVER, "lonely"), 0);
	EXPECT(heddle_barrier_wait_within(&barrier, HEDDLE_MS(1)), HEDDLE_BROKEN);
}

int main(int count, char **arguments)
{
	if (count > 1 && !strcmp(arguments[1], "misuse")) {
		misuse();
		return 0;
	}
	locks();
	conditions();
	semaphores();
	events();
	barriers();
	threads();
	return 0;
}
