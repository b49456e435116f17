/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the collector takes out of the buffers of a recording: words become batches, full chunks
 * free ones. Parts of one writer come in the order in which it wrote them. What is read from
 * the mapping may be of any value.
 *
 * Who claims a chunk sets in this order: its owner (by compare and exchange, from ARENA_FREE),
 * writer = 0, the other fields, tail = 0, writer. So what is in a chunk that was freed before is
 * not taken for the claimer's.
 */
#ifndef LIBTRACE_SWEEP_H
#define LIBTRACE_SWEEP_H

#include "libtrace/arena.h"
#include "libtrace/provider.h"

/* Words of a batch at most: several fit into the smallest buffer of LTTng. */
#define SWEEP_BATCH_WORDS 4092

/* What a batch takes in the trace beside its words, about. */
#define SWEEP_BATCH_BYTES 72

struct sweep_counts {
	uint64_t events; /* of packed operations, exactly */
	uint64_t bytes;	 /* of batches */
	uint64_t batches;
	uint64_t blocked_ns; /* threads waited for chunks, all together */
};

struct sweep_options {
	struct arena *arena; /* its first *arena->allocated chunks have blocks */
	void (*emit)(void *context, const struct batch *batch);
	/* Give chunks their blocks: 0, or an errno, and it will not be asked again. */
	int (*allocate)(void *context, uint32_t first, uint32_t count);
	void *context;
};

/* Which chunks. */
enum sweep_depth {
	SWEEP_FULL, /* those that are full */
	SWEEP_ALL,  /* and what was added to the others */
	SWEEP_LAST, /* all, for good: each ends here */
};

struct sweep;

/* NULL: no memory. */
struct sweep *sweep_new(const struct sweep_options *options) MUST_CHECK;
void sweep_free(struct sweep *sweep); /* NULL is allowed */

/*
 * Go over all chunks once. With SWEEP_ALL and SWEEP_LAST everything is emitted whose words were
 * complete before the call. Chunks that were freed are announced at once. Returns how many batches
 * were emitted.
 */
size_t sweep_run(struct sweep *sweep, enum sweep_depth depth);

const struct sweep_counts *sweep_counts(const struct sweep *sweep);

/* Why no more chunks could be allocated, 0: nothing failed. */
int sweep_allocate_code(const struct sweep *sweep);

#endif
