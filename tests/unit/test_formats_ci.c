/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats for continuous integration, against files in tests/data and in what they promise. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rendering.h"
#include "tests/unit/sample.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_formats_ci(void);

/* A tree in which the sample's files would lie, but do not. */
#define EMPTY_TREE "/nonexistent"

static const struct format_options ci = { .fail_on = LEVEL_WARNING, .source_root = EMPTY_TREE };

/* Of the sample's three findings the first is suppressed, the second known. */
static struct report *sample_set_aside(void)
{
	struct report *report = sample_report();
	struct finding *first = report->findings->pdata[0], *second = report->findings->pdata[1];

	first->suppressed_by = "we know \"this\" ]]> one";
	second->is_baselined = true;
	report_judge(report, LEVEL_WARNING);
	return report;
}

START_TEST(sarif_is_as_expected)
{
	rendering_check("sarif", "report.sarif", &ci);
}
END_TEST

START_TEST(junit_is_as_expected)
{
	struct format_options strict = ci;

	rendering_check("junit", "report.junit.xml", &ci);
	strict.is_junit_strict = true;
	rendering_check("junit", "report.junit-strict.xml", &strict);
}
END_TEST

START_TEST(github_is_as_expected)
{
	rendering_check("github", "report.github", &ci);
}
END_TEST

START_TEST(codequality_is_as_expected)
{
	rendering_check("codequality", "report.codequality.json", &ci);
}
END_TEST

static void check_holds(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part), "'%s' is not in:\n%s", part, text);
}

START_TEST(ci_formats_set_findings_aside)
{
	struct report *report = sample_set_aside();
	struct format_options known = ci;
	g_autofree char *without = rendering_of("sarif", report, &ci);
	known.has_baseline = true;
	g_autofree char *sarif = rendering_of("sarif", report, &known);
	g_autofree char *junit = rendering_of("junit", report, &ci);
	g_autofree char *github = rendering_of("github", report, &ci);
	g_autofree char *codequality = rendering_of("codequality", report, &ci);

	ck_assert_ptr_null(strstr(without, "baselineState"));
	check_holds(sarif, "\"justification\": \"we know \\\"this\\\" ]]> one\"");
	check_holds(sarif, "\"baselineState\": \"unchanged\"");
	check_holds(sarif, "\"baselineState\": \"new\"");
	check_holds(sarif, "\"findings\": 1,\n        \"suppressed\": 1,\n"
			   "        \"baselined\": 1\n");
	check_holds(junit, "failures=\"0\"");
	check_holds(junit, "skipped=\"2\"");
	check_holds(junit, "<skipped message=\"suppressed: we know &#34;this&#34; ]]&#62; one\">");
	check_holds(junit, "<skipped message=\"in the baseline\">");
	ck_assert_ptr_null(strstr(junit, "<failure"));
	ck_assert(g_str_has_prefix(github, "::notice "));
	ck_assert_ptr_eq(strchr(github, '\n'), github + strlen(github) - 1);
	ck_assert_ptr_null(strstr(codequality, "\"deadlock\""));
	check_holds(codequality, "\"exit-holding\"");
	report_free(report);
}
END_TEST

START_TEST(ci_formats_of_a_clean_run)
{
	struct report *report = report_new();

	report->trace.is_complete = true;
	report_finish(report, LEVEL_WARNING);
	g_autofree char *sarif = rendering_of("sarif", report, &ci);
	g_autofree char *junit = rendering_of("junit", report, &ci);
	g_autofree char *github = rendering_of("github", report, &ci);
	g_autofree char *codequality = rendering_of("codequality", report, &ci);

	check_holds(sarif, "\"results\": [],");
	check_holds(junit, "failures=\"0\"");
	check_holds(junit, "skipped=\"0\"");
	check_holds(junit, "<testcase classname=\"heddle.deadlock\" name=\"no finding\"/>");
	ck_assert_str_eq(github, "");
	ck_assert_str_eq(codequality, "[]\n");
	report_free(report);
}
END_TEST

