/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Phases: at a barrier three threads wait for each other, and its action turns the page. */
#include <heddle.h>
#include <stdio.h>

#define THREADS 3
#define PHASES 10

static struct heddle_barrier barrier;
static int page;

static int turn(void *unused)
{
	(void)unused;
	page++;
	return 0;
}

static int work(void *unused)
{
	(void)unused;
	for (int phase = 1; phase <= PHASES; phase++) {
		int place = heddle_barrier_wait_within(&barrier, HEDDLE_S(30));
		if (place < 0)
			return place;
	}
	return 0;
}

int main(void)
{
	struct heddle_thread threads[THREADS];

	heddle_barrier_init(&barrier, THREADS, turn, NULL, HEDDLE_FOREVER, "end of phase");
	for (int i = 0; i < THREADS; i++) {
		heddle_thread_init(&threads[i], "worker", work, NULL);
		heddle_thread_start(&threads[i]);
	}
	for (int i = 0; i < THREADS; i++)
		heddle_thread_join(&threads[i]);
	printf("page %d\n", page);
	return page != PHASES;
}
