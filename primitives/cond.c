/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions: pthread_cond_* and C11 cnd_*.
 *
 * A wait may be cancelled. The mutex is then held again when the cleanup handlers
 * run, and ours tells the end of the wait.
 */
#include "primitives/cond.h"

#include <errno.h>

#include "primitives/c11.h"
#include "primitives/cleanup.h"

/* glibc's flags in __wrefs. */
#define WREFS_SHARED 1
#define WREFS_DESTROYED 4
/* Its waiters are counted in steps of that. */
#define WREFS_WAITER 8

struct cond_wait {
	struct call call;
	struct _pthread_cleanup_buffer cleanup;
	const void *cond, *mutex;
};

static int cond_value(int state)
{
	return state == COND_IDLE ? 0 : state;
}

static void cond_wait_told(struct cond_wait *wait, int result)
{
	wrap_wait_end(&wait->call, EVENT_cond_wait_end, wait->cond, wait->mutex, result);
}

static void cond_wait_cancelled(void *context)
{
	cond_wait_told(context, ECANCELED);
}

static void cond_wait_begin(struct cond_wait *wait, enum event_type type, const void *cond,
			    const void *mutex, int state)
{
	wait->cond = cond;
	wait->mutex = mutex;
	wrap_wait_begin(&wait->call, type, cond, mutex, cond_value(state));
	_pthread_cleanup_push(&wait->cleanup, cond_wait_cancelled, wait);
}

static int cond_wait_end(struct cond_wait *wait, int result)
{
	_pthread_cleanup_pop(&wait->cleanup, 0);
	cond_wait_told(wait, result);
	return result;
}

int cond_do_destroy(const void *site, const void *frame, const cond_fn *destroy,
		    pthread_cond_t *cond)
{
	struct call call;

	if (WRAP_FROM(&call, cond_destroy, site, frame))
		wrap_emit(&call, EVENT_cond_destroy, cond, NULL, 0);
	return (*destroy)(cond);
}

int cond_do_wait(const void *site, const void *frame, const cond_wait_fn *real_wait,
		 cond_state_fn state, pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	struct cond_wait wait;

	if (!WRAP_FROM(&wait.call, cond_wait_begin, site, frame))
		return (*real_wait)(cond, mutex);
	cond_wait_begin(&wait, EVENT_cond_wait_begin, cond, mutex, state(cond));
	int result = (*real_wait)(cond, mutex);
	return cond_wait_end(&wait, result);
}

int cond_do_timedwait(const void *site, const void *frame, const cond_timedwait_fn *real_wait,
		      cond_state_fn state, pthread_cond_t *cond, pthread_mutex_t *mutex,
		      const struct timespec *deadline)
{
	struct cond_wait wait;

	if (!WRAP_FROM(&wait.call, cond_wait_begin, site, frame))
		return (*real_wait)(cond, mutex, deadline);
	cond_wait_begin(&wait, EVENT_cond_timedwait_begin, cond, mutex, state(cond));
	int result = (*real_wait)(cond, mutex, deadline);
	return cond_wait_end(&wait, result);
}

/* One that wakes nobody and came before says nothing new in a summary. */
static void cond_wake(struct call *call, enum event_type type, const void *cond, int state)
{
	if (state != COND_IDLE || !wrap_thread.is_summary)
		wrap_emit(call, type, cond, NULL, cond_value(state));
	else if (!wrap_is_told(call, type, cond))
		wrap_emit_long(call, type, cond, NULL, 0);
}

int cond_do_signal(const void *site, const void *frame, const cond_fn *signal, cond_state_fn state,
		   pthread_cond_t *cond)
{
	struct call call;

	if (WRAP_FROM(&call, cond_signal, site, frame))
		cond_wake(&call, EVENT_cond_signal, cond, state(cond));
	return (*signal)(cond);
}

int cond_do_broadcast(const void *site, const void *frame, const cond_fn *broadcast,
		      cond_state_fn state, pthread_cond_t *cond)
{
	struct call call;

	if (WRAP_FROM(&call, cond_broadcast, site, frame))
		cond_wake(&call, EVENT_cond_broadcast, cond, state(cond));
	return (*broadcast)(cond);
}

