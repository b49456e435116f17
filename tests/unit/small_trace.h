/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small trace of one process, made event by event, for tests of the model. */
#ifndef TESTS_UNIT_SMALL_TRACE_H
#define TESTS_UNIT_SMALL_TRACE_H

#include "analyzer/model.h"

#include <check.h>

/* Addresses of two mutexes and a condition. */
#define M 0x1000
#define N 0x2000
#define C 0x3000

#define SMALL_TRACE_STEPS_MAX 64

/* What the latest event came to. */
struct small_trace {
	struct model *model;
	int64_t now_ns;
	struct step steps[SMALL_TRACE_STEPS_MAX];
	struct hold holds[SMALL_TRACE_STEPS_MAX]; /* as they were */
	struct wait waits[SMALL_TRACE_STEPS_MAX];
	unsigned count;
};

extern struct small_trace trace;

/* A checked fixture. */
void small_trace_setup(void);
void small_trace_teardown(void);

/* Collects steps; for model_apply(). */
void small_trace_note(void *context, const struct step *step);

/* One event of thread 10/tid, 1000 ns after the one before. Returns how many steps it made. */
unsigned small_trace_apply(int32_t tid, enum event_type type, uint64_t object, uint64_t other,
			   int64_t value);

/* Of the first process. */
const struct process *small_trace_process(void);
const struct thread *small_trace_thread(unsigned index);
const struct object *small_trace_object(unsigned index);

void small_trace_assert_steps(unsigned count, const enum step_kind *kinds);

/* The latest event made exactly these steps. */
#define ASSERT_STEPS(...)                                                                          \
	do {                                                                                       \
		const enum step_kind kinds[] = { __VA_ARGS__ };                                    \
		small_trace_assert_steps(sizeof(kinds) / sizeof(kinds[0]), kinds);                 \
	} while (0)

#endif
