/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lost notification: it comes before the wait, which does not look first whether it must. Hangs. */
#include <heddle.h>

static struct heddle_condition ready = HEDDLE_CONDITION_INIT("ready");
static struct heddle_event notified = HEDDLE_EVENT_INIT("notified");

static int notify(void *unused)
{
	(void)unused;
	HEDDLE_WITH(&ready) {
		heddle_condition_notify(&ready, 1);
	}
	return heddle_event_set(&notified);
}

int main(void)
{
	struct heddle_thread notifier;

	heddle_thread_init(&notifier, "notifier", notify, NULL);
	heddle_thread_start(&notifier);
	heddle_event_wait(&notified);
	HEDDLE_WITH(&ready) {
		heddle_condition_wait(&ready); /* wait_for() would have looked */
	}
	return heddle_thread_join(&notifier);
}
