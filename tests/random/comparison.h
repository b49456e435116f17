/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the report says about a run, beside what is true of it. */
#ifndef TESTS_RANDOM_COMPARISON_H
#define TESTS_RANDOM_COMPARISON_H

#include <glib.h>

#include "analyzer/report.h"
#include "tests/random/explore.h"
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

/* Threads that block each other, each at one of its actions. */
struct claim {
	uint8_t threads;
	uint8_t at[WORLD_THREADS];
};

struct comparison {
	unsigned counts[MISTAKE_COUNT];
	struct claim examples[MISTAKE_COUNT]; /* the first of each */
	unsigned witnessed, possible;	      /* findings of lock orders */
	unsigned rings; /* reachable ones that did not happen in the run itself */
	/*
	 * Reachable ones without a finding, which nobody asks for: where a signal had to be lost or to
	 * be for another one than in the run, or where a finding is about the same things and others of
	 * their requests.
	 */
	unsigned estranged, alike;
};

/* Add what the analyses of locks and waits say to report, which is new. */
void comparison_report(const struct run *run, struct report *report);

/* deadlocks: struct deadlock, all that are reachable. */
struct comparison comparison_make(const struct run *run, const GArray *deadlocks,
				  const struct report *report);

/* What the threads of a claim wait for, a mask: bits of enum claim_kind. */
enum claim_kind { CLAIM_LOCK, CLAIM_JOIN, CLAIM_CONDITION, CLAIM_SEMAPHORE, CLAIM_KIND_COUNT };
unsigned claim_kinds(const struct claim *claim, const struct record *record);

/* "what is witnessed cannot be reached" */
const char *comparison_mistake(enum mistake mistake);

#endif
