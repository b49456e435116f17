/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can the requests of a cycle meet? Only an order of the recorded operations that leads there says
 * so: first one that keeps the order of the trace at each lock, else any.
 */
#ifndef ANALYZER_ANALYSES_ORDER_PREDICT_H
#define ANALYZER_ANALYSES_ORDER_PREDICT_H

#include <glib.h>

#include "analyzer/analyses/order_closure.h"
#include "analyzer/analyses/order_goal.h"
#include "analyzer/analyses/order_lasting.h"
#include "analyzer/analyses/order_replay.h"
#include "analyzer/analyses/order_world.h"

enum order_outcome {
	ORDER_WITNESSED,
	ORDER_DOUBTED,	  /* witnessed, were it not that others may help or not all was recorded */
	ORDER_UNDECIDED,  /* no budget is left */
	ORDER_IMPOSSIBLE, /* locks keep them apart */
	ORDER_SIGNALLED,  /* signals, posts or barriers do */
	ORDER_CREATED,	  /* creation and join do */
	ORDER_ABSENT	  /* there is no such cycle */
};

enum order_doubt {
	ORDER_SURE,
	ORDER_DOUBT_HELP,
	ORDER_DOUBT_DATA,   /* what a thread tells under the lock may keep the other one from it */
	ORDER_DOUBT_POOL,   /* others have ended waits of that kind */
	ORDER_DOUBT_POLICY, /* it takes a writer that waits in between */
	ORDER_DOUBT_LOSS,
	ORDER_DOUBT_SUMMARY
};

enum order_moment_kind {
	ORDER_TAKES, /* a member, what it holds at its request */
	ORDER_PASSES /* a member, what another one holds then; it gave it back in time */
};

/* What has to happen on the way, and in which order. */
struct order_moment {
	enum order_moment_kind kind;
	uint32_t thread, object;
	bool is_read;
	uint64_t rank;
};

struct order_prediction {
	enum order_outcome outcome;
	enum order_doubt doubt;
	unsigned moment_count;
	struct order_moment *moments; /* Owned by this; NULL unless witnessed or doubted */
};

struct order_predictor {
	const struct order_trace *trace;
	struct order_world world;
	struct order_stations stations;
	struct order_closure weak, strong;
	struct order_lasting lasting;
	bool has_lost;		 /* events of the trace */
	uint64_t states_each;	 /* to visit for one cycle */
	uint64_t states, events; /* left for all cycles */
	uint64_t events_each;	 /* left for this one, of those granted */
	uint64_t granted;
	unsigned tries; /* left for order_predict_near() */
};

void order_predictor_init(struct order_predictor *predictor, const struct order_trace *trace,
			  uint64_t states_each, bool has_lost);
void order_predictor_done(struct order_predictor *predictor);

/* Between these events_each is what a closure may look at. */
void order_predictor_grant(struct order_predictor *predictor);
void order_predictor_settle(struct order_predictor *predictor);

/*
 * The requests as of order_goal_init(). is_by_policy: readers wait for readers, as of struct
 * order_goal. The caller frees moments.
 */
void order_predict(struct order_predictor *predictor, unsigned length,
		   const struct lock_request *const *requests, bool is_by_policy,
		   struct order_prediction *ret);

/*
 * The same, but only where they were made close to each other, from how the trace was then: quick.
 * What is not witnessed by this is undecided.
 */
void order_predict_near(struct order_predictor *predictor, unsigned length,
			const struct lock_request *const *requests, struct order_prediction *ret);

#endif
