/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files that join traces only. */
#ifndef ANALYZER_JOINED_PRIVATE_H
#define ANALYZER_JOINED_PRIVATE_H

#include "analyzer/orders.h"
#include "analyzer/report.h"

struct joining {
	const GPtrArray *reports;
	struct report *report; /* the result */
	GHashTable *numbers;   /* key of a lock: its number + 1 */
	GArray *orders;	       /* struct order */
	GArray *seen;	       /* struct seen of each of these */
	GHashTable *ways;      /* of all processes, as in way_of() */
	GHashTable *settled; /* pairs of locks, as in pair_of(), that one process takes both ways */
	GHashTable *told;    /* pairs of locks */
	unsigned places;     /* processes of all traces */
	GPtrArray *labels;   /* of the traces, short. Owned by this */
};

/* An order, and where it was seen. */
struct seen {
	unsigned trace;
	const struct kept_order *kept;
};

static inline const struct order *joined_order(const struct joining *joining, unsigned at)
{
	return &g_array_index(joining->orders, struct order, at);
}

static inline const struct seen *joined_seen(const struct joining *joining, unsigned at)
{
	return &g_array_index(joining->seen, struct seen, at);
}

/* One finding: the orders of these indices contradict each other; each requests what the next holds. */
void joined_tell(struct joining *joining, const unsigned *ring, unsigned length);

#endif
