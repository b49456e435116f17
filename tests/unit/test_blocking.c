/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the analysis of blocking: its limits, and its bounds. */
#include <string.h>

#include "analyzer/analysis.h"

#include <check.h>

Suite *suite_blocking(void);

extern const struct analysis analysis_blocking;

#define M 0x1000
#define N 0x2000
#define MS INT64_C(1000000)

static struct model *model;
static struct report *report;
static void *self;
static int64_t now_ns;

static void setup(void)
{
	model = model_new();
	report = report_new();
	self = analysis_blocking.start();
	now_ns = 0;
}

static void teardown(void)
{
	report_free(report);
	model_free(model);
}

static void step(void *context, const struct step *step)
{
	analysis_blocking.step(context, step);
}

/* after_ns later than the one before, in a thread of process 10. */
static void apply(int64_t after_ns, int32_t tid, enum event_type type, uint64_t object,
		  int64_t value, uint64_t site)
{
	struct event event = { .type = type,
			       .pid = 10,
			       .tid = tid,
			       .time_ns = now_ns += after_ns,
			       .object = object,
			       .value = value,
			       .site = site,
			       .text = "read" };

	model_apply(model, &event, step, self);
}

static void finish(void)
{
	model_finish(model);
	struct names *names = names_new(report);
	analysis_blocking.finish(self, model, names, report);
	names_free(names);
	report_finish(report, LEVEL_NOTE);
}

static const struct finding *nth(guint i)
{
	ck_assert_uint_lt(i, report->findings->len);
	return g_ptr_array_index(report->findings, i);
}

static void assert_note(const struct finding *finding, const char *rule, unsigned count,
			const char *note)
{
	ck_assert_str_eq(finding->rule, rule);
	ck_assert_int_eq(finding->level, LEVEL_NOTE);
	ck_assert_uint_eq(finding->count, count);
	ck_assert_str_eq(g_ptr_array_index(finding->notes, 0), note);
}

/* One holds M for 30 ms, two waits for it meanwhile; then one waits again, for 20 ms. */
static void contend(void)
{
	apply(MS, 1, EVENT_mutex_lock, M, 0, 0x100);
	apply(0, 2, EVENT_mutex_lock_begin, M, 0, 0x200);
	apply(30 * MS, 1, EVENT_mutex_unlock, M, 0, 0);
	apply(0, 2, EVENT_mutex_lock_end, M, 0, 0x200);
	apply(0, 1, EVENT_mutex_lock_begin, M, 0, 0x200);
	apply(20 * MS, 2, EVENT_mutex_unlock, M, 0, 0);
	apply(0, 1, EVENT_mutex_lock_end, M, 0, 0x200);
	apply(MS, 1, EVENT_mutex_unlock, M, 0, 0);
}

START_TEST(long_waits_and_holds_are_off)
{
	contend();
	finish();
	ck_assert_uint_eq(report->findings->len, 0);
}
END_TEST

START_TEST(long_waits_are_told_by_place)
{
	const struct limits limits = { .wait_ns = 20 * MS };

	analysis_blocking.set_limits(self, &limits);
	contend();
	finish();
	ck_assert_uint_eq(report->findings->len, 1);
	assert_note(nth(0), "long-wait", 2,
		    "It happened 2 times, for 50.0 ms in all and 30.0 ms at most.");
	ck_assert_str_eq(nth(0)->message,
			 "thread #1 waits for mutex #1 first used at 0x100 at 0x200 for 20.0 ms or "
			 "longer.");
}
END_TEST

START_TEST(long_holds_are_told_by_place)
{
	const struct limits limits = { .hold_ns = 20 * MS };

	analysis_blocking.set_limits(self, &limits);
	contend();
	/* N is called as every text here is, and held until the end. */
	apply(MS, 1, EVENT_object_name, N, 0, 0);
	apply(MS, 1, EVENT_mutex_lock, N, 0, 0x300);
	apply(40 * MS, 2, EVENT_process_exit, 0, 0, 0);
	finish();
	ck_assert_uint_eq(report->findings->len, 2);
	assert_note(nth(0), "long-hold", 2,
		    "It happened 2 times, for 50.0 ms in all and 30.0 ms at most.");
	assert_note(nth(1), "long-hold", 1, "It lasted 40.0 ms.");
	ck_assert_str_eq(nth(1)->message,
			 "thread #0 holds read, acquired at 0x300, for 20.0 ms or longer.");
}
END_TEST

