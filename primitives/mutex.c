/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mutexes: pthread_mutex_* and C11 mtx_*.
 *
 * A lock is tried first, so that one that is free costs one event and only a thread that
 * is about to block says so. A try changes nothing for the program where it fails: the
 * real lock follows and decides. One with a time limit that need not wait is told as an attempt: it
 * would not have waited for ever.
 */
#include <errno.h>
#include <time.h>

#include "primitives/c11.h"
#include "primitives/wrap.h"

static bool is_acquired(int result)
{
	return result == 0 || result == EOWNERDEAD;
}

static int mutex_kind_of(const pthread_mutex_t *mutex)
{
	/* The flags of glibc's __kind are those of enum mutex_kind. */
	return mutex->__data.__kind & (MUTEX_TYPE_MASK | MUTEX_ROBUST | MUTEX_PRIO_INHERIT |
				       MUTEX_PRIO_PROTECT | MUTEX_SHARED);
}

/*
 * Not tried are priority-protected mutexes, because a failed try changes the caller's priority for
 * a moment, and robust ones, because glibc's try of one that is not recoverable leaves it
 * locked (seen with 2.36).
 */
static inline bool mutex_may_be_tried(const pthread_mutex_t *mutex)
{
	return !(mutex_kind_of(mutex) & (MUTEX_PRIO_PROTECT | MUTEX_ROBUST));
}

static bool mutex_try(struct call *call, enum event_type type, pthread_mutex_t *mutex, int *result)
{
	if (!mutex_may_be_tried(mutex))
		return false;
	*result = real.pthread_mutex_trylock(mutex);
	if (!is_acquired(*result))
		return false;
	wrap_emit(call, type, mutex, NULL, *result);
	return true;
}

PUBLIC int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	struct call call;

	if (!WRAP(&call, mutex_init))
		return real.pthread_mutex_init(mutex, attributes);
	int result = real.pthread_mutex_init(mutex, attributes);
	if (result == 0)
		wrap_emit(&call, EVENT_mutex_init, mutex, NULL, mutex_kind_of(mutex));
	return result;
}

PUBLIC int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	struct call call;

	if (!WRAP(&call, mutex_destroy))
		return real.pthread_mutex_destroy(mutex);
	wrap_emit(&call, EVENT_mutex_destroy, mutex, NULL, 0);
	int result = real.pthread_mutex_destroy(mutex);
	if (result != 0)
		wrap_emit(&call, EVENT_mutex_destroy_failed, mutex, NULL, result);
	return result;
}

static __attribute__((noinline, cold)) int mutex_lock_long(pthread_mutex_t *mutex, const void *site,
							   const void *frame)
{
	struct call call;
	int result;

	if (!WRAP_FROM(&call, mutex_lock, site, frame))
		return real.pthread_mutex_lock(mutex);
	if (mutex_try(&call, EVENT_mutex_lock, mutex, &result))
		return result;
	wrap_wait_begin(&call, EVENT_mutex_lock_begin, mutex, NULL, mutex_kind_of(mutex));
	result = real.pthread_mutex_lock(mutex);
	wrap_wait_end(&call, EVENT_mutex_lock_end, mutex, NULL, result);
	return result;
}

/* It was acquired at once, as it had not been before. */
static __attribute__((noinline, cold)) int mutex_locked(pthread_mutex_t *mutex, const void *site,
							const void *frame)
{
	struct call call;

	if (WRAP_FROM(&call, mutex_lock, site, frame))
		wrap_emit(&call, EVENT_mutex_lock, mutex, NULL, 0);
	return 0;
}

static __attribute__((noinline)) int mutex_lock_told(pthread_mutex_t *mutex, const void *site,
						     const void *frame)
{
	if (!wrap_is_quick(frame) || !mutex_may_be_tried(mutex) ||
	    real.pthread_mutex_trylock(mutex) != 0)
		return mutex_lock_long(mutex, site, frame);
	if (!wrap_quick(EVENT_mutex_lock, mutex, site, frame))
		return mutex_locked(mutex, site, frame);
	return 0;
}

PUBLIC int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	WRAP_OFTEN(mutex_lock, real.pthread_mutex_lock(mutex), mutex_lock_told(mutex, WRAP_CALLER));
}

static __attribute__((noinline)) int mutex_trylock_told(pthread_mutex_t *mutex, const void *site,
							const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, mutex_trylock, site, frame))
		return real.pthread_mutex_trylock(mutex);
	int result = real.pthread_mutex_trylock(mutex);
	wrap_emit(&call, EVENT_mutex_trylock, mutex, NULL, result);
	return result;
}

PUBLIC int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	WRAP_OFTEN(mutex_trylock, real.pthread_mutex_trylock(mutex),
		   mutex_trylock_told(mutex, WRAP_CALLER));
}

PUBLIC int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline)
{
	struct call call;
	int result;

	if (!WRAP(&call, mutex_lock))
		return real.pthread_mutex_timedlock(mutex, deadline);
	if (mutex_try(&call, EVENT_mutex_trylock, mutex, &result))
		return result;
	wrap_wait_begin(&call, EVENT_mutex_timedlock_begin, mutex, NULL, mutex_kind_of(mutex));
	result = real.pthread_mutex_timedlock(mutex, deadline);
	wrap_wait_end(&call, EVENT_mutex_lock_end, mutex, NULL, result);
	return result;
}

