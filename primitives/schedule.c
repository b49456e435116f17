/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scheduling policies, priorities and nice values. What a thread begins with is its creator's and
 * is not told, but where a program is started, or a thread created, with something else.
 *
 * A thread is named by its pthread_t, or by the kernel's number where a function takes that.
 */
#include "primitives/schedule.h"

#include <errno.h>

#include "libtrace/event_type.h"

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

int64_t schedule_value(int policy, int priority)
{
	int64_t value = (int64_t)(policy & ~SCHED_RESET_ON_FORK & 0xff) << POLICY_SHIFT;

	return value | (priority & PRIORITY_MASK) |
	       (policy & SCHED_RESET_ON_FORK ? POLICY_RESETS : 0);
}

bool schedule_is_explicit(const pthread_attr_t *attributes, int64_t *value)
{
	struct sched_param param;
	int inherits, policy;

	if (!attributes || pthread_attr_getinheritsched(attributes, &inherits) != 0 ||
	    inherits != PTHREAD_EXPLICIT_SCHED)
		return false;
	if (pthread_attr_getschedpolicy(attributes, &policy) != 0 ||
	    pthread_attr_getschedparam(attributes, &param) != 0)
		return false;
	*value = schedule_value(policy, param.sched_priority);
	return true;
}

void schedule_begin(struct call *call)
{
	struct sched_param param = { 0 };
	int saved_errno = errno;
	int policy = sched_getscheduler(0);
	int value = getpriority(PRIO_PROCESS, 0);

	if (policy > SCHED_OTHER && sched_getparam(0, &param) == 0)
		wrap_emit(call, EVENT_thread_policy, (void *)pthread_self(), NULL,
			  schedule_value(policy, param.sched_priority));
	if (value != 0 && value >= -20)
		wrap_emit(call, EVENT_thread_nice, (void *)pthread_self(), NULL, value);
	errno = saved_errno;
}

/* thread: the kernel's number, 0 for the calling thread. */
static void tell_of(struct call *call, enum event_type type, id_t thread, int64_t value)
{
	wrap_emit(call, type, thread ? NULL : (void *)pthread_self(), (void *)(uint64_t)thread,
		  value);
}

/* param may be bad, here and below: what was refused is not looked at. */
PUBLIC int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
	struct call call;

	if (!WRAP(&call, thread_policy))
		return real.pthread_setschedparam(thread, policy, param);
	int result = real.pthread_setschedparam(thread, policy, param);
	if (result == 0)
		wrap_emit(&call, EVENT_thread_policy, (void *)thread, NULL,
			  schedule_value(policy, param->sched_priority));
	return result;
}

PUBLIC int pthread_setschedprio(pthread_t thread, int priority)
{
	struct call call;

	if (!WRAP(&call, thread_policy))
		return real.pthread_setschedprio(thread, priority);
	int result = real.pthread_setschedprio(thread, priority);
	if (result == 0)
		wrap_emit(&call, EVENT_thread_policy, (void *)thread, NULL,
			  schedule_value(POLICY_UNCHANGED, priority));
	return result;
}

PUBLIC int sched_setscheduler(pid_t thread, int policy, const struct sched_param *param)
{
	struct call call;

	if (!WRAP(&call, thread_policy))
		return real.sched_setscheduler(thread, policy, param);
	int result = real.sched_setscheduler(thread, policy, param);
	if (result == 0)
		tell_of(&call, EVENT_thread_policy, (id_t)thread,
			schedule_value(policy, param->sched_priority));
	return result;
}

PUBLIC int sched_setparam(pid_t thread, const struct sched_param *param)
{
	struct call call;

	if (!WRAP(&call, thread_policy))
		return real.sched_setparam(thread, param);
	int result = real.sched_setparam(thread, param);
	if (result == 0)
		tell_of(&call, EVENT_thread_policy, (id_t)thread,
			schedule_value(POLICY_UNCHANGED, param->sched_priority));
	return result;
}

/* Whom a group's or a user's value concerns is not known. */
PUBLIC int setpriority(__priority_which_t which, id_t who, int value)
{
	struct call call;

	if (!WRAP(&call, thread_nice))
		return real.setpriority(which, who, value);
	int result = real.setpriority(which, who, value);
	if (result == 0 && which == PRIO_PROCESS)
		tell_of(&call, EVENT_thread_nice, who, value < -20 ? -20 : value > 19 ? 19 : value);
	return result;
}

/* -1 may be a value: errno tells. */
PUBLIC int nice(int increment)
{
	struct call call;

	if (!WRAP(&call, thread_nice))
		return real.nice(increment);
	int saved_errno = errno;
	errno = 0;
	int result = real.nice(increment);
	if (result == -1 && errno != 0)
		return result;
	errno = saved_errno;
	tell_of(&call, EVENT_thread_nice, 0, result);
	return result;
}

ALSO(__sched_setscheduler, sched_setscheduler);
