/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the cheapest question to the dearest, until one is answered. */
#include "analyzer/analyses/order_predict.h"

#include <string.h>

#include "analyzer/analyses/order_question.h"
#include "analyzer/analyses/order_search.h"

/* For all cycles together: events that closures look at, and states in units of those of one. */
#define EVENTS_MAX 60000000
#define STATES_UNITS 40
/* Events for one cycle, and how many cycles are tried the quick way. */
#define EVENTS_EACH 10000000
#define TRIES_MAX 1000000

void order_predictor_init(struct order_predictor *predictor, const struct order_trace *trace,
			  uint64_t states_each, bool has_lost)
{
	*predictor = (struct order_predictor){ .trace = trace,
					       .has_lost = has_lost,
					       .states_each = states_each,
					       .states = states_each * STATES_UNITS,
					       .events = EVENTS_MAX,
					       .tries = TRIES_MAX };
	order_world_init(&predictor->world, trace);
	order_closure_init(&predictor->weak, trace, &predictor->events_each);
	order_closure_init(&predictor->strong, trace, &predictor->events_each);
}

void order_predictor_done(struct order_predictor *predictor)
{
	order_world_done(&predictor->world);
	order_stations_done(&predictor->stations);
	order_closure_done(&predictor->weak);
	order_closure_done(&predictor->strong);
	order_lasting_done(&predictor->lasting);
}

void order_predictor_grant(struct order_predictor *predictor)
{
	predictor->granted = predictor->events_each = MIN(predictor->events, EVENTS_EACH);
}

void order_predictor_settle(struct order_predictor *predictor)
{
	predictor->events -= predictor->granted - predictor->events_each;
}

static const struct order_point *creator_of(const struct question *question, unsigned member)
{
	return &question->predictor->trace->threads[question_thread(question, member)].creator;
}

/* Is it a wait whose signal the closure has, so that it is over or would not be begun? */
static bool is_signalled(const struct question *question, unsigned member,
			 const struct order_closure *closure)
{
	const struct lock_request *request = question->goal.members[member].request;
	struct order_point signal;

	if (request->kind != LOCK_REQUEST_CONDITION || !question->heeds_signals)
		return false;
	return !order_goal_signal(closure->trace, request->thread,
				  question_position(question, member), &signal) ||
	       order_closure_count(closure, signal.thread) > signal.position;
}

/* On to an instance that the closure does not go beyond; false: there is none. */
static bool advance(struct question *question, unsigned member, const struct order_closure *closure)
{
	const struct order_member *own = &question->goal.members[member];
	uint32_t done = closure->done[own->request->thread];

	while (question->tuple[member] < own->count &&
	       (question_position(question, member) < done ||
		is_signalled(question, member, closure))) {
		question->tuple[member]++;
		*closure->budget -= *closure->budget > 0;
	}
	return question->tuple[member] < own->count;
}

/* Are all instances those to which the closure goes and no further? */
static bool is_settled(const struct question *question, const struct order_closure *closure)
{
	for (unsigned i = 0; i < question->goal.length; i++)
		if (closure->done[question_thread(question, i)] != question_position(question, i))
			return false;
	return true;
}

/* The first instances that no link of that strength orders. */
static bool find_unordered(struct question *question, enum order_strength strength)
{
	struct order_closure *closure = &question->predictor->weak;
	bool is_there = true;

	question->heeds_signals = strength != ORDER_BY_CREATION;
	order_closure_reset(closure, 0);
	memset(&question->tuple, 0, sizeof(question->tuple));
	do {
		for (unsigned i = 0; i < question->goal.length && is_there; i++) {
			const struct order_point *creator = creator_of(question, i);

			if (creator->thread != ORDER_NONE)
				order_closure_add_weak(closure, creator->thread,
						       creator->position + 1, strength);
			order_closure_add_weak(closure, question_thread(question, i),
					       question_position(question, i), strength);
			is_there = advance(question, i, closure);
		}
		for (unsigned i = 0; i < question->goal.length && is_there; i++)
			is_there = advance(question, i, closure);
	} while (is_there && *closure->budget && !is_settled(question, closure));
	return is_there;
}

static uint32_t last_position(const struct question *question, unsigned member)
{
	const struct order_member *own = &question->goal.members[member];

	return own->positions[own->count - 1];
}

static bool are_conditions(const struct order_goal *goal)
{
	for (unsigned i = 0; i < goal->length; i++)
		if (goal->members[i].request->kind != LOCK_REQUEST_CONDITION)
			return false;
	return true;
}

/*
 * May anybody before the end of that member's last instance have to wait otherwise than by a link?
 * What find_unordered() has found has happened by then.
 */
static bool is_kept(const struct question *question, unsigned member)
{
	struct order_predictor *predictor = question->predictor;
	const struct order_trace *trace = predictor->trace;
	struct order_closure *after = &predictor->strong;
	uint32_t thread = question_thread(question, member);
	uint32_t last = last_position(question, member);
	bool is_kept = false;

	order_closure_reset(after, 0);
	order_closure_add_weak(after, thread, MIN(last + 1, trace->threads[thread].count),
			       ORDER_BY_FORCE);
	for (unsigned i = 0; i < after->members->len && !is_kept; i++) {
		uint32_t other = g_array_index(after->members, uint32_t, i);
		uint32_t begin = order_closure_count(&predictor->weak, other);
		uint32_t end = order_closure_count(after, other);

		is_kept = order_lasting_keeps(&predictor->lasting, trace, other, begin, end,
					      after->budget);
	}
	return is_kept || !*after->budget;
}

/*
 * Behind find_unordered(). Waits for signals alone: each signal would be sent by a thread that waits
 * itself, and whose wait ends earlier in the trace. The first of these would have to wait for
 * something else, which a thread behind it keeps.
 */
