/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lockpair PAIRS: nanoseconds of one uncontended lock and unlock, in a second thread. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long pairs;
static double pair_ns;

static void run(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
}

static void *measure(void *unused)
{
	struct timespec before, after;

	(void)unused;
	run(pairs / 10);
	clock_gettime(CLOCK_MONOTONIC, &before);
	run(pairs);
	clock_gettime(CLOCK_MONOTONIC, &after);
	pair_ns = ((double)(after.tv_sec - before.tv_sec) * 1e9 +
		   (double)(after.tv_nsec - before.tv_nsec)) /
		  (double)pairs;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	pairs = argc == 2 ? atol(argv[1]) : 0;
	if (pairs < 10) {
		fputs("usage: lockpair PAIRS\n", stderr);
		return 2;
	}
	if (pthread_create(&thread, NULL, measure, NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	printf("%.3f\n", pair_ns);
	return 0;
}
