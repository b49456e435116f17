/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who requested which lock while holding which others: what lock-order cycles are made of. */
#ifndef ANALYZER_ANALYSES_LOCKGRAPH_H
#define ANALYZER_ANALYSES_LOCKGRAPH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/address_table.h"
#include "analyzer/analyses/segments.h"
#include "analyzer/model.h"

/* A lock that was held when another one was requested, as it was the first time. */
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

/* One segment of the thread in which it made the request. */
struct lock_instance {
	uint32_t segment;
	int64_t time_ns;
	uint64_t site, stack;
};

/* A thread's request for a lock while it holds a set of others: one of these however often. */
struct lock_request {
	uint32_t thread, object; /* ids */
	bool is_read;		 /* of an rwlock, for reading */
	uint64_t count;
	const struct lock_set *held;	 /* Weak */
	struct lock_instance *instances; /* Owned by this */
	uint32_t instance_count;	 /* stored ones */
	uint32_t segment_count;		 /* seen ones */
	uint32_t latest;		 /* the stored one of the latest segment */
};

struct lockgraph {
	GPtrArray *requests;		 /* struct lock_request, Owned by this */
	GPtrArray *sets;		 /* struct lock_set, Owned by this */
	struct address_table by_key;	 /* hash of thread, lock, mode, held set: the request */
	struct address_table set_by_key; /* hash of thread and held set: the set */
	struct segments segments;
	struct lock_thread {
		uint64_t held_hash;
	} * threads; /* by thread id. Owned by this */
	unsigned thread_count;
	uint64_t held_total;
	uint64_t ignored; /* requests beyond the limits of memory */
};

void lockgraph_init(struct lockgraph *graph);
void lockgraph_done(struct lockgraph *graph);
void lockgraph_step(struct lockgraph *graph, const struct step *step);

/* The held lock of that id, or NULL. */
const struct lock_held *lock_set_find(const struct lock_set *set, uint32_t object);

/* A lock in both sets that not both can hold at once: its id, or UINT32_MAX. */
uint32_t lock_set_gate(const struct lock_set *one, const struct lock_set *other);

#endif
