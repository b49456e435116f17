/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of named.names, on models made from events about the runner's own code and data. */
#include "analyzer/names.h"

#include <dlfcn.h>
#include <string.h>

#include "tests/unit/named_trace.h"

#include <check.h>

Suite *suite_names(void);

static const char *thread_name(guint i)
{
	return names_thread(named.names, g_ptr_array_index(named_trace_process(0)->threads, i));
}

static const char *thread_stable(guint i)
{
	return names_thread_stable(named.names,
				   g_ptr_array_index(named_trace_process(0)->threads, i));
}

static void add_mutex(uint64_t address, uint64_t init_site)
{
	named_trace_apply(
		(struct event){ .type = EVENT_mutex_init, .object = address, .site = init_site });
}

static void use_mutex(uint64_t address, uint64_t site)
{
	named_trace_apply(
		(struct event){ .type = EVENT_mutex_lock, .object = address, .site = site });
	named_trace_apply(
		(struct event){ .type = EVENT_mutex_unlock, .object = address, .site = site });
}

static void name_object(uint64_t address, const char *name)
{
	named_trace_apply(
		(struct event){ .type = EVENT_object_name, .object = address, .text = name });
}

static const struct object *object(guint i)
{
	ck_assert_uint_lt(i, named_trace_process(0)->objects->len);
	return g_ptr_array_index(named_trace_process(0)->objects, i);
}

static void assert_object(guint i, const char *name, const char *stable)
{
	ck_assert_str_eq(names_object(named.names, object(i)), name);
	ck_assert_str_eq(names_object_stable(named.names, object(i)), stable);
}

