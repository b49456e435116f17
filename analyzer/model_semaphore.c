/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphores: their count, who waits, and who took last. A post is stamped before it happens
 * and a take after it, yet a post may come late by a little: the count is then below 0 meanwhile.
 */
#include "analyzer/model_private.h"

static void add(struct object *object, int64_t change)
{
	int64_t *balance = &object_private(object)->waiting.balance;

	if (object->count < 0)
		return;
	if (*balance < INT64_MAX)
		*balance += change;
	object->count = MAX(*balance, 0);
	if (*balance > 1)
		object->is_lock_like = false;
}

void model_semaphore_set(struct object *object, int64_t count)
{
	if (count < 0)
		return;
	object->count = object_private(object)->waiting.balance = count;
	object->is_lock_like = count == 1;
}

/* A thread that did not wait took what was meant for one that does. */
static void steal(struct object *object)
{
	const struct object_private *private = object_private(object);

	if (object->count < 0 || private->waiting.woken.count > object->count)
		model_waker_unwake_last(object);
}

/* wait: the wait before it, or NULL. */
static void take(struct model *model, struct thread *thread, struct object *object,
		 const struct event *event, const struct wait *wait)
{
	struct object_private *private = object_private(object);
	struct step step = model_step(STEP_TAKE, thread, event);

	private->waiting.overtaken = object->owner;
	private->waiting.inverted_ns = event->time_ns;
	add(object, -1);
	if (!wait)
		steal(object);
	object->owner = thread;
	object->owner_place = wait ? wait->place : step.place;
	object->owner_since_ns = event->time_ns;
	step.object = object;
	step.wait = wait;
	step.place = object->owner_place;
	step.is_timed = wait && wait->is_timed;
	step.is_try = event_info(event->type)->operation == OPERATION_TRY_TAKE;
	model_emit(model, &step);
}

void model_semaphore_take(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);

	if (event->value == 0)
		take(model, thread, object, event, NULL);
}

void model_semaphore_try(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);

	if (event->value == 0) {
		take(model, thread, object, event, NULL);
		return;
	}
	struct step step = model_step(STEP_TRY_FAILED, thread, event);
	step.object = object;
	step.result = event->value;
	step.is_try = true;
	model_emit(model, &step);
}

static void begin(struct model *model, struct thread *thread, const struct event *event,
		  bool is_timed)
{
	struct wait wait = { .kind = WAIT_SEMAPHORE,
			     .object = model_object_of(model, thread, event),
			     .is_timed = is_timed };

	model_waker_wait(model, thread, event, &wait);
}

void model_semaphore_begin(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, false);
}

void model_semaphore_timed_begin(struct model *model, struct thread *thread,
				 const struct event *event)
{
	begin(model, thread, event, true);
}

void model_semaphore_end(struct model *model, struct thread *thread, const struct event *event)
{
	if (!model_wait_reach(model, thread, event, WAIT_BIT(WAIT_SEMAPHORE))) {
		model_semaphore_take(model, thread, event);
		return;
	}
	struct wait wait = model_waker_return(thread, event);
	model_waker_emit_end(model, thread, event, &wait);
	if (event->value == 0)
		take(model, thread, wait.object, event, &wait);
}

/* Is this the post of one who had taken it before the last taker? */
static bool is_late(const struct object *object, const struct thread *thread,
		    const struct event *event)
{
	const struct object_private *private = object_private((struct object *)object);

	return object->owner && object->owner != thread && private->waiting.overtaken == thread &&
	       elapsed_ns(private->waiting.inverted_ns, event->time_ns) <= INVERSION_NS;
}

static void give_up(struct model *model, struct object *object, const struct thread *thread,
		    const struct event *event)
{
	if (is_late(object, thread, event)) {
		object_private(object)->waiting.overtaken = NULL;
		model->misfits.inverted++;
		return;
	}
	if (object->owner != thread)
		object->is_lock_like = false;
	object->owner = NULL;
}

void model_semaphore_post(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	struct step step = model_step(STEP_SIGNAL, thread, event);

	/* A native one may be raised by more at once. */
	int64_t count = CLAMP(event->value, 0, INT32_MAX) + 1;

	give_up(model, object, thread, event);
	add(object, count);
	step.object = object;
	step.other = model_waker_wake(object, thread, event, count);
	model_emit(model, &step);
}

void model_semaphore_post_failed(struct model *model, struct thread *thread,
				 const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	const struct waiter *last = object_private(object)->waiting.woken.last;
	struct step step = model_step(STEP_POST_FAILED, thread, event);

	add(object, -1);
	step.object = object;
	step.result = event->value;
	if (last && last->wait->waker == thread)
		step.other = model_waker_unwake_last(object);
	model_emit(model, &step);
}
