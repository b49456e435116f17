/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log, taken apart: for each thread what it did, one after the other, and what of others has to
 * come before. Locks that only one thread ever took are left out.
 */
#ifndef ANALYZER_ANALYSES_ORDER_TRACE_H
#define ANALYZER_ANALYSES_ORDER_TRACE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/lockgraph.h"

#define ORDER_NONE UINT32_MAX

/* What a thread does. A semaphore that serves as a lock is one. */
enum order_act {
	ORDER_ACT_NOTHING,
	ORDER_ACT_HOLD,
	ORDER_ACT_HOLD_READ,
	ORDER_ACT_RELEASE, /* of another thread's hold too */
	ORDER_ACT_WAIT,
	ORDER_ACT_WOKEN, /* by a signal */
	ORDER_ACT_GAVE_UP,
	ORDER_ACT_SIGNAL,
	ORDER_ACT_BROADCAST,
	ORDER_ACT_TAKE,
	ORDER_ACT_POST,
	ORDER_ACT_ARRIVE,
	ORDER_ACT_DEPART,
};

struct order_event {
	uint32_t at; /* its number in the log: order of the trace */
	uint32_t act : 4;
	uint32_t has_link : 1;
	uint32_t is_patient : 1; /* its thread waits for it, if it has to, without a limit */
	uint32_t object : 26;	 /* id */
};

#define ORDER_OBJECTS_MAX (1u << 26)

/* The event at position of its thread comes after the event source of thread. */
struct order_link {
	uint32_t position, thread, source;
	/* So it was in the trace, and could have been otherwise: another post could have let it through. */
	bool is_chosen;
	bool is_signal; /* not by creation or join */
};

struct order_point {
	uint32_t thread, position;
};

struct order_thread {
	struct order_event *events;
	uint32_t count;
	uint32_t process;	    /* its index */
	struct order_point creator; /* its creation; thread ORDER_NONE: unknown */
	GArray *links;		    /* struct order_link, by position; NULL none */
};

/* A hold that another thread released. */
struct order_foreign {
	uint32_t thread, position; /* of the hold */
	uint32_t releaser, release;
};

struct order_object {
	uint8_t kind;	 /* enum event_object */
	bool is_shared;	 /* more than one thread used it */
	bool is_lock;	 /* a semaphore that served as a lock included */
	bool is_counted; /* a semaphore whose count is known */
	uint32_t user;	 /* a thread that did, ORDER_NONE nobody */
	int64_t count;	 /* of a semaphore at first; of a barrier: its parties */
	GArray *gives;	 /* posts or arrivals: struct order_point; NULL none */
	uint32_t taken;	 /* takes so far */
	uint32_t holder; /* thread of the latest hold for writing */
	uint32_t hold;	 /* and its position */
};

/* When a request was made: before which events of its thread. By number of the request. */
struct order_instances {
	uint32_t *positions; /* Owned by the trace; NULL: was not asked for */
	uint32_t count;
};

/* The objects and threads of the model by id. */
struct order_model {
	const struct object *const *objects;
	const struct thread *const *threads;
	unsigned object_count, thread_count;
};

/* A thread that signals a condition, posts a semaphore or arrives at a barrier. */
struct order_giver {
	uint32_t object, thread;
	uint32_t last; /* position of its last such event */
};

struct order_trace {
	const struct lockgraph *graph; /* Weak */
	struct order_thread *threads;
	unsigned thread_count;
	struct order_object *objects;
	unsigned object_count;
	struct order_instances *instances;
	unsigned request_count;
	GArray *foreign;	       /* struct order_foreign, by thread and position */
	GArray *givers;		       /* struct order_giver, by object and thread */
	struct address_table by_giver; /* while the trace is made: hash of both: index + 1 */
	uint32_t summary_at; /* number of the entry from which on not all is told, or ORDER_NONE */
	uint64_t event_count;
	uint32_t entry_count; /* of the log */
};

/*
 * wanted: by number of a request, those whose instances are asked for. Returns NULL where the
 * trace is too large.
 */
struct order_trace *order_trace_new(const struct lockgraph *graph, const struct order_model *model,
				    const bool *wanted);
void order_trace_free(struct order_trace *trace); /* NULL is allowed */

/* How many events of thread come before the entry of that number in the log. */
uint32_t order_trace_before(const struct order_trace *trace, uint32_t thread, uint32_t number);

/* The first of the links of that position; all of them are next to each other. NULL: none. */
const struct order_link *order_trace_links(const struct order_thread *thread, uint32_t position,
					   const struct order_link **end);

/* Those of that object: the first one; *count becomes how many. */
const struct order_giver *order_trace_givers(const struct order_trace *trace, uint32_t object,
					     unsigned *count);

/* Where the hold that begins at position ends. False: in the trace it does not. */
bool order_trace_release(const struct order_trace *trace, uint32_t thread, uint32_t position,
			 struct order_point *ret);

#endif
