/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests are found again by a hash of thread, lock and held set, which is kept up to date at
 * each acquire and release: a request seen before costs one look-up.
 */
#include "analyzer/analyses/lockgraph.h"

#include <string.h>

/* More held locks than this are not looked at: the latest ones are. */
#define HELD_MAX 128
/* Limits of memory, far above what programs do. */
#define REQUESTS_MAX 4000000
#define HELD_TOTAL_MAX 16000000
/* The first and the latest segments of a request are kept. */
#define INSTANCES_FIRST 8
#define INSTANCES_MAX 16

static void request_free(void *pointer)
{
	struct lock_request *request = pointer;

	g_free(request->instances);
	g_free(request);
}

void lockgraph_init(struct lockgraph *graph)
{
	*graph = (struct lockgraph){ 0 };
	graph->requests = g_ptr_array_new_with_free_func(request_free);
	graph->sets = g_ptr_array_new_with_free_func(g_free);
	segments_init(&graph->segments);
}

void lockgraph_done(struct lockgraph *graph)
{
	g_ptr_array_unref(graph->requests);
	g_ptr_array_unref(graph->sets);
	address_table_done(&graph->by_key);
	address_table_done(&graph->set_by_key);
	segments_done(&graph->segments);
	g_free(graph->threads);
}

static struct lock_thread *thread_of(struct lockgraph *graph, const struct thread *thread)
{
	if (thread->id >= graph->thread_count) {
		unsigned count = MAX(thread->id + 1, graph->thread_count * 2);
		graph->threads = g_renew(struct lock_thread, graph->threads, count);
		memset(graph->threads + graph->thread_count, 0,
		       (count - graph->thread_count) * sizeof(*graph->threads));
		graph->thread_count = count;
	}
	return &graph->threads[thread->id];
}

/* An rwlock held for reading is not the same as one held for writing. */
static uint64_t object_hash(const struct object *object, bool is_read)
{
	uint64_t lock = (uint64_t)is_read << 32 | object->id;

	return address_table_mix(lock + UINT64_C(0x9e3779b97f4a7c15));
}

/* The latest HELD_MAX locks that thread holds besides object. */
static struct lock_set *collect_held(const struct thread *thread, const struct object *object)
{
	unsigned count = MIN(thread->held_count, HELD_MAX);
	struct lock_set *set = g_malloc0(sizeof(*set) + count * sizeof(set->list[0]));

	for (const struct hold *hold = thread->held_last; hold && set->count < count;
	     hold = hold->previous) {
		if (hold->object == object)
			continue;
		set->list[set->count++] = (struct lock_held){ .object = hold->object->id,
							      .is_read = hold->is_read,
							      .site = hold->place.site,
							      .stack = hold->place.stack,
							      .since_ns = hold->since_ns };
	}
	return set;
}

static const struct lock_set *find_set(struct lockgraph *graph, const struct thread *thread,
				       const struct object *object, uint64_t held_hash)
{
	uint64_t key = address_table_mix(held_hash + thread->id);
	struct lock_set *set = address_table_get(&graph->set_by_key, key);

	if (set)
		return set;
	set = collect_held(thread, object);
	graph->held_total += set->count;
	g_ptr_array_add(graph->sets, set);
	address_table_set(&graph->set_by_key, key, set);
	return set;
}

static struct lock_request *new_request(struct lockgraph *graph, uint64_t key,
					const struct step *step, uint64_t held_hash)
{
	struct lock_request *request = g_new0(struct lock_request, 1);

	request->thread = step->thread->id;
	request->object = step->object->id;
	request->is_read = step->is_read;
	request->held = find_set(graph, step->thread, step->object, held_hash);
	g_ptr_array_add(graph->requests, request);
	address_table_set(&graph->by_key, key, request);
	return request;
}

static void add_instance(struct lock_request *request, const struct lock_instance *instance)
{
	uint32_t seen = request->segment_count++;

	if (seen < INSTANCES_MAX) {
		if ((seen & (seen - 1)) == 0)
			request->instances = g_renew(struct lock_instance, request->instances,
						     seen ? seen * 2 : 1);
		request->latest = request->instance_count++;
	} else {
		request->latest = INSTANCES_FIRST + seen % (INSTANCES_MAX - INSTANCES_FIRST);
	}
	request->instances[request->latest] = *instance;
}

static void note(struct lockgraph *graph, const struct step *step, uint64_t held_hash)
{
	uint64_t lock = address_table_mix(held_hash + (step->is_read ? 2 : 1));
	uint64_t key =
		address_table_mix(lock + ((uint64_t)step->thread->id << 32 | step->object->id));
	struct lock_request *request = address_table_get(&graph->by_key, key);
	struct lock_instance instance = { .segment =
						  segments_present(&graph->segments, step->thread),
					  .time_ns = step->time_ns,
					  .site = step->place.site,
					  .stack = step->place.stack };

	if (!request &&
	    (graph->requests->len >= REQUESTS_MAX || graph->held_total >= HELD_TOTAL_MAX)) {
		graph->ignored++;
		return;
	}
	if (!request)
		request = new_request(graph, key, step, held_hash);
	request->count++;
	struct lock_instance *latest = request->instances ? &request->instances[request->latest]
							  : NULL;
	if (!latest || latest->segment != instance.segment)
		add_instance(request, &instance);
	else if (!latest->stack && instance.stack)
		*latest = instance;
}

static bool is_held(const struct thread *thread, const struct object *lock)
{
	const struct hold *hold = thread->held;

	while (hold && hold->object != lock)
		hold = hold->next;
	return hold;
}

static void request(struct lockgraph *graph, const struct step *step)
{
	if (step->is_timed || !step->thread->held_count)
		return;
	/* It waits for itself, an upgrade of a read lock included: another matter. */
	if (is_held(step->thread, step->object))
		return;
	note(graph, step, thread_of(graph, step->thread)->held_hash);
}

static void acquire(struct lockgraph *graph, const struct step *step)
{
	struct lock_thread *thread = thread_of(graph, step->thread);

	/* With a wait before it, the request has been seen. An attempt blocks nobody. */
	if (!step->wait && !step->is_try && !step->is_timed && step->thread->held_count > 1)
		note(graph, step, thread->held_hash);
	thread->held_hash ^= object_hash(step->object, step->hold->is_read);
}

void lockgraph_step(struct lockgraph *graph, const struct step *step)
{
	switch (step->kind) {
	case STEP_REQUEST:
		request(graph, step);
		break;
	case STEP_ACQUIRE:
		acquire(graph, step);
		break;
	case STEP_RELEASE:
	case STEP_RELEASE_UNDONE:
		thread_of(graph, step->thread)->held_hash ^=
			object_hash(step->object, step->hold->is_read);
		break;
	default:
		segments_step(&graph->segments, step);
		break;
	}
}

const struct lock_held *lock_set_find(const struct lock_set *set, uint32_t object)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (set->list[i].object == object)
			return &set->list[i];
	return NULL;
}

uint32_t lock_set_gate(const struct lock_set *one, const struct lock_set *other)
{
	for (uint32_t i = 0; i < one->count; i++) {
		const struct lock_held *held = lock_set_find(other, one->list[i].object);
		if (held && !(held->is_read && one->list[i].is_read))
			return held->object;
	}
	return UINT32_MAX;
}
