/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the members of a cycle hold at their requests, and how the answer tells it. */
#include "analyzer/analyses/order_question.h"

#include <stdlib.h>

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

/* What the members hold where they are. */
static void tell(struct question *question, const struct order_way *way)
{
	const struct order_world *world = &question->predictor->world;
	struct order_prediction *ret = question->ret;
	unsigned count = 0;

	for (unsigned i = 0; i < question->goal.length; i++)
		count += question->goal.members[i].request->held->count;
	ret->moments = g_new0(struct order_moment, count + 1);
	for (unsigned i = 0; i < question->goal.length; i++) {
		const struct lock_set *held = question->goal.members[i].request->held;
		uint32_t thread = question_thread(question, i);

		for (uint32_t j = held->count; j-- > 0;) {
			uint32_t position = hold_position(world->trace, thread,
							  order_world_at(world, thread),
							  held->list[j].object);
			if (position == ORDER_NONE)
				continue;
			ret->moments[ret->moment_count++] = (struct order_moment){
				.member = i,
				.object = held->list[j].object,
				.rank = order_way_rank(way, world, thread, position)
			};
		}
	}
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

void question_settle(struct question *question, enum order_met met, const struct order_way *way)
{
	struct order_prediction *ret = question->ret;

	if (met == ORDER_HELPED)
		ret->doubt = ORDER_DOUBT_HELP;
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
