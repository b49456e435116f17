/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of distributions: exact where few, near where many, small always. */
#include <stdlib.h>

#include "analyzer/histogram.h"

#include <check.h>

Suite *suite_histogram(void);

START_TEST(nothing_is_zero)
{
	struct histogram histogram = { 0 };
	struct distribution told = histogram_distribution(&histogram);

	ck_assert_int_eq(told.total, 0);
	ck_assert_int_eq(told.max, 0);
	ck_assert_int_eq(told.p50, 0);
	ck_assert_int_eq(told.p99, 0);
	histogram_done(&histogram);
}
END_TEST

START_TEST(one_and_two_need_no_memory)
{
	struct histogram histogram = { 0 };

	histogram_add(&histogram, 7);
	ck_assert_int_eq(histogram_percentile(&histogram, 50), 7);
	histogram_add(&histogram, 3);
	ck_assert_ptr_null(histogram.samples);
	ck_assert_int_eq(histogram_percentile(&histogram, 50), 3);
	ck_assert_int_eq(histogram_percentile(&histogram, 99), 7);
	ck_assert_int_eq(histogram.total, 10);
	histogram_done(&histogram);
}
END_TEST

START_TEST(few_are_exact)
{
	for (int count = 1; count <= HISTOGRAM_EXACT; count++) {
		struct histogram histogram = { 0 };

		for (int i = count; i > 0; i--)
			histogram_add(&histogram, i * 1001);
		ck_assert_int_eq(histogram_percentile(&histogram, 50), (count + 1) / 2 * 1001);
		ck_assert_int_eq(histogram_percentile(&histogram, 99),
				 (99 * count + 99) / 100 * 1001);
		ck_assert_int_eq(histogram_percentile(&histogram, 100), count * 1001);
		histogram_done(&histogram);
	}
}
END_TEST

static void assert_near(int64_t is, int64_t wanted)
{
	ck_assert_int_le(llabs(is - wanted) * 100, wanted * 4);
}

START_TEST(many_are_near)
{
	for (int64_t step = 1; step < INT64_C(1000000000000); step *= 13) {
		struct histogram histogram = { 0 };

		for (int64_t i = 1; i <= 1000; i++)
			histogram_add(&histogram, (i * 7919 % 1000 + 1) * step);
		assert_near(histogram_percentile(&histogram, 50), 500 * step);
		assert_near(histogram_percentile(&histogram, 99), 990 * step);
		ck_assert_int_eq(histogram.max, 1000 * step);
		ck_assert_int_eq(histogram.total, 500500 * step);
		histogram_done(&histogram);
	}
}
END_TEST

START_TEST(wild_values_do_no_harm)
{
	struct histogram histogram = { 0 };

	for (int i = 0; i < 100; i++) {
		histogram_add(&histogram, INT64_MAX);
		histogram_add(&histogram, INT64_MIN);
	}
	ck_assert_int_eq(histogram.total, INT64_MAX);
	ck_assert_int_eq(histogram_percentile(&histogram, 50), 0);
	ck_assert_int_gt(histogram_percentile(&histogram, 99), 0);
	histogram_done(&histogram);
}
END_TEST

Suite *suite_histogram(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tests = tcase_create("histogram");

	tcase_add_test(tests, nothing_is_zero);
	tcase_add_test(tests, one_and_two_need_no_memory);
	tcase_add_test(tests, few_are_exact);
	tcase_add_test(tests, many_are_near);
	tcase_add_test(tests, wild_values_do_no_harm);
	suite_add_tcase(suite, tests);
	return suite;
}
