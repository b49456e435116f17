/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles of lock orders, judged; between the files of that analysis only. */
#ifndef ANALYZER_ANALYSES_LOCKORDER_H
#define ANALYZER_ANALYSES_LOCKORDER_H

#include "analyzer/analyses/lockcycle.h"
#include "analyzer/analyses/order_predict.h"
#include "analyzer/analyses/wording.h"

enum lockorder_judgement {
	LOCKORDER_WITNESSED,
	LOCKORDER_POSSIBLE,
	LOCKORDER_ACTUAL, /* these threads are deadlocked: a finding of another rule */
	LOCKORDER_NONE,	  /* it is no cycle after all */
	LOCKORDER_ONE_THREAD,
	LOCKORDER_READERS, /* where two of them meet, both only read */
	LOCKORDER_GATE,
	LOCKORDER_CREATED,    /* ordered by creation or join */
	LOCKORDER_SIGNALLED,  /* ordered by signals, posts or barriers */
	LOCKORDER_IMPOSSIBLE, /* no order of the operations leads there */
	LOCKORDER_LIMIT,      /* not decided */
	LOCKORDER_JUDGEMENT_COUNT
};

/* A request for each object of a cycle: i is made by who has object i, for object i + 1. */
struct lockorder_members {
	const struct lock_request *requests[LOCKCYCLE_MAX];
	bool is_by_policy; /* as of struct order_goal */
};

/* Judges members that fit each other; false: no more of them need be tried. */
typedef bool (*lockorder_meet_fn)(void *context, const struct lockcycle *cycle,
				  const struct lockorder_members *members);

/*
 * Who of a cycle could meet, as far as threads, modes and common locks tell: meet is called for
 * all of them, and LOCKORDER_WITNESSED returned. Where there is nobody members is an example of
 * what the judgement says. prefers_writers: by object, locks at which readers wait for writers that
 * wait, and there are some. budget: steps left, for all cycles.
 */
enum lockorder_judgement lockorder_judge(const struct lockcycle *cycle, const bool *prefers_writers,
					 uint64_t *budget, lockorder_meet_fn meet, void *context,
					 struct lockorder_members *members);

/*
 * Do they block each other at the lock that one of them requests and the other one holds? Two
 * readers do not.
 */
bool lockorder_conflict(const struct lock_request *requester, const struct lock_request *holder);

/*
 * Are the threads that hold the objects of the cycle deadlocked when the trace ends, or those that
 * make these requests, whatever they owe each other?
 */
bool lockorder_is_actual(const struct order_model *model, const struct lockcycle *cycle,
			 const struct lockorder_members *members);

/* Requests of readers that read already which are looked at. */
#define LOCKORDER_AGAIN_MAX 100

/* By object: locks at which readers wait for writers that wait, and which are written. To be freed. */
bool *lockorder_find_writers(const struct lockgraph *graph, const struct order_model *model);
/* Mark the requests, by number, for such locks. */
void lockorder_mark_readers(const struct lockgraph *graph, const bool *prefers_writers,
			    bool *marks);
/* Call fn for each reader of them that reads again, with each thread that may write in between. */
void lockorder_each_again(const struct lockgraph *graph, const bool *prefers_writers,
			  lockorder_meet_fn fn, void *context);

struct lockorder_words {
	struct wording wording;
	struct order_model model;
};

/* What is said of a cycle that is no refuted one. */
struct lockorder_finding {
	struct lockcycle cycle;
	struct lockorder_members members;
	struct order_prediction prediction; /* its moments are Owned by who made it */
	unsigned count;
};

void lockorder_report(const struct lockorder_words *words, const struct lockorder_finding *found);

/* Why a cycle of that judgement is no finding: a name, and a sentence about an example. */
const char *lockorder_reason(enum lockorder_judgement judgement);
const char *lockorder_example(const struct lockorder_words *words,
			      enum lockorder_judgement judgement, const struct lockcycle *cycle,
			      const struct lockorder_members *members);

/* Names; of an object as cycles count them. */
const char *lockorder_thread_name(const struct lockorder_words *words,
				  const struct lock_request *request);
const char *lockorder_object_name(const struct lockorder_words *words, uint32_t object);

#endif
