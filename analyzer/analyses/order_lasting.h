/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks that a thread which waits may keep for long: it waits for more than a lock while it has
 * them, or for another such lock. All others are free again soon, however the threads run.
 */
#ifndef ANALYZER_ANALYSES_ORDER_LASTING_H
#define ANALYZER_ANALYSES_ORDER_LASTING_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/order_trace.h"

/* From the first event at which a thread may find such a lock kept to behind the last one. */
struct order_span {
	uint32_t begin, end;
};

struct order_lasting {
	bool *locks;		  /* by object. Owned by this; NULL: nothing is known yet */
	struct order_span *spans; /* by thread. Owned by this */
	bool is_vague;		  /* too many locks at a time: any of them may be kept */
};

/* All of lasting zero at first. Does nothing where it has been done. */
void order_lasting_find(struct order_lasting *lasting, const struct order_trace *trace);
void order_lasting_done(struct order_lasting *lasting);

/*
 * May thread, at one of its events from position begin on and before end, have to wait for ever
 * for something else than the source of a link? *budget: events left to look at; where there are
 * none it may.
 */
bool order_lasting_keeps(const struct order_lasting *lasting, const struct order_trace *trace,
			 uint32_t thread, uint32_t begin, uint32_t end, uint64_t *budget);

#endif
