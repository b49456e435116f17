/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/random/world.h"

#include <string.h>

const char *world_thread_name(unsigned thread)
{
	static const char *const names[WORLD_THREADS] = { "main", "one", "two", "three" };

	return names[thread];
}

const char *world_object_name(unsigned object)
{
	static const char *const names[WORLD_OBJECTS] = { "A", "B", "C", "D" };

	return names[object];
}

void world_init(struct world *world, const struct record *record)
{
	memset(world, 0, sizeof(*world));
	world->created = 1;
	for (unsigned i = 0; i < WORLD_OBJECTS; i++) {
		world->objects[i].owner = -1;
		world->objects[i].count = record->things[i].count;
	}
}

/* Who holds what and how often follows from where the threads are. */
uint64_t world_key(const struct world *world)
{
	uint64_t key = 2 | world->is_estranged;

	for (unsigned i = 0; i < WORLD_THREADS; i++)
		key = key << 7 | (uint64_t)world->at[i] << 2 | world->phases[i];
	for (unsigned i = 0; i < WORLD_THREADS; i++)
		key = key << 3 | (i < world->queued ? world->queue[i] : 7u);
	return key;
}

const struct action *world_action(const struct world *world, const struct record *record,
				  unsigned thread)
{
	if (!(world->created >> thread & 1) || world->at[thread] == record->counts[thread])
		return NULL;
	return &record->actions[thread][world->at[thread]];
}

/* Threads that have to release object before thread gets it, a mask. */
static uint8_t holders(const struct world *world, const struct record *record, unsigned object,
		       bool is_read, unsigned thread)
{
	int owner = world->objects[object].owner;
	uint8_t mask = 0;

	if (owner >= 0) {
		bool is_again = record->things[object].kind == THING_RECURSIVE &&
				(unsigned)owner == thread;
		return is_again ? 0 : (uint8_t)(1u << owner);
	}
	for (unsigned i = 0; !is_read && i < WORLD_THREADS; i++)
		if (world->objects[object].readers[i])
			mask |= (uint8_t)(1u << i);
	return mask;
}

static bool has_ended(const struct world *world, const struct record *record, unsigned thread)
{
	return world->created >> thread & 1 && world->at[thread] == record->counts[thread] &&
	       record->is_over[thread];
}

bool world_can(const struct world *world, const struct record *record, unsigned thread)
{
	const struct action *action = world_action(world, record, thread);

	if (!action)
		return false;
	switch (action->kind) {
	case ACTION_LOCK:
		return !holders(world, record, action->object, action->is_read, thread);
	case ACTION_TAKE:
		return world->objects[action->object].count > 0;
	case ACTION_JOIN:
		return has_ended(world, record, action->object);
	case ACTION_WAIT:
		if (world->phases[thread] == PHASE_WOKEN)
			return !holders(world, record, record->things[action->object].mutex, false,
					thread);
		return world->phases[thread] == PHASE_BEFORE;
	default:
		return true;
	}
}

static void acquire(struct world *world, unsigned object, bool is_read, unsigned thread)
{
	if (is_read) {
		world->objects[object].readers[thread]++;
		return;
	}
	world->objects[object].owner = (int8_t)thread;
	world->objects[object].depth++;
}

static void release(struct world *world, unsigned object, unsigned thread)
{
	if (world->objects[object].readers[thread])
		world->objects[object].readers[thread]--;
	else if (--world->objects[object].depth == 0)
		world->objects[object].owner = -1;
}

static void leave_queue(struct world *world, unsigned place)
{
	world->phases[world->queue[place]] = PHASE_WOKEN;
	world->queued--;
	memmove(world->queue + place, world->queue + place + 1, world->queued - place);
}

void world_give_up(struct world *world, unsigned thread)
{
	for (unsigned i = 0; i < world->queued; i++)
		if (world->queue[i] == thread) {
			leave_queue(world, i);
			return;
		}
}

static void wake(struct world *world, const struct record *record, const struct action *signal)
{
	unsigned i = 0, woken = 0;

	while (i < world->queued && (signal->kind == ACTION_BROADCAST || !woken)) {
		const struct action *wait = world_action(world, record, world->queue[i]);

		if (wait->object != signal->object) {
			i++;
			continue;
		}
		leave_queue(world, i);
		woken++;
		world->is_estranged = world->is_estranged || wait->waker != signal->site;
	}
	world->is_estranged = world->is_estranged || woken != signal->woken;
}

/* Returns whether the action is done. */
static bool wait(struct world *world, const struct record *record, const struct action *action,
		 unsigned thread)
{
	unsigned mutex = record->things[action->object].mutex;

	if (world->phases[thread] == PHASE_WOKEN) {
		acquire(world, mutex, false, thread);
		world->phases[thread] = PHASE_BEFORE;
		return true;
	}
	release(world, mutex, thread);
	world->phases[thread] = action->gave_up ? PHASE_WOKEN : PHASE_WAITING;
	if (!action->gave_up)
		world->queue[world->queued++] = (uint8_t)thread;
	return false;
}

/* Does it take what in the run was for another one? One who got nothing there always does. */
static bool takes_of_another(const struct world *world, const struct record *record,
			     const struct action *action)
{
	if (record->things[action->object].is_lock)
		return false;
	return !action->has_taken ||
	       (action->has_post && world->at[action->poster] <= action->post);
}

