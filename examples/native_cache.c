/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cache of each thread's own: no lock around look-ups, as no other thread sees it. It is made when its
 * thread first asks, and its destructor adds up what it was good for when the thread ends. Correct.
 */
#include <heddle.h>
#include <stdio.h>
#include <stdlib.h>

#define WORKERS 3
#define NUMBERS 100
#define ROUNDS 5

struct cache {
	long squares[NUMBERS]; /* 0: not known */
	int hits, misses;
};

static void add_up(void *value);

static struct heddle_local caches = HEDDLE_LOCAL_INIT(add_up, "caches");
static struct heddle_lock lock = HEDDLE_LOCK_INIT("sums");
static int hits, misses, freed;

static void add_up(void *value)
{
	struct cache *cache = value;

	HEDDLE_WITH(&lock) {
		hits += cache->hits;
		misses += cache->misses;
		freed++;
	}
	free(cache);
}

static struct cache *my_cache(void)
{
	struct cache *cache = heddle_local_get(&caches);

	if (cache)
		return cache;
	cache = calloc(1, sizeof(*cache));
	if (cache && heddle_local_set(&caches, cache)) {
		free(cache);
		return NULL;
	}
	return cache;
}

static int work(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS * NUMBERS; i++) {
		struct cache *cache = my_cache();
		long number = i % NUMBERS + 1;

		if (!cache)
			return HEDDLE_NO_MEMORY;
		if (cache->squares[number - 1]) {
			cache->hits++;
			continue;
		}
		cache->squares[number - 1] = number * number;
		cache->misses++;
	}
	return 0;
}

int main(void)
{
	struct heddle_thread workers[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		char name[24];

		snprintf(name, sizeof(name), "worker %d", i + 1);
		heddle_thread_init(&workers[i], name, work, NULL);
		heddle_thread_start(&workers[i]);
	}
	/* The destructors have run, too, when a join has returned. */
	for (int i = 0; i < WORKERS; i++)
		heddle_thread_join(&workers[i]);
	printf("%d hits, %d misses, %d caches freed\n", hits, misses, freed);
	return 0;
}
