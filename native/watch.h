/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library tells checkers that run beside the program: Valgrind's (Helgrind, DRD), and
 * ThreadSanitizer. They know libc's locks; ours are told to them, so that they see what a lock orders.
 */
#ifndef NATIVE_WATCH_H
#define NATIVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A checker is there; a checker or a recorder is, and each call goes the long way. Set before main, and
 * never changed.
 */
extern bool watch_is_checked, watch_is_on;

void watch_tell_acquired(const void *object);
void watch_tell_released(const void *object);
void watch_tell_posted(const void *object);
void watch_tell_new(const void *object, size_t size);

/* The calling thread has taken object, and sees all that was done before it was released. */
static inline void watch_acquired(const void *object)
{
	if (__builtin_expect(watch_is_checked, 0))
		watch_tell_acquired(object);
}

/* It is about to release object, which it had taken. */
static inline void watch_released(const void *object)
{
	if (__builtin_expect(watch_is_checked, 0))
		watch_tell_released(object);
}

/* The same of an object that it had not taken: what others did before their posts stays seen. */
static inline void watch_posted(const void *object)
{
	if (__builtin_expect(watch_is_checked, 0))
		watch_tell_posted(object);
}

/* What was in that memory before is over. */
static inline void watch_new(const void *object, size_t size)
{
	if (__builtin_expect(watch_is_checked, 0))
		watch_tell_new(object, size);
}

#endif
