/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A start gate: runners come to the line and wait for an event, which lets all of them go at once, and
 * whoever comes later, too. Correct.
 */
#include <heddle.h>
#include <stdio.h>

#define RUNNERS 4

static struct heddle_event gate = HEDDLE_EVENT_INIT("gate");
static struct heddle_semaphore at_line = HEDDLE_SEMAPHORE_INIT(0, "at_line");
static struct heddle_semaphore home = HEDDLE_SEMAPHORE_INIT(0, "home");

static int run(void *unused)
{
	(void)unused;
	heddle_semaphore_release(&at_line, 1);
	heddle_event_wait(&gate);
	heddle_semaphore_release(&home, 1);
	return 0;
}

int main(void)
{
	/* Nobody joins them, so they must outlive main. */
	static struct heddle_thread runners[RUNNERS], late;
	char name[24];

	for (int i = 0; i < RUNNERS; i++) {
		snprintf(name, sizeof(name), "runner %d", i + 1);
		heddle_thread_init(&runners[i], name, run, NULL);
		heddle_thread_start(&runners[i]);
	}
	for (int i = 0; i < RUNNERS; i++)
		heddle_semaphore_acquire(&at_line);
	if (heddle_semaphore_try_acquire(&home) == HEDDLE_BUSY)
		puts("all at the line, nobody home");
	heddle_event_set(&gate);
	heddle_thread_init(&late, "latecomer", run, NULL);
	heddle_thread_start(&late);
	for (int i = 0; i < RUNNERS + 1; i++)
		heddle_semaphore_acquire(&home);
	puts("all home");
	return 0; /* the program waits for its threads, as Python's does */
}
