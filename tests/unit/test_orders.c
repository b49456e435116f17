/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of orders of locks that contradict each other. */
#include "analyzer/orders.h"
#include "analyzer/rings.h"

#include <glib.h>

#include <check.h>

Suite *suite_orders(void);

#define PLENTY 1000000

static const struct order forth = { .held = 1, .requested = 2, .actor = 1 };
static const struct order back = { .held = 2, .requested = 1, .actor = 2 };

struct found {
	unsigned count;
	unsigned one[8], other[8];
	bool is_enough; /* of the present two locks, after one */
};

static bool add(void *context, unsigned one, unsigned other)
{
	struct found *found = context;

	ck_assert_uint_lt(found->count, G_N_ELEMENTS(found->one));
	found->one[found->count] = one;
	found->other[found->count++] = other;
	return !found->is_enough;
}

START_TEST(opposed_are_two_threads_both_ways)
{
	struct order other = back;

	ck_assert(orders_oppose(&forth, &back));
	ck_assert(orders_oppose(&back, &forth));
	ck_assert(!orders_oppose(&forth, &forth));
	other.actor = forth.actor;
	ck_assert(!orders_oppose(&forth, &other));
	other = back;
	other.requested = 3;
	ck_assert(!orders_oppose(&forth, &other));
}
END_TEST

START_TEST(readers_do_not_oppose)
{
	struct order one = forth, other = back;

	one.held_is_read = true;
	ck_assert(orders_oppose(&one, &other));
	other.requested_is_read = true;
	ck_assert(!orders_oppose(&one, &other));
	one = forth;
	one.requested_is_read = true;
	ck_assert(orders_oppose(&one, &other));
	other.held_is_read = true;
	ck_assert(!orders_oppose(&one, &other));
}
END_TEST

START_TEST(a_common_gate_keeps_them_apart)
{
	static const struct order_gate gates[] = { { 7, false }, { 8, true }, { 9, true } };
	struct order one = forth, other = back;

	one.gates = gates;
	one.gate_count = 2;
	ck_assert(orders_oppose(&one, &other));
	other.gates = gates + 1;
	other.gate_count = 2;
	/* Both read 8. */
	ck_assert(orders_oppose(&one, &other));
	other.gates = gates;
	ck_assert(!orders_oppose(&one, &other));
}
END_TEST

START_TEST(each_two_locks_are_found)
{
	struct order list[6] = { forth, back, forth, back, back, back };
	struct found found = { .count = 0 };

	/* Of other locks, which nobody takes the other way; what is like another one; of one lock. */
	list[2].requested = 3;
	list[4].actor = 3;
	list[5].requested = list[5].held;
	ck_assert(orders_find(list, 6, PLENTY, add, &found));
	ck_assert_uint_eq(found.count, 2);
	ck_assert_uint_eq(found.one[0], 0);
	ck_assert_uint_eq(found.other[0], 1);
	ck_assert_uint_eq(found.other[1], 4);
	found = (struct found){ .is_enough = true };
	ck_assert(orders_find(list, 6, PLENTY, add, &found));
	ck_assert_uint_eq(found.count, 1);
	ck_assert(orders_find(list, 0, PLENTY, add, &found));
}
END_TEST

/* Of so few locks, threads and gates that most cases of what may be alike come up. */
static void fill_random(GRand *random, struct order *list, unsigned count,
			struct order_gate (*gates)[2])
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = 0; j < 2; j++)
			gates[i][j] =
				(struct order_gate){ (uint32_t)g_rand_int_range(random, 10, 13),
						     g_rand_boolean(random) };
		list[i] = (struct order){ .held = (uint32_t)g_rand_int_range(random, 0, 4),
					  .requested = (uint32_t)g_rand_int_range(random, 0, 4),
					  .held_is_read = g_rand_int_range(random, 0, 4) == 0,
					  .requested_is_read = g_rand_int_range(random, 0, 4) == 0,
					  .actor = (uint32_t)g_rand_int_range(random, 0, 3),
					  .gates = gates[i],
					  .gate_count = (unsigned)g_rand_int_range(random, 0, 3) };
	}
}

