/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock that any thread may release: Python's threading.Lock. Include <heddle.h>. */
#ifndef HEDDLE_LOCK_H
#define HEDDLE_LOCK_H

#include <heddle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heddle_lock {
	uint32_t word, waiters; /* private, as all that follows */
	const char *name;
	uint32_t told, reserved;
};

/* For static and automatic objects, instead of heddle_lock_init(). */
#define HEDDLE_LOCK_INIT(name)                                                                     \
	{                                                                                          \
		0, 0, (name), 0, 0                                                                 \
	}

/* Python: Lock(). The lock is free. One thread, before any other uses it. 0. */
int heddle_lock_init(struct heddle_lock *lock, const char *name);

/*
 * No thread uses it any more. 0; HEDDLE_BUSY and nothing is done where it is held or waited for;
 * HEDDLE_INVALID where it was destroyed before. Afterwards every call but init is HEDDLE_INVALID.
 */
int heddle_lock_destroy(struct heddle_lock *lock);

/*
 * Python: acquire(). Waits until the lock is free and takes it. A thread that holds it already waits,
 * too: for ever, unless another one releases. 0, or HEDDLE_INVALID where it is destroyed.
 */
int heddle_lock_acquire(struct heddle_lock *lock);

/* Python: acquire(timeout=...), in ns. Also HEDDLE_TIMED_OUT. */
int heddle_lock_acquire_within(struct heddle_lock *lock, int64_t timeout_ns);
int heddle_lock_acquire_until(struct heddle_lock *lock, const struct timespec *deadline);

/* Python: acquire(blocking=False). 0, or HEDDLE_BUSY where it is held. */
int heddle_lock_try_acquire(struct heddle_lock *lock);

/*
 * Python: release(). By any thread, whoever acquired it. 0, or HEDDLE_NOT_HELD where nobody holds
 * it. One of the waiters takes it next; which, is not said.
 */
int heddle_lock_release(struct heddle_lock *lock);

/* Python: locked(). Any thread; may be out of date when it is told. */
bool heddle_lock_locked(const struct heddle_lock *lock);

#ifdef __cplusplus
}
#endif

#endif
