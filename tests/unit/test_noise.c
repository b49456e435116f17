/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which pauses noise makes: streams that repeat, places that are left in peace, the budget. */
#include <check.h>
#include <string.h>

#include "primitives/noise_plan.h"

Suite *suite_noise(void);

#define DRAWS 200
#define NESTED_NS_MIN 1250000
#define NESTED_NS_MAX 40000000
#define SITE 0x401000

static struct noise_sights sights;
static struct noise_thread main_thread;

static void set_up(void)
{
	memset(&sights, 0, sizeof(sights));
	main_thread = (struct noise_thread){ .key = noise_program_key(7, "./program", 0) };
}

/* A lock is held, and each request is somewhere new. */
static void draw_nested(struct noise_thread *thread, int64_t *drawn)
{
	noise_hold(thread, 0x9000, false);
	for (unsigned i = 0; i < DRAWS; i++)
		drawn[i] = noise_draw(thread, &sights, NOISE_REQUEST, SITE + i);
	noise_let_go(thread, 0x9000);
}

static unsigned count_pauses(struct noise_thread *thread, enum noise_point point, unsigned draws)
{
	unsigned count = 0;

	for (unsigned i = 0; i < draws; i++)
		count += noise_draw(thread, &sights, point, SITE) != 0;
	return count;
}

START_TEST(the_same_thread_draws_the_same)
{
	struct noise_thread again = main_thread;
	int64_t first[DRAWS], second[DRAWS];
	unsigned pauses = 0;

	draw_nested(&main_thread, first);
	memset(&sights, 0, sizeof(sights));
	/* Whatever others do meanwhile, and wherever the program lies. */
	struct noise_thread other = noise_child(&again);
	count_pauses(&other, NOISE_REQUEST, 77);
	draw_nested(&again, second);
	ck_assert_mem_eq(first, second, sizeof(first));
	for (unsigned i = 0; i < DRAWS; i++) {
		pauses += first[i] != 0;
		ck_assert(first[i] == 0 || first[i] >= NESTED_NS_MIN);
		ck_assert_int_lt(first[i], NESTED_NS_MAX);
	}
	ck_assert(pauses > DRAWS / 3 && pauses < DRAWS * 2 / 3);
}
END_TEST

START_TEST(others_draw_otherwise)
{
	struct noise_thread second = main_thread;
	struct noise_thread threads[] = {
		main_thread,
		{ .key = noise_program_key(8, "./program", 0) },
		{ .key = noise_program_key(7, "./program", 1) },
		{ .key = noise_program_key(7, "./program x", 0) },
		noise_child(&second),
		noise_child(&second),
		noise_child(&threads[4]),
		main_thread,
	};
	enum { COUNT = sizeof(threads) / sizeof(threads[0]) };
	int64_t drawn[COUNT][DRAWS];

	noise_fork(&threads[7]);
	noise_forked(&threads[7]);
	for (unsigned i = 0; i < COUNT; i++) {
		memset(&sights, 0, sizeof(sights));
		draw_nested(&threads[i], drawn[i]);
		for (unsigned j = 0; j < i; j++)
			ck_assert_mem_ne(drawn[i], drawn[j], sizeof(drawn[i]));
	}
}
END_TEST

START_TEST(a_program_is_known_without_its_directory)
{
	ck_assert_uint_eq(noise_line_hash("/usr/bin/a b/c"), noise_line_hash("./a b/c"));
	ck_assert_uint_ne(noise_line_hash("./a b/c"), noise_line_hash("./a c"));
	ck_assert_uint_ne(noise_line_hash("/a"), noise_line_hash("/b"));
	ck_assert_uint_eq(noise_line_hash("dir/"), noise_line_hash(""));
}
END_TEST

START_TEST(a_place_is_left_in_peace_by_and_by)
{
	noise_hold(&main_thread, 0x9000, false);
	unsigned first = count_pauses(&main_thread, NOISE_REQUEST, 8);
	unsigned soon = count_pauses(&main_thread, NOISE_REQUEST, 992);
	unsigned late = count_pauses(&main_thread, NOISE_REQUEST, 99000);

	ck_assert_uint_ge(first, 2);
	/* Some 4 times the natural logarithm of how often more it was visited. */
	ck_assert(soon > 8 && soon < 35);
	ck_assert(late > 8 && late < 35);
}
END_TEST

