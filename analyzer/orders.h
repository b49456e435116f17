/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders of locks as numbers, and which of them contradict each other. */
#ifndef ANALYZER_ORDERS_H
#define ANALYZER_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

/* Another lock that was held each time. */
struct order_gate {
	uint32_t lock;
	bool is_read; /* of an rwlock, for reading, at least once */
};

/* One lock requested while another one is held. */
struct order {
	uint32_t held, requested; /* a lock, or all locks of a class */
	bool held_is_read, requested_is_read;
	uint32_t actor;			/* a thread: two of one actor never meet */
	uint32_t place;			/* a part of what was seen, for the caller's use */
	const struct order_gate *gates; /* Weak */
	unsigned gate_count;
};

/*
 * Can one actor come by the one and another actor by the other, and wait for each other? Not where
 * they meet as readers, nor where both hold a common gate.
 */
bool orders_oppose(const struct order *one, const struct order *other);

/* Do both hold a gate, and not both for reading? */
bool orders_share_gate(const struct order *one, const struct order *other);

/* Indices of two orders that oppose each other, the lower first; false: no more of these locks. */
typedef bool (*orders_fn)(void *context, unsigned one, unsigned other);

/*
 * Call fn for such orders, two locks after the other: once for all that are alike but for their
 * index. What is held while itself is requested is left out. Returns false when it gave up after
 * so many comparisons.
 */
bool orders_find(const struct order *orders, unsigned count, uint64_t budget, orders_fn fn,
		 void *context);

#endif
