/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks: who holds them. A release is stamped before it happens and an acquire after it,
 * yet stamps of two CPUs may be out of order by a little: an acquire then comes
 * while the old holder still seems to hold. The acquire is believed; the late release of the old
 * holder, when it comes, is swallowed.
 */
#include "analyzer/model_private.h"

/* By how much stamps of two CPUs may be out of order. */
#define INVERSION_NS 2000

static void link_hold(struct hold *hold)
{
	struct thread *thread = hold->thread;

	hold->next = NULL;
	hold->previous = thread->held_last;
	if (thread->held_last)
		thread->held_last->next = hold;
	else
		thread->held = hold;
	thread->held_last = hold;
	thread->held_count++;
}

static void unlink_hold(struct hold *hold)
{
	struct thread *thread = hold->thread;

	if (hold->previous)
		hold->previous->next = hold->next;
	else
		thread->held = hold->next;
	if (hold->next)
		hold->next->previous = hold->previous;
	else
		thread->held_last = hold->previous;
	hold->previous = hold->next = NULL;
	thread->held_count--;
}

void model_lock_end_hold(struct model *model, struct object *object, const struct event *event)
{
	struct hold *hold = object->holder;
	struct step step = model_step(STEP_RELEASE, hold->thread, event);

	unlink_hold(hold);
	object->holder = NULL;
	hold->depth = 0;
	step.object = object;
	step.hold = hold;
	model_emit(model, &step);
}

void model_lock_restore_hold(struct model *model, struct object *object, const struct event *event)
{
	struct hold *hold = &object_private(object)->lock.hold;
	struct step step = model_step(STEP_RELEASE_UNDONE, hold->thread, event);

	hold->depth = 1;
	object->holder = hold;
	link_hold(hold);
	step.object = object;
	step.hold = hold;
	model_emit(model, &step);
}

/* Did hold end without our seeing its release? A robust mutex tells so itself. */
static void overtake(struct model *model, struct object *object, const struct event *event,
		     int64_t result)
{
	struct object_private *private = object_private(object);

	if (result != EOWNERDEAD) {
		if (private->lock.overtaken)
			model->misfits.acquire_held++;
		private->lock.overtaken = object->holder->thread;
		private->lock.overtaken_ns = event->time_ns;
	}
	model_lock_end_hold(model, object, event);
}

static bool is_plain(const struct object *object)
{
	return object->mutex_kind >= 0 && (object->mutex_kind & MUTEX_TYPE_MASK) != MUTEX_RECURSIVE;
}

static void take_again(struct model *model, struct thread *thread, struct object *object,
		       const struct event *event, const struct acquisition *how)
{
	struct step step = model_step(STEP_REACQUIRE, thread, event);

	object->holder->depth++;
	step.object = object;
	step.hold = object->holder;
	step.wait = how->wait;
	step.is_try = how->is_try;
	step.is_timed = how->is_timed;
	model_emit(model, &step);
}

void model_lock_take(struct model *model, struct thread *thread, struct object *object,
		     const struct event *event, const struct acquisition *how)
{
	struct object_private *private = object_private(object);
	struct hold *hold = &private->lock.hold;

	if (object->holder && object->holder->thread == thread && !is_plain(object)) {
		take_again(model, thread, object, event, how);
		return;
	}
	if (object->holder)
		overtake(model, object, event, how->result);
	*hold = (struct hold){ .object = object,
			       .thread = thread,
			       .since_ns = event->time_ns,
			       .place = how->place,
			       .depth = 1 };
	private->lock.undo = UNDO_NOTHING;
	object->holder = hold;
	object->last_holder = thread;
	object->owner_died = false;
	link_hold(hold);
	struct step step = model_step(STEP_ACQUIRE, thread, event);
	step.object = object;
	step.hold = hold;
	step.wait = how->wait;
	step.place = how->place;
	step.result = how->result;
	step.is_try = how->is_try;
	step.is_timed = how->is_timed;
	model_emit(model, &step);
}

