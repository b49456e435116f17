/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of read-write lock and every way to take it, with the results that glibc gives. */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_rwlock_t shared;
static pthread_rwlock_t readers_first = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t writers_first = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void make(int preference, int sharing)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, preference);
	pthread_rwlockattr_setpshared(&attributes, sharing);
	EXPECT(pthread_rwlock_init(&shared, &attributes), 0);
	pthread_rwlockattr_destroy(&attributes);
}

static void run(void *(*routine)(void *), void *argument)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, routine, argument), 0);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void fail_to_write(pthread_rwlock_t *lock)
{
	struct timespec real = soon(CLOCK_REALTIME, 20);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 40);

	EXPECT(pthread_rwlock_trywrlock(lock), EBUSY);
	EXPECT(pthread_rwlock_timedwrlock(lock, &real), ETIMEDOUT);
	EXPECT(pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT);
}

static void fail_to_read(pthread_rwlock_t *lock)
{
	struct timespec real = soon(CLOCK_REALTIME, 20);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 40);

	EXPECT(pthread_rwlock_tryrdlock(lock), EBUSY);
	EXPECT(pthread_rwlock_timedrdlock(lock, &real), ETIMEDOUT);
	EXPECT(pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT);
}

static void *while_read(void *lock)
{
	EXPECT(pthread_rwlock_rdlock(lock), 0);
	EXPECT(pthread_rwlock_unlock(lock), 0);
	EXPECT(pthread_rwlock_tryrdlock(lock), 0);
	EXPECT(pthread_rwlock_unlock(lock), 0);
	fail_to_write(lock);
	return NULL;
}

static void *while_written(void *lock)
{
	fail_to_read(lock);
	fail_to_write(lock);
	return NULL;
}

static void *while_writer_waits(void *lock)
{
	fail_to_read(lock);
	return NULL;
}

static void *write_once(void *lock)
{
	EXPECT(pthread_rwlock_wrlock(lock), 0);
	EXPECT(pthread_rwlock_unlock(lock), 0);
	return NULL;
}

/* All that one lock can do when no writer waits for it. */
static void plain(pthread_rwlock_t *lock)
{
	struct timespec real = soon(CLOCK_REALTIME, 10000);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 10000);

	EXPECT(pthread_rwlock_rdlock(lock), 0);
	EXPECT(pthread_rwlock_timedrdlock(lock, &real), 0);
	EXPECT(pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &monotonic), 0);
	run(while_read, lock);
	for (int i = 0; i < 3; i++)
		EXPECT(pthread_rwlock_unlock(lock), 0);
	EXPECT(pthread_rwlock_timedwrlock(lock, &real), 0);
	EXPECT(pthread_rwlock_unlock(lock), 0);
	EXPECT(pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, &real), 0);
	EXPECT(pthread_rwlock_unlock(lock), 0);
	EXPECT(pthread_rwlock_trywrlock(lock), 0);
	run(while_written, lock);
	EXPECT(pthread_rwlock_rdlock(lock), EDEADLK);
	EXPECT(pthread_rwlock_wrlock(lock), EDEADLK);
	EXPECT(pthread_rwlock_timedwrlock(lock, &real), EDEADLK);
	EXPECT(pthread_rwlock_unlock(lock), 0);
}

/* glibc refuses such a time although the lock is free; nothing is acquired. */
static void wrong_times(void)
{
	struct timespec wrong = { .tv_nsec = 1000000000 };
	struct timespec right = soon(CLOCK_REALTIME, 10000);

	EXPECT(pthread_rwlock_timedrdlock(&shared, &wrong), EINVAL);
	EXPECT(pthread_rwlock_timedwrlock(&shared, &wrong), EINVAL);
	EXPECT(pthread_rwlock_clockrdlock(&shared, CLOCK_PROCESS_CPUTIME_ID, &right), EINVAL);
	EXPECT(pthread_rwlock_clockwrlock(&shared, CLOCK_PROCESS_CPUTIME_ID, &right), EINVAL);
	EXPECT(pthread_rwlock_trywrlock(&shared), 0);
	EXPECT(pthread_rwlock_unlock(&shared), 0);
}

/* A writer that waits for a reader keeps other readers out, where writers go first. */
static void writer_waits(void)
{
	pthread_t writer;

	EXPECT(pthread_rwlock_rdlock(&writers_first), 0);
	EXPECT(pthread_create(&writer, NULL, write_once, &writers_first), 0);
	while (pthread_rwlock_tryrdlock(&writers_first) == 0) {
		EXPECT(pthread_rwlock_unlock(&writers_first), 0);
		usleep(1000);
	}
	run(while_writer_waits, &writers_first);
	EXPECT(pthread_rwlock_unlock(&writers_first), 0);
	EXPECT(pthread_join(writer, NULL), 0);
}

int main(void)
{
	make(PTHREAD_RWLOCK_DEFAULT_NP, PTHREAD_PROCESS_PRIVATE);
	wrong_times();
	plain(&shared);
	EXPECT(pthread_rwlock_destroy(&shared), 0);
	make(PTHREAD_RWLOCK_PREFER_WRITER_NP, PTHREAD_PROCESS_PRIVATE);
	plain(&shared);
	EXPECT(pthread_rwlock_destroy(&shared), 0);
	make(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP, PTHREAD_PROCESS_SHARED);
	plain(&shared);
	EXPECT(pthread_rwlock_destroy(&shared), 0);
	plain(&readers_first);
	plain(&writers_first);
	writer_waits();
	puts("read-write locks behave");
	return 0;
}
