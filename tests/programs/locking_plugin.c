/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library that locks while it is loaded and while it is unloaded. */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_and_unlock(void)
{
	if (pthread_mutex_lock(&mutex) != 0 || pthread_mutex_unlock(&mutex) != 0)
		abort();
}

static __attribute__((constructor)) void load(void)
{
	lock_and_unlock();
}

static __attribute__((destructor)) void unload(void)
{
	lock_and_unlock();
}
