/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/random/explore.h"

#include <string.h>

#define STATES_MAX 400000

static void set_init(struct key_set *set)
{
	*set = (struct key_set){ .size = 1024 };
	set->slots = g_new0(uint64_t, set->size);
}

static void set_clear(struct key_set *set)
{
	if (set->count)
		memset(set->slots, 0, set->size * sizeof(*set->slots));
	set->count = 0;
}

static uint64_t *set_slot(const struct key_set *set, uint64_t key)
{
	unsigned at = (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (set->size - 1);

	while (set->slots[at] && set->slots[at] != key)
		at = (at + 1) & (set->size - 1);
	return &set->slots[at];
}

static void set_grow(struct key_set *set)
{
	struct key_set bigger = { .size = set->size * 4, .count = set->count };

	bigger.slots = g_new0(uint64_t, bigger.size);
	for (unsigned i = 0; i < set->size; i++)
		if (set->slots[i])
			*set_slot(&bigger, set->slots[i]) = set->slots[i];
	g_free(set->slots);
	*set = bigger;
}

/* Returns whether it is new. The key is not 0. */
static bool set_add(struct key_set *set, uint64_t key)
{
	uint64_t *slot = set_slot(set, key);

	if (*slot)
		return false;
	*slot = key;
	if (++set->count > set->size / 2)
		set_grow(set);
	return true;
}

void explorer_init(struct explorer *explorer)
{
	set_init(&explorer->seen);
	set_init(&explorer->seen_dead);
	explorer->deadlocks = g_array_new(FALSE, FALSE, sizeof(struct deadlock));
	explorer->todo = g_array_new(FALSE, FALSE, sizeof(struct world));
}

void explorer_done(struct explorer *explorer)
{
	g_free(explorer->seen.slots);
	g_free(explorer->seen_dead.slots);
	g_array_unref(explorer->deadlocks);
	g_array_unref(explorer->todo);
}

static uint64_t deadlock_key(const struct deadlock *deadlock)
{
	uint64_t key = (2u | deadlock->is_estranged) << 4 | deadlock->threads;

	for (unsigned i = 0; i < WORLD_THREADS; i++)
		key = key << 11 | (uint64_t)deadlock->at[i] << 6 |
		      (uint64_t)deadlock->phases[i] << 4 | deadlock->waits_for[i];
	return key;
}

static void add(struct explorer *explorer, const struct world *next)
{
	if (set_add(&explorer->seen, world_key(next)))
		g_array_append_vals(explorer->todo, next, 1);
}

static void visit(struct explorer *explorer, const struct world *world)
{
	struct deadlock deadlock;

	if (world_find_deadlock(world, explorer->record, &deadlock) &&
	    set_add(&explorer->seen_dead, deadlock_key(&deadlock)))
		g_array_append_val(explorer->deadlocks, deadlock);
	for (unsigned i = 0; i < explorer->record->thread_count; i++) {
		struct world next = *world;

		if (!world_can(world, explorer->record, i))
			continue;
		world_go(&next, explorer->record, i);
		add(explorer, &next);
		if (!world_may_pass(world, explorer->record, i))
			continue;
		next = *world;
		world_pass(&next, i);
		add(explorer, &next);
	}
}

unsigned explorer_run(struct explorer *explorer, const struct record *record)
{
	struct world world;

	explorer->record = record;
	set_clear(&explorer->seen);
	set_clear(&explorer->seen_dead);
	g_array_set_size(explorer->deadlocks, 0);
	g_array_set_size(explorer->todo, 0);
	world_init(&world, record);
	set_add(&explorer->seen, world_key(&world));
	g_array_append_val(explorer->todo, world);
	while (explorer->todo->len && explorer->seen.count < STATES_MAX) {
		world = g_array_index(explorer->todo, struct world, explorer->todo->len - 1);
		g_array_set_size(explorer->todo, explorer->todo->len - 1);
		visit(explorer, &world);
	}
	return explorer->todo->len ? 0 : explorer->seen.count;
}

unsigned deadlock_rings(const struct deadlock *deadlock, uint8_t *rings)
{
	uint8_t reach[WORLD_THREADS];
	unsigned count = 0;
	uint8_t told = 0;

	memcpy(reach, deadlock->waits_for, sizeof(reach));
	for (unsigned via = 0; via < WORLD_THREADS; via++)
		for (unsigned i = 0; i < WORLD_THREADS; i++)
			if (reach[i] >> via & 1)
				reach[i] |= reach[via];
	for (unsigned i = 0; i < WORLD_THREADS; i++) {
		bool is_ring = reach[i] >> i & 1 && !(told >> i & 1);

		/* It waits for itself, whoever else may be needed. */
		if (deadlock->waits_for[i] >> i & 1) {
			rings[count++] = (uint8_t)(1u << i);
			continue;
		}

		for (unsigned j = 0; j < WORLD_THREADS; j++)
			is_ring = is_ring && (!(reach[i] >> j & 1) || reach[j] == reach[i]);
		if (!is_ring)
			continue;
		told |= reach[i];
		rings[count++] = reach[i];
	}
	return count;
}
