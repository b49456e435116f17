/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions: a list of waiters in the order of their coming, each with a word of its own on its
 * stack. The underlying lock guards the list and, until it is notified, the waiter. A waiter returns
 * with the lock held, so the notifier, who holds it too, never writes to a stack that is left.
 */
#include "native/condition.h"

#include "native/blocked.h"
#include "native/limit.h"
#include "native/lock.h"
#include "native/rlock.h"
#include "native/watch.h"
#include "native/word.h"

struct heddle_condition_waiter {
	struct heddle_condition_waiter *previous, *next;
	uint32_t is_notified;
};

static struct tell_object told_of(struct heddle_condition *condition)
{
	return (struct tell_object){ .type = EVENT_condition_init,
				     .kind = NATIVE_CONDITION,
				     .object = condition,
				     .told = &condition->told,
				     .name = condition->name };
}

static void init(struct heddle_condition *condition, const struct heddle_condition *fresh,
		 struct native_site at)
{
	watch_new(condition, sizeof(*condition));
	*condition = *fresh;
	struct tell_object told = told_of(condition);
	tell_made(&told, at);
}

int heddle_condition_init(struct heddle_condition *condition, const char *name)
{
	init(condition, &(struct heddle_condition)HEDDLE_CONDITION_INIT(name), HERE);
	rlock_made(&condition->own, HERE);
	return 0;
}

int heddle_condition_init_lock(struct heddle_condition *condition, struct heddle_lock *lock,
			       const char *name)
{
	if (!lock)
		return HEDDLE_INVALID;
	init(condition, &(struct heddle_condition)HEDDLE_CONDITION_INIT_LOCK(lock, name), HERE);
	return 0;
}

