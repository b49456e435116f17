/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Barrier. */
#include "tests/native/rules.h"

static int wait_here(void *barrier)
{
	return heddle_barrier_wait(barrier);
}

static int wait_shortly(void *barrier)
{
	return heddle_barrier_wait_within(barrier, HEDDLE_MS(5));
}

static void until_waiting(struct heddle_barrier *barrier, uint32_t count)
{
	while (heddle_barrier_waiting(barrier) != count)
		;
}

static void making(void)
{
	struct heddle_barrier barrier;

	RULE(heddle_barrier_init(&barrier, 0, NULL, NULL, HEDDLE_FOREVER, NULL) == HEDDLE_INVALID,
	     "Barrier(parties): none is an error");
	RULE(heddle_barrier_init(&barrier, 2, NULL, NULL, -2, NULL) == HEDDLE_INVALID,
	     "Barrier(timeout): negative but not -1 is an error");
	heddle_barrier_init(&barrier, 1, NULL, NULL, HEDDLE_FOREVER, "alone");
	RULE(heddle_barrier_parties(&barrier) == 1,
	     "Barrier.parties: how many are required to pass");
	RULE(heddle_barrier_waiting(&barrier) == 0, "Barrier.n_waiting: none at first");
	RULE(!heddle_barrier_broken(&barrier), "Barrier.broken: false at first");
	RULE(heddle_barrier_wait(&barrier) == 0, "Barrier(1).wait: does not block");
	RULE(heddle_barrier_wait_within(&barrier, -2) == HEDDLE_INVALID,
	     "Barrier.wait(timeout): negative but not -1 is an error");
	RULE(heddle_barrier_wait_until(&barrier, NULL) == HEDDLE_INVALID,
	     "Barrier.wait(timeout): no deadline is an error");
	RULE(heddle_barrier_destroy(&barrier) == 0, "Barrier: can be destroyed");
	RULE(heddle_barrier_wait(&barrier) == HEDDLE_INVALID,
	     "Barrier.wait: of a destroyed one is an error");
	RULE(heddle_barrier_reset(&barrier) == HEDDLE_INVALID &&
		     heddle_barrier_abort(&barrier) == HEDDLE_INVALID,
	     "Barrier.reset: of a destroyed one is an error");
	RULE(heddle_barrier_destroy(&barrier) == HEDDLE_INVALID, "Barrier: is destroyed once");
}

static void passing(void)
{
	struct heddle_barrier barrier = HEDDLE_BARRIER_INIT(3, "static");
	struct task tasks[2];
	int seen[3] = { 0 };

	task_start(&tasks[0], wait_here, &barrier);
	until_waiting(&barrier, 1);
	task_start(&tasks[1], wait_here, &barrier);
	until_waiting(&barrier, 2);
	RULE(heddle_thread_state(&tasks[0].thread) == HEDDLE_THREAD_BLOCKED,
	     "Barrier.wait: blocks until all have called it");
	RULE(heddle_barrier_waiting(&barrier) == 2, "Barrier.n_waiting: how many wait");
	RULE(heddle_barrier_destroy(&barrier) == HEDDLE_BUSY,
	     "Barrier: cannot be destroyed while waited at");
	int own = heddle_barrier_wait(&barrier);
	RULE(own == 2, "Barrier.wait: returns a number of 0 to parties - 1");
	seen[own]++;
	seen[task_end(&tasks[0])]++;
	seen[task_end(&tasks[1])]++;
	RULE(seen[0] == 1 && seen[1] == 1 && seen[2] == 1,
	     "Barrier.wait: a number that is different for each");
	RULE(heddle_barrier_waiting(&barrier) == 0, "Barrier: none waits once all have passed");
	task_start(&tasks[0], wait_here, &barrier);
	task_start(&tasks[1], wait_here, &barrier);
	RULE(heddle_barrier_wait(&barrier) >= 0 && task_end(&tasks[0]) >= 0 &&
		     task_end(&tasks[1]) >= 0,
	     "Barrier: can be reused any number of times");
}

static int count_calls(void *calls)
{
	++*(int *)calls;
	return 0;
}

static int fail(void *unused)
{
	(void)unused;
	return 7;
}