static bool add_pair(void *context, unsigned one, unsigned other)
{
	const struct order *list = context;

	ck_assert(one < other && orders_oppose(&list[one], &list[other]));
	/* Seen, for which nobody has asked so far. */
	ck_assert_uint_eq(list[one].place, 0);
	for (unsigned i = 0; i < 12; i++)
		if (MIN(list[i].held, list[i].requested) ==
			    MIN(list[one].held, list[one].requested) &&
		    MAX(list[i].held, list[i].requested) ==
			    MAX(list[one].held, list[one].requested))
			((struct order *)context)[i].place = 1;
	return false;
}

START_TEST(random_ones_are_found_as_by_trying_all)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(5);
	struct order_gate gates[12][2];
	struct order list[12];

	for (unsigned round = 0; round < 2000; round++) {
		fill_random(random, list, 12, gates);
		ck_assert(orders_find(list, 12, PLENTY, add_pair, list));
		for (unsigned i = 0; i < 12; i++)
			for (unsigned j = 0; j < i; j++)
				ck_assert(list[i].held == list[i].requested ||
					  !orders_oppose(&list[i], &list[j]) || list[i].place);
	}
}
END_TEST

/* 10,000 each way by one thread, all different in what they are for the caller. */
START_TEST(the_budget_ends_it)
{
	struct order *list = g_new(struct order, 20000);
	struct found found = { .count = 0 };

	for (unsigned i = 0; i < 20000; i++) {
		list[i] = i % 2 ? forth : back;
		list[i].actor = 1;
		list[i].place = i;
	}
	ck_assert(!orders_find(list, 20000, 1000, add, &found));
	for (unsigned i = 0; i < 20000; i++)
		list[i].place = 0;
	ck_assert(orders_find(list, 20000, 1000, add, &found));
	ck_assert_uint_eq(found.count, 0);
	g_free(list);
}
END_TEST

struct rings {
	const struct order *orders;
	unsigned count, longest;
	unsigned last[RINGS_LENGTH_MAX];
	bool is_refusing;
	uint32_t told_one, told_other; /* a pair that is told */
};

static bool add_ring(void *context, const unsigned *ring, unsigned length)
{
	struct rings *rings = context;

	ck_assert(length >= 3 && length <= RINGS_LENGTH_MAX);
	for (unsigned i = 0; i < length; i++) {
		const struct order *order = &rings->orders[ring[i]];
		const struct order *next = &rings->orders[ring[(i + 1) % length]];

		ck_assert_uint_eq(order->requested, next->held);
		ck_assert(!(order->requested_is_read && next->held_is_read));
		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_ne(order->actor, rings->orders[ring[j]].actor);
		rings->last[i] = ring[i];
	}
	rings->count++;
	rings->longest = MAX(rings->longest, length);
	return !rings->is_refusing;
}

static bool is_told_pair(void *context, uint32_t one, uint32_t other)
{
	const struct rings *rings = context;

	return MIN(one, other) == rings->told_one && MAX(one, other) == rings->told_other;
}

/* Orders from each lock to the next, by an actor each. */
static void fill_ring(struct order *list, unsigned length)
{
	for (unsigned i = 0; i < length; i++)
		list[i] =
			(struct order){ .held = i, .requested = (i + 1) % length, .actor = i + 1 };
}

static bool look_for_rings(struct rings *rings, const struct order *list, unsigned count)
{
	const struct rings_query query = { .orders = list,
					   .count = count,
					   .budget = 100000,
					   .fn = add_ring,
					   .is_told = is_told_pair,
					   .context = rings };

	rings->orders = list;
	rings->count = rings->longest = 0;
	return rings_find(&query);
}

START_TEST(rings_are_found)
{
	struct order list[RINGS_LENGTH_MAX + 1];
	struct rings rings = { .told_one = 90 };

	for (unsigned length = 2; length <= RINGS_LENGTH_MAX + 1; length++) {
		bool is_one = length > 2 && length <= RINGS_LENGTH_MAX;

		fill_ring(list, length);
		ck_assert(look_for_rings(&rings, list, length));
		ck_assert_uint_eq(rings.count, is_one);
		ck_assert_uint_eq(rings.longest, is_one ? length : 0);
		ck_assert(look_for_rings(&rings, list, length - 1));
		ck_assert_uint_eq(rings.count, 0);
	}
	ck_assert(look_for_rings(&rings, list, 0));
}
END_TEST