START_TEST(threads_by_name_routine_and_index)
{
	named_trace_add_process(100, "./program");
	named_trace_add_thread(101, landmark_worker, NULL);
	named_trace_add_thread(102, landmark_worker, NULL);
	named_trace_add_thread(103, landmark_worker, "philosopher");
	named_trace_add_thread(104, landmark_worker, "philosopher");
	named_trace_add_thread(105, NULL, "logger-7");
	named_trace_add_thread(106, (void *)FOREIGN, NULL);
	named_trace_add_thread(107, NULL, "landmark_worker #1");

	static const char *const expected[][2] = {
		{ "main", "main" },
		{ "landmark_worker #1", "landmark_worker" },
		{ "landmark_worker #2", "landmark_worker" },
		{ "philosopher #3", "philosopher" },
		{ "philosopher #4", "philosopher" },
		{ "logger-7", "logger-#" },
		{ "thread #6", "thread" },
		{ "landmark_worker #1 #7", "landmark_worker ##" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
		ck_assert_str_eq(thread_name(i), expected[i][0]);
		ck_assert_str_eq(thread_stable(i), expected[i][1]);
	}
}
END_TEST

START_TEST(threads_of_several_processes)
{
	named_trace_add_process(100, "/usr/bin/make -j2 all");
	named_trace_add_process(200, NULL);
	named.report->trace.processes = 2;
	ck_assert_str_eq(thread_name(0), "main [make 100]");
	ck_assert_str_eq(names_thread(named.names, named_trace_process(1)->threads->pdata[0]),
			 "main [200]");
	ck_assert_str_eq(thread_stable(0), "main");
}
END_TEST

START_TEST(objects_by_given_name)
{
	named_trace_add_process(100, "./program");
	use_mutex(FOREIGN, 0);
	use_mutex(FOREIGN + 64, 0);
	use_mutex(FOREIGN + 128, 0);
	name_object(FOREIGN, "account 17");
	name_object(FOREIGN + 64, "log");
	name_object(FOREIGN + 128, "log");
	assert_object(0, "account 17", "account #");
	assert_object(1, "log #2", "log");
	assert_object(2, "log #3", "log");
}
END_TEST

START_TEST(objects_by_symbol)
{
	named_trace_add_process(100, "./program");
	use_mutex((uint64_t)&landmark_forks[2], 0);
	use_mutex((uint64_t)&landmark_bank.accounts[3].mutex, 0);
	use_mutex((uint64_t)landmark_static(), 0);
	assert_object(0, "landmark_forks[2]", "landmark_forks[]");
	assert_object(1, "landmark_bank.accounts[3].mutex", "landmark_bank.accounts[].mutex");
	assert_object(2, "landmark_twin", "landmark_twin (landmarks.c)");
}
END_TEST

START_TEST(twins_are_told_apart)
{
	named_trace_add_process(100, "./program");
	use_mutex((uint64_t)landmark_static(), 0);
	use_mutex((uint64_t)landmark_local(), 0);
	assert_object(0, "landmark_twin (landmarks.c)", "landmark_twin (landmarks.c)");
	assert_object(1, "landmark_twin (landmark_local)", "landmark_twin (landmark_local)");
}
END_TEST

START_TEST(generations_are_told_apart)
{
	uint64_t address = (uint64_t)&landmark_forks[0];

	named_trace_add_process(100, "./program");
	for (int i = 0; i < 4; i++) {
		add_mutex(address, 0);
		named_trace_apply((struct event){ .type = EVENT_mutex_destroy, .object = address });
	}
	assert_object(0, "landmark_forks[0]", "landmark_forks[]");
	assert_object(1, "landmark_forks[0] (2nd)", "landmark_forks[]");
	assert_object(2, "landmark_forks[0] (3rd)", "landmark_forks[]");
	assert_object(3, "landmark_forks[0] (4th)", "landmark_forks[]");
}
END_TEST

START_TEST(objects_by_place)
{
	struct landmark_call call = landmark_plain();

	named_trace_add_process(100, "./program");
	add_mutex(FOREIGN, call.address);
	use_mutex(FOREIGN + 64, call.address);
	add_mutex(FOREIGN + 128, FOREIGN);
	named_trace_apply((struct event){ .type = EVENT_cond_destroy, .object = FOREIGN + 192 });

	const char *made = names_object(named.names, object(0));
	g_autofree char *end = g_strdup_printf("tests/unit/landmarks.c:%d", call.line);
	ck_assert_msg(g_str_has_prefix(made, "mutex #1 made at "), "%s", made);
	ck_assert_msg(g_str_has_suffix(made, end), "%s", made);
	ck_assert_str_eq(names_object_stable(named.names, object(0)),
			 "mutex made in landmark_plain");
	const char *used = names_object(named.names, object(1));
	ck_assert_msg(g_str_has_prefix(used, "mutex #2 first used at "), "%s", used);
	ck_assert_str_eq(names_object_stable(named.names, object(1)), "mutex");
	assert_object(2, "mutex #3 made at 0x500000000000", "mutex made in ?");
	assert_object(3, "condition #1", "condition");

	struct report_object row = names_report_object(named.names, object(2));
	ck_assert_uint_eq(row.id, object(2)->id);
	ck_assert_str_eq(row.kind, "mutex");
	ck_assert_str_eq(row.name, "mutex #3 made at 0x500000000000");
}
END_TEST

static const struct {
	int64_t ns;
	const char *text;
} durations[] = {
	{ 0, "0 ns" },
	{ 999, "999 ns" },
	{ 1000, "1.00 us" },
	{ 1500, "1.50 us" },
	{ 9994, "9.99 us" },
	{ 9995, "10.0 us" },
	{ 99949, "99.9 us" },
	{ 99950, "100 us" },
	{ 999499, "999 us" },
	{ 999500, "1.00 ms" },
	{ 12345678, "12.3 ms" },
	{ 999999999, "1.00 s" },
	{ 3200000000, "3.20 s" },
	{ 75000000000, "75.0 s" },
	{ 119999999999, "120 s" },
	{ 120000000000, "2 min 0 s" },
	{ 125900000000, "2 min 5 s" },
	{ 7199000000000, "119 min 59 s" },
	{ 7200000000000, "2 h 0 min" },
	{ -1500, "-1.50 us" },
	{ INT64_MAX, "2562047 h 47 min" },
	{ INT64_MIN, "-2562047 h 47 min" },
};

START_TEST(durations_have_three_digits)
{
	ck_assert_str_eq(names_duration(named.names, durations[_i].ns), durations[_i].text);
}
END_TEST

Suite *suite_names(void)
{
	Suite *suite = suite_create("names");
	TCase *tests = tcase_create("names");

	tcase_add_checked_fixture(tests, named_trace_setup, named_trace_teardown);
	tcase_add_test(tests, threads_by_name_routine_and_index);
	tcase_add_test(tests, threads_of_several_processes);
	tcase_add_test(tests, objects_by_given_name);
	tcase_add_test(tests, objects_by_symbol);
	tcase_add_test(tests, twins_are_told_apart);
	tcase_add_test(tests, generations_are_told_apart);
	tcase_add_test(tests, objects_by_place);
	tcase_add_loop_test(tests, durations_have_three_digits, 0, G_N_ELEMENTS(durations));
	suite_add_tcase(suite, tests);
	return suite;
}
