/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of deadlocks remembers; between its files only. */
#ifndef ANALYZER_ANALYSES_DEADLOCK_H
#define ANALYZER_ANALYSES_DEADLOCK_H

#include "analyzer/analyses/lostwakeup.h"
#include "analyzer/analyses/waitgraph.h"
#include "analyzer/analyses/wording.h"

#define DEADLOCK_USERS 4

/* The first threads that took a lock: index + 1 in their process, 0 none. */
struct deadlock_users {
	uint32_t list[DEADLOCK_USERS];
};

/* One process being reported. */
struct deadlock_process {
	struct wording wording;
	const struct process *process;
	struct waitgraph graph;
	const struct lostwakeup *lost;
	waitgraph_notifiers_fn notifiers;
	/* Who took a lock, or NULL. */
	const struct deadlock_users *(*users)(const void *context, const struct object *object);
	const void *context;
};

/* A ring of threads: indices of nodes, each waits for the next. group: theirs. */
void deadlock_report_ring(const struct deadlock_process *process, const GArray *ring,
			  unsigned group);
/*
 * Rings that threads saw themselves and that are not among the first ring_count groups: they go through
 * other processes.
 */
void deadlock_report_found(const struct deadlock_process *process, unsigned ring_count);
/* When a member saw the ring that it is in, as a note; if it did. */
void deadlock_add_found(const struct deadlock_process *process, struct finding *finding,
			const struct thread *thread);
/* Threads that wait for what nobody can give. */
void deadlock_report_dead_end(const struct deadlock_process *process, const GArray *end,
			      unsigned group);

/* How one speaks of what threads do with objects of a kind. */
struct deadlock_verbs {
	const char *holds, *hold;	  /* of one, of several; NULL: nobody holds such a thing */
	const char *which, *could;	  /* around the name of who could end a wait */
	const char *end_it;		  /* what nobody is left to do */
	const char *had, *did, *did_many; /* what was done, the last two in a step */
};

/* Names of all holders of a lock who never release it. Free it with g_ptr_array_unref(). */
GPtrArray *deadlock_idle_holders(const struct deadlock_process *process, const struct object *lock);

/* Words that both need. */
const struct deadlock_verbs *deadlock_verbs(const struct object *object);
const char *deadlock_thread(const struct deadlock_process *process, const struct thread *thread);
/* Behind "waits": "for A", "for A for writing", "for the end of one", "at barrier B". */
const char *deadlock_awaited(const struct deadlock_process *process,
			     const struct waitgraph_node *node);
/* With its kind before it where a name alone would mislead: "semaphore items". */
const char *deadlock_object(const struct deadlock_process *process, const struct object *object);
/* A new error about process, of threads that never go on. */
struct finding *deadlock_finding(const struct deadlock_process *process, const char *rule);
/* "waits for", its object and its place, as a step. */
void deadlock_add_wait(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *node);
/* That a thread holds a lock, or took a semaphore, as a step. */
void deadlock_add_hold(const struct deadlock_process *process, struct finding *finding,
		       const struct thread *thread, const struct object *lock);
/* What hangs on the finding, and what makes it doubtful, as notes. */
void deadlock_add_notes(const struct deadlock_process *process, struct finding *finding,
			unsigned group);
/* The signal that the wait of node came too late for, or NULL. */
const struct lostwakeup_missed *deadlock_missed(const struct deadlock_process *process,
						const struct waitgraph_node *node);
/* What identifies the wait of a node in every run. */
const char *deadlock_identity(const struct deadlock_process *process,
			      const struct waitgraph_node *node);

#endif
