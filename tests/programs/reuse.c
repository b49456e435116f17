/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks made and destroyed at one address, in opposite orders: different locks, no cycle. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t one, two;
static atomic_int first_is_done, locks_are_new;

static void *forwards(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&one);
	pthread_mutex_lock(&two);
	pthread_mutex_unlock(&two);
	pthread_mutex_unlock(&one);
	atomic_store(&first_is_done, 1);
	return NULL;
}

static void *backwards(void *unused)
{
	(void)unused;
	while (!atomic_load(&locks_are_new))
		usleep(1000);
	pthread_mutex_lock(&two);
	pthread_mutex_lock(&one);
	pthread_mutex_unlock(&one);
	pthread_mutex_unlock(&two);
	return NULL;
}

static void make(void)
{
	EXPECT(pthread_mutex_init(&one, NULL), 0);
	EXPECT(pthread_mutex_init(&two, NULL), 0);
}

int main(void)
{
	pthread_t threads[2];

	make();
	EXPECT(pthread_create(&threads[0], NULL, forwards, NULL), 0);
	EXPECT(pthread_create(&threads[1], NULL, backwards, NULL), 0);
	while (!atomic_load(&first_is_done))
		usleep(1000);
	EXPECT(pthread_mutex_destroy(&one), 0);
	EXPECT(pthread_mutex_destroy(&two), 0);
	make();
	atomic_store(&locks_are_new, 1);
	EXPECT(pthread_join(threads[0], NULL), 0);
	EXPECT(pthread_join(threads[1], NULL), 0);
	puts("locks reused");
	return 0;
}
