/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each waiting thread needs to go on. */
#include "analyzer/analyses/waitgraph.h"

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
	/* A native lock that others release: anybody may. */
	if (lock->is_handed)
		return;
	if (!waitgraph_is_live(hold->thread) && lock->mutex_kind >= 0 &&
	    lock->mutex_kind & MUTEX_ROBUST)
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
	if (owner && !waitgraph_is_live(owner) && !graph->notifiers(graph->context, semaphore))
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

/* Woken, or at its limit, it needs the mutex again; a recursive one it may hold still. */
static void need_cond(const struct waitgraph *graph, struct waitgraph_node *node)
{
	const struct wait *wait = &node->thread->wait;
	bool is_due = wait->is_woken || wait->is_timed;

	if ((is_due || graph->asks_for_mutexes) &&
	    (!wait->mutex || !waitgraph_hold(node->thread, wait->mutex)))
		need_lock(node, wait->mutex);
	if (!is_due && node->need == NEED_NOTHING)
		need_signal(graph, node);
}

/* Rwlocks come later: their waiters depend on one another. */
static void need(const struct waitgraph *graph, struct waitgraph_node *node)
{
	const struct wait *wait = &node->thread->wait;

	node->is_woken = wait->kind == WAIT_COND && wait->is_woken;
	node->since_ns = node->is_woken ? wait->woken_ns : wait->since_ns;
	if (wait->ends_later || (wait->is_timed && wait->kind != WAIT_COND))
		return;
	switch (wait->kind) {
	case WAIT_LOCK:
		if (!wait->object->holder)
			need_parent(node, wait->object);
		else if (wait->object->kind != OBJECT_RWLOCK)
			need_lock(node, wait->object);
		break;
	case WAIT_JOIN:
		if (wait->target && waitgraph_is_live(wait->target))
			set_need(node, NEED_END, NULL, wait->target);
		break;
	case WAIT_COND:
		need_cond(graph, node);
		break;
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
			if (waitgraph_is_live(waiter) && !waiter->wait.is_timed &&
			    !waiter->wait.ends_later)
				need_rwlock(graph, lock, &graph->nodes[waiter->index], writer);
		if (lock->holder->next_holder)
			graph->nodes[graph->vertex_count++].object = lock;
	}
}

void waitgraph_find_needs(struct waitgraph *graph, const struct process *process)
{
	for (unsigned i = 0; i < graph->count; i++) {
		graph->nodes[i].thread = process->threads->pdata[i];
		if (waitgraph_is_live(graph->nodes[i].thread))
			need(graph, &graph->nodes[i]);
	}
	need_rwlocks(graph, process);
}
