/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks of all kinds: who holds them. A release is stamped before it happens and an acquire
 * after it, yet stamps of two CPUs may be out of order by a little: an acquire then comes while the
 * old holder still seems to hold. The acquire is believed; the late release of the old holder,
 * when it comes, is swallowed.
 */
#include "analyzer/model_fork.h"
#include "analyzer/model_private.h"

static void link_holder(struct hold *hold)
{
	struct object *object = hold->object;
	struct object_private *private = object_private(object);

	hold->next_holder = NULL;
	hold->previous_holder = object->holder ? private->lock.newest : NULL;
	if (object->holder)
	private->lock.newest->next_holder = hold;
	else object->holder = hold;
	private->lock.newest = hold;
	object->holder_count++;
}

static void unlink_holder(struct hold *hold)
{
	struct object *object = hold->object;

	object->holder_count--;
	if (!hold->is_read) {
		object->holder = NULL;
		return;
	}
	if (hold->previous_holder)
		hold->previous_holder->next_holder = hold->next_holder;
	else
		object->holder = hold->next_holder;
	if (hold->next_holder)
		hold->next_holder->previous_holder = hold->previous_holder;
	else
		object_private(object)->lock.newest = hold->previous_holder;
}

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
	link_holder(hold);
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
	unlink_holder(hold);
}

void model_lock_end_hold(struct model *model, struct hold *hold, struct thread *releaser,
			 const struct event *event)
{
	struct step step = model_step(STEP_RELEASE, hold->thread, event);

	unlink_hold(hold);
	hold->depth = 0;
	step.object = hold->object;
	step.other = releaser;
	step.hold = hold;
	step.is_read = hold->is_read;
	model_emit(model, &step);
	if (hold->is_read)
		model_hold_free(model, hold);
}

void model_lock_restore_hold(struct model *model, struct object *object, const struct event *event)
{
	struct hold *hold = &object_private(object)->lock.hold;
	struct step step = model_step(STEP_RELEASE_UNDONE, hold->thread, event);

	hold->depth = 1;
	link_hold(hold);
	step.object = object;
	step.hold = hold;
	model_emit(model, &step);
}

/* Did all holds end without our seeing a release? A robust mutex tells so itself. */
static void overtake(struct model *model, struct object *object, const struct event *event,
		     int64_t result)
{
	while (object->holder) {
		if (result != EOWNERDEAD)
			model_hold_note_late(model, object->holder, event);
		model_lock_end_hold(model, object->holder, NULL, event);
	}
}

/* Nobody can take it again while holding it. */
static bool is_plain(const struct object *object)
{
	if (object->kind != OBJECT_MUTEX)
		return true;
	return object->mutex_kind >= 0 && (object->mutex_kind & MUTEX_TYPE_MASK) != MUTEX_RECURSIVE;
}

static void take_again(struct model *model, struct hold *hold, const struct event *event,
		       const struct acquisition *how)
{
	struct step step = model_step(STEP_REACQUIRE, hold->thread, event);

	hold->depth++;
	step.object = hold->object;
	step.hold = hold;
	step.wait = how->wait;
	step.is_try = how->is_try;
	step.is_timed = how->is_timed;
	step.is_read = how->is_read;
	model_emit(model, &step);
}

void model_lock_take(struct model *model, struct thread *thread, struct object *object,
		     const struct event *event, const struct acquisition *how)
{
	struct object_private *private = object_private(object);
	struct hold *hold = model_hold_of(object, thread);

	if (hold && hold->is_read == how->is_read && (how->is_read || !is_plain(object))) {
		take_again(model, hold, event, how);
		return;
	}
	if (object->holder && !(how->is_read && object->holder->is_read))
		overtake(model, object, event, how->result);
	hold = how->is_read ? model_hold_new(model) : &private->lock.hold;
	hold->object = object;
	hold->thread = thread;
	hold->since_ns = event->time_ns;
	hold->place = how->place;
	hold->depth = 1;
	hold->is_read = how->is_read;
	private->lock.undo = UNDO_NOTHING;
	object->last_holder = thread;
	object->owner_died = false;
	object->is_inconsistent = how->result == EOWNERDEAD;
	link_hold(hold);
	if (thread_private(thread)->fork)
		model_fork_acquired(thread);
	struct step step = model_step(STEP_ACQUIRE, thread, event);
	step.object = object;
	step.hold = hold;
	step.wait = how->wait;
	step.place = how->place;
	step.result = how->result;
	step.is_try = how->is_try;
	step.is_timed = how->is_timed;
	step.is_read = how->is_read;
	model_emit(model, &step);
}

void model_lock_acquired(struct model *model, struct thread *thread, const struct event *event,
			 bool is_read)
{
	struct acquisition how = { .place = model_place(thread, event),
				   .result = event->value,
				   .is_read = is_read };
	struct object *object = model_object_of(model, thread, event);

	if (model_is_acquired(event->value))
		model_lock_take(model, thread, object, event, &how);
}

void model_lock_tried(struct model *model, struct thread *thread, const struct event *event,
		      bool is_read)
{
	struct acquisition how = { .place = model_place(thread, event),
				   .result = event->value,
				   .is_try = true,
				   .is_read = is_read };
	struct object *object = model_object_of(model, thread, event);

	if (model_is_acquired(event->value)) {
		model_lock_take(model, thread, object, event, &how);
		return;
	}
	struct step step = model_step(STEP_TRY_FAILED, thread, event);
	step.object = object;
	step.result = event->value;
	step.is_try = true;
	step.is_read = is_read;
	model_emit(model, &step);
}

