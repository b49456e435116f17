/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Spin locks: pthread_spin_*. A lock is tried first, as in mutex.c, so that only a thread
 * that is about to spin says so.
 */
#include "primitives/wrap.h"

PUBLIC int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
	struct call call;

	if (!WRAP(&call, spin_init))
		return real.pthread_spin_init(lock, shared);
	int result = real.pthread_spin_init(lock, shared);
	if (result == 0)
		wrap_emit(&call, EVENT_spin_init, (const void *)lock, NULL,
			  shared == PTHREAD_PROCESS_SHARED ? MUTEX_SHARED : 0);
	return result;
}

PUBLIC int pthread_spin_destroy(pthread_spinlock_t *lock)
{
	struct call call;

	if (WRAP(&call, spin_destroy))
		wrap_emit(&call, EVENT_spin_destroy, (const void *)lock, NULL, 0);
	return real.pthread_spin_destroy(lock);
}

PUBLIC int pthread_spin_lock(pthread_spinlock_t *lock)
{
	struct call call;

	if (!WRAP(&call, spin_lock))
		return real.pthread_spin_lock(lock);
	int result = real.pthread_spin_trylock(lock);
	if (result == 0) {
		wrap_emit(&call, EVENT_spin_lock, (const void *)lock, NULL, 0);
		return 0;
	}
	wrap_wait_begin(&call, EVENT_spin_lock_begin, (const void *)lock, NULL, 0);
	result = real.pthread_spin_lock(lock);
	wrap_wait_end(&call, EVENT_spin_lock_end, (const void *)lock, NULL, result);
	return result;
}

PUBLIC int pthread_spin_trylock(pthread_spinlock_t *lock)
{
	struct call call;

	if (!WRAP(&call, spin_trylock))
		return real.pthread_spin_trylock(lock);
	int result = real.pthread_spin_trylock(lock);
	wrap_emit(&call, EVENT_spin_trylock, (const void *)lock, NULL, result);
	return result;
}

PUBLIC int pthread_spin_unlock(pthread_spinlock_t *lock)
{
	struct call call;

	if (WRAP(&call, spin_unlock))
		wrap_emit(&call, EVENT_spin_unlock, (const void *)lock, NULL, 0);
	return real.pthread_spin_unlock(lock);
}
