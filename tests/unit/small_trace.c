/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small trace, for tests of the model. */
#include "tests/unit/small_trace.h"

#include <string.h>

struct small_trace trace;

void small_trace_setup(void)
{
	memset(&trace, 0, sizeof(trace));
	trace.model = model_new();
}

void small_trace_teardown(void)
{
	model_free(trace.model);
}

void small_trace_note(void *context, const struct step *step)
{
	(void)context;
	ck_assert_uint_lt(trace.count, SMALL_TRACE_STEPS_MAX);
	trace.steps[trace.count] = *step;
	if (step->hold)
		trace.holds[trace.count] = *step->hold;
	if (step->wait)
		trace.waits[trace.count] = *step->wait;
	trace.count++;
}

unsigned small_trace_apply(int32_t tid, enum event_type type, uint64_t object, uint64_t other,
			   int64_t value)
{
	struct event event = { .type = type,
			       .pid = 10,
			       .tid = tid,
			       .object = object,
			       .other = other,
			       .value = value,
			       .site = 0x400 };

	trace.now_ns += 1000;
	event.time_ns = trace.now_ns;
	trace.count = 0;
	model_apply(trace.model, &event, small_trace_note, NULL);
	return trace.count;
}

const struct process *small_trace_process(void)
{
	return model_processes(trace.model)->pdata[0];
}

const struct thread *small_trace_thread(unsigned index)
{
	return small_trace_process()->threads->pdata[index];
}

const struct object *small_trace_object(unsigned index)
{
	return small_trace_process()->objects->pdata[index];
}

void small_trace_assert_steps(unsigned count, const enum step_kind *kinds)
{
	ck_assert_uint_eq(trace.count, count);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(trace.steps[i].kind, kinds[i]);
}