int heddle_condition_init_rlock(struct heddle_condition *condition, struct heddle_rlock *lock,
				const char *name)
{
	if (!lock)
		return HEDDLE_INVALID;
	init(condition, &(struct heddle_condition)HEDDLE_CONDITION_INIT_RLOCK(lock, name), HERE);
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

static const void *lock_of(struct heddle_condition *condition)
{
	return condition->lock ? (void *)condition->lock : (void *)rlock_of(condition);
}

/* Tell what it and its lock are, where nobody has. */
static void is_used(struct heddle_condition *condition, struct native_site at)
{
	if (!tell_is_on())
		return;
	if (condition->lock)
		(void)lock_used(condition->lock, at);
	else
		(void)rlock_used(rlock_of(condition), at);
	struct tell_object told = told_of(condition);
	tell_used(&told, at);
}

int heddle_condition_destroy(struct heddle_condition *condition)
{
	if (word_load(&condition->is_destroyed))
		return tell_refused(condition, HEDDLE_INVALID, HERE);
	is_used(condition, HERE);
	tell(EVENT_cond_destroy, condition, HERE);
	if (__atomic_load_n(&condition->first, __ATOMIC_SEQ_CST) ||
	    (has_own(condition) && rlock_destroy(&condition->own, HERE) == HEDDLE_BUSY))
		return tell_kept(condition, HEDDLE_BUSY, HERE);
	word_swap(&condition->is_destroyed, 1);
	watch_new(condition, sizeof(*condition));
	return 0;
}

static int acquire(struct heddle_condition *condition, const struct timespec *deadline,
		   struct native_site at)
{
	if (condition->lock)
		return lock_acquire(condition->lock, deadline, at);
	return rlock_acquire(rlock_of(condition), deadline, at);
}

int heddle_condition_acquire(struct heddle_condition *condition)
{
	return acquire(condition, NULL, HERE);
}

int heddle_condition_acquire_within(struct heddle_condition *condition, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return acquire(condition, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_condition_try_acquire(struct heddle_condition *condition)
{
	if (condition->lock)
		return lock_try_acquire(condition->lock, HERE);
	return rlock_try_acquire(rlock_of(condition), HERE);
}

int condition_release(struct heddle_condition *condition, struct native_site at)
{
	if (condition->lock)
		return lock_release(condition->lock, at);
	return rlock_release(rlock_of(condition), at);
}

int heddle_condition_release(struct heddle_condition *condition)
{
	return condition_release(condition, HERE);
}

/* May it be waited for and notified? */
static int check(struct heddle_condition *condition, struct native_site at)
{
	bool is_held = condition->lock ? heddle_lock_locked(condition->lock)
				       : heddle_rlock_owned(rlock_of(condition));

	is_used(condition, at);
	if (word_load(&condition->is_destroyed))
		return tell_refused(condition, HEDDLE_INVALID, at);
	return is_held ? 0 : tell_refused(condition, HEDDLE_NOT_HELD, at);
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

static uint32_t let_go(struct heddle_condition *condition)
{
	if (!condition->lock)
		return rlock_let_go(rlock_of(condition));
	lock_let_go(condition->lock);
	return 0;
}

static int take_again(struct heddle_condition *condition, uint32_t depth)
{
	if (condition->lock)
		return lock_take_again(condition->lock);
	return rlock_take_again(rlock_of(condition), depth);
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
	uint32_t depth = let_go(condition);
	sleep_until_notified(&waiter, deadline);
	error = take_again(condition, depth);
	if (word_load(&waiter.is_notified))
		return error;
	take_out(condition, &waiter);
	return error ? error : HEDDLE_TIMED_OUT;
}

static int wait_told(struct heddle_condition *condition, const struct timespec *deadline,
		     struct native_site at)
{
	struct native_wait wait;

	tell_wait_begin(&wait, deadline ? EVENT_cond_timedwait_begin : EVENT_cond_wait_begin,
			condition, lock_of(condition), at);
	int error = wait_notified(condition, deadline);
	tell_wait_end(&wait, EVENT_cond_wait_end, condition, lock_of(condition), error);
	return error;
}

int heddle_condition_wait(struct heddle_condition *condition)
{
	int error = check(condition, HERE);

	return error ? error : wait_told(condition, NULL, HERE);
}

int heddle_condition_wait_within(struct heddle_condition *condition, int64_t timeout_ns)
{
	struct timespec deadline;
	int error = limit_is_ns(timeout_ns) ? check(condition, HERE) : HEDDLE_INVALID;

	return error ? error : wait_told(condition, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_condition_wait_until(struct heddle_condition *condition, const struct timespec *deadline)
{
	int error = limit_is_deadline(deadline) ? check(condition, HERE) : HEDDLE_INVALID;

	return error ? error : wait_told(condition, deadline, HERE);
}

static int wait_for(struct heddle_condition *condition, heddle_predicate *predicate, void *argument,
		    const struct timespec *deadline, struct native_site at)
{
	int error = check(condition, at);

	if (error)
		return error;
	while (!predicate(argument)) {
		if (error)
			return error;
		error = wait_told(condition, deadline, at);
		/* The lock is not held then. */
		if (error && error != HEDDLE_TIMED_OUT)
			return error;
	}
	return 0;
}

int heddle_condition_wait_for(struct heddle_condition *condition, heddle_predicate *predicate,
			      void *argument)
{
	return wait_for(condition, predicate, argument, NULL, HERE);
}

int heddle_condition_wait_for_within(struct heddle_condition *condition,
				     heddle_predicate *predicate, void *argument,
				     int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return wait_for(condition, predicate, argument, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_condition_wait_for_until(struct heddle_condition *condition, heddle_predicate *predicate,
				    void *argument, const struct timespec *deadline)
{
	if (!limit_is_deadline(deadline))
		return HEDDLE_INVALID;
	return wait_for(condition, predicate, argument, deadline, HERE);
}

static void wake_first(struct heddle_condition *condition)
{
	struct heddle_condition_waiter *waiter = condition->first;

	take_out(condition, waiter);
	word_swap(&waiter->is_notified, 1);
	word_wake(&waiter->is_notified, 1);
}

static void wake(struct heddle_condition *condition, unsigned count)
{
	for (unsigned i = 0; i < count && condition->first; i++)
		wake_first(condition);
}

int heddle_condition_notify(struct heddle_condition *condition, unsigned count)
{
	int error = check(condition, HERE);

	if (error)
		return error;
	if (count == 1)
		tell(EVENT_cond_signal, condition, HERE);
	else
		tell_all(EVENT_condition_notify, condition, (void *)(uintptr_t)count, 0, NULL,
			 HERE);
	wake(condition, count);
	return 0;
}

int heddle_condition_notify_all(struct heddle_condition *condition)
{
	int error = check(condition, HERE);

	if (error)
		return error;
	tell(EVENT_cond_broadcast, condition, HERE);
	wake(condition, UINT32_MAX);
	return 0;
}
