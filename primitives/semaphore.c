/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphores, unnamed and named.
 *
 * One is tried first, so that a count above 0 costs one event and only a thread that is
 * about to block says so. The attempt comes where libc makes its own: after the deadline
 * was checked, and after a pending cancellation was acted upon. With a time limit it is told as an
 * attempt where it need not wait.
 */
#include <errno.h>
#include <stdarg.h>
#include <time.h>

#include "primitives/cleanup.h"
#include "primitives/wrap.h"

struct sem_wait {
	struct call call;
	const void *semaphore;
	struct _pthread_cleanup_buffer cleanup;
};

static bool sem_take(struct call *call, enum event_type type, sem_t *semaphore)
{
	int saved_errno = errno;

	if (real.sem_trywait(semaphore) != 0) {
		errno = saved_errno;
		return false;
	}
	wrap_emit(call, type, semaphore, NULL, 0);
	return true;
}

static void sem_wait_cancelled(void *context)
{
	struct sem_wait *wait = context;

	wrap_wait_end(&wait->call, EVENT_sem_wait_end, wait->semaphore, NULL, ECANCELED);
}

static void sem_wait_begin(struct sem_wait *wait, enum event_type type, const void *semaphore)
{
	wait->semaphore = semaphore;
	wrap_wait_begin(&wait->call, type, semaphore, NULL, 0);
	_pthread_cleanup_push(&wait->cleanup, sem_wait_cancelled, wait);
}

static int sem_wait_end(struct sem_wait *wait, int result)
{
	_pthread_cleanup_pop(&wait->cleanup, 0);
	wrap_wait_end(&wait->call, EVENT_sem_wait_end, wait->semaphore, NULL,
		      result == 0 ? 0 : errno);
	return result;
}

/* libc refuses any other before it looks at the semaphore. */
static bool is_deadline(const struct timespec *deadline)
{
	return deadline && deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000;
}

PUBLIC int sem_init(sem_t *semaphore, int is_shared, unsigned count)
{
	struct call call;

	if (!WRAP(&call, sem_init))
		return real.sem_init(semaphore, is_shared, count);
	int result = real.sem_init(semaphore, is_shared, count);
	if (result == 0)
		wrap_emit(&call, EVENT_sem_init, semaphore,
			  (void *)(uint64_t)(is_shared ? MUTEX_SHARED : 0), count);
	return result;
}

PUBLIC int sem_destroy(sem_t *semaphore)
{
	struct call call;

	if (WRAP(&call, sem_destroy))
		wrap_emit(&call, EVENT_sem_destroy, semaphore, NULL, 0);
	return real.sem_destroy(semaphore);
}

PUBLIC sem_t *sem_open(const char *name, int flags, ...)
{
	struct call call;
	mode_t mode = 0;
	unsigned count = 0;
	va_list more;

	if (flags & O_CREAT) {
		va_start(more, flags);
		mode = va_arg(more, mode_t);
		count = va_arg(more, unsigned);
		va_end(more);
	}
	if (!WRAP(&call, sem_open))
		return real.sem_open(name, flags, mode, count);
	sem_t *semaphore = real.sem_open(name, flags, mode, count);
	int value;
	if (semaphore != SEM_FAILED && sem_getvalue(semaphore, &value) == 0)
		wrap_emit_text(&call, EVENT_sem_open, semaphore, value, name);
	return semaphore;
}

PUBLIC int sem_close(sem_t *semaphore)
{
	struct call call;

	if (WRAP(&call, sem_close))
		wrap_emit(&call, EVENT_sem_close, semaphore, NULL, 0);
	return real.sem_close(semaphore);
}

PUBLIC int sem_unlink(const char *name)
{
	struct call call;

	if (!WRAP(&call, sem_unlink))
		return real.sem_unlink(name);
	int result = real.sem_unlink(name);
	wrap_emit_text(&call, EVENT_sem_unlink, NULL, result == 0 ? 0 : errno, name);
	return result;
}

static __attribute__((noinline)) int sem_wait_told(sem_t *semaphore, const void *site,
						   const void *frame)
{
	struct sem_wait wait;

	if (!WRAP_FROM(&wait.call, sem_wait, site, frame))
		return real.sem_wait(semaphore);
	pthread_testcancel();
	if (sem_take(&wait.call, EVENT_sem_wait, semaphore))
		return 0;
	sem_wait_begin(&wait, EVENT_sem_wait_begin, semaphore);
	return sem_wait_end(&wait, real.sem_wait(semaphore));
}

PUBLIC int sem_wait(sem_t *semaphore)
{
	WRAP_OFTEN(sem_wait, real.sem_wait(semaphore), sem_wait_told(semaphore, WRAP_CALLER));
}

PUBLIC int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
	struct sem_wait wait;

	if (!is_deadline(deadline) || !WRAP(&wait.call, sem_wait))
		return real.sem_timedwait(semaphore, deadline);
	pthread_testcancel();
	if (sem_take(&wait.call, EVENT_sem_trywait, semaphore))
		return 0;
	sem_wait_begin(&wait, EVENT_sem_timedwait_begin, semaphore);
	return sem_wait_end(&wait, real.sem_timedwait(semaphore, deadline));
}

/* Unlike the two above, libc's is no cancellation point where it need not wait. */
PUBLIC int sem_clockwait(sem_t *restrict semaphore, clockid_t clock,
			 const struct timespec *restrict deadline)
{
	struct sem_wait wait;

	if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || !is_deadline(deadline) ||
	    !WRAP(&wait.call, sem_wait))
		return real.sem_clockwait(semaphore, clock, deadline);
	if (sem_take(&wait.call, EVENT_sem_trywait, semaphore))
		return 0;
	sem_wait_begin(&wait, EVENT_sem_timedwait_begin, semaphore);
	return sem_wait_end(&wait, real.sem_clockwait(semaphore, clock, deadline));
}

static __attribute__((noinline)) int sem_trywait_told(sem_t *semaphore, const void *site,
						      const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, sem_trywait, site, frame))
		return real.sem_trywait(semaphore);
	int result = real.sem_trywait(semaphore);
	wrap_emit(&call, EVENT_sem_trywait, semaphore, NULL, result == 0 ? 0 : errno);
	return result;
}

PUBLIC int sem_trywait(sem_t *semaphore)
{
	WRAP_OFTEN(sem_trywait, real.sem_trywait(semaphore),
		   sem_trywait_told(semaphore, WRAP_CALLER));
}

static __attribute__((noinline)) int sem_post_told(sem_t *semaphore, const void *site,
						   const void *frame)
{
	struct call call;

	if (!WRAP_FROM(&call, sem_post, site, frame))
		return real.sem_post(semaphore);
	wrap_emit(&call, EVENT_sem_post, semaphore, NULL, 0);
	int result = real.sem_post(semaphore);
	if (result != 0)
		wrap_emit(&call, EVENT_sem_post_failed, semaphore, NULL, errno);
	return result;
}

PUBLIC int sem_post(sem_t *semaphore)
{
	WRAP_OFTEN(sem_post, real.sem_post(semaphore), sem_post_told(semaphore, WRAP_CALLER));
}
