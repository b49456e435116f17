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
	if (word_load(&lock->word) == DESTROYED)
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
	if (word_load(&lock->word) == DESTROYED)
		return tell_refused(lock, HEDDLE_INVALID, at);
	(void)rlock_used(lock, at);
	tell(EVENT_lock_destroy, lock, at);
	if (word_load(&lock->waiters) || !word_change(&lock->word, FREE, DESTROYED))
		return tell_kept(lock, HEDDLE_BUSY, at);
	watch_new(lock, sizeof(*lock));
	return 0;
}

int heddle_rlock_destroy(struct heddle_rlock *lock)
{
	return rlock_destroy(lock, HERE);
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

static int acquire_waiting(struct heddle_rlock *lock, const struct timespec *deadline,
			   struct native_site at)
{
	struct native_wait wait;

	tell_wait_begin(&wait, deadline ? EVENT_lock_timedacquire_begin : EVENT_lock_acquire_begin,
			lock, NULL, at);
	int error = acquire_slowly(lock, deadline);
	tell_wait_end(&wait, EVENT_lock_acquire_end, lock, NULL, error);
	return error;
}

int rlock_acquire(struct heddle_rlock *lock, const struct timespec *deadline, struct native_site at)
{
	int error = rlock_used(lock, at);

	if (error)
		return error;
	error = take(lock);
	if (error == HEDDLE_BUSY)
		return acquire_waiting(lock, deadline, at);
	tell_result(deadline ? EVENT_lock_tryacquire : EVENT_lock_acquire, lock, error, at);
	return error;
}

int heddle_rlock_acquire(struct heddle_rlock *lock)
{
	if (__builtin_expect(!watch_is_on, 1) && word_change_alone(&lock->word, FREE, self()))
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
	if (error == HEDDLE_BUSY && owner_of(lock) == DESTROYED)
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
	if (word_swap(&lock->word, FREE) & WAITED_FOR)
		word_wake(&lock->word, 1);
}

static int release(struct heddle_rlock *lock)
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
	    word_change_alone(&lock->word, self(), FREE))
		return 0;
	return rlock_release(lock, HERE);
}

bool heddle_rlock_owned(const struct heddle_rlock *lock)
{
	return owner_of(lock) == self();
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
	int error = take(lock);

	if (error == HEDDLE_BUSY)
		error = acquire_slowly(lock, NULL);
	if (!error)
		lock->depth = depth;
	return error;
}
