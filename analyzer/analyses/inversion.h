/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priority inversions: the waits that inversion.c finds, for inversion_words.c. */
#ifndef ANALYZER_ANALYSES_INVERSION_H
#define ANALYZER_ANALYSES_INVERSION_H

#include "analyzer/analyses/wording.h"

/* How many threads of a priority between the two are told. */
#define INVERSION_BETWEEN_MAX 3

/* A holder and how long it had the lock while somebody more urgent waited. */
struct inversion_part {
	const struct thread *holder;
	struct priority waiter_priority, holder_priority;
	struct place place; /* where it took the lock */
	int64_t since_ns;   /* when */
	int64_t ns;
	bool is_read;
};

/* A thread that did something meanwhile. */
struct inversion_between {
	const struct thread *thread;
	struct priority priority;
};

/* One wait, of which the longest part counts. */
struct inversion_wait {
	const struct thread *waiter;
	const struct object *object;
	struct place place;
	int64_t since_ns;
	bool is_read, is_unfinished;
	int64_t ns; /* of all parts */
	struct inversion_part longest;
	struct inversion_between between[INVERSION_BETWEEN_MAX];
	unsigned between_count;
};

/* All waits of one lock, place and place of the holder. */
struct inversion {
	struct inversion_wait longest;
	uint64_t count;
	int64_t total_ns;
};

/* inversions: struct inversion *, in order of appearance; untold: how many more there were. */
void inversion_report(const struct wording *wording, const GPtrArray *inversions, uint64_t untold);

#endif
