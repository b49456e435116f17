/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests that Valgrind and ThreadSanitizer have for locks that are not libc's. */
#include "native/watch.h"

#if HAVE_VALGRIND_HELGRIND_H
#include <valgrind/helgrind.h>
#else
/* Without its header nothing is told to Valgrind. */
#define RUNNING_ON_VALGRIND 0
#define ANNOTATE_HAPPENS_AFTER(object) (void)(object)
#define ANNOTATE_HAPPENS_BEFORE(object) (void)(object)
#define VALGRIND_HG_CLEAN_MEMORY(object, size) (void)(object)
#endif

/* There where the program was built with -fsanitize=thread. */
void __tsan_acquire(void *object) __attribute__((weak));
void __tsan_release(void *object) __attribute__((weak));

bool watch_is_checked, watch_is_on;

static __attribute__((constructor)) void watch_start(void)
{
	if (RUNNING_ON_VALGRIND || __tsan_acquire)
		watch_is_checked = watch_is_on = true;
}

void watch_tell_acquired(const void *object)
{
	if (__tsan_acquire)
		__tsan_acquire((void *)object);
	ANNOTATE_HAPPENS_AFTER(object);
}

void watch_tell_released(const void *object)
{
	if (__tsan_release)
		__tsan_release((void *)object);
	ANNOTATE_HAPPENS_BEFORE(object);
}

void watch_tell_posted(const void *object)
{
	if (__tsan_release)
		__tsan_release((void *)object);
	/* Helgrind keeps the latest release alone, so it must have seen the others. */
	ANNOTATE_HAPPENS_AFTER(object);
	ANNOTATE_HAPPENS_BEFORE(object);
}

void watch_tell_new(const void *object, size_t size)
{
	(void)size;
	VALGRIND_HG_CLEAN_MEMORY(object, size);
}
