/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Python's threading.Semaphore and BoundedSemaphore. Include <heddle.h>. */
#ifndef HEDDLE_SEMAPHORE_H
#define HEDDLE_SEMAPHORE_H

#include <heddle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of both kinds. */
struct heddle_semaphore {
	uint64_t state; /* private, as all that follows */
	const char *name;
	uint32_t bound, told; /* bound 0: none */
};

/* The highest value of either kind. */
#define HEDDLE_SEMAPHORE_MAX UINT32_C(0x7fffffff)

/* For static and automatic objects, instead of an init. value: 0 to HEDDLE_SEMAPHORE_MAX. */
#define HEDDLE_SEMAPHORE_INIT(value, name)                                                         \
	{                                                                                          \
		(value), (name), 0, 0                                                              \
	}
/* value: from 1 on. */
#define HEDDLE_BOUNDED_SEMAPHORE_INIT(value, name)                                                 \
	{                                                                                          \
		(value), (name), (value), 0                                                        \
	}

/*
 * Python: Semaphore(value), BoundedSemaphore(value). A bounded one never has more than value. One
 * thread, before any other uses it. 0, or HEDDLE_INVALID where value is above HEDDLE_SEMAPHORE_MAX,
 * or 0 for a bounded one, which nobody could ever acquire.
 */
int heddle_semaphore_init(struct heddle_semaphore *semaphore, uint32_t value, const char *name);
int heddle_bounded_semaphore_init(struct heddle_semaphore *semaphore, uint32_t value,
				  const char *name);

/* 0; HEDDLE_BUSY where a thread waits; HEDDLE_INVALID: destroyed before. */
int heddle_semaphore_destroy(struct heddle_semaphore *semaphore);

/* Python: acquire(). Waits until the value is above 0 and lowers it by one. 0, HEDDLE_INVALID. */
int heddle_semaphore_acquire(struct heddle_semaphore *semaphore);

/* Python: acquire(timeout=...), in ns. Also HEDDLE_TIMED_OUT. */
int heddle_semaphore_acquire_within(struct heddle_semaphore *semaphore, int64_t timeout_ns);
int heddle_semaphore_acquire_until(struct heddle_semaphore *semaphore,
				   const struct timespec *deadline);

/* Python: acquire(blocking=False). 0, or HEDDLE_BUSY where the value is 0. */
int heddle_semaphore_try_acquire(struct heddle_semaphore *semaphore);

/*
 * Python: release(n). Raises the value by count, and wakes as many waiters. Any thread, signal handlers
 * too. 0; HEDDLE_INVALID where count is 0; HEDDLE_TOO_MANY, and nothing is raised, where a bounded
 * one would get more than it had at first, or any more than HEDDLE_SEMAPHORE_MAX.
 */
int heddle_semaphore_release(struct heddle_semaphore *semaphore, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
