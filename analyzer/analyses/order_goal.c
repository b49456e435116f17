/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request that waits for a lock waits for its holder; one for a signal, for whoever may send it. */
#include "analyzer/analyses/order_goal.h"

static uint32_t last_given(const struct order_trace *trace, uint32_t object, uint32_t thread)
{
	unsigned count;
	const struct order_giver *givers = order_trace_givers(trace, object, &count);

	for (unsigned i = 0; i < count; i++)
		if (givers[i].thread == thread)
			return givers[i].last;
	return 0;
}

static bool is_for_lock(const struct order_trace *trace, const struct lock_request *request)
{
	return request->kind == LOCK_REQUEST_LOCK ||
	       (request->kind == LOCK_REQUEST_SEMAPHORE && trace->objects[request->object].is_lock);
}

/* Only those count that come before the last thing that ends the wait of before. */
static uint32_t cut(const struct order_trace *trace, const struct lock_request *before,
		    const struct order_instances *own, uint32_t thread)
{
	uint32_t count = own->count;

	if (before->kind == LOCK_REQUEST_JOIN || is_for_lock(trace, before))
		return count;
	uint32_t last = last_given(trace, before->object, thread);
	while (count && own->positions[count - 1] > last)
		count--;
	return count;
}

bool order_goal_init(struct order_goal *goal, const struct order_trace *trace, unsigned length,
		     const struct lock_request *const *requests)
{
	*goal = (struct order_goal){ .trace = trace, .length = length };
	for (unsigned i = 0; i < length; i++) {
		const struct lock_request *before = requests[(i + length - 1) % length];
		const struct order_instances *own = &trace->instances[requests[i]->number];

		goal->members[i].request = requests[i];
		goal->members[i].positions = own->positions;
		goal->members[i].count = cut(trace, before, own, requests[i]->thread);
		if (!goal->members[i].count)
			return false;
	}
	return true;
}

static bool is_at(const struct order_member *member, uint32_t at)
{
	uint32_t low = 0, high = member->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (member->positions[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < member->count && member->positions[low] == at;
}

bool order_goal_is_there(const struct order_goal *goal, const struct order_world *world,
			 uint32_t thread)
{
	for (unsigned i = 0; i < goal->length; i++)
		if (goal->members[i].request->thread == thread)
			return is_at(&goal->members[i], order_world_at(world, thread));
	return false;
}

static bool is_member(const struct order_goal *goal, uint32_t thread)
{
	unsigned i = 0;

	while (i < goal->length && goal->members[i].request->thread != thread)
		i++;
	return i < goal->length;
}

/* How many threads beside the members may still give what ends a wait for object. */
static unsigned helpers(const struct order_goal *goal, const struct order_world *world,
			uint32_t object)
{
	unsigned count, found = 0;
	const struct order_giver *givers = order_trace_givers(goal->trace, object, &count);

	for (unsigned i = 0; i < count; i++)
		found += !is_member(goal, givers[i].thread) &&
			 order_world_at(world, givers[i].thread) <= givers[i].last;
	return found;
}

static enum order_met look(const struct order_goal *goal, const struct order_world *world,
			   const struct lock_request *request)
{
	uint32_t object = request->object;
	unsigned others;

	if (is_for_lock(goal->trace, request))
		return order_world_is_held(world, object, request->is_read) ? ORDER_MET
									    : ORDER_NOT_MET;
	switch (request->kind) {
	case LOCK_REQUEST_CONDITION:
		if (!order_world_waits(world, request->thread))
			return ORDER_NOT_MET;
		return helpers(goal, world, object) ? ORDER_HELPED : ORDER_MET;
	case LOCK_REQUEST_SEMAPHORE:
		if (!goal->trace->objects[object].is_counted || order_world_count(world, object) > 0)
			return ORDER_NOT_MET;
		return helpers(goal, world, object) ? ORDER_HELPED : ORDER_MET;
	case LOCK_REQUEST_BARRIER:
		others = helpers(goal, world, object);
		if (order_world_missing(world, request->thread, object) <= 0)
			return ORDER_NOT_MET;
		return order_world_missing(world, request->thread, object) > others ? ORDER_MET
										    : ORDER_HELPED;
	default:
		return ORDER_MET;
	}
}

enum order_met order_goal_look(const struct order_goal *goal, const struct order_world *world)
{
	enum order_met met = ORDER_MET;

	for (unsigned i = 0; i < goal->length && met != ORDER_NOT_MET; i++) {
		const struct order_member *member = &goal->members[i];
		uint32_t thread = member->request->thread;

		if (!is_at(member, order_world_at(world, thread)))
			return ORDER_NOT_MET;
		met = MIN(met, look(goal, world, member->request));
	}
	return met;
}
