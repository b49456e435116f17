/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timers: a thread that waits for an event, for so long. */
#include <heddle/timer.h>
#include <stdio.h>

#include "native/event.h"
#include "native/limit.h"
#include "native/thread.h"

static uint32_t last_number;

static int run(struct heddle_thread *thread)
{
	struct heddle_timer *timer = (struct heddle_timer *)thread;

	struct timespec deadline;
	int error =
		event_wait(&timer->finished, limit_after(&deadline, timer->interval_ns), NOWHERE);

	if (error != HEDDLE_TIMED_OUT)
		return 0;
	int status = timer->function(timer->argument);
	event_set_quietly(&timer->finished);
	return status;
}

int heddle_timer_init(struct heddle_timer *timer, const char *name, int64_t interval_ns,
		      heddle_thread_function *function, void *argument)
{
	if (!function || interval_ns < 0)
		return HEDDLE_INVALID;
	thread_init(&timer->thread, name, "Timer", &last_number);
	timer->thread.run = run;
	timer->function = function;
	timer->argument = argument;
	timer->interval_ns = interval_ns;
	event_init_timer(&timer->finished, timer->thread.name, HERE);
	return 0;
}

int heddle_timer_start(struct heddle_timer *timer)
{
	return thread_start(&timer->thread, HERE);
}

int heddle_timer_cancel(struct heddle_timer *timer)
{
	return event_set(&timer->finished, HERE);
}
