/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scheduling policies and priorities, as events tell them. Any thread, any time. */
#ifndef PRIMITIVES_SCHEDULE_H
#define PRIMITIVES_SCHEDULE_H

#include "primitives/wrap.h"

/* The value of thread_policy; has it SCHED_RESET_ON_FORK in it, that is told too. */
int64_t schedule_value(int policy, int priority);

/* Does a thread that is created so begin with another policy than its creator has? *value: which. */
bool schedule_is_explicit(const pthread_attr_t *attributes, int64_t *value);

/* The process begins: tell what it was started with, where that is not the usual. Keeps errno. */
void schedule_begin(struct call *call);

#endif
