/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a cycle claims: threads each of which is at a request that only another one of them ends. */
#ifndef ANALYZER_ANALYSES_ORDER_GOAL_H
#define ANALYZER_ANALYSES_ORDER_GOAL_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/lockgraph.h"
#include "analyzer/analyses/order_trace.h"
#include "analyzer/analyses/order_world.h"

#define ORDER_MEMBERS_MAX 6

struct order_member {
	const struct lock_request *request;
	/* Where the thread makes it: before which of its events. */
	const uint32_t *positions;
	uint32_t count;
};

struct order_goal {
	const struct order_trace *trace;
	unsigned length;
	struct order_member members[ORDER_MEMBERS_MAX];
	/* A reader waits where others read: a writer waits in between, and the lock prefers those. */
	bool is_by_policy;
};

/*
 * The requests in the order of a ring, each of which waits for the one after it. False: one of them
 * is never made before what the one before it waits for.
 */
bool order_goal_init(struct order_goal *goal, const struct order_trace *trace, unsigned length,
		     const struct lock_request *const *requests);

enum order_met {
	ORDER_NOT_MET,
	ORDER_HELPED, /* but another thread may still end one of the waits */
	ORDER_MET
};

/* Is each of them at its request, and does it have to wait there for ever? */
enum order_met order_goal_look(const struct order_goal *goal, const struct order_world *world);

/*
 * The signal that in the trace ended the wait of thread before which it is at position. False: none
 * did, so that nothing is known about who would.
 */
bool order_goal_signal(const struct order_trace *trace, uint32_t thread, uint32_t position,
		       struct order_point *ret);

/* Is thread a member that is at its request? */
bool order_goal_is_there(const struct order_goal *goal, const struct order_world *world,
			 uint32_t thread);

#endif
