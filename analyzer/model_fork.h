/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forks; a room of the model. */
#ifndef ANALYZER_MODEL_FORK_H
#define ANALYZER_MODEL_FORK_H

#include "analyzer/model.h"

struct fork;

void model_fork_begin(struct model *model, struct thread *thread, const struct event *event);
void model_fork_end(struct model *model, struct thread *thread, const struct event *event);
/* thread, which is about to fork, has acquired or is about to release a lock. */
void model_fork_acquired(struct thread *thread);
void model_fork_released(struct thread *thread);
/* The fork whose child tells its first event, or NULL; parent: by its pid, or NULL. */
struct fork *model_fork_claim(struct model *model, const struct process *parent,
			      const struct event *event);
const struct thread *model_fork_thread(const struct fork *fork);
/* What the child of fork takes over, and its steps. fork may be over then. */
void model_fork_inherit(struct model *model, struct fork *fork, struct thread *thread,
			const struct event *event);
void model_fork_free(void *fork);

#endif
