/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is sent to a family that is to end, and when. */
#include "analyzer/ending.h"

#include <check.h>
#include <signal.h>

#define MS INT64_C(1000000)

Suite *suite_ending(void);

static struct ending ending;

static void begin(enum ending_reason reason, bool wants_core)
{
	ending_init(&ending, wants_core);
	ck_assert(ending_begin(&ending, reason, 100 * MS));
}

/* The next one, and when it is due. */
static void takes(int signal, int64_t at_ns)
{
	ck_assert_int_eq(ending.due_ns, at_ns);
	ck_assert_int_eq(ending_take(&ending, at_ns - 1), 0);
	ck_assert_int_eq(ending_take(&ending, at_ns), signal);
	ck_assert_int_eq(ending_take(&ending, at_ns), 0);
}

START_TEST(sends_nothing_before_it_begins)
{
	ending_init(&ending, true);
	ck_assert_int_eq(ending.due_ns, ENDING_NEVER);
	ck_assert_int_eq(ending_take(&ending, ENDING_NEVER), 0);
	ck_assert_int_eq(ending.reason, ENDING_NONE);
}
END_TEST

START_TEST(asks_before_it_kills)
{
	begin(ENDING_TIMEOUT, false);
	takes(SIGTERM, 100 * MS);
	takes(SIGKILL, 2100 * MS);
	/* Again, for those who were born meanwhile. */
	takes(SIGKILL, 4100 * MS);
}
END_TEST

START_TEST(asks_for_a_core)
{
	begin(ENDING_STALL, true);
	takes(SIGTERM, 100 * MS);
	takes(SIGABRT, 2100 * MS);
	/* A core takes its time. */
	takes(SIGKILL, 12100 * MS);
	takes(SIGKILL, 14100 * MS);
}
END_TEST

START_TEST(is_quick_where_they_cannot_go_on)
{
	begin(ENDING_DEADLOCK, false);
	takes(SIGTERM, 100 * MS);
	takes(SIGKILL, 600 * MS);
}
END_TEST

START_TEST(counts_a_grace_from_when_it_was_sent)
{
	begin(ENDING_TIMEOUT, false);
	ck_assert_int_eq(ending_take(&ending, 5000 * MS), SIGTERM);
	takes(SIGKILL, 7000 * MS);
}
END_TEST

START_TEST(keeps_its_first_reason)
{
	begin(ENDING_DEADLOCK, false);
	takes(SIGTERM, 100 * MS);
	ck_assert(!ending_begin(&ending, ENDING_TIMEOUT, 200 * MS));
	ck_assert_int_eq(ending.reason, ENDING_DEADLOCK);
	takes(SIGKILL, 600 * MS);
}
END_TEST

Suite *suite_ending(void)
{
	Suite *suite = suite_create("ending");
	TCase *all = tcase_create("ending");

	tcase_add_test(all, sends_nothing_before_it_begins);
	tcase_add_test(all, asks_before_it_kills);
	tcase_add_test(all, asks_for_a_core);
	tcase_add_test(all, is_quick_where_they_cannot_go_on);
	tcase_add_test(all, counts_a_grace_from_when_it_was_sent);
	tcase_add_test(all, keeps_its_first_reason);
	suite_add_tcase(suite, all);
	return suite;
}
