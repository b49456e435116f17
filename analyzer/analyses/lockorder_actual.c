/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles that are deadlocked when the trace ends: findings of another rule. */
#include "analyzer/analyses/lockorder.h"

/* What thread waits for when the trace ends, as cycles count objects; ORDER_NONE: nothing for ever. */
static uint32_t wanted_by(const struct order_model *model, const struct thread *thread)
{
	const struct wait *wait = &thread->wait;

	/* Whether notified or timed out, it needs the mutex of the condition. */
	if (wait->kind == WAIT_COND && (wait->is_woken || wait->is_timed))
		return wait->mutex ? wait->mutex->id : ORDER_NONE;
	if (wait->is_timed)
		return ORDER_NONE;
	if (wait->kind == WAIT_JOIN)
		return wait->target ? model->object_count + wait->target->id : ORDER_NONE;
	return wait->object ? wait->object->id : ORDER_NONE;
}

/* Does one who holds the one object wait for the other one? */
static bool leads_to(const struct order_model *model, uint32_t held, uint32_t next)
{
	const struct hold *hold;

	if (held >= model->object_count)
		return wanted_by(model, model->threads[held - model->object_count]) == next;
	hold = model->objects[held]->holder;
	while (hold && wanted_by(model, hold->thread) != next)
		hold = hold->next_holder;
	if (hold)
		return true;
	return model->objects[held]->owner && model->objects[held]->is_lock_like &&
	       wanted_by(model, model->objects[held]->owner) == next;
}

/* Does a thread that holds each object of the cycle wait for the next one, at the end? */
static bool are_deadlocked(const struct order_model *model, const struct lockcycle *cycle)
{
	unsigned i = 0;

	while (i < cycle->length &&
	       leads_to(model, cycle->objects[i], cycle->objects[(i + 1) % cycle->length]))
		i++;
	return i == cycle->length;
}

/* Where object is a lock: does thread hold it? It may wait for the same in another way. */
static bool has(const struct order_model *model, const struct thread *thread, uint32_t object)
{
	const struct hold *hold = thread->held;

	if (object >= model->object_count || !lockgraph_is_lock(model->objects[object]))
		return true;
	while (hold && hold->object->id != object)
		hold = hold->next;
	return hold || model->objects[object]->owner == thread;
}

static bool is_deadlocked_at(const struct order_model *model, const struct lockcycle *cycle,
			     const struct thread *thread, unsigned at)
{
	return has(model, thread, cycle->objects[at]) &&
	       wanted_by(model, thread) == cycle->objects[(at + 1) % cycle->length];
}

bool lockorder_is_actual(const struct order_model *model, const struct lockcycle *cycle,
			 const struct lockorder_members *members)
{
	unsigned i = 0;

	while (i < cycle->length &&
	       is_deadlocked_at(model, cycle, model->threads[members->requests[i]->thread], i))
		i++;
	return i == cycle->length || are_deadlocked(model, cycle);
}
