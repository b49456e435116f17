/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who waits for ever at the end of a trace, and for whom: one process. */
#ifndef ANALYZER_ANALYSES_WAITGRAPH_H
#define ANALYZER_ANALYSES_WAITGRAPH_H

#include "analyzer/analyses/components.h"
#include "analyzer/model.h"

enum waitgraph_need {
	NEED_NOTHING, /* not blocked, or its wait can end */
	NEED_LOCK,    /* object: a lock, or a semaphore that serves as one; its holders */
	NEED_TURN,    /* object: an rwlock that readers hold; other: a writer who comes before */
	NEED_PARENT,  /* object: a lock that a thread of the parent held at the fork; nobody */
	NEED_END,     /* other: the thread it joins */
	NEED_SIGNAL   /* object: a condition, semaphore or futex, or a barrier's last parties */
};

struct waitgraph_node {
	const struct thread *thread;
	enum waitgraph_need need; /* NEED_NOTHING: it does not wait for ever */
	const struct object *object;
	const struct thread *other; /* the one who has to act, NULL where not one alone */
	unsigned lock; /* its vertex, where all holders of object have to act; else 0 */
	const struct inherited_hold *inherited; /* NEED_PARENT */
	int64_t since_ns;
	bool is_woken;	/* NEED_LOCK: woken from a condition, needs the mutex again */
	unsigned group; /* ring or dead end that it belongs to or waits behind, 0 none */
	bool is_inside; /* belongs to it */
	bool is_mixed;	/* in a ring of which not all wait to be notified, posted or woken */
};

/*
 * Threads that had notified a condition, posted a semaphore, woken a futex or waited at a
 * barrier; the first WAITGRAPH_NOTIFIERS are kept.
 */
#define WAITGRAPH_NOTIFIERS 64

struct waitgraph_notifiers {
	struct waitgraph_notifier {
		const struct thread *thread;
		int64_t time_ns; /* of the latest time */
		struct place place;
		bool is_broadcast;
	} * list; /* Owned by this */
	unsigned count;
	unsigned latest; /* who came last */
};

/* Those of an object, or NULL. */
typedef const struct waitgraph_notifiers *(*waitgraph_notifiers_fn)(const void *context,
								    const struct object *object);

struct waitgraph {
	/* By thread->index; behind those the rwlocks with several holders. Owned by this */
	struct waitgraph_node *nodes;
	unsigned count; /* of threads */
	unsigned vertex_count;
	unsigned outside;      /* live threads that do not wait for ever */
	bool asks_for_mutexes; /* all who wait for a condition need its mutex, woken or not */
	struct digraph edges;  /* from a thread to those who could end its wait */
	struct digraph firm;   /* the same without who might signal, post or arrive */
	waitgraph_notifiers_fn notifiers;
	const void *context;
};

/* One process after model_finish(). Linear in threads and holds. */
void waitgraph_init(struct waitgraph *graph, const struct process *process,
		    waitgraph_notifiers_fn notifiers, const void *context);
void waitgraph_done(struct waitgraph *graph);

bool waitgraph_is_live(const struct thread *thread);

/* What each thread needs, as far as it can be known; between the files of this room. */
void waitgraph_find_needs(struct waitgraph *graph, const struct process *process);

/* The hold of lock that is thread's, or NULL. */
const struct hold *waitgraph_hold(const struct thread *thread, const struct object *lock);
/* Will thread do nothing more: it has exited or waits for ever? */
bool waitgraph_is_idle(const struct waitgraph *graph, const struct thread *thread);
/* Waits for object to be notified, posted or woken, or at the barrier that it is. */
bool waitgraph_is_waiting_at(const struct waitgraph_node *node, const struct object *object);

#endif
