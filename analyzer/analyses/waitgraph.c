/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The greatest set of threads of which none can go on unless another one of the set does: all that
 * are blocked without a time limit, less those who can be helped from outside, again and again.
 */
#include "analyzer/analyses/waitgraph.h"

/* Threads that could notify a condition which nobody had ever notified. */
#define GUESSES_MAX 16
/* Threads that join one another, followed so far. */
#define JOINS_MAX 16

bool waitgraph_is_live(const struct thread *thread)
{
	return thread->state != THREAD_EXITED;
}

const struct hold *waitgraph_hold(const struct thread *thread, const struct object *lock)
{
	const struct hold *hold = thread->held;

	while (hold && hold->object != lock)
		hold = hold->next;
	return hold;
}

bool waitgraph_is_idle(const struct waitgraph *graph, const struct thread *thread)
{
	return !waitgraph_is_live(thread) || graph->nodes[thread->index].need != NEED_NOTHING;
}

bool waitgraph_is_waiting_at(const struct waitgraph_node *node, const struct object *object)
{
	return node->need == NEED_SIGNAL && node->object == object;
}

static void add_edge(GArray *edges, unsigned from, unsigned to)
{
	struct digraph_edge edge = { .from = from, .to = to };

	g_array_append_val(edges, edge);
}

static bool has_live_other(const struct waitgraph_node *node)
{
	return node->other && waitgraph_is_live(node->other);
}

/* One that a vertex waits for goes on: can it go on itself? pending: as of find_waiters(). */
static bool is_helped(struct waitgraph *graph, unsigned vertex, unsigned *pending)
{
	struct waitgraph_node *node = &graph->nodes[vertex];

	if (vertex >= graph->count)
		return --pending[vertex - graph->count] == 0;
	if (node->need == NEED_NOTHING)
		return false;
	node->need = NEED_NOTHING;
	graph->outside++;
	return true;
}

/* Somebody outside can help: everybody who waits for him can be helped, and so on. */
static void drop_helped(struct waitgraph *graph, const struct digraph *waiters, GArray *outside,
			unsigned *pending)
{
	while (outside->len) {
		unsigned helper = g_array_index(outside, unsigned, outside->len - 1);

		g_array_set_size(outside, outside->len - 1);
		for (unsigned i = waiters->first[helper]; i < waiters->first[helper + 1]; i++)
			if (is_helped(graph, waiters->targets[i], pending))
				g_array_append_val(outside, waiters->targets[i]);
	}
}

/* Anyone outside may notify, post, wake or arrive: all waits for that can end. */
static void drop_signals(struct waitgraph *graph, GArray *outside)
{
	for (unsigned i = 0; i < graph->count; i++)
		if (graph->nodes[i].need == NEED_SIGNAL && is_helped(graph, i, NULL))
			g_array_append_val(outside, i);
}

/* From each thread and lock to those who wait for it; pending: holders of each lock. */
static void find_waiters(const struct waitgraph *graph, GArray *edges, unsigned *pending)
{
	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->need == NEED_NOTHING)
			continue;
		if (node->lock)
			add_edge(edges, node->lock, i);
		else if (has_live_other(node))
			add_edge(edges, node->other->index, i);
	}
	for (unsigned i = graph->count; i < graph->vertex_count; i++) {
		for (const struct hold *hold = graph->nodes[i].object->holder; hold;
		     hold = hold->next_holder) {
			pending[i - graph->count]++;
			/* One who has exited never releases it. */
			if (waitgraph_is_live(hold->thread))
				add_edge(edges, hold->thread->index, i);
		}
	}
}

