/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priorities in the model: its rooms alone include it. */
#ifndef ANALYZER_MODEL_PRIORITY_H
#define ANALYZER_MODEL_PRIORITY_H

#include "analyzer/model.h"

/* What a thread begins with: the usual, or what its creator or the forking thread hands down. */
struct priority model_priority_usual(void);
struct priority model_priority_inherited(const struct thread *creator);
/* What value of thread_policy, or nice where it is one of thread_nice, makes of priority. */
void model_priority_change(struct priority *priority, enum event_operation operation,
			   int64_t value);
void model_priority_policy(struct model *model, struct thread *thread, const struct event *event);
void model_priority_nice(struct model *model, struct thread *thread, const struct event *event);

/* Of the thread of that handle, NULL where it is told when that thread is known. */
struct thread *model_handle_priority(struct process *process, uint64_t handle,
				     enum event_operation operation, int64_t value);

#endif
