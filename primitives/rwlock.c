/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Read-write locks: pthread_rwlock_*.
 *
 * A lock is tried first, as in mutex.c. A failed try changes nothing for the program: the real
 * lock follows and decides, also between waiting, EDEADLK and EAGAIN.
 */
#include <time.h>

#include "primitives/wrap.h"

#define SECOND_NS 1000000000

static int rwlock_kind_of(const pthread_rwlock_t *rwlock)
{
	/* glibc's preferences are those of enum rwlock_kind. */
	return (int)(rwlock->__data.__flags & RWLOCK_PREFERENCE_MASK) |
	       (rwlock->__data.__shared ? MUTEX_SHARED : 0);
}

/*
 * A deadline of NULL is undefined to POSIX and no time limit to glibc: it is not tried, so that
 * the real function alone decides, and told as what it is.
 */
static bool has_limit(const struct timespec *deadline)
{
	/* libc declares it as never NULL: the compiler may not conclude anything from that. */
	__asm__("" : "+r"(deadline));
	return deadline != NULL;
}

/* glibc looks at clock and time before any attempt: what it refuses may not be tried. */
static bool is_refused(clockid_t clock, const struct timespec *deadline)
{
	if (!has_limit(deadline))
		return false;
	return (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || deadline->tv_nsec < 0 ||
	       deadline->tv_nsec >= SECOND_NS;
}

static bool rwlock_try_read(struct call *call, enum event_type type, pthread_rwlock_t *rwlock)
{
	if (real.pthread_rwlock_tryrdlock(rwlock) != 0)
		return false;
	wrap_emit(call, type, rwlock, NULL, 0);
	return true;
}

static bool rwlock_try_write(struct call *call, enum event_type type, pthread_rwlock_t *rwlock)
{
	if (real.pthread_rwlock_trywrlock(rwlock) != 0)
		return false;
	wrap_emit(call, type, rwlock, NULL, 0);
	return true;
}

/* True where it was acquired at once, false where the wait for it has begun. */
static bool rwlock_begin_timed_read(struct call *call, pthread_rwlock_t *rwlock,
				    const struct timespec *deadline)
{
	enum event_type type = EVENT_rwlock_rdlock_begin;

	if (has_limit(deadline)) {
		if (rwlock_try_read(call, EVENT_rwlock_tryrdlock, rwlock))
			return true;
		type = EVENT_rwlock_timedrdlock_begin;
	}
	wrap_wait_begin(call, type, rwlock, NULL, rwlock_kind_of(rwlock));
	return false;
}

static bool rwlock_begin_timed_write(struct call *call, pthread_rwlock_t *rwlock,
				     const struct timespec *deadline)
{
	enum event_type type = EVENT_rwlock_wrlock_begin;

	if (has_limit(deadline)) {
		if (rwlock_try_write(call, EVENT_rwlock_trywrlock, rwlock))
			return true;
		type = EVENT_rwlock_timedwrlock_begin;
	}
	wrap_wait_begin(call, type, rwlock, NULL, rwlock_kind_of(rwlock));
	return false;
}

PUBLIC int pthread_rwlock_init(pthread_rwlock_t *restrict rwlock,
			       const pthread_rwlockattr_t *restrict attributes)
{
	struct call call;

	if (!WRAP(&call, rwlock_init))
		return real.pthread_rwlock_init(rwlock, attributes);
	int result = real.pthread_rwlock_init(rwlock, attributes);
	if (result == 0)
		wrap_emit(&call, EVENT_rwlock_init, rwlock, NULL, rwlock_kind_of(rwlock));
	return result;
}

PUBLIC int pthread_rwlock_destroy(pthread_rwlock_t *rwlock)
{
	struct call call;

	if (WRAP(&call, rwlock_destroy))
		wrap_emit(&call, EVENT_rwlock_destroy, rwlock, NULL, 0);
	return real.pthread_rwlock_destroy(rwlock);
}

static __attribute__((noinline)) int rwlock_rdlock_told(pthread_rwlock_t *rwlock, const void *site,
							const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, rwlock_rdlock, site, frame))
		return real.pthread_rwlock_rdlock(rwlock);
	if (rwlock_try_read(&call, EVENT_rwlock_rdlock, rwlock))
		return 0;
	wrap_wait_begin(&call, EVENT_rwlock_rdlock_begin, rwlock, NULL, rwlock_kind_of(rwlock));
	int result = real.pthread_rwlock_rdlock(rwlock);
	wrap_wait_end(&call, EVENT_rwlock_rdlock_end, rwlock, NULL, result);
	return result;
}

PUBLIC int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
	WRAP_OFTEN(rwlock_rdlock, real.pthread_rwlock_rdlock(rwlock),
		   rwlock_rdlock_told(rwlock, WRAP_CALLER));
}

static __attribute__((noinline)) int rwlock_tryrdlock_told(pthread_rwlock_t *rwlock,
							   const void *site, const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, rwlock_tryrdlock, site, frame))
		return real.pthread_rwlock_tryrdlock(rwlock);
	int result = real.pthread_rwlock_tryrdlock(rwlock);
	wrap_emit(&call, EVENT_rwlock_tryrdlock, rwlock, NULL, result);
	return result;
}