/* The same place under each of many locks counts as another one, but not as many. */
START_TEST(other_locks_are_another_place)
{
	unsigned pauses = 0;

	count_pauses(&main_thread, NOISE_NESTED, 20);
	for (unsigned i = 0; i < 40; i++) {
		noise_hold(&main_thread, 0x9000 + i, false);
		pauses += count_pauses(&main_thread, NOISE_REQUEST, 1);
		noise_let_go(&main_thread, 0x9000 + i);
	}
	ck_assert(pauses > 10);
	pauses = 0;
	for (unsigned i = 0; i < 10000; i++) {
		noise_hold(&main_thread, 0xa0000 + i, false);
		pauses += count_pauses(&main_thread, NOISE_REQUEST, 1);
		noise_let_go(&main_thread, 0xa0000 + i);
	}
	ck_assert_uint_lt(pauses, 300);
}
END_TEST

START_TEST(many_threads_pause_less)
{
	unsigned early = 0, late = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct noise_thread thread = noise_child(&main_thread);
		bool has_paused = noise_draw(&thread, &sights, NOISE_START, 0) != 0;

		early += i < 32 && has_paused;
		late += i >= 10000 && has_paused;
	}
	ck_assert(early > 8 && early < 24);
	ck_assert_uint_lt(late, 40);
}
END_TEST

START_TEST(what_is_held)
{
	struct noise_thread *thread = &main_thread;

	ck_assert(!noise_holds_any(thread));
	noise_hold(thread, 0x9000, false);
	noise_hold(thread, 0x9000, false);
	noise_let_go(thread, 0x9000);
	ck_assert(noise_holds_any(thread));
	noise_let_go(thread, 0x9000);
	noise_let_go(thread, 0x9000);
	ck_assert(!noise_holds_any(thread));
	/* A semaphore that is only ever taken takes one place. */
	for (unsigned i = 0; i < 100; i++)
		noise_hold(thread, 0xa000, true);
	for (unsigned i = 0; i < 100; i++)
		noise_hold(thread, 0xb000 + i, false);
	for (unsigned i = 0; i < 100; i++)
		noise_let_go(thread, 0xb000 + i);
	ck_assert(noise_holds_any(thread));
	noise_let_go(thread, 0xa000);
	ck_assert(!noise_holds_any(thread));
}
END_TEST

START_TEST(a_process_has_a_budget)
{
	struct noise_budget budget = { .start_ns = 1000 };
	const int64_t ms = 1000000;

	ck_assert(noise_afford(&budget, true, 40 * ms, 1000));
	ck_assert(!noise_afford(&budget, true, 20 * ms, 1000));
	ck_assert(noise_afford(&budget, true, 8 * ms, 1000));
	ck_assert(!noise_afford(&budget, true, 1, 1000));
	ck_assert(noise_afford(&budget, false, 16 * ms, 1000));
	ck_assert(!noise_afford(&budget, false, 1, 1000));
	ck_assert_int_eq(budget.nested_ns + budget.other_ns, NOISE_FREE_NS);
	/* Half of the time on top. */
	ck_assert(noise_afford(&budget, true, 300 * ms, 1000 + 800 * ms));
	ck_assert(noise_afford(&budget, false, 100 * ms, 1000 + 800 * ms));
	ck_assert(!noise_afford(&budget, true, 1, 1000 + 800 * ms));
	ck_assert(!noise_afford(&budget, false, 1, 1000 + 800 * ms));
}
END_TEST

Suite *suite_noise(void)
{
	Suite *suite = suite_create("noise");
	TCase *tests = tcase_create("noise");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_test(tests, the_same_thread_draws_the_same);
	tcase_add_test(tests, others_draw_otherwise);
	tcase_add_test(tests, a_program_is_known_without_its_directory);
	tcase_add_test(tests, a_place_is_left_in_peace_by_and_by);
	tcase_add_test(tests, other_locks_are_another_place);
	tcase_add_test(tests, many_threads_pause_less);
	tcase_add_test(tests, what_is_held);
	tcase_add_test(tests, a_process_has_a_budget);
	suite_add_tcase(suite, tests);
	return suite;
}
