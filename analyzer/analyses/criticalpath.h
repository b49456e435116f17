/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of the critical path has logged; between its files only. */
#ifndef ANALYZER_ANALYSES_CRITICALPATH_H
#define ANALYZER_ANALYSES_CRITICALPATH_H

#include "analyzer/analyses/holdsums.h"
#include "analyzer/analyses/lookup.h"
#include "analyzer/analyses/wakelog.h"
#include "analyzer/analysis.h"

struct path_thread {
	struct holdsums sums;
	int64_t created_ns;
	bool is_created; /* its creation was seen */
	bool was_free;	 /* nobody held the lock when it began to wait for it */
};

/* Of a lock that somebody has waited for: who released it last. */
struct path_lock {
	uint32_t thread; /* WAKELOG_NOBODY none */
	uint32_t place;
	int64_t time_ns;
	unsigned marks; /* releases to come that may end the wait of one woken by a condition */
};

struct critical_state {
	struct wakelog log;
	struct path_thread *threads; /* by id. Owned by this */
	unsigned thread_count;
	struct path_lock **locks; /* by id of the object, NULL none. Owned by this */
	unsigned lock_count;
	bool is_summary;
	uint64_t words[2 * HOLDSUMS_MAX]; /* of the record being made */
};

/* What of the path is spent how; ns. */
struct path_times {
	int64_t running, waking, blocked, unknown, endless;
};

enum path_action {
	PATH_RUNS,
	PATH_WAKES, /* its wait has been ended, and it does not run yet */
	PATH_WAITS, /* and nobody is known who ended that, or nobody did */
};

/* A part of the path: one thread, one action. */
struct path_part {
	enum path_action action;
	enum wait_kind wait; /* PATH_RUNS: of next, WAIT_NONE where that starts */
	bool is_timeout;
	uint32_t thread;
	uint32_t next;	 /* PATH_RUNS: the thread that it lets go on then, else WAKELOG_NOBODY */
	uint32_t object; /* which it lets it have; or it waits for; WAKELOG_NOBODY none */
	uint32_t place;	 /* where it does so, or waits */
	const char *call;
	int64_t from_ns, to_ns;
	uint64_t count; /* 1, or of parts that are summed up: from 0 to as long as they are */
};

/* Parts alike but for their times, summed up. Zeroed memory is an empty one. */
struct path_sums {
	struct address_table by_key;
	GArray *parts; /* struct path_part, NULL none */
};

void path_sums_add(struct path_sums *sums, const struct path_part *part);
void path_sums_done(struct path_sums *sums);
int64_t path_part_ns(const struct path_part *part);
/* Longest first, of equals the later. */
int path_part_compare(const void *a, const void *b);

/* A lock on the path. */
struct path_use {
	uint64_t waits;
	int64_t wait_ns;	/* of the path that lies within waits for it */
	int64_t hold_ns;	/* of the path that lies within its sections */
	int64_t waited_from_ns; /* the path behind this is counted in wait_ns */
};

/*
 * The path backwards from at_ns in thread, after Chen and Stenstrom, "Critical lock analysis" (SC'12):
 * from each wait to who ended it.
 */
struct path_walk {
	const struct critical_state *state;
	uint32_t thread;
	int64_t at_ns;
	/* Where the path begins with a wait for others that never ended: since when. Else INT64_MAX. */
	int64_t endless_since_ns;
	GArray *parts; /* struct path_part, backwards, the longest where there are many */
	uint64_t part_count;
	struct path_sums sums;
	struct path_times times;
	struct path_use *uses;	  /* by id of the object */
	struct path_part pending; /* what the next part does at its end */
};

/* To the start of the first thread on the path, or to the end of the log. */
void criticalpath_walk(struct path_walk *walk, const struct lookup *lookup);

/*
 * How much shorter the path back from at_ns in thread can have been if nobody ever had to wait for a
 * lock, at most. A walk that leaves those waits out follows a chain that is there all the same, so
 * the rest of it is what the program would have taken at least; if all else went as it did.
 */
struct path_trial {
	uint32_t object; /* id of the lock */
	uint32_t thread;
	int64_t at_ns;
	int64_t spared_ns; /* the result */
	uint32_t next;	   /* private */
};

/* All trials in one pass over the log. */
void criticalpath_try(const struct critical_state *state, const struct lookup *lookup,
		      struct path_trial *trials, unsigned count);

/* A wait for somebody or something that never ended, as far as the trace goes. */
bool criticalpath_is_endless(const struct thread *thread);
/* Who waits for whom, from thread on: a sentence that lives as long as report; NULL: it is not endless. */
const char *criticalpath_ending(const struct thread *thread, struct names *names,
				struct report *report);

/* Put it into report. */
void criticalpath_report(const struct critical_state *state, const struct model *model,
			 struct names *names, struct report *report);

#endif
