/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads cancelled in a condition wait and in a join: cleanup runs, locks come back. */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int is_waiting, cleanups;

static void release(void *mutex)
{
	cleanups++;
	EXPECT(pthread_mutex_unlock(mutex), 0);
}

static void *wait_for_ever(void *unused)
{
	(void)unused;
	EXPECT(pthread_mutex_lock(&lock), 0);
	pthread_cleanup_push(release, &lock);
	is_waiting = 1;
	for (;;)
		pthread_cond_wait(&never, &lock);
	pthread_cleanup_pop(1);
	return NULL;
}

static void *join_other(void *other)
{
	pthread_join(*(pthread_t *)other, NULL);
	return NULL;
}

static void await_waiter(void)
{
	int is_there = 0;

	while (!is_there) {
		usleep(1000);
		EXPECT(pthread_mutex_lock(&lock), 0);
		is_there = is_waiting;
		EXPECT(pthread_mutex_unlock(&lock), 0);
	}
}

int main(void)
{
	pthread_t waiter, joiner;
	void *result;

	EXPECT(pthread_create(&waiter, NULL, wait_for_ever, NULL), 0);
	await_waiter();
	EXPECT(pthread_create(&joiner, NULL, join_other, &waiter), 0);
	usleep(20000);
	EXPECT(pthread_tryjoin_np(joiner, &result), EBUSY);
	EXPECT(pthread_cancel(joiner), 0);
	EXPECT(pthread_join(joiner, &result), 0);
	EXPECT(result == PTHREAD_CANCELED, 1);
	EXPECT(pthread_cancel(waiter), 0);
	EXPECT(pthread_join(waiter, &result), 0);
	EXPECT(result == PTHREAD_CANCELED, 1);
	EXPECT(cleanups, 1);
	EXPECT(pthread_mutex_trylock(&lock), 0);
	puts("cancellation works");
	return 0;
}
