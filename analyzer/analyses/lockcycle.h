/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles of locks: each one requested while the one before it is held. */
#ifndef ANALYZER_ANALYSES_LOCKCYCLE_H
#define ANALYZER_ANALYSES_LOCKCYCLE_H

#include "analyzer/analyses/lockgraph.h"

#define LOCKCYCLE_MAX 6

/*
 * Locks by id. The requests of i are those for lock i + 1 (the first one after the
 * last) while lock i is held, whoever made them; there is at least one.
 */
struct lockcycle {
	unsigned length;
	uint32_t objects[LOCKCYCLE_MAX];
	const struct lock_request *const *requests[LOCKCYCLE_MAX];
	unsigned request_counts[LOCKCYCLE_MAX];
};

typedef void (*lockcycle_fn)(void *context, const struct lockcycle *cycle);

/*
 * Call fn for each cycle of up to LOCKCYCLE_MAX locks, short ones first, each one once. Returns
 * whether these were all: there may be more than anybody can count.
 */
bool lockcycle_find(const struct lockgraph *graph, unsigned object_count, lockcycle_fn fn,
		    void *context);

#endif
