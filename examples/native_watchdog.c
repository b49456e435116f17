/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A watchdog: a timer that is cancelled in time, and one that is not. */
#include <heddle.h>
#include <stdio.h>

static struct heddle_event bitten = HEDDLE_EVENT_INIT("bitten");

static int bite(void *unused)
{
	(void)unused;
	return heddle_event_set(&bitten);
}

int main(void)
{
	struct heddle_timer patient, hasty;

	heddle_timer_init(&patient, "patient watchdog", HEDDLE_S(60), bite, NULL);
	heddle_timer_start(&patient);
	heddle_timer_cancel(&patient);
	heddle_thread_join(&patient.thread);
	bool was_spared = !heddle_event_is_set(&bitten);
	heddle_timer_init(&hasty, "hasty watchdog", HEDDLE_MS(5), bite, NULL);
	heddle_timer_start(&hasty);
	heddle_event_wait(&bitten);
	heddle_thread_join(&hasty.thread);
	printf("%s\n", was_spared ? "spared, then bitten" : "bitten twice");
	return !was_spared;
}
