/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock with an owner; depth, of acquisitions beyond the first, is the owner's alone. */
#include "native/rlock.h"

#include "native/hold.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

/*
 * Numbers of threads, not those of the kernel: the child of a fork goes on with its parent's, and so
 * owns what the forking thread owned.
 */
static uint32_t last_number;
static __thread uint32_t own_number __attribute__((tls_model("initial-exec")));

static uint32_t self(void)
{
	while (own_number == HOLD_FREE || own_number == HOLD_DESTROYED)
		own_number = (word_add(&last_number, 1) + 1) & ~HOLD_WAITED_FOR;
	return own_number;
}

static struct tell_object told_of(struct heddle_rlock *lock)
{
	return (struct tell_object){ .type = EVENT_lock_init,
				     .kind = NATIVE_RLOCK,
				     .object = lock,
				     .told = &lock->told,
				     .name = lock->name,
				     .value = MUTEX_RECURSIVE };
}

int rlock_used(struct heddle_rlock *lock, struct native_site at)
{
	if (!tell_is_on())
		return 0;
	if (word_load(&lock->word) == HOLD_DESTROYED)
		return tell_refused(lock, HEDDLE_INVALID, at);
	if (word_load(&lock->told))
		return 0;
	struct tell_object told = told_of(lock);
	tell_used(&told, at);
	return 0;
}

void rlock_made(struct heddle_rlock *lock, struct native_site at)
{
	struct tell_object told = told_of(lock);

	tell_made(&told, at);
}

int heddle_rlock_init(struct heddle_rlock *lock, const char *name)
{
	watch_new(lock, sizeof(*lock));
	*lock = (struct heddle_rlock)HEDDLE_RLOCK_INIT(name);
	rlock_made(lock, HERE);
	return 0;
}

int rlock_destroy(struct heddle_rlock *lock, struct native_site at)
{
	if (word_load(&lock->word) == HOLD_DESTROYED)
		return tell_refused(lock, HEDDLE_INVALID, at);
	(void)rlock_used(lock, at);
	tell(EVENT_lock_destroy, lock, at);
	if (word_load(&lock->waiters) || !word_change(&lock->word, HOLD_FREE, HOLD_DESTROYED))
		return tell_kept(lock, HEDDLE_BUSY, at);
	watch_new(lock, sizeof(*lock));
	return 0;
}

int heddle_rlock_destroy(struct heddle_rlock *lock)
{
	return rlock_destroy(lock, HERE);
}

static struct hold hold_of(struct heddle_rlock *lock)
{
	return (struct hold){ lock, &lock->word, &lock->waiters, self() };
}

/* Without waiting: 0, HEDDLE_TOO_MANY, or HEDDLE_BUSY. */
static inline int take(struct heddle_rlock *lock)
{
	if (word_change(&lock->word, HOLD_FREE, self())) {
		watch_acquired(lock);
		return 0;
	}
	if (hold_owner(&lock->word) != self())
		return HEDDLE_BUSY;
	if (lock->depth >= UINT32_MAX - 1)
		return HEDDLE_TOO_MANY;
	lock->depth++;
	return 0;
}

int rlock_acquire(struct heddle_rlock *lock, const struct timespec *deadline, struct native_site at)
{
	int error = rlock_used(lock, at);

	if (error)
		return error;
	error = take(lock);
	if (error == HEDDLE_BUSY) {
		struct hold hold = hold_of(lock);

		return hold_wait_told(&hold, deadline, at);
	}
	tell_result(deadline ? EVENT_lock_tryacquire : EVENT_lock_acquire, lock, error, at);
	return error;
}

int heddle_rlock_acquire(struct heddle_rlock *lock)
{
	if (__builtin_expect(!watch_is_on, 1) && word_change_alone(&lock->word, HOLD_FREE, self()))
		return 0;
	return rlock_acquire(lock, NULL, HERE);
}

int heddle_rlock_acquire_within(struct heddle_rlock *lock, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return rlock_acquire(lock, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_rlock_acquire_until(struct heddle_rlock *lock, const struct timespec *deadline)
{
	return limit_is_deadline(deadline) ? rlock_acquire(lock, deadline, HERE) : HEDDLE_INVALID;
}

int rlock_try_acquire(struct heddle_rlock *lock, struct native_site at)
{
	int error = rlock_used(lock, at);

	if (error)
		return error;
	error = take(lock);
	if (error == HEDDLE_BUSY && hold_owner(&lock->word) == HOLD_DESTROYED)
		error = HEDDLE_INVALID;
	tell_result(EVENT_lock_tryacquire, lock, error, at);
	return error;
}

int heddle_rlock_try_acquire(struct heddle_rlock *lock)
{
	return rlock_try_acquire(lock, HERE);
}

/* The lock is ours, and depth 0. */
static void let_go(struct heddle_rlock *lock)
{
	watch_released(lock);
	if (word_swap(&lock->word, HOLD_FREE) & HOLD_WAITED_FOR)
		word_wake(&lock->word, 1);
}

static int release(struct heddle_rlock *lock)
{
	uint32_t owner = hold_owner(&lock->word);

	if (owner == HOLD_DESTROYED)
		return HEDDLE_INVALID;
	if (owner != self())
		return HEDDLE_NOT_HELD;
	if (lock->depth > 0)
		lock->depth--;
	else
		let_go(lock);
	return 0;
}

int rlock_release(struct heddle_rlock *lock, struct native_site at)
{
	int error = rlock_used(lock, at);

	if (error)
		return error;
	tell(EVENT_lock_release, lock, at);
	error = release(lock);
	if (error)
		tell_result(EVENT_lock_release_failed, lock, error, at);
	return error;
}

int heddle_rlock_release(struct heddle_rlock *lock)
{
	if (__builtin_expect(!watch_is_on, 1) && lock->depth == 0 &&
	    word_change_alone(&lock->word, self(), HOLD_FREE))
		return 0;
	return rlock_release(lock, HERE);
}

bool heddle_rlock_owned(const struct heddle_rlock *lock)
{
	return hold_owner(&lock->word) == self();
}

uint32_t rlock_let_go(struct heddle_rlock *lock)
{
	uint32_t depth = lock->depth;

	lock->depth = 0;
	let_go(lock);
	return depth;
}

int rlock_take_again(struct heddle_rlock *lock, uint32_t depth)
{
	struct hold hold = hold_of(lock);
	int error = take(lock);

	if (error == HEDDLE_BUSY)
		error = hold_wait(&hold, NULL);
	if (!error)
		lock->depth = depth;
	return error;
}
