/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options from the environment and from a project's file. */
#include <stdlib.h>
#include <sys/stat.h>

#include "analyzer/option_sources.h"
#include "analyzer/options.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_option_sources(void);

static char directory[48];
static struct option_sources sources;
static char *argv_empty[] = { "command", NULL };

/* A work tree, and the current directory two levels below its top. */
static void setup(void)
{
	strcpy(directory, "/tmp/test-sources-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
	ck_assert_int_eq(mkdir(".git", 0777) | mkdir("a", 0777) | mkdir("a/b", 0777), 0);
	ck_assert_int_eq(chdir("a/b"), 0);
	unsetenv("HEDDLE_OPTIONS");
	unsetenv("PWD");
}

static void teardown(void)
{
	option_sources_done(&sources);
	ck_assert_int_eq(chdir(directory), 0);
	unlink(".heddle");
	unlink("a/.heddle");
	unlink("a/b/.heddle");
	rmdir(".git");
	ck_assert_int_eq(rmdir("a/b") | rmdir("a") | rmdir(directory), 0);
}

static void write_file(const char *name, const char *text)
{
	ck_assert(g_file_set_contents(name, text, -1, NULL));
}

static struct options accept(enum command command)
{
	struct options options;
	struct error err;

	ck_assert_msg(option_sources_load(&sources, &err) == 0, "%s", err.text);
	ck_assert_msg(options_parse(&options, command, sources.list, 1, argv_empty, &err) == 0,
		      "%s", err.text);
	return options;
}

/* part of the sentence */
static void refuse(enum command command, const char *part)
{
	struct options options;
	struct error err;
	int ret = option_sources_load(&sources, &err);

	if (ret == 0)
		ret = options_parse(&options, command, sources.list, 1, argv_empty, &err);
	ck_assert_int_eq(ret, -EINVAL);
	ck_assert_msg(strstr(err.text, part), "'%s' does not say '%s'", err.text, part);
	option_sources_done(&sources);
}

START_TEST(nothing_is_set)
{
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 10);
	ck_assert_uint_eq(sources.list->len, 0);
}
END_TEST

START_TEST(stronger_ones_win)
{
	char *argv[] = { "report", "--top", "3", NULL };
	struct options options;
	struct error err;

	write_file(".heddle", "# top\n--top 1 --strict\n\n--fail-on note\n--suppressions x\n");
	setenv("HEDDLE_OPTIONS", " --top 2 --fail-on 'error' --suppressions=y ", 1);
	options = accept(COMMAND_REPORT);
	ck_assert_uint_eq(options.top, 2);
	ck_assert_int_eq(options.fail_on, LEVEL_ERROR);
	ck_assert(options.is_strict);
	ck_assert_uint_eq(options.lists.suppression_count, 2);
	ck_assert_str_eq(options.lists.suppressions[1], "y");
	ck_assert_int_eq(options_parse(&options, COMMAND_REPORT, sources.list, 3, argv, &err), 0);
	ck_assert_uint_eq(options.top, 3);
}
END_TEST

START_TEST(formats_add_up_in_one_place_only)
{
	char *argv[] = { "report", "--format", "json:z", NULL };
	struct options options;
	struct error err;

	write_file(".heddle", "-o out --format text\n--format json:x\n");
	options = accept(COMMAND_REPORT);
	ck_assert_uint_eq(options.targets.count, 2);
	ck_assert_ptr_nonnull(strstr(options.targets.rows[0].path, "/a/b/out"));
	ck_assert_ptr_nonnull(strstr(options.targets.rows[1].path, "/a/b/x"));
	ck_assert_int_eq(options_parse(&options, COMMAND_REPORT, sources.list, 3, argv, &err), 0);
	ck_assert_uint_eq(options.targets.count, 1);
	ck_assert_str_eq(options.targets.rows[0].path, "z");
	option_sources_done(&sources);
	setenv("HEDDLE_OPTIONS", "-o y --format json", 1);
	options = accept(COMMAND_REPORT);
	ck_assert_uint_eq(options.targets.count, 1);
	ck_assert_str_eq(options.targets.rows[0].path, "y");
	option_sources_done(&sources);
	setenv("HEDDLE_OPTIONS", "--output w", 1);
	options = accept(COMMAND_REPORT);
	ck_assert_uint_eq(options.targets.count, 2);
	ck_assert_str_eq(options.targets.rows[0].path, "w");
}
END_TEST

START_TEST(options_of_other_commands_are_passed_over)
{
	setenv("HEDDLE_OPTIONS", "--timeout 3 --top 2 --at 1 --plain", 1);
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 2);
	option_sources_done(&sources);
	ck_assert_int_eq(accept(COMMAND_RECORD).record.timeout_ns, 3000000000);
	option_sources_done(&sources);
	ck_assert(accept(COMMAND_CHECK).record.is_plain);
}
END_TEST

START_TEST(names_of_files_start_from_the_file)
{
	write_file("../../.heddle",
		   "-o out --suppressions a/b.supp\n--baseline /abs --format text\n"
		   "--gen-suppressions -\n");
	struct options options = accept(COMMAND_REPORT);
	g_autofree char *expected = g_strdup_printf("%s/a/b.supp", directory);

	ck_assert_str_eq(options.lists.suppressions[0], expected);
	ck_assert_str_eq(options.lists.baseline, "/abs");
	ck_assert_str_eq(options.lists.generated, "-");
	ck_assert_str_eq(strrchr(options.output, '/'), "/out");
}
END_TEST

