/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A barrier that can break: Python's threading.Barrier. Include <heddle.h>. */
#ifndef HEDDLE_BARRIER_H
#define HEDDLE_BARRIER_H

#include <heddle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one of the threads does when all have come. Not 0: it failed, and the barrier breaks. */
typedef int heddle_barrier_action(void *argument);

struct heddle_barrier {
	uint32_t latch, turn; /* private, as all that follows */
	uint32_t parties, count;
	int32_t state;
	uint32_t told;
	int64_t timeout_ns;
	heddle_barrier_action *action;
	void *argument;
	const char *name;
};

/* For static and automatic objects, instead of heddle_barrier_init(); parties: from 1 on. */
#define HEDDLE_BARRIER_INIT(parties, name)                                                         \
	{                                                                                          \
		0, 0, (parties), 0, 0, 0, HEDDLE_FOREVER, NULL, NULL, (name)                       \
	}

/*
 * Python: Barrier(parties, action, timeout). action, NULL none, is called with argument by the last
 * thread to come, before any goes on. timeout_ns: of waits without one of their own. One thread,
 * before any other uses it. 0, or HEDDLE_INVALID where parties is 0 or above INT32_MAX, or timeout_ns
 * is below HEDDLE_FOREVER.
 */
int heddle_barrier_init(struct heddle_barrier *barrier, uint32_t parties,
			heddle_barrier_action *action, void *argument, int64_t timeout_ns,
			const char *name);

/* 0; HEDDLE_BUSY where a thread is in wait; HEDDLE_INVALID: destroyed before. */
int heddle_barrier_destroy(struct heddle_barrier *barrier);

/*
 * Python: wait(). Waits until all parties have come; they go on together, and the barrier is as new.
 * Returns the place in which the thread came, 0 to parties - 1, of which each is given once.
 * HEDDLE_BROKEN: the barrier is broken, or was broken or reset while it waited. A thread whose time is over
 * breaks the barrier and gets HEDDLE_BROKEN, as the others. Where the action fails, the thread that
 * ran it gets what it returned, made negative, and the others HEDDLE_BROKEN.
 */
int heddle_barrier_wait(struct heddle_barrier *barrier);

/* Python: wait(timeout), in ns, instead of the barrier's own. */
int heddle_barrier_wait_within(struct heddle_barrier *barrier, int64_t timeout_ns);
int heddle_barrier_wait_until(struct heddle_barrier *barrier, const struct timespec *deadline);

/* Python: reset(). As new, and no longer broken; who waits gets HEDDLE_BROKEN. */
int heddle_barrier_reset(struct heddle_barrier *barrier);

/* Python: abort(). Broken until it is reset: who waits or comes later gets HEDDLE_BROKEN. */
int heddle_barrier_abort(struct heddle_barrier *barrier);

/* Python: parties, n_waiting, broken. Any thread; may be out of date when they are told. */
uint32_t heddle_barrier_parties(const struct heddle_barrier *barrier);
uint32_t heddle_barrier_waiting(struct heddle_barrier *barrier);
bool heddle_barrier_broken(struct heddle_barrier *barrier);

#ifdef __cplusplus
}
#endif

#endif
