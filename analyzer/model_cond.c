/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conditions: their waits, which release a mutex and take it again, and signals. */
#include "analyzer/model_private.h"

/* What the begin of a wait did to the mutex. */
struct parting {
	bool had_mutex, has_released, has_lowered;
	unsigned depth;
};

/* Nobody knows what a process did that the trace does not have from its start, or in all detail. */
static bool may_have_mutex(const struct model *model, const struct thread *thread)
{
	return model->lost > 0 || model->is_summary || !thread->process->private->is_whole;
}

static struct parting release_mutex(struct model *model, struct thread *thread,
				    struct object *mutex, const struct event *event)
{
	struct parting parting = { .had_mutex = true };

	if (!mutex->holder || mutex->holder->thread != thread) {
		parting.had_mutex = model_hold_is_late(model, mutex, thread, event) ||
				    may_have_mutex(model, thread);
		return parting;
	}
	/* As in glibc: a recursive mutex taken twice stays held during the wait. A native one does not. */
	parting.depth = mutex->holder->depth;
	parting.has_lowered = parting.depth > 1 && mutex->native == NATIVE_NONE;
	parting.has_released = !parting.has_lowered;
	if (parting.has_lowered)
		mutex->holder->depth--;
	else
		model_lock_end_hold(model, mutex->holder, NULL, event);
	return parting;
}

static void begin(struct model *model, struct thread *thread, const struct event *event,
		  bool is_timed)
{
	struct object *object = model_object_of(model, thread, event);
	struct object *mutex =
		event->other == event->object
			? NULL
			: model_object_at(model, thread, event, event->other, OBJECT_MUTEX);
	struct parting parting = { .had_mutex = true };

	if (mutex)
		parting = release_mutex(model, thread, mutex, event);
	struct wait wait = { .kind = WAIT_COND,
			     .object = object,
			     .mutex = mutex,
			     .is_timed = is_timed,
			     .had_mutex = parting.had_mutex };
	model_waker_wait(model, thread, event, &wait);
	thread_private(thread)->waiter.has_released = parting.has_released;
	thread_private(thread)->waiter.has_lowered = parting.has_lowered;
	thread_private(thread)->waiter.depth = parting.depth;
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

static void restore_mutex(struct model *model, const struct waiter *waiter, struct object *mutex,
			  const struct event *event)
{
	const struct thread *thread = waiter->thread;

	if (waiter->has_released && !mutex->holder &&
	    object_private(mutex)->lock.hold.thread == thread)
		model_lock_restore_hold(model, mutex, event);
	else if (waiter->has_lowered && mutex->holder && mutex->holder->thread == thread)
		mutex->holder->depth++;
}

void model_cond_wait_end(struct model *model, struct thread *thread, const struct event *event)
{
	struct acquisition how = { .place = model_place(thread, event), .result = event->value };
	struct object *mutex = NULL;
	unsigned depth = 0;
	bool is_over = is_reacquired(event->value);

	if (model_wait_reach(model, thread, event, WAIT_BIT(WAIT_COND))) {
		struct waiter waiter = thread_private(thread)->waiter;
		struct wait wait = model_waker_return(thread, event);

		model_waker_emit_end(model, thread, event, &wait);
		how.place = wait.place;
		mutex = wait.mutex;
		depth = waiter.has_released ? waiter.depth : 0;
		if (mutex && !is_over)
			restore_mutex(model, &waiter, mutex, event);
	} else if (is_over && event->other != event->object) {
		mutex = model_object_at(model, thread, event, event->other, OBJECT_MUTEX);
	}
	if (mutex && is_over)
		model_lock_take(model, thread, mutex, event, &how);
	if (mutex && depth > 1 && mutex->holder && mutex->holder->thread == thread)
		mutex->holder->depth = depth;
}

static void notify(struct model *model, struct thread *thread, const struct event *event,
		   enum step_kind kind)
{
	struct object *object = model_object_of(model, thread, event);
	struct step step = model_step(kind, thread, event);

	step.object = object;
	step.other = model_waker_wake(object, thread, event, kind == STEP_SIGNAL ? 1 : INT64_MAX);
	step.result = event->value;
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
