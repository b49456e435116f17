/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock with an owner: its word is the owner's number, with a bit where others may wait; depth,
 * of acquisitions beyond the first, is the owner's alone.
 */
#include "native/rlock.h"

#include "native/blocked.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

#define FREE 0U
#define WAITED_FOR 0x80000000U
#define DESTROYED 0x7fffffffU

/*
 * Numbers of threads, not those of the kernel: the child of a fork goes on with its parent's, and so
 * owns what the forking thread owned.
 */
static uint32_t last_number;
static __thread uint32_t own_number __attribute__((tls_model("initial-exec")));

static uint32_t self(void)
{
	while (own_number == FREE || own_number == DESTROYED)
		own_number = (word_add(&last_number, 1) + 1) & ~WAITED_FOR;
	return own_number;
}

static inline uint32_t owner_of(const struct heddle_rlock *lock)
{
	return word_load(&lock->word) & ~WAITED_FOR;
}

int heddle_rlock_init(struct heddle_rlock *lock, const char *name)
{
	watch_new(lock, sizeof(*lock));
	*lock = (struct heddle_rlock)HEDDLE_RLOCK_INIT(name);
	return 0;
}

int heddle_rlock_destroy(struct heddle_rlock *lock)
{
	if (word_load(&lock->word) == DESTROYED)
		return HEDDLE_INVALID;
	if (word_load(&lock->waiters) || !word_change(&lock->word, FREE, DESTROYED))
		return HEDDLE_BUSY;
	watch_new(lock, sizeof(*lock));
	return 0;
}

/* Who holds it, with WAITED_FOR set, or FREE where it has been taken. */
static uint32_t take_or_mark(struct heddle_rlock *lock)
{
	for (;;) {
		uint32_t word = word_load(&lock->word);

		if (word == FREE && word_change(&lock->word, FREE, self() | WAITED_FOR))
			return FREE;
		if (word == DESTROYED || word & WAITED_FOR)
			return word;
		if (word != FREE && word_change(&lock->word, word, word | WAITED_FOR))
			return word | WAITED_FOR;
	}
}

static int wait_for(struct heddle_rlock *lock, const struct timespec *deadline)
{
	int error = 0;

	while (!error) {
		uint32_t word = take_or_mark(lock);

		if (word == FREE)
			return 0;
		if (word == DESTROYED)
			return HEDDLE_INVALID;
		error = word_wait(&lock->word, word, deadline);
	}
	return error;
}

static int acquire_slowly(struct heddle_rlock *lock, const struct timespec *deadline)
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

/* Without waiting: 0, HEDDLE_TOO_MANY, or HEDDLE_BUSY. */
static inline int take(struct heddle_rlock *lock)
{
	if (word_change(&lock->word, FREE, self())) {
		watch_acquired(lock);
		return 0;
	}
	if (owner_of(lock) != self())
		return HEDDLE_BUSY;
	if (lock->depth >= UINT32_MAX - 1)
		return HEDDLE_TOO_MANY;
	lock->depth++;
	return 0;
}

int heddle_rlock_acquire(struct heddle_rlock *lock)
{
	int error = take(lock);

	return error == HEDDLE_BUSY ? acquire_slowly(lock, NULL) : error;
}

int heddle_rlock_acquire_within(struct heddle_rlock *lock, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	int error = take(lock);
	return error == HEDDLE_BUSY ? acquire_slowly(lock, limit_after(&deadline, timeout_ns))
				    : error;
}

int heddle_rlock_acquire_until(struct heddle_rlock *lock, const struct timespec *deadline)
{
	if (!limit_is_deadline(deadline))
		return HEDDLE_INVALID;
	int error = take(lock);
	return error == HEDDLE_BUSY ? acquire_slowly(lock, deadline) : error;
}

int heddle_rlock_try_acquire(struct heddle_rlock *lock)
{
	int error = take(lock);

	return error == HEDDLE_BUSY && owner_of(lock) == DESTROYED ? HEDDLE_INVALID : error;
}

/* The lock is ours, and depth 0. */
static void let_go(struct heddle_rlock *lock)
{
	watch_released(lock);
	if (word_swap(&lock->word, FREE) & WAITED_FOR)
		word_wake(&lock->word, 1);
}

int heddle_rlock_release(struct heddle_rlock *lock)
{
	uint32_t owner = owner_of(lock);

	if (owner == DESTROYED)
		return HEDDLE_INVALID;
	if (owner != self())
		return HEDDLE_NOT_HELD;
	if (lock->depth > 0)
		lock->depth--;
	else
		let_go(lock);
	return 0;
}

bool heddle_rlock_owned(const struct heddle_rlock *lock)
{
	return owner_of(lock) == self();
}

uint32_t rlock_release_all(struct heddle_rlock *lock)
{
	uint32_t depth = lock->depth;

	lock->depth = 0;
	let_go(lock);
	return depth;
}

int rlock_restore(struct heddle_rlock *lock, uint32_t depth)
{
	int error = heddle_rlock_acquire(lock);

	if (!error)
		lock->depth = depth;
	return error;
}
