/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocking: its begin and end whatever it waits for, and joins. While a thread waits a signal
 * handler may run in it and wait itself: waits lie in one another, thread->wait is the innermost.
 */
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

/* How many waits of a thread may lie in one another; more come from a broken trace. */
#define OUTER_MAX 16

static void suspend(struct thread *thread)
{
	struct thread_private *private = thread_private(thread);
	struct outer_wait *outer = g_new(struct outer_wait, 1);

	outer->wait = thread->wait;
	outer->waiter = private->waiter;
	outer->waiter.wait = &outer->wait;
	outer->outer = private->outer;
	private->outer = outer;
	private->outer_count++;
	if (outer->wait.object)
		unlink_waiter(outer->wait.object, thread);
	if (model_has_waker(outer->wait.kind))
		model_waker_replace(&private->waiter, &outer->waiter);
}

static void resume(struct thread *thread)
{
	struct thread_private *private = thread_private(thread);
	struct outer_wait *outer = private->outer;

	thread->wait = outer->wait;
	private->waiter = outer->waiter;
	private->waiter.wait = &thread->wait;
	private->outer = outer->outer;
	private->outer_count--;
	if (thread->wait.object)
		link_waiter(thread->wait.object, thread);
	if (model_has_waker(thread->wait.kind))
		model_waker_replace(&outer->waiter, &private->waiter);
	g_free(outer);
}

static bool is_call(const struct wait *wait)
{
	return wait->kind == WAIT_IO || wait->kind == WAIT_SLEEP;
}

/* Nobody waits for the same thing twice: the end of the first wait is missing. */
static bool is_same(const struct wait *wait, const struct wait *other)
{
	return wait->kind == other->kind && wait->object == other->object &&
	       wait->handle == other->handle && !is_call(wait);
}

static bool is_in_same(const struct thread *thread, const struct wait *wait)
{
	const struct outer_wait *outer = thread_private((struct thread *)thread)->outer;

	if (is_same(&thread->wait, wait))
		return true;
	while (outer && !is_same(&outer->wait, wait))
		outer = outer->outer;
	return outer != NULL;
}

/* Is it rather that the end of the wait before is missing than that a handler waits? */
static bool is_unlikely(const struct model *model, const struct thread *thread,
			const struct wait *wait)
{
	const struct thread_private *private = thread_private((struct thread *)thread);

	if (model->lost || private->outer_count == OUTER_MAX)
		return true;
	return wait->kind == WAIT_LOCK && thread->wait.kind == WAIT_LOCK;
}

/* thread is blocked and begins to wait: in a signal handler, unless the trace is broken. */
static void begin_within(struct model *model, struct thread *thread, const struct event *event,
			 const struct wait *wait)
{
	bool is_broken = is_unlikely(model, thread, wait);

	while (is_broken || is_in_same(thread, wait)) {
		is_broken = false;
		model->misfits.begin_while_blocked++;
		model_wait_abort(model, thread, event, EINTR);
	}
	if (thread->wait.kind != WAIT_NONE)
		suspend(thread);
}

void model_wait_begin(struct model *model, struct thread *thread, const struct event *event,
		      const struct wait *wait)
{
	if (thread->wait.kind != WAIT_NONE)
		begin_within(model, thread, event, wait);
	thread->wait = *wait;
	thread->wait.since_ns = event->time_ns;
	thread->wait.place = model_place(thread, event);
	if (thread->state == THREAD_RUNNING)
		thread->state = THREAD_BLOCKED;
	if (wait->object)
		link_waiter(wait->object, thread);
}

static bool is_end(const struct event *event, const struct wait *wait, unsigned kinds)
{
	if (!(kinds & WAIT_BIT(wait->kind)))
		return false;
	if (!wait->object)
		return wait->handle == event->object;
	return wait->object->address == event->object &&
	       wait->object->kind == event_info(event->type)->object;
}

bool model_wait_reach(struct model *model, struct thread *thread, const struct event *event,
		      unsigned kinds)
{
	const struct outer_wait *outer = thread_private(thread)->outer;

	if (is_end(event, &thread->wait, kinds))
		return true;
	while (outer && !is_end(event, &outer->wait, kinds))
		outer = outer->outer;
	if (!outer) {
		model->misfits.end_without_begin++;
		return false;
	}
	while (!is_end(event, &thread->wait, kinds)) {
		model->misfits.begin_while_blocked++;
		model_wait_abort(model, thread, event, EINTR);
	}
	return true;
}

struct wait model_wait_end(struct thread *thread)
{
	struct wait wait = thread->wait;

	if (wait.kind == WAIT_NONE)
		return wait;
	if (wait.object)
		unlink_waiter(wait.object, thread);
	if (model_has_waker(wait.kind))
		model_waker_forget(thread);
	if (thread_private(thread)->outer) {
		resume(thread);
		return wait;
	}
	thread->wait = (struct wait){ .kind = WAIT_NONE };
	if (thread->state == THREAD_BLOCKED)
		thread->state = THREAD_RUNNING;
	return wait;
}

void model_wait_abort(struct model *model, struct thread *thread, const struct event *event,
		      int64_t result)
{
	static const enum step_kind kinds[WAIT_KIND_COUNT] = {
		[WAIT_LOCK] = STEP_REQUEST_FAILED, [WAIT_COND] = STEP_WAIT_END,
		[WAIT_JOIN] = STEP_JOIN_END,	   [WAIT_SEMAPHORE] = STEP_WAIT_END,
		[WAIT_BARRIER] = STEP_WAIT_END,	   [WAIT_FUTEX] = STEP_WAIT_END,
		[WAIT_IO] = STEP_CALL_END,	   [WAIT_SLEEP] = STEP_CALL_END,
	};

	if (thread->wait.is_woken && thread->wait.kind != WAIT_BARRIER)
		model_waker_give_back(thread);
	struct wait wait = model_wait_end(thread);
	struct step step = model_step(kinds[wait.kind], thread, event);
	step.object = wait.object;
	step.wait = &wait;
	step.result = result;
	step.is_timed = wait.is_timed;
	step.is_read = wait.is_read;
	model_emit(model, &step);
}

void model_wait_left(struct model *model, struct thread *thread, const struct event *event)
{
	if (thread->wait.kind == WAIT_NONE)
		model->misfits.end_without_begin++;
	else
		model_wait_abort(model, thread, event, EINTR);
}

void model_deadlock_found(struct model *model, struct thread *thread, const struct event *event)
{
	struct wait *wait = &thread->wait;

	if (wait->kind == WAIT_NONE || event->value < 1) {
		model->misfits.end_without_begin++;
		return;
	}
	wait->found_ns = event->time_ns;
	wait->found_count = event->value;
	wait->found_pid = (int32_t)(event->other >> 32);
	wait->found_tid = (int32_t)event->other;
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

	if (model_wait_reach(model, thread, event, WAIT_BIT(WAIT_JOIN)))
		wait = model_wait_end(thread);
	joined(model, thread, event, &wait);
}

void model_join_ended(struct model *model, struct thread *thread, const struct event *event)
{
	struct wait wait = { .kind = WAIT_NONE,
			     .target = model_thread_created(thread->process, event->object) };

	if (!wait.target)
		model->misfits.unknown_thread++;
	else if (event->value == 0)
		joined(model, thread, event, &wait);
}

void model_try_join(struct model *model, struct thread *thread, const struct event *event)
{
	struct wait wait = { .kind = WAIT_NONE };

	if (event->value == 0)
		joined(model, thread, event, &wait);
}