START_TEST(a_release_that_failed_ends_no_hold)
{
	const struct limits limits = { .hold_ns = 20 * MS };

	analysis_blocking.set_limits(self, &limits);
	apply(MS, 1, EVENT_mutex_lock, M, 0, 0x100);
	apply(20 * MS, 2, EVENT_mutex_unlock, M, 0, 0);
	apply(MS, 2, EVENT_mutex_unlock_failed, M, EPERM, 0);
	apply(MS, 1, EVENT_mutex_unlock, M, 0, 0);
	finish();
	ck_assert_uint_eq(report->findings->len, 1);
	assert_note(nth(0), "long-hold", 1, "It lasted 22.0 ms.");
}
END_TEST

static void read_while_holding(int64_t ns)
{
	apply(MS, 1, EVENT_mutex_lock, M, 0, 0x100);
	apply(0, 1, EVENT_io_begin, 4, 0, 0x200);
	apply(ns, 1, EVENT_io_end, 4, 0, 0);
	apply(0, 1, EVENT_mutex_unlock, M, 0, 0);
}

START_TEST(ten_milliseconds_are_the_limit)
{
	read_while_holding(10 * MS - 1);
	read_while_holding(10 * MS);
	finish();
	ck_assert_uint_eq(report->findings->len, 1);
	assert_note(nth(0), "blocking-while-holding", 1, "It lasted 10.0 ms.");
}
END_TEST

START_TEST(the_limit_can_be_switched_off)
{
	const struct limits limits = { .blocked_holding_ns = 0 };

	analysis_blocking.set_limits(self, &limits);
	read_while_holding(1000 * MS);
	finish();
	ck_assert_uint_eq(report->findings->len, 0);
	ck_assert_uint_eq(report->blocking_calls->len, 1);
}
END_TEST

START_TEST(many_places_become_one_row)
{
	const struct blocking_call *rows = NULL;
	uint64_t count = 0;

	for (uint64_t i = 0; i < 10050; i++) {
		apply(1, 1 + (int32_t)(i % 3), EVENT_io_begin, 4, 0, 0x10000 + i);
		apply(i < 10000 ? 2 : 1, 1 + (int32_t)(i % 3), EVENT_io_end, 4, 0, 0);
	}
	finish();
	rows = (const struct blocking_call *)(void *)report->blocking_calls->data;
	ck_assert_uint_eq(report->blocking_calls->len, 10001);
	for (guint i = 0; i < report->blocking_calls->len; i++)
		count += rows[i].count;
	ck_assert_uint_eq(count, 10050);
	/* 50 of 1 ns are more than each of 2 ns. */
	ck_assert_str_eq(rows[0].call, "other calls");
	ck_assert_str_eq(rows[0].place, "other places");
	ck_assert_uint_eq(rows[0].count, 50);
	ck_assert_uint_eq(rows[0].threads, 3);
	ck_assert_str_eq(rows[1].call, "read");
	ck_assert_uint_eq(rows[1].threads, 1);
}
END_TEST

/* Notes are bounded, too, and those that are not told are counted. */
START_TEST(many_notes_are_cut)
{
	const struct finding *last;

	for (uint64_t i = 0; i < 10050; i++) {
		apply(1, 1, EVENT_mutex_init, M + i * 64, 0, 0x10000 + i);
		apply(1, 1, EVENT_mutex_lock, M + i * 64, 0, 0x100);
		apply(1, 1, EVENT_io_begin, 4, 0, 0x200);
		apply(10 * MS, 1, EVENT_io_end, 4, 0, 0);
		apply(1, 1, EVENT_mutex_unlock, M + i * 64, 0, 0);
	}
	finish();
	/* The same in the words of a fingerprint. */
	ck_assert_uint_eq(report->findings->len, 1);
	last = nth(0);
	ck_assert_uint_eq(last->count, 10000);
	ck_assert_str_eq(g_ptr_array_index(last->notes, last->notes->len - 1),
			 "50 more of this kind are not told.");
}
END_TEST

Suite *suite_blocking(void)
{
	Suite *suite = suite_create("blocking");
	TCase *tests = tcase_create("blocking");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, long_waits_and_holds_are_off);
	tcase_add_test(tests, long_waits_are_told_by_place);
	tcase_add_test(tests, long_holds_are_told_by_place);
	tcase_add_test(tests, a_release_that_failed_ends_no_hold);
	tcase_add_test(tests, ten_milliseconds_are_the_limit);
	tcase_add_test(tests, the_limit_can_be_switched_off);
	tcase_add_test(tests, many_places_become_one_row);
	tcase_add_test(tests, many_notes_are_cut);
	suite_add_tcase(suite, tests);
	return suite;
}
