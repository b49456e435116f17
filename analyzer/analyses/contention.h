/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of contention has counted; between its two files only. */
#ifndef ANALYZER_ANALYSES_CONTENTION_H
#define ANALYZER_ANALYSES_CONTENTION_H

#include <string.h>

#include "analyzer/analysis.h"
#include "analyzer/analyses/blame_places.h"
#include "analyzer/histogram.h"

/* Of an object that somebody has waited for, or that has readers. */
struct wait_stats {
	uint64_t contended;
	struct histogram wait;
	/* Of the object: readers and writers wait for each other. A turn of readers is the oldest's. */
	struct turns turns;
	uint64_t writers;	 /* how many wait now, but to read */
	struct lock_stats *read; /* of an rwlock, for reading; NULL none. Owned by this */
};

/* Of an object. Small: there may be millions, most of them never waited for. */
struct lock_stats {
	uint64_t acquisitions;
	struct histogram hold;
	int64_t ended_hold_ns;	  /* the latest hold + 1, not yet in hold; 0 none */
	struct wait_stats *waits; /* NULL none. Owned by this */
};

struct thread_stats {
	struct begun begun;
	int64_t blocked_ns[BLOCKED_KIND_COUNT];
};

struct contention_state {
	struct lock_stats *locks; /* by object id. Owned by this */
	unsigned lock_count;
	struct thread_stats *threads; /* by thread id. Owned by this */
	unsigned thread_count;
	bool is_summary; /* not all acquisitions are told any more */
	struct blame_book book;
};

/*
 * A tally counts in the distribution of holds for no more than so many values; in their total it
 * counts in full.
 */
#define CONTENTION_TALLY_MAX 8192

/* count holds, each as long as a sample of them. */
void contention_tally_holds(struct histogram *hold, int64_t sample_ns, uint64_t count);
void contention_free(struct contention_state *state);

/* A row of report->blame, by ids. */
struct blamed {
	struct blame_key key;
	uint32_t holder;
};

/* Tell the places of the first count rows of report->blame, which are those of blamed. */
void contention_report_places(const struct contention_state *state, const struct blamed *blamed,
			      unsigned count, struct names *names, struct report *report);

/* Put it all into report. */
void contention_report(const struct contention_state *state, const struct model *model,
		       struct names *names, struct report *report);

#endif
