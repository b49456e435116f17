/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Priorities: what a thread begins with, and what the program makes of it.
 *
 * What others do to it from outside, and what a mutex that inherits priorities lends it, is not
 * told and not known here.
 */
#include "analyzer/model_priority.h"
#include "analyzer/model_private.h"

/* As of Linux. */
enum {
	POLICY_OTHER = 0,
	POLICY_FIFO = 1,
	POLICY_RR = 2,
	POLICY_BATCH = 3,
	POLICY_IDLE = 5,
	POLICY_DEADLINE = 6
};

#define NICE_MIN (-20)
#define NICE_MAX 19
#define LEVEL_MAX 99

/* The kernel's order of classes: deadline, real time, the usual by nice value, idle. */
int priority_urgency(const struct priority *priority)
{
	if (!priority->is_known)
		return -1;
	switch (priority->policy) {
	case POLICY_DEADLINE:
		return 200;
	case POLICY_FIFO:
	case POLICY_RR:
		return 100 + priority->level;
	case POLICY_OTHER:
	case POLICY_BATCH:
		return 1 + NICE_MAX - priority->nice;
	case POLICY_IDLE:
		return 0;
	default:
		return -1;
	}
}

static bool is_real_time(const struct priority *priority)
{
	return priority->policy == POLICY_FIFO || priority->policy == POLICY_RR;
}

struct priority model_priority_usual(void)
{
	return (struct priority){ .is_known = true };
}

struct priority model_priority_inherited(const struct thread *creator)
{
	struct priority ret = creator->priority;

	if (!ret.resets)
		return ret;
	ret.resets = false;
	if (is_real_time(&ret) || ret.policy == POLICY_DEADLINE)
		return (struct priority){ .is_known = ret.is_known };
	ret.nice = MAX(ret.nice, 0);
	return ret;
}

static void change_policy(struct priority *priority, int64_t value)
{
	int64_t policy = value >> POLICY_SHIFT & PRIORITY_MASK, level = value & PRIORITY_MASK;

	if (value < 0 || value >= 2 * (int64_t)POLICY_RESETS || level > LEVEL_MAX) {
		priority->is_known = false;
		return;
	}
	/* Of a thread of which nothing is known a level alone says nothing. */
	if (policy != POLICY_UNCHANGED) {
		priority->policy = (uint8_t)policy;
		priority->resets = value & POLICY_RESETS;
		priority->is_known = true;
	}
	priority->level = (uint8_t)level;
}

static void change_nice(struct priority *priority, int64_t value)
{
	if (value < NICE_MIN || value > NICE_MAX)
		priority->is_known = false;
	else
		priority->nice = (int8_t)value;
}

void model_priority_change(struct priority *priority, enum event_operation operation, int64_t value)
{
	if (operation == OPERATION_NICE)
		change_nice(priority, value);
	else
		change_policy(priority, value);
}

/* Linux numbers threads across processes; a process has the number of its main thread. */
static struct thread *of_tid(const struct model *model, const struct process *process, uint64_t tid)
{
	struct thread *thread = NULL;

	if (tid <= INT32_MAX)
		thread = address_table_get(&process->private->threads, tid);
	if (!thread && tid <= INT32_MAX)
		process = model_process_find(model, (int32_t)tid);
	if (!thread && process)
		thread = address_table_get(&process->private->threads, tid);
	return thread && thread->state != THREAD_EXITED ? thread : NULL;
}

static void change(struct model *model, struct thread *thread, const struct event *event,
		   enum event_operation operation)
{
	struct thread *target;

	if (event->object) {
		target = model_handle_priority(thread->process, event->object, operation,
					       event->value);
	} else {
		target = of_tid(model, thread->process, event->other);
		if (target)
			model_priority_change(&target->priority, operation, event->value);
	}
	if (!target)
		return;
	struct step step = model_step(STEP_PRIORITY, thread, event);
	step.other = target;
	model_emit(model, &step);
}

void model_priority_policy(struct model *model, struct thread *thread, const struct event *event)
{
	change(model, thread, event, OPERATION_POLICY);
}

void model_priority_nice(struct model *model, struct thread *thread, const struct event *event)
{
	change(model, thread, event, OPERATION_NICE);
}
