/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of an analysis. The table of all of them is in registry.c. */
#ifndef ANALYZER_ANALYSIS_H
#define ANALYZER_ANALYSIS_H

#include "analyzer/model.h"
#include "analyzer/names.h"
#include "analyzer/report.h"

/* What is worth a note; 0: nothing is. And how much work a question is worth. */
struct limits {
	int64_t blocked_holding_ns; /* a call or wait while a lock is held */
	int64_t wait_ns, hold_ns;   /* of one object */
	int64_t inversion_ns;	    /* a wait for a less urgent holder */
	bool tells_class_order;	    /* locks of one class in both orders */
	unsigned order_states;	    /* to visit for a cycle of lock orders; 0: none */
	bool keeps_orders;	    /* not to note: to join them with those of other traces */
	uint64_t path_bytes;	    /* that the log of the critical path may take */
};

#define LIMITS_DEFAULT                                                                             \
	((struct limits){ .blocked_holding_ns = 10000000,                                          \
			  .inversion_ns = 1000000,                                                 \
			  .order_states = 5000,                                                    \
			  .path_bytes = UINT64_C(128) << 20 })

struct analysis {
	const char *name;
	const char *summary; /* one line for `heddle list analyses` */
	void *(*start)(void);
	/* Before the first step, in place of LIMITS_DEFAULT. NULL: it has no limits. */
	void (*set_limits)(void *self, const struct limits *limits);
	/* The model is as it is after this step. */
	void (*step)(void *self, const struct step *step);
	/* After model_finish(). Adds to report and frees self. */
	void (*finish)(void *self, const struct model *model, struct names *names,
		       struct report *report);
};

#endif
