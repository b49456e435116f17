/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest waits for a bell that has rung before: a condition keeps no notification, and the guest does
 * not look whether the meal is there already. It waits for ever, always.
 *
 *	heddle check --stall 1 -- examples/native_lost
 *
 * `stuck`: the guest waits, and nobody is left to notify. `lost-wakeup`: where the cook did, before the
 * wait. To mend it, set a flag under the lock and use heddle_condition_wait_for(), or take an event,
 * which keeps what it was told.
 */
#include <heddle.h>
#include <stdio.h>

static struct heddle_condition bell = HEDDLE_CONDITION_INIT("bell");

/* Makes the unlucky order certain: the guest is on the telephone until the bell has rung. */
static struct heddle_event hung_up = HEDDLE_EVENT_INIT("hung_up");

static int cook(void *unused)
{
	(void)unused;
	HEDDLE_WITH(&bell)
		heddle_condition_notify(&bell, 1);
	heddle_event_set(&hung_up);
	return 0;
}

static int guest(void *unused)
{
	(void)unused;
	heddle_event_wait(&hung_up);
	HEDDLE_WITH(&bell)
		heddle_condition_wait(&bell);
	puts("the guest eats");
	return 0;
}

int main(void)
{
	struct heddle_thread threads[2];

	heddle_thread_init(&threads[0], "guest", guest, NULL);
	heddle_thread_init(&threads[1], "cook", cook, NULL);
	heddle_thread_start(&threads[0]);
	heddle_thread_start(&threads[1]);
	heddle_thread_join(&threads[1]);
	heddle_thread_join(&threads[0]);
	return 0;
}
