/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The closure of requests that were made close to each other, from the state in which the trace was
 * before the first of their holds. Other threads' holds of then are met in the replay.
 */
#include "analyzer/analyses/order_question.h"

/* Instances of a request that are tried, and how far a member may have to go. */
#define TRIES 8
#define EVENTS_MOST 4096
/* Holds of others that are ended one after the other. */
#define REPAIRS 8

/* When a request before that position was made, as a number of the log. */
static uint32_t time_of(const struct order_trace *trace, uint32_t thread, uint32_t position)
{
	const struct order_thread *own = &trace->threads[thread];

	if (position < own->count)
		return own->events[position].at;
	return own->count ? own->events[own->count - 1].at + 1 : 0;
}

/* The instance of member that is nearest to that time. */
static uint32_t nearest(const struct question *question, unsigned member, uint32_t time)
{
	const struct order_trace *trace = question->predictor->trace;
	const struct order_member *own = &question->goal.members[member];
	uint32_t thread = own->request->thread, low = 0, high = own->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (time_of(trace, thread, own->positions[middle]) < time)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == own->count)
		return low - 1;
	if (low && time - time_of(trace, thread, own->positions[low - 1]) <
			   time_of(trace, thread, own->positions[low]) - time)
		low--;
	return low;
}

static unsigned rarest(const struct question *question)
{
	unsigned best = 0;

	for (unsigned i = 1; i < question->goal.length; i++)
		if (question->goal.members[i].count < question->goal.members[best].count)
			best = i;
	return best;
}

static void choose(struct question *question, unsigned pivot, uint32_t instance)
{
	const struct order_trace *trace = question->predictor->trace;
	uint32_t time;

	question->tuple[pivot] = instance;
	time = time_of(trace, question_thread(question, pivot), question_position(question, pivot));
	for (unsigned i = 0; i < question->goal.length; i++)
		if (i != pivot)
			question->tuple[i] = nearest(question, i, time);
}

/* Is no member further away from that moment than it may be, or already beyond its request? */
static bool is_near(const struct question *question, uint32_t begun)
{
	for (unsigned i = 0; i < question->goal.length; i++) {
		uint32_t before = order_trace_before(question->predictor->trace,
						     question_thread(question, i), begun);
		uint32_t position = question_position(question, i);

		if (before > position || position - before > EVENTS_MOST)
			return false;
	}
	return true;
}

static bool close_over(struct question *question, uint32_t begun)
{
	struct order_closure *closure = &question->predictor->strong;

	order_closure_reset(closure, begun);
	for (unsigned i = 0; i < question->goal.length; i++)
		order_closure_limit(closure, question_thread(question, i),
				    question_position(question, i));
	for (unsigned i = 0; i < question->goal.length; i++) {
		uint32_t thread = question_thread(question, i);
		const struct order_point *creator = &closure->trace->threads[thread].creator;

		if (creator->thread != ORDER_NONE)
			order_closure_add(closure, creator->thread, creator->position + 1);
		order_closure_add(closure, thread, question_position(question, i));
	}
	return !closure->is_impossible && *closure->budget;
}

/* Somebody holds the lock that thread needs next: let that hold end first. */
static bool repair(struct question *question, uint32_t thread)
{
	struct order_predictor *predictor = question->predictor;
	uint32_t at = order_world_at(&predictor->world, thread);
	const struct order_event *event = &predictor->trace->threads[thread].events[at];
	uint32_t holder, end;

	if (event->act != ORDER_ACT_HOLD && event->act != ORDER_ACT_HOLD_READ)
		return false;
	holder = order_world_owner(&predictor->world, event->object);
	if (holder == ORDER_NONE)
		return false;
	const struct order_thread *own = &predictor->trace->threads[holder];
	end = MIN(own->count, order_world_at(&predictor->world, holder) + EVENTS_MOST);
	for (uint32_t i = order_world_at(&predictor->world, holder); i < end; i++) {
		if (own->events[i].object != event->object ||
		    own->events[i].act != ORDER_ACT_RELEASE)
			continue;
		order_closure_add(&predictor->strong, holder, i + 1);
		return !predictor->strong.is_impossible;
	}
	return false;
}

static bool replay(struct question *question, uint32_t begun)
{
	struct order_predictor *predictor = question->predictor;
	uint32_t blocked = 0;

	for (unsigned i = 0; i < REPAIRS; i++) {
		order_stations_go(&predictor->stations, &predictor->world, begun);
		if (order_replay(&predictor->world, &predictor->strong, &blocked))
			return true;
		if (!repair(question, blocked))
			return false;
	}
	return false;
}

static bool try_instance(struct question *question, unsigned pivot, uint32_t instance)
{
	uint32_t begun;

	choose(question, pivot, instance);
	begun = question_first_hold(question);
	if (!is_near(question, begun) || !close_over(question, begun) || !replay(question, begun))
		return false;
	enum order_met met = order_goal_look(&question->goal, &question->predictor->world);
	if (met == ORDER_MET)
		question_settle(question, met, NULL);
	return met == ORDER_MET;
}

void order_predict_near(struct order_predictor *predictor, unsigned length,
			const struct lock_request *const *requests, struct order_prediction *ret)
{
	struct question question = { .predictor = predictor, .ret = ret };

	*ret = (struct order_prediction){ .outcome = ORDER_UNDECIDED };
	if (!predictor->tries)
		return;
	predictor->tries--;
	if (!order_goal_init(&question.goal, predictor->trace, length, requests)) {
		ret->outcome = ORDER_ABSENT;
		return;
	}
	unsigned pivot = rarest(&question);
	uint32_t count = question.goal.members[pivot].count;
	unsigned tries = MIN(count, TRIES);
	order_predictor_grant(predictor);
	for (unsigned i = 0; i < tries; i++)
		if (try_instance(&question, pivot, (uint32_t)((uint64_t)i * count / tries)))
			break;
	order_predictor_settle(predictor);
}
