/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request that waits for a lock waits for its holder; one for a signal, for who sent it in the trace. */
#include "analyzer/analyses/order_goal.h"

#include "analyzer/analyses/order_stuck.h"

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

bool order_goal_signal(const struct order_trace *trace, uint32_t thread, uint32_t position,
		       struct order_point *ret)
{
	const struct order_thread *own = &trace->threads[thread];
	const struct order_link *end, *link;

	if (position == own->count || own->events[position].act != ORDER_ACT_WOKEN ||
	    !own->events[position].has_link)
		return false;
	link = order_trace_links(own, position, &end);
	while (link < end && link->position == position && !link->is_signal)
		link++;
	if (link == end || link->position != position)
		return false;
	*ret = (struct order_point){ link->thread, link->source };
	return true;
}

/*
 * A wait for the signal that ended it in the trace, which its thread sends only when it goes on;
 * another one might send one too. is_all: threads are all that stay where they are.
 */
static enum order_met look_at_condition(const struct order_world *world,
					const struct lock_request *request, const bool *threads,
					bool is_all)
{
	struct order_point signal;

	if (!order_world_waits(world, request->thread) ||
	    !order_goal_signal(world->trace, request->thread,
			       order_world_at(world, request->thread), &signal))
		return ORDER_NOT_MET;
	if (!threads[signal.thread])
		return is_all ? ORDER_NOT_MET : ORDER_HELPED;
	return order_stuck_helpers(world, threads, request->object) ? ORDER_HELPED : ORDER_MET;
}

/* Is it a wait that lasts as long as those of threads, by id, that are all there are? */
static enum order_met look(const struct order_goal *goal, const struct order_world *world,
			   const struct lock_request *request, const bool *threads, bool is_all)
{
	uint32_t object = request->object;
	int64_t missing;

	if (is_for_lock(world->trace, request))
		return order_world_is_held(world, object, request->is_read && !goal->is_by_policy)
			       ? ORDER_MET
			       : ORDER_NOT_MET;
	switch (request->kind) {
	case LOCK_REQUEST_CONDITION:
		return look_at_condition(world, request, threads, is_all);
	case LOCK_REQUEST_SEMAPHORE:
		if (!world->trace->objects[object].is_counted ||
		    order_world_count(world, object) > 0)
			return ORDER_NOT_MET;
		return order_stuck_helpers(world, threads, object) ? ORDER_HELPED : ORDER_MET;
	case LOCK_REQUEST_BARRIER:
		missing = order_world_missing(world, request->thread, object);
		if (missing <= 0)
			return ORDER_NOT_MET;
		return missing > order_stuck_helpers(world, threads, object) ? ORDER_MET
									     : ORDER_HELPED;
	default:
		return ORDER_MET;
	}
}

static enum order_met look_at_all(const struct order_goal *goal, const struct order_world *world,
				  const bool *threads, bool is_all)
{
	enum order_met met = ORDER_MET;

	for (unsigned i = 0; i < goal->length && met != ORDER_NOT_MET; i++)
		met = MIN(met, look(goal, world, goal->members[i].request, threads, is_all));
	return met;
}

enum order_met order_goal_look(const struct order_goal *goal, const struct order_world *world)
{
	g_autofree bool *threads = NULL;

	for (unsigned i = 0; i < goal->length; i++) {
		uint32_t thread = goal->members[i].request->thread;

		if (!is_at(&goal->members[i], order_world_at(world, thread)) ||
		    !order_world_is_created(world, thread))
			return ORDER_NOT_MET;
	}
	threads = g_new0(bool, world->trace->thread_count + 1);
	for (unsigned i = 0; i < goal->length; i++)
		threads[goal->members[i].request->thread] = true;
	enum order_met met = look_at_all(goal, world, threads, false);
	if (met != ORDER_HELPED)
		return met;
	order_stuck_find(world, world->trace->threads[goal->members[0].request->thread].process,
			 threads);
	return look_at_all(goal, world, threads, true);
}
