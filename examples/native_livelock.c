/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two people in a corridor: each has a side, tries for the other's, sees that it is taken, steps back
 * and begins anew, both at the same pace. Nobody is blocked, and nobody gets on: a livelock. It
 * ends after 100 rounds, so that it ends at all.
 *
 *	heddle check -- examples/native_livelock
 *
 * `livelock`: both threads, what each held and tried for, how often and for how long. To mend it, take
 * the locks in one order, or wait for a random time before the next attempt.
 */
#include <heddle.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define ROUNDS 100

static struct heddle_lock sides[] = { HEDDLE_LOCK_INIT("left side"),
				      HEDDLE_LOCK_INIT("right side") };
static atomic_int steps[2];

/* Both walk at the same pace: none takes a step before the other has taken the one before. */
static void step(int self)
{
	int taken = atomic_fetch_add(&steps[self], 1) + 1;

	while (atomic_load(&steps[!self]) < taken)
		sched_yield();
}

static bool pass(int self)
{
	bool has_passed = false;

	HEDDLE_WITH(&sides[self]) {
		step(self);
		if (heddle_lock_try_acquire(&sides[!self]) == 0) {
			has_passed = true;
			heddle_lock_release(&sides[!self]);
		}
		step(self);
	}
	usleep(2000); /* "Sorry!" */
	step(self);
	return has_passed;
}

static int walk(void *argument)
{
	int self = argument != NULL;

	for (int round = 0; round < ROUNDS; round++)
		if (pass(self))
			return 0;
	return HEDDLE_BUSY;
}

/* It is told by main. */
static void say_nothing(struct heddle_thread *thread, int status)
{
	(void)thread;
	(void)status;
}

int main(void)
{
	struct heddle_thread walkers[2];
	int stuck = 0;

	heddle_thread_set_failure_hook(say_nothing);
	heddle_thread_init(&walkers[0], "Alphonse", walk, NULL);
	heddle_thread_init(&walkers[1], "Gaston", walk, &stuck);
	for (int i = 0; i < 2; i++)
		heddle_thread_start(&walkers[i]);
	for (int i = 0; i < 2; i++) {
		heddle_thread_join(&walkers[i]);
		stuck += heddle_thread_status(&walkers[i]) == HEDDLE_BUSY;
	}
	printf("%d of 2 gave up after %d rounds\n", stuck, ROUNDS);
	return stuck ? 1 : 0;
}
