/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A walk from lock to lock along orders, back to where it began, within strongly connected parts
 * alone. The lock of the lowest number on a ring is where it begins, so that each is met once.
 */
#include "analyzer/rings.h"

#include <stdlib.h>

#include "analyzer/address_table.h"
#include "analyzer/analyses/components.h"

struct told_ring {
	uint32_t locks[RINGS_LENGTH_MAX];
	unsigned length;
};

struct walk {
	const struct rings_query *query;
	const struct order **sorted; /* by what is held, requested, and as they came. Owned by this */
	unsigned *first;	     /* of a lock in sorted, one more than locks. Owned by this */
	unsigned *component;	     /* by lock. Owned by this */
	uint32_t locks;
	uint64_t budget;
	const struct order *path[RINGS_LENGTH_MAX];
	unsigned length, wanted;
	GHashTable *seen; /* hashes of the locks of rings that fn has had */
	struct told_ring told[RINGS_TOLD_MAX];
	unsigned told_count;
};

static int compare_by_lock(const void *a, const void *b)
{
	const struct order *left = *(const struct order *const *)a;
	const struct order *right = *(const struct order *const *)b;

	if (left->held != right->held)
		return left->held < right->held ? -1 : 1;
	if (left->requested != right->requested)
		return left->requested < right->requested ? -1 : 1;
	return left < right ? -1 : left > right;
}

static void index_orders(struct walk *walk)
{
	const struct rings_query *query = walk->query;
	g_autofree struct digraph_edge *edges = g_new(struct digraph_edge, query->count + 1);
	struct digraph graph;

	walk->sorted = g_new(const struct order *, query->count + 1);
	for (unsigned i = 0; i < query->count; i++) {
		const struct order *order = &query->orders[i];

		walk->sorted[i] = order;
		walk->locks = MAX(walk->locks, MAX(order->held, order->requested) + 1);
		edges[i] = (struct digraph_edge){ .from = order->held, .to = order->requested };
	}
	qsort(walk->sorted, query->count, sizeof(*walk->sorted), compare_by_lock);
	walk->first = g_new0(unsigned, walk->locks + 2);
	for (unsigned i = 0; i < query->count; i++)
		walk->first[walk->sorted[i]->held + 1]++;
	for (uint32_t lock = 0; lock < walk->locks; lock++)
		walk->first[lock + 1] += walk->first[lock];
	walk->component = g_new0(unsigned, walk->locks + 1);
	digraph_init(&graph, walk->locks, edges, query->count);
	components_find(&graph, walk->component);
	digraph_done(&graph);
}

/* Does the one hold each time, besides, what the other one holds? */
static bool is_gate_of(const struct order *one, const struct order *other)
{
	for (unsigned i = 0; i < one->gate_count; i++)
		if (one->gates[i].lock == other->held &&
		    !(one->gates[i].is_read && other->held_is_read))
			return true;
	return false;
}

static bool can_meet(const struct order *one, const struct order *other)
{
	return one->actor != other->actor && !orders_share_gate(one, other) &&
	       !is_gate_of(one, other) && !is_gate_of(other, one);
}

static bool does_wait(const struct order *waiter, const struct order *holder)
{
	return waiter->requested == holder->held &&
	       !(waiter->requested_is_read && holder->held_is_read);
}

/* Can order follow on the path so far? */
static bool fits(const struct walk *walk, const struct order *order)
{
	const struct rings_query *query = walk->query;

	if (walk->length && !does_wait(walk->path[walk->length - 1], order))
		return false;
	for (unsigned i = 0; i < walk->length; i++) {
		const struct order *before = walk->path[i];

		if (!can_meet(before, order) || before->held == order->held)
			return false;
		if (query->is_told && query->is_told(query->context, before->held, order->held))
			return false;
	}
	return true;
}

static bool has_lock(const struct walk *walk, uint32_t lock)
{
	for (unsigned i = 0; i < walk->length; i++)
		if (walk->path[i]->held == lock)
			return true;
	return false;
}

/* Are all locks of a ring that was told on this one? */
static bool is_covered(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->told_count; i++) {
		const struct told_ring *told = &walk->told[i];
		unsigned common = 0;

		while (common < told->length && has_lock(walk, told->locks[common]))
			common++;
		if (common == told->length)
			return true;
	}
	return false;
}

static bool is_new(struct walk *walk)
{
	uint64_t hash = walk->length;

	for (unsigned i = 0; i < walk->length; i++)
		hash = address_table_mix(hash + walk->path[i]->held + 1);
	return g_hash_table_add(walk->seen, g_memdup2(&hash, sizeof(hash)));
}

/* The order that was seen first comes first. */
static void close_ring(struct walk *walk)
{
	const struct rings_query *query = walk->query;
	unsigned ring[RINGS_LENGTH_MAX], start = 0;

	if (is_covered(walk) || !is_new(walk))
		return;
	for (unsigned i = 1; i < walk->length; i++)
		if (walk->path[i] < walk->path[start])
			start = i;
	for (unsigned i = 0; i < walk->length; i++)
		ring[i] = (unsigned)(walk->path[(start + i) % walk->length] - query->orders);
	if (!query->fn(query->context, ring, walk->length))
		return;
	struct told_ring *told = &walk->told[walk->told_count++];
	told->length = walk->length;
	for (unsigned i = 0; i < walk->length; i++)
		told->locks[i] = walk->path[i]->held;
}

static bool is_over(const struct walk *walk)
{
	return !walk->budget || walk->told_count == RINGS_TOLD_MAX;
}

/* Go on from lock; depth is RINGS_LENGTH_MAX at most. */
static void follow(struct walk *walk, uint32_t start, uint32_t lock)
{
	for (unsigned i = walk->first[lock]; i < walk->first[lock + 1] && !is_over(walk); i++) {
		const struct order *order = walk->sorted[i];
		bool is_last = walk->length + 1 == walk->wanted;

		walk->budget--;
		if (is_last ? order->requested != start
			    : order->requested <= start || has_lock(walk, order->requested))
			continue;
		if (walk->component[order->requested] != walk->component[start])
			continue;
		if (!fits(walk, order))
			continue;
		walk->path[walk->length++] = order;
		if (!is_last)
			follow(walk, start, order->requested);
		else if (does_wait(order, walk->path[0]))
			close_ring(walk);
		walk->length--;
	}
}

bool rings_find(const struct rings_query *query)
{
	struct walk walk = {
		.query = query,
		.budget = query->budget,
		.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
	};

	index_orders(&walk);
	for (walk.wanted = 3; walk.wanted <= RINGS_LENGTH_MAX; walk.wanted++)
		for (uint32_t lock = 0; lock < walk.locks && !is_over(&walk); lock++)
			follow(&walk, lock, lock);
	g_hash_table_unref(walk.seen);
	g_free(walk.component);
	g_free(walk.first);
	g_free(walk.sorted);
	return !is_over(&walk);
}
