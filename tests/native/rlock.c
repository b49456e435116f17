/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of RLock. */
#include "tests/native/rules.h"

static int try_acquire(void *lock)
{
	return heddle_rlock_try_acquire(lock);
}

static int acquire(void *lock)
{
	return heddle_rlock_acquire(lock);
}

static int acquire_and_release(void *lock)
{
	int error = heddle_rlock_acquire(lock);

	return error ? error : heddle_rlock_release(lock);
}

static int acquire_soon(void *lock)
{
	return heddle_rlock_acquire_within(lock, HEDDLE_MS(5));
}

static int release(void *lock)
{
	return heddle_rlock_release(lock);
}

static int owned(void *lock)
{
	return heddle_rlock_owned(lock);
}

static void levels(void)
{
	struct heddle_rlock lock;

	heddle_rlock_init(&lock, "rlock");
	RULE(heddle_rlock_release(&lock) == HEDDLE_NOT_HELD,
	     "RLock.release: of an unlocked lock is an error");
	RULE(!heddle_rlock_owned(&lock), "RLock: is created in the unlocked state");
	RULE(heddle_rlock_acquire(&lock) == 0, "RLock.acquire: unlocked, grabs ownership");
	RULE(heddle_rlock_owned(&lock), "RLock.acquire: the caller owns it");
	RULE(elsewhere(owned, &lock) == 0, "RLock.acquire: no other thread does");
	RULE(heddle_rlock_acquire(&lock) == 0, "RLock.acquire: already owned, it returns at once");
	RULE(heddle_rlock_try_acquire(&lock) == 0,
	     "RLock.acquire(blocking=False): already owned, true");
	RULE(heddle_rlock_acquire_within(&lock, HEDDLE_MS(1)) == 0,
	     "RLock.acquire(timeout): already owned, it returns at once");
	RULE(elsewhere(try_acquire, &lock) == HEDDLE_BUSY,
	     "RLock.acquire(blocking=False): false where another thread owns it");
	RULE(elsewhere(release, &lock) == HEDDLE_NOT_HELD,
	     "RLock.release: of a lock that another thread owns is an error");
	RULE(heddle_rlock_release(&lock) == 0 && heddle_rlock_release(&lock) == 0 &&
		     heddle_rlock_release(&lock) == 0,
	     "RLock.release: lowers the recursion level");
	RULE(elsewhere(try_acquire, &lock) == HEDDLE_BUSY,
	     "RLock.release: above level zero it stays locked and owned");
	RULE(heddle_rlock_release(&lock) == 0, "RLock.release: at level zero it is unlocked");
	RULE(!heddle_rlock_owned(&lock), "RLock.release: and owned by no thread");
	RULE(elsewhere(acquire_and_release, &lock) == 0,
	     "RLock.release: then another thread can acquire it");
	RULE(heddle_rlock_release(&lock) == HEDDLE_NOT_HELD,
	     "RLock.release: once more than acquired is an error");
	heddle_rlock_destroy(&lock);
}

static void limits(void)
{
	struct heddle_rlock lock = HEDDLE_RLOCK_INIT("static");
	struct timespec past = heddle_deadline(0);
	int64_t start;

	RULE(heddle_rlock_acquire_until(&lock, &past) == 0,
	     "RLock.acquire(timeout): unlocked, it is acquired though the time is over");
	start = now_ns();
	RULE(elsewhere(acquire_soon, &lock) == HEDDLE_TIMED_OUT,
	     "RLock.acquire(timeout): false when the timeout has elapsed");
	RULE(now_ns() - start >= HEDDLE_MS(5), "RLock.acquire(timeout): blocks for the timeout");
	RULE(heddle_rlock_acquire_within(&lock, -2) == HEDDLE_INVALID,
	     "RLock.acquire(timeout): negative but not -1 is an error");
	RULE(heddle_rlock_acquire_until(&lock, NULL) == HEDDLE_INVALID,
	     "RLock.acquire(timeout): no deadline is an error");
	heddle_rlock_release(&lock);
}

static void blocking(void)
{
	struct heddle_rlock lock = HEDDLE_RLOCK_INIT(NULL);
	struct task task;

	heddle_rlock_acquire(&lock);
	heddle_rlock_acquire(&lock);
	task_start(&task, acquire_and_release, &lock);
	task_until_blocked(&task);
	RULE(heddle_rlock_destroy(&lock) == HEDDLE_BUSY, "RLock: cannot be destroyed while owned");
	heddle_rlock_release(&lock);
	RULE(heddle_thread_state(&task.thread) == HEDDLE_THREAD_BLOCKED,
	     "RLock.acquire: blocks until the recursion level is zero");
	heddle_rlock_release(&lock);
	RULE(task_end(&task) == 0, "RLock.acquire: then grabs ownership");
	RULE(elsewhere(acquire, &lock) == 0, "RLock: a thread may end while it owns one");
	RULE(heddle_rlock_try_acquire(&lock) == HEDDLE_BUSY, "RLock: then it stays locked");
}

static void destroyed(void)
{
	struct heddle_rlock lock = HEDDLE_RLOCK_INIT(NULL);

	RULE(heddle_rlock_destroy(&lock) == 0, "RLock: can be destroyed while unlocked");
	RULE(heddle_rlock_destroy(&lock) == HEDDLE_INVALID, "RLock: is destroyed once");
	RULE(heddle_rlock_acquire(&lock) == HEDDLE_INVALID,
	     "RLock.acquire: of a destroyed one is an error");
	RULE(heddle_rlock_try_acquire(&lock) == HEDDLE_INVALID,
	     "RLock.acquire(blocking=False): of a destroyed one is an error");
	RULE(heddle_rlock_release(&lock) == HEDDLE_INVALID,
	     "RLock.release: of a destroyed one is an error");
}

void suite_rlock(void)
{
	levels();
	limits();
	blocking();
	destroyed();
}
