/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions: pthread_cond_* and C11 cnd_*.
 *
 * A wait may be cancelled. The mutex is then held again when the cleanup handlers
 * run, and ours tells the end of the wait.
 */
#include <errno.h>

#include "primitives/c11.h"
#include "primitives/wrap.h"

struct cond_wait {
	struct call call;
	const void *cond, *mutex;
};

static void cond_wait_begin(struct cond_wait *wait, enum event_type type, const void *cond,
			    const void *mutex)
{
	wait->cond = cond;
	wait->mutex = mutex;
	wrap_emit(&wait->call, type, cond, mutex, 0);
}

static int cond_wait_end(struct cond_wait *wait, int result)
{
	wrap_emit(&wait->call, EVENT_cond_wait_end, wait->cond, wait->mutex, result);
	return result;
}

static void cond_wait_cancelled(void *context)
{
	cond_wait_end(context, ECANCELED);
}

PUBLIC int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes)
{
	struct call call;

	if (!WRAP(&call, cond_init))
		return real.pthread_cond_init(cond, attributes);
	int result = real.pthread_cond_init(cond, attributes);
	if (result == 0)
		wrap_emit(&call, EVENT_cond_init, cond, NULL, 0);
	return result;
}

PUBLIC int pthread_cond_destroy(pthread_cond_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_destroy))
		wrap_emit(&call, EVENT_cond_destroy, cond, NULL, 0);
	return real.pthread_cond_destroy(cond);
}

PUBLIC int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	struct cond_wait wait;
	int result;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.pthread_cond_wait(cond, mutex);
	cond_wait_begin(&wait, EVENT_cond_wait_begin, cond, mutex);
	pthread_cleanup_push(cond_wait_cancelled, &wait);
	result = real.pthread_cond_wait(cond, mutex);
	pthread_cleanup_pop(0);
	return cond_wait_end(&wait, result);
}

PUBLIC int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *deadline)
{
	struct cond_wait wait;
	int result;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.pthread_cond_timedwait(cond, mutex, deadline);
	cond_wait_begin(&wait, EVENT_cond_timedwait_begin, cond, mutex);
	pthread_cleanup_push(cond_wait_cancelled, &wait);
	result = real.pthread_cond_timedwait(cond, mutex, deadline);
	pthread_cleanup_pop(0);
	return cond_wait_end(&wait, result);
}

PUBLIC int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
				  const struct timespec *deadline)
{
	struct cond_wait wait;
	int result;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.pthread_cond_clockwait(cond, mutex, clock, deadline);
	cond_wait_begin(&wait, EVENT_cond_timedwait_begin, cond, mutex);
	pthread_cleanup_push(cond_wait_cancelled, &wait);
	result = real.pthread_cond_clockwait(cond, mutex, clock, deadline);
	pthread_cleanup_pop(0);
	return cond_wait_end(&wait, result);
}

PUBLIC int pthread_cond_signal(pthread_cond_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_signal))
		wrap_emit(&call, EVENT_cond_signal, cond, NULL, 0);
	return real.pthread_cond_signal(cond);
}

PUBLIC int pthread_cond_broadcast(pthread_cond_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_broadcast))
		wrap_emit(&call, EVENT_cond_broadcast, cond, NULL, 0);
	return real.pthread_cond_broadcast(cond);
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
	int result;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.cnd_wait(cond, mutex);
	cond_wait_begin(&wait, EVENT_cond_wait_begin, cond, mutex);
	pthread_cleanup_push(cond_wait_cancelled, &wait);
	result = real.cnd_wait(cond, mutex);
	pthread_cleanup_pop(0);
	cond_wait_end(&wait, c11_errno(result));
	return result;
}

PUBLIC int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex,
			 const struct timespec *restrict deadline)
{
	struct cond_wait wait;
	int result;

	if (!WRAP(&wait.call, cond_wait_begin))
		return real.cnd_timedwait(cond, mutex, deadline);
	cond_wait_begin(&wait, EVENT_cond_timedwait_begin, cond, mutex);
	pthread_cleanup_push(cond_wait_cancelled, &wait);
	result = real.cnd_timedwait(cond, mutex, deadline);
	pthread_cleanup_pop(0);
	cond_wait_end(&wait, c11_errno(result));
	return result;
}

PUBLIC int cnd_signal(cnd_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_signal))
		wrap_emit(&call, EVENT_cond_signal, cond, NULL, 0);
	return real.cnd_signal(cond);
}

PUBLIC int cnd_broadcast(cnd_t *cond)
{
	struct call call;

	if (WRAP(&call, cond_broadcast))
		wrap_emit(&call, EVENT_cond_broadcast, cond, NULL, 0);
	return real.cnd_broadcast(cond);
}
