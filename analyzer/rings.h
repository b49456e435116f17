/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings of three and more orders of locks; those of two are orders_find()'s. */
#ifndef ANALYZER_RINGS_H
#define ANALYZER_RINGS_H

#include "analyzer/orders.h"

/* Longer ones are not looked for. */
#define RINGS_LENGTH_MAX 6
/* More are not told. */
#define RINGS_TOLD_MAX 100

/*
 * ring: indices of length orders, each requests what the next one holds, the last what the first
 * does. Returns whether it was told: rings that have all its locks are passed over from then on.
 */
typedef bool (*rings_fn)(void *context, const unsigned *ring, unsigned length);

struct rings_query {
	const struct order *orders; /* locks are numbered from 0 on, without large gaps */
	unsigned count;
	uint64_t budget; /* orders to look at in all */
	rings_fn fn;
	/* A ring with both of these locks is not wanted: what they do wrong is told. NULL: none. */
	bool (*is_told)(void *context, uint32_t one, uint32_t other);
	void *context;
};

/*
 * Call fn for such rings, short ones first, once for each ring of locks: of orders by different
 * actors, who do not all read what they meet at, and of whom no two hold one gate, or one holds
 * besides what another one holds. Returns false when it gave up.
 */
bool rings_find(const struct rings_query *query);

#endif
