/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two passes over the log: the first one counts, so that the second one needs no room to grow. */
#include "analyzer/analyses/order_trace.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/analyses/order_links.h"

static struct order_object *object_at(const struct order_trace *trace, uint32_t id)
{
	return &trace->objects[id];
}

static void describe(struct order_trace *trace, const struct order_model *model)
{
	for (unsigned i = 0; i < trace->object_count; i++) {
		const struct object *object = model->objects[i];
		struct order_object *own = object_at(trace, i);

		own->kind = (uint8_t)object->kind;
		own->is_lock = lockgraph_is_lock(object);
		own->count = object->count;
		own->is_counted = object->kind == OBJECT_SEMAPHORE && object->count >= 0 &&
				  object->count <= INT32_MAX;
		own->user = own->holder = ORDER_NONE;
	}
	for (unsigned i = 0; i < trace->thread_count; i++)
		trace->threads[i].process = model->threads[i]->process->index;
}

/* The object of an entry; ORDER_NONE: it has none. */
static uint32_t object_of(const struct lockgraph *graph, const struct order_entry *entry)
{
	const struct lock_request *request;

	switch (entry->op) {
	case ORDER_DEMAND:
	case ORDER_REQUEST:
		request = graph->requests->pdata[entry->first];
		return request->kind == LOCK_REQUEST_JOIN ? ORDER_NONE : request->object;
	case ORDER_WOKEN:
	case ORDER_AWOKEN:
	case ORDER_CREATE:
	case ORDER_JOIN:
	case ORDER_SUMMARY:
		return ORDER_NONE;
	default:
		return entry->first;
	}
}

static void meet(struct order_trace *trace, const struct order_entry *entry, uint32_t id)
{
	struct order_object *object = object_at(trace, id);

	object->is_shared = object->is_shared || entry->op == ORDER_RELEASE_OF ||
			    (object->user != ORDER_NONE && object->user != entry->thread);
	object->user = entry->thread;
	if (object->is_counted)
		object->count += (entry->op == ORDER_TAKE) - (int64_t)(entry->op == ORDER_POST) +
				 (entry->op == ORDER_UNPOST);
}

/* What users of an object each are there, and what a semaphore's count was at first. */
static void survey(struct order_trace *trace, const struct lockgraph *graph)
{
	struct order_cursor cursor = { 0 };
	struct order_entry entry;

	while (order_log_read(&graph->log, &cursor, &entry)) {
		uint32_t id = object_of(graph, &entry);

		if (id != ORDER_NONE)
			meet(trace, &entry, id);
		if (entry.op == ORDER_SUMMARY)
			trace->summary_at = entry.number;
	}
}

/* Is it an event of a thread? Locks that nobody else wants do not matter. */
static bool is_kept(const struct order_trace *trace, const struct lockgraph *graph,
		    const struct order_entry *entry)
{
	uint32_t id = object_of(graph, entry);

	if (entry->op == ORDER_REQUEST || entry->op == ORDER_UNDO || entry->op == ORDER_UNPOST ||
	    entry->op == ORDER_SUMMARY)
		return false;
	return id == ORDER_NONE || trace->objects[id].is_shared || !trace->objects[id].is_lock;
}

static uint32_t request_of(const struct order_entry *entry)
{
	return entry->op == ORDER_REQUEST || entry->op == ORDER_DEMAND ? entry->first : ORDER_NONE;
}

static void count(struct order_trace *trace, const struct lockgraph *graph, const bool *wanted)
{
	struct order_cursor cursor = { 0 };
	struct order_entry entry;

	while (order_log_read(&graph->log, &cursor, &entry)) {
		uint32_t request = request_of(&entry);

		if (request != ORDER_NONE && wanted[request])
			trace->instances[request].count++;
		if (!is_kept(trace, graph, &entry))
			continue;
		trace->threads[entry.thread].count++;
		trace->event_count++;
	}
}

static void make_room(struct order_trace *trace)
{
	for (unsigned i = 0; i < trace->thread_count; i++) {
		trace->threads[i].creator.thread = ORDER_NONE;
		trace->threads[i].events = g_new(struct order_event, trace->threads[i].count + 1);
		trace->threads[i].count = 0;
	}
	for (unsigned i = 0; i < trace->request_count; i++) {
		struct order_instances *instances = &trace->instances[i];

		if (instances->count)
			instances->positions = g_new(uint32_t, instances->count);
		instances->count = 0;
	}
}

static bool is_read(const struct lockgraph *graph, uint32_t request)
{
	return request != ORDER_NONE &&
	       ((const struct lock_request *)graph->requests->pdata[request])->is_read;
}