void model_lock_acquire(struct model *model, struct thread *thread, const struct event *event)
{
	struct acquisition how = { .place = model_place(thread, event), .result = event->value };
	struct object *object = model_object_of(model, thread, event);

	if (model_is_acquired(event->value))
		model_lock_take(model, thread, object, event, &how);
}

void model_lock_try(struct model *model, struct thread *thread, const struct event *event)
{
	struct acquisition how = { .place = model_place(thread, event),
				   .result = event->value,
				   .is_try = true };
	struct object *object = model_object_of(model, thread, event);

	if (model_is_acquired(event->value)) {
		model_lock_take(model, thread, object, event, &how);
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
	struct object *object = model_object_of(model, thread, event);
	struct wait wait = { .kind = WAIT_LOCK, .object = object, .is_timed = is_timed };

	if (object->mutex_kind < 0 && event->value >= 0 && event->value <= INT_MAX)
		object->mutex_kind = (int)event->value;
	model_wait_begin(model, thread, event, &wait);
	struct step step = model_step(STEP_REQUEST, thread, event);
	step.object = object;
	step.wait = &thread->wait;
	step.is_timed = is_timed;
	model_emit(model, &step);
}

void model_lock_begin(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, false);
}

void model_lock_timed_begin(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, true);
}

static void give_up(struct model *model, struct thread *thread, const struct event *event,
		    const struct wait *wait)
{
	struct step step = model_step(STEP_REQUEST_FAILED, thread, event);

	step.object = wait->object;
	step.wait = wait;
	step.result = event->value;
	step.is_timed = wait->is_timed;
	model_emit(model, &step);
}

void model_lock_end(struct model *model, struct thread *thread, const struct event *event)
{
	const struct wait *begun = &thread->wait;
	struct acquisition how = { .place = model_place(thread, event), .result = event->value };

	if (begun->kind != WAIT_LOCK || begun->object->address != event->object) {
		model->misfits.end_without_begin++;
		model_lock_acquire(model, thread, event);
		return;
	}
	struct wait wait = model_wait_end(thread);
	if (!model_is_acquired(event->value)) {
		give_up(model, thread, event, &wait);
		return;
	}
	how.place = wait.place;
	how.wait = &wait;
	how.is_timed = wait.is_timed;
	model_lock_take(model, thread, wait.object, event, &how);
}

/* Is this the release of a hold that an acquire has ended already? */
static bool is_late(struct model *model, struct object_private *private,
		    const struct thread *thread, const struct event *event)
{
	if (private->lock.overtaken != thread)
		return false;
	if (elapsed_ns(private->lock.overtaken_ns, event->time_ns) <= INVERSION_NS)
		model->misfits.inverted++;
	else
		model->misfits.acquire_held++;
	private->lock.overtaken = NULL;
	return true;
}

void model_lock_release(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	struct object_private *private = object_private(object);
	bool is_own = object->holder && object->holder->thread == thread;

	private->lock.releaser = thread;
	private->lock.undo = UNDO_NOTHING;
	if (!is_own && is_late(model, private, thread, event))
		return;
	if (!object->holder) {
		/* A child may release what its parent took before the fork. */
		private->lock.undo = UNDO_MISFIT;
		model->misfits.release_unheld += !thread->process->is_fork;
		return;
	}
	if (object->holder->depth > 1) {
		private->lock.undo = UNDO_DEPTH;
		object->holder->depth--;
		return;
	}
	private->lock.undo = UNDO_HOLD;
	model_lock_end_hold(model, object, event);
}

void model_lock_release_failed(struct model *model, struct thread *thread,
			       const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	struct object_private *private = object_private(object);
	enum undo undo = private->lock.releaser == thread ? private->lock.undo : UNDO_NOTHING;

	private->lock.undo = UNDO_NOTHING;
	if (undo == UNDO_HOLD && !object->holder)
		model_lock_restore_hold(model, object, event);
	else if (undo == UNDO_DEPTH && object->holder)
		object->holder->depth++;
	else if (undo == UNDO_MISFIT && !thread->process->is_fork)
		model->misfits.release_unheld--;
}
