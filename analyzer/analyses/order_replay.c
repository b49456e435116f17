/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A heap of threads by their next event. */
#include "analyzer/analyses/order_replay.h"

#include <string.h>

#define APART_LEAST 2048
/* Memory of all stations together. */
#define STATIONS_BYTES ((size_t)32 << 20)

struct heap {
	struct order_world *world;
	uint64_t *nexts; /* number of the next event << 32 | thread */
	uint32_t *goals; /* by thread: how many of its events are to happen */
	unsigned count;
};

static uint64_t next_of(const struct heap *heap, uint32_t thread)
{
	const struct order_event *events = heap->world->trace->threads[thread].events;

	return (uint64_t)events[order_world_at(heap->world, thread)].at << 32 | thread;
}

static uint32_t first_thread(const struct heap *heap)
{
	return (uint32_t)heap->nexts[0];
}

static void sink(struct heap *heap, unsigned place)
{
	uint64_t next = heap->nexts[place];

	for (unsigned least = 2 * place + 1; least < heap->count; least = 2 * place + 1) {
		if (least + 1 < heap->count && heap->nexts[least + 1] < heap->nexts[least])
			least++;
		if (next <= heap->nexts[least])
			break;
		heap->nexts[place] = heap->nexts[least];
		place = least;
	}
	heap->nexts[place] = next;
}

static void heap_init(struct heap *heap, struct order_world *world)
{
	unsigned count = world->trace->thread_count;

	*heap = (struct heap){ .world = world };
	heap->nexts = g_new0(uint64_t, count + 1);
	heap->goals = g_new(uint32_t, count + 1);
}

static void heap_done(struct heap *heap)
{
	g_free(heap->nexts);
	g_free(heap->goals);
}

/* All threads that are not at their goals. */
static void heap_fill(struct heap *heap)
{
	heap->count = 0;
	for (uint32_t i = 0; i < heap->world->trace->thread_count; i++)
		if (order_world_at(heap->world, i) < heap->goals[i])
			heap->nexts[heap->count++] = next_of(heap, i);
	for (unsigned i = heap->count; i-- > 0;)
		sink(heap, i);
}

/* The first thread of the heap has done its event. */
static void heap_next(struct heap *heap)
{
	uint32_t thread = first_thread(heap);

	if (order_world_at(heap->world, thread) < heap->goals[thread])
		heap->nexts[0] = next_of(heap, thread);
	else
		heap->nexts[0] = heap->nexts[--heap->count];
	sink(heap, 0);
}

static void run_to(struct heap *heap, uint32_t number)
{
	for (uint32_t i = 0; i < heap->world->trace->thread_count; i++)
		heap->goals[i] = order_trace_before(heap->world->trace, i, number);
	heap_fill(heap);
	while (heap->count) {
		order_world_go(heap->world, first_thread(heap));
		heap_next(heap);
	}
}

void order_stations_done(struct order_stations *stations)
{
	if (stations->cells)
		g_ptr_array_unref(stations->cells);
}

static void make_stations(struct order_stations *stations, struct order_world *world)
{
	size_t size = world->cell_count * sizeof(*world->cells);
	uint32_t entries = world->trace->entry_count;
	size_t most = MAX(STATIONS_BYTES / size, 1);
	struct heap heap;

	stations->cells = g_ptr_array_new_with_free_func(g_free);
	stations->apart = (uint32_t)MAX(entries / most + 1, APART_LEAST);
	heap_init(&heap, world);
	order_world_reset(world, NULL);
	for (uint64_t at = stations->apart; at < entries; at += stations->apart) {
		uint32_t *cells = g_malloc(size);

		run_to(&heap, (uint32_t)at);
		memcpy(cells, world->cells, size);
		g_ptr_array_add(stations->cells, cells);
	}
	heap_done(&heap);
}

void order_stations_go(struct order_stations *stations, struct order_world *world, uint32_t number)
{
	struct heap heap;

	if (!stations->cells)
		make_stations(stations, world);
	unsigned station = MIN(number / stations->apart, stations->cells->len);
	order_world_reset(world, station ? stations->cells->pdata[station - 1] : NULL);
	heap_init(&heap, world);
	run_to(&heap, number);
	heap_done(&heap);
}

bool order_replay(struct order_world *world, const struct order_closure *closure, uint32_t *blocked)
{
	struct heap heap;

	heap_init(&heap, world);
	for (uint32_t i = 0; i < world->trace->thread_count; i++)
		heap.goals[i] = order_closure_count(closure, i);
	heap_fill(&heap);
	while (heap.count && order_world_can(world, first_thread(&heap))) {
		order_world_go(world, first_thread(&heap));
		heap_next(&heap);
	}
	bool is_over = !heap.count;
	if (!is_over)
		*blocked = first_thread(&heap);
	heap_done(&heap);
	return is_over;
}

uint64_t order_way_rank(const struct order_way *way, const struct order_world *world,
			uint32_t thread, uint32_t position)
{
	const struct order_event *events = world->trace->threads[thread].events;
	uint32_t steps = order_world_at(world, thread) - position;

	if (!way || position < way->begun[thread])
		return events[position].at;
	/* The path ends where the world is: the event is that many of the thread's steps back. */
	for (unsigned i = way->path->len; i-- > 0;)
		if (g_array_index(way->path, uint32_t, i) == thread && --steps == 0)
			return (uint64_t)1 << 32 | i;
	return 0;
}
