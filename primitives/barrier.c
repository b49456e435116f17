/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Barriers: pthread_barrier_*. */
#include "primitives/wrap.h"

static bool is_shared(const pthread_barrierattr_t *attributes)
{
	int shared;

	return attributes && pthread_barrierattr_getpshared(attributes, &shared) == 0 &&
	       shared == PTHREAD_PROCESS_SHARED;
}

PUBLIC int pthread_barrier_init(pthread_barrier_t *restrict barrier,
				const pthread_barrierattr_t *restrict attributes, unsigned count)
{
	struct call call;

	if (!WRAP(&call, barrier_init))
		return real.pthread_barrier_init(barrier, attributes, count);
	int result = real.pthread_barrier_init(barrier, attributes, count);
	if (result == 0)
		wrap_emit(&call, EVENT_barrier_init, barrier,
			  (void *)(uint64_t)(is_shared(attributes) ? MUTEX_SHARED : 0), count);
	return result;
}

PUBLIC int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	struct call call;

	if (WRAP(&call, barrier_destroy))
		wrap_emit(&call, EVENT_barrier_destroy, barrier, NULL, 0);
	return real.pthread_barrier_destroy(barrier);
}

/* Not a cancellation point. */
PUBLIC int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	struct call call;

	if (!WRAP(&call, barrier_wait_begin))
		return real.pthread_barrier_wait(barrier);
	wrap_wait_begin(&call, EVENT_barrier_wait_begin, barrier, NULL, 0);
	int result = real.pthread_barrier_wait(barrier);
	wrap_wait_end(&call, EVENT_barrier_wait_end, barrier, NULL, result);
	return result;
}
