/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names that glibc has in two versions which behave differently: the old ones, for programs
 * that bind to them. Which symbol is of which version: versions.map. Conditions of version
 * 2.2.5 point to what the newer ones are; quick_exit() 2.10 runs the thread's destructors;
 * pthread_kill() 2.2.5 says ESRCH of a thread that has ended.
 */
#include "primitives/old.h"

#include <dlfcn.h>

#include "primitives/cond.h"
#include "primitives/process.h"

/* The real functions of the old versions. */
static struct {
	__typeof__(&pthread_cond_init) cond_init;
	cond_fn cond_destroy, cond_signal, cond_broadcast;
	cond_wait_fn cond_wait;
	cond_timedwait_fn cond_timedwait;
	__typeof__(&pthread_kill) kill;
	__typeof__(&quick_exit) quick_exit;
} old;

/* Exported as name@version only. */
#define OLD(function, name, version)                                                               \
	__asm__(".symver " #function ", " #name "@" version);                                      \
	PUBLIC __typeof__(name) function

#define RESOLVE(field, name, version) (*(void **)&old.field = dlvsym(RTLD_NEXT, name, version))

void old_resolve(void)
{
	RESOLVE(cond_init, "pthread_cond_init", "GLIBC_2.2.5");
	RESOLVE(cond_destroy, "pthread_cond_destroy", "GLIBC_2.2.5");
	RESOLVE(cond_wait, "pthread_cond_wait", "GLIBC_2.2.5");
	RESOLVE(cond_timedwait, "pthread_cond_timedwait", "GLIBC_2.2.5");
	RESOLVE(cond_signal, "pthread_cond_signal", "GLIBC_2.2.5");
	RESOLVE(cond_broadcast, "pthread_cond_broadcast", "GLIBC_2.2.5");
	RESOLVE(kill, "pthread_kill", "GLIBC_2.2.5");
	RESOLVE(quick_exit, "quick_exit", "GLIBC_2.10");
}

/* What an old condition points to is libc's own business. */
static int old_state(const void *cond)
{
	(void)cond;
	return 0;
}

OLD(old_cond_init, pthread_cond_init, "GLIBC_2.2.5");
OLD(old_cond_destroy, pthread_cond_destroy, "GLIBC_2.2.5");
OLD(old_cond_wait, pthread_cond_wait, "GLIBC_2.2.5");
OLD(old_cond_timedwait, pthread_cond_timedwait, "GLIBC_2.2.5");
OLD(old_cond_signal, pthread_cond_signal, "GLIBC_2.2.5");
OLD(old_cond_broadcast, pthread_cond_broadcast, "GLIBC_2.2.5");
OLD(old_kill, pthread_kill, "GLIBC_2.2.5");
OLD(old_quick_exit, quick_exit, "GLIBC_2.10");

int old_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes)
{
	struct call call;

	if (!WRAP(&call, cond_init))
		return old.cond_init(cond, attributes);
	int result = old.cond_init(cond, attributes);
	if (result == 0)
		wrap_emit(&call, EVENT_cond_init, cond, NULL, 0);
	return result;
}

int old_cond_destroy(pthread_cond_t *cond)
{
	return cond_do_destroy(WRAP_CALLER, &old.cond_destroy, cond);
}

int old_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return cond_do_wait(WRAP_CALLER, &old.cond_wait, old_state, cond, mutex);
}

int old_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
		       const struct timespec *deadline)
{
	return cond_do_timedwait(WRAP_CALLER, &old.cond_timedwait, old_state, cond, mutex,
				 deadline);
}

int old_cond_signal(pthread_cond_t *cond)
{
	return cond_do_signal(WRAP_CALLER, &old.cond_signal, old_state, cond);
}

int old_cond_broadcast(pthread_cond_t *cond)
{
	return cond_do_broadcast(WRAP_CALLER, &old.cond_broadcast, old_state, cond);
}

int old_kill(pthread_t thread, int signal)
{
	struct call call;

	if (!WRAP(&call, thread_kill))
		return old.kill(thread, signal);
	int result = old.kill(thread, signal);
	if (result == 0)
		wrap_emit(&call, EVENT_thread_kill, (void *)thread, NULL, signal);
	return result;
}

void old_quick_exit(int status)
{
	struct call call;

	if (WRAP(&call, process_exit))
		process_exit(&call, status & 0xff);
	old.quick_exit(status);
	__builtin_unreachable();
}
