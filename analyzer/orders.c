/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Orders are sorted by the two locks they are about, so that those which may contradict each other
 * lie side by side; what differs in nothing that matters is looked at once.
 */
#include "analyzer/orders.h"

#include <glib.h>
#include <stdlib.h>

bool orders_share_gate(const struct order *one, const struct order *other)
{
	for (unsigned i = 0; i < one->gate_count; i++) {
		for (unsigned j = 0; j < other->gate_count; j++) {
			const struct order_gate *left = &one->gates[i], *right = &other->gates[j];
			if (left->lock == right->lock && !(left->is_read && right->is_read))
				return true;
		}
	}
	return false;
}

bool orders_oppose(const struct order *one, const struct order *other)
{
	return one->held == other->requested && one->requested == other->held &&
	       one->actor != other->actor && !(one->held_is_read && other->requested_is_read) &&
	       !(one->requested_is_read && other->held_is_read) && !orders_share_gate(one, other);
}

static uint32_t lower(const struct order *order)
{
	return MIN(order->held, order->requested);
}

static uint32_t higher(const struct order *order)
{
	return MAX(order->held, order->requested);
}

static bool is_same_pair(const struct order *one, const struct order *other)
{
	return lower(one) == lower(other) && higher(one) == higher(other);
}

static int compare_numbers(uint32_t left, uint32_t right)
{
	return left < right ? -1 : left > right;
}

static int compare_gates(const struct order *left, const struct order *right)
{
	int result = compare_numbers(left->gate_count, right->gate_count);

	for (unsigned i = 0; i < left->gate_count && !result; i++) {
		result = compare_numbers(left->gates[i].lock, right->gates[i].lock);
		if (!result)
			result = left->gates[i].is_read - right->gates[i].is_read;
	}
	return result;
}

/* All but the index. */
static int compare_orders(const struct order *left, const struct order *right)
{
	int result = compare_numbers(lower(left), lower(right));

	if (!result)
		result = compare_numbers(higher(left), higher(right));
	if (!result)
		result = compare_numbers(left->held, right->held);
	if (!result)
		result = left->held_is_read - right->held_is_read;
	if (!result)
		result = left->requested_is_read - right->requested_is_read;
	if (!result)
		result = compare_numbers(left->place, right->place);
	if (!result)
		result = compare_numbers(left->actor, right->actor);
	return result ? result : compare_gates(left, right);
}

static int compare_by_pair(const void *a, const void *b)
{
	const struct order *left = *(const struct order *const *)a;
	const struct order *right = *(const struct order *const *)b;
	int result = compare_orders(left, right);

	return result ? result : left < right ? -1 : left > right;
}

/* The first ones of those that are alike, in the order of compare_by_pair(). */
static GPtrArray *sort(const struct order *orders, unsigned count)
{
	GPtrArray *all = g_ptr_array_sized_new(count);
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++)
		if (orders[i].held != orders[i].requested)
			g_ptr_array_add(all, (void *)&orders[i]);
	g_ptr_array_sort(all, compare_by_pair);
	for (unsigned i = 0; i < all->len; i++)
		if (!kept || compare_orders(all->pdata[kept - 1], all->pdata[i]))
			all->pdata[kept++] = all->pdata[i];
	g_ptr_array_set_size(all, (int)kept);
	return all;
}

struct search {
	const struct order *orders;
	uint64_t budget;
	orders_fn fn;
	void *context;
};

/* Two locks: those from list on to middle are the one way round, the others up to end the other. */
static bool search_pair(struct search *search, const struct order *const *list, unsigned middle,
			unsigned end)
{
	for (unsigned i = 0; i < middle; i++) {
		for (unsigned j = middle; j < end; j++) {
			unsigned one = (unsigned)(list[i] - search->orders);
			unsigned other = (unsigned)(list[j] - search->orders);

			if (!search->budget)
				return false;
			search->budget--;
			if (orders_oppose(list[i], list[j]) &&
			    !search->fn(search->context, MIN(one, other), MAX(one, other)))
				return true;
		}
	}
	return true;
}

bool orders_find(const struct order *orders, unsigned count, uint64_t budget, orders_fn fn,
		 void *context)
{
	g_autoptr(GPtrArray) sorted = sort(orders, count);
	const struct order *const *list = (const struct order *const *)(void *)sorted->pdata;
	struct search search = { .orders = orders, .budget = budget, .fn = fn, .context = context };
	bool is_complete = true;

	for (unsigned i = 0, middle, end; i < sorted->len; i = end) {
		for (middle = i; middle < sorted->len && is_same_pair(list[i], list[middle]) &&
				 list[middle]->held == list[i]->held;)
			middle++;
		for (end = middle; end < sorted->len && is_same_pair(list[i], list[end]);)
			end++;
		is_complete &= search_pair(&search, list + i, middle - i, end - i);
	}
	return is_complete;
}
