/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits of conditions, semaphores, barriers and futexes: which signal is for whom. A signal is
 * for the waiter that waits longest; where another one returns first, the two change places.
 */
#include "analyzer/model_private.h"

static void append(struct waiter_list *list, struct waiter *waiter)
{
	waiter->next = NULL;
	waiter->previous = list->last;
	if (list->last)
		list->last->next = waiter;
	else
		list->first = waiter;
	list->last = waiter;
	list->count++;
}

static void prepend(struct waiter_list *list, struct waiter *waiter)
{
	waiter->previous = NULL;
	waiter->next = list->first;
	if (list->first)
		list->first->previous = waiter;
	else
		list->last = waiter;
	list->first = waiter;
	list->count++;
}

static void take_out(struct waiter_list *list, struct waiter *waiter)
{
	if (waiter->previous)
		waiter->previous->next = waiter->next;
	else
		list->first = waiter->next;
	if (waiter->next)
		waiter->next->previous = waiter->previous;
	else
		list->last = waiter->previous;
	waiter->previous = waiter->next = NULL;
	list->count--;
}

bool model_has_waker(enum wait_kind kind)
{
	return kind == WAIT_COND || kind == WAIT_SEMAPHORE || kind == WAIT_BARRIER ||
	       kind == WAIT_FUTEX;
}

static struct waiter_list *list_of(const struct wait *wait)
{
	struct object_private *private = object_private(wait->object);

	return wait->is_woken ? &private->waiting.woken : &private->waiting.unwoken;
}

void model_waker_forget(struct thread *thread)
{
	take_out(list_of(&thread->wait), &thread_private(thread)->waiter);
}

void model_waker_replace(const struct waiter *old, struct waiter *new)
{
	struct waiter_list *list = list_of(new->wait);

	if (old->previous)
		old->previous->next = new;
	else
		list->first = new;
	if (old->next)
		old->next->previous = new;
	else
		list->last = new;
}

/* The first waiter that nobody has woken now has been; how says by whom and when. */
static void wake(struct object *object, const struct wait *how)
{
	struct object_private *private = object_private(object);
	struct waiter *waiter = private->waiting.unwoken.first;

	take_out(&private->waiting.unwoken, waiter);
	append(&private->waiting.woken, waiter);
	waiter->wait->is_woken = true;
	waiter->wait->waker = how->waker;
	waiter->wait->woken_ns = how->woken_ns;
	waiter->wait->waker_place = how->waker_place;
}

static void unwake(struct object *object, struct waiter *waiter)
{
	struct object_private *private = object_private(object);

	take_out(&private->waiting.woken, waiter);
	prepend(&private->waiting.unwoken, waiter);
	waiter->wait->is_woken = false;
	waiter->wait->waker = NULL;
}

/* thread returns, though the latest signal was meant for another one: they change places. */
static void swap(struct thread *thread)
{
	struct object *object = thread->wait.object;
	struct object_private *private = object_private(object);
	struct waiter *waiter = &thread_private(thread)->waiter;
	struct waiter *other = private->waiting.woken.last;

	if (!other || other->wait->woken_ns < thread->wait.since_ns)
		return;
	struct wait how = *other->wait;
	take_out(&private->waiting.unwoken, waiter);
	prepend(&private->waiting.unwoken, waiter);
	wake(object, &how);
	unwake(object, other);
}

void model_waker_give_back(struct thread *thread)
{
	struct object *object = thread->wait.object;
	const struct waiter *heir = object_private(object)->waiting.unwoken.first;
	struct wait how = thread->wait;

	if (heir && heir->wait->since_ns <= how.woken_ns)
		wake(object, &how);
	unwake(object, &thread_private(thread)->waiter);
}

struct thread *model_waker_unwake_last(struct object *object)
{
	struct waiter *waiter = object_private(object)->waiting.woken.last;

	if (!waiter)
		return NULL;
	unwake(object, waiter);
	return waiter->thread;
}

void model_waker_wait(struct model *model, struct thread *thread, const struct event *event,
		      const struct wait *wait)
{
	model_wait_begin(model, thread, event, wait);
	append(&object_private(wait->object)->waiting.unwoken, &thread_private(thread)->waiter);
	struct step step = model_step(STEP_WAIT_BEGIN, thread, event);
	step.object = wait->object;
	step.wait = &thread->wait;
	step.is_timed = wait->is_timed;
	model_emit(model, &step);
}

struct wait model_waker_return(struct thread *thread, const struct event *event)
{
	bool is_signalled = model_is_acquired(event->value);

	if (is_signalled && !thread->wait.is_woken)
		swap(thread);
	else if (!is_signalled && thread->wait.is_woken)
		model_waker_give_back(thread);
	return model_wait_end(thread);
}

void model_waker_emit_end(struct model *model, struct thread *thread, const struct event *event,
			  const struct wait *wait)
{
	struct step step = model_step(STEP_WAIT_END, thread, event);

	step.object = wait->object;
	step.wait = wait;
	step.result = event->value;
	step.is_timed = wait->is_timed;
	model_emit(model, &step);
}

struct thread *model_waker_wake(struct object *object, struct thread *waker,
				const struct event *event, int64_t count)
{
	const struct object_private *private = object_private(object);
	const struct waiter *first = count > 0 ? private->waiting.unwoken.first : NULL;
	struct wait how = { .waker = waker,
			    .woken_ns = event->time_ns,
			    .waker_place = model_place(waker, event) };

	for (int64_t i = 0; i < count && private->waiting.unwoken.first; i++)
		wake(object, &how);
	return first ? first->thread : NULL;
}
