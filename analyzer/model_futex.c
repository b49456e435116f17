/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Futexes: words on which threads wait until others wake them. */
#include "analyzer/model_private.h"

static void begin(struct model *model, struct thread *thread, const struct event *event,
		  bool is_timed)
{
	struct object *object = model_object_of(model, thread, event);
	struct wait wait = { .kind = WAIT_FUTEX, .object = object, .is_timed = is_timed };

	object->is_shared = object->is_shared || event->value == MUTEX_SHARED;
	model_waker_wait(model, thread, event, &wait);
}

void model_futex_begin(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, false);
}

void model_futex_timed_begin(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, true);
}

void model_futex_end(struct model *model, struct thread *thread, const struct event *event)
{
	if (!model_wait_reach(model, thread, event, WAIT_BIT(WAIT_FUTEX)))
		return;
	struct wait wait = model_waker_return(thread, event);
	model_waker_emit_end(model, thread, event, &wait);
}

void model_futex_wake(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	enum step_kind kind = event->value == 1 ? STEP_SIGNAL : STEP_BROADCAST;
	struct step step = model_step(kind, thread, event);

	step.object = object;
	step.other = model_waker_wake(object, thread, event, event->value);
	model_emit(model, &step);
}
