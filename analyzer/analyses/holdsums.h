/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a thread has held which locks since some moment. */
#ifndef ANALYZER_ANALYSES_HOLDSUMS_H
#define ANALYZER_ANALYSES_HOLDSUMS_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/model.h"
#include "analyzer/report.h"

/* Locks of one thread; more are not told. */
#define HOLDSUMS_MAX 1024

/* Zeroed memory is an empty one. */
struct holdsums {
	struct holdsum {
		uint32_t key; /* id of the lock + 1, 0 empty */
		int64_t ns;
	} * slots;	      /* open addressing. Owned by this */
	uint32_t size, used;  /* size: 0 or a power of two */
	int64_t since_ns;     /* the moment */
	uint32_t last_object; /* what was added last, for holdsums_undo() */
	int64_t last_ns;
};

void holdsums_done(struct holdsums *sums);

/* Free memory that will hardly be needed any more: all has been taken. */
void holdsums_forget(struct holdsums *sums);

/* For holdsums_add(): the lock has no slot yet. */
void holdsums_add_new(struct holdsums *sums, uint32_t object, int64_t ns);

/* hold ends at time_ns. */
static inline void holdsums_add(struct holdsums *sums, const struct hold *hold, int64_t time_ns)
{
	int64_t since_ns = hold->since_ns > sums->since_ns ? hold->since_ns : sums->since_ns;
	int64_t ns = elapsed_ns(since_ns, time_ns);
	uint32_t key = hold->object->id + 1;
	uint32_t at = sums->size ? key & (sums->size - 1) : 0;

	sums->last_object = hold->object->id;
	sums->last_ns = ns;
	if (sums->size && sums->slots[at].key == key) {
		sums->slots[at].ns = report_sum_ns(sums->slots[at].ns, ns);
	} else {
		holdsums_add_new(sums, hold->object->id, ns);
	}
}

/* The hold of object that ended last has not ended after all. */
void holdsums_undo(struct holdsums *sums, const struct object *object);

/*
 * Move all into words, pairs of a lock's id and ns, at most HOLDSUMS_MAX pairs, and begin anew at
 * time_ns. What thread holds now counts up to then. Returns how many pairs.
 */
unsigned holdsums_take(struct holdsums *sums, const struct thread *thread, int64_t time_ns,
		       uint64_t *words);

#endif
