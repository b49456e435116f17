/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has to happen before some threads are where they are wanted: the sync-preserving closure of
 * Tunc, Mathur, Pavlogiannis, Viswanathan, "Sound Dynamic Deadlock Prediction in Linear Time" (PLDI
 * 2023), section 4, over synchronisation alone.
 */
#ifndef ANALYZER_ANALYSES_ORDER_CLOSURE_H
#define ANALYZER_ANALYSES_ORDER_CLOSURE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/order_trace.h"

struct order_closure {
	const struct order_trace *trace;
	/*
	 * By thread: how many of its events are in it, where it is a member; else only those before
	 * begun. In the order of the trace they can happen.
	 */
	uint32_t *done;
	uint32_t *limits; /* by thread: how many may be in it at most */
	bool *is_member;
	uint32_t begun; /* number in the log: all before it is in it, whatever it was */
	/* A limit would have to be passed, or a hold to end that in the trace does not. */
	bool is_impossible;
	struct order_lock *locks; /* by object */
	GArray *touched;	  /* objects whose lock is not as at first */
	GArray *opens;		  /* struct order_open: holds that have not ended */
	GArray *todo;		  /* struct order_point: thread, and how many of its events */
	GArray *members;	  /* threads that have events in it */
	uint64_t *budget;	  /* events left to look at, for all closures */
};

void order_closure_init(struct order_closure *closure, const struct order_trace *trace,
			uint64_t *budget);
void order_closure_done(struct order_closure *closure);
/*
 * Empty it, but for what came before the entry of that number. Who held what then is not looked
 * at: order_replay() sees it. There are no limits.
 */
void order_closure_reset(struct order_closure *closure, uint32_t begun);
/* No more than count events of thread. */
void order_closure_limit(struct order_closure *closure, uint32_t thread, uint32_t count);
/* How many events of thread are in it. */
uint32_t order_closure_count(const struct order_closure *closure, uint32_t thread);

/*
 * Add the first count events of thread, and all that then has to be in it too. Where budget
 * runs out it is not complete.
 */
void order_closure_add(struct order_closure *closure, uint32_t thread, uint32_t count);

/* Which links count. */
enum order_strength {
	ORDER_BY_CREATION, /* those of creation and join alone */
	ORDER_BY_FORCE,	   /* those that hold in any order in which the threads may run */
	ORDER_BY_CHANCE	   /* those too that say how it was in the trace */
};

/* The same with links of that strength alone, whatever locks do. Not both with one closure. */
void order_closure_add_weak(struct order_closure *closure, uint32_t thread, uint32_t count,
			    enum order_strength strength);

#endif
