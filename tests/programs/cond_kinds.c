/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every way to wait on a condition: woken, timed out, by either clock, one and all. */
#include <errno.h>
#include <pthread.h>

#include "tests/programs/expect.h"

#define CROWD 4

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int waiting, woken, goal;

static void *wait_plain(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	waiting++;
	EXPECT(pthread_cond_signal(&arrived), 0);
	while (goal == 0)
		EXPECT(pthread_cond_wait(&changed, &lock), 0);
	woken++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void wake_crowd(void)
{
	pthread_t threads[CROWD];

	for (int i = 0; i < CROWD; i++)
		EXPECT(pthread_create(&threads[i], NULL, wait_plain, NULL), 0);
	pthread_mutex_lock(&lock);
	while (waiting < CROWD)
		EXPECT(pthread_cond_wait(&arrived, &lock), 0);
	goal = 1;
	EXPECT(pthread_cond_broadcast(&changed), 0);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < CROWD; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
	EXPECT(woken, CROWD);
}

static void time_out(void)
{
	struct timespec real = soon(CLOCK_REALTIME, 20);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 40);

	pthread_mutex_lock(&lock);
	EXPECT(pthread_cond_timedwait(&changed, &lock, &real), ETIMEDOUT);
	EXPECT(pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT);
	EXPECT(pthread_mutex_trylock(&lock), EBUSY);
	pthread_mutex_unlock(&lock);
}

/* The kind of condition whose layout and size differ in the old symbol version. */
static void monotonic_attribute(void)
{
	pthread_condattr_t attributes;
	pthread_cond_t timer;
	struct timespec time = soon(CLOCK_MONOTONIC, 20);

	pthread_condattr_init(&attributes);
	EXPECT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
	EXPECT(pthread_cond_init(&timer, &attributes), 0);
	pthread_mutex_lock(&lock);
	EXPECT(pthread_cond_timedwait(&timer, &lock, &time), ETIMEDOUT);
	pthread_mutex_unlock(&lock);
	EXPECT(pthread_cond_destroy(&timer), 0);
}

int main(void)
{
	EXPECT(pthread_cond_init(&changed, NULL), 0);
	wake_crowd();
	time_out();
	monotonic_attribute();
	EXPECT(pthread_cond_signal(&changed), 0);
	EXPECT(pthread_cond_destroy(&changed), 0);
	puts("conditions behave");
	return 0;
}
