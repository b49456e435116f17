/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphores: value and number of waiters in one word of 64 bits, so that a release changes and
 * learns all it needs at once: whoever it lets go on may destroy the semaphore in that moment.
 */
#include "native/semaphore.h"

#include "native/blocked.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

#define VALUE_MASK UINT64_C(0xffffffff)
#define ONE_WAITER (UINT64_C(1) << 32)
#define DESTROYED VALUE_MASK

static uint64_t state_of(const struct heddle_semaphore *semaphore)
{
	return __atomic_load_n(&semaphore->state, __ATOMIC_SEQ_CST);
}

static bool change(struct heddle_semaphore *semaphore, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(&semaphore->state, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* The half that is the value: what threads wait on. */
static uint32_t *value_word(struct heddle_semaphore *semaphore)
{
	return (uint32_t *)&semaphore->state + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static struct tell_object told_of(struct heddle_semaphore *semaphore)
{
	return (struct tell_object){ .type = EVENT_semaphore_init,
				     .kind = semaphore->bound ? NATIVE_BOUNDED_SEMAPHORE
							      : NATIVE_SEMAPHORE,
				     .object = semaphore,
				     .told = &semaphore->told,
				     .name = semaphore->name,
				     .value = (int64_t)(state_of(semaphore) & VALUE_MASK) };
}

/* It is used: tell what it is, where nobody has. */
static void is_used(struct heddle_semaphore *semaphore, struct native_site at)
{
	if (!tell_is_on() || word_load(&semaphore->told))
		return;
	struct tell_object told = told_of(semaphore);
	tell_used(&told, at);
}

static int init(struct heddle_semaphore *semaphore, uint32_t value, uint32_t bound,
		const char *name, struct native_site at)
{
	if (value > HEDDLE_SEMAPHORE_MAX)
		return HEDDLE_INVALID;
	watch_new(semaphore, sizeof(*semaphore));
	*semaphore = (struct heddle_semaphore){ .state = value, .name = name, .bound = bound };
	struct tell_object told = told_of(semaphore);
	tell_made(&told, at);
	return 0;
}

int heddle_semaphore_init(struct heddle_semaphore *semaphore, uint32_t value, const char *name)
{
	return init(semaphore, value, 0, name, HERE);
}

int heddle_bounded_semaphore_init(struct heddle_semaphore *semaphore, uint32_t value,
				  const char *name)
{
	return value ? init(semaphore, value, value, name, HERE) : HEDDLE_INVALID;
}

static int destroy(struct heddle_semaphore *semaphore)
{
	for (;;) {
		uint64_t state = state_of(semaphore);

		if (state >= ONE_WAITER)
			return HEDDLE_BUSY;
		if (change(semaphore, state, DESTROYED))
			return 0;
	}
}

int heddle_semaphore_destroy(struct heddle_semaphore *semaphore)
{
	if ((state_of(semaphore) & VALUE_MASK) == DESTROYED)
		return tell_refused(semaphore, HEDDLE_INVALID, HERE);
	is_used(semaphore, HERE);
	tell(EVENT_sem_destroy, semaphore, HERE);
	int error = destroy(semaphore);
	if (error)
		return tell_kept(semaphore, error, HERE);
	watch_new(semaphore, sizeof(*semaphore));
	return 0;
}

/* Lower the value by one, and the number of waiters by waiter. 0, HEDDLE_BUSY, HEDDLE_INVALID. */
static int take(struct heddle_semaphore *semaphore, uint64_t waiter)
{
	for (;;) {
		uint64_t state = state_of(semaphore);

		if ((state & VALUE_MASK) == DESTROYED)
			return HEDDLE_INVALID;
		if ((state & VALUE_MASK) == 0)
			return HEDDLE_BUSY;
		if (change(semaphore, state, state - 1 - waiter))
			break;
	}
	watch_acquired(semaphore);
	return 0;
}

static int acquire_slowly(struct heddle_semaphore *semaphore, const struct timespec *deadline)
{
	int error = HEDDLE_BUSY;
	int over = 0;

	blocked_begin();
	__atomic_fetch_add(&semaphore->state, ONE_WAITER, __ATOMIC_SEQ_CST);
	while (!over) {
		error = take(semaphore, ONE_WAITER);
		if (error != HEDDLE_BUSY)
			break;
		over = word_wait(value_word(semaphore), 0, deadline);
	}
	/* Who takes it has put itself out of the waiters at once. */
	if (error)
		__atomic_fetch_sub(&semaphore->state, ONE_WAITER, __ATOMIC_SEQ_CST);
	blocked_end();
	return over ? over : error;
}

static int acquire(struct heddle_semaphore *semaphore, const struct timespec *deadline,
		   struct native_site at)
{
	struct native_wait wait;

	is_used(semaphore, at);
	int error = take(semaphore, 0);
	if (error == HEDDLE_INVALID)
		return tell_refused(semaphore, error, at);
	if (!error) {
		tell(deadline ? EVENT_sem_trywait : EVENT_sem_wait, semaphore, at);
		return 0;
	}
	tell_wait_begin(&wait, deadline ? EVENT_sem_timedwait_begin : EVENT_sem_wait_begin,
			semaphore, NULL, at);
	error = acquire_slowly(semaphore, deadline);
	tell_wait_end(&wait, EVENT_sem_wait_end, semaphore, NULL, error);
	return error;
}

int heddle_semaphore_acquire(struct heddle_semaphore *semaphore)
{
	return acquire(semaphore, NULL, HERE);
}

int heddle_semaphore_acquire_within(struct heddle_semaphore *semaphore, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return acquire(semaphore, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_semaphore_acquire_until(struct heddle_semaphore *semaphore,
				   const struct timespec *deadline)
{
	return limit_is_deadline(deadline) ? acquire(semaphore, deadline, HERE) : HEDDLE_INVALID;
}

int heddle_semaphore_try_acquire(struct heddle_semaphore *semaphore)
{
	is_used(semaphore, HERE);
	int error = take(semaphore, 0);
	if (error == HEDDLE_INVALID)
		return tell_refused(semaphore, error, HERE);
	tell_result(EVENT_sem_trywait, semaphore, error ? -EAGAIN : 0, HERE);
	return error;
}

static int raise(struct heddle_semaphore *semaphore, uint32_t count)
{
	uint32_t most = semaphore->bound ? semaphore->bound : HEDDLE_SEMAPHORE_MAX;
	const uint32_t *word = value_word(semaphore);
	uint64_t state;

	watch_posted(semaphore);
	do {
		state = state_of(semaphore);
		if ((state & VALUE_MASK) == DESTROYED)
			return HEDDLE_INVALID;
		if (count > most || (state & VALUE_MASK) > most - count)
			return HEDDLE_TOO_MANY;
	} while (!change(semaphore, state, state + count));
	if (state >= ONE_WAITER)
		word_wake(word, (int)count);
	return 0;
}

/* Once it is raised the semaphore may be gone. */
int semaphore_release(struct heddle_semaphore *semaphore, uint32_t count, struct native_site at)
{
	if (count == 0)
		return HEDDLE_INVALID;
	is_used(semaphore, at);
	if (count == 1)
		tell(EVENT_sem_post, semaphore, at);
	else
		tell_all(EVENT_sem_post, semaphore, NULL, count - 1, NULL, at);
	int error = raise(semaphore, count);
	if (error)
		tell_result(EVENT_sem_post_failed, semaphore, error, at);
	return error;
}

int heddle_semaphore_release(struct heddle_semaphore *semaphore, uint32_t count)
{
	return semaphore_release(semaphore, count, HERE);
}
