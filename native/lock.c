/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain lock: one word. Whoever holds it has the same number, as any thread may release it. */
#include "native/lock.h"

#include "native/hold.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

#define HELD 1U

static struct tell_object told_of(struct heddle_lock *lock)
{
	return (struct tell_object){ .type = EVENT_lock_init,
				     .kind = NATIVE_LOCK,
				     .object = lock,
				     .told = &lock->told,
				     .name = lock->name,
				     .value = MUTEX_NORMAL };
}

int lock_used(struct heddle_lock *lock, struct native_site at)
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

int heddle_lock_init(struct heddle_lock *lock, const char *name)
{
	watch_new(lock, sizeof(*lock));
	*lock = (struct heddle_lock)HEDDLE_LOCK_INIT(name);
	struct tell_object told = told_of(lock);
	tell_made(&told, HERE);
	return 0;
}

int heddle_lock_destroy(struct heddle_lock *lock)
{
	if (word_load(&lock->word) == HOLD_DESTROYED)
		return tell_refused(lock, HEDDLE_INVALID, HERE);
	(void)lock_used(lock, HERE);
	tell(EVENT_lock_destroy, lock, HERE);
	if (word_load(&lock->waiters) || !word_change(&lock->word, HOLD_FREE, HOLD_DESTROYED))
		return tell_kept(lock, HEDDLE_BUSY, HERE);
	watch_new(lock, sizeof(*lock));
	return 0;
}

static struct hold hold_of(struct heddle_lock *lock)
{
	return (struct hold){ lock, &lock->word, &lock->waiters, HELD };
}

static inline bool is_taken(struct heddle_lock *lock)
{
	if (!word_change(&lock->word, HOLD_FREE, HELD))
		return false;
	watch_acquired(lock);
	return true;
}

/* One with a time limit would not have waited for ever: where it need not wait it is an attempt. */
int lock_acquire(struct heddle_lock *lock, const struct timespec *deadline, struct native_site at)
{
	int error = lock_used(lock, at);

	if (error)
		return error;
	if (!is_taken(lock)) {
		struct hold hold = hold_of(lock);

		return hold_wait_told(&hold, deadline, at);
	}
	tell(deadline ? EVENT_lock_tryacquire : EVENT_lock_acquire, lock, at);
	return 0;
}

int lock_take_again(struct heddle_lock *lock)
{
	struct hold hold = hold_of(lock);

	return is_taken(lock) ? 0 : hold_wait(&hold, NULL);
}

/* The usual way, where nobody looks on. */
static inline bool is_taken_quickly(struct heddle_lock *lock)
{
	return __builtin_expect(!watch_is_on, 1) && word_change_alone(&lock->word, HOLD_FREE, HELD);
}

int heddle_lock_acquire(struct heddle_lock *lock)
{
	return is_taken_quickly(lock) ? 0 : lock_acquire(lock, NULL, HERE);
}

int heddle_lock_acquire_within(struct heddle_lock *lock, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	if (is_taken_quickly(lock))
		return 0;
	return lock_acquire(lock, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_lock_acquire_until(struct heddle_lock *lock, const struct timespec *deadline)
{
	if (!limit_is_deadline(deadline))
		return HEDDLE_INVALID;
	return is_taken_quickly(lock) ? 0 : lock_acquire(lock, deadline, HERE);
}

int lock_try_acquire(struct heddle_lock *lock, struct native_site at)
{
	int error = lock_used(lock, at);

	if (error)
		return error;
	if (!is_taken(lock))
		error = word_load(&lock->word) == HOLD_DESTROYED ? HEDDLE_INVALID : HEDDLE_BUSY;
	tell_result(EVENT_lock_tryacquire, lock, error, at);
	return error;
}

int heddle_lock_try_acquire(struct heddle_lock *lock)
{
	return lock_try_acquire(lock, HERE);
}

static int release_slowly(struct heddle_lock *lock)
{
	for (;;) {
		uint32_t word = word_load(&lock->word);

		if (word == HOLD_FREE)
			return HEDDLE_NOT_HELD;
		if (word == HOLD_DESTROYED)
			return HEDDLE_INVALID;
		if (!word_change(&lock->word, word, HOLD_FREE))
			continue;
		if (word & HOLD_WAITED_FOR)
			word_wake(&lock->word, 1);
		return 0;
	}
}

int lock_let_go(struct heddle_lock *lock)
{
	/* It may be another thread that acquired it. */
	watch_posted(lock);
	return word_change(&lock->word, HELD, HOLD_FREE) ? 0 : release_slowly(lock);
}

int lock_release(struct heddle_lock *lock, struct native_site at)
{
	int error = lock_used(lock, at);

	if (error)
		return error;
	tell(EVENT_lock_release, lock, at);
	error = lock_let_go(lock);
	if (error)
		tell_result(EVENT_lock_release_failed, lock, error, at);
	return error;
}

int heddle_lock_release(struct heddle_lock *lock)
{
	if (__builtin_expect(!watch_is_on, 1) && word_change_alone(&lock->word, HELD, HOLD_FREE))
		return 0;
	return lock_release(lock, HERE);
}

bool heddle_lock_locked(const struct heddle_lock *lock)
{
	return hold_owner(&lock->word) == HELD;
}
