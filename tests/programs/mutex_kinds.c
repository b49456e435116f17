/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of mutex and every way to take it, with the results that POSIX promises. */
#include <errno.h>
#include <pthread.h>

#include "tests/programs/expect.h"

static pthread_mutex_t shared;

static void make(pthread_mutex_t *mutex, int type, int robust)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutexattr_setrobust(&attributes, robust);
	EXPECT(pthread_mutex_init(mutex, &attributes), 0);
	pthread_mutexattr_destroy(&attributes);
}

static void *try_while_held(void *unused)
{
	struct timespec real = soon(CLOCK_REALTIME, 20);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 40);

	(void)unused;
	EXPECT(pthread_mutex_trylock(&shared), EBUSY);
	EXPECT(pthread_mutex_timedlock(&shared, &real), ETIMEDOUT);
	EXPECT(pthread_mutex_clocklock(&shared, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT);
	return NULL;
}

static void *die_holding(void *unused)
{
	(void)unused;
	EXPECT(pthread_mutex_lock(&shared), 0);
	return NULL;
}

static void run(void *(*routine)(void *))
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, routine, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void plain(void)
{
	struct timespec time = soon(CLOCK_REALTIME, 1000);

	make(&shared, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
	EXPECT(pthread_mutex_trylock(&shared), 0);
	run(try_while_held);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	EXPECT(pthread_mutex_timedlock(&shared, &time), 0);
	EXPECT(pthread_mutex_destroy(&shared), EBUSY);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	EXPECT(pthread_mutex_destroy(&shared), 0);
}

static void recursive(void)
{
	make(&shared, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
	EXPECT(pthread_mutex_lock(&shared), 0);
	EXPECT(pthread_mutex_lock(&shared), 0);
	EXPECT(pthread_mutex_trylock(&shared), 0);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	run(try_while_held);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	EXPECT(pthread_mutex_unlock(&shared), EPERM);
	EXPECT(pthread_mutex_destroy(&shared), 0);
}

static void errorcheck(void)
{
	make(&shared, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
	EXPECT(pthread_mutex_unlock(&shared), EPERM);
	EXPECT(pthread_mutex_lock(&shared), 0);
	EXPECT(pthread_mutex_lock(&shared), EDEADLK);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	EXPECT(pthread_mutex_destroy(&shared), 0);
}

static void robust(void)
{
	make(&shared, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
	run(die_holding);
	EXPECT(pthread_mutex_lock(&shared), EOWNERDEAD);
	EXPECT(pthread_mutex_consistent(&shared), 0);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	run(die_holding);
	EXPECT(pthread_mutex_lock(&shared), EOWNERDEAD);
	EXPECT(pthread_mutex_unlock(&shared), 0);
	EXPECT(pthread_mutex_lock(&shared), ENOTRECOVERABLE);
	EXPECT(pthread_mutex_destroy(&shared), 0);
}

int main(void)
{
	plain();
	recursive();
	errorcheck();
	robust();
	puts("mutexes behave");
	return 0;
}
