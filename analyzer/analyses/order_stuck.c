/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The greatest set of threads that now cannot go on and of which each waits for others of the set. */
#include "analyzer/analyses/order_stuck.h"

#include <glib.h>

/* How far back to look for where a reader took its lock. */
#define LOOK_BACK 1000

static const struct order_event *next_event(const struct order_world *world, uint32_t thread)
{
	const struct order_thread *own = &world->trace->threads[thread];
	uint32_t at = order_world_at(world, thread);

	return at < own->count ? &own->events[at] : NULL;
}

/* Does thread hold object, for reading or writing? */
static bool holds(const struct order_world *world, uint32_t thread, uint32_t object)
{
	const struct order_event *events = world->trace->threads[thread].events;
	uint32_t at = order_world_at(world, thread), end = at > LOOK_BACK ? at - LOOK_BACK : 0;

	while (at-- > end) {
		if (events[at].object != object)
			continue;
		if (events[at].act == ORDER_ACT_RELEASE)
			return false;
		if (events[at].act == ORDER_ACT_HOLD || events[at].act == ORDER_ACT_HOLD_READ)
			return true;
	}
	return false;
}

static bool has_holder(const struct order_world *world, const bool *threads, uint32_t object)
{
	for (uint32_t i = 0; i < world->trace->thread_count; i++)
		if (threads[i] && holds(world, i, object))
			return true;
	return false;
}

/* Is one of those that have to come first among them? */
static bool is_behind(const struct order_world *world, const bool *threads, uint32_t thread)
{
	const struct order_thread *own = &world->trace->threads[thread];
	uint32_t at = order_world_at(world, thread);
	const struct order_link *end, *link;

	if (!own->events[at].has_link)
		return false;
	link = order_trace_links(own, at, &end);
	for (; link < end && link->position == at; link++)
		if (!link->is_chosen && threads[link->thread] &&
		    order_world_at(world, link->thread) <= link->source)
			return true;
	return false;
}

unsigned order_stuck_helpers(const struct order_world *world, const bool *threads, uint32_t object)
{
	unsigned count, found = 0;
	const struct order_giver *givers = order_trace_givers(world->trace, object, &count);

	for (unsigned i = 0; i < count; i++)
		found += !threads[givers[i].thread] &&
			 order_world_at(world, givers[i].thread) <= givers[i].last;
	return found;
}

/* thread cannot go on: do those of the set keep it where it is? */
static bool stays(const struct order_world *world, const bool *threads, uint32_t thread)
{
	const struct order_event *event = next_event(world, thread);
	uint32_t object = event->object;

	if (is_behind(world, threads, thread))
		return event->act != ORDER_ACT_WOKEN ||
		       !order_stuck_helpers(world, threads, order_world_condition(world, thread));
	/* Who fails at an attempt, or gives up, goes on in another way than in the run. */
	if (!event->is_patient)
		return false;
	switch (event->act) {
	case ORDER_ACT_HOLD:
	case ORDER_ACT_HOLD_READ:
		return has_holder(world, threads, object);
	case ORDER_ACT_TAKE:
		/* It may be there, and its creation yet to come. */
		return order_world_count(world, object) <= 0 &&
		       !order_stuck_helpers(world, threads, object);
	case ORDER_ACT_DEPART:
		return order_world_missing(world, thread, object) >
		       order_stuck_helpers(world, threads, object);
	default:
		return false;
	}
}

void order_stuck_find(const struct order_world *world, uint32_t process, bool *threads)
{
	const struct order_trace *trace = world->trace;
	g_autofree bool *are_added = g_new0(bool, trace->thread_count + 1);
	bool has_changed = true;

	for (uint32_t i = 0; i < trace->thread_count; i++)
		if (!threads[i] && trace->threads[i].process == process && next_event(world, i) &&
		    !order_world_can(world, i))
			threads[i] = are_added[i] = true;
	while (has_changed) {
		has_changed = false;
		for (uint32_t i = 0; i < trace->thread_count; i++) {
			if (!are_added[i] || stays(world, threads, i))
				continue;
			threads[i] = are_added[i] = false;
			has_changed = true;
		}
	}
}