PUBLIC int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
				   const struct timespec *deadline)
{
	struct call call;
	int result;

	/* A clock that is none fails before any attempt. */
	if (!WRAP(&call, mutex_lock) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return real.pthread_mutex_clocklock(mutex, clock, deadline);
	if (mutex_try(&call, EVENT_mutex_trylock, mutex, &result))
		return result;
	wrap_wait_begin(&call, EVENT_mutex_timedlock_begin, mutex, NULL, mutex_kind_of(mutex));
	result = real.pthread_mutex_clocklock(mutex, clock, deadline);
	wrap_wait_end(&call, EVENT_mutex_lock_end, mutex, NULL, result);
	return result;
}

static __attribute__((noinline, cold)) int mutex_unlock_long(pthread_mutex_t *mutex,
							     const void *site, const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, mutex_unlock, site, frame))
		return real.pthread_mutex_unlock(mutex);
	wrap_emit(&call, EVENT_mutex_unlock, mutex, NULL, 0);
	int result = real.pthread_mutex_unlock(mutex);
	if (result != 0)
		wrap_emit(&call, EVENT_mutex_unlock_failed, mutex, NULL, result);
	return result;
}

/* It was told, and did not happen. */
static __attribute__((noinline, cold)) int mutex_unlock_failed(pthread_mutex_t *mutex, int result,
							       const void *site, const void *frame)
{
	struct call call;

	if (WRAP_FROM(&call, mutex_unlock, site, frame))
		wrap_emit(&call, EVENT_mutex_unlock_failed, mutex, NULL, result);
	return result;
}

static __attribute__((noinline)) int mutex_unlock_told(pthread_mutex_t *mutex, const void *site,
						       const void *frame)
{
	if (!wrap_quick(EVENT_mutex_unlock, mutex, site, frame))
		return mutex_unlock_long(mutex, site, frame);
	int result = real.pthread_mutex_unlock(mutex);
	return result == 0 ? 0 : mutex_unlock_failed(mutex, result, site, frame);
}

PUBLIC int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	WRAP_OFTEN(mutex_unlock, real.pthread_mutex_unlock(mutex),
		   mutex_unlock_told(mutex, WRAP_CALLER));
}

PUBLIC int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
	struct call call;

	if (!WRAP(&call, mutex_consistent))
		return real.pthread_mutex_consistent(mutex);
	int result = real.pthread_mutex_consistent(mutex);
	wrap_emit(&call, EVENT_mutex_consistent, mutex, NULL, result);
	return result;
}

PUBLIC int mtx_init(mtx_t *mutex, int type)
{
	struct call call;

	if (!WRAP(&call, mutex_init))
		return real.mtx_init(mutex, type);
	int result = real.mtx_init(mutex, type);
	if (result == thrd_success)
		wrap_emit(&call, EVENT_mutex_init, mutex, NULL,
			  mutex_kind_of((const pthread_mutex_t *)mutex));
	return result;
}

PUBLIC void mtx_destroy(mtx_t *mutex)
{
	struct call call;

	if (WRAP(&call, mutex_destroy))
		wrap_emit(&call, EVENT_mutex_destroy, mutex, NULL, 0);
	real.mtx_destroy(mutex);
}

PUBLIC int mtx_lock(mtx_t *mutex)
{
	struct call call;

	if (!WRAP(&call, mutex_lock))
		return real.mtx_lock(mutex);
	int result = real.mtx_trylock(mutex);
	if (result == thrd_success) {
		wrap_emit(&call, EVENT_mutex_lock, mutex, NULL, 0);
		return result;
	}
	wrap_wait_begin(&call, EVENT_mutex_lock_begin, mutex, NULL,
			mutex_kind_of((const pthread_mutex_t *)mutex));
	result = real.mtx_lock(mutex);
	wrap_wait_end(&call, EVENT_mutex_lock_end, mutex, NULL, c11_errno(result));
	return result;
}

PUBLIC int mtx_trylock(mtx_t *mutex)
{
	struct call call;

	if (!WRAP(&call, mutex_trylock))
		return real.mtx_trylock(mutex);
	int result = real.mtx_trylock(mutex);
	wrap_emit(&call, EVENT_mutex_trylock, mutex, NULL, c11_errno(result));
	return result;
}

PUBLIC int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict deadline)
{
	struct call call;

	if (!WRAP(&call, mutex_lock))
		return real.mtx_timedlock(mutex, deadline);
	int result = real.mtx_trylock(mutex);
	if (result == thrd_success) {
		wrap_emit(&call, EVENT_mutex_trylock, mutex, NULL, 0);
		return result;
	}
	wrap_wait_begin(&call, EVENT_mutex_timedlock_begin, mutex, NULL,
			mutex_kind_of((const pthread_mutex_t *)mutex));
	result = real.mtx_timedlock(mutex, deadline);
	wrap_wait_end(&call, EVENT_mutex_lock_end, mutex, NULL, c11_errno(result));
	return result;
}

PUBLIC int mtx_unlock(mtx_t *mutex)
{
	struct call call;

	if (!WRAP(&call, mutex_unlock))
		return real.mtx_unlock(mutex);
	wrap_emit(&call, EVENT_mutex_unlock, mutex, NULL, 0);
	int result = real.mtx_unlock(mutex);
	if (result != thrd_success)
		wrap_emit(&call, EVENT_mutex_unlock_failed, mutex, NULL, c11_errno(result));
	return result;
}

ALSO(__pthread_mutex_destroy, pthread_mutex_destroy);
ALSO(__pthread_mutex_init, pthread_mutex_init);
ALSO(__pthread_mutex_lock, pthread_mutex_lock);
ALSO(__pthread_mutex_trylock, pthread_mutex_trylock);
ALSO(__pthread_mutex_unlock, pthread_mutex_unlock);
ALSO(pthread_mutex_consistent_np, pthread_mutex_consistent);
