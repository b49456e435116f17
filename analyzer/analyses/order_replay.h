/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events happen in the order of the trace, and it is seen whether they can. */
#ifndef ANALYZER_ANALYSES_ORDER_REPLAY_H
#define ANALYZER_ANALYSES_ORDER_REPLAY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/order_closure.h"
#include "analyzer/analyses/order_world.h"

/* States of the trace as it was, some thousand events apart. Zeroed memory has none yet. */
struct order_stations {
	GPtrArray *cells; /* uint32_t: those of the world, Owned by this; NULL none yet */
	uint32_t apart;	  /* entries of the log from one to the next */
};

void order_stations_done(struct order_stations *stations);

/* Bring world to where the trace was before the entry of that number, for the price of some events. */
void order_stations_go(struct order_stations *stations, struct order_world *world, uint32_t number);

/*
 * From where world is, on to what the closure has of each thread. False: the next event of thread
 * *blocked cannot happen.
 */
bool order_replay(struct order_world *world, const struct order_closure *closure,
		  uint32_t *blocked);

/* How a state was come to: by order_replay(), and then, if not NULL, by a path from where threads were. */
struct order_way {
	const uint32_t *begun; /* by thread: how many events it had done. Weak */
	const GArray *path;    /* uint32_t: threads */
};

/* Sorts the events that have happened by when they did. */
uint64_t order_way_rank(const struct order_way *way, const struct order_world *world,
			uint32_t thread, uint32_t position);

#endif
