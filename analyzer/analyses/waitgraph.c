/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The greatest set of threads of which none can go on unless another one of the set does: begin
 * with all that are blocked without a time limit, take out who can be helped from outside,
 * until nothing changes. Inside, rings are looked for.
 */
#include "analyzer/analyses/waitgraph.h"

#include <string.h>

/* Threads that could notify a condition which nobody had ever notified. */
#define GUESSES_MAX 16

static bool is_live(const struct thread *thread)
{
	return thread->state != THREAD_EXITED;
}

static void need_lock(struct waitgraph_node *node, const struct object *lock)
{
	const struct hold *hold = lock ? lock->holder : NULL;

	/* Free, or held since before the trace: it may yet come. */
	if (!hold)
		return;
	/* A robust mutex tells its next owner. */
	if (!is_live(hold->thread) && lock->mutex_kind >= 0 && lock->mutex_kind & MUTEX_ROBUST)
		return;
	node->need = NEED_LOCK;
	node->object = lock;
	node->other = hold->thread;
}

static void need(struct waitgraph_node *node)
{
	const struct wait *wait = &node->thread->wait;

	node->since_ns = wait->since_ns;
	if (wait->kind == WAIT_COND && wait->is_woken) {
		need_lock(node, wait->mutex);
		node->is_woken = true;
		node->since_ns = wait->woken_ns;
	} else if (wait->is_timed) {
		return;
	} else if (wait->kind == WAIT_LOCK) {
		need_lock(node, wait->object);
	} else if (wait->kind == WAIT_JOIN && wait->target && is_live(wait->target)) {
		node->need = NEED_END;
		node->other = wait->target;
	} else if (wait->kind == WAIT_COND) {
		node->need = NEED_SIGNAL;
		node->object = wait->object;
	}
}

static void add_edge(GArray *edges, unsigned from, unsigned to)
{
	struct digraph_edge edge = { .from = from, .to = to };

	g_array_append_val(edges, edge);
}

static bool has_live_other(const struct waitgraph_node *node)
{
	return node->other && is_live(node->other);
}

/* Somebody outside can help: everybody who waits for him can be helped, and so on. */
static void drop_helped(struct waitgraph *graph, const struct digraph *waiters, GArray *outside)
{
	while (outside->len) {
		unsigned helper = g_array_index(outside, unsigned, outside->len - 1);

		g_array_set_size(outside, outside->len - 1);
		for (unsigned i = waiters->first[helper]; i < waiters->first[helper + 1]; i++) {
			struct waitgraph_node *node = &graph->nodes[waiters->targets[i]];
			if (node->need == NEED_NOTHING)
				continue;
			node->need = NEED_NOTHING;
			graph->outside++;
			g_array_append_val(outside, waiters->targets[i]);
		}
	}
}

/* Anyone outside may notify any condition: all waits for one can end. */
static void drop_signals(struct waitgraph *graph, GArray *outside)
{
	for (unsigned i = 0; i < graph->count; i++) {
		if (graph->nodes[i].need != NEED_SIGNAL)
			continue;
		graph->nodes[i].need = NEED_NOTHING;
		graph->outside++;
		g_array_append_val(outside, i);
	}
}

static void find_endless(struct waitgraph *graph, const struct process *process)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(struct digraph_edge));
	g_autoptr(GArray) outside = g_array_new(FALSE, FALSE, sizeof(unsigned));
	struct digraph waiters;

	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (has_live_other(node))
			add_edge(edges, node->other->index, i);
		if (node->need != NEED_NOTHING || !is_live(node->thread))
			continue;
		graph->outside++;
		g_array_append_val(outside, i);
	}
	digraph_init(&waiters, graph->count, (struct digraph_edge *)edges->data, edges->len);
	drop_helped(graph, &waiters, outside);
	/* Who ended the process was free to notify until then. */
	if (graph->outside || process->has_exited) {
		drop_signals(graph, outside);
		drop_helped(graph, &waiters, outside);
	}
	digraph_done(&waiters);
}

/*
 * A thread that joins has nothing left to tell the one it joins, and one that waits for the
 * same condition needs a notification itself.
 */
static bool could_notify(const struct waitgraph_node *node, const struct object *condition)
{
	return node->need == NEED_LOCK || (node->need == NEED_SIGNAL && node->object != condition);
}

static unsigned add_notifiers(const struct waitgraph *graph, GArray *edges, unsigned from,
			      const struct waitgraph_notifiers *notifiers)
{
	for (unsigned i = 0; notifiers && i < notifiers->count; i++) {
		unsigned index = notifiers->list[i].thread->index;
		if (index != from && could_notify(&graph->nodes[index], graph->nodes[from].object))
			add_edge(edges, from, index);
	}
	return notifiers ? notifiers->count : 0;
}

static void find_edges(struct waitgraph *graph, waitgraph_notifiers_fn notifiers,
		       const void *context)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(struct digraph_edge));
	unsigned guesses[GUESSES_MAX], guess_count = 0;

	for (unsigned i = 0; i < graph->count && guess_count < GUESSES_MAX; i++)
		if (graph->nodes[i].need == NEED_LOCK)
			guesses[guess_count++] = i;
	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->need != NEED_NOTHING && has_live_other(node))
			add_edge(edges, i, node->other->index);
		if (node->need != NEED_SIGNAL ||
		    add_notifiers(graph, edges, i, notifiers(context, node->object)))
			continue;
		for (unsigned j = 0; j < guess_count; j++)
			add_edge(edges, i, guesses[j]);
	}
	digraph_init(&graph->edges, graph->count, (struct digraph_edge *)edges->data, edges->len);
}

