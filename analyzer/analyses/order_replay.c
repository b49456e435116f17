/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A heap of threads by their next event. */
#include "analyzer/analyses/order_replay.h"

/* More events than this are not kept to be undone: the world is cleared. */
#define KEPT_MAX 100000

struct heap {
	const struct order_world *world;
	uint32_t *threads;
	unsigned count;
};

static uint32_t next_at(const struct heap *heap, unsigned place)
{
	uint32_t thread = heap->threads[place];

	return heap->world->trace->threads[thread].events[order_world_at(heap->world, thread)].at;
}

static void sink(struct heap *heap, unsigned place)
{
	for (;;) {
		unsigned least = place, left = 2 * place + 1, right = left + 1;

		if (left < heap->count && next_at(heap, left) < next_at(heap, least))
			least = left;
		if (right < heap->count && next_at(heap, right) < next_at(heap, least))
			least = right;
		if (least == place)
			return;
		uint32_t thread = heap->threads[place];
		heap->threads[place] = heap->threads[least];
		heap->threads[least] = thread;
		place = least;
	}
}

/* How many events of thread are to happen. */
static uint32_t goal_of(const struct order_trace *trace, const uint32_t *done, uint32_t end,
			uint32_t thread)
{
	const struct order_thread *own = &trace->threads[thread];
	uint32_t low = 0, high = done ? done[thread] : own->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (own->events[middle].at < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t fill(struct heap *heap, const uint32_t *done, uint32_t end, uint32_t *goals)
{
	const struct order_trace *trace = heap->world->trace;
	uint64_t events = 0;

	for (uint32_t i = 0; i < trace->thread_count; i++) {
		goals[i] = goal_of(trace, done, end, i);
		events += goals[i];
		if (goals[i])
			heap->threads[heap->count++] = i;
	}
	for (unsigned i = heap->count; i-- > 0;)
		sink(heap, i);
	return events;
}

bool order_replay(struct order_world *world, const uint32_t *done, uint32_t end)
{
	unsigned thread_count = world->trace->thread_count;
	g_autofree uint32_t *goals = g_new(uint32_t, thread_count + 1);
	g_autofree uint32_t *threads = g_new(uint32_t, thread_count + 1);
	struct heap heap = { .world = world, .threads = threads };

	world->keeps_changes = fill(&heap, done, end, goals) <= KEPT_MAX;
	world->is_dirty = !world->keeps_changes;
	while (heap.count) {
		uint32_t thread = heap.threads[0];

		if (!order_world_can(world, thread))
			return false;
		order_world_go(world, thread);
		if (order_world_at(world, thread) == goals[thread])
			heap.threads[0] = heap.threads[--heap.count];
		sink(&heap, 0);
	}
	return true;
}

void order_replay_undo(struct order_world *world)
{
	if (world->is_dirty)
		order_world_reset(world);
	else
		order_world_undo(world, 0);
	world->is_dirty = false;
}

uint64_t order_way_rank(const struct order_way *way, const struct order_world *world,
			uint32_t thread, uint32_t position)
{
	const struct order_event *events = world->trace->threads[thread].events;
	uint32_t steps = order_world_at(world, thread) - position;

	if (!way ||
	    (events[position].at < way->begun && (!way->done || position < way->done[thread])))
		return events[position].at;
	/* The path ends where the world is: the event is that many of the thread's steps back. */
	for (unsigned i = way->path->len; i-- > 0;)
		if (g_array_index(way->path, uint32_t, i) == thread && --steps == 0)
			return (uint64_t)1 << 32 | i;
	return 0;
}
