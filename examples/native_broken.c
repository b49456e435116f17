/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Three are to meet and one goes home: the other two wait at the barrier, for as long as it lets them.
 *
 *	heddle check -- examples/native_broken
 *	heddle check --stall 1 -- examples/native_broken patient
 *
 * The barrier has a time limit; when it is over, the barrier breaks, both are told so, and they fail:
 * `broken-barrier`, and whose time was over. With `patient` it has none and they wait for ever:
 * `stuck`, and how many have come. Who goes home should call heddle_barrier_abort(), so that the
 * others are told at once.
 */
#include <heddle.h>
#include <stdio.h>
#include <string.h>

static struct heddle_barrier meeting;

static int hiker(void *unused)
{
	(void)unused;
	int place = heddle_barrier_wait(&meeting);
	return place < 0 ? place : 0;
}

static int go_home(void *unused)
{
	(void)unused;
	return 0; /* it rains */
}

int main(int count, char **arguments)
{
	bool is_patient = count > 1 && !strcmp(arguments[1], "patient");
	struct heddle_thread hikers[3];
	int failed = 0;

	heddle_barrier_init(&meeting, 3, NULL, NULL, is_patient ? HEDDLE_FOREVER : HEDDLE_MS(200),
			    "meeting");
	heddle_thread_init(&hikers[0], "early hiker", hiker, NULL);
	heddle_thread_init(&hikers[1], "punctual hiker", hiker, NULL);
	heddle_thread_init(&hikers[2], "dry hiker", go_home, NULL);
	for (int i = 0; i < 3; i++)
		heddle_thread_start(&hikers[i]);
	for (int i = 0; i < 3; i++) {
		heddle_thread_join(&hikers[i]);
		if (heddle_thread_status(&hikers[i]) == HEDDLE_BROKEN)
			failed++;
	}
	printf("%d of 3 found the barrier broken\n", failed);
	return failed ? 1 : 0;
}
