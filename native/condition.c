/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions: a list of waiters in the order of their coming, each with a word of its own on its
 * stack. The underlying lock guards the list and, until it is notified, the waiter. A waiter returns
 * with the lock held, so the notifier, who holds it too, never writes to a stack that is left.
 */
#include <heddle/condition.h>

#include "native/blocked.h"
#include "native/limit.h"
#include "native/rlock.h"
#include "native/watch.h"
#include "native/word.h"

struct heddle_condition_waiter {
	struct heddle_condition_waiter *previous, *next;
	uint32_t is_notified;
};

int heddle_condition_init(struct heddle_condition *condition, const char *name)
{
	watch_new(condition, sizeof(*condition));
	*condition = (struct heddle_condition)HEDDLE_CONDITION_INIT(name);
	return 0;
}

int heddle_condition_init_lock(struct heddle_condition *condition, struct heddle_lock *lock,
			       const char *name)
{
	if (!lock)
		return HEDDLE_INVALID;
	watch_new(condition, sizeof(*condition));
	*condition = (struct heddle_condition)HEDDLE_CONDITION_INIT_LOCK(lock, name);
	return 0;
}

int heddle_condition_init_rlock(struct heddle_condition *condition, struct heddle_rlock *lock,
				const char *name)
{
	if (!lock)
		return HEDDLE_INVALID;
	watch_new(condition, sizeof(*condition));
	*condition = (struct heddle_condition)HEDDLE_CONDITION_INIT_RLOCK(lock, name);
	return 0;
}

static bool has_own(const struct heddle_condition *condition)
{
	return !condition->lock && !condition->rlock;
}

static struct heddle_rlock *rlock_of(struct heddle_condition *condition)
{
	return condition->rlock ? condition->rlock : &condition->own;
}

int heddle_condition_destroy(struct heddle_condition *condition)
{
	if (word_load(&condition->is_destroyed))
		return HEDDLE_INVALID;
	if (__atomic_load_n(&condition->first, __ATOMIC_SEQ_CST))
		return HEDDLE_BUSY;
	if (has_own(condition) && heddle_rlock_destroy(&condition->own) == HEDDLE_BUSY)
		return HEDDLE_BUSY;
	word_swap(&condition->is_destroyed, 1);
	watch_new(condition, sizeof(*condition));
	return 0;
}

int heddle_condition_acquire(struct heddle_condition *condition)
{
	if (condition->lock)
		return heddle_lock_acquire(condition->lock);
	return heddle_rlock_acquire(rlock_of(condition));
}

int heddle_condition_acquire_within(struct heddle_condition *condition, int64_t timeout_ns)
{
	if (condition->lock)
		return heddle_lock_acquire_within(condition->lock, timeout_ns);
	return heddle_rlock_acquire_within(rlock_of(condition), timeout_ns);
}

int heddle_condition_try_acquire(struct heddle_condition *condition)
{
	if (condition->lock)
		return heddle_lock_try_acquire(condition->lock);
	return heddle_rlock_try_acquire(rlock_of(condition));
}

int heddle_condition_release(struct heddle_condition *condition)
{
	if (condition->lock)
		return heddle_lock_release(condition->lock);
	return heddle_rlock_release(rlock_of(condition));
}

static int check(struct heddle_condition *condition)
{
	bool is_held = condition->lock ? heddle_lock_locked(condition->lock)
				       : heddle_rlock_owned(rlock_of(condition));

	if (word_load(&condition->is_destroyed))
		return HEDDLE_INVALID;
	return is_held ? 0 : HEDDLE_NOT_HELD;
}

static void append(struct heddle_condition *condition, struct heddle_condition_waiter *waiter)
{
	*waiter = (struct heddle_condition_waiter){ .previous = condition->last };
	if (condition->last)
		condition->last->next = waiter;
	else
		condition->first = waiter;
	condition->last = waiter;
}

static void take_out(struct heddle_condition *condition, struct heddle_condition_waiter *waiter)
{
	if (waiter->previous)
		waiter->previous->next = waiter->next;
	else
		condition->first = waiter->next;
	if (waiter->next)
		waiter->next->previous = waiter->previous;
	else
		condition->last = waiter->previous;
}

