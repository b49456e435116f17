/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function that is called later: Python's threading.Timer. Include <heddle.h>. */
#ifndef HEDDLE_TIMER_H
#define HEDDLE_TIMER_H

#include <heddle/event.h>
#include <heddle/thread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A thread, so all of heddle/thread.h is for timer->thread, too: join, daemon, name, is_alive. */
struct heddle_timer {
	struct heddle_thread thread;
	struct heddle_event finished; /* private, as all that follows */
	heddle_thread_function *function;
	void *argument;
	int64_t interval_ns;
};

/*
 * Python: Timer(interval, function, args). function is called with argument by a thread of its own,
 * interval_ns after the start; what it returns is the thread's status. name is copied; NULL: "Timer-1"
 * and so on. 0, or HEDDLE_INVALID without a function, or where interval_ns is below 0.
 */
int heddle_timer_init(struct heddle_timer *timer, const char *name, int64_t interval_ns,
		      heddle_thread_function *function, void *argument);

/* Python: start(). Once; as heddle_thread_start(). */
int heddle_timer_start(struct heddle_timer *timer);

/*
 * Python: cancel(). The function is not called, where it has not begun yet, and the thread ends. Any
 * thread, as often as it likes, also before the start. 0.
 */
int heddle_timer_cancel(struct heddle_timer *timer);

#ifdef __cplusplus
}
#endif

#endif
