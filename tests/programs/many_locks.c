/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * many_locks [ROUNDS]: takes one of 2,000 mutexes in each round, now and then another inside it, in an
 * order that is the same in each run. Says how often each was taken, by rising counts.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/programs/expect.h"

#define LOCKS 2000
#define ROUNDS 6000

static pthread_mutex_t mutexes[LOCKS];
static int counts[LOCKS];

static unsigned random_lock(void)
{
	static uint64_t random = 1;

	random = random * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(random >> 33) % LOCKS;
}

static void take(unsigned which)
{
	EXPECT(pthread_mutex_lock(&mutexes[which]), 0);
	counts[which]++;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;

	for (int i = 0; i < LOCKS; i++)
		EXPECT(pthread_mutex_init(&mutexes[i], NULL), 0);
	for (int i = 0; i < rounds; i++) {
		unsigned which = random_lock();
		bool is_nested = i % 16 == 0 && which + 1 < LOCKS;

		take(which);
		if (is_nested) {
			take(which + 1);
			EXPECT(pthread_mutex_unlock(&mutexes[which + 1]), 0);
		}
		EXPECT(pthread_mutex_unlock(&mutexes[which]), 0);
	}
	qsort(counts, LOCKS, sizeof(counts[0]), compare);
	for (int i = 0; i < LOCKS; i++)
		printf("%d%s", counts[i], i + 1 < LOCKS ? ", " : "\n");
	return 0;
}
