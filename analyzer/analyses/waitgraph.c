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

static bool is_live(const struct thread *thread)
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
	return !is_live(thread) || graph->nodes[thread->index].need != NEED_NOTHING;
}

bool waitgraph_is_waiting_at(const struct waitgraph_node *node, const struct object *object)
{
	return node->need == NEED_SIGNAL && node->object == object;
}

static void set_need(struct waitgraph_node *node, enum waitgraph_need need,
		     const struct object *object, const struct thread *other)
{
	node->need = need;
	node->object = object;
	node->other = other;
}

/* A lock that no thread of this process has held: did one of the parent, at the fork? */
static void need_parent(struct waitgraph_node *node, const struct object *lock)
{
	const GArray *inherited = node->thread->process->inherited;

	/* Not if the child has made it anew. */
	if (!inherited || lock->last_holder || lock->init_place.process == lock->process)
		return;
	for (unsigned i = 0; i < inherited->len; i++) {
		const struct inherited_hold *hold =
			&g_array_index(inherited, struct inherited_hold, i);
		if (hold->address != lock->address || hold->object->kind != lock->kind)
			continue;
		set_need(node, NEED_PARENT, lock, NULL);
		node->inherited = hold;
		return;
	}
}

static void need_lock(struct waitgraph_node *node, const struct object *lock)
{
	const struct hold *hold = lock ? lock->holder : NULL;

	/* Free, or held since before the trace: it may yet come. A robust mutex tells its owner. */
	if (!hold)
		return;
	if (!is_live(hold->thread) && lock->mutex_kind >= 0 && lock->mutex_kind & MUTEX_ROBUST)
		return;
	set_need(node, NEED_LOCK, lock, hold->thread);
}

static void need_semaphore(const struct waitgraph *graph, struct waitgraph_node *node)
{
	const struct object *semaphore = node->thread->wait.object;
	const struct thread *owner = semaphore->is_lock_like ? semaphore->owner : NULL;

	if (semaphore->count > 0)
		return;
	/* Who takes it twice leaves the post to somebody else, as conditions of Python do. */
	if (owner == node->thread)
		owner = NULL;
	/* Who exits may have left it to somebody else too, unless takers have posted before. */
	if (owner && !is_live(owner) && !graph->notifiers(graph->context, semaphore))
		owner = NULL;
	set_need(node, owner ? NEED_LOCK : NEED_SIGNAL, semaphore, owner);
}

/* Others may have it in their memory; variables of a program are its own, whatever it says. */
static bool is_elsewhere(const struct object *object)
{
	return object->is_shared && !process_module(object->process, object->address);
}

static void need_signal(const struct waitgraph *graph, struct waitgraph_node *node)
{
	const struct wait *wait = &node->thread->wait;

	/* On its way already, or it may come from another process. */
	if (wait->is_woken || is_elsewhere(wait->object))
		return;
	if (wait->kind == WAIT_SEMAPHORE)
		need_semaphore(graph, node);
	else
		set_need(node, NEED_SIGNAL, wait->object, NULL);
}

/* Rwlocks come later: their waiters depend on one another. */
static void need(const struct waitgraph *graph, struct waitgraph_node *node)
{
	const struct wait *wait = &node->thread->wait;

	node->is_woken = wait->kind == WAIT_COND && wait->is_woken;
	node->since_ns = node->is_woken ? wait->woken_ns : wait->since_ns;
	/* Woken, or at its limit, it needs the mutex again; a recursive one it may hold still. */
	if (wait->kind == WAIT_COND && (wait->is_woken || wait->is_timed) && !wait->ends_later) {
		if (!wait->mutex || !waitgraph_hold(node->thread, wait->mutex))
			need_lock(node, wait->mutex);
		return;
	}
	if (wait->is_timed || wait->ends_later)
		return;
	switch (wait->kind) {
	case WAIT_LOCK:
		if (!wait->object->holder)
			need_parent(node, wait->object);
		else if (wait->object->kind != OBJECT_RWLOCK)
			need_lock(node, wait->object);
		break;
	case WAIT_JOIN:
		if (wait->target && is_live(wait->target))
			set_need(node, NEED_END, NULL, wait->target);
		break;
	case WAIT_COND:
	case WAIT_SEMAPHORE:
	case WAIT_BARRIER:
	case WAIT_FUTEX:
		need_signal(graph, node);
		break;
	default: /* it runs, or waits for what is outside of the process */
		break;
	}
}

