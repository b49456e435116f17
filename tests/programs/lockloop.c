/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lockloop THREADS PAIRS own|shared: a known number of lock and unlock pairs. */
#include <pthread.h>
#include <string.h>

#include "tests/programs/expect.h"

#define MOST_THREADS 64

static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t own[MOST_THREADS][4]; /* apart, each in cache lines of its own */
static long pairs;

static void *loop(void *mutex)
{
	for (long i = 0; i < pairs; i++) {
		pthread_mutex_lock(mutex);
		pthread_mutex_unlock(mutex);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST_THREADS];
	int count = argc == 4 ? atoi(argv[1]) : 0;

	if (count < 1 || count > MOST_THREADS) {
		fputs("usage: lockloop THREADS PAIRS own|shared\n", stderr);
		return 2;
	}
	pairs = atol(argv[2]);
	for (int i = 0; i < count; i++) {
		pthread_mutex_t *mutex = strcmp(argv[3], "own") == 0 ? &own[i][0] : &shared;

		EXPECT(pthread_create(&threads[i], NULL, loop, mutex), 0);
	}
	for (int i = 0; i < count; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
	printf("%ld pairs\n", pairs * count);
	return 0;
}
