/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Semaphore and BoundedSemaphore. */
#include "tests/native/rules.h"

static int acquire(void *semaphore)
{
	return heddle_semaphore_acquire(semaphore);
}

static int release(void *semaphore)
{
	return heddle_semaphore_release(semaphore, 1);
}

static void counting(void)
{
	struct heddle_semaphore semaphore;

	RULE(heddle_semaphore_init(&semaphore, HEDDLE_SEMAPHORE_MAX + 1, NULL) == HEDDLE_INVALID,
	     "Semaphore(value): below zero, or too high, is an error");
	RULE(heddle_semaphore_init(&semaphore, 2, "two") == 0, "Semaphore(value): has that value");
	RULE(heddle_semaphore_acquire(&semaphore) == 0,
	     "Semaphore.acquire: above zero, lowers by one and returns at once");
	RULE(heddle_semaphore_try_acquire(&semaphore) == 0,
	     "Semaphore.acquire(blocking=False): above zero, true");
	RULE(heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
	     "Semaphore.acquire(blocking=False): false where it would block");
	RULE(heddle_semaphore_acquire_within(&semaphore, HEDDLE_MS(3)) == HEDDLE_TIMED_OUT,
	     "Semaphore.acquire(timeout): false when the timeout has elapsed");
	RULE(heddle_semaphore_acquire_within(&semaphore, 0) == HEDDLE_TIMED_OUT,
	     "Semaphore.acquire(timeout=0): does not block");
	RULE(heddle_semaphore_acquire_within(&semaphore, -3) == HEDDLE_INVALID,
	     "Semaphore.acquire(timeout): negative but not -1 is an error");
	RULE(heddle_semaphore_acquire_until(&semaphore, NULL) == HEDDLE_INVALID,
	     "Semaphore.acquire(timeout): no deadline is an error");
	RULE(elsewhere(release, &semaphore) == 0,
	     "Semaphore.release: raises by one, by any thread");
	RULE(heddle_semaphore_acquire_within(&semaphore, HEDDLE_S(1)) == 0,
	     "Semaphore.acquire(timeout): above zero, it returns at once");
	RULE(heddle_semaphore_release(&semaphore, 0) == HEDDLE_INVALID,
	     "Semaphore.release(n): below one is an error");
	RULE(heddle_semaphore_release(&semaphore, 3) == 0, "Semaphore.release(n): raises by n");
	RULE(heddle_semaphore_try_acquire(&semaphore) == 0 &&
		     heddle_semaphore_try_acquire(&semaphore) == 0 &&
		     heddle_semaphore_try_acquire(&semaphore) == 0 &&
		     heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
	     "Semaphore.release(n): by no more and no less");
	RULE(heddle_semaphore_release(&semaphore, HEDDLE_SEMAPHORE_MAX) == 0,
	     "Semaphore.release: may go above the initial value");
	RULE(heddle_semaphore_release(&semaphore, 1) == HEDDLE_TOO_MANY,
	     "Semaphore.release: above the highest value is an error");
}

static void waking(void)
{
	struct heddle_semaphore semaphore = HEDDLE_SEMAPHORE_INIT(0, "none");
	struct task tasks[3];

	RULE(heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
	     "Semaphore(0): nothing is to be had at first");
	for (int i = 0; i < 3; i++) {
		task_start(&tasks[i], acquire, &semaphore);
		task_until_blocked(&tasks[i]);
	}
	RULE(heddle_semaphore_destroy(&semaphore) == HEDDLE_BUSY,
	     "Semaphore: cannot be destroyed while waited for");
	heddle_semaphore_release(&semaphore, 1);
	int over = 0;
	while (!over)
		for (int i = 0; i < 3; i++)
			over += !heddle_thread_is_alive(&tasks[i].thread);
	RULE(over == 1, "Semaphore.release: wakes exactly one of those who wait");
	RULE(heddle_semaphore_release(&semaphore, 2) == 0, "Semaphore.release(n): wakes n");
	RULE(task_end(&tasks[0]) == 0 && task_end(&tasks[1]) == 0 && task_end(&tasks[2]) == 0,
	     "Semaphore.acquire: blocks until the value is above zero");
	RULE(heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
	     "Semaphore.acquire: each has lowered it by one");
	RULE(heddle_semaphore_destroy(&semaphore) == 0, "Semaphore: can be destroyed");
	RULE(heddle_semaphore_acquire(&semaphore) == HEDDLE_INVALID,
	     "Semaphore.acquire: of a destroyed one is an error");
	RULE(heddle_semaphore_release(&semaphore, 1) == HEDDLE_INVALID,
	     "Semaphore.release: of a destroyed one is an error");
	RULE(heddle_semaphore_destroy(&semaphore) == HEDDLE_INVALID,
	     "Semaphore: is destroyed once");
}

static void bounded(void)
{
	struct heddle_semaphore semaphore;
	struct heddle_semaphore fixed = HEDDLE_BOUNDED_SEMAPHORE_INIT(1, "one");

	RULE(heddle_bounded_semaphore_init(&semaphore, 0, NULL) == HEDDLE_INVALID,
	     "BoundedSemaphore(0): is an error");
	heddle_bounded_semaphore_init(&semaphore, 2, "pool");
	RULE(heddle_semaphore_release(&semaphore, 1) == HEDDLE_TOO_MANY,
	     "BoundedSemaphore.release: above the initial value is an error");
	RULE(heddle_semaphore_acquire(&semaphore) == 0 && heddle_semaphore_acquire(&semaphore) == 0,
	     "BoundedSemaphore.acquire: the failed release changed nothing");
	RULE(heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
	     "BoundedSemaphore.acquire: not more often than its value");
	RULE(heddle_semaphore_release(&semaphore, 3) == HEDDLE_TOO_MANY,
	     "BoundedSemaphore.release(n): above the initial value is an error");
	RULE(heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
	     "BoundedSemaphore.release(n): then nothing is raised");
	RULE(heddle_semaphore_release(&semaphore, 2) == 0,
	     "BoundedSemaphore.release(n): back to the initial value");
	RULE(heddle_semaphore_acquire(&fixed) == 0 && heddle_semaphore_release(&fixed, 1) == 0 &&
		     heddle_semaphore_release(&fixed, 1) == HEDDLE_TOO_MANY,
	     "BoundedSemaphore: also where it is static");
}

void suite_semaphore(void)
{
	counting();
	waking();
	bounded();
}
