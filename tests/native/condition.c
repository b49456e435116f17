/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Condition. */
#include "tests/native/rules.h"

/* A condition with what it is about. */
struct place {
	struct heddle_condition condition;
	int asked, waiting, items;
};

static int wait_here(void *context)
{
	struct place *place = context;
	int error = heddle_condition_acquire(&place->condition);

	if (error)
		return error;
	place->waiting++;
	error = heddle_condition_wait(&place->condition);
	place->waiting--;
	return error ? error : heddle_condition_release(&place->condition);
}

static bool has_item(void *context)
{
	struct place *place = context;

	place->asked++;
	return place->items > 0;
}

static int take_item(void *context)
{
	struct place *place = context;
	int error = heddle_condition_acquire(&place->condition);

	error = heddle_condition_wait_for(&place->condition, has_item, place);
	if (!error)
		place->items--;
	heddle_condition_release(&place->condition);
	return error;
}

/* Until count threads wait, which then is so as long as the lock is held. */
static void until_waiting(struct place *place, int count)
{
	for (;;) {
		heddle_condition_acquire(&place->condition);
		if (place->waiting == count)
			return;
		heddle_condition_release(&place->condition);
	}
}

static void not_held(void)
{
	struct heddle_condition condition = HEDDLE_CONDITION_INIT("static");

	RULE(heddle_condition_wait(&condition) == HEDDLE_NOT_HELD,
	     "Condition.wait: without the lock is an error");
	RULE(heddle_condition_wait_within(&condition, 0) == HEDDLE_NOT_HELD,
	     "Condition.wait(timeout): without the lock is an error");
	RULE(heddle_condition_notify(&condition, 1) == HEDDLE_NOT_HELD,
	     "Condition.notify: without the lock is an error");
	RULE(heddle_condition_notify_all(&condition) == HEDDLE_NOT_HELD,
	     "Condition.notify_all: without the lock is an error");
	RULE(heddle_condition_wait_for(&condition, has_item, NULL) == HEDDLE_NOT_HELD,
	     "Condition.wait_for: without the lock is an error");
	RULE(heddle_condition_release(&condition) == HEDDLE_NOT_HELD,
	     "Condition.release: without the lock is an error");
	RULE(heddle_condition_acquire(&condition) == 0, "Condition.acquire: acquires the lock");
	RULE(heddle_condition_acquire(&condition) == 0,
	     "Condition(): without a lock it has an RLock of its own");
	RULE(heddle_condition_notify(&condition, 1) == 0,
	     "Condition.notify: where no thread waits does nothing");
	RULE(heddle_condition_wait_within(&condition, HEDDLE_MS(1)) == HEDDLE_TIMED_OUT,
	     "Condition.notify: and nothing is kept for who waits later");
	heddle_condition_release(&condition);
	RULE(heddle_condition_release(&condition) == 0,
	     "Condition.wait: the recursion level is restored");
	RULE(heddle_condition_release(&condition) == HEDDLE_NOT_HELD,
	     "Condition.wait: and not more than that");
}

static void given_lock(void)
{
	struct heddle_lock lock = HEDDLE_LOCK_INIT("given");
	struct heddle_rlock rlock = HEDDLE_RLOCK_INIT("given");
	struct heddle_condition condition, other;

	RULE(heddle_condition_init_lock(&condition, NULL, NULL) == HEDDLE_INVALID,
	     "Condition(lock): no lock is an error");
	heddle_condition_init_lock(&condition, &lock, "over a lock");
	heddle_condition_init_rlock(&other, &rlock, "over an rlock");
	heddle_condition_acquire(&condition);
	RULE(heddle_lock_locked(&lock), "Condition(lock): the given Lock is the underlying one");
	heddle_condition_acquire(&other);
	RULE(heddle_rlock_owned(&rlock), "Condition(lock): the given RLock is the underlying one");
	heddle_condition_release(&other);
	RULE(heddle_condition_wait_within(&condition, HEDDLE_MS(1)) == HEDDLE_TIMED_OUT,
	     "Condition.wait(timeout): false when the timeout has elapsed");
	RULE(heddle_lock_locked(&lock), "Condition.wait(timeout): the lock is held again then");
	RULE(heddle_condition_destroy(&condition) == 0,
	     "Condition(lock): can be destroyed while the given lock is held");
	RULE(heddle_condition_wait(&condition) == HEDDLE_INVALID,
	     "Condition.wait: of a destroyed one is an error");
	RULE(heddle_condition_destroy(&condition) == HEDDLE_INVALID,
	     "Condition: is destroyed once");
	heddle_lock_release(&lock);
	heddle_condition_init(&other, NULL);
	heddle_condition_acquire(&other);
	RULE(heddle_condition_destroy(&other) == HEDDLE_BUSY,
	     "Condition: cannot be destroyed while its own lock is held");
	heddle_condition_release(&other);
	RULE(heddle_condition_try_acquire(&other) == 0 && heddle_condition_release(&other) == 0,
	     "Condition.acquire(blocking=False): as of the lock");
	RULE(heddle_condition_acquire_within(&other, HEDDLE_MS(1)) == 0,
	     "Condition.acquire(timeout): as of the lock");
	heddle_condition_release(&other);
}