/* What the begin of a wait tells of the lock's kind, where nobody saw its init. */
static void learn_kind(struct object *object, const struct event *event)
{
	if (event->value < 0 || event->value > INT_MAX)
		return;
	if (object->kind == OBJECT_MUTEX && object->mutex_kind < 0)
		object->mutex_kind = (int)event->value;
	else if (object->kind == OBJECT_RWLOCK && object->rwlock_kind < 0)
		object->rwlock_kind = (int)event->value & RWLOCK_PREFERENCE_MASK;
	else
		return;
	object->is_shared = (event->value & MUTEX_SHARED) != 0;
}

void model_lock_request(struct model *model, struct thread *thread, const struct event *event,
			bool is_read, bool is_timed)
{
	struct object *object = model_object_of(model, thread, event);
	struct wait wait = {
		.kind = WAIT_LOCK, .object = object, .is_timed = is_timed, .is_read = is_read
	};

	learn_kind(object, event);
	model_wait_begin(model, thread, event, &wait);
	struct step step = model_step(STEP_REQUEST, thread, event);
	step.object = object;
	step.wait = &thread->wait;
	step.is_timed = is_timed;
	step.is_read = is_read;
	model_emit(model, &step);
}

static void give_up(struct model *model, struct thread *thread, const struct event *event,
		    const struct wait *wait)
{
	struct step step = model_step(STEP_REQUEST_FAILED, thread, event);

	step.object = wait->object;
	step.wait = wait;
	step.result = event->value;
	step.is_timed = wait->is_timed;
	step.is_read = wait->is_read;
	model_emit(model, &step);
}

void model_lock_requested(struct model *model, struct thread *thread, const struct event *event,
			  bool is_read)
{
	if (!model_wait_reach(model, thread, event, WAIT_BIT(WAIT_LOCK))) {
		model_lock_acquired(model, thread, event, is_read);
		return;
	}
	struct wait wait = model_wait_end(thread);
	struct acquisition how = { .place = wait.place,
				   .wait = &wait,
				   .result = event->value,
				   .is_timed = wait.is_timed,
				   .is_read = is_read };
	if (model_is_acquired(event->value))
		model_lock_take(model, thread, wait.object, event, &how);
	else
		give_up(model, thread, event, &wait);
}

void model_lock_acquire(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_acquired(model, thread, event, false);
}

void model_lock_begin(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_request(model, thread, event, false, false);
}

void model_lock_timed_begin(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_request(model, thread, event, false, true);
}

void model_lock_end(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_requested(model, thread, event, false);
}

void model_lock_try(struct model *model, struct thread *thread, const struct event *event)
{
	model_lock_tried(model, thread, event, false);
}

/* May the process have begun with this lock held? */
static bool may_be_inherited(const struct object *object)
{
	return object->process->is_fork && !object->last_holder &&
	       object->init_place.process != object->process;
}

/* A step about a lock that nobody need hold. */
static void tell(struct model *model, enum step_kind kind, struct thread *thread,
		 struct object *object, const struct event *event)
{
	struct step step = model_step(kind, thread, event);

	step.object = object;
	step.result = event->value;
	model_emit(model, &step);
}

static void release_unheld(struct model *model, struct thread *thread, struct object *object,
			   const struct event *event)
{
	if (may_be_inherited(object) || model->is_summary)
		return;
	object_private(object)->lock.undo = UNDO_MISFIT;
	model->misfits.release_unheld++;
	tell(model, STEP_RELEASE_UNHELD, thread, object, event);
}

void model_lock_release(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	struct object_private *private = object_private(object);
	struct hold *own = model_hold_of(object, thread);
	struct hold *hold = own ? own : object->holder;

	if (thread_private(thread)->fork)
		model_fork_released(thread);
	private->lock.releaser = thread;
	private->lock.undo = UNDO_NOTHING;
	if (!own && model_hold_is_late(model, object, thread, event))
		return;
	/* It may end a hold that was not told, beside those of other readers. */
	if (!hold || (!own && hold->is_read && model->is_summary)) {
		release_unheld(model, thread, object, event);
		return;
	}
	if (hold->depth > 1) {
		private->lock.undo = UNDO_DEPTH;
		hold->depth--;
		return;
	}
	private->lock.undo = UNDO_HOLD;
	if (!own && object->native == NATIVE_LOCK && !model->is_summary)
		object->is_handed = true;
	model_lock_end_hold(model, hold, own || model->is_summary ? NULL : thread, event);
}

void model_lock_release_failed(struct model *model, struct thread *thread,
			       const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	struct object_private *private = object_private(object);
	enum undo undo = private->lock.releaser == thread ? private->lock.undo : UNDO_NOTHING;

	private->lock.undo = UNDO_NOTHING;
	tell(model, STEP_RELEASE_FAILED, thread, object, event);
	if (undo == UNDO_HOLD && !object->holder)
		model_lock_restore_hold(model, object, event);
	else if (undo == UNDO_DEPTH && object->holder)
		object->holder->depth++;
	else if (undo == UNDO_MISFIT)
		model->misfits.release_unheld--;
}

void model_lock_consistent(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);

	if (event->value == 0)
		object->is_inconsistent = false;
	tell(model, STEP_CONSISTENT, thread, object, event);
}
