/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes before what, as far as it is not by locks: creation and start, end and join, signal
 * and wake-up, post and take, the arrivals at a barrier and the departures.
 */
#include "analyzer/analyses/order_links.h"

#include <stdlib.h>

static void add_link(struct order_trace *trace, uint32_t thread, uint32_t position,
		     const struct order_point *source, bool is_chosen, bool is_signal)
{
	struct order_thread *own = &trace->threads[thread];
	struct order_link link = { .position = position,
				   .thread = source->thread,
				   .source = source->position,
				   .is_chosen = is_chosen,
				   .is_signal = is_signal };

	if (!own->links)
		own->links = g_array_new(FALSE, FALSE, sizeof(struct order_link));
	g_array_append_val(own->links, link);
	own->events[position].has_link = 1;
}

/* The event of thread with that number in the log; false: it has none. */
static bool find_event(const struct order_trace *trace, uint32_t thread, uint32_t number,
		       struct order_point *ret)
{
	const struct order_thread *own = &trace->threads[thread];
	uint32_t position = order_trace_before(trace, thread, number);

	*ret = (struct order_point){ thread, position };
	return position < own->count && own->events[position].at == number;
}

static void link_signal(struct order_trace *trace, const struct order_entry *entry,
			uint32_t position)
{
	struct order_point signal;

	if (entry->second && entry->second <= entry->number && entry->first != entry->thread &&
	    find_event(trace, entry->first, entry->number - entry->second, &signal))
		add_link(trace, entry->thread, position, &signal, false, true);
}

static void give(struct order_object *object, uint32_t thread, uint32_t position)
{
	struct order_point point = { thread, position };

	if (!object->gives)
		object->gives = g_array_new(FALSE, FALSE, sizeof(struct order_point));
	g_array_append_val(object->gives, point);
}

/* The first take needs no post where the count was one at first, and so on. */
static void link_take(struct order_trace *trace, struct order_object *object,
		      const struct order_entry *entry, uint32_t position)
{
	int64_t number = (int64_t)object->taken++ - object->count;

	if (!object->is_counted || number < 0 || !object->gives || number >= object->gives->len)
		return;
	const struct order_point *post =
		&g_array_index(object->gives, struct order_point, (guint)number);
	if (post->thread != entry->thread)
		add_link(trace, entry->thread, position, post, true, true);
}

/* Who departs comes after the arrivals of all who came since the barrier last was empty. */
static void link_departure(struct order_trace *trace, struct order_object *object,
			   const struct order_entry *entry, uint32_t position)
{
	guint count = object->gives ? object->gives->len : 0, own = count;

	while (own > 0 &&
	       g_array_index(object->gives, struct order_point, own - 1).thread != entry->thread)
		own--;
	if (!own || object->count <= 0)
		return;
	guint parties = (guint)MIN(object->count, (int64_t)count);
	guint first = (own - 1) / parties * parties;
	for (guint i = first; i < MIN(first + parties, count); i++) {
		const struct order_point *arrival =
			&g_array_index(object->gives, struct order_point, i);
		if (arrival->thread != entry->thread)
			add_link(trace, entry->thread, position, arrival, false, true);
	}
}

/* The releaser comes after the one who took it. */
static void link_release(struct order_trace *trace, const struct order_object *object,
			 const struct order_entry *entry, uint32_t position)
{
	struct order_point held = { object->holder, object->hold };
	struct order_foreign foreign = { .thread = object->holder,
					 .position = object->hold,
					 .releaser = entry->thread,
					 .release = position };

	if (object->holder == ORDER_NONE || object->holder != entry->second)
		return;
	add_link(trace, entry->thread, position, &held, false, true);
	g_array_append_val(trace->foreign, foreign);
}

/* Who finds that the routine has run comes after that. */
static void link_pass(struct order_trace *trace, const struct order_object *object,
		      const struct order_entry *entry, uint32_t position)
{
	guint count = object->gives ? object->gives->len : 0;
	const struct order_point *run =
		count ? &g_array_index(object->gives, struct order_point, count - 1) : NULL;

	if (run && run->thread != entry->thread)
		add_link(trace, entry->thread, position, run, false, true);
}

static void link_join(struct order_trace *trace, const struct order_entry *entry, uint32_t position)
{
	struct order_point last = { entry->first, trace->threads[entry->first].count - 1 };

	if (trace->threads[entry->first].count && entry->first != entry->thread)
		add_link(trace, entry->thread, position, &last, false, false);
}

static void note_giver(struct order_trace *trace, const struct order_entry *entry,
		       uint32_t position)
{
	uint64_t key = ((uint64_t)entry->thread << 32 | entry->first) + 1;
	uintptr_t place = (uintptr_t)address_table_get(&trace->by_giver, key);
	struct order_giver giver = { .object = entry->first,
				     .thread = entry->thread,
				     .last = position };

	if (place) {
		g_array_index(trace->givers, struct order_giver, place - 1) = giver;
		return;
	}
	g_array_append_val(trace->givers, giver);
	address_table_set(&trace->by_giver, key, (void *)(uintptr_t)trace->givers->len);
}

static void link_object(struct order_trace *trace, const struct order_entry *entry,
			uint32_t position, struct order_object *object)
{
	switch (entry->op) {
	case ORDER_RELEASE_OF:
		link_release(trace, object, entry, position);
		break;
	case ORDER_RELEASE:
		if (object->kind == OBJECT_ONCE)
			give(object, entry->thread, position);
		break;
	case ORDER_TAKE:
		if (!object->is_lock)
			link_take(trace, object, entry, position);
		break;
	case ORDER_SIGNAL:
	case ORDER_BROADCAST:
		note_giver(trace, entry, position);
		break;
	case ORDER_POST:
	case ORDER_ARRIVE:
		if (object->is_lock)
			break;
		give(object, entry->thread, position);
		note_giver(trace, entry, position);
		break;
	case ORDER_DEPART:
		link_departure(trace, object, entry, position);
		break;
	case ORDER_PASS:
		link_pass(trace, object, entry, position);
		break;
	default:
		break;
	}
}

