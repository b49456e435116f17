/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests are found again by a hash of thread, object, place and held set, which is kept up to
 * date at each acquire and release: a request seen before costs one look-up.
 */
#include "analyzer/analyses/lockgraph.h"

#include <string.h>

#include "analyzer/analyses/lockgraph_private.h"

/* More held locks than this are not looked at: the latest ones are. */
#define HELD_MAX 128
/* Limits of memory, far above what programs do. */
#define REQUESTS_MAX 4000000
#define HELD_TOTAL_MAX 16000000
void lockgraph_init(struct lockgraph *graph)
{
	*graph = (struct lockgraph){ 0 };
	graph->requests = g_ptr_array_new_with_free_func(g_free);
	graph->sets = g_ptr_array_new_with_free_func(g_free);
	graph->gives = g_array_new(FALSE, FALSE, sizeof(struct lock_give));
	graph->lives = g_array_new(FALSE, FALSE, sizeof(struct lock_life));
}

void lockgraph_done(struct lockgraph *graph)
{
	g_ptr_array_unref(graph->requests);
	g_ptr_array_unref(graph->sets);
	g_array_unref(graph->gives);
	g_array_unref(graph->lives);
	address_table_done(&graph->by_life);
	address_table_done(&graph->by_give);
	address_table_done(&graph->by_key);
	address_table_done(&graph->set_by_key);
	order_log_done(&graph->log);
	g_free(graph->threads);
}

struct lock_thread *lockgraph_thread(struct lockgraph *graph, const struct thread *thread)
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
uint64_t lockgraph_hash(const struct object *object, bool is_read)
{
	uint64_t lock = (uint64_t)is_read << 32 | object->id;

	return address_table_mix(lock + UINT64_C(0x9e3779b97f4a7c15));
}

static void add_held(struct lock_set *set, const struct object *object, bool is_read,
		     const struct place *place, int64_t since_ns)
{
	set->list[set->count++] = (struct lock_held){ .object = object->id,
						      .is_read = is_read,
						      .site = place->site,
						      .stack = place->stack,
						      .since_ns = since_ns };
}

/* The latest HELD_MAX locks that thread holds besides object, and the semaphores. */
static struct lock_set *collect_held(const struct lock_thread *own, const struct thread *thread,
				     const struct object *object)
{
	unsigned count = MIN(thread->held_count, HELD_MAX);
	struct lock_set *set =
		g_malloc0(sizeof(*set) + (count + own->taken_count) * sizeof(set->list[0]));

	for (const struct hold *hold = thread->held_last; hold && set->count < count;
	     hold = hold->previous)
		if (hold->object != object)
			add_held(set, hold->object, hold->is_read, &hold->place, hold->since_ns);
	for (unsigned i = own->taken_count; i-- > 0;)
		if (own->taken[i].object != object)
			add_held(set, own->taken[i].object, false, &own->taken[i].place,
				 own->taken[i].time_ns);
	return set;
}

/* object: what is requested. A reader that reads again holds it as well. */
static const struct lock_set *find_set(struct lockgraph *graph, const struct thread *thread,
				       const struct object *object)
{
	const struct lock_thread *own = lockgraph_thread(graph, thread);
	uint64_t key = address_table_mix(own->held_hash + thread->id);
	struct lock_set *set = address_table_get(&graph->set_by_key, key);

	if (set)
		return set;
	set = collect_held(own, thread, object);
	graph->held_total += set->count;
	g_ptr_array_add(graph->sets, set);
	address_table_set(&graph->set_by_key, key, set);
	return set;
}

/* The table mixes it. */
static uint64_t request_key(uint64_t held_hash, const struct lock_request *request)
{
	uint64_t what = (uint64_t)request->kind << 1 | request->is_read;
	uint64_t who = (uint64_t)request->thread << 32 | request->object;

	return held_hash ^ (request->site + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
	       (who << 4 ^ who >> 60 ^ what) * UINT64_C(0xd6e8feb86659fd93);
}

static struct lock_request *new_request(struct lockgraph *graph, uint64_t key,
					const struct lock_request *like, const struct step *step)
{
	struct lock_request *request;

	if (graph->requests->len >= REQUESTS_MAX || graph->held_total >= HELD_TOTAL_MAX) {
		graph->ignored++;
		return NULL;
	}
	request = g_new(struct lock_request, 1);
	*request = *like;
	request->number = graph->requests->len;
	request->stack = step->place.stack;
	request->time_ns = step->time_ns;
	request->first_entry = order_log_next(&graph->log);
	request->held =
		find_set(graph, step->thread, step->kind == STEP_REACQUIRE ? NULL : step->object);
	g_ptr_array_add(graph->requests, request);
	address_table_set(&graph->by_key, key, request);
	return request;
}

const struct lock_request *lockgraph_note(struct lockgraph *graph, const struct step *step,
					  enum lock_request_kind kind, uint32_t id)
{
	const struct lock_request like = { .thread = step->thread->id,
					   .object = id,
					   .kind = kind,
					   .is_read = step->is_read,
					   .site = step->place.site };
	uint64_t key = request_key(lockgraph_thread(graph, step->thread)->held_hash, &like);
	struct lock_request *request = address_table_get(&graph->by_key, key);

	if (!request)
		return new_request(graph, key, &like, step);
	if (!request->stack && step->place.stack) {
		request->stack = step->place.stack;
		request->time_ns = step->time_ns;
	}
	return request;
}

bool lockgraph_is_lock(const struct object *object)
{
	switch (object->kind) {
	case OBJECT_MUTEX:
	case OBJECT_SPIN:
	case OBJECT_RWLOCK:
	case OBJECT_ONCE:
		return true;
	case OBJECT_SEMAPHORE:
		return object->is_lock_like;
	default:
		return false;
	}
}

void lockgraph_finish(struct lockgraph *graph, const struct object *const *objects,
		      const struct thread *const *threads, unsigned thread_count)
{
	for (unsigned i = 0; i < thread_count; i++)
		lockgraph_end_wait(graph, threads[i]);
	for (unsigned i = 0; i < graph->sets->len; i++) {
		struct lock_set *set = graph->sets->pdata[i];
		uint32_t kept = 0;

		for (uint32_t j = 0; j < set->count; j++)
			if (lockgraph_is_lock(objects[set->list[j].object]))
				set->list[kept++] = set->list[j];
		set->count = kept;
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
