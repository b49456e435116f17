/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Timer. */
#include "tests/native/rules.h"

#include <string.h>

static int count(void *calls)
{
	++*(int *)calls;
	return 3;
}

void suite_timer(void)
{
	struct heddle_timer timer;
	int calls = 0;

	RULE(heddle_timer_init(&timer, NULL, 0, NULL, NULL) == HEDDLE_INVALID,
	     "Timer: without a function is an error");
	RULE(heddle_timer_init(&timer, NULL, -1, count, NULL) == HEDDLE_INVALID,
	     "Timer: an interval below 0 is an error");
	heddle_timer_init(&timer, NULL, HEDDLE_MS(5), count, &calls);
	RULE(strncmp(heddle_thread_name(&timer.thread), "Timer-", 6) == 0, "Timer: has a name");
	int64_t start = now_ns();
	RULE(heddle_timer_start(&timer) == 0, "Timer.start: starts it, as a thread");
	RULE(heddle_timer_start(&timer) == HEDDLE_STARTED, "Timer.start: once");
	RULE(heddle_thread_join(&timer.thread) == 0, "Timer: can be joined, as a thread");
	RULE(now_ns() - start >= HEDDLE_MS(5), "Timer: waits for the interval");
	RULE(calls == 1, "Timer: then calls the function with its argument");
	RULE(heddle_thread_status(&timer.thread) == 3, "Timer: its status is the function's");
	RULE(heddle_timer_cancel(&timer) == 0, "Timer.cancel: after the call does nothing");
	heddle_timer_init(&timer, "watchdog", HEDDLE_S(1000), count, &calls);
	heddle_timer_start(&timer);
	while (heddle_thread_state(&timer.thread) != HEDDLE_THREAD_BLOCKED)
		;
	RULE(strcmp(heddle_thread_name(&timer.thread), "watchdog") == 0, "Timer: its name");
	RULE(heddle_timer_cancel(&timer) == 0, "Timer.cancel: stops it while it waits");
	RULE(heddle_thread_join(&timer.thread) == 0, "Timer.cancel: its thread ends");
	RULE(calls == 1, "Timer.cancel: and the function is not called");
	RULE(heddle_thread_status(&timer.thread) == 0, "Timer.cancel: it has not failed");
	heddle_timer_init(&timer, NULL, 0, count, &calls);
	heddle_timer_cancel(&timer);
	heddle_timer_start(&timer);
	heddle_thread_join(&timer.thread);
	RULE(calls == 1, "Timer.cancel: also before the start");
	heddle_timer_init(&timer, NULL, 0, count, &calls);
	heddle_timer_start(&timer);
	heddle_thread_join(&timer.thread);
	RULE(calls == 2, "Timer: an interval of 0 is as well");
}