static void link_thread(struct order_trace *trace, const struct order_entry *entry,
			uint32_t position)
{
	switch (entry->op) {
	case ORDER_WOKEN:
	case ORDER_AWOKEN:
		link_signal(trace, entry, position);
		break;
	case ORDER_CREATE:
		trace->threads[entry->first].creator =
			(struct order_point){ entry->thread, position };
		break;
	case ORDER_JOIN:
		link_join(trace, entry, position);
		break;
	default:
		break;
	}
}

static enum order_act act_of(const struct order_entry *entry, const struct order_object *object,
			     bool is_read)
{
	static const enum order_act acts[ORDER_OP_COUNT] = {
		[ORDER_DEMAND] = ORDER_ACT_HOLD,	 [ORDER_HOLD] = ORDER_ACT_HOLD,
		[ORDER_HOLD_READ] = ORDER_ACT_HOLD_READ, [ORDER_RELEASE] = ORDER_ACT_RELEASE,
		[ORDER_RELEASE_OF] = ORDER_ACT_RELEASE,	 [ORDER_WAIT] = ORDER_ACT_WAIT,
		[ORDER_WOKEN] = ORDER_ACT_WOKEN,	 [ORDER_GAVE_UP] = ORDER_ACT_GAVE_UP,
		[ORDER_SIGNAL] = ORDER_ACT_SIGNAL,	 [ORDER_BROADCAST] = ORDER_ACT_BROADCAST,
		[ORDER_TAKE] = ORDER_ACT_TAKE,		 [ORDER_POST] = ORDER_ACT_POST,
		[ORDER_ARRIVE] = ORDER_ACT_ARRIVE,	 [ORDER_DEPART] = ORDER_ACT_DEPART,
	};

	if (entry->op == ORDER_DEMAND && is_read)
		return ORDER_ACT_HOLD_READ;
	if (object && object->is_lock && entry->op == ORDER_TAKE)
		return ORDER_ACT_HOLD;
	if (object && object->is_lock && entry->op == ORDER_POST)
		return ORDER_ACT_RELEASE;
	return acts[entry->op];
}

/*
 * To wait for a condition and to release the mutex is one step. Told one after the other, another
 * thread could begin to wait in between; the other way round nobody can, who needs the mutex for it.
 */
static void wait_first(struct order_event *release, struct order_event *wait)
{
	struct order_event before = *release;

	if (release->act != ORDER_ACT_RELEASE || release->has_link || release->at + 1 != wait->at)
		return;
	release->act = wait->act;
	release->object = wait->object;
	wait->act = before.act;
	wait->object = before.object;
}

void order_links_event(struct order_trace *trace, const struct order_entry *entry, uint32_t id,
		       bool is_read)
{
	struct order_thread *own = &trace->threads[entry->thread];
	struct order_object *object = id == ORDER_NONE ? NULL : &trace->objects[id];
	uint32_t position = own->count++;

	own->events[position] =
		(struct order_event){ .at = entry->number,
				      .act = act_of(entry, object, is_read),
				      .object = object ? id : ORDER_OBJECTS_MAX - 1 };
	/* The first thing that a thread does comes after its creation. */
	if (position == 0 && own->creator.thread != ORDER_NONE)
		add_link(trace, entry->thread, 0, &own->creator, false, false);
	if (object)
		link_object(trace, entry, position, object);
	else
		link_thread(trace, entry, position);
	if (entry->op == ORDER_WAIT && position)
		wait_first(&own->events[position - 1], &own->events[position]);
	if (own->events[position].act == ORDER_ACT_HOLD) {
		object->holder = entry->thread;
		object->hold = position;
	}
}

void order_links_undo(struct order_trace *trace, const struct order_entry *entry)
{
	struct order_thread *own = &trace->threads[entry->thread];
	struct order_object *object = &trace->objects[entry->first];

	for (uint32_t at = own->count; at-- > 0;) {
		struct order_event *event = &own->events[at];

		if (event->object != entry->first ||
		    (event->act != ORDER_ACT_RELEASE && event->act != ORDER_ACT_POST))
			continue;
		if (event->act == ORDER_ACT_POST && object->gives && object->gives->len)
			g_array_set_size(object->gives, object->gives->len - 1);
		event->act = ORDER_ACT_NOTHING;
		return;
	}
}

static int compare_foreign(const void *a, const void *b)
{
	const struct order_foreign *left = a, *right = b;

	if (left->thread != right->thread)
		return left->thread < right->thread ? -1 : 1;
	return (left->position > right->position) - (left->position < right->position);
}

static int compare_givers(const void *a, const void *b)
{
	const struct order_giver *left = a, *right = b;

	if (left->object != right->object)
		return left->object < right->object ? -1 : 1;
	return (left->thread > right->thread) - (left->thread < right->thread);
}

void order_links_finish(struct order_trace *trace)
{
	if (trace->givers->len)
		qsort(trace->givers->data, trace->givers->len, sizeof(struct order_giver),
		      compare_givers);
	if (trace->foreign->len)
		qsort(trace->foreign->data, trace->foreign->len, sizeof(struct order_foreign),
		      compare_foreign);
}