static bool is_groundless(const struct question *question)
{
	bool is_kept_by_all = true;

	if (!are_conditions(&question->goal))
		return false;
	order_lasting_find(&question->predictor->lasting, question->predictor->trace);
	for (unsigned i = 0; i < question->goal.length && is_kept_by_all; i++)
		is_kept_by_all = is_kept(question, i);
	return !is_kept_by_all;
}

/* The same with all links and locks, each of which stays in the order of the trace. */
static bool find_preserving(struct question *question)
{
	struct order_closure *closure = &question->predictor->strong;
	bool is_there = true;

	question->heeds_signals = true;
	order_closure_reset(closure, 0);
	memset(&question->tuple, 0, sizeof(question->tuple));
	for (unsigned i = 0; i < question->goal.length; i++)
		order_closure_limit(closure, question_thread(question, i),
				    last_position(question, i));
	do {
		for (unsigned i = 0; i < question->goal.length && is_there; i++) {
			const struct order_point *creator = creator_of(question, i);

			if (creator->thread != ORDER_NONE)
				order_closure_add(closure, creator->thread, creator->position + 1);
			order_closure_add(closure, question_thread(question, i),
					  question_position(question, i));
			is_there = !closure->is_impossible && advance(question, i, closure);
		}
		for (unsigned i = 0; i < question->goal.length && is_there; i++)
			is_there = advance(question, i, closure);
	} while (is_there && *closure->budget && !is_settled(question, closure));
	return is_there && *closure->budget;
}

/* Does the closure, in the order of the trace, lead to the goal? */
static bool try_preserving(struct question *question)
{
	struct order_predictor *predictor = question->predictor;
	enum order_met met = ORDER_NOT_MET;
	uint32_t blocked;

	if (!find_preserving(question))
		return false;
	order_world_reset(&predictor->world, NULL);
	if (order_replay(&predictor->world, &predictor->strong, &blocked))
		met = order_goal_look(&question->goal, &predictor->world);
	if (met == ORDER_MET)
		question_settle(question, met, NULL);
	question->is_helped = met == ORDER_HELPED;
	return met == ORDER_MET;
}

/* Search from where the world is. */
static enum order_found search_here(struct question *question, uint64_t *states)
{
	struct order_world *world = &question->predictor->world;
	g_autofree uint32_t *begun = g_new(uint32_t, world->trace->thread_count + 1);
	struct order_search search;
	struct order_way way = { .begun = begun };

	for (uint32_t i = 0; i < world->trace->thread_count; i++)
		begun[i] = order_world_at(world, i);
	world->keeps_changes = true;
	order_search_init(&search, world, &question->goal, states);
	enum order_found found = order_search_run(&search);
	way.path = search.path;
	if (found == ORDER_FOUND)
		question_settle(question, ORDER_MET, &way);
	order_search_done(&search);
	return found;
}

/* From where the closure leads when others may help there. */
static enum order_found search_behind(struct question *question, uint64_t *states)
{
	struct order_predictor *predictor = question->predictor;
	uint64_t some = *states / 4;
	enum order_found found = ORDER_CUT_SHORT;
	uint32_t blocked;

	if (!question->is_helped)
		return ORDER_CUT_SHORT;
	*states -= some;
	order_world_reset(&predictor->world, NULL);
	if (order_replay(&predictor->world, &predictor->strong, &blocked))
		found = search_here(question, &some);
	*states += some;
	return found;
}

/* From where the trace was before the first hold of those instances that nothing orders. */
static enum order_found search_near(struct question *question, uint64_t *states)
{
	struct order_predictor *predictor = question->predictor;
	uint64_t half = *states / 2;
	uint32_t number;

	if (!find_unordered(question, ORDER_BY_FORCE))
		return ORDER_CUT_SHORT;
	number = question_first_hold(question);
	if (!number)
		return ORDER_CUT_SHORT;
	*states -= half;
	order_stations_go(&predictor->stations, &predictor->world, number);
	enum order_found found = search_here(question, &half);
	*states += half;
	return found;
}

static enum order_outcome search(struct question *question)
{
	struct order_predictor *predictor = question->predictor;
	uint64_t states = MIN(predictor->states_each, predictor->states), given = states;
	enum order_found found = search_behind(question, &states);

	if (found != ORDER_FOUND)
		found = search_near(question, &states);
	if (found != ORDER_FOUND) {
		order_world_reset(&predictor->world, NULL);
		found = search_here(question, &states);
	}
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

static enum order_outcome answer(struct question *question)
{
	enum order_outcome outcome;

	if (!find_unordered(question, ORDER_BY_CREATION))
		return ORDER_CREATED;
	if (!find_unordered(question, ORDER_BY_FORCE) || is_groundless(question))
		return ORDER_SIGNALLED;
	if (try_preserving(question))
		return question->ret->outcome;
	outcome = search(question);
	if (outcome == ORDER_IMPOSSIBLE && !find_unordered(question, ORDER_BY_CHANCE))
		return ORDER_SIGNALLED;
	return outcome;
}

void order_predict(struct order_predictor *predictor, unsigned length,
		   const struct lock_request *const *requests, bool is_by_policy,
		   struct order_prediction *ret)
{
	struct question question = { .predictor = predictor, .ret = ret };

	*ret = (struct order_prediction){ .outcome = ORDER_UNDECIDED };
	if (!order_goal_init(&question.goal, predictor->trace, length, requests)) {
		ret->outcome = ORDER_ABSENT;
		return;
	}
	question.goal.is_by_policy = is_by_policy;
	order_predictor_grant(predictor);
	if (predictor->events_each)
		ret->outcome = answer(&question);
	order_predictor_settle(predictor);
}
