/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A flag that threads wait for: Python's threading.Event. Include <heddle.h>. */
#ifndef HEDDLE_EVENT_H
#define HEDDLE_EVENT_H

#include <heddle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heddle_event {
	uint32_t word, waiters; /* private, as all that follows */
	const char *name;
	uint32_t told, is_timer;
};

/* For static and automatic objects, instead of heddle_event_init(). */
#define HEDDLE_EVENT_INIT(name)                                                                    \
	{                                                                                          \
		0, 0, (name), 0, 0                                                                 \
	}

/* Python: Event(). The flag is not set. One thread, before any other uses it. 0. */
int heddle_event_init(struct heddle_event *event, const char *name);

/* 0; HEDDLE_BUSY where a thread waits; HEDDLE_INVALID: destroyed before. */
int heddle_event_destroy(struct heddle_event *event);

/* Python: set(). All who wait go on, and who comes later need not wait. Any thread, signal handlers too. */
int heddle_event_set(struct heddle_event *event);

/* Python: clear(). Who waits from now on waits for the next set. Any thread, signal handlers too. */
int heddle_event_clear(struct heddle_event *event);

/* Python: is_set(). Any thread; may be out of date when it is told. */
bool heddle_event_is_set(const struct heddle_event *event);

/* Python: wait(). 0 where the flag is or was set since, though it may be cleared by now. */
int heddle_event_wait(struct heddle_event *event);

/* Python: wait(timeout), in ns. Also HEDDLE_TIMED_OUT. */
int heddle_event_wait_within(struct heddle_event *event, int64_t timeout_ns);
int heddle_event_wait_until(struct heddle_event *event, const struct timespec *deadline);

#ifdef __cplusplus
}
#endif

#endif