void waitgraph_init(struct waitgraph *graph, const struct process *process,
		    waitgraph_notifiers_fn notifiers, const void *context)
{
	*graph = (struct waitgraph){ .count = process->threads->len };
	graph->nodes = g_new0(struct waitgraph_node, graph->count + 1);
	for (unsigned i = 0; i < graph->count; i++) {
		graph->nodes[i].thread = process->threads->pdata[i];
		if (is_live(graph->nodes[i].thread))
			need(&graph->nodes[i]);
	}
	find_endless(graph, process);
	find_edges(graph, notifiers, context);
}

void waitgraph_done(struct waitgraph *graph)
{
	g_free(graph->nodes);
	digraph_done(&graph->edges);
}

/* Give group to all that wait, through others, for a member. */
static void mark_behind(struct waitgraph *graph, const struct digraph *waiters,
			const GArray *members, unsigned group)
{
	g_autoptr(GArray) todo = g_array_new(FALSE, FALSE, sizeof(unsigned));

	for (unsigned i = 0; i < members->len; i++) {
		unsigned member = g_array_index(members, unsigned, i);
		graph->nodes[member].group = group;
		graph->nodes[member].is_inside = true;
		g_array_append_val(todo, member);
	}
	while (todo->len) {
		unsigned at = g_array_index(todo, unsigned, todo->len - 1);

		g_array_set_size(todo, todo->len - 1);
		for (unsigned i = waiters->first[at]; i < waiters->first[at + 1]; i++) {
			struct waitgraph_node *node = &graph->nodes[waiters->targets[i]];
			if (node->group)
				continue;
			node->group = group;
			g_array_append_val(todo, waiters->targets[i]);
		}
	}
}

/* The shortest way from start back to start inside its component; NULL where there is none. */
static GArray *shortest_ring(const struct waitgraph *graph, const unsigned *component,
			     unsigned *from, unsigned start)
{
	const struct digraph *edges = &graph->edges;
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(unsigned));

	g_array_append_val(queue, start);
	for (unsigned next = 0; next < queue->len; next++) {
		unsigned node = g_array_index(queue, unsigned, next);

		for (unsigned i = edges->first[node]; i < edges->first[node + 1]; i++) {
			unsigned target = edges->targets[i];
			if (component[target] != component[start] || from[target] != G_MAXUINT)
				continue;
			from[target] = node;
			g_array_append_val(queue, target);
		}
		if (from[start] != G_MAXUINT)
			break;
	}
	if (from[start] == G_MAXUINT)
		return NULL;
	GArray *ring = g_array_new(FALSE, FALSE, sizeof(unsigned));
	/* Backwards from the last to the first, then turned round. */
	for (unsigned node = from[start]; node != start; node = from[node])
		g_array_append_val(ring, node);
	g_array_append_val(ring, start);
	for (unsigned i = 0; i < ring->len / 2; i++) {
		unsigned *left = &g_array_index(ring, unsigned, i);
		unsigned *right = &g_array_index(ring, unsigned, ring->len - 1 - i);
		unsigned kept = *left;
		*left = *right;
		*right = kept;
	}
	return ring;
}

GPtrArray *waitgraph_rings(struct waitgraph *graph)
{
	GPtrArray *rings = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autofree unsigned *component = g_new(unsigned, graph->count + 1);
	g_autofree unsigned *from = g_new(unsigned, graph->count + 1);
	g_autofree bool *is_done = g_new0(bool, graph->count + 1);
	struct digraph waiters;

	components_find(&graph->edges, component);
	memset(from, 0xff, graph->count * sizeof(*from));
	for (unsigned i = 0; i < graph->count; i++) {
		if (graph->nodes[i].need == NEED_NOTHING || is_done[component[i]])
			continue;
		is_done[component[i]] = true;
		GArray *ring = shortest_ring(graph, component, from, i);
		if (ring)
			g_ptr_array_add(rings, ring);
	}
	digraph_init_reverse(&waiters, &graph->edges);
	for (unsigned i = 0; i < rings->len; i++)
		mark_behind(graph, &waiters, rings->pdata[i], i + 1);
	digraph_done(&waiters);
	return rings;
}

GPtrArray *waitgraph_dead_ends(struct waitgraph *graph, unsigned ring_count)
{
	GPtrArray *ends = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GHashTable) by_object = g_hash_table_new(g_direct_hash, g_direct_equal);
	const struct digraph *edges = &graph->edges;
	struct digraph waiters;

	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->need == NEED_NOTHING || node->group ||
		    edges->first[i] != edges->first[i + 1])
			continue;
		GArray *end = g_hash_table_lookup(by_object, node->object);
		if (!end) {
			end = g_array_new(FALSE, FALSE, sizeof(unsigned));
			g_ptr_array_add(ends, end);
			g_hash_table_insert(by_object, (void *)node->object, end);
		}
		g_array_append_val(end, i);
	}
	digraph_init_reverse(&waiters, &graph->edges);
	for (unsigned i = 0; i < ends->len; i++)
		mark_behind(graph, &waiters, ends->pdata[i], ring_count + i + 1);
	digraph_done(&waiters);
	return ends;
}