static void shared_lock(void)
{
	struct heddle_lock lock = HEDDLE_LOCK_INIT(NULL);
	struct place first = { .condition = HEDDLE_CONDITION_INIT_LOCK(&lock, "first") };
	struct place second = { .condition = HEDDLE_CONDITION_INIT_LOCK(&lock, "second") };
	struct task a, b;

	task_start(&a, wait_here, &first);
	task_start(&b, wait_here, &second);
	until_waiting(&first, 1);
	heddle_condition_release(&first.condition);
	until_waiting(&second, 1);
	RULE(heddle_condition_notify_all(&second.condition) == 0,
	     "Condition(lock): several may share a lock");
	heddle_condition_release(&second.condition);
	RULE(task_end(&b) == 0, "Condition.notify_all: wakes those of its condition");
	RULE(heddle_thread_is_alive(&a.thread), "Condition.notify_all: and of no other one");
	RULE(heddle_condition_destroy(&first.condition) == HEDDLE_BUSY,
	     "Condition: cannot be destroyed while waited for");
	heddle_condition_acquire(&first.condition);
	heddle_condition_notify(&first.condition, 1);
	heddle_condition_release(&first.condition);
	task_end(&a);
}

/* How many of tasks, in their order, are over. */
static int count_over(struct task *tasks, int count)
{
	int over = 0;

	for (int i = 0; i < count; i++)
		over += !heddle_thread_is_alive(&tasks[i].thread);
	return over;
}

static void notify(void)
{
	struct place place = { .condition = HEDDLE_CONDITION_INIT("place") };
	struct task tasks[5];

	for (int i = 0; i < 5; i++) {
		task_start(&tasks[i], wait_here, &place);
		until_waiting(&place, i + 1);
		heddle_condition_release(&place.condition);
	}
	heddle_condition_acquire(&place.condition);
	RULE(heddle_condition_notify(&place.condition, 1) == 0,
	     "Condition.notify: wakes one thread that waits");
	RULE(count_over(tasks, 5) == 0,
	     "Condition.notify: a woken thread does not return before the lock is released");
	heddle_condition_release(&place.condition);
	RULE(task_end(&tasks[0]) == 0, "Condition.notify: the one that has waited longest");
	until_waiting(&place, 4);
	RULE(count_over(tasks + 1, 4) == 0, "Condition.notify: and no other");
	heddle_condition_notify(&place.condition, 2);
	heddle_condition_release(&place.condition);
	RULE(task_end(&tasks[1]) == 0 && task_end(&tasks[2]) == 0,
	     "Condition.notify(n): wakes n threads");
	until_waiting(&place, 2);
	RULE(count_over(tasks + 3, 2) == 0, "Condition.notify(n): and no more");
	RULE(heddle_condition_notify(&place.condition, 0) == 0 && place.waiting == 2,
	     "Condition.notify(0): wakes none");
	RULE(heddle_condition_notify(&place.condition, 9) == 0,
	     "Condition.notify(n): where fewer wait, wakes those");
	heddle_condition_release(&place.condition);
	RULE(task_end(&tasks[3]) == 0 && task_end(&tasks[4]) == 0,
	     "Condition.notify(n): all of them");
	RULE(heddle_condition_destroy(&place.condition) == 0,
	     "Condition: can be destroyed when nobody waits any more");
}

