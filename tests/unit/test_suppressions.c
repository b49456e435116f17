/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Suppressions: what they fit, what is refused, and those made for a finding. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/suppressions.h"
#include "tests/unit/sample.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_suppressions(void);

static struct report *report;
static GPtrArray *list;

static void setup(void)
{
	report = sample_report();
	list = suppressions_new();
}

static void teardown(void)
{
	g_ptr_array_unref(list);
	report_free(report);
}

static struct finding *finding_of(const char *rule)
{
	for (guint i = 0; i < report->findings->len; i++) {
		struct finding *finding = report->findings->pdata[i];
		if (!strcmp(finding->rule, rule))
			return finding;
	}
	ck_abort_msg("no finding of rule %s", rule);
}

/* Whether a line, without its reason, fits the sample's finding of that rule. */
static bool fits(const char *rule, const char *line)
{
	g_autoptr(GPtrArray) one = suppressions_new();
	g_autofree char *whole = g_strdup_printf("%s # reason", line);
	struct error err;

	ck_assert_msg(suppressions_read_line(one, "f", 1, whole, &err) == 0, "%s: %s", line,
		      err.text);
	return suppressions_find(one, report, finding_of(rule)) != NULL;
}

START_TEST(each_kind_fits)
{
	report_note_stable(report, "philosopher #1", "philosopher");
	report_note_stable(report, "forks[0]", "forks[]");
	ck_assert(fits("deadlock", "deadlock:fun:lock_fork"));
	ck_assert(fits("deadlock", "deadlock:fun:level_11"));
	ck_assert(!fits("deadlock", "deadlock:fun:lock"));
	ck_assert(fits("deadlock", "deadlock:file:philosophers.c"));
	ck_assert(fits("deadlock", "deadlock:file:examples/philosophers.c"));
	ck_assert(fits("deadlock", "deadlock:file:ex*"));
	ck_assert(!fits("deadlock", "deadlock:file:hers.c"));
	ck_assert(fits("deadlock", "deadlock:module:libc.so*"));
	ck_assert(fits("deadlock", "deadlock:module:/lib/libc.so.6"));
	ck_assert(fits("deadlock", "deadlock:lock:forks[0]"));
	ck_assert(fits("deadlock", "deadlock:lock:forks[]"));
	ck_assert(!fits("deadlock", "deadlock:lock:forks[2]"));
	ck_assert(fits("deadlock", "deadlock:thread:philosopher"));
	ck_assert(fits("deadlock", "deadlock:thread:\"philosopher #2\""));
	ck_assert(fits("deadlock", "deadlock:process:./phil*"));
	ck_assert(fits("lock-order", "lock-order:lock:a"));
	ck_assert(fits("lock-order", "lock-order:thread:second"));
}
END_TEST

START_TEST(each_pattern_has_to_fit)
{
	ck_assert(fits("deadlock", "deadlock:fun:lock_fork lock:forks[1] file:deep.c"));
	ck_assert(!fits("deadlock", "deadlock:fun:lock_fork lock:forks[3]"));
	ck_assert(!fits("deadlock", "lock-order:fun:lock_fork"));
	ck_assert(fits("deadlock", "*:fun:lock_fork"));
	ck_assert(fits("deadlock", "*dead*:fun:*"));
}
END_TEST

START_TEST(parameters_may_be_left_out)
{
	ck_assert(fits("lock-order", "lock-order:fun:transfer"));
	ck_assert(fits("lock-order", "lock-order:fun:\"transfer(account&, account&)\""));
	ck_assert(!fits("lock-order", "lock-order:fun:trans"));
}
END_TEST

static void refuse(const char *line, const char *part)
{
	struct error err;

	ck_assert_msg(suppressions_read_line(list, "f", 1, line, &err) == -EINVAL, "%s was taken",
		      line);
	ck_assert_msg(strstr(err.text, part), "%s: '%s' does not say '%s'", line, err.text, part);
}

START_TEST(what_is_wrong_is_said)
{
	refuse("lock-ordr:fun:a # r", "there is no rule 'lock-ordr'; the nearest is 'lock-order'");
	refuse(":fun:a # r", "there is no rule ''");
	refuse("lock-order # r", "RULE:KIND:PATTERN");
	refuse("lock-order: # r", "KIND:PATTERN");
	refuse("lock-order:transfer # r", "'transfer' is not KIND:PATTERN");
	refuse("lock-order:fun: # r", "'fun:' needs a pattern");
	refuse("lock-order:fun # r", "'fun:' needs a pattern");
	refuse("lock-order:f:a # r", "'f:a' is not KIND:PATTERN");
	refuse("lock-order:fun:a b # r", "'b' is not KIND:PATTERN");
	refuse("lock-order:fun:a", "reason");
	refuse("lock-order:fun:a #", "reason");
	refuse("lock-order:fun:'a", "a quote ' is not closed");
}
END_TEST

