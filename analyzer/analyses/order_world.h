/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How far each thread has come, who holds what and who waits: one state of the program that the
 * trace shows, when its threads run in another order. Who may go on follows the rules of POSIX. A
 * wait for a condition lasts until the signal that ended it in the trace has come: where that comes
 * before, a program that looks at its data first finds what it waits for, and does not wait.
 */
#ifndef ANALYZER_ANALYSES_ORDER_WORLD_H
#define ANALYZER_ANALYSES_ORDER_WORLD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/order_trace.h"

struct order_world {
	const struct order_trace *trace;
	uint32_t *cells; /* all that makes the state, in blocks as below. Owned by this */
	uint32_t cell_count;
	uint64_t key;	    /* the same for the same state */
	GArray *undo;	    /* struct order_change */
	bool keeps_changes; /* so that they can be undone */
};

struct order_change {
	uint32_t cell, value;
};

void order_world_init(struct order_world *world, const struct order_trace *trace);
void order_world_done(struct order_world *world);

/* Back to the start of the program, or to a state whose cells these are; no changes are kept. */
void order_world_reset(struct order_world *world, const uint32_t *cells);

/* How many of its events thread has done. */
static inline uint32_t order_world_at(const struct order_world *world, uint32_t thread)
{
	return world->cells[thread];
}

/* Does thread exist, as far as anybody has to create it? */
bool order_world_is_created(const struct order_world *world, uint32_t thread);

/* Can the next event of thread happen now? Only where there is one. */
bool order_world_can(const struct order_world *world, uint32_t thread);
/* Let it happen, whether it can or not. */
void order_world_go(struct order_world *world, uint32_t thread);

/* Undo all changes but the first mark ones. */
void order_world_undo(struct order_world *world, unsigned mark);

/* The count of a semaphore now. */
int64_t order_world_count(const struct order_world *world, uint32_t semaphore);
/* Who holds lock alone, or ORDER_NONE. */
uint32_t order_world_owner(const struct order_world *world, uint32_t lock);
/* Would a request for lock have to wait? */
bool order_world_is_held(const struct order_world *world, uint32_t lock, bool is_read);
/* How many are still to come before thread may leave the barrier at which it waits. */
int64_t order_world_missing(const struct order_world *world, uint32_t thread, uint32_t barrier);
/* Does thread wait for a signal that has not come? */
bool order_world_waits(const struct order_world *world, uint32_t thread);
/* The condition for which thread has begun to wait. */
uint32_t order_world_condition(const struct order_world *world, uint32_t thread);

#endif
