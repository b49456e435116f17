/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the report says about a run, beside what is true of it. */
#ifndef TESTS_RANDOM_COMPARISON_H
#define TESTS_RANDOM_COMPARISON_H

#include <glib.h>

#include "analyzer/report.h"
#include "tests/random/claim.h"
#include "tests/random/run.h"

enum mistake {
	MISTAKE_WITNESSED,  /* said to be witnessed, and not reachable */
	MISTAKE_POSSIBLE,   /* said to be possible, and not reachable */
	MISTAKE_MISSED,	    /* reachable, and no finding */
	MISTAKE_HANG,	    /* the run itself hung, and no finding says so */
	MISTAKE_RING,	    /* it hung in a ring, and no finding names it */
	MISTAKE_NO_HANG,    /* a finding says that it hung, and it did not */
	MISTAKE_UNREADABLE, /* a finding does not say which requests it is about */
	MISTAKE_COUNT
};

struct comparison {
	unsigned counts[MISTAKE_COUNT];
	struct claim examples[MISTAKE_COUNT]; /* the first of each */
	unsigned witnessed, possible;	      /* findings of lock orders */
	unsigned found;			      /* reachable rings of threads, as often as reached */
	/*
	 * Those without a finding of their own, which nobody asks for: where a signal had to be lost, or
	 * for another wait than in the run, or a post for another take; for a wait that no signal ended
	 * there; for what a thread would do that is not created yet. And those for the same things as a
	 * finding, at other requests, or of threads that hung in the run itself.
	 */
	unsigned estranged, alike, hung;
};

/* Add what the analyses of locks and waits say to report, which is new. */
void comparison_report(const struct run *run, struct report *report);

/* deadlocks: struct deadlock, all that are reachable. */
struct comparison comparison_make(const struct run *run, const GArray *deadlocks,
				  const struct report *report);

/* "what is witnessed cannot be reached" */
const char *comparison_mistake(enum mistake mistake);

#endif