START_TEST(rings_need_actors_of_their_own)
{
	static const struct order_gate gates[] = { { 7, false }, { 8, true }, { 0, false } };
	struct rings rings = { .told_one = 90 };
	struct order list[4];

	fill_ring(list, 3);
	list[2].actor = 1;
	ck_assert(look_for_rings(&rings, list, 3));
	ck_assert_uint_eq(rings.count, 0);
	/* Another one does the same. */
	list[3] = list[2];
	list[3].actor = 9;
	ck_assert(look_for_rings(&rings, list, 4));
	ck_assert_uint_eq(rings.count, 1);
	ck_assert_uint_eq(rings.last[2], 3);
	fill_ring(list, 3);
	list[0].gates = list[2].gates = &gates[1];
	list[0].gate_count = list[2].gate_count = 1;
	ck_assert(look_for_rings(&rings, list, 3));
	ck_assert_uint_eq(rings.count, 1);
	list[0].gates = list[2].gates = gates;
	ck_assert(look_for_rings(&rings, list, 3));
	ck_assert_uint_eq(rings.count, 0);
	/* What the first one holds, the second one holds besides. */
	fill_ring(list, 3);
	list[1].gates = &gates[2];
	list[1].gate_count = 1;
	ck_assert(look_for_rings(&rings, list, 3));
	ck_assert_uint_eq(rings.count, 0);
}
END_TEST

START_TEST(rings_of_readers_are_none)
{
	struct rings rings = { .told_one = 90 };
	struct order list[3];

	for (unsigned i = 0; i < 3; i++) {
		fill_ring(list, 3);
		list[i].requested_is_read = true;
		ck_assert(look_for_rings(&rings, list, 3));
		ck_assert_uint_eq(rings.count, 1);
		list[(i + 1) % 3].held_is_read = true;
		ck_assert(look_for_rings(&rings, list, 3));
		ck_assert_uint_eq(rings.count, 0);
	}
}
END_TEST

START_TEST(rings_around_what_is_told_are_left_out)
{
	struct rings rings = { .told_one = 1, .told_other = 2 };
	struct order list[6];

	fill_ring(list, 4);
	ck_assert(look_for_rings(&rings, list, 4));
	ck_assert_uint_eq(rings.count, 0);
	/* A ring of three in the one of four, and the same once more. */
	rings.told_one = 90;
	list[4] = (struct order){ .held = 2, .requested = 0, .actor = 7 };
	list[5] = list[4];
	list[5].actor = 8;
	ck_assert(look_for_rings(&rings, list, 6));
	ck_assert_uint_eq(rings.count, 1);
	ck_assert_uint_eq(rings.longest, 3);
	/* Not told: what is around it counts. */
	rings.is_refusing = true;
	ck_assert(look_for_rings(&rings, list, 6));
	ck_assert_uint_eq(rings.count, 2);
	ck_assert_uint_eq(rings.longest, 4);
}
END_TEST

/* All locks in all orders, by an actor each. */
START_TEST(too_many_rings_are_given_up)
{
	static struct order list[40 * 39];
	struct rings rings = { .told_one = 90 };
	unsigned count = 0;

	for (uint32_t held = 0; held < 40; held++)
		for (uint32_t requested = 0; requested < 40; requested++)
			if (held != requested) {
				list[count] = (struct order){ .held = held,
							      .requested = requested,
							      .actor = count };
				count++;
			}
	ck_assert(!look_for_rings(&rings, list, count));
	ck_assert_uint_eq(rings.count, RINGS_TOLD_MAX);
	rings.is_refusing = true;
	ck_assert(!look_for_rings(&rings, list, count));
	ck_assert_uint_gt(rings.count, RINGS_TOLD_MAX);
}
END_TEST

Suite *suite_orders(void)
{
	Suite *suite = suite_create("orders");
	TCase *tests = tcase_create("orders");

	tcase_add_test(tests, opposed_are_two_threads_both_ways);
	tcase_add_test(tests, readers_do_not_oppose);
	tcase_add_test(tests, a_common_gate_keeps_them_apart);
	tcase_add_test(tests, each_two_locks_are_found);
	tcase_add_test(tests, random_ones_are_found_as_by_trying_all);
	tcase_add_test(tests, the_budget_ends_it);
	tcase_add_test(tests, rings_are_found);
	tcase_add_test(tests, rings_need_actors_of_their_own);
	tcase_add_test(tests, rings_of_readers_are_none);
	tcase_add_test(tests, rings_around_what_is_told_are_left_out);
	tcase_add_test(tests, too_many_rings_are_given_up);
	suite_add_tcase(suite, tests);
	return suite;
}
