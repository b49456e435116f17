/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a test program has come: its threads tell each other by an atomic, which a trace does not show. */
#ifndef TESTS_PROGRAMS_STAGE_H
#define TESTS_PROGRAMS_STAGE_H

#include <sched.h>
#include <stdatomic.h>

static atomic_int stage;

static inline void reach(int number)
{
	while (atomic_load(&stage) < number)
		sched_yield();
}

/* Both are here before either goes on. */
static inline void meet(void)
{
	atomic_fetch_add(&stage, 1);
	reach(2);
}

#endif
