/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spin locks, free and held, of one process and shared, with the results that POSIX promises. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/programs/expect.h"

#define SPUN_NS 20000000

static pthread_spinlock_t lock;
static atomic_bool is_about_to_spin;

static void *try_while_held(void *unused)
{
	(void)unused;
	EXPECT(pthread_spin_trylock(&lock), EBUSY);
	return NULL;
}

static void *spin(void *unused)
{
	(void)unused;
	atomic_store(&is_about_to_spin, true);
	EXPECT(pthread_spin_lock(&lock), 0);
	EXPECT(pthread_spin_unlock(&lock), 0);
	return NULL;
}

static long long used_ns(pthread_t thread)
{
	struct timespec used = { 0 };
	clockid_t clock;

	EXPECT(pthread_getcpuclockid(thread, &clock), 0);
	EXPECT(clock_gettime(clock, &used), 0);
	return used.tv_sec * 1000000000LL + used.tv_nsec;
}

/* A thread that spins uses up processor time; that is how it can be seen. */
static void contended(void)
{
	pthread_t thread;

	atomic_store(&is_about_to_spin, false);
	EXPECT(pthread_spin_lock(&lock), 0);
	EXPECT(pthread_create(&thread, NULL, spin, NULL), 0);
	while (!atomic_load(&is_about_to_spin))
		;
	long long before = used_ns(thread);
	while (used_ns(thread) - before < SPUN_NS)
		;
	EXPECT(pthread_spin_unlock(&lock), 0);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void each_way(int sharing)
{
	pthread_t thread;

	EXPECT(pthread_spin_init(&lock, sharing), 0);
	EXPECT(pthread_spin_trylock(&lock), 0);
	EXPECT(pthread_create(&thread, NULL, try_while_held, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	EXPECT(pthread_spin_unlock(&lock), 0);
	contended();
	EXPECT(pthread_spin_destroy(&lock), 0);
}

int main(void)
{
	each_way(PTHREAD_PROCESS_PRIVATE);
	each_way(PTHREAD_PROCESS_SHARED);
	puts("spin locks behave");
	return 0;
}
