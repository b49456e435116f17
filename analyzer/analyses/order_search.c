/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Depth first, in the order of the trace where nothing speaks against it: a member that is where it
 * is wanted goes on last. What can only make room for others is done at once, and is no state.
 */
#include "analyzer/analyses/order_search.h"

#include "analyzer/address_table.h"

/* A state on the way, and who has not been tried from there. */
struct level {
	unsigned mark;		   /* changes before it */
	unsigned path;		   /* length of the path before it */
	unsigned first, next, end; /* in choices */
};

struct walk {
	struct order_search *search;
	GArray *levels;	  /* struct level */
	GArray *choices;  /* uint32_t, threads */
	GArray *runnable; /* uint32_t: threads that have events, by id */
	struct address_table seen;
	enum order_met met; /* of the latest state */
};

void order_search_init(struct order_search *search, struct order_world *world,
		       const struct order_goal *goal, uint64_t *states)
{
	*search = (struct order_search){ .world = world, .goal = goal, .states = states };
	search->path = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

void order_search_done(struct order_search *search)
{
	g_array_unref(search->path);
}

static const struct order_event *next_event(const struct order_world *world, uint32_t thread)
{
	const struct order_thread *own = &world->trace->threads[thread];
	uint32_t at = order_world_at(world, thread);

	return at < own->count ? &own->events[at] : NULL;
}

static void go(struct order_search *search, uint32_t thread)
{
	order_world_go(search->world, thread);
	g_array_append_val(search->path, thread);
}

static bool is_harmless(enum order_act act)
{
	return act == ORDER_ACT_RELEASE || act == ORDER_ACT_NOTHING;
}

/* Can the next event of thread do nothing but good to the others? */
static bool is_free(const struct order_search *search, uint32_t thread)
{
	const struct order_event *event = next_event(search->world, thread);

	return event && is_harmless(event->act) &&
	       !order_goal_is_there(search->goal, search->world, thread) &&
	       order_world_can(search->world, thread);
}

static void go_free(struct walk *walk)
{
	bool has_gone = true;

	while (has_gone) {
		has_gone = false;
		for (unsigned i = 0; i < walk->runnable->len; i++) {
			uint32_t thread = g_array_index(walk->runnable, uint32_t, i);
			while (is_free(walk->search, thread)) {
				go(walk->search, thread);
				has_gone = true;
			}
		}
	}
}

static uint64_t rank(const struct order_search *search, uint32_t thread)
{
	uint64_t at = next_event(search->world, thread)->at;
	bool is_there = order_goal_is_there(search->goal, search->world, thread);

	return (uint64_t)is_there << 32 | at;
}

/* Whoever can go on, the best one first. */
static void add_choices(struct walk *walk, struct level *level)
{
	const struct order_search *search = walk->search;

	level->first = level->next = level->end = walk->choices->len;
	for (unsigned i = 0; i < walk->runnable->len; i++) {
		uint32_t thread = g_array_index(walk->runnable, uint32_t, i);
		unsigned at;

		if (!next_event(search->world, thread) || !order_world_can(search->world, thread))
			continue;
		for (at = level->end; at > level->next; at--)
			if (rank(search, g_array_index(walk->choices, uint32_t, at - 1)) <=
			    rank(search, thread))
				break;
		g_array_insert_val(walk->choices, at, thread);
		level->end++;
	}
}

/* Come to a state; returns false where it has been seen before, or there may be no more. */
static bool arrive(struct walk *walk)
{
	struct order_search *search = walk->search;

	go_free(walk);
	uint64_t key = search->world->key | 1;
	if (address_table_get(&walk->seen, key) || !*search->states)
		return false;
	address_table_set(&walk->seen, key, search);
	--*search->states;
	walk->met = order_goal_look(search->goal, search->world);
	return true;
}

static void push(struct walk *walk, unsigned mark, unsigned path)
{
	struct level level = { .mark = mark, .path = path };

	add_choices(walk, &level);
	g_array_append_val(walk->levels, level);
}

static void pop(struct walk *walk)
{
	const struct level *level =
		&g_array_index(walk->levels, struct level, walk->levels->len - 1);

	order_world_undo(walk->search->world, level->mark);
	g_array_set_size(walk->search->path, level->path);
	g_array_set_size(walk->choices, level->first);
	g_array_set_size(walk->levels, walk->levels->len - 1);
}

static void step(struct walk *walk)
{
	struct order_search *search = walk->search;
	struct level *level = &g_array_index(walk->levels, struct level, walk->levels->len - 1);
	unsigned mark = search->world->undo->len, path = search->path->len;

	if (level->next == level->end) {
		pop(walk);
		return;
	}
	uint32_t thread = g_array_index(walk->choices, uint32_t, level->next++);
	go(search, thread);
	if (arrive(walk)) {
		push(walk, mark, path);
		return;
	}
	order_world_undo(search->world, mark);
	g_array_set_size(search->path, path);
}

static void find_runnable(struct walk *walk)
{
	const struct order_trace *trace = walk->search->world->trace;

	uint32_t process = trace->threads[walk->search->goal->members[0].request->thread].process;

	/* Processes share no objects. */
	for (uint32_t i = 0; i < trace->thread_count; i++)
		if (trace->threads[i].count && trace->threads[i].process == process)
			g_array_append_val(walk->runnable, i);
}

enum order_found order_search_run(struct order_search *search)
{
	struct walk walk = { .search = search,
			     .levels = g_array_new(FALSE, FALSE, sizeof(struct level)),
			     .choices = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
			     .runnable = g_array_new(FALSE, FALSE, sizeof(uint32_t)) };

	find_runnable(&walk);
	if (arrive(&walk))
		push(&walk, search->world->undo->len, 0);
	while (walk.levels->len && walk.met != ORDER_MET && *search->states)
		step(&walk);
	enum order_found found = walk.met == ORDER_MET ? ORDER_FOUND
				 : *search->states     ? ORDER_EXHAUSTED
						       : ORDER_CUT_SHORT;
	g_array_unref(walk.levels);
	g_array_unref(walk.choices);
	g_array_unref(walk.runnable);
	address_table_done(&walk.seen);
	return found;
}