PUBLIC int pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock)
{
	WRAP_OFTEN(rwlock_tryrdlock, real.pthread_rwlock_tryrdlock(rwlock),
		   rwlock_tryrdlock_told(rwlock, WRAP_CALLER));
}

PUBLIC int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict rwlock,
				      const struct timespec *restrict deadline)
{
	struct call call;

	if (!WRAP(&call, rwlock_rdlock) || is_refused(CLOCK_REALTIME, deadline))
		return real.pthread_rwlock_timedrdlock(rwlock, deadline);
	if (rwlock_begin_timed_read(&call, rwlock, deadline))
		return 0;
	int result = real.pthread_rwlock_timedrdlock(rwlock, deadline);
	wrap_wait_end(&call, EVENT_rwlock_rdlock_end, rwlock, NULL, result);
	return result;
}

PUBLIC int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict rwlock, clockid_t clock,
				      const struct timespec *restrict deadline)
{
	struct call call;

	if (!WRAP(&call, rwlock_rdlock) || is_refused(clock, deadline))
		return real.pthread_rwlock_clockrdlock(rwlock, clock, deadline);
	if (rwlock_begin_timed_read(&call, rwlock, deadline))
		return 0;
	int result = real.pthread_rwlock_clockrdlock(rwlock, clock, deadline);
	wrap_wait_end(&call, EVENT_rwlock_rdlock_end, rwlock, NULL, result);
	return result;
}

static __attribute__((noinline)) int rwlock_wrlock_told(pthread_rwlock_t *rwlock, const void *site,
							const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, rwlock_wrlock, site, frame))
		return real.pthread_rwlock_wrlock(rwlock);
	if (rwlock_try_write(&call, EVENT_rwlock_wrlock, rwlock))
		return 0;
	wrap_wait_begin(&call, EVENT_rwlock_wrlock_begin, rwlock, NULL, rwlock_kind_of(rwlock));
	int result = real.pthread_rwlock_wrlock(rwlock);
	wrap_wait_end(&call, EVENT_rwlock_wrlock_end, rwlock, NULL, result);
	return result;
}

PUBLIC int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
	WRAP_OFTEN(rwlock_wrlock, real.pthread_rwlock_wrlock(rwlock),
		   rwlock_wrlock_told(rwlock, WRAP_CALLER));
}

static __attribute__((noinline)) int rwlock_trywrlock_told(pthread_rwlock_t *rwlock,
							   const void *site, const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, rwlock_trywrlock, site, frame))
		return real.pthread_rwlock_trywrlock(rwlock);
	int result = real.pthread_rwlock_trywrlock(rwlock);
	wrap_emit(&call, EVENT_rwlock_trywrlock, rwlock, NULL, result);
	return result;
}

PUBLIC int pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock)
{
	WRAP_OFTEN(rwlock_trywrlock, real.pthread_rwlock_trywrlock(rwlock),
		   rwlock_trywrlock_told(rwlock, WRAP_CALLER));
}

PUBLIC int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict rwlock,
				      const struct timespec *restrict deadline)
{
	struct call call;

	if (!WRAP(&call, rwlock_wrlock) || is_refused(CLOCK_REALTIME, deadline))
		return real.pthread_rwlock_timedwrlock(rwlock, deadline);
	if (rwlock_begin_timed_write(&call, rwlock, deadline))
		return 0;
	int result = real.pthread_rwlock_timedwrlock(rwlock, deadline);
	wrap_wait_end(&call, EVENT_rwlock_wrlock_end, rwlock, NULL, result);
	return result;
}

PUBLIC int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict rwlock, clockid_t clock,
				      const struct timespec *restrict deadline)
{
	struct call call;

	if (!WRAP(&call, rwlock_wrlock) || is_refused(clock, deadline))
		return real.pthread_rwlock_clockwrlock(rwlock, clock, deadline);
	if (rwlock_begin_timed_write(&call, rwlock, deadline))
		return 0;
	int result = real.pthread_rwlock_clockwrlock(rwlock, clock, deadline);
	wrap_wait_end(&call, EVENT_rwlock_wrlock_end, rwlock, NULL, result);
	return result;
}

static __attribute__((noinline)) int rwlock_unlock_told(pthread_rwlock_t *rwlock, const void *site,
							const void *frame)
{
	struct call call;

	if (WRAP_FROM(&call, rwlock_unlock, site, frame))
		wrap_emit(&call, EVENT_rwlock_unlock, rwlock, NULL, 0);
	return real.pthread_rwlock_unlock(rwlock);
}

PUBLIC int pthread_rwlock_unlock(pthread_rwlock_t *rwlock)
{
	WRAP_OFTEN(rwlock_unlock, real.pthread_rwlock_unlock(rwlock),
		   rwlock_unlock_told(rwlock, WRAP_CALLER));
}

ALSO(__pthread_rwlock_destroy, pthread_rwlock_destroy);
ALSO(__pthread_rwlock_init, pthread_rwlock_init);
ALSO(__pthread_rwlock_rdlock, pthread_rwlock_rdlock);
ALSO(__pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock);
ALSO(__pthread_rwlock_trywrlock, pthread_rwlock_trywrlock);
ALSO(__pthread_rwlock_unlock, pthread_rwlock_unlock);
ALSO(__pthread_rwlock_wrlock, pthread_rwlock_wrlock);
