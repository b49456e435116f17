/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plain lock: one word. Who waits has set it to WAITED_FOR before, and takes it as such, because
 * others may still wait; so a release wakes somebody where anybody may wait.
 */
#include "native/lock.h"

#include "native/blocked.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

enum { FREE, HELD, WAITED_FOR, DESTROYED };

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
	if (word_load(&lock->word) == DESTROYED)
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
	if (word_load(&lock->word) == DESTROYED)
		return tell_refused(lock, HEDDLE_INVALID, HERE);
	(void)lock_used(lock, HERE);
	tell(EVENT_lock_destroy, lock, HERE);
	if (word_load(&lock->waiters) || !word_change(&lock->word, FREE, DESTROYED))
		return tell_kept(lock, HEDDLE_BUSY, HERE);
	watch_new(lock, sizeof(*lock));
	return 0;
}

/* The next state of a lock that a thread is about to wait for, or HELD where it has been taken. */
static uint32_t take_or_mark(struct heddle_lock *lock)
{
	for (;;) {
		uint32_t word = word_load(&lock->word);

		if (word == FREE && word_change(&lock->word, FREE, WAITED_FOR))
			return HELD;
		if (word == DESTROYED || word == WAITED_FOR)
			return word;
		if (word == HELD && word_change(&lock->word, HELD, WAITED_FOR))
			return WAITED_FOR;
	}
}

static int wait_for(struct heddle_lock *lock, const struct timespec *deadline)
{
	int error = 0;

	while (!error) {
		uint32_t word = take_or_mark(lock);

		if (word == HELD)
			return 0;
		if (word == DESTROYED)
			return HEDDLE_INVALID;
		error = word_wait(&lock->word, WAITED_FOR, deadline);
	}
	return error;
}

/* How others get it: not told. */
static int acquire_slowly(struct heddle_lock *lock, const struct timespec *deadline)
{
	int error;

	blocked_begin();
	word_add(&lock->waiters, 1);
	error = wait_for(lock, deadline);
	word_add(&lock->waiters, (uint32_t)-1);
	blocked_end();
	if (!error)
		watch_acquired(lock);
	return error;
}

static inline bool is_taken(struct heddle_lock *lock)
{
	if (!word_change(&lock->word, FREE, HELD))
		return false;
	watch_acquired(lock);
	return true;
}

static int acquire_waiting(struct heddle_lock *lock, const struct timespec *deadline,
			   struct native_site at)
{
	struct native_wait wait;

	tell_wait_begin(&wait, deadline ? EVENT_lock_timedacquire_begin : EVENT_lock_acquire_begin,
			lock, NULL, at);
	int error = acquire_slowly(lock, deadline);
	tell_wait_end(&wait, EVENT_lock_acquire_end, lock, NULL, error);
	return error;
}

/* One with a time limit would not have waited for ever: where it need not wait it is an attempt. */
int lock_acquire(struct heddle_lock *lock, const struct timespec *deadline, struct native_site at)
{
	int error = lock_used(lock, at);

	if (error)
		return error;
	if (!is_taken(lock))
		return acquire_waiting(lock, deadline, at);
	tell(deadline ? EVENT_lock_tryacquire : EVENT_lock_acquire, lock, at);
	return 0;
}

int lock_take_again(struct heddle_lock *lock)
{
	return is_taken(lock) ? 0 : acquire_slowly(lock, NULL);
}

/* The usual way, where nobody looks on. */
static inline bool is_taken_quickly(struct heddle_lock *lock)
{
	return __builtin_expect(!watch_is_on, 1) && word_change_alone(&lock->word, FREE, HELD);
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
		error = word_load(&lock->word) == DESTROYED ? HEDDLE_INVALID : HEDDLE_BUSY;
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

		if (word == FREE)
			return HEDDLE_NOT_HELD;
		if (word == DESTROYED)
			return HEDDLE_INVALID;
		if (!word_change(&lock->word, word, FREE))
			continue;
		if (word == WAITED_FOR)
			word_wake(&lock->word, 1);
		return 0;
	}
}

int lock_let_go(struct heddle_lock *lock)
{
	/* It may be another thread that acquired it. */
	watch_posted(lock);
	return word_change(&lock->word, HELD, FREE) ? 0 : release_slowly(lock);
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
	if (__builtin_expect(!watch_is_on, 1) && word_change_alone(&lock->word, HELD, FREE))
		return 0;
	return lock_release(lock, HERE);
}

bool heddle_lock_locked(const struct heddle_lock *lock)
{
	uint32_t word = word_load(&lock->word);

	return word == HELD || word == WAITED_FOR;
}
