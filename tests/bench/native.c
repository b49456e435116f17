/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * native lock|rlock|pthread ROUNDS: what a lock of the native library costs that one thread, not main,
 * acquires and releases, and one of libc's. Prints as workload does.
 */
#include <heddle.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct heddle_lock lock = HEDDLE_LOCK_INIT("lock");
static struct heddle_rlock rlock = HEDDLE_RLOCK_INIT("rlock");
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *kind;
static double round_ns;

static void run(long rounds)
{
	if (!strcmp(kind, "lock"))
		for (long i = 0; i < rounds; i++) {
			heddle_lock_acquire(&lock);
			heddle_lock_release(&lock);
		}
	else if (!strcmp(kind, "rlock"))
		for (long i = 0; i < rounds; i++) {
			heddle_rlock_acquire(&rlock);
			heddle_rlock_release(&rlock);
		}
	else
		for (long i = 0; i < rounds; i++) {
			pthread_mutex_lock(&mutex);
			pthread_mutex_unlock(&mutex);
		}
}

static int work(void *rounds)
{
	struct timespec start, end;

	run(*(long *)rounds / 10);
	clock_gettime(CLOCK_MONOTONIC, &start);
	run(*(long *)rounds);
	clock_gettime(CLOCK_MONOTONIC, &end);
	round_ns = ((double)(end.tv_sec - start.tv_sec) * 1e9 +
		    (double)(end.tv_nsec - start.tv_nsec)) /
		   (double)*(long *)rounds;
	return 0;
}

int main(int count, char **arguments)
{
	struct heddle_thread thread;
	long rounds = count > 2 ? atol(arguments[2]) : 0;

	if (rounds <= 0)
		return 2;
	kind = arguments[1];
	if (heddle_thread_init(&thread, "worker", work, &rounds) || heddle_thread_start(&thread) ||
	    heddle_thread_join(&thread))
		return 1;
	printf("%.2f %ld\n", round_ns, 2 * (rounds + rounds / 10));
	return 0;
}