static void find_endless(struct waitgraph *graph, const struct process *process)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(struct digraph_edge));
	g_autoptr(GArray) outside = g_array_new(FALSE, FALSE, sizeof(unsigned));
	g_autofree unsigned *pending = g_new0(unsigned, graph->vertex_count - graph->count + 1);
	struct digraph waiters;

	find_waiters(graph, edges, pending);
	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->need != NEED_NOTHING || !waitgraph_is_live(node->thread))
			continue;
		graph->outside++;
		g_array_append_val(outside, i);
	}
	digraph_init(&waiters, graph->vertex_count, (struct digraph_edge *)edges->data, edges->len);
	drop_helped(graph, &waiters, outside, pending);
	/* Who ended the process was free to notify until then. */
	if (graph->outside || process->has_exited) {
		drop_signals(graph, outside);
		drop_helped(graph, &waiters, outside, pending);
	}
	digraph_done(&waiters);
}

/*
 * One who joins has nothing left to tell those whose end he waits for, and one who waits for
 * the same thing needs a notification himself.
 */
static bool could_notify(const struct waitgraph *graph, const struct waitgraph_node *node,
			 const struct waitgraph_node *waiter)
{
	unsigned joins = 0;

	while (node->need == NEED_END && node != waiter && joins++ < JOINS_MAX)
		node = &graph->nodes[node->other->index];
	return node != waiter && node->need != NEED_NOTHING && node->need != NEED_END &&
	       !waitgraph_is_waiting_at(node, waiter->object);
}

/* Returns how many there are, whether they can act or not. */
static unsigned add_notifiers(const struct waitgraph *graph, GArray *edges, unsigned from)
{
	const struct waitgraph_node *waiter = &graph->nodes[from];
	const struct waitgraph_notifiers *notifiers =
		graph->notifiers(graph->context, waiter->object);
	unsigned known = 0;

	for (unsigned i = 0; notifiers && i < notifiers->count; i++) {
		unsigned index = notifiers->list[i].thread->index;
		const struct waitgraph_node *node = &graph->nodes[index];
		/* Has arrived: it is another one that is missing. */
		if (waiter->object->kind == OBJECT_BARRIER &&
		    waitgraph_is_waiting_at(node, waiter->object))
			continue;
		known++;
		if (could_notify(graph, node, waiter))
			add_edge(edges, from, index);
	}
	return known;
}

/* All who hold the lock of a vertex and live but never release it: is there one? */
static bool add_holders(const struct waitgraph *graph, GArray *edges, unsigned vertex)
{
	unsigned before = edges->len;

	for (const struct hold *hold = graph->nodes[vertex].object->holder; hold;
	     hold = hold->next_holder)
		if (waitgraph_is_live(hold->thread) && waitgraph_is_idle(graph, hold->thread))
			add_edge(edges, vertex, hold->thread->index);
	return edges->len > before;
}

/* Python joins a thread by a semaphore that the thread has taken: that one tells nothing. */
static bool is_guess(const struct waitgraph_node *node)
{
	return node->object && node->object->kind != OBJECT_SEMAPHORE && node->need != NEED_SIGNAL;
}

static void drop_guesses(const struct waitgraph *graph, GArray *edges)
{
	struct digraph_edge *list = (struct digraph_edge *)(void *)edges->data;
	unsigned kept = 0;

	for (unsigned i = 0; i < edges->len; i++)
		if (graph->nodes[list[i].from].need != NEED_SIGNAL)
			list[kept++] = list[i];
	g_array_set_size(edges, kept);
}

static void find_edges(struct waitgraph *graph)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(struct digraph_edge));
	unsigned guesses[GUESSES_MAX], guess_count = 0;

	for (unsigned i = 0; i < graph->count && guess_count < GUESSES_MAX; i++)
		if (graph->nodes[i].need != NEED_NOTHING && is_guess(&graph->nodes[i]))
			guesses[guess_count++] = i;
	for (unsigned i = graph->count; i < graph->vertex_count; i++)
		graph->nodes[i].need = add_holders(graph, edges, i) ? NEED_LOCK : NEED_NOTHING;
	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->need == NEED_NOTHING)
			continue;
		if (node->lock && graph->nodes[node->lock].need == NEED_LOCK)
			add_edge(edges, i, node->lock);
		if (has_live_other(node))
			add_edge(edges, i, node->other->index);
		if (node->need != NEED_SIGNAL || add_notifiers(graph, edges, i))
			continue;
		for (unsigned j = 0; j < guess_count; j++)
			add_edge(edges, i, guesses[j]);
	}
	digraph_init(&graph->edges, graph->vertex_count, (struct digraph_edge *)edges->data,
		     edges->len);
	drop_guesses(graph, edges);
	digraph_init(&graph->firm, graph->vertex_count, (struct digraph_edge *)edges->data,
		     edges->len);
}

