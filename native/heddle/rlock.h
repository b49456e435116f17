/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock that its owner may take again: Python's threading.RLock. Include <heddle.h>. */
#ifndef HEDDLE_RLOCK_H
#define HEDDLE_RLOCK_H

#include <heddle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heddle_rlock {
	uint32_t word, waiters; /* private, as all that follows */
	uint32_t depth, told;
	const char *name;
};

/* For static and automatic objects, instead of heddle_rlock_init(). */
#define HEDDLE_RLOCK_INIT(name)                                                                    \
	{                                                                                          \
		0, 0, 0, 0, (name)                                                                 \
	}

/* Python: RLock(). The lock is free. One thread, before any other uses it. 0. */
int heddle_rlock_init(struct heddle_rlock *lock, const char *name);

/* As heddle_lock_destroy(). */
int heddle_rlock_destroy(struct heddle_rlock *lock);

/*
 * Python: acquire(). Waits until no other thread owns the lock and takes it, or takes it once more.
 * It is free when it was released as often. 0; HEDDLE_INVALID where it is destroyed; HEDDLE_TOO_MANY
 * after 2^32 - 1 times.
 */
int heddle_rlock_acquire(struct heddle_rlock *lock);

/* Python: acquire(timeout=...), in ns. Also HEDDLE_TIMED_OUT. */
int heddle_rlock_acquire_within(struct heddle_rlock *lock, int64_t timeout_ns);
int heddle_rlock_acquire_until(struct heddle_rlock *lock, const struct timespec *deadline);

/* Python: acquire(blocking=False). 0, or HEDDLE_BUSY where another thread owns it. */
int heddle_rlock_try_acquire(struct heddle_rlock *lock);

/* Python: release(). Its owner only: HEDDLE_NOT_HELD for any other thread. */
int heddle_rlock_release(struct heddle_rlock *lock);

/* Does the calling thread own it? Any thread. */
bool heddle_rlock_owned(const struct heddle_rlock *lock);

#ifdef __cplusplus
}
#endif

#endif
