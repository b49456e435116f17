/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A condition, over its own lock or a given one: Python's threading.Condition. Include <heddle.h>. */
#ifndef HEDDLE_CONDITION_H
#define HEDDLE_CONDITION_H

#include <heddle/base.h>
#include <heddle/lock.h>
#include <heddle/rlock.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heddle_condition_waiter;

struct heddle_condition {
	struct heddle_lock *lock; /* private, as all that follows */
	struct heddle_rlock *rlock;
	struct heddle_rlock own; /* where both are NULL */
	struct heddle_condition_waiter *first, *last;
	const char *name;
	uint32_t is_destroyed, told;
};

/* For static and automatic objects, instead of an init: with a lock of its own, or a given one. */
#define HEDDLE_CONDITION_INIT(name)                                                                \
	{                                                                                          \
		NULL, NULL, HEDDLE_RLOCK_INIT(NULL), NULL, NULL, (name), 0, 0                      \
	}
#define HEDDLE_CONDITION_INIT_LOCK(lock, name)                                                     \
	{                                                                                          \
		(lock), NULL, HEDDLE_RLOCK_INIT(NULL), NULL, NULL, (name), 0, 0                    \
	}
#define HEDDLE_CONDITION_INIT_RLOCK(rlock, name)                                                   \
	{                                                                                          \
		NULL, (rlock), HEDDLE_RLOCK_INIT(NULL), NULL, NULL, (name), 0, 0                   \
	}

/*
 * Python: Condition(), Condition(lock). Without a lock it has an rlock of its own. A given lock is not
 * owned: several conditions may share it, and it must live longer than they. One thread, before any
 * other uses it. 0, or HEDDLE_INVALID where the lock is NULL.
 */
int heddle_condition_init(struct heddle_condition *condition, const char *name);
int heddle_condition_init_lock(struct heddle_condition *condition, struct heddle_lock *lock,
			       const char *name);
int heddle_condition_init_rlock(struct heddle_condition *condition, struct heddle_rlock *lock,
				const char *name);

/* 0; HEDDLE_BUSY where a thread waits, or holds its own lock; HEDDLE_INVALID: destroyed before. */
int heddle_condition_destroy(struct heddle_condition *condition);

/* Python: acquire(), release(). The same as those of the underlying lock. */
int heddle_condition_acquire(struct heddle_condition *condition);
int heddle_condition_acquire_within(struct heddle_condition *condition, int64_t timeout_ns);
int heddle_condition_try_acquire(struct heddle_condition *condition);
int heddle_condition_release(struct heddle_condition *condition);

/*
 * Python: wait(). Releases the lock, an rlock wholly, waits until notified, and acquires the lock
 * again as deep as it was. The lock must be held: else HEDDLE_NOT_HELD (of a plain lock: where
 * nobody holds it). 0 after a notification, also of one that came when the time was over. There is no
 * wake-up without a notification, yet what was notified of may be over: wait in a loop, or wait_for.
 */
int heddle_condition_wait(struct heddle_condition *condition);

/* Python: wait(timeout), in ns. HEDDLE_TIMED_OUT, with the lock held again. */
int heddle_condition_wait_within(struct heddle_condition *condition, int64_t timeout_ns);
int heddle_condition_wait_until(struct heddle_condition *condition,
				const struct timespec *deadline);

/*
 * Python: wait_for(predicate). Waits until predicate(argument) is true, which is asked with the
 * lock held: first before any wait, and for the last time when the limit is over. 0 where it was
 * true, else an error as of wait.
 */
typedef bool heddle_predicate(void *argument);
int heddle_condition_wait_for(struct heddle_condition *condition, heddle_predicate *predicate,
			      void *argument);
int heddle_condition_wait_for_within(struct heddle_condition *condition,
				     heddle_predicate *predicate, void *argument,
				     int64_t timeout_ns);
int heddle_condition_wait_for_until(struct heddle_condition *condition, heddle_predicate *predicate,
				    void *argument, const struct timespec *deadline);

/*
 * Python: notify(n), notify_all(). Wakes the count threads that have waited longest, or all; where
 * fewer wait, those; where none waits, nothing is kept. They go on when the lock is released. The
 * lock must be held: else HEDDLE_NOT_HELD.
 */
int heddle_condition_notify(struct heddle_condition *condition, unsigned count);
int heddle_condition_notify_all(struct heddle_condition *condition);

#ifdef __cplusplus
}
#endif

#endif
