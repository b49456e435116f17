/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles of lock orders, judged; between the files of that analysis only. */
#ifndef ANALYZER_ANALYSES_LOCKORDER_H
#define ANALYZER_ANALYSES_LOCKORDER_H

#include "analyzer/analyses/lockcycle.h"
#include "analyzer/analyses/wording.h"

enum lockorder_judgement {
	LOCKORDER_POSSIBLE,
	LOCKORDER_ACTUAL, /* these locks are deadlocked: a finding of another rule */
	LOCKORDER_ONE_THREAD,
	LOCKORDER_READERS, /* where two of them meet, both only read */
	LOCKORDER_GATE,
	LOCKORDER_ORDERED,
	LOCKORDER_LIMIT, /* not decided */
	LOCKORDER_JUDGEMENT_COUNT
};

/* Who makes which request of a cycle: an example of what the judgement says. */
struct lockorder_member {
	const struct lock_request *request;
	const struct lock_instance *instance;
};

/* Judge a cycle; members gets one for each of its locks. budget: steps left, for all cycles. */
enum lockorder_judgement lockorder_judge(const struct lockcycle *cycle, struct segments *segments,
					 uint64_t *budget, struct lockorder_member *members);

/*
 * Do they block each other at the lock that one of them requests and the other one holds? Two
 * readers do not. (Where a lock prefers writers they do when a writer waits between them; that is
 * not looked for.)
 */
bool lockorder_conflict(const struct lockorder_member *requester,
			const struct lockorder_member *holder);

/* The objects and threads of the trace by id. */
struct lockorder_words {
	struct wording wording;
	const struct object **objects; /* Owned by this */
	const struct thread **threads; /* Owned by this */
};

/* A kept cycle as a finding, seen count times. */
void lockorder_report_cycle(const struct lockorder_words *words, const struct lockcycle *cycle,
			    const struct lockorder_member *members, unsigned count);

/* Why a cycle of that judgement is no finding: a name, and a sentence about an example. */
const char *lockorder_reason(enum lockorder_judgement judgement);
const char *lockorder_example(const struct lockorder_words *words,
			      enum lockorder_judgement judgement, const struct lockcycle *cycle,
			      const struct lockorder_member *members);

#endif
