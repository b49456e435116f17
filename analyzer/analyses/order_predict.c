/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the cheapest question to the dearest, until one is answered. */
#include "analyzer/analyses/order_predict.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/analyses/order_replay.h"
#include "analyzer/analyses/order_search.h"

/* For all cycles together: events that closures look at, and states in units of those of one. */
#define EVENTS_MAX 400000000
#define STATES_UNITS 400

/* Which instance of each request. */
struct tuple {
	uint32_t at[ORDER_MEMBERS_MAX];
};

struct question {
	struct order_predictor *predictor;
	struct order_goal goal;
	struct tuple tuple;
	struct order_prediction *ret;
	bool is_helped;
};

void order_predictor_init(struct order_predictor *predictor, const struct order_trace *trace,
			  uint64_t states_each, bool has_lost)
{
	*predictor = (struct order_predictor){ .trace = trace,
					       .has_lost = has_lost,
					       .states_each = states_each,
					       .states = states_each * STATES_UNITS,
					       .events = EVENTS_MAX };
	order_world_init(&predictor->world, trace);
	order_closure_init(&predictor->weak, trace, &predictor->events);
	order_closure_init(&predictor->strong, trace, &predictor->events);
}

void order_predictor_done(struct order_predictor *predictor)
{
	order_world_done(&predictor->world);
	order_closure_done(&predictor->weak);
	order_closure_done(&predictor->strong);
}

static uint32_t thread_of(const struct question *question, unsigned member)
{
	return question->goal.members[member].request->thread;
}

static uint32_t position_of(const struct question *question, unsigned member)
{
	return question->goal.members[member].positions[question->tuple.at[member]];
}

static const struct order_point *creator_of(const struct question *question, unsigned member)
{
	return &question->predictor->trace->threads[thread_of(question, member)].creator;
}

/* On to an instance that the closure does not go beyond; false: there is none. */
static bool advance(struct question *question, unsigned member, const struct order_closure *closure)
{
	const struct order_member *own = &question->goal.members[member];
	uint32_t done = closure->done[own->request->thread];

	while (question->tuple.at[member] < own->count && position_of(question, member) < done) {
		question->tuple.at[member]++;
		*closure->budget -= *closure->budget > 0;
	}
	return question->tuple.at[member] < own->count;
}

/* Are all instances those to which the closure goes and no further? */
static bool is_settled(const struct question *question, const struct order_closure *closure)
{
	for (unsigned i = 0; i < question->goal.length; i++)
		if (closure->done[thread_of(question, i)] != position_of(question, i))
			return false;
	return true;
}

/* The first instances that no link of that strength orders. */
static bool find_unordered(struct question *question, enum order_strength strength)
{
	struct order_closure *closure = &question->predictor->weak;
	bool is_there = true;

	order_closure_reset(closure);
	memset(&question->tuple, 0, sizeof(question->tuple));
	do {
		for (unsigned i = 0; i < question->goal.length && is_there; i++) {
			const struct order_point *creator = creator_of(question, i);

			if (creator->thread != ORDER_NONE)
				order_closure_add_weak(closure, creator->thread,
						       creator->position + 1, strength);
			order_closure_add_weak(closure, thread_of(question, i),
					       position_of(question, i), strength);
			is_there = advance(question, i, closure);
		}
		for (unsigned i = 0; i < question->goal.length && is_there; i++)
			is_there = advance(question, i, closure);
	} while (is_there && *closure->budget && !is_settled(question, closure));
	return is_there;
}

/* The same with all links and locks, each of which stays in the order of the trace. */
static bool find_preserving(struct question *question)
{
	struct order_closure *closure = &question->predictor->strong;
	bool is_there = true;

	order_closure_reset(closure);
	memset(&question->tuple, 0, sizeof(question->tuple));
	do {
		for (unsigned i = 0; i < question->goal.length && is_there; i++) {
			const struct order_point *creator = creator_of(question, i);

			if (creator->thread != ORDER_NONE)
				order_closure_add(closure, creator->thread, creator->position + 1);
			order_closure_add(closure, thread_of(question, i),
					  position_of(question, i));
			is_there = !closure->is_impossible && advance(question, i, closure);
		}
		for (unsigned i = 0; i < question->goal.length && is_there; i++)
			is_there = advance(question, i, closure);
	} while (is_there && *closure->budget && !is_settled(question, closure));
	return is_there && *closure->budget;
}

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

/* What the members hold where they are; path: NULL, or what was done after the first `begun`. */
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
		uint32_t thread = thread_of(question, i);

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

static void settle(struct question *question, enum order_met met, const struct order_way *way)
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

