/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Lock. */
#include "tests/native/rules.h"

static int acquire(void *lock)
{
	return heddle_lock_acquire(lock);
}

static int try_acquire(void *lock)
{
	return heddle_lock_try_acquire(lock);
}

static int acquire_soon(void *lock)
{
	return heddle_lock_acquire_within(lock, HEDDLE_MS(5));
}

static int release(void *lock)
{
	return heddle_lock_release(lock);
}

static void states(void)
{
	struct heddle_lock lock;

	RULE(heddle_lock_init(&lock, "lock") == 0, "Lock: is created");
	RULE(!heddle_lock_locked(&lock), "Lock: is created in the unlocked state");
	RULE(heddle_lock_acquire(&lock) == 0, "Lock.acquire: unlocked, it returns at once");
	RULE(heddle_lock_locked(&lock), "Lock.locked: true once it is acquired");
	RULE(heddle_lock_release(&lock) == 0, "Lock.release: locked, it is reset to unlocked");
	RULE(!heddle_lock_locked(&lock), "Lock.locked: false once it is released");
	RULE(heddle_lock_release(&lock) == HEDDLE_NOT_HELD,
	     "Lock.release: of an unlocked lock is an error");
	RULE(heddle_lock_acquire(&lock) == 0, "Lock.release: the failed one changed nothing");
	RULE(elsewhere(try_acquire, &lock) == HEDDLE_BUSY,
	     "Lock.acquire(blocking=False): false where another thread has locked it");
	RULE(heddle_lock_try_acquire(&lock) == HEDDLE_BUSY,
	     "Lock.acquire(blocking=False): false also for the thread that has locked it");
	RULE(elsewhere(release, &lock) == 0, "Lock.release: can be called from any thread");
	RULE(heddle_lock_try_acquire(&lock) == 0,
	     "Lock.acquire(blocking=False): true where it is unlocked");
	heddle_lock_release(&lock);
	heddle_lock_destroy(&lock);
}

static void limits(void)
{
	struct heddle_lock lock = HEDDLE_LOCK_INIT("static");
	struct timespec past = heddle_deadline(0), soon = heddle_deadline(HEDDLE_MS(5));
	struct timespec wrong = { .tv_nsec = 1000000000 };
	int64_t start;

	RULE(heddle_lock_acquire_within(&lock, HEDDLE_S(1)) == 0,
	     "Lock.acquire(timeout): unlocked, it returns at once");
	start = now_ns();
	RULE(elsewhere(acquire_soon, &lock) == HEDDLE_TIMED_OUT,
	     "Lock.acquire(timeout): false when the timeout has elapsed");
	RULE(now_ns() - start >= HEDDLE_MS(5), "Lock.acquire(timeout): blocks for the timeout");
	RULE(heddle_lock_acquire_within(&lock, 0) == HEDDLE_TIMED_OUT,
	     "Lock.acquire(timeout=0): does not block");
	RULE(heddle_lock_acquire_within(&lock, HEDDLE_FOREVER - 1) == HEDDLE_INVALID,
	     "Lock.acquire(timeout): negative but not -1 is an error");
	RULE(heddle_lock_acquire_until(&lock, &past) == HEDDLE_TIMED_OUT,
	     "Lock.acquire(timeout): a deadline that is over does not block");
	RULE(heddle_lock_acquire_until(&lock, &soon) == HEDDLE_TIMED_OUT,
	     "Lock.acquire(timeout): a deadline is waited for");
	RULE(heddle_lock_acquire_until(&lock, &wrong) == HEDDLE_INVALID,
	     "Lock.acquire(timeout): a time that is none is an error");
	RULE(heddle_lock_acquire_until(&lock, NULL) == HEDDLE_INVALID,
	     "Lock.acquire(timeout): no deadline is an error");
	heddle_lock_release(&lock);
	RULE(heddle_lock_acquire_until(&lock, &past) == 0,
	     "Lock.acquire(timeout): unlocked, it is acquired though the time is over");
	RULE(heddle_lock_release(&lock) == 0, "Lock.release: after a timed acquire");
}

static int acquire_for_ever(void *lock)
{
	return heddle_lock_acquire_within(lock, HEDDLE_FOREVER);
}

static void blocking(void)
{
	struct heddle_lock lock = HEDDLE_LOCK_INIT(NULL);
	struct task first, second;

	heddle_lock_acquire(&lock);
	task_start(&first, acquire, &lock);
	task_until_blocked(&first);
	task_start(&second, acquire_for_ever, &lock);
	task_until_blocked(&second);
	RULE(heddle_lock_destroy(&lock) == HEDDLE_BUSY,
	     "Lock: cannot be destroyed while waited for");
	heddle_lock_release(&lock);
	while (heddle_thread_is_alive(&first.thread) && heddle_thread_is_alive(&second.thread))
		;
	RULE(heddle_thread_is_alive(&first.thread) || heddle_thread_is_alive(&second.thread),
	     "Lock.release: lets exactly one of those who wait proceed");
	RULE(heddle_lock_locked(&lock), "Lock.acquire: who waited has locked it");
	heddle_lock_release(&lock);
	RULE(task_end(&first) == 0 && task_end(&second) == 0,
	     "Lock.acquire: blocks until the lock is unlocked, then returns true");
	RULE(heddle_lock_destroy(&lock) == HEDDLE_BUSY, "Lock: cannot be destroyed while locked");
	heddle_lock_release(&lock);
}

static void destroyed(void)
{
	struct heddle_lock lock = HEDDLE_LOCK_INIT(NULL);

	RULE(heddle_lock_destroy(&lock) == 0, "Lock: can be destroyed while unlocked");
	RULE(heddle_lock_destroy(&lock) == HEDDLE_INVALID, "Lock: is destroyed once");
	RULE(heddle_lock_acquire(&lock) == HEDDLE_INVALID,
	     "Lock.acquire: of a destroyed one is an error");
	RULE(heddle_lock_try_acquire(&lock) == HEDDLE_INVALID,
	     "Lock.acquire(blocking=False): of a destroyed one is an error");
	RULE(heddle_lock_release(&lock) == HEDDLE_INVALID,
	     "Lock.release: of a destroyed one is an error");
	RULE(!heddle_lock_locked(&lock), "Lock.locked: a destroyed one is not");
	heddle_lock_init(&lock, NULL);
	RULE(heddle_lock_acquire(&lock) == 0, "Lock: can be made again where one was destroyed");
	heddle_lock_release(&lock);
}

void suite_lock(void)
{
	states();
	limits();
	blocking();
	destroyed();
}
