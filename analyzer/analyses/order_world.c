/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cells: of each thread how far it is, and at a barrier how many had come before; of each object its
 * owner + 1 and a count (readers; posts less takes, arrivals).
 */
#include "analyzer/analyses/order_world.h"

#include <string.h>

/* Of a thread that has arrived at a barrier: how many had before, and this. */
#define ROUND 1

static uint32_t round_cell(const struct order_world *world, uint32_t thread)
{
	return world->trace->thread_count + thread;
}

static uint32_t owner_cell(const struct order_world *world, uint32_t object)
{
	return 2 * world->trace->thread_count + 2 * object;
}

static uint32_t count_cell(const struct order_world *world, uint32_t object)
{
	return owner_cell(world, object) + 1;
}

static uint64_t cell_key(uint32_t cell, uint32_t value)
{
	return value ? address_table_mix((uint64_t)cell << 32 | value) : 0;
}

static void set(struct order_world *world, uint32_t cell, uint32_t value)
{
	struct order_change change = { cell, world->cells[cell] };

	if (world->keeps_changes) {
		g_array_append_val(world->undo, change);
		world->key ^= cell_key(cell, change.value) ^ cell_key(cell, value);
	}
	world->cells[cell] = value;
}

void order_world_init(struct order_world *world, const struct order_trace *trace)
{
	*world = (struct order_world){ .trace = trace };
	world->cell_count = owner_cell(world, trace->object_count);
	world->cells = g_new0(uint32_t, world->cell_count);
	world->undo = g_array_new(FALSE, FALSE, sizeof(struct order_change));
}

void order_world_done(struct order_world *world)
{
	g_free(world->cells);
	g_array_unref(world->undo);
}

void order_world_reset(struct order_world *world, const uint32_t *cells)
{
	size_t size = world->cell_count * sizeof(*world->cells);

	if (cells)
		memcpy(world->cells, cells, size);
	else
		memset(world->cells, 0, size);
	g_array_set_size(world->undo, 0);
	world->key = 0;
	world->keeps_changes = false;
}

void order_world_undo(struct order_world *world, unsigned mark)
{
	while (world->undo->len > mark) {
		const struct order_change *change =
			&g_array_index(world->undo, struct order_change, world->undo->len - 1);

		world->key ^= cell_key(change->cell, world->cells[change->cell]) ^
			      cell_key(change->cell, change->value);
		world->cells[change->cell] = change->value;
		g_array_set_size(world->undo, world->undo->len - 1);
	}
}

int64_t order_world_count(const struct order_world *world, uint32_t semaphore)
{
	return world->trace->objects[semaphore].count +
	       (int32_t)world->cells[count_cell(world, semaphore)];
}

bool order_world_is_created(const struct order_world *world, uint32_t thread)
{
	const struct order_point *creator = &world->trace->threads[thread].creator;

	return creator->thread == ORDER_NONE || world->cells[creator->thread] > creator->position;
}

static bool are_done(const struct order_world *world, const struct order_thread *own,
		     uint32_t position)
{
	const struct order_link *end, *link = order_trace_links(own, position, &end);

	for (; link < end && link->position == position; link++)
		if (!link->is_chosen && world->cells[link->thread] <= link->source)
			return false;
	return true;
}

bool order_world_waits(const struct order_world *world, uint32_t thread)
{
	const struct order_thread *own = &world->trace->threads[thread];
	uint32_t position = world->cells[thread];

	return position < own->count && own->events[position].act == ORDER_ACT_WOKEN &&
	       own->events[position].has_link && !are_done(world, own, position);
}

uint32_t order_world_owner(const struct order_world *world, uint32_t lock)
{
	uint32_t owner = world->cells[owner_cell(world, lock)];

	return owner ? owner - 1 : ORDER_NONE;
}

bool order_world_is_held(const struct order_world *world, uint32_t lock, bool is_read)
{
	uint32_t owner = owner_cell(world, lock);

	return world->cells[owner] || (!is_read && world->cells[owner + 1]);
}

int64_t order_world_missing(const struct order_world *world, uint32_t thread, uint32_t barrier)
{
	int64_t parties = world->trace->objects[barrier].count;
	uint32_t round = world->cells[round_cell(world, thread)];

	if (parties <= 0 || round < ROUND)
		return 0;
	return ((round - ROUND) / parties + 1) * parties -
	       (int64_t)world->cells[count_cell(world, barrier)];
}

bool order_world_can(const struct order_world *world, uint32_t thread)
{
	const struct order_thread *own = &world->trace->threads[thread];
	uint32_t position = world->cells[thread];
	const struct order_event *event = &own->events[position];

	if (event->has_link && !are_done(world, own, position))
		return false;
	switch (event->act) {
	case ORDER_ACT_HOLD:
	case ORDER_ACT_HOLD_READ:
		return !order_world_is_held(world, event->object,
					    event->act == ORDER_ACT_HOLD_READ);
	case ORDER_ACT_TAKE:
		return !world->trace->objects[event->object].is_counted ||
		       order_world_count(world, event->object) > 0;
	case ORDER_ACT_DEPART:
		return order_world_missing(world, thread, event->object) <= 0;
	default:
		return true;
	}
}

/* That of the event before, or of the one before the release of the mutex. */
uint32_t order_world_condition(const struct order_world *world, uint32_t thread)
{
	const struct order_event *events = world->trace->threads[thread].events;
	uint32_t at = world->cells[thread] - 1;

	if (at && events[at].act == ORDER_ACT_RELEASE)
		at--;
	return events[at].object;
}

static void release(struct order_world *world, uint32_t owner)
{
	if (world->cells[owner])
		set(world, owner, 0);
	else if (world->cells[owner + 1])
		set(world, owner + 1, world->cells[owner + 1] - 1);
}

static void act(struct order_world *world, uint32_t thread, const struct order_event *event)
{
	uint32_t owner = owner_cell(world, event->object), count = owner + 1;

	switch (event->act) {
	case ORDER_ACT_HOLD:
		set(world, owner, thread + 1);
		break;
	case ORDER_ACT_RELEASE:
		release(world, owner);
		break;
	case ORDER_ACT_ARRIVE:
		set(world, round_cell(world, thread), ROUND + world->cells[count]);
		set(world, count, world->cells[count] + 1);
		break;
	case ORDER_ACT_HOLD_READ:
	case ORDER_ACT_POST:
		set(world, count, world->cells[count] + 1);
		break;
	case ORDER_ACT_TAKE:
		set(world, count, world->cells[count] - 1);
		break;
	case ORDER_ACT_DEPART:
		set(world, round_cell(world, thread), 0);
		break;
	default:
		break;
	}
}

void order_world_go(struct order_world *world, uint32_t thread)
{
	act(world, thread, &world->trace->threads[thread].events[world->cells[thread]]);
	set(world, thread, world->cells[thread] + 1);
}
