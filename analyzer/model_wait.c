/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocking: its begin and end whatever it waits for, and joins. */
#include "analyzer/model_private.h"

static void link_waiter(struct object *object, struct thread *thread)
{
	thread->next_waiter = NULL;
	thread->previous_waiter = object->waiters_last;
	if (object->waiters_last)
		object->waiters_last->next_waiter = thread;
	else
		object->waiters = thread;
	object->waiters_last = thread;
}

static void unlink_waiter(struct object *object, struct thread *thread)
{
	if (thread->previous_waiter)
		thread->previous_waiter->next_waiter = thread->next_waiter;
	else
		object->waiters = thread->next_waiter;
	if (thread->next_waiter)
		thread->next_waiter->previous_waiter = thread->previous_waiter;
	else
		object->waiters_last = thread->previous_waiter;
	thread->previous_waiter = thread->next_waiter = NULL;
}

void model_wait_begin(struct model *model, struct thread *thread, const struct event *event,
		      const struct wait *wait)
{
	if (thread->wait.kind != WAIT_NONE) {
		model->misfits.begin_while_blocked++;
		model_wait_abort(model, thread, event, EINTR);
	}
	thread->wait = *wait;
	thread->wait.since_ns = event->time_ns;
	thread->wait.place = model_place(thread, event);
	if (thread->state == THREAD_RUNNING)
		thread->state = THREAD_BLOCKED;
	if (wait->object)
		link_waiter(wait->object, thread);
}

struct wait model_wait_end(struct thread *thread)
{
	struct wait wait = thread->wait;

	if (wait.kind == WAIT_NONE)
		return wait;
	if (wait.object)
		unlink_waiter(wait.object, thread);
	if (wait.kind == WAIT_COND)
		model_cond_forget(wait.object, thread);
	thread->wait = (struct wait){ .kind = WAIT_NONE };
	if (thread->state == THREAD_BLOCKED)
		thread->state = THREAD_RUNNING;
	return wait;
}

void model_wait_abort(struct model *model, struct thread *thread, const struct event *event,
		      int64_t result)
{
	static const enum step_kind kinds[WAIT_KIND_COUNT] = {
		[WAIT_LOCK] = STEP_REQUEST_FAILED,
		[WAIT_COND] = STEP_WAIT_END,
		[WAIT_JOIN] = STEP_JOIN_END,
	};
	struct wait wait = model_wait_end(thread);
	struct step step = model_step(kinds[wait.kind], thread, event);

	step.object = wait.object;
	step.wait = &wait;
	step.result = result;
	step.is_timed = wait.is_timed;
	model_emit(model, &step);
}

static void join(struct model *model, struct thread *thread, const struct event *event,
		 bool is_timed)
{
	struct wait wait = { .kind = WAIT_JOIN,
			     .handle = event->object,
			     .is_timed = is_timed,
			     .target = model_handle_thread(thread->process, event->object) };

	model_wait_begin(model, thread, event, &wait);
	struct step step = model_step(STEP_JOIN_BEGIN, thread, event);
	step.wait = &thread->wait;
	step.other = wait.target;
	step.is_timed = is_timed;
	model_emit(model, &step);
}

void model_join_begin(struct model *model, struct thread *thread, const struct event *event)
{
	join(model, thread, event, false);
}

void model_timed_join_begin(struct model *model, struct thread *thread, const struct event *event)
{
	join(model, thread, event, true);
}

/* target has been joined: it is over, whatever the trace told of its exit. */
static void settle(struct model *model, struct thread *target)
{
	if (!target) {
		model->misfits.unknown_thread++;
		return;
	}
	target->was_joined = true;
	if (target->state != THREAD_EXITED)
		model_thread_end(target, target->end_ns);
}

static void joined(struct model *model, struct thread *thread, const struct event *event,
		   struct wait *wait)
{
	struct step step = model_step(STEP_JOIN_END, thread, event);

	if (event->value == 0 && !wait->target)
		wait->target = model_handle_thread(thread->process, event->object);
	if (event->value == 0 && wait->target != thread) {
		settle(model, wait->target);
		step.other = wait->target;
	}
	step.wait = wait->kind == WAIT_NONE ? NULL : wait;
	step.result = event->value;
	step.is_timed = wait->is_timed;
	model_emit(model, &step);
}

void model_join_end(struct model *model, struct thread *thread, const struct event *event)
{
	struct wait wait = { .kind = WAIT_NONE };

	if (thread->wait.kind == WAIT_JOIN && thread->wait.handle == event->object)
		wait = model_wait_end(thread);
	else
		model->misfits.end_without_begin++;
	joined(model, thread, event, &wait);
}

void model_try_join(struct model *model, struct thread *thread, const struct event *event)
{
	struct wait wait = { .kind = WAIT_NONE };

	if (event->value == 0)
		joined(model, thread, event, &wait);
}
