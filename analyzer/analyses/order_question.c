/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the members of a cycle hold at their requests, and how the answer tells it. */
#include "analyzer/analyses/order_question.h"

#include <stdlib.h>

#define ORDER_MOMENTS_MAX 100

/* The event that began the hold of object that thread has at position; ORDER_NONE: none. */
static uint32_t hold_position(const struct order_trace *trace, uint32_t thread, uint32_t position,
			      uint32_t object)
{
	const struct order_event *events = trace->threads[thread].events;

	while (position-- > 0) {
		const struct order_event *event = &events[position];
		if (event->object == object &&
		    (event->act == ORDER_ACT_HOLD || event->act == ORDER_ACT_HOLD_READ))
			return position;
	}
	return ORDER_NONE;
}

static int compare_moments(const void *a, const void *b)
{
	const struct order_moment *left = a, *right = b;

	return (left->rank > right->rank) - (left->rank < right->rank);
}

static void add_moment(struct question *question, const struct order_way *way,
		       enum order_moment_kind kind, const struct order_point *point)
{
	const struct order_world *world = &question->predictor->world;
	const struct order_event *event =
		&world->trace->threads[point->thread].events[point->position];
	struct order_prediction *ret = question->ret;

	if (ret->moment_count == ORDER_MOMENTS_MAX)
		return;
	ret->moments[ret->moment_count++] = (struct order_moment){
		.kind = kind,
		.thread = point->thread,
		.object = event->object,
		.is_read = event->act == ORDER_ACT_HOLD_READ,
		.rank = order_way_rank(way, world, point->thread, point->position),
	};
}

/* The locks that member holds where it is. */
static void add_holds(struct question *question, const struct order_way *way, unsigned member)
{
	const struct order_world *world = &question->predictor->world;
	const struct lock_set *held = question->goal.members[member].request->held;
	struct order_point point = { .thread = question_thread(question, member) };

	for (uint32_t i = held->count; i-- > 0;) {
		point.position = hold_position(world->trace, point.thread,
					       order_world_at(world, point.thread),
					       held->list[i].object);
		if (point.position != ORDER_NONE)
			add_moment(question, way, ORDER_TAKES, &point);
	}
}

/* The last time since the search began that thread had what member holds. */
static void add_passes(struct question *question, const struct order_way *way, unsigned member,
		       uint32_t thread)
{
	const struct order_world *world = &question->predictor->world;
	const struct lock_set *held = question->goal.members[member].request->held;
	struct order_point point = { .thread = thread };

	for (uint32_t i = 0; i < held->count; i++) {
		point.position = hold_position(world->trace, thread, order_world_at(world, thread),
					       held->list[i].object);
		if (point.position != ORDER_NONE && point.position >= way->begun[thread])
			add_moment(question, way, ORDER_PASSES, &point);
	}
}

/* What leads to where the world is. Of the trace as it was only what lasts is told. */
static void tell(struct question *question, const struct order_way *way)
{
	struct order_prediction *ret = question->ret;
	unsigned length = question->goal.length;

	ret->moments = g_new0(struct order_moment, ORDER_MOMENTS_MAX);
	for (unsigned i = 0; i < length; i++)
		add_holds(question, way, i);
	for (unsigned i = 0; i < length && way; i++)
		for (unsigned j = 0; j < length; j++)
			if (j != i)
				add_passes(question, way, i, question_thread(question, j));
	qsort(ret->moments, ret->moment_count, sizeof(*ret->moments), compare_moments);
}

/* Has anything happened since not all was told? */
static bool is_in_summary(const struct order_predictor *predictor)
{
	const struct order_trace *trace = predictor->trace;

	for (unsigned i = 0; i < trace->thread_count && trace->summary_at != ORDER_NONE; i++) {
		uint32_t at = order_world_at(&predictor->world, i);
		if (at && trace->threads[i].events[at - 1].at >= trace->summary_at)
			return true;
	}
	return false;
}

static bool is_signal(const struct order_event *event)
{
	return event->act == ORDER_ACT_SIGNAL || event->act == ORDER_ACT_BROADCAST;
}

/* Does the section that thread is about to begin tell something by a condition, or right behind it? */
static bool tells_in_section(const struct order_world *world, uint32_t thread)
{
	const struct order_thread *own = &world->trace->threads[thread];
	uint32_t at = order_world_at(world, thread),
		 lock = at < own->count ? own->events[at].object : 0;

	for (at++; at < own->count; at++) {
		if (is_signal(&own->events[at]))
			return true;
		if (own->events[at].act == ORDER_ACT_RELEASE && own->events[at].object == lock)
			return at + 1 < own->count && is_signal(&own->events[at + 1]);
	}
	return false;
}

/*
 * A thread is joined under a lock in which it tells something last: that it ends, perhaps, which
 * who joins it has seen there before.
 */
static bool may_be_announced(const struct question *question)
{
	const struct order_goal *goal = &question->goal;

	for (unsigned i = 0; i < goal->length; i++) {
		const struct lock_request *join = goal->members[i].request;
		const struct lock_request *next = goal->members[(i + 1) % goal->length].request;

		if (join->kind == LOCK_REQUEST_JOIN && next->kind == LOCK_REQUEST_LOCK &&
		    tells_in_section(&question->predictor->world, next->thread))
			return true;
	}
	return false;
}

/* A thread waits for what it has asked for, and others have served such requests. */
static bool may_be_served(const struct question *question)
{
	const struct order_goal *goal = &question->goal;

	for (unsigned i = 0; i < goal->length; i++) {
		const struct lock_request *wait = goal->members[i].request;
		const struct lock_request *next = goal->members[(i + 1) % goal->length].request;

		if (wait->kind == LOCK_REQUEST_CONDITION &&
		    lockgraph_has_servers(question->predictor->trace->graph, wait->object,
					  wait->thread, next->thread))
			return true;
	}
	return false;
}

void question_settle(struct question *question, enum order_met met, const struct order_way *way)
{
	struct order_prediction *ret = question->ret;

	if (met == ORDER_HELPED)
		ret->doubt = ORDER_DOUBT_HELP;
	else if (question->goal.is_by_policy)
		ret->doubt = ORDER_DOUBT_POLICY;
	else if (may_be_announced(question))
		ret->doubt = ORDER_DOUBT_DATA;
	else if (may_be_served(question))
		ret->doubt = ORDER_DOUBT_POOL;
	else if (is_in_summary(question->predictor))
		ret->doubt = ORDER_DOUBT_SUMMARY;
	else if (question->predictor->has_lost)
		ret->doubt = ORDER_DOUBT_LOSS;
	ret->outcome = ret->doubt == ORDER_SURE ? ORDER_WITNESSED : ORDER_DOUBTED;
	tell(question, way);
}

uint32_t question_first_hold(const struct question *question)
{
	uint32_t first = ORDER_NONE;

	for (unsigned i = 0; i < question->goal.length; i++) {
		const struct lock_set *held = question->goal.members[i].request->held;
		uint32_t thread = question_thread(question, i);
		const struct order_event *events =
			question->predictor->trace->threads[thread].events;

		for (uint32_t j = 0; j < held->count; j++) {
			uint32_t at = hold_position(question->predictor->trace, thread,
						    question_position(question, i),
						    held->list[j].object);
			if (at != ORDER_NONE)
				first = MIN(first, events[at].at);
		}
	}
	return first == ORDER_NONE ? 0 : first;
}