/* Nothing that was not found may pass for tested. */
START_TEST(ci_formats_never_call_an_incomplete_trace_clean)
{
	struct report *report = report_new();

	report->trace.incomplete_reason = "7 events\n::error::were lost";
	report_finish(report, LEVEL_WARNING);
	g_autofree char *sarif = rendering_of("sarif", report, &ci);
	g_autofree char *junit = rendering_of("junit", report, &ci);
	g_autofree char *github = rendering_of("github", report, &ci);

	check_holds(sarif, "\"id\": \"incomplete-trace\"");
	check_holds(sarif, "\"verdict\": \"incomplete\"");
	ck_assert_ptr_null(strstr(junit, "name=\"no finding\"/>"));
	check_holds(junit, "<skipped message=\"the trace is incomplete: 7 events");
	ck_assert(g_str_has_prefix(github, "::warning title=heddle::The trace is incomplete (7 "));
	ck_assert_ptr_null(strstr(github, "\n::error"));
	report_free(report);
}
END_TEST

START_TEST(junit_fails_from_fail_on)
{
	static const unsigned failures[] = { 3, 2, 1, 0 };
	struct report *report = sample_report();

	for (int level = LEVEL_NOTE; level <= LEVEL_NONE; level++) {
		const struct format_options options = { .fail_on = (enum level)level,
							.source_root = EMPTY_TREE };
		g_autofree char *junit = rendering_of("junit", report, &options);
		g_auto(GStrv) parts = g_strsplit(junit, "<failure ", -1);
		g_autofree char *told = g_strdup_printf("failures=\"%u\"", failures[level]);

		ck_assert_uint_eq(g_strv_length(parts) - 1, failures[level]);
		check_holds(junit, told);
	}
	report_free(report);
}
END_TEST

static struct finding *add_numbered(struct report *report, int number, guint steps)
{
	static const struct frame frame = { .function = "f", .file = "a.c", .line = 1 };
	struct finding *finding = report_finding(report, "deadlock", LEVEL_ERROR, CERTAINTY_ACTUAL);

	finding->message = "They wait.";
	g_ptr_array_add(finding->identity, (char *)report_format(report, "%d", number));
	for (guint i = 0; i < steps; i++) {
		struct finding_step *step = finding_step(finding);

		step->thread = report_format(report, "thread %u", i / 2);
		step->action = "holds";
		step->object = "A";
		step->stack = (struct stack){ &frame, 1 };
	}
	return finding;
}

static guint count_of(const char *text, const char *part)
{
	g_auto(GStrv) parts = g_strsplit(text, part, -1);

	return g_strv_length(parts) - 1;
}

/* GitHub refuses what is too much. */
START_TEST(sarif_has_limits)
{
	struct report *report = report_new();

	report->trace.is_complete = true;
	add_numbered(report, -1, 1500);
	for (int i = 0; i < 5001; i++)
		add_numbered(report, i, 0);
	report_finish(report, LEVEL_WARNING);
	g_autofree char *sarif = rendering_of("sarif", report, &ci);
	ck_assert_uint_eq(count_of(sarif, "\"ruleId\""), 5000);
	check_holds(sarif, "2 findings are left out: the worst 5000 of 5002 are told.");
	report_free(report);
	report = report_new();
	add_numbered(report, -1, 1500);
	report_finish(report, LEVEL_WARNING);
	g_autofree char *one = rendering_of("sarif", report, &ci);
	ck_assert_uint_eq(count_of(one, "\"executionOrder\""), 1000);
	ck_assert_uint_eq(count_of(one, "\"text\": \"thread 49 holds A\""), 4);
	ck_assert_uint_eq(count_of(one, "\"text\": \"thread 50 holds A\""), 2);
	report_free(report);
}
END_TEST

/* A name cannot become a link, nor end one. */
START_TEST(sarif_names_are_no_links)
{
	struct report *report = report_new();
	struct finding *finding = add_numbered(report, 0, 1);

	finding->message = "See [here](1).";
	g_array_index(finding->steps, struct finding_step, 0).object = "a](1)[b\\";
	report_finish(report, LEVEL_WARNING);
	g_autofree char *sarif = rendering_of("sarif", report, &ci);
	check_holds(sarif, "See \\\\[here\\\\](1). "
			   "Where: [thread 0 holds a\\\\](1)\\\\[b\\\\\\\\](1).");
	report_free(report);
}
END_TEST

