/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plain lock: one word. Who waits has set it to WAITED_FOR before, and takes it as such, because
 * others may still wait; so a release wakes somebody where anybody may wait.
 */
#include <heddle/lock.h>

#include "native/blocked.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

enum { FREE, HELD, WAITED_FOR, DESTROYED };

int heddle_lock_init(struct heddle_lock *lock, const char *name)
{
	watch_new(lock, sizeof(*lock));
	*lock = (struct heddle_lock)HEDDLE_LOCK_INIT(name);
	return 0;
}

int heddle_lock_destroy(struct heddle_lock *lock)
{
	if (word_load(&lock->word) == DESTROYED)
		return HEDDLE_INVALID;
	if (word_load(&lock->waiters) || !word_change(&lock->word, FREE, DESTROYED))
		return HEDDLE_BUSY;
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

int heddle_lock_acquire(struct heddle_lock *lock)
{
	return is_taken(lock) ? 0 : acquire_slowly(lock, NULL);
}

int heddle_lock_acquire_within(struct heddle_lock *lock, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return is_taken(lock) ? 0 : acquire_slowly(lock, limit_after(&deadline, timeout_ns));
}

int heddle_lock_acquire_until(struct heddle_lock *lock, const struct timespec *deadline)
{
	if (!limit_is_deadline(deadline))
		return HEDDLE_INVALID;
	return is_taken(lock) ? 0 : acquire_slowly(lock, deadline);
}

int heddle_lock_try_acquire(struct heddle_lock *lock)
{
	if (is_taken(lock))
		return 0;
	return word_load(&lock->word) == DESTROYED ? HEDDLE_INVALID : HEDDLE_BUSY;
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

int heddle_lock_release(struct heddle_lock *lock)
{
	/* It may be another thread that acquired it. */
	watch_posted(lock);
	return word_change(&lock->word, HELD, FREE) ? 0 : release_slowly(lock);
}

bool heddle_lock_locked(const struct heddle_lock *lock)
{
	uint32_t word = word_load(&lock->word);

	return word == HELD || word == WAITED_FOR;
}