static void acting(void)
{
	struct heddle_barrier barrier;
	struct task task;
	int calls = 0;

	heddle_barrier_init(&barrier, 2, count_calls, &calls, HEDDLE_FOREVER, NULL);
	task_start(&task, wait_here, &barrier);
	until_waiting(&barrier, 1);
	RULE(calls == 0, "Barrier(action): is not called before all have come");
	heddle_barrier_wait(&barrier);
	RULE(calls == 1, "Barrier(action): is called by one of the threads, before they go on");
	task_end(&task);
	RULE(calls == 1, "Barrier(action): once a round");
	heddle_barrier_init(&barrier, 2, fail, NULL, HEDDLE_FOREVER, NULL);
	task_start(&task, wait_here, &barrier);
	until_waiting(&barrier, 1);
	RULE(heddle_barrier_wait(&barrier) == -7,
	     "Barrier(action): where it fails, its thread gets the error");
	RULE(task_end(&task) == HEDDLE_BROKEN, "Barrier(action): and the others a broken barrier");
	RULE(heddle_barrier_broken(&barrier), "Barrier.broken: true where the action failed");
}

static int abort_from_action(void *barrier)
{
	return heddle_barrier_abort(barrier);
}

static int reset_from_action(void *barrier)
{
	return heddle_barrier_reset(barrier);
}

static void acting_on_itself(void)
{
	struct heddle_barrier barrier;
	struct task task;

	heddle_barrier_init(&barrier, 2, abort_from_action, &barrier, HEDDLE_FOREVER, NULL);
	task_start(&task, wait_here, &barrier);
	RULE(heddle_barrier_wait(&barrier) == HEDDLE_BROKEN && task_end(&task) == HEDDLE_BROKEN,
	     "Barrier(action): may abort the barrier");
	heddle_barrier_init(&barrier, 2, reset_from_action, &barrier, HEDDLE_FOREVER, NULL);
	task_start(&task, wait_here, &barrier);
	RULE(heddle_barrier_wait(&barrier) == HEDDLE_BROKEN && task_end(&task) == HEDDLE_BROKEN,
	     "Barrier(action): may reset the barrier");
	RULE(!heddle_barrier_broken(&barrier), "Barrier.reset: then it is not broken");
}

static void breaking(void)
{
	struct heddle_barrier barrier;
	struct task task, late;

	heddle_barrier_init(&barrier, 3, NULL, NULL, HEDDLE_FOREVER, NULL);
	task_start(&task, wait_here, &barrier);
	until_waiting(&barrier, 1);
	task_start(&late, wait_shortly, &barrier);
	RULE(task_end(&late) == HEDDLE_BROKEN,
	     "Barrier.wait(timeout): who times out breaks the barrier");
	RULE(task_end(&task) == HEDDLE_BROKEN,
	     "Barrier.wait: is an error where it breaks meanwhile");
	RULE(heddle_barrier_broken(&barrier), "Barrier.broken: true after a timeout");
	RULE(heddle_barrier_wait(&barrier) == HEDDLE_BROKEN,
	     "Barrier.wait: of a broken one is an error at once");
	RULE(heddle_barrier_reset(&barrier) == 0 && !heddle_barrier_broken(&barrier),
	     "Barrier.reset: returns it to the default, empty state");
	task_start(&task, wait_here, &barrier);
	until_waiting(&barrier, 1);
	RULE(heddle_barrier_reset(&barrier) == 0, "Barrier.reset: while a thread waits");
	RULE(task_end(&task) == HEDDLE_BROKEN, "Barrier.reset: who waits gets an error");
	RULE(!heddle_barrier_broken(&barrier), "Barrier.reset: and the barrier is not broken");
	task_start(&task, wait_here, &barrier);
	until_waiting(&barrier, 1);
	RULE(heddle_barrier_abort(&barrier) == 0, "Barrier.abort: puts it into the broken state");
	RULE(task_end(&task) == HEDDLE_BROKEN, "Barrier.abort: who waits gets an error");
	RULE(heddle_barrier_wait(&barrier) == HEDDLE_BROKEN, "Barrier.abort: who comes later, too");
	heddle_barrier_reset(&barrier);
	heddle_barrier_init(&barrier, 2, NULL, NULL, HEDDLE_MS(5), NULL);
	RULE(heddle_barrier_wait(&barrier) == HEDDLE_BROKEN,
	     "Barrier(timeout): is the default of wait");
	heddle_barrier_reset(&barrier);
	RULE(heddle_barrier_wait_within(&barrier, 0) == HEDDLE_BROKEN,
	     "Barrier.wait(timeout=0): does not block, and breaks it");
}

void suite_barrier(void)
{
	making();
	passing();
	acting();
	acting_on_itself();
	breaking();
}