/* glibc's C11 conditions are POSIX ones. */
static int cond_state(const void *object)
{
	const pthread_cond_t *cond = object;

	uint32_t wrefs = __atomic_load_n(&cond->__data.__wrefs, __ATOMIC_RELAXED);
	if (wrefs & WREFS_DESTROYED)
		return EINVAL;
	return wrefs < WREFS_WAITER ? COND_IDLE : 0;
}

PUBLIC int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes)
{
	struct call call;

	if (!WRAP(&call, cond_init))
		return real.pthread_cond_init(cond, attributes);
	int result = real.pthread_cond_init(cond, attributes);
	if (result == 0)
		wrap_emit(&call, EVENT_cond_init, cond, NULL,
			  cond->__data.__wrefs & WREFS_SHARED ? MUTEX_SHARED : 0);
	return result;
}

PUBLIC int pthread_cond_destroy(pthread_cond_t *cond)
{
	return cond_do_destroy(WRAP_CALLER, &real.pthread_cond_destroy, cond);
}

PUBLIC int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return cond_do_wait(WRAP_CALLER, &real.pthread_cond_wait, cond_state, cond, mutex);
}

PUBLIC int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *deadline)
{
	return cond_do_timedwait(WRAP_CALLER, &real.pthread_cond_timedwait, cond_state, cond, mutex,
				 deadline);
}

PUBLIC int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
				  const struct timespec *deadline)
{
	struct cond_wait wait;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.pthread_cond_clockwait(cond, mutex, clock, deadline);
	cond_wait_begin(&wait, EVENT_cond_timedwait_begin, cond, mutex, cond_state(cond));
	int result = real.pthread_cond_clockwait(cond, mutex, clock, deadline);
	return cond_wait_end(&wait, result);
}

PUBLIC int pthread_cond_signal(pthread_cond_t *cond)
{
	return cond_do_signal(WRAP_CALLER, &real.pthread_cond_signal, cond_state, cond);
}

PUBLIC int pthread_cond_broadcast(pthread_cond_t *cond)
{
	return cond_do_broadcast(WRAP_CALLER, &real.pthread_cond_broadcast, cond_state, cond);
}

PUBLIC int cnd_init(cnd_t *cond)
{
	struct call call;

	if (!WRAP(&call, cond_init))
		return real.cnd_init(cond);
	int result = real.cnd_init(cond);
	if (result == thrd_success)
		wrap_emit(&call, EVENT_cond_init, cond, NULL, 0);
	return result;
}

PUBLIC void cnd_destroy(cnd_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_destroy))
		wrap_emit(&call, EVENT_cond_destroy, cond, NULL, 0);
	real.cnd_destroy(cond);
}

PUBLIC int cnd_wait(cnd_t *cond, mtx_t *mutex)
{
	struct cond_wait wait;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.cnd_wait(cond, mutex);
	cond_wait_begin(&wait, EVENT_cond_wait_begin, cond, mutex, cond_state(cond));
	int result = real.cnd_wait(cond, mutex);
	cond_wait_end(&wait, c11_errno(result));
	return result;
}

PUBLIC int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex,
			 const struct timespec *restrict deadline)
{
	struct cond_wait wait;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.cnd_timedwait(cond, mutex, deadline);
	cond_wait_begin(&wait, EVENT_cond_timedwait_begin, cond, mutex, cond_state(cond));
	int result = real.cnd_timedwait(cond, mutex, deadline);
	cond_wait_end(&wait, c11_errno(result));
	return result;
}

PUBLIC int cnd_signal(cnd_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_signal))
		cond_wake(&call, EVENT_cond_signal, cond, cond_state(cond));
	return real.cnd_signal(cond);
}

PUBLIC int cnd_broadcast(cnd_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_broadcast))
		cond_wake(&call, EVENT_cond_broadcast, cond, cond_state(cond));
	return real.cnd_broadcast(cond);
}