/* All nodes as they are at first. */
static void begin(struct waitgraph *graph, const struct process *process)
{
	/* Each lock among the vertices has a waiter of its own. */
	graph->nodes = g_new0(struct waitgraph_node, 2 * (size_t)graph->count + 1);
	graph->vertex_count = graph->count;
	graph->outside = 0;
	waitgraph_find_needs(graph, process);
	find_endless(graph, process);
}

/* One who waits for a condition and whose mutex another one holds; he may never release it. */
static bool may_need_mutex(const struct waitgraph_node *node)
{
	const struct wait *wait = &node->thread->wait;

	return node->need == NEED_NOTHING && wait->kind == WAIT_COND && !wait->ends_later &&
	       wait->mutex && wait->mutex->holder && !waitgraph_hold(node->thread, wait->mutex);
}

/*
 * By condition: of the waiters with a time limit that have been notified and have not returned, the one
 * for whom that was last. Its time may have been over before, and the signal another one's.
 */
static GHashTable *find_doubtful(const struct waitgraph *graph)
{
	GHashTable *doubtful = g_hash_table_new(g_direct_hash, g_direct_equal);

	for (unsigned i = 0; i < graph->count; i++) {
		const struct wait *wait = &graph->nodes[i].thread->wait, *other;

		if (wait->kind != WAIT_COND || !wait->is_woken || !wait->is_timed)
			continue;
		other = g_hash_table_lookup(doubtful, wait->object);
		if (!other || other->woken_ns < wait->woken_ns)
			g_hash_table_insert(doubtful, wait->object, (void *)wait);
	}
	return doubtful;
}

/* Nobody is left to notify it, but a signal that seems to have been for another one may have been its. */
static bool may_be_woken(const struct waitgraph_node *node, GHashTable *doubtful)
{
	const struct wait *wait = &node->thread->wait, *other;

	if (node->need != NEED_SIGNAL || wait->kind != WAIT_COND)
		return false;
	other = g_hash_table_lookup(doubtful, wait->object);
	return other && other->woken_ns >= wait->since_ns;
}

/*
 * Whoever notifies, a wait for a condition does not end while its mutex is held: those who could be notified
 * are asked for that too. What was endless stays so, and keeps its reason, unless that is in doubt.
 */
static void ask_for_mutexes(struct waitgraph *graph, const struct process *process)
{
	g_autoptr(GHashTable) doubtful = find_doubtful(graph);
	struct waitgraph_node *before = graph->nodes;
	bool is_asked = false;

	for (unsigned i = 0; i < graph->count; i++)
		is_asked = is_asked || may_need_mutex(&before[i]) ||
			   may_be_woken(&before[i], doubtful);
	if (!is_asked)
		return;
	graph->asks_for_mutexes = true;
	begin(graph, process);
	for (unsigned i = 0; i < graph->count; i++)
		if (before[i].need != NEED_NOTHING &&
		    !(graph->nodes[i].need == NEED_LOCK && may_be_woken(&before[i], doubtful)))
			graph->nodes[i] = before[i];
	g_free(before);
}

void waitgraph_init(struct waitgraph *graph, const struct process *process,
		    waitgraph_notifiers_fn notifiers, const void *context)
{
	*graph = (struct waitgraph){ .count = process->threads->len,
				     .notifiers = notifiers,
				     .context = context };
	begin(graph, process);
	ask_for_mutexes(graph, process);
	find_edges(graph);
}

void waitgraph_done(struct waitgraph *graph)
{
	g_free(graph->nodes);
	digraph_done(&graph->edges);
	digraph_done(&graph->firm);
}
