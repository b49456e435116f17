/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions: who waits, and which signal is for whom. A signal is for the waiter that waits
 * longest; where another one returns first, the two change places.
 */
#include "analyzer/model_private.h"

static void append(struct thread_list *list, struct thread *thread)
{
	struct thread_private *private = thread_private(thread);

	private->next = NULL;
	private->previous = list->last;
	if (list->last)
		thread_private(list->last)->next = thread;
	else
		list->first = thread;
	list->last = thread;
}

static void prepend(struct thread_list *list, struct thread *thread)
{
	struct thread_private *private = thread_private(thread);

	private->previous = NULL;
	private->next = list->first;
	if (list->first)
		thread_private(list->first)->previous = thread;
	else
		list->last = thread;
	list->first = thread;
}

static void take_out(struct thread_list *list, struct thread *thread)
{
	struct thread_private *private = thread_private(thread);

	if (private->previous)
		thread_private(private->previous)->next = private->next;
	else
		list->first = private->next;
	if (private->next)
		thread_private(private->next)->previous = private->previous;
	else
		list->last = private->previous;
	private->previous = private->next = NULL;
}

void model_cond_forget(struct object *object, struct thread *thread)
{
	struct object_private *private = object_private(object);

	take_out(thread->wait.is_woken ? &private->condition.woken : &private->condition.unwoken,
		 thread);
}

/* The first waiter that nobody has woken now has been; how says by whom and when. */
static void wake(struct object *object, const struct wait *how)
{
	struct object_private *private = object_private(object);
	struct thread *thread = private->condition.unwoken.first;

	take_out(&private->condition.unwoken, thread);
	append(&private->condition.woken, thread);
	thread->wait.is_woken = true;
	thread->wait.waker = how->waker;
	thread->wait.woken_ns = how->woken_ns;
	thread->wait.waker_place = how->waker_place;
}

static void unwake(struct object *object, struct thread *thread)
{
	struct object_private *private = object_private(object);

	take_out(&private->condition.woken, thread);
	prepend(&private->condition.unwoken, thread);
	thread->wait.is_woken = false;
	thread->wait.waker = NULL;
}

/* thread returns, though the latest signal was meant for another one: they change places. */
static void swap(struct object *object, struct thread *thread)
{
	struct object_private *private = object_private(object);
	struct thread *other = private->condition.woken.last;

	if (!other || other->wait.woken_ns < thread->wait.since_ns)
		return;
	struct wait how = other->wait;
	take_out(&private->condition.unwoken, thread);
	prepend(&private->condition.unwoken, thread);
	wake(object, &how);
	unwake(object, other);
}

/* thread leaves without the signal that was meant for it: the next one gets it. */
static void give_back(struct object *object, struct thread *thread)
{
	struct object_private *private = object_private(object);
	const struct thread *heir = private->condition.unwoken.first;
	struct wait how = thread->wait;

	if (heir && heir->wait.since_ns <= how.woken_ns)
		wake(object, &how);
	unwake(object, thread);
}

static void release_mutex(struct model *model, struct thread *thread, struct object *mutex,
			  const struct event *event)
{
	struct thread_private *private = thread_private(thread);

	private->has_released = private->has_lowered = false;
	if (!mutex->holder || mutex->holder->thread != thread)
		return;
	/* As in glibc: a recursive mutex taken twice stays held during the wait. */
	if (mutex->holder->depth > 1) {
		mutex->holder->depth--;
		private->has_lowered = true;
		return;
	}
	model_lock_end_hold(model, mutex, event);
	private->has_released = true;
}

static void begin(struct model *model, struct thread *thread, const struct event *event,
		  bool is_timed)
{
	struct object *object = model_object_of(model, thread, event);
	struct object *mutex =
		event->other == event->object
			? NULL
			: model_object_at(model, thread, event, event->other, OBJECT_MUTEX);
	struct wait wait = {
		.kind = WAIT_COND, .object = object, .mutex = mutex, .is_timed = is_timed
	};

	if (mutex)
		release_mutex(model, thread, mutex, event);
	model_wait_begin(model, thread, event, &wait);
	append(&object_private(object)->condition.unwoken, thread);
	struct step step = model_step(STEP_WAIT_BEGIN, thread, event);
	step.object = object;
	step.wait = &thread->wait;
	step.is_timed = is_timed;
	model_emit(model, &step);
}

void model_cond_wait_begin(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, false);
}

void model_cond_timed_wait_begin(struct model *model, struct thread *thread,
				 const struct event *event)
{
	begin(model, thread, event, true);
}

/* Did a wait that ended like this wait at all, and does it hold the mutex again? */
static bool is_reacquired(int64_t result)
{
	return model_is_acquired(result) || result == ETIMEDOUT || result == ECANCELED;
}

static void restore_mutex(struct model *model, struct thread *thread, struct object *mutex,
			  const struct event *event)
{
	const struct thread_private *private = thread_private(thread);

	if (!mutex)
		return;
	if (private->has_released && !mutex->holder &&
	    object_private(mutex)->lock.hold.thread == thread)
		model_lock_restore_hold(model, mutex, event);
	else if (private->has_lowered && mutex->holder && mutex->holder->thread == thread)
		mutex->holder->depth++;
}

static void end(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = thread->wait.object;
	bool is_over = is_reacquired(event->value);

	if (model_is_acquired(event->value) && !thread->wait.is_woken)
		swap(object, thread);
	else if (!model_is_acquired(event->value) && thread->wait.is_woken)
		give_back(object, thread);
	struct wait wait = model_wait_end(thread);
	struct step step = model_step(STEP_WAIT_END, thread, event);
	step.object = object;
	step.wait = &wait;
	step.result = event->value;
	step.is_timed = wait.is_timed;
	model_emit(model, &step);
	struct acquisition how = { .place = wait.place, .result = event->value };
	if (is_over && wait.mutex)
		model_lock_take(model, thread, wait.mutex, event, &how);
	else
		restore_mutex(model, thread, wait.mutex, event);
}

void model_cond_wait_end(struct model *model, struct thread *thread, const struct event *event)
{
	struct acquisition how = { .place = model_place(thread, event), .result = event->value };

	if (thread->wait.kind == WAIT_COND && thread->wait.object->address == event->object) {
		end(model, thread, event);
		return;
	}
	model->misfits.end_without_begin++;
	if (event->other == event->object || !is_reacquired(event->value))
		return;
	struct object *mutex = model_object_at(model, thread, event, event->other, OBJECT_MUTEX);
	model_lock_take(model, thread, mutex, event, &how);
}

static void notify(struct model *model, struct thread *thread, const struct event *event,
		   enum step_kind kind)
{
	struct object *object = model_object_of(model, thread, event);
	struct object_private *private = object_private(object);
	struct thread *first = private->condition.unwoken.first;
	struct wait how = { .waker = thread,
			    .woken_ns = event->time_ns,
			    .waker_place = model_place(thread, event) };

	if (first)
		wake(object, &how);
	while (kind == STEP_BROADCAST && private->condition.unwoken.first)
		wake(object, &how);
	struct step step = model_step(kind, thread, event);
	step.object = object;
	step.other = first;
	model_emit(model, &step);
}

void model_cond_signal(struct model *model, struct thread *thread, const struct event *event)
{
	notify(model, thread, event, STEP_SIGNAL);
}

void model_cond_broadcast(struct model *model, struct thread *thread, const struct event *event)
{
	notify(model, thread, event, STEP_BROADCAST);
}
