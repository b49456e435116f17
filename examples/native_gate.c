/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A start gate: an event lets all runners go at once. */
#include <heddle.h>
#include <stdio.h>

static struct heddle_event go = HEDDLE_EVENT_INIT("start gate");

static int run(void *lane)
{
	heddle_event_wait(&go);
	return *(int *)lane;
}

int main(void)
{
	struct heddle_thread runners[3];
	int lanes[3] = { 1, 2, 3 }, sum = 0;

	for (int i = 0; i < 3; i++) {
		heddle_thread_init(&runners[i], "runner", run, &lanes[i]);
		heddle_thread_start(&runners[i]);
	}
	heddle_event_set(&go);
	for (int i = 0; i < 3; i++) {
		heddle_thread_join(&runners[i]);
		sum += heddle_thread_status(&runners[i]);
	}
	printf("%d\n", sum);
	return sum != 6;
}
