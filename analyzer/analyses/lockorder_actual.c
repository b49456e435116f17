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

bool lockorder_is_actual(const struct order_model *model, const struct lockcycle *cycle,
			 const struct lockorder_members *members)
{
	unsigned i = 0;

	while (i < cycle->length &&
	       wanted_by(model, model->threads[members->requests[i]->thread]) ==
		       cycle->objects[(i + 1) % cycle->length])
		i++;
	return i == cycle->length || are_deadlocked(model, cycle);
}