void world_go(struct world *world, const struct record *record, unsigned thread)
{
	const struct action *action = world_action(world, record, thread);

	switch (action->kind) {
	case ACTION_LOCK:
		acquire(world, action->object, action->is_read, thread);
		break;
	case ACTION_UNLOCK:
		release(world, action->object, thread);
		break;
	case ACTION_TAKE:
		world->objects[action->object].count--;
		if (takes_of_another(world, record, action))
			world->is_estranged = true;
		break;
	case ACTION_POST:
		world->objects[action->object].count++;
		break;
	case ACTION_SIGNAL:
	case ACTION_BROADCAST:
		wake(world, record, action);
		break;
	case ACTION_CREATE:
		world->created |= (uint8_t)(1u << action->object);
		break;
	case ACTION_WAIT:
		if (!wait(world, record, action, thread))
			return;
		break;
	case ACTION_JOIN:
		break;
	}
	world->at[thread]++;
}

static bool has_done(const struct world *world, const struct record *record, uint32_t site)
{
	for (unsigned i = 0; i < record->thread_count; i++)
		for (unsigned j = 0; j < world->at[i]; j++)
			if (record->actions[i][j].site == site)
				return true;
	return false;
}

bool world_may_pass(const struct world *world, const struct record *record, unsigned thread)
{
	const struct action *action = world_action(world, record, thread);

	return action && action->kind == ACTION_WAIT && world->phases[thread] == PHASE_BEFORE &&
	       action->waker && has_done(world, record, action->waker);
}

void world_pass(struct world *world, unsigned thread)
{
	world->is_estranged = true;
	world->at[thread]++;
}

/* Could other, with what is left of its record, wake one who waits for this condition? */
static bool will_signal(const struct world *world, const struct record *record, unsigned other,
			unsigned condition)
{
	for (unsigned i = world->at[other]; i < record->counts[other]; i++) {
		const struct action *action = &record->actions[other][i];

		if ((action->kind == ACTION_SIGNAL || action->kind == ACTION_BROADCAST) &&
		    action->object == condition)
			return true;
	}
	return false;
}

/*
 * The same of a semaphore: will it, at some point, have posted more often than taken? An attempt may fail,
 * and its thread then go on otherwise.
 */
static bool will_post(const struct world *world, const struct record *record, unsigned other,
		      unsigned semaphore)
{
	int sum = 0;

	for (unsigned i = world->at[other]; i < record->counts[other] && sum <= 0; i++) {
		const struct action *action = &record->actions[other][i];

		if (action->object != semaphore)
			continue;
		sum += (action->kind == ACTION_POST) -
		       (action->kind == ACTION_TAKE &&
			(action->is_patient || record->things[semaphore].is_lock));
	}
	return sum > 0;
}

static uint8_t helpers(const struct world *world, const struct record *record, unsigned thread,
		       const struct action *action)
{
	uint8_t mask = 0;

	for (unsigned i = 0; i < record->thread_count; i++) {
		bool helps = action->kind == ACTION_TAKE
				     ? will_post(world, record, i, action->object)
				     : will_signal(world, record, i, action->object);
		if (i != thread && helps)
			mask |= (uint8_t)(1u << i);
	}
	return mask;
}

/* A thread that cannot go on: for whom it waits. */
struct need {
	bool is_blocked;
	bool is_any; /* one of them is enough to keep it there; else all are needed */
	uint8_t threads;
};

static struct need need_of(const struct world *world, const struct record *record, unsigned thread)
{
	const struct action *action = world_action(world, record, thread);
	bool is_woken = world->phases[thread] == PHASE_WOKEN;

	if (!(world->created >> thread & 1))
		return (struct need){ true, true, (uint8_t)(1u << record->creators[thread]) };
	if (!action || world_can(world, record, thread) || (!action->is_patient && !is_woken))
		return (struct need){ false, false, 0 };
	if (action->kind == ACTION_JOIN)
		return (struct need){ true, true, (uint8_t)(1u << action->object) };
	if (action->kind == ACTION_LOCK)
		return (struct need){
			true, true, holders(world, record, action->object, action->is_read, thread)
		};
	if (action->kind == ACTION_WAIT && is_woken)
		return (struct need){ true, true,
				      holders(world, record, record->things[action->object].mutex,
					      false, thread) };
	return (struct need){ true, false, helpers(world, record, thread, action) };
}

static bool stays(const struct need *need, uint8_t threads)
{
	return need->is_any ? need->threads & threads : !(need->threads & ~threads);
}

bool world_find_deadlock(const struct world *world, const struct record *record,
			 struct deadlock *deadlock)
{
	struct need needs[WORLD_THREADS];
	uint8_t threads = 0, before;

	memset(deadlock, 0, sizeof(*deadlock));
	for (unsigned i = 0; i < record->thread_count; i++) {
		needs[i] = need_of(world, record, i);
		threads |= (uint8_t)(needs[i].is_blocked << i);
	}
	do {
		before = threads;
		for (unsigned i = 0; i < record->thread_count; i++)
			if (threads >> i & 1 && !stays(&needs[i], threads))
				threads &= (uint8_t) ~(1u << i);
	} while (threads != before);
	for (unsigned i = 0; i < record->thread_count; i++) {
		if (!(threads >> i & 1))
			continue;
		deadlock->at[i] = world->at[i];
		deadlock->phases[i] = world->phases[i];
		deadlock->waits_for[i] = needs[i].threads & threads;
	}
	deadlock->threads = threads;
	deadlock->is_estranged = world->is_estranged;
	deadlock->absent = threads & (uint8_t)~world->created;
	return threads & world->created;
}