static uint32_t release_all(struct heddle_condition *condition)
{
	if (!condition->lock)
		return rlock_release_all(rlock_of(condition));
	heddle_lock_release(condition->lock);
	return 0;
}

static int restore(struct heddle_condition *condition, uint32_t depth)
{
	if (condition->lock)
		return heddle_lock_acquire(condition->lock);
	return rlock_restore(rlock_of(condition), depth);
}

static void sleep_until_notified(struct heddle_condition_waiter *waiter,
				 const struct timespec *deadline)
{
	int error = 0;

	blocked_begin();
	while (!error && !word_load(&waiter->is_notified))
		error = word_wait(&waiter->is_notified, 0, deadline);
	blocked_end();
}

/* The lock is held. */
static int wait_notified(struct heddle_condition *condition, const struct timespec *deadline)
{
	struct heddle_condition_waiter waiter;
	int error;

	append(condition, &waiter);
	uint32_t depth = release_all(condition);
	sleep_until_notified(&waiter, deadline);
	error = restore(condition, depth);
	if (word_load(&waiter.is_notified))
		return error;
	take_out(condition, &waiter);
	return error ? error : HEDDLE_TIMED_OUT;
}

int heddle_condition_wait(struct heddle_condition *condition)
{
	int error = check(condition);

	return error ? error : wait_notified(condition, NULL);
}

int heddle_condition_wait_within(struct heddle_condition *condition, int64_t timeout_ns)
{
	struct timespec deadline;
	int error = limit_is_ns(timeout_ns) ? check(condition) : HEDDLE_INVALID;

	return error ? error : wait_notified(condition, limit_after(&deadline, timeout_ns));
}

int heddle_condition_wait_until(struct heddle_condition *condition, const struct timespec *deadline)
{
	int error = limit_is_deadline(deadline) ? check(condition) : HEDDLE_INVALID;

	return error ? error : wait_notified(condition, deadline);
}

static int wait_for(struct heddle_condition *condition, heddle_predicate *predicate, void *argument,
		    const struct timespec *deadline)
{
	int error = 0;

	while (!predicate(argument)) {
		if (error)
			return error;
		error = wait_notified(condition, deadline);
		/* The lock is not held then. */
		if (error && error != HEDDLE_TIMED_OUT)
			return error;
	}
	return 0;
}

int heddle_condition_wait_for(struct heddle_condition *condition, heddle_predicate *predicate,
			      void *argument)
{
	int error = check(condition);

	return error ? error : wait_for(condition, predicate, argument, NULL);
}

int heddle_condition_wait_for_within(struct heddle_condition *condition,
				     heddle_predicate *predicate, void *argument,
				     int64_t timeout_ns)
{
	struct timespec deadline;
	int error = limit_is_ns(timeout_ns) ? check(condition) : HEDDLE_INVALID;

	if (error)
		return error;
	return wait_for(condition, predicate, argument, limit_after(&deadline, timeout_ns));
}

int heddle_condition_wait_for_until(struct heddle_condition *condition, heddle_predicate *predicate,
				    void *argument, const struct timespec *deadline)
{
	int error = limit_is_deadline(deadline) ? check(condition) : HEDDLE_INVALID;

	return error ? error : wait_for(condition, predicate, argument, deadline);
}

static void notify(struct heddle_condition *condition)
{
	struct heddle_condition_waiter *waiter = condition->first;

	take_out(condition, waiter);
	word_swap(&waiter->is_notified, 1);
	word_wake(&waiter->is_notified, 1);
}

int heddle_condition_notify(struct heddle_condition *condition, unsigned count)
{
	int error = check(condition);

	if (error)
		return error;
	for (unsigned i = 0; i < count && condition->first; i++)
		notify(condition);
	return 0;
}

int heddle_condition_notify_all(struct heddle_condition *condition)
{
	return heddle_condition_notify(condition, UINT32_MAX);
}
