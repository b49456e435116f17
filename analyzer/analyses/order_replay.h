/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events happen in the order of the trace, and it is seen whether they can. */
#ifndef ANALYZER_ANALYSES_ORDER_REPLAY_H
#define ANALYZER_ANALYSES_ORDER_REPLAY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/order_world.h"

/*
 * From the start of world on: the first done[thread] events of each thread (NULL: all of them)
 * as far as their number in the log is below end. Returns false at the first one that cannot happen.
 */
bool order_replay(struct order_world *world, const uint32_t *done, uint32_t end);
/* Back to the start, after whatever has happened since. */
void order_replay_undo(struct order_world *world);

/*
 * How a state was come to: NULL in the order of the trace, else by path after what order_replay()
 * did.
 */
struct order_way {
	const uint32_t *done; /* Weak */
	uint32_t begun;
	const GArray *path; /* uint32_t: threads */
};

/* Sorts the events that have happened by when they did. */
uint64_t order_way_rank(const struct order_way *way, const struct order_world *world,
			uint32_t thread, uint32_t position);

#endif
