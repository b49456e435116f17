/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cycle about which a prediction is made; between the files of the prediction only. */
#ifndef ANALYZER_ANALYSES_ORDER_QUESTION_H
#define ANALYZER_ANALYSES_ORDER_QUESTION_H

#include "analyzer/analyses/order_predict.h"

struct question {
	struct order_predictor *predictor;
	struct order_goal goal;
	uint32_t tuple[ORDER_MEMBERS_MAX]; /* which instance of each request */
	struct order_prediction *ret;
	bool heeds_signals; /* a wait whose signal came before is none */
	bool is_helped;	    /* the closure leads to the goal, but others may help there */
};

static inline uint32_t question_thread(const struct question *question, unsigned member)
{
	return question->goal.members[member].request->thread;
}

/* Before which event of its thread the request is made. */
static inline uint32_t question_position(const struct question *question, unsigned member)
{
	return question->goal.members[member].positions[question->tuple[member]];
}

/* The number in the log of the first hold that a member has at its instance; 0: nobody has one. */
uint32_t question_first_hold(const struct question *question);

/* The world is where the goal is met: that is the answer. way: as of order_way_rank(). */
void question_settle(struct question *question, enum order_met met, const struct order_way *way);

#endif
