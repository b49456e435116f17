/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a thread while the graph grows; between the files of the lock graph only. */
#ifndef ANALYZER_ANALYSES_LOCKGRAPH_PRIVATE_H
#define ANALYZER_ANALYSES_LOCKGRAPH_PRIVATE_H

#include "analyzer/analyses/lockgraph.h"

/* Semaphores of one thread that serve as locks and are held. */
#define TAKEN_MAX 8
/* The latest signals of a thread, one of which a wait that ends was ended by. */
#define SIGNALS_MAX 32

struct taken {
	const struct object *object;
	struct place place;
	int64_t time_ns;
};

struct lock_thread {
	uint64_t held_hash;
	unsigned taken_count;
	unsigned signal_count;
	struct taken taken[TAKEN_MAX];
	struct {
		int64_t time_ns;
		uint32_t number; /* in the log */
	} signals[SIGNALS_MAX];	 /* a ring */
};

/* The pointer is valid until the next call. */
struct lock_thread *lockgraph_thread(struct lockgraph *graph, const struct thread *thread);

/* A condition is made, or destroyed. */
void lockgraph_life(struct lockgraph *graph, const struct step *step);

/* The trace is over: thread may have been signalled, and not have got the mutex yet. */
void lockgraph_end_wait(struct lockgraph *graph, const struct thread *thread);

/* Of a lock in a held set: the hash of a set is the exclusive or of these. */
uint64_t lockgraph_hash(const struct object *object, bool is_read);

/* The request that step makes; NULL: there are too many. id: of what it is for. */
const struct lock_request *lockgraph_note(struct lockgraph *graph, const struct step *step,
					  enum lock_request_kind kind, uint32_t id);

#endif