static void notify_all(void)
{
	struct place place = { .condition = HEDDLE_CONDITION_INIT(NULL) };
	struct task tasks[4];

	for (int i = 0; i < 4; i++)
		task_start(&tasks[i], wait_here, &place);
	until_waiting(&place, 4);
	heddle_condition_notify_all(&place.condition);
	heddle_condition_release(&place.condition);
	int error = 0;
	for (int i = 0; i < 4; i++)
		error |= task_end(&tasks[i]);
	RULE(error == 0, "Condition.notify_all: wakes all who wait");
}

static int wait_deep(void *context)
{
	struct place *place = context;

	heddle_condition_acquire(&place->condition);
	heddle_condition_acquire(&place->condition);
	heddle_condition_acquire(&place->condition);
	int error = wait_here(place);
	for (int i = 0; i < 3; i++)
		error |= heddle_condition_release(&place->condition);
	return error ? error : heddle_condition_release(&place->condition);
}

static void recursion(void)
{
	struct place place = { .condition = HEDDLE_CONDITION_INIT(NULL) };
	struct task task;

	task_start(&task, wait_deep, &place);
	until_waiting(&place, 1);
	RULE(place.waiting == 1, "Condition.wait: releases an RLock acquired several times wholly");
	heddle_condition_notify(&place.condition, 1);
	heddle_condition_release(&place.condition);
	RULE(task_end(&task) == HEDDLE_NOT_HELD,
	     "Condition.wait: acquires it again as deep as it was, and no deeper");
}

static void wait_for(void)
{
	struct place place = { .condition = HEDDLE_CONDITION_INIT(NULL), .items = 1 };
	struct timespec wrong = { .tv_nsec = -1 }, soon = heddle_deadline(HEDDLE_MS(3));
	struct task task;

	heddle_condition_acquire(&place.condition);
	RULE(heddle_condition_wait_for(&place.condition, has_item, &place) == 0 && place.asked == 1,
	     "Condition.wait_for: returns at once where the predicate is true");
	place.items = 0;
	place.asked = 0;
	RULE(heddle_condition_wait_for_within(&place.condition, has_item, &place, HEDDLE_MS(3)) ==
		     HEDDLE_TIMED_OUT,
	     "Condition.wait_for(timeout): false when the timeout has elapsed");
	RULE(place.asked == 2,
	     "Condition.wait_for(timeout): the last value of the predicate is what counts");
	RULE(heddle_condition_wait_for_within(&place.condition, has_item, &place, 0) ==
		     HEDDLE_TIMED_OUT,
	     "Condition.wait_for(timeout=0): does not block");
	RULE(heddle_condition_wait_for_until(&place.condition, has_item, &place, &wrong) ==
		     HEDDLE_INVALID,
	     "Condition.wait_for(timeout): a time that is none is an error");
	RULE(heddle_condition_wait_for_until(&place.condition, has_item, &place, &soon) ==
		     HEDDLE_TIMED_OUT,
	     "Condition.wait_for(timeout): a deadline is waited for");
	RULE(heddle_condition_wait_until(&place.condition, &soon) == HEDDLE_TIMED_OUT,
	     "Condition.wait(timeout): a deadline that is over does not block");
	heddle_condition_release(&place.condition);
	place.asked = 0;
	task_start(&task, take_item, &place);
	task_until_blocked(&task);
	heddle_condition_acquire(&place.condition);
	heddle_condition_notify(&place.condition, 1);
	heddle_condition_release(&place.condition);
	for (int asked = 0; asked < 2; heddle_condition_release(&place.condition)) {
		heddle_condition_acquire(&place.condition);
		asked = place.asked;
	}
	RULE(heddle_thread_is_alive(&task.thread),
	     "Condition.wait_for: waits on where the predicate is still false");
	heddle_condition_acquire(&place.condition);
	place.items = 1;
	heddle_condition_notify(&place.condition, 1);
	heddle_condition_release(&place.condition);
	RULE(task_end(&task) == 0 && place.items == 0,
	     "Condition.wait_for: returns when it becomes true");
}

void suite_condition(void)
{
	not_held();
	given_lock();
	shared_lock();
	notify();
	notify_all();
	recursion();
	wait_for();
}
