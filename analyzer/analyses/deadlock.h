/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of deadlocks remembers; between its files only. */
#ifndef ANALYZER_ANALYSES_DEADLOCK_H
#define ANALYZER_ANALYSES_DEADLOCK_H

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
	waitgraph_notifiers_fn notifiers;
	/* Who took a lock, or NULL. */
	const struct deadlock_users *(*users)(const void *context, const struct object *object);
	const void *context;
};

/* A ring of threads: nodes as waitgraph_rings() gives them. group: theirs in the graph. */
void deadlock_report_ring(const struct deadlock_process *process, const GArray *ring,
			  unsigned group);
/* Threads that wait for what nobody can give. */
void deadlock_report_dead_end(const struct deadlock_process *process, const GArray *end,
			      unsigned group);

/* Words that both need. */
const char *deadlock_need(const struct deadlock_process *process,
			  const struct waitgraph_node *node);
enum certainty deadlock_certainty(const struct deadlock_process *process);
/* "waits for", its object and its place, as a step. */
void deadlock_add_wait(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *node);
/* What hangs on the finding, and what makes it doubtful, as notes. */
void deadlock_add_notes(const struct deadlock_process *process, struct finding *finding,
			unsigned group);
/* What identifies the wait of a node in every run. */
const char *deadlock_identity(const struct deadlock_process *process,
			      const struct waitgraph_node *node);

#endif