/* The first in line who wants to write and will not give up. */
static const struct thread *first_writer(const struct object *lock)
{
	const struct thread *waiter = lock->waiters;

	while (waiter && (waiter->wait.is_read || waiter->wait.is_timed || waiter->wait.ends_later))
		waiter = waiter->next_waiter;
	return waiter;
}

static void need_rwlock(struct waitgraph *graph, const struct object *lock,
			struct waitgraph_node *node, const struct thread *writer)
{
	bool is_turn = node->thread->wait.is_read && lock->holder->is_read;

	if (waitgraph_hold(node->thread, lock) && !is_turn) {
		/* It waits for itself, whatever the other holders do. */
		set_need(node, NEED_LOCK, lock, node->thread);
	} else if (is_turn) {
		/* Readers let it in, unless the lock keeps that place for a writer. */
		bool may_pass = lock->rwlock_kind >= 0 &&
				(lock->rwlock_kind & RWLOCK_PREFERENCE_MASK) !=
					RWLOCK_PREFER_WRITER;
		if (writer && !may_pass)
			set_need(node, NEED_TURN, lock, writer);
	} else if (!lock->holder->next_holder) {
		set_need(node, NEED_LOCK, lock, lock->holder->thread);
	} else {
		set_need(node, NEED_LOCK, lock, NULL);
		node->lock = graph->vertex_count;
	}
}

/* All waiters of a lock at once, so that a long line takes no more than its length. */
static void need_rwlocks(struct waitgraph *graph, const struct process *process)
{
	for (unsigned i = 0; i < process->objects->len; i++) {
		const struct object *lock = process->objects->pdata[i];
		if (lock->kind != OBJECT_RWLOCK || !lock->holder || !lock->waiters)
			continue;
		const struct thread *writer = first_writer(lock);
		for (const struct thread *waiter = lock->waiters; waiter;
		     waiter = waiter->next_waiter)
			if (is_live(waiter) && !waiter->wait.is_timed && !waiter->wait.ends_later)
				need_rwlock(graph, lock, &graph->nodes[waiter->index], writer);
		if (lock->holder->next_holder)
			graph->nodes[graph->vertex_count++].object = lock;
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
			if (is_live(hold->thread))
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
		if (node->need != NEED_NOTHING || !is_live(node->thread))
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
		if (is_live(hold->thread) && waitgraph_is_idle(graph, hold->thread))
			add_edge(edges, vertex, hold->thread->index);
	return edges->len > before;
}

/* Python joins a thread by a semaphore that the thread has taken: that one tells nothing. */
static bool is_guess(const struct waitgraph_node *node)
{
	return node->object && node->object->kind != OBJECT_SEMAPHORE && node->need != NEED_SIGNAL;
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
}

void waitgraph_init(struct waitgraph *graph, const struct process *process,
		    waitgraph_notifiers_fn notifiers, const void *context)
{
	*graph = (struct waitgraph){ .count = process->threads->len,
				     .vertex_count = process->threads->len,
				     .notifiers = notifiers,
				     .context = context };
	/* Each lock among them has a waiter of its own. */
	graph->nodes = g_new0(struct waitgraph_node, 2 * (size_t)graph->count + 1);
	for (unsigned i = 0; i < graph->count; i++) {
		graph->nodes[i].thread = process->threads->pdata[i];
		if (is_live(graph->nodes[i].thread))
			need(graph, &graph->nodes[i]);
	}
	need_rwlocks(graph, process);
	find_endless(graph, process);
	find_edges(graph);
}

void waitgraph_done(struct waitgraph *graph)
{
	g_free(graph->nodes);
	digraph_done(&graph->edges);
}
