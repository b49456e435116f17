/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Barriers: the last one to arrive wakes the others. An arrival is stamped before it happens
 * and a departure after it, yet stamps of two CPUs may be out of order by a little: who then
 * leaves before the last one has come counts as having arrived all the same. A native barrier breaks
 * when the time of a waiter is over (ETIMEDOUT): the others are released (EPIPE).
 */
#include <errno.h>

#include "analyzer/model_private.h"

/* Those who left so lately that the last arrival may be stamped too late. */
static unsigned left_early(struct object_private *private, const struct event *event)
{
	if (elapsed_ns(private->waiting.inverted_ns, event->time_ns) > INVERSION_NS)
	private->waiting.early = 0;
	return private->waiting.early;
}

static void arrive(struct model *model, struct thread *thread, const struct event *event,
		   bool is_timed)
{
	struct object *object = model_object_of(model, thread, event);
	struct object_private *private = object_private(object);
	struct wait wait = { .kind = WAIT_BARRIER, .object = object, .is_timed = is_timed };

	model_waker_wait(model, thread, event, &wait);
	uint64_t arrived = (uint64_t) private->waiting.unwoken.count + left_early(private, event);
	if (object->count <= 0 || arrived < (uint64_t)object->count)
		return;
	model->misfits.inverted += private->waiting.early;
	private->waiting.early = 0;
	model_waker_wake(object, thread, event, INT64_MAX);
}

void model_barrier_arrive(struct model *model, struct thread *thread, const struct event *event)
{
	arrive(model, thread, event, false);
}

void model_barrier_timed_arrive(struct model *model, struct thread *thread,
				const struct event *event)
{
	arrive(model, thread, event, true);
}

/* Its time was over: that broke the barrier, for all who waited there. */
static void time_out(struct thread *thread, const struct event *event, struct object *object)
{
	model_waker_wake(object, thread, event, INT64_MAX);
	object_private(object)->waiting.is_broken = true;
}

/* wait ended as the barrier broke: unless it was broken before, that of who broke it is stamped late. */
static void released(const struct event *event, struct wait *wait)
{
	if (wait->is_woken || object_private(wait->object)->waiting.is_broken)
		return;
	wait->is_woken = true;
	wait->woken_ns = event->time_ns;
}

static void passed(const struct event *event, const struct wait *wait)
{
	struct object_private *private = object_private(wait->object);

	private->waiting.is_broken = false;
	if (wait->is_woken)
		return;
	private->waiting.early = left_early(private, event) + 1;
	private->waiting.inverted_ns = event->time_ns;
}

void model_barrier_depart(struct model *model, struct thread *thread, const struct event *event)
{
	if (!model_wait_reach(model, thread, event, WAIT_BIT(WAIT_BARRIER)))
		return;
	struct wait wait = model_wait_end(thread);
	if (event->value == ETIMEDOUT)
		time_out(thread, event, wait.object);
	else if (event->value == EPIPE)
		released(event, &wait);
	else
		passed(event, &wait);
	model_waker_emit_end(model, thread, event, &wait);
}