static void add_thread(struct report *report, int32_t pid)
{
	const struct thread_row row = { .pid = pid, .tid = pid, .name = "main" };

	g_array_append_val(report->threads, row);
}

/* They are others in each run; "[300]" is none of them. */
START_TEST(sarif_has_no_process_ids)
{
	struct report *report = report_new();
	struct finding *finding = add_numbered(report, 0, 2);

	add_thread(report, 4242);
	add_thread(report, 4343);
	add_thread(report, 4444);
	finding->pid = 4343;
	finding->message = "main [4242] waits for b [test 4343] and slots[300], c [b [sh 4444].";
	g_array_index(finding->steps, struct finding_step, 0).thread = "main [4242]";
	g_array_index(finding->steps, struct finding_step, 1).thread = "b [test 4343]";
	g_ptr_array_add(finding->notes, "main [sh 4444] hangs too.");
	report_finish(report, LEVEL_WARNING);
	g_autofree char *sarif = rendering_of("sarif", report, &ci);
	check_holds(sarif, "\"main [process #2] waits for b [test] and slots[300], c [b [sh #3]. "
			   "Where: [main \\\\[process #2\\\\] holds A](1); "
			   "[b \\\\[test\\\\] holds A](2). main [sh #3] hangs too.\"");
	ck_assert_ptr_null(strstr(sarif, "4242"));
	ck_assert_ptr_null(strstr(sarif, "4343"));
	report_free(report);
}
END_TEST

START_TEST(ci_formats_join_traces)
{
	static const char *const names[] = { "sarif", "junit", "github", "codequality" };
	struct report *one = sample_report(), *other = sample_set_aside(), *joined = report_new();
	g_autoptr(GPtrArray) reports = g_ptr_array_new();

	joined->trace.is_complete = true;
	add_numbered(joined, 0, 1);
	report_finish(joined, LEVEL_WARNING);
	g_ptr_array_add(reports, other);
	g_ptr_array_add(reports, one);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char *text;
		size_t size;
		struct error err;
		FILE *out = open_memstream(&text, &size);

		ck_assert_int_eq(rendering_find(names[i])->write_several(out, reports, joined, &ci,
									 &err),
				 0);
		fclose(out);
		for (guint j = 0; j < one->findings->len; j++) {
			const struct finding *finding = one->findings->pdata[j];
			guint count = count_of(text, finding->fingerprint);

			/* JUnit has it in the name and in the story. */
			ck_assert_uint_eq(count, i == 1 ? 2 : 1);
		}
		/* What is set aside in one trace only counts. */
		ck_assert_ptr_null(strstr(text, "justification"));
		ck_assert_ptr_null(strstr(text, "<skipped"));
		free(text);
	}
	report_free(one);
	report_free(other);
	report_free(joined);
}
END_TEST

Suite *suite_formats_ci(void)
{
	Suite *suite = suite_create("formats_ci");
	TCase *tests = tcase_create("formats_ci");

	tcase_set_timeout(tests, 60);

	tcase_add_test(tests, sarif_is_as_expected);
	tcase_add_test(tests, junit_is_as_expected);
	tcase_add_test(tests, github_is_as_expected);
	tcase_add_test(tests, codequality_is_as_expected);
	tcase_add_test(tests, ci_formats_set_findings_aside);
	tcase_add_test(tests, ci_formats_of_a_clean_run);
	tcase_add_test(tests, ci_formats_never_call_an_incomplete_trace_clean);
	tcase_add_test(tests, junit_fails_from_fail_on);
	tcase_add_test(tests, sarif_has_limits);
	tcase_add_test(tests, sarif_names_are_no_links);
	tcase_add_test(tests, sarif_has_no_process_ids);
	tcase_add_test(tests, ci_formats_join_traces);
	suite_add_tcase(suite, tests);
	return suite;
}
