/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who waits for ever at the end of a trace, and for whom: one process. */
#ifndef ANALYZER_ANALYSES_WAITGRAPH_H
#define ANALYZER_ANALYSES_WAITGRAPH_H

#include "analyzer/analyses/components.h"
#include "analyzer/model.h"

enum waitgraph_need {
	NEED_NOTHING, /* not blocked, or its wait can end */
	NEED_LOCK,    /* object: a lock; other: its holder */
	NEED_END,     /* other: the thread it joins */
	NEED_SIGNAL   /* object: a condition */
};

struct waitgraph_node {
	const struct thread *thread;
	enum waitgraph_need need; /* NEED_NOTHING: it does not wait for ever */
	const struct object *object;
	const struct thread *other; /* NULL for NEED_SIGNAL */
	int64_t since_ns;
	bool is_woken;	/* NEED_LOCK: woken from a condition, needs the mutex again */
	unsigned group; /* ring or dead end that it belongs to or waits behind, 0 none */
	bool is_inside; /* belongs to it */
};

/* Threads that had notified a condition; at most WAITGRAPH_NOTIFIERS are kept. */
#define WAITGRAPH_NOTIFIERS 8

struct waitgraph_notifiers {
	struct waitgraph_notifier {
		const struct thread *thread;
		int64_t time_ns; /* of its latest signal */
		struct place place;
		bool is_broadcast;
	} list[WAITGRAPH_NOTIFIERS];
	unsigned count;
};

/* Those of a condition, or NULL. */
typedef const struct waitgraph_notifiers *(*waitgraph_notifiers_fn)(const void *context,
								    const struct object *object);

struct waitgraph {
	struct waitgraph_node *nodes; /* by thread->index. Owned by this */
	unsigned count;
	unsigned outside;     /* live threads that do not wait for ever */
	struct digraph edges; /* from a thread to those who could end its wait */
};

/* One process after model_finish(). Linear in threads. */
void waitgraph_init(struct waitgraph *graph, const struct process *process,
		    waitgraph_notifiers_fn notifiers, const void *context);
void waitgraph_done(struct waitgraph *graph);

/*
 * The rings: for each one a GArray of node indices, each waits for the next, the last for
 * the first; sorted by their first thread. The nodes of ring n get group n + 1, and so do those
 * that wait behind it. The caller unrefs.
 */
GPtrArray *waitgraph_rings(struct waitgraph *graph);

/*
 * What is left: groups of threads that wait for the same thing, which nobody can give. To be
 * called after waitgraph_rings(); groups are numbered on from there.
 */
GPtrArray *waitgraph_dead_ends(struct waitgraph *graph, unsigned ring_count);

#endif
