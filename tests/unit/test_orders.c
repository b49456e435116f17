/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of orders of locks that contradict each other. */
#include "analyzer/orders.h"

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

Suite *suite_orders(void)
{
	Suite *suite = suite_create("orders");
	TCase *tests = tcase_create("orders");

	tcase_add_test(tests, opposed_are_two_threads_both_ways);
	tcase_add_test(tests, readers_do_not_oppose);
	tcase_add_test(tests, a_common_gate_keeps_them_apart);
	tcase_add_test(tests, each_two_locks_are_found);
	tcase_add_test(tests, the_budget_ends_it);
	suite_add_tcase(suite, tests);
	return suite;
}
