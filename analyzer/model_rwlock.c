/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Read-write locks, as far as readers differ from others; and the holds of any lock that are not
 * its only present one: of several readers, and those whose release is yet to come.
 */
#include "analyzer/model_private.h"

struct hold *model_hold_new(struct model *model)
{
	struct hold *hold = model->free_holds;

	if (hold) {
		model->free_holds = hold->next_holder;
		return hold;
	}
	hold = g_new(struct hold, 1);
	g_ptr_array_add(model->all_holds, hold);
	return hold;
}

void model_hold_free(struct model *model, struct hold *hold)
{
	hold->next_holder = model->free_holds;
	model->free_holds = hold;
}

struct hold *model_hold_among(const struct object *object, const struct thread *thread)
{
	struct hold *of_thread = thread->held_last;
	struct hold *of_object = object->holder;

	/* It is in both lists or in none; either may be long. */
	while (of_thread && of_object) {
		if (of_thread->object == object)
			return of_thread;
		if (of_object->thread == thread)
			return of_object;
		of_thread = of_thread->previous;
		of_object = of_object->next_holder;
	}
	return NULL;
}

/* Where the late release of thread is noted, or would be. */
static struct hold **late_of(struct object *object, const struct thread *thread)
{
	struct hold **at = &object_private(object)->lock.late;

	while (*at && (*at)->thread != thread)
		at = &(*at)->next_holder;
	return at;
}

void model_hold_note_late(struct model *model, const struct hold *hold, const struct event *event)
{
	struct hold **at = late_of(hold->object, hold->thread);
	struct hold *late = *at;

	if (late) {
		model->misfits.acquire_held++;
	} else {
		late = *at = model_hold_new(model);
		*late = (struct hold){ .thread = hold->thread };
	}
	late->since_ns = event->time_ns;
	late->depth = hold->depth;
}

bool model_hold_is_late(struct model *model, struct object *object, const struct thread *thread,
			const struct event *event)
{
	struct hold **at = late_of(object, thread);
	struct hold *late = *at;

	if (!late)
		return false;
	if (elapsed_ns(late->since_ns, event->time_ns) <= INVERSION_NS)
		model->misfits.inverted++;
	else
		model->misfits.acquire_held++;
	if (--late->depth == 0) {
		*at = late->next_holder;
		model_hold_free(model, late);
	}
	return true;
}

void model_read_acquire(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_acquired(model, thread, event, true);
}

void model_read_begin(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_request(model, thread, event, true, false);
}

void model_read_timed_begin(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_request(model, thread, event, true, true);
}

void model_read_end(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_requested(model, thread, event, true);
}

void model_read_try(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_tried(model, thread, event, true);
}
