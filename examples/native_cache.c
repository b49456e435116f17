/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cache of each thread's own: no lock, and freed when its thread ends. */
#include <heddle.h>
#include <stdio.h>
#include <stdlib.h>

static int freed;

static void free_cache(void *cache)
{
	__atomic_add_fetch(&freed, 1, __ATOMIC_SEQ_CST);
	free(cache);
}

static struct heddle_local local = HEDDLE_LOCAL_INIT(free_cache, "cache");

static int *cache(void)
{
	int *own = heddle_local_get(&local);

	if (!own) {
		own = calloc(10, sizeof(*own));
		heddle_local_set(&local, own);
	}
	return own;
}

static int work(void *unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++)
		cache()[i % 10]++;
	return cache()[3];
}

int main(void)
{
	struct heddle_thread threads[3];
	int sum = 0;

	for (int i = 0; i < 3; i++) {
		heddle_thread_init(&threads[i], "worker", work, NULL);
		heddle_thread_start(&threads[i]);
	}
	for (int i = 0; i < 3; i++) {
		heddle_thread_join(&threads[i]);
		sum += heddle_thread_status(&threads[i]);
	}
	printf("%d, %d caches freed\n", sum, freed);
	return sum != 30 || freed != 3;
}
