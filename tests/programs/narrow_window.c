/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * narrow_window [ROUNDS]: two threads take two locks in opposite orders, each within a microsecond
 * once in 50 ms, a good while apart. They deadlock if one of them stops in its microsecond.
 */
#include <pthread.h>

#include "tests/programs/expect.h"

#define ROUND_NS 50000000
#define APART_NS 20000000
#define WINDOW_NS 1000

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static long rounds = 20;

static void wait_ns(long ns)
{
	const struct timespec time = { .tv_nsec = ns };

	nanosleep(&time, NULL);
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static void book(pthread_mutex_t *first, pthread_mutex_t *second)
{
	EXPECT(pthread_mutex_lock(first), 0);
	for (long end = now_ns() + WINDOW_NS; now_ns() < end;)
		;
	EXPECT(pthread_mutex_lock(second), 0);
	EXPECT(pthread_mutex_unlock(second), 0);
	EXPECT(pthread_mutex_unlock(first), 0);
}

static void *debit(void *unused)
{
	for (long i = 0; i < rounds; i++) {
		wait_ns(ROUND_NS);
		book(&ledger, &journal);
	}
	return unused;
}

static void *credit(void *unused)
{
	wait_ns(APART_NS);
	for (long i = 0; i < rounds; i++) {
		wait_ns(ROUND_NS);
		book(&journal, &ledger);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];

	if (argc > 1)
		rounds = atol(argv[1]);
	EXPECT(pthread_create(&threads[0], NULL, debit, NULL), 0);
	EXPECT(pthread_create(&threads[1], NULL, credit, NULL), 0);
	EXPECT(pthread_join(threads[0], NULL), 0);
	EXPECT(pthread_join(threads[1], NULL), 0);
	return 0;
}
