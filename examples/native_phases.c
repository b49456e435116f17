/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Four workers smooth a row of numbers, each its own part, phase after phase. A barrier lets nobody
 * begin a phase before all have ended the one before, and its action, which one of them runs
 * while the others wait, makes the new row the old one. Correct.
 */
#include <heddle.h>
#include <stdio.h>

#define WORKERS 4
#define PART 4
#define SIZE (WORKERS * PART)
#define PHASES 3

static struct heddle_barrier barrier;
static int rows[2][SIZE];
static int *old_row = rows[0], *new_row = rows[1];
static int phase;

struct worker {
	struct heddle_thread thread;
	int start;
};

static int next_phase(void *unused)
{
	int *row = old_row;

	(void)unused;
	old_row = new_row;
	new_row = row;
	printf("phase %d:", ++phase);
	for (int i = 0; i < SIZE; i++)
		printf(" %d", old_row[i]);
	putchar('\n');
	return 0;
}

/* Python's subclass with a run() of its own. */
static int work(struct heddle_thread *thread)
{
	const struct worker *worker = (const struct worker *)thread;

	for (int i = 0; i < PHASES; i++) {
		for (int at = worker->start; at < worker->start + PART; at++) {
			int left = at > 0 ? old_row[at - 1] : 0;
			int right = at < SIZE - 1 ? old_row[at + 1] : 0;

			new_row[at] = (left + right) / 2;
		}
		if (heddle_barrier_wait(&barrier) < 0)
			return HEDDLE_BROKEN;
	}
	return 0;
}

int main(void)
{
	static struct worker workers[WORKERS];

	rows[0][SIZE / 2] = 800;
	heddle_barrier_init(&barrier, WORKERS, next_phase, NULL, HEDDLE_FOREVER, "phase end");
	for (int i = 0; i < WORKERS; i++) {
		char name[24];

		snprintf(name, sizeof(name), "worker %d", i + 1);
		workers[i].start = i * PART;
		heddle_thread_init_run(&workers[i].thread, name, work);
		heddle_thread_start(&workers[i].thread);
	}
	for (int i = 0; i < WORKERS; i++)
		heddle_thread_join(&workers[i].thread);
	return heddle_barrier_destroy(&barrier) ? 1 : 0;
}
