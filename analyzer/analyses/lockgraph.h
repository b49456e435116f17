/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who requested what while holding which locks: what lock-order cycles are made of. All that
 * threads do to each other is kept beside it, in short, for the prediction.
 */
#ifndef ANALYZER_ANALYSES_LOCKGRAPH_H
#define ANALYZER_ANALYSES_LOCKGRAPH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/address_table.h"
#include "analyzer/analyses/order_log.h"
#include "analyzer/model.h"

/* A lock that was held when something was requested, as it was the first time. */
struct lock_held {
	uint32_t object;
	bool is_read; /* of an rwlock, for reading */
	uint64_t site, stack;
	int64_t since_ns;
};

/* A set of them, of one thread. */
struct lock_set {
	uint32_t count;
	struct lock_held list[];
};

enum lock_request_kind {
	LOCK_REQUEST_LOCK,
	LOCK_REQUEST_CONDITION, /* to be woken; the mutex is not held meanwhile */
	LOCK_REQUEST_SEMAPHORE,
	LOCK_REQUEST_BARRIER,
	LOCK_REQUEST_JOIN
};

/*
 * A thread's request from one place, without a time limit, while it holds a set of locks: one of
 * these however often. Where and when: of the first one.
 */
struct lock_request {
	uint32_t thread, object; /* ids; of LOCK_REQUEST_JOIN object is that of a thread */
	uint32_t number;	 /* in the graph */
	enum lock_request_kind kind;
	bool is_read;		     /* of an rwlock, for reading */
	const struct lock_set *held; /* Weak */
	uint64_t site, stack;
	int64_t time_ns;
	uint32_t first_entry; /* of the log: it is made at its end or behind it */
};

/* A thread signals a condition, posts a semaphore or arrives at a barrier. */
struct lock_give {
	uint32_t thread, object; /* ids */
	uint32_t last_entry;	 /* of the log: the last time */
};

/* A condition of which the making was seen. */
struct lock_life {
	uint32_t object, maker; /* ids; the thread that made it */
	uint64_t place;		/* hash of where that was */
	uint32_t made, gone;	/* entries of the log until then; gone 0: it was not destroyed */
};

struct lockgraph {
	GPtrArray *requests;		 /* struct lock_request, Owned by this */
	GPtrArray *sets;		 /* struct lock_set, Owned by this */
	struct address_table by_key;	 /* hash of a request: the request */
	struct address_table set_by_key; /* hash of thread and held set: the set */
	GArray *gives;			 /* struct lock_give, each thread and object once */
	struct address_table by_give;	 /* hash of both: index + 1 */
	GArray *lives;			 /* struct lock_life, of conditions, as they were made */
	struct address_table by_life;	 /* id of the condition + 1: index + 1 */
	struct order_log log;
	struct lock_thread *threads; /* by thread id. Owned by this */
	unsigned thread_count;
	uint64_t held_total;
	uint64_t ignored; /* requests beyond the limits of memory */
};

void lockgraph_init(struct lockgraph *graph);
void lockgraph_done(struct lockgraph *graph);
void lockgraph_step(struct lockgraph *graph, const struct step *step);

/* Does a thread hold such an object between getting and giving it back? Some semaphores only. */
bool lockgraph_is_lock(const struct object *object);

/*
 * The trace is over: semaphores that after all were no locks leave the held sets, and waits that have
 * been signalled but not returned are told to be over. objects, threads: by id.
 */
void lockgraph_finish(struct lockgraph *graph, const struct object *const *objects,
		      const struct thread *const *threads, unsigned thread_count);

/*
 * waiter has made the condition for its wait, and destroyed it: did others than giver, who ended the
 * wait, end waits for conditions that were made like it? Then one of them may end this wait too.
 */
bool lockgraph_has_servers(const struct lockgraph *graph, uint32_t condition, uint32_t waiter,
			   uint32_t giver);

/* The held lock of that id, or NULL. */
const struct lock_held *lock_set_find(const struct lock_set *set, uint32_t object);

/* Is it for a lock that the thread reads already? Only a writer who waits can block it. */
static inline bool lock_request_is_again(const struct lock_request *request)
{
	return request->kind == LOCK_REQUEST_LOCK &&
	       lock_set_find(request->held, request->object) != NULL;
}

/* A lock in both sets that not both can hold at once: its id, or UINT32_MAX. */
uint32_t lock_set_gate(const struct lock_set *one, const struct lock_set *other);

#endif