/* Does the closure, in the order of the trace, lead to the goal? */
static bool try_preserving(struct question *question)
{
	struct order_predictor *predictor = question->predictor;
	enum order_met met = ORDER_NOT_MET;

	if (!find_preserving(question))
		return false;
	if (order_replay(&predictor->world, predictor->strong.done, ORDER_NONE))
		met = order_goal_look(&question->goal, &predictor->world);
	if (met == ORDER_MET)
		settle(question, met, NULL);
	question->is_helped = met == ORDER_HELPED;
	order_replay_undo(&predictor->world);
	return met == ORDER_MET;
}

/* The number in the log of the first hold that a member has at its instance. */
static uint32_t first_hold(const struct question *question)
{
	uint32_t first = ORDER_NONE;

	for (unsigned i = 0; i < question->goal.length; i++) {
		const struct lock_set *held = question->goal.members[i].request->held;
		uint32_t thread = thread_of(question, i);
		const struct order_event *events =
			question->predictor->trace->threads[thread].events;

		for (uint32_t j = 0; j < held->count; j++) {
			uint32_t at = hold_position(question->predictor->trace, thread,
						    position_of(question, i), held->list[j].object);
			if (at != ORDER_NONE)
				first = MIN(first, events[at].at);
		}
	}
	return first == ORDER_NONE ? 0 : first;
}

/* Search from where the trace was before the entry of that number. */
static enum order_found search_from(struct question *question, const uint32_t *done,
				    uint32_t number, uint64_t *states)
{
	struct order_predictor *predictor = question->predictor;
	struct order_search search;
	struct order_way way = { .done = done, .begun = number };
	enum order_found found = ORDER_CUT_SHORT;

	if (number && !order_replay(&predictor->world, done, number)) {
		order_replay_undo(&predictor->world);
		return ORDER_CUT_SHORT;
	}
	predictor->world.keeps_changes = true;
	order_search_init(&search, &predictor->world, &question->goal, states);
	found = order_search_run(&search);
	way.path = search.path;
	if (found == ORDER_FOUND)
		settle(question, ORDER_MET, &way);
	order_search_done(&search);
	order_replay_undo(&predictor->world);
	return found;
}

/* From where the trace was, and from where the closure leads when others may help there. */
static enum order_found search_near(struct question *question, uint64_t *states)
{
	struct order_predictor *predictor = question->predictor;
	enum order_found found = ORDER_CUT_SHORT;
	uint32_t number;

	if (question->is_helped) {
		uint64_t some = *states / 4;

		*states -= some;
		found = search_from(question, predictor->strong.done, ORDER_NONE, &some);
		*states += some;
	}
	if (found == ORDER_FOUND || !find_unordered(question, ORDER_BY_FORCE))
		return found;
	number = first_hold(question);
	if (number && predictor->events > number) {
		uint64_t half = *states / 2;

		*states -= half;
		predictor->events -= number;
		found = search_from(question, NULL, number, &half);
		*states += half;
	}
	return found;
}

static enum order_outcome search(struct question *question)
{
	struct order_predictor *predictor = question->predictor;
	uint64_t states = MIN(predictor->states_each, predictor->states), given = states;
	enum order_found found = search_near(question, &states);

	if (found != ORDER_FOUND)
		found = search_from(question, NULL, 0, &states);
	predictor->states -= given - states;
	if (found == ORDER_FOUND)
		return question->ret->outcome;
	if (found == ORDER_EXHAUSTED)
		return ORDER_IMPOSSIBLE;
	if (!question->is_helped)
		return ORDER_UNDECIDED;
	question->ret->doubt = ORDER_DOUBT_HELP;
	return ORDER_DOUBTED;
}

void order_predict(struct order_predictor *predictor, unsigned length,
		   const struct lock_request *const *requests, struct order_prediction *ret)
{
	struct question question = { .predictor = predictor, .ret = ret };

	*ret = (struct order_prediction){ .outcome = ORDER_UNDECIDED };
	if (!order_goal_init(&question.goal, predictor->trace, length, requests)) {
		ret->outcome = ORDER_ABSENT;
		return;
	}
	if (!find_unordered(&question, ORDER_BY_CREATION))
		ret->outcome = ORDER_CREATED;
	else if (!find_unordered(&question, ORDER_BY_FORCE))
		ret->outcome = ORDER_SIGNALLED;
	else if (predictor->events && !try_preserving(&question))
		ret->outcome = search(&question);
	if (ret->outcome == ORDER_IMPOSSIBLE && !find_unordered(&question, ORDER_BY_CHANCE))
		ret->outcome = ORDER_SIGNALLED;
}