START_TEST(names_in_the_variable_are_as_they_are)
{
	setenv("HEDDLE_OPTIONS", "--baseline x", 1);
	ck_assert_str_eq(accept(COMMAND_REPORT).lists.baseline, "x");
}
END_TEST

START_TEST(the_nearest_file_counts)
{
	write_file("../../.heddle", "--top 1");
	write_file("../.heddle", "--top 2");
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 2);
	ck_assert_uint_eq(sources.list->len, 1);
}
END_TEST

START_TEST(outside_of_a_work_tree_only_the_current_directory_counts)
{
	ck_assert_int_eq(rmdir("../../.git"), 0);
	write_file("../.heddle", "--top 2");
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 10);
	option_sources_done(&sources);
	write_file(".heddle", "--top 3");
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 3);
}
END_TEST

START_TEST(nothing_above_the_top_counts)
{
	ck_assert_int_eq(mkdir(".git", 0777), 0);
	write_file("../.heddle", "--top 2");
	unsigned top = accept(COMMAND_REPORT).top;
	rmdir(".git");
	ck_assert_uint_eq(top, 10);
}
END_TEST

START_TEST(a_file_that_all_may_write_is_not_read)
{
	write_file(".heddle", "--top 2");
	ck_assert_int_eq(chmod(".heddle", 0666), 0);
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 10);
	ck_assert_msg(g_str_has_suffix(sources.complaint,
				       ".heddle' is not read: everybody may write it"),
		      "%s", sources.complaint);
}
END_TEST

START_TEST(a_file_of_somebody_else_is_not_read)
{
	if (geteuid() != 0)
		return;
	write_file(".heddle", "--top 2");
	ck_assert_int_eq(chown(".heddle", 65534, 65534), 0);
	ck_assert_uint_eq(accept(COMMAND_REPORT).top, 10);
	ck_assert_ptr_nonnull(strstr(sources.complaint, "it belongs to another user"));
}
END_TEST

START_TEST(what_is_no_file_is_passed_over)
{
	ck_assert_int_eq(mkdir(".heddle", 0777), 0);
	unsigned top = accept(COMMAND_REPORT).top;
	rmdir(".heddle");
	ck_assert_uint_eq(top, 10);
	ck_assert_ptr_null(sources.complaint);
}
END_TEST

START_TEST(the_variable_may_leave_out_the_file)
{
	write_file(".heddle", "--top 2");
	setenv("HEDDLE_OPTIONS", "--no-config --strict", 1);
	struct options options = accept(COMMAND_REPORT);
	ck_assert_uint_eq(options.top, 10);
	ck_assert(options.is_strict);
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	static const char *const cases[][2] = {
		{ "--topp 3", "HEDDLE_OPTIONS: there is no option '--topp'" },
		{ "-x", "HEDDLE_OPTIONS: there is no option '-x'" },
		{ "--top", "HEDDLE_OPTIONS: option '--top' needs its argument N" },
		{ "--top x", "HEDDLE_OPTIONS: --top needs a number" },
		{ "--strict=1", "HEDDLE_OPTIONS: option '--strict' takes no argument" },
		{ "trace", "HEDDLE_OPTIONS: 'trace' is no option" },
		{ "--top 3 trace --strict", "HEDDLE_OPTIONS: 'trace' is no option" },
		{ "-- trace", "HEDDLE_OPTIONS: 'trace' is no option" },
		{ "--help", "HEDDLE_OPTIONS: --help has no place here" },
		{ "--top 'x", "HEDDLE_OPTIONS: a quote ' is not closed" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		setenv("HEDDLE_OPTIONS", cases[i][0], 1);
		refuse(COMMAND_REPORT, cases[i][1]);
	}
	unsetenv("HEDDLE_OPTIONS");
	write_file(".heddle", "--top 1\n\n--topp 3\n");
	refuse(COMMAND_RECORD, "/.heddle:3: there is no option '--topp'");
	write_file(".heddle", "--no-config\n");
	refuse(COMMAND_CHECK, "/.heddle:1: --no-config has no place here");
	write_file(".heddle", "top = 3\n");
	refuse(COMMAND_CHECK, "/.heddle:1: 'top' is no option");
}
END_TEST

Suite *suite_option_sources(void)
{
	Suite *suite = suite_create("option_sources");
	TCase *tests = tcase_create("option_sources");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing_is_set);
	tcase_add_test(tests, stronger_ones_win);
	tcase_add_test(tests, formats_add_up_in_one_place_only);
	tcase_add_test(tests, options_of_other_commands_are_passed_over);
	tcase_add_test(tests, names_of_files_start_from_the_file);
	tcase_add_test(tests, names_in_the_variable_are_as_they_are);
	tcase_add_test(tests, the_nearest_file_counts);
	tcase_add_test(tests, outside_of_a_work_tree_only_the_current_directory_counts);
	tcase_add_test(tests, nothing_above_the_top_counts);
	tcase_add_test(tests, a_file_that_all_may_write_is_not_read);
	tcase_add_test(tests, a_file_of_somebody_else_is_not_read);
	tcase_add_test(tests, what_is_no_file_is_passed_over);
	tcase_add_test(tests, the_variable_may_leave_out_the_file);
	tcase_add_test(tests, what_is_wrong_is_said);
	suite_add_tcase(suite, tests);
	return suite;
}
