/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks through the states of the program for one that meets a goal, where the closure fails. */
#ifndef ANALYZER_ANALYSES_ORDER_SEARCH_H
#define ANALYZER_ANALYSES_ORDER_SEARCH_H

#include <glib.h>

#include "analyzer/analyses/order_goal.h"
#include "analyzer/analyses/order_world.h"

struct order_search {
	struct order_world *world; /* Weak: keeps changes; the search begins where it is */
	const struct order_goal *goal;
	uint64_t *states; /* how many may still be visited */
	GArray *path;	  /* uint32_t, threads in the order in which they went. Owned by this */
};

enum order_found { ORDER_FOUND, ORDER_EXHAUSTED, ORDER_CUT_SHORT };

void order_search_init(struct order_search *search, struct order_world *world,
		       const struct order_goal *goal, uint64_t *states);
void order_search_done(struct order_search *search);

/* Where a state is found the world is in it, and path is the way there. */
enum order_found order_search_run(struct order_search *search);

#endif
