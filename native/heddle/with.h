/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A block during which something is held: Python's `with`. Include <heddle.h>.
 *
 *	HEDDLE_WITH(&queue->lock) {
 *		if (queue->length == 0)
 *			return NULL;
 *		...
 *	}
 *
 * It is acquired before, and released on every way out: the end, break, continue, return, goto, in
 * C++ an exception; in C with -fexceptions also pthread_exit() and cancellation. For a heddle_lock,
 * _rlock, _condition (its lock) or _semaphore. Where it cannot be acquired, because it is
 * destroyed, the block is not entered.
 */
#ifndef HEDDLE_WITH_H
#define HEDDLE_WITH_H

#include <heddle/condition.h>
#include <heddle/lock.h>
#include <heddle/rlock.h>
#include <heddle/semaphore.h>

#ifdef __cplusplus
extern "C" {
#endif

enum heddle_with_kind {
	HEDDLE_WITH_LOCK,
	HEDDLE_WITH_RLOCK,
	HEDDLE_WITH_CONDITION,
	HEDDLE_WITH_SEMAPHORE
};

/* Of the macro alone. */
struct heddle_with {
	void *object;
	enum heddle_with_kind kind;
	bool is_held, is_first;
};

void heddle_with_leave(struct heddle_with *with);

#ifdef __cplusplus
}

inline enum heddle_with_kind heddle_with_kind_of(const struct heddle_lock *)
{
	return HEDDLE_WITH_LOCK;
}

inline enum heddle_with_kind heddle_with_kind_of(const struct heddle_rlock *)
{
	return HEDDLE_WITH_RLOCK;
}

inline enum heddle_with_kind heddle_with_kind_of(const struct heddle_condition *)
{
	return HEDDLE_WITH_CONDITION;
}

inline enum heddle_with_kind heddle_with_kind_of(const struct heddle_semaphore *)
{
	return HEDDLE_WITH_SEMAPHORE;
}

/* By a pointer, so that the place of the call is the macro's. */
inline int (*heddle_with_acquire(struct heddle_lock *))(struct heddle_lock *)
{
	return heddle_lock_acquire;
}

inline int (*heddle_with_acquire(struct heddle_rlock *))(struct heddle_rlock *)
{
	return heddle_rlock_acquire;
}

inline int (*heddle_with_acquire(struct heddle_condition *))(struct heddle_condition *)
{
	return heddle_condition_acquire;
}

inline int (*heddle_with_acquire(struct heddle_semaphore *))(struct heddle_semaphore *)
{
	return heddle_semaphore_acquire;
}

#define HEDDLE_WITH_KIND(object) heddle_with_kind_of(object)
#define HEDDLE_WITH_ACQUIRE(object) heddle_with_acquire(object)(object)
#else
#define HEDDLE_WITH_KIND(object)                                                                   \
	_Generic((object), struct heddle_lock *                                                    \
		 : HEDDLE_WITH_LOCK, struct heddle_rlock *                                         \
		 : HEDDLE_WITH_RLOCK, struct heddle_condition *                                    \
		 : HEDDLE_WITH_CONDITION, struct heddle_semaphore *                                \
		 : HEDDLE_WITH_SEMAPHORE)
#define HEDDLE_WITH_ACQUIRE(object)                                                                \
	_Generic((object), struct heddle_lock *                                                    \
		 : heddle_lock_acquire, struct heddle_rlock *                                      \
		 : heddle_rlock_acquire, struct heddle_condition *                                 \
		 : heddle_condition_acquire, struct heddle_semaphore *                             \
		 : heddle_semaphore_acquire)(object)
#endif

#define HEDDLE_WITH_PASTE(name, line) name##line
#define HEDDLE_WITH_NAME(line) HEDDLE_WITH_PASTE(heddle_with_, line)

/* object is evaluated twice. */
#define HEDDLE_WITH(object) HEDDLE_WITH_IN(HEDDLE_WITH_NAME(__LINE__), object)
#define HEDDLE_WITH_IN(with, object)                                                               \
	for (struct heddle_with with __attribute__((                                               \
		     cleanup(heddle_with_leave))) = { (object), HEDDLE_WITH_KIND(object),          \
						      HEDDLE_WITH_ACQUIRE(object) == 0, true };    \
	     with.is_held && with.is_first; with.is_first = false)

#endif
