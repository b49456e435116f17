/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priorities of threads. */
#ifndef ANALYZER_PRIORITY_H
#define ANALYZER_PRIORITY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How urgent the scheduler takes a thread to be, as far as the trace tells. Known are the usual of a
 * process that the trace has from its start, what a creator hands down, and what is told.
 */
struct priority {
	bool is_known;
	bool resets;	/* its children begin with the usual instead */
	uint8_t policy; /* as of <sched.h> of Linux */
	uint8_t level;	/* of the policies fifo and rr, 1 to 99 */
	int8_t nice;	/* kept, but of no use, while policy is one of those */
};

/* More is more urgent, whatever the policies; -1 not known. */
int priority_urgency(const struct priority *priority);

#endif
