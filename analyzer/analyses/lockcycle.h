/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles of locks and other things to wait for: each requested by who has, or owes, the one before. */
#ifndef ANALYZER_ANALYSES_LOCKCYCLE_H
#define ANALYZER_ANALYSES_LOCKCYCLE_H

#include "analyzer/analyses/lockgraph.h"
#include "analyzer/analyses/order_trace.h"

#define LOCKCYCLE_MAX 6

/*
 * Objects by id; the end of a thread is model's object_count + the thread's id. The requests of i are
 * those for i + 1 (the first one after the last) by threads that hold lock i; or that later
 * signal condition i, post semaphore i, arrive at barrier i; or that are thread i. There is at
 * least one.
 */
struct lockcycle {
	unsigned length;
	uint32_t objects[LOCKCYCLE_MAX];
	const struct lock_request *const *requests[LOCKCYCLE_MAX];
	unsigned request_counts[LOCKCYCLE_MAX];
};

struct lockcycle_search;

/* What can be on a cycle. graph and model have to outlive it. */
struct lockcycle_search *lockcycle_new(const struct lockgraph *graph,
				       const struct order_model *model);
void lockcycle_free(struct lockcycle_search *search); /* NULL is allowed */

/* Mark the requests, by number, that can be on a cycle. Returns whether there are any. */
bool lockcycle_mark(const struct lockcycle_search *search, bool *marks);

typedef void (*lockcycle_fn)(void *context, const struct lockcycle *cycle);

/*
 * Call fn for each cycle of up to LOCKCYCLE_MAX objects, short ones first, each one once. Returns
 * whether these were all: there may be more than anybody can count.
 */
bool lockcycle_find(struct lockcycle_search *search, lockcycle_fn fn, void *context);

#endif
