/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Event. */
#include "tests/native/rules.h"

static int wait_here(void *event)
{
	return heddle_event_wait(event);
}

static void flag(void)
{
	struct heddle_event event;
	struct timespec past = heddle_deadline(0);
	int64_t start;

	heddle_event_init(&event, "event");
	RULE(!heddle_event_is_set(&event), "Event: the flag is initially false");
	start = now_ns();
	RULE(heddle_event_wait_within(&event, HEDDLE_MS(5)) == HEDDLE_TIMED_OUT,
	     "Event.wait(timeout): false when the timeout has elapsed");
	RULE(now_ns() - start >= HEDDLE_MS(5), "Event.wait(timeout): blocks for the timeout");
	RULE(heddle_event_wait_within(&event, 0) == HEDDLE_TIMED_OUT,
	     "Event.wait(timeout=0): does not block");
	RULE(heddle_event_wait_within(&event, -5) == HEDDLE_INVALID,
	     "Event.wait(timeout): negative but not -1 is an error");
	RULE(heddle_event_wait_until(&event, NULL) == HEDDLE_INVALID,
	     "Event.wait(timeout): no deadline is an error");
	RULE(heddle_event_set(&event) == 0, "Event.set: sets the flag");
	RULE(heddle_event_is_set(&event), "Event.is_set: true once it is set");
	RULE(heddle_event_set(&event) == 0 && heddle_event_is_set(&event),
	     "Event.set: once more changes nothing");
	RULE(heddle_event_wait(&event) == 0, "Event.wait: returns at once where it is set");
	RULE(heddle_event_wait(&event) == 0, "Event.wait: does not reset it");
	RULE(heddle_event_wait_until(&event, &past) == 0,
	     "Event.wait(timeout): true where it is set, though the time is over");
	RULE(heddle_event_clear(&event) == 0, "Event.clear: resets the flag");
	RULE(!heddle_event_is_set(&event), "Event.is_set: false once it is cleared");
	RULE(heddle_event_clear(&event) == 0 && !heddle_event_is_set(&event),
	     "Event.clear: once more changes nothing");
	RULE(heddle_event_wait_until(&event, &past) == HEDDLE_TIMED_OUT,
	     "Event.wait(timeout): a deadline that is over does not block");
}

static void waking(void)
{
	struct heddle_event event = HEDDLE_EVENT_INIT("static");
	struct task tasks[3];

	for (int i = 0; i < 3; i++) {
		task_start(&tasks[i], wait_here, &event);
		task_until_blocked(&tasks[i]);
	}
	RULE(heddle_event_destroy(&event) == HEDDLE_BUSY,
	     "Event: cannot be destroyed while waited for");
	heddle_event_set(&event);
	heddle_event_clear(&event);
	RULE(task_end(&tasks[0]) == 0 && task_end(&tasks[1]) == 0 && task_end(&tasks[2]) == 0,
	     "Event.set: wakes all who wait, also where it is cleared at once");
	task_start(&tasks[0], wait_here, &event);
	task_until_blocked(&tasks[0]);
	RULE(heddle_thread_state(&tasks[0].thread) == HEDDLE_THREAD_BLOCKED,
	     "Event.clear: who calls wait afterwards blocks until the next set");
	heddle_event_set(&event);
	RULE(task_end(&tasks[0]) == 0, "Event.wait: blocks until the flag is true");
	RULE(heddle_event_destroy(&event) == 0, "Event: can be destroyed");
	RULE(heddle_event_wait(&event) == HEDDLE_INVALID,
	     "Event.wait: of a destroyed one is an error");
	RULE(heddle_event_set(&event) == HEDDLE_INVALID &&
		     heddle_event_clear(&event) == HEDDLE_INVALID,
	     "Event.set: of a destroyed one is an error");
	RULE(!heddle_event_is_set(&event), "Event.is_set: a destroyed one is not");
	RULE(heddle_event_destroy(&event) == HEDDLE_INVALID, "Event: is destroyed once");
}

void suite_event(void)
{
	flag();
	waking();
}