START_TEST(a_file_has_lines_and_comments)
{
	static const char text[] = "# comment\n\n  deadlock:fun:none # first\r\n"
				   "*:fun:lock_fork # second\n*:lock:forks* # third\n";
	char path[] = "/tmp/test-suppressions-XXXXXX";
	int fd = mkstemp(path);
	struct error err;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(suppressions_read(list, path, &err), 0);
	ck_assert_uint_eq(list->len, 3);
	const struct suppression *found = suppressions_find(list, report, finding_of("deadlock"));
	ck_assert_str_eq(found->reason, "second");
	ck_assert_uint_eq(found->line, 4);
	ck_assert_str_eq(found->file, path);
	ck_assert(!((struct suppression *)list->pdata[0])->is_used);
	/* What is listed twice is no reason to call the second unused. */
	ck_assert(((struct suppression *)list->pdata[2])->is_used);
	ck_assert_int_eq(write(fd, "x\n", 2), 2);
	close(fd);
	ck_assert_int_eq(suppressions_read(list, path, &err), -EINVAL);
	ck_assert_msg(g_str_has_prefix(err.text, path) && strstr(err.text, ":6: there is no rule"),
		      "%s", err.text);
	unlink(path);
}
END_TEST

static char *generate(const struct finding *finding)
{
	g_autoptr(GPtrArray) reports = g_ptr_array_new();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	g_ptr_array_add(reports, report);
	suppressions_write(out, report, finding, reports);
	fclose(out);
	return text;
}

START_TEST(generated_ones_fit_one_finding)
{
	for (guint i = 0; i < report->findings->len; i++) {
		g_autoptr(GPtrArray) one = suppressions_new();
		g_autofree char *text = generate(report->findings->pdata[i]);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
		struct error err;

		for (unsigned j = 0; lines[j]; j++)
			ck_assert_msg(suppressions_read_line(one, "f", j, lines[j], &err) == 0,
				      "%s: %s", lines[j], err.text);
		ck_assert_uint_eq(one->len, 1);
		for (guint j = 0; j < report->findings->len; j++)
			ck_assert_msg((suppressions_find(one, report, report->findings->pdata[j]) !=
				       NULL) == (i == j),
				      "%u, %u: %s", i, j, text);
	}
}
END_TEST

START_TEST(generated_ones_are_for_other_runs_too)
{
	report_note_stable(report, "forks[0]", "forks[]");
	report_note_stable(report, "forks[1]", "forks[]");
	g_autofree char *text = generate(finding_of("deadlock"));
	ck_assert_ptr_nonnull(
		strstr(text, "\ndeadlock:fun:lock_fork fun:level_0 lock:forks[] # insert the"));
}
END_TEST

START_TEST(a_twin_is_told_by_its_fingerprint)
{
	struct finding *finding = finding_of("lock-order");
	struct finding *twin =
		report_finding(report, "lock-order", LEVEL_WARNING, CERTAINTY_POSSIBLE);
	const struct finding_step step = g_array_index(finding->steps, struct finding_step, 0);

	g_array_append_val(twin->steps, step);
	twin->message = "";
	twin->fingerprint = "0123456789abcdef";
	g_autofree char *text = generate(finding);
	g_autofree char *expected = g_strdup_printf(" fingerprint:%s # ", finding->fingerprint);
	ck_assert_msg(strstr(text, expected), "%s", text);
}
END_TEST

Suite *suite_suppressions(void)
{
	Suite *suite = suite_create("suppressions");
	TCase *tests = tcase_create("suppressions");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_kind_fits);
	tcase_add_test(tests, each_pattern_has_to_fit);
	tcase_add_test(tests, parameters_may_be_left_out);
	tcase_add_test(tests, what_is_wrong_is_said);
	tcase_add_test(tests, a_file_has_lines_and_comments);
	tcase_add_test(tests, generated_ones_fit_one_finding);
	tcase_add_test(tests, generated_ones_are_for_other_runs_too);
	tcase_add_test(tests, a_twin_is_told_by_its_fingerprint);
	suite_add_tcase(suite, tests);
	return suite;
}