static void fill(struct order_trace *trace, const struct lockgraph *graph)
{
	/* By thread: what its latest request is for. Attempts and requests with a limit are none. */
	g_autofree uint32_t *asked = g_new(uint32_t, trace->thread_count + 1);
	struct order_cursor cursor = { 0 };
	struct order_entry entry;

	memset(asked, 0xff, (trace->thread_count + 1) * sizeof(*asked));
	while (order_log_read(&graph->log, &cursor, &entry)) {
		struct order_thread *thread = &trace->threads[entry.thread];
		uint32_t request = request_of(&entry), id = object_of(graph, &entry);

		if (request != ORDER_NONE && trace->instances[request].positions) {
			struct order_instances *own = &trace->instances[request];
			own->positions[own->count++] = thread->count;
		}
		if (request != ORDER_NONE)
			asked[entry.thread] = id;
		if (is_kept(trace, graph, &entry)) {
			order_links_event(trace, &entry, id, is_read(graph, request));
			thread->events[thread->count - 1].is_patient = asked[entry.thread] == id;
			asked[entry.thread] = ORDER_NONE;
		} else if (entry.op == ORDER_UNDO || entry.op == ORDER_UNPOST)
			order_links_undo(trace, &entry);
	}
}

struct order_trace *order_trace_new(const struct lockgraph *graph, const struct order_model *model,
				    const bool *wanted)
{
	struct order_trace *trace;

	if (graph->log.is_full || model->object_count >= ORDER_OBJECTS_MAX)
		return NULL;
	trace = g_new0(struct order_trace, 1);
	trace->graph = graph;
	trace->summary_at = ORDER_NONE;
	trace->thread_count = model->thread_count;
	trace->threads = g_new0(struct order_thread, model->thread_count + 1);
	trace->object_count = model->object_count;
	trace->objects = g_new0(struct order_object, model->object_count + 1);
	trace->entry_count = graph->log.count;
	trace->request_count = graph->requests->len;
	trace->instances = g_new0(struct order_instances, trace->request_count + 1);
	trace->foreign = g_array_new(FALSE, FALSE, sizeof(struct order_foreign));
	trace->givers = g_array_new(FALSE, FALSE, sizeof(struct order_giver));
	describe(trace, model);
	survey(trace, graph);
	count(trace, graph, wanted);
	make_room(trace);
	fill(trace, graph);
	order_links_finish(trace);
	return trace;
}

void order_trace_free(struct order_trace *trace)
{
	if (!trace)
		return;
	for (unsigned i = 0; i < trace->thread_count; i++) {
		g_free(trace->threads[i].events);
		if (trace->threads[i].links)
			g_array_unref(trace->threads[i].links);
	}
	for (unsigned i = 0; i < trace->object_count; i++)
		if (trace->objects[i].gives)
			g_array_unref(trace->objects[i].gives);
	for (unsigned i = 0; i < trace->request_count; i++)
		g_free(trace->instances[i].positions);
	g_array_unref(trace->foreign);
	g_array_unref(trace->givers);
	address_table_done(&trace->by_giver);
	g_free(trace->threads);
	g_free(trace->objects);
	g_free(trace->instances);
	g_free(trace);
}

uint32_t order_trace_before(const struct order_trace *trace, uint32_t thread, uint32_t number)
{
	const struct order_thread *own = &trace->threads[thread];
	uint32_t low = 0, high = own->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (own->events[middle].at < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct order_link *order_trace_links(const struct order_thread *thread, uint32_t position,
					   const struct order_link **end)
{
	const struct order_link *links = (const struct order_link *)(void *)thread->links->data;
	unsigned low = 0, high = thread->links->len;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (links[middle].position < position)
			low = middle + 1;
		else
			high = middle;
	}
	*end = links + thread->links->len;
	return links + low;
}

static bool find_foreign(const struct order_trace *trace, uint32_t thread, uint32_t position,
			 struct order_point *ret)
{
	const struct order_foreign *all =
		(const struct order_foreign *)(void *)trace->foreign->data;
	unsigned low = 0, high = trace->foreign->len;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		bool is_before = all[middle].thread != thread ? all[middle].thread < thread
							      : all[middle].position < position;
		if (is_before)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == trace->foreign->len || all[low].thread != thread ||
	    all[low].position != position)
		return false;
	*ret = (struct order_point){ all[low].releaser, all[low].release };
	return true;
}

bool order_trace_release(const struct order_trace *trace, uint32_t thread, uint32_t position,
			 struct order_point *ret)
{
	const struct order_thread *own = &trace->threads[thread];
	uint32_t object = own->events[position].object;

	if (trace->foreign->len && find_foreign(trace, thread, position, ret))
		return true;
	for (uint32_t at = position + 1; at < own->count; at++) {
		const struct order_event *event = &own->events[at];

		if (event->object != object)
			continue;
		if (event->act == ORDER_ACT_RELEASE) {
			*ret = (struct order_point){ thread, at };
			return true;
		}
		if (event->act == ORDER_ACT_HOLD || event->act == ORDER_ACT_HOLD_READ)
			return false;
	}
	return false;
}

const struct order_giver *order_trace_givers(const struct order_trace *trace, uint32_t object,
					     unsigned *count)
{
	const struct order_giver *all = (const struct order_giver *)(void *)trace->givers->data;
	unsigned low = 0, high = trace->givers->len;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (all[middle].object < object)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < trace->givers->len && all[low + *count].object == object)
		++*count;
	return all + low;
}
